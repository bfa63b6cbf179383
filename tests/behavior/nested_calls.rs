//! Cached functions that call cached functions: recursion, rings, and several caches. None of them deadlocks.

use std::sync::Arc;

use larder::{Cache, HasCache, cacheable};

use crate::support::{Gate, Loads, held, within};

#[derive(HasCache)]
struct Service {
    #[cache]
    cache: Cache,
    other: Cache,
    loads: Loads,
    gate: Gate,
}

impl Service {
    fn new() -> Arc<Self> {
        let (cache, other) = (Cache::in_process(), Cache::in_process());
        Arc::new(Self { cache, other, loads: Loads::default(), gate: Gate::closed() })
    }

    #[cacheable]
    async fn fib(&self, n: u64) -> u64 {
        self.loads.next();
        if n < 2 { n } else { self.fib(n - 1).await + self.fib(n - 2).await }
    }

    #[cacheable(skip(depth))]
    async fn itself(&self, key: u64, depth: u64) -> u64 {
        self.loads.next();
        if depth == 0 { key } else { self.itself(key, depth - 1).await + 1 }
    }

    #[cacheable(skip(depth))]
    async fn ping(&self, key: u64, depth: u64) -> u64 {
        self.loads.next();
        if depth == 0 { key } else { self.pong(key, depth - 1).await + 1 }
    }

    #[cacheable(skip(depth))]
    async fn pong(&self, key: u64, depth: u64) -> u64 {
        self.loads.next();
        if depth == 0 { key } else { self.ping(key, depth - 1).await + 1 }
    }

    /// Loads `other` once it is let through, which loads this key.
    #[cacheable(skip(other, depth))]
    async fn across(self: Arc<Self>, key: u64, other: u64, depth: u64) -> u64 {
        self.loads.next();
        if depth == 0 {
            return 1;
        }
        self.gate.pass().await;
        Arc::clone(&self).across(other, key, depth - 1).await + 1
    }

    /// Loads every later key of a ring.
    #[cacheable(skip(length, depth))]
    async fn around(self: Arc<Self>, key: u64, length: u64, depth: u64) -> u64 {
        self.loads.next();
        tokio::task::yield_now().await;
        if depth == 0 { 0 } else { Arc::clone(&self).around((key + 1) % length, length, depth - 1).await + 1 }
    }

    #[cacheable]
    async fn outer(&self, id: u64) -> u64 {
        self.loads.next();
        self.inner(id).await + 1
    }

    #[cacheable("{id}", cache = self.other)]
    async fn inner(&self, id: u64) -> u64 {
        self.loads.next();
        self.gate.pass().await;
        id
    }

    #[cacheable("{id}", cache = self.other, skip(depth))]
    async fn back_and_forth(&self, id: u64, depth: u64) -> u64 {
        if depth == 0 { id } else { self.forth_and_back(id, depth - 1).await }
    }

    #[cacheable("{id}", skip(depth))]
    async fn forth_and_back(&self, id: u64, depth: u64) -> u64 {
        if depth == 0 { id } else { self.back_and_forth(id, depth - 1).await }
    }

    #[cacheable]
    async fn twice_at_once(&self, id: u64) -> u64 {
        let (left, right) = futures::future::join(self.inner(id), self.inner(id)).await;
        left + right
    }

    #[cacheable]
    async fn in_a_task_of_its_own(self: Arc<Self>, id: u64) -> u64 {
        tokio::spawn(async move { self.inner(id).await }).await.expect("the task ends")
    }
}

#[tokio::test]
async fn a_recursive_function_loads_each_key_once() {
    let service = Service::new();
    assert_eq!(within(service.fib(50)).await, 12_586_269_025);
    assert_eq!(service.loads.count(), 51);
}

#[tokio::test]
async fn a_recursive_function_runs_in_a_task() {
    let service = Service::new();
    let task = tokio::spawn(async move { service.fib(30).await });
    assert_eq!(within(task).await.expect("the task ends"), 832_040);
}

#[tokio::test]
async fn a_function_that_calls_itself_with_its_own_key_ends() {
    let service = Service::new();
    assert_eq!(within(service.itself(1, 3)).await, 4);
    assert_eq!(service.loads.count(), 4);
    assert!(within(service.itself(1, 3)).await <= 4);
    assert_eq!(service.loads.count(), 4, "it is a hit now");
}

#[tokio::test]
async fn two_functions_that_call_each_other_with_the_same_keys_end() {
    let service = Service::new();
    assert_eq!(within(service.ping(1, 2)).await, 3, "ping, pong, ping");
    assert_eq!(service.loads.count(), 3);
}

#[tokio::test]
async fn two_loads_that_need_each_other_end() {
    let service = Service::new();
    let a = tokio::spawn(held(Arc::clone(&service).across(1, 2, 2)).await);
    let b = tokio::spawn(held(Arc::clone(&service).across(2, 1, 2)).await);
    assert_eq!(service.loads.count(), 2, "both run, and each goes on to the other");
    service.gate.open();
    for task in [a, b] {
        assert!(within(task).await.expect("the task ends") >= 2);
    }
    assert!(service.loads.count() <= 6, "{} loads", service.loads.count());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rings_of_loads_on_several_threads_end() {
    for length in 2..6 {
        for _ in 0..50 {
            let service = Service::new();
            let tasks = (0..length).map(|key| tokio::spawn(Arc::clone(&service).around(key, length, length + 1)));
            for task in within(futures::future::join_all(tasks)).await {
                task.expect("the task ends");
            }
        }
    }
}

#[tokio::test]
async fn a_load_may_wait_for_a_load_in_another_cache() {
    let service = Service::new();
    let inner = held(service.inner(7)).await;
    let outer = held(service.outer(7)).await;
    service.gate.let_through(1);
    assert_eq!((within(inner).await, within(outer).await), (7, 8));
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn a_ring_across_two_caches_ends() {
    let service = Service::new();
    assert_eq!(within(service.back_and_forth(7, 5)).await, 7);
}

#[tokio::test]
async fn a_load_may_ask_for_one_key_twice_at_once() {
    let service = Service::new();
    service.gate.open();
    assert_eq!(within(service.twice_at_once(7)).await, 14);
    assert_eq!(service.loads.count(), 1);
}

#[tokio::test]
async fn a_load_may_wait_for_a_task_that_loads() {
    let service = Service::new();
    service.gate.open();
    assert_eq!(within(Arc::clone(&service).in_a_task_of_its_own(7)).await, 7);
}
