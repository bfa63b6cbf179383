//! `batch` and other calls at the same time: who waits for whom, and what becomes of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::future::join;
use larder::{Cache, HasCache, cacheable};

use crate::support::{Gate, held, within};

/// An error that cannot be copied.
#[derive(Debug, PartialEq, Eq)]
struct NotShared;

/// Every body notes what it was run for, and stops at a gate.
#[derive(HasCache)]
struct Service {
    cache: Cache,
    asked: Mutex<Vec<Vec<u64>>>,
    gate: Gate,
}

/// Not to be copied.
struct Permit;

impl Service {
    fn new() -> Arc<Self> {
        Arc::new(Self { cache: Cache::in_process(), asked: Mutex::default(), gate: Gate::closed() })
    }

    async fn load(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.asked.lock().expect("nobody panics with it").push(ids.to_vec());
        self.gate.pass().await;
        ids.iter().filter(|id| **id < 100).map(|id| (*id, id * 10)).collect()
    }

    fn asked(&self) -> Vec<Vec<u64>> {
        self.asked.lock().expect("nobody panics with it").clone()
    }

    #[cacheable("item:{id}")]
    async fn item(&self, id: u64) -> Option<u64> {
        self.load(&[id]).await.remove(&id)
    }

    #[cacheable("item:{ids}", batch)]
    async fn items(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids).await
    }

    #[cacheable("failing:{id}")]
    async fn failing_item(&self, id: u64) -> Result<u64, String> {
        self.load(&[id]).await;
        Err(format!("the item {id}"))
    }

    #[cacheable("failing:{ids}", batch, skip(fails))]
    async fn failing_items(&self, ids: &[u64], fails: bool) -> Result<HashMap<u64, u64>, String> {
        let found = self.load(ids).await;
        if fails { Err(format!("the items {ids:?}")) } else { Ok(found) }
    }

    #[cacheable("unshared:{ids}", batch)]
    async fn unshared_items(&self, ids: &[u64]) -> Result<HashMap<u64, u64>, NotShared> {
        self.load(ids).await;
        Err(NotShared)
    }

    #[cacheable("panicking:{ids}", batch)]
    async fn panicking_items(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids).await;
        panic!("the body of a batch")
    }

    #[cacheable("item:{ids}", batch)]
    async fn once(&self, ids: &[u64], permit: Permit) -> HashMap<u64, u64> {
        let _ = permit;
        self.load(ids).await
    }

    #[cacheable("item:{ids}", batch)]
    async fn of_shared(self: Arc<Self>, ids: Vec<u64>) -> HashMap<u64, u64> {
        self.load(&ids).await
    }

    /// Its body asks for an element of its own batch, and for one of nobody's.
    #[cacheable("item:{ids}", batch)]
    async fn nested(&self, ids: &[u64]) -> HashMap<u64, u64> {
        let inner = self.items(&[ids[0], 50]).await;
        inner.into_iter().chain(ids.iter().map(|id| (*id, *id))).collect()
    }

    /// Its body asks for elements of another batch.
    #[cacheable("item:{ids}", batch(ids), skip(others))]
    async fn crossed(&self, ids: &[u64], others: &'static [u64]) -> Vec<Option<u64>> {
        self.gate.pass().await;
        self.items(others).await;
        ids.iter().map(|id| Some(*id)).collect()
    }
}

fn items<const N: usize>(ids: [u64; N]) -> HashMap<u64, u64> {
    ids.map(|id| (id, id * 10)).into()
}

#[tokio::test]
async fn a_batch_waits_for_an_element_that_another_call_loads() {
    let service = Service::new();
    let single = held(service.item(2)).await;
    let batch = held(service.items(&[1, 2, 3])).await;
    assert_eq!(service.asked(), [vec![2], vec![1, 3]]);
    service.gate.let_through(2);
    assert_eq!(within(join(single, batch)).await, (Some(20), items([1, 2, 3])));
    let stats = service.cache.stats();
    assert_eq!((stats.misses, stats.collapsed), (3, 1));
}

#[tokio::test]
async fn other_calls_get_what_the_batch_brings() {
    let service = Service::new();
    let batch = held(service.items(&[1, 2, 100])).await;
    let (single, absent) = (held(service.item(2)).await, held(service.item(100)).await);
    service.gate.let_through(1);
    assert_eq!(within(batch).await, items([1, 2]));
    assert_eq!(within(join(single, absent)).await, (Some(20), None));
    assert_eq!(service.asked(), [[1, 2, 100]]);
}

/// Each leads what the other waits for, and runs its body first.
#[tokio::test]
async fn batches_that_overlap_share_what_they_load() {
    let service = Service::new();
    let first = held(service.items(&[1, 2])).await;
    let second = held(service.items(&[2, 3, 4])).await;
    let third = held(service.items(&[4, 1, 5, 2])).await;
    assert_eq!(service.asked(), [vec![1, 2], vec![3, 4], vec![5]]);
    service.gate.open();
    let ((first, second), third) = within(join(join(third, second), first)).await;
    assert_eq!((first, second, third), (items([4, 1, 5, 2]), items([2, 3, 4]), items([1, 2])));
    assert_eq!(service.asked().len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_batches_in_any_order_end() {
    let service = Service::new();
    service.gate.open();
    let tasks = (0..200_u64).map(|task| {
        let service = Arc::clone(&service);
        tokio::spawn(async move {
            let mut ids: Vec<u64> = (0..10).map(|id| (id * 7 + task) % 40).collect();
            if task % 2 == 0 {
                ids.reverse();
            }
            let found = service.items(&ids).await;
            assert!(ids.iter().all(|id| found[id] == id * 10));
        })
    });
    for task in within(futures::future::join_all(tasks)).await {
        task.expect("it does not panic");
    }
}

#[tokio::test]
async fn a_body_that_fails_fails_only_what_it_was_asked_for() {
    let service = Service::new();
    service.gate.let_through(1);
    within(service.failing_items(&[1], false)).await.expect("it succeeds");
    let other = held(service.failing_items(&[2], false)).await;
    let failing = held(service.failing_items(&[1, 2, 3], true)).await;
    let waiting = held(service.failing_item(3)).await;
    assert_eq!(service.asked(), [vec![1], vec![2], vec![3]]);
    service.gate.open();
    assert_eq!(within(other).await, Ok(items([2])));
    assert_eq!(within(failing).await, Err("the items [3]".to_owned()));
    assert_eq!(within(waiting).await, Err("the items [3]".to_owned()), "it shares the error");
    assert_eq!(within(service.failing_items(&[1, 2], false)).await, Ok(items([1, 2])));
    assert_eq!(service.asked().len(), 3, "what was there, and what others brought, is still there");
}

#[tokio::test]
async fn a_batch_that_waits_for_a_batch_that_fails_shares_its_error() {
    let service = Service::new();
    let failing = held(service.failing_items(&[1, 2], true)).await;
    let waiting = held(service.failing_items(&[2, 1], false)).await;
    service.gate.open();
    assert_eq!(within(failing).await, Err("the items [1, 2]".to_owned()));
    assert_eq!(within(waiting).await, Err("the items [1, 2]".to_owned()));
    assert_eq!(service.asked().len(), 1);
}

/// What a call for one element says of it, as "it is not there", a batch would say in another way.
#[tokio::test]
async fn a_batch_that_waits_for_a_single_call_that_fails_asks_itself() {
    let service = Service::new();
    let failing = held(service.failing_item(2)).await;
    let waiting = held(service.failing_items(&[1, 2], false)).await;
    service.gate.open();
    assert_eq!(within(failing).await, Err("the item 2".to_owned()));
    assert_eq!(within(waiting).await, Ok(items([1, 2])));
    assert_eq!(service.asked(), [[2], [1], [2]]);
}

#[tokio::test]
async fn batches_run_their_own_body_after_an_error_that_cannot_be_copied() {
    let service = Service::new();
    let failing = held(service.unshared_items(&[1, 2, 3])).await;
    let mut waiting = Vec::new();
    for _ in 0..40 {
        waiting.push(held(service.unshared_items(&[3, 2, 1])).await);
    }
    service.gate.open();
    assert_eq!(within(failing).await, Err(NotShared));
    for result in within(futures::future::join_all(waiting)).await {
        assert_eq!(result, Err(NotShared));
    }
    let asked = service.asked();
    assert_eq!(asked.len(), 41, "one body for each call, and not for each element");
    assert!(asked[1..].iter().all(|asked| *asked == [3, 2, 1]));
}

#[tokio::test]
async fn no_more_than_sixteen_batches_run_at_a_time_after_an_error_that_cannot_be_copied() {
    let service = Service::new();
    let failing = held(service.unshared_items(&[1, 2])).await;
    let mut waiting = Vec::new();
    for _ in 0..40 {
        waiting.push(held(service.unshared_items(&[2, 1])).await);
    }
    service.gate.let_through(1);
    assert_eq!(within(failing).await, Err(NotShared));
    let mut waiting = futures::future::join_all(waiting);
    assert!(futures::poll!(&mut waiting).is_pending());
    assert_eq!(service.asked().len(), 17);
    service.gate.open();
    within(waiting).await;
}

#[tokio::test]
async fn each_element_of_a_batch_that_is_dropped_passes_to_a_call_that_waits() {
    let service = Service::new();
    let batch = held(service.items(&[1, 2, 3])).await;
    let (single, other) = (held(service.item(1)).await, held(service.items(&[3, 2, 4])).await);
    drop(batch);
    service.gate.open();
    assert_eq!(within(join(single, other)).await, (Some(10), items([2, 3, 4])));
    assert_eq!(service.asked(), [vec![1, 2, 3], vec![4], vec![1], vec![3, 2]]);
}

/// What it has to load after all it loads at once, and does not wait for the rest before.
#[tokio::test]
async fn a_batch_that_takes_over_runs_its_body_before_it_waits_on() {
    let service = Service::new();
    let (first, second) = (held(service.item(1)).await, held(service.item(2)).await);
    let mut batch = held(service.items(&[1, 2])).await;
    drop(first);
    assert!(futures::poll!(&mut batch).is_pending());
    assert_eq!(service.asked(), [[1], [2], [1]]);
    service.gate.open();
    assert_eq!(within(join(batch, second)).await, (items([1, 2]), Some(20)));
}

#[tokio::test]
async fn a_batch_that_is_dropped_while_it_waits_changes_nothing() {
    let service = Service::new();
    let single = held(service.item(1)).await;
    drop(held(service.items(&[1])).await);
    service.gate.open();
    assert_eq!(within(single).await, Some(10));
    assert_eq!(within(service.items(&[1])).await, items([1]));
    assert_eq!(service.asked(), [[1]]);
}

#[tokio::test]
async fn a_panic_reaches_every_call_that_waits_for_an_element() {
    let service = Service::new();
    let panics = tokio::spawn({
        let service = Arc::clone(&service);
        async move { service.panicking_items(&[1, 2]).await }
    });
    service.gate.arrival().await;
    let waiting: Vec<_> = [&[1][..], &[2], &[2, 1]].map(|ids| (Arc::clone(&service), ids)).into();
    let waiting = waiting.into_iter().map(|(service, ids)| {
        let call = Box::pin(async move { service.panicking_items(ids).await });
        std::panic::AssertUnwindSafe(call).catch_unwind()
    });
    let mut waiting = futures::future::join_all(waiting);
    assert!(futures::poll!(&mut waiting).is_pending());
    service.gate.open();
    assert!(within(panics).await.expect_err("it panics").is_panic());
    assert!(within(waiting).await.iter().all(Result::is_err));
    assert_eq!(service.asked().len(), 1);
}

/// Nobody could run its body for what others were expected to bring, and did not.
#[tokio::test]
async fn a_body_that_can_run_only_once_loads_what_others_load_too() {
    let service = Service::new();
    let single = held(service.item(2)).await;
    let batch = held(service.once(&[1, 2], Permit)).await;
    let shared = held(Arc::clone(&service).of_shared(vec![2, 3])).await;
    assert_eq!(service.asked(), [vec![2], vec![1, 2], vec![2, 3]]);
    let waiting = held(service.item(1)).await;
    service.gate.open();
    assert_eq!(within(join(batch, shared)).await, (items([1, 2]), items([2, 3])));
    assert_eq!(within(join(single, waiting)).await, (Some(20), Some(10)));
    assert_eq!(service.asked().len(), 3, "others wait for it all the same");
}

#[tokio::test]
async fn a_body_may_ask_for_an_element_of_its_own_batch() {
    let service = Service::new();
    service.gate.open();
    assert_eq!(within(service.nested(&[1, 2])).await, HashMap::from([(1, 1), (2, 2)]));
    assert_eq!(service.asked(), [[1, 50]]);
}

#[tokio::test]
async fn batches_whose_bodies_ask_for_each_others_elements_end() {
    let service = Service::new();
    let one = held(service.crossed(&[1, 2], &[3, 4])).await;
    let other = held(service.crossed(&[3, 4], &[2, 1])).await;
    service.gate.open();
    let (one, other) = within(join(one, other)).await;
    assert_eq!((one, other), (vec![Some(1), Some(2)], vec![Some(3), Some(4)]));
}
