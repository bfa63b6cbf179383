//! One load for each key: who waits, and who takes over.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use larder::{Cache, HasCache, cacheable};
use tokio::sync::Barrier;

use crate::support::{Gate, Loads, held, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
    /// How many bodies run at this moment.
    running: AtomicUsize,
}

impl Service {
    fn new() -> Arc<Self> {
        let (loads, gate, running) = (Loads::default(), Gate::closed(), AtomicUsize::new(0));
        Arc::new(Self { cache: Cache::in_process(), loads, gate, running })
    }

    async fn load(&self) -> u64 {
        let load = self.loads.next();
        self.running.fetch_add(1, Ordering::SeqCst);
        self.gate.pass().await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        load
    }

    #[cacheable]
    async fn item(&self, id: u64) -> u64 {
        self.load().await
    }

    #[cacheable]
    async fn shared_item(self: Arc<Self>, id: u64) -> u64 {
        self.load().await
    }

    #[cacheable(unless = |_| true)]
    async fn never_stored(&self) -> u64 {
        self.load().await
    }

    #[cacheable("two types")]
    async fn number(&self) -> u64 {
        self.load().await
    }

    #[cacheable("two types")]
    async fn text(&self) -> String {
        self.load().await.to_string()
    }
}

#[tokio::test]
async fn two_hundred_concurrent_calls_cost_one_load() {
    let service = Service::new();
    let calls = within(join_all((0..200).map(|_| held(service.item(7))))).await;
    service.gate.let_through(1);
    assert_eq!(within(join_all(calls)).await, [1; 200]);
    let stats = service.cache.stats();
    assert_eq!((stats.misses, stats.collapsed, stats.hits), (1, 199, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_tasks_on_several_threads_cost_one_load() {
    let (service, start) = (Service::new(), Arc::new(Barrier::new(200)));
    service.gate.open();
    let tasks = (0..200).map(|_| {
        let (service, start) = (Arc::clone(&service), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            service.item(7).await
        })
    });
    for value in within(join_all(tasks)).await {
        assert_eq!(value.expect("the task ends"), 1);
    }
    let stats = service.cache.stats();
    assert_eq!((stats.misses, stats.collapsed + stats.hits), (1, 199));
}

#[tokio::test]
async fn different_keys_load_at_the_same_time() {
    let service = Service::new();
    let calls = within(join_all((0..50).map(|id| held(service.item(id))))).await;
    assert_eq!(service.running.load(Ordering::SeqCst), 50);
    service.gate.open();
    within(join_all(calls)).await;
}

#[tokio::test]
async fn a_waiting_call_takes_over_from_a_leader_that_is_dropped() {
    let service = Service::new();
    let leader = held(service.item(7)).await;
    let waiting = within(join_all((0..20).map(|_| held(service.item(7))))).await;
    drop(leader);
    service.gate.open();
    assert_eq!(within(join_all(waiting)).await, [2; 20]);
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn a_waiting_task_takes_over_from_a_task_that_is_aborted() {
    let service = Service::new();
    let leader = tokio::spawn(Arc::clone(&service).shared_item(7));
    service.gate.arrival().await;
    let waiting = held(Arc::clone(&service).shared_item(7)).await;
    leader.abort();
    assert!(within(leader).await.expect_err("it was aborted").is_cancelled());
    service.gate.open();
    assert_eq!(within(waiting).await, 2);
}

#[tokio::test]
async fn a_waiting_call_that_is_dropped_leaves_the_others_unharmed() {
    let service = Service::new();
    let leader = held(service.item(7)).await;
    let (first, second) = (held(service.item(7)).await, held(service.item(7)).await);
    drop(first);
    service.gate.let_through(1);
    assert_eq!((within(leader).await, within(second).await), (1, 1));
}

#[tokio::test]
async fn waiting_calls_share_a_value_that_is_not_stored() {
    let service = Service::new();
    let calls = within(join_all((0..20).map(|_| held(service.never_stored())))).await;
    service.gate.let_through(1);
    assert_eq!(within(join_all(calls)).await, [1; 20]);
    assert_eq!(service.cache.stats().stored, 0);
}

#[tokio::test]
async fn two_functions_that_share_a_key_each_get_their_own_type() {
    let service = Service::new();
    let (number, text) = (held(service.number()).await, held(service.text()).await);
    service.gate.open();
    let (number, text) = within(futures::future::join(number, text)).await;
    assert_eq!((number, text), (1, "2".to_owned()));
    assert_eq!(within(service.text()).await, "2");
    assert_eq!(within(service.number()).await, 3);
}
