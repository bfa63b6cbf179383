//! Every receiver, and futures that move to another thread.

use std::sync::Arc;

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Loads, within};

#[derive(HasCache, Clone)]
struct Service {
    cache: Cache,
    loads: Arc<Loads>,
    changes: u64,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Arc::default(), changes: 0 }
    }

    #[cacheable("item:{id}")]
    async fn by_reference(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("item:{id}")]
    async fn by_arc(self: Arc<Self>, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("item:{id}")]
    async fn by_reference_to_arc(self: &Arc<Self>, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("item:{id}")]
    async fn by_box(self: Box<Self>, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("item:{id}")]
    async fn by_value(self, id: u64) -> u64 {
        self.loads.next()
    }

    #[expect(deprecated, reason = "the warning is right: a hit changes nothing")]
    #[cacheable("item:{id}")]
    async fn by_mutable_reference(&mut self, id: u64) -> u64 {
        self.changes += 1;
        self.loads.next()
    }

    #[cache_put("item:{id}")]
    async fn put_by_mutable_reference(&mut self, id: u64) -> u64 {
        self.changes += 1;
        self.loads.next()
    }

    #[cache_put("item:{id}")]
    async fn put_by_arc(self: Arc<Self>, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict(key = "item:{id}")]
    async fn evict_by_mutable_reference(&mut self, id: u64) {
        self.changes += 1;
    }

    #[cache_evict(key = "item:{id}")]
    async fn evict_by_value(self, id: u64) {
        drop(self);
    }

    #[cacheable(skip(word))]
    async fn with_a_reference(&self, id: u64, word: &str) -> u64 {
        tokio::task::yield_now().await;
        assert!(!word.is_empty());
        self.loads.next()
    }
}

/// Takes a future that may move to another thread.
fn sendable<F: Future + Send>(future: F) -> F {
    future
}

#[tokio::test]
async fn every_receiver_that_reads() {
    let mut service = Service::new();
    let arc = Arc::new(service.clone());
    assert_eq!(service.by_reference(7).await, 1);
    assert_eq!(Arc::clone(&arc).by_arc(7).await, 1);
    assert_eq!(arc.by_reference_to_arc(7).await, 1);
    assert_eq!(Box::new(service.clone()).by_box(7).await, 1);
    assert_eq!(service.clone().by_value(7).await, 1);
    assert_eq!(service.by_mutable_reference(7).await, 1);
    assert_eq!(service.changes, 0, "a hit skips the body");
    assert_eq!((service.by_mutable_reference(8).await, service.changes), (2, 1));
}

#[tokio::test]
async fn every_receiver_that_writes() {
    let mut service = Service::new();
    assert_eq!((service.put_by_mutable_reference(7).await, service.changes), (1, 1));
    assert_eq!(service.by_reference(7).await, 1);
    assert_eq!(Arc::new(service.clone()).put_by_arc(7).await, 2);
    assert_eq!(service.by_reference(7).await, 2);
    service.evict_by_mutable_reference(7).await;
    assert_eq!((service.by_reference(7).await, service.changes), (3, 2));
    service.clone().evict_by_value(7).await;
    assert_eq!(service.by_reference(7).await, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_futures_are_send_and_run_in_tasks() {
    let mut service = Service::new();
    sendable(service.by_mutable_reference(1)).await;
    sendable(service.put_by_mutable_reference(1)).await;
    sendable(service.evict_by_mutable_reference(1)).await;
    sendable(service.with_a_reference(1, &String::from("word"))).await;
    let service = Arc::new(service);
    let task = tokio::spawn(Arc::clone(&service).by_arc(7));
    let load = within(task).await.expect("the task ends");
    assert_eq!(within(tokio::spawn(service.by_arc(7))).await.expect("the task ends"), load);
}
