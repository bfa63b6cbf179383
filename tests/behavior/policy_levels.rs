//! `l1_ttl`, `l1 = off` and `l2 = off` where there is no second level.

use std::time::Duration;

use larder::{Cache, HasCache, ManualClock, cache_put, cacheable};

use crate::support::{Gate, Loads, cache_with_clock, held, within};

const SECOND: Duration = Duration::from_secs(1);

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
}

impl Service {
    #[cacheable("item", ttl = "1m", l1_ttl = "10s")]
    async fn ten_seconds(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("item", ttl = "5s", l1_ttl = Duration::from_secs(seconds))]
    async fn longer_than_it_lives(&self, seconds: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("item", l1 = off)]
    async fn without_memory(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("item", l1 = off, cache_none)]
    async fn none_without_memory(&self) -> Option<u64> {
        self.loads.next();
        None
    }

    #[cacheable("item", l1 = off)]
    async fn slow(&self) -> u64 {
        self.gate.pass().await;
        self.loads.next()
    }

    #[cacheable("item", l2 = off)]
    async fn in_memory(&self) -> u64 {
        self.loads.next()
    }

    #[cache_put("item", l1 = off)]
    async fn put_without_memory(&self) -> u64 {
        self.loads.next()
    }

    #[cache_put("item", ttl = "1m", l1_ttl = "10s")]
    async fn put_for_ten_seconds(&self) -> u64 {
        self.loads.next()
    }
}

fn service() -> (Service, ManualClock) {
    let (cache, clock) = cache_with_clock();
    (Service { cache, loads: Loads::default(), gate: Gate::closed() }, clock)
}

#[tokio::test]
async fn memory_keeps_an_entry_for_its_l1_ttl() {
    let (service, clock) = service();
    service.ten_seconds().await;
    clock.advance(9 * SECOND);
    assert_eq!(service.ten_seconds().await, 1);
    clock.advance(SECOND);
    assert_eq!(service.ten_seconds().await, 2);
}

#[tokio::test]
async fn an_l1_ttl_does_not_prolong_an_entry() {
    let (service, clock) = service();
    service.longer_than_it_lives(60).await;
    clock.advance(5 * SECOND);
    assert_eq!(service.longer_than_it_lives(60).await, 2);
}

#[tokio::test]
async fn memory_keeps_a_put_for_its_l1_ttl() {
    let (service, clock) = service();
    service.put_for_ten_seconds().await;
    clock.advance(9 * SECOND);
    assert_eq!(service.in_memory().await, 1);
    clock.advance(SECOND);
    assert_eq!(service.in_memory().await, 2);
}

#[tokio::test]
async fn without_memory_nothing_is_looked_for_there() {
    let (service, _) = service();
    service.in_memory().await;
    assert_eq!(service.without_memory().await, 2);
    assert_eq!(service.in_memory().await, 1, "what another function keeps stays");
}

#[tokio::test]
async fn without_memory_nothing_is_kept_there() {
    let (service, _) = service();
    service.without_memory().await;
    service.none_without_memory().await;
    assert_eq!((service.cache.stats().entries, service.cache.stats().stored), (0, 0));
    assert_eq!(service.in_memory().await, 3);
}

#[tokio::test]
async fn without_memory_a_load_is_shared() {
    let (service, _) = service();
    let (first, second) = (held(service.slow()).await, held(service.slow()).await);
    service.gate.open();
    assert_eq!((within(first).await, within(second).await), (1, 1));
}

#[tokio::test]
async fn a_put_without_memory_leaves_no_older_value_there() {
    let (service, _) = service();
    service.in_memory().await;
    service.put_without_memory().await;
    assert_eq!(service.in_memory().await, 3);
}

#[tokio::test]
async fn without_a_second_level_that_is_not_there_nothing_changes() {
    let (service, _) = service();
    service.in_memory().await;
    assert_eq!(service.in_memory().await, 1);
}
