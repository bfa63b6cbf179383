//! `idle`: an entry ends when nobody reads it for so long, and at the latest after its ttl.

use std::time::Duration;

use larder::{Cache, HasCache, ManualClock, cache_put, cacheable};

use crate::support::{Loads, cache_with_clock};

const SECOND: Duration = Duration::from_secs(1);

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    #[cacheable("item", ttl = "1m", idle = "10s")]
    async fn item(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("item")]
    async fn same_item(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(ttl = "1m", idle = "10s", cache_none = "15s")]
    async fn none(&self) -> Option<u64> {
        self.loads.next();
        None
    }

    #[cacheable(ttl = "1m", idle = "10s", l1_ttl = "12s")]
    async fn twelve_seconds(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(ttl = ttl, idle = "10s")]
    async fn lives_no_longer_than(&self, ttl: Duration) -> u64 {
        let _ = ttl;
        self.loads.next()
    }

    #[cacheable(ttl = "1m", idle = "10s", l1_ttl = "5s")]
    async fn five_seconds_in_memory(&self) -> u64 {
        self.loads.next()
    }

    #[cache_put("item", ttl = "1m", idle = "10s")]
    async fn put(&self) -> u64 {
        self.loads.next()
    }
}

fn service() -> (Service, ManualClock) {
    let (cache, clock) = cache_with_clock();
    (Service { cache, loads: Loads::default() }, clock)
}

#[tokio::test]
async fn an_entry_ends_when_nobody_reads_it() {
    let (service, clock) = service();
    service.item().await;
    clock.advance(10 * SECOND);
    assert_eq!(service.item().await, 2);
}

#[tokio::test]
async fn a_read_puts_the_end_off() {
    let (service, clock) = service();
    for _ in 0..6 {
        assert_eq!(service.item().await, 1);
        clock.advance(9 * SECOND);
    }
    clock.advance(SECOND);
    assert_eq!(service.item().await, 2, "ten seconds after the last read");
}

#[tokio::test]
async fn no_read_puts_the_end_off_beyond_the_ttl() {
    let (service, clock) = service();
    for _ in 0..12 {
        assert_eq!(service.item().await, 1);
        clock.advance(5 * SECOND);
    }
    assert_eq!(service.item().await, 2, "a minute is over");
}

#[tokio::test]
async fn any_function_that_reads_the_entry_puts_its_end_off() {
    let (service, clock) = service();
    service.item().await;
    for _ in 0..2 {
        clock.advance(9 * SECOND);
        assert_eq!(service.same_item().await, 1);
    }
    clock.advance(10 * SECOND);
    assert_eq!(service.same_item().await, 2);
}

#[tokio::test]
async fn a_stored_none_ends_when_nobody_reads_it_and_in_its_own_time() {
    let (service, clock) = service();
    service.none().await;
    clock.advance(9 * SECOND);
    service.none().await;
    clock.advance(5 * SECOND);
    service.none().await;
    assert_eq!(service.loads.count(), 1);
    clock.advance(SECOND);
    service.none().await;
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn no_read_puts_the_end_off_beyond_the_l1_ttl() {
    let (service, clock) = service();
    service.twelve_seconds().await;
    clock.advance(9 * SECOND);
    assert_eq!(service.twelve_seconds().await, 1);
    clock.advance(3 * SECOND);
    assert_eq!(service.twelve_seconds().await, 2);
}

#[tokio::test]
async fn an_entry_that_lives_shorter_than_its_idle_time_ends_with_its_ttl() {
    let (service, clock) = service();
    service.lives_no_longer_than(3 * SECOND).await;
    clock.advance(2 * SECOND);
    assert_eq!(service.lives_no_longer_than(3 * SECOND).await, 1);
    clock.advance(SECOND);
    assert_eq!(service.lives_no_longer_than(3 * SECOND).await, 2);
}

#[tokio::test]
async fn an_entry_whose_time_in_memory_is_shorter_than_its_idle_time_ends_with_that() {
    let (service, clock) = service();
    service.five_seconds_in_memory().await;
    clock.advance(5 * SECOND);
    assert_eq!(service.five_seconds_in_memory().await, 2);
}

#[tokio::test]
async fn a_put_ends_when_nobody_reads_it() {
    let (service, clock) = service();
    service.put().await;
    clock.advance(9 * SECOND);
    assert_eq!(service.same_item().await, 1);
    clock.advance(10 * SECOND);
    assert_eq!(service.same_item().await, 2);
}
