//! Loads that do not end, or whose leader nobody polls: nobody waits for them longer than the lease.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use larder::{Cache, HasCache, cache_evict, cacheable};

use crate::support::{Gate, Loads, held, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
}

impl Service {
    fn new() -> Arc<Self> {
        let cache = Cache::builder("lease").lease(Duration::from_millis(50)).build().expect("the name is valid");
        Arc::new(Self { cache, loads: Loads::default(), gate: Gate::closed() })
    }

    /// The first load is held, the others are not.
    #[cacheable]
    async fn first_is_held(&self) -> u64 {
        let load = self.loads.next();
        if load == 1 {
            self.gate.pass().await;
        }
        load
    }

    #[cache_evict(pattern = "*first_is_held*")]
    async fn evict(&self) {}

    /// Reaches itself through a task of its own, which cannot be seen.
    #[cacheable(skip(depth))]
    async fn through_a_task(self: Arc<Self>, depth: u64) -> u64 {
        let load = self.loads.next();
        if depth > 0 {
            let inner = tokio::spawn(Arc::clone(&self).through_a_task_boxed(depth - 1));
            return inner.await.expect("the inner call ends");
        }
        load
    }

    fn through_a_task_boxed(self: Arc<Self>, depth: u64) -> std::pin::Pin<Box<dyn Future<Output = u64> + Send>> {
        Box::pin(self.through_a_task(depth))
    }
}

#[tokio::test]
async fn a_leader_that_is_not_polled_is_not_waited_for_without_end() {
    let service = Service::new();
    let leader = held(service.first_is_held()).await;
    assert_eq!(within(service.first_is_held()).await, 2);
    drop(leader);
}

#[tokio::test]
async fn when_the_lease_is_over_one_of_those_who_wait_loads_for_all() {
    let service = Service::new();
    let leader = held(service.first_is_held()).await;
    let waiting = join_all((0..100).map(|_| service.first_is_held()));
    assert!(within(waiting).await.iter().all(|load| *load == 2));
    assert_eq!(service.loads.count(), 2);
    drop(leader);
}

#[tokio::test]
async fn a_load_that_outlives_its_lease_does_not_overwrite_the_newer_one() {
    let service = Service::new();
    let leader = held(service.first_is_held()).await;
    service.evict().await;
    assert_eq!(within(service.first_is_held()).await, 2);
    service.gate.open();
    assert_eq!(within(leader).await, 1);
    assert_eq!(within(service.first_is_held()).await, 2);
}

#[tokio::test]
async fn a_body_that_waits_for_itself_through_a_task_goes_on_after_the_lease() {
    let service = Service::new();
    assert_eq!(within(service.through_a_task(1)).await, 2);
}
