//! `version`: entries of another version are misses, under the same key.

use std::time::Duration;

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Gate, Loads, held, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default(), gate: Gate::closed() }
    }

    #[cacheable("item")]
    async fn first(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("item", version = 2, cache_none)]
    async fn second(&self) -> Option<u64> {
        Some(self.loads.next())
    }

    #[cacheable("item", version = 3, cache_none)]
    async fn third(&self) -> Option<u64> {
        self.loads.next();
        None
    }

    #[cacheable("item", version = 2)]
    async fn slow_second(&self) -> u64 {
        self.gate.pass().await;
        self.loads.next()
    }

    #[cacheable("nothing", version = 2, cache_none)]
    async fn slow_none(&self) -> Option<u64> {
        self.loads.next();
        self.gate.pass().await;
        None
    }

    #[cacheable("failure", version = 2, cache_err = |_| Some(Duration::from_secs(10)))]
    async fn second_failure(&self) -> Result<u64, u64> {
        Err(self.loads.next())
    }

    #[cacheable("failure", version = 3, cache_err = |_| Some(Duration::from_secs(10)))]
    async fn third_failure(&self) -> Result<u64, u64> {
        Err(self.loads.next())
    }

    #[cache_put("item", version = 2)]
    async fn put_second(&self) -> u64 {
        self.loads.next()
    }

    #[cache_evict("item")]
    async fn evict(&self) {}
}

#[tokio::test]
async fn an_entry_of_another_version_is_a_miss() {
    let service = Service::new();
    assert_eq!((service.first().await, service.first().await), (1, 1));
    assert_eq!((service.second().await, service.second().await), (Some(2), Some(2)));
    assert_eq!(service.first().await, 3);
}

#[tokio::test]
async fn a_stored_none_of_another_version_is_a_miss() {
    let service = Service::new();
    assert_eq!((service.third().await, service.third().await), (None, None));
    assert_eq!(service.second().await, Some(2));
}

#[tokio::test]
async fn a_put_stores_its_version() {
    let service = Service::new();
    service.put_second().await;
    assert_eq!(service.second().await, Some(1));
    assert_eq!(service.first().await, 2);
}

#[tokio::test]
async fn a_load_of_another_version_is_not_waited_for() {
    let service = Service::new();
    let second = held(service.slow_second()).await;
    assert_eq!(within(service.first()).await, 1);
    service.gate.open();
    assert_eq!(within(second).await, 2);
}

#[tokio::test]
async fn a_none_is_shared_by_the_calls_of_its_version() {
    let service = Service::new();
    let (first, second) = (held(service.slow_none()).await, held(service.slow_none()).await);
    service.gate.open();
    assert_eq!((within(first).await, within(second).await), (None, None));
    assert_eq!((within(service.slow_none()).await, service.loads.count()), (None, 1));
}

#[tokio::test]
async fn a_stored_error_of_another_version_is_a_miss() {
    let service = Service::new();
    assert_eq!((service.second_failure().await, service.second_failure().await), (Err(1), Err(1)));
    assert_eq!((service.third_failure().await, service.third_failure().await), (Err(2), Err(2)));
    assert_eq!(service.second_failure().await, Err(3));
}

#[tokio::test]
async fn an_eviction_reaches_every_version() {
    let service = Service::new();
    service.second().await;
    service.evict().await;
    assert_eq!(service.second().await, Some(2));
    service.evict().await;
    let load = held(service.slow_second()).await;
    service.evict().await;
    service.gate.open();
    within(load).await;
    assert_eq!(service.cache.stats().refused, 1);
}
