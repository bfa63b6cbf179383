//! How long an entry lives: by default, by text, by an expression, by the value; on a clock that the test moves.

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
    #[cacheable]
    async fn by_default(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(ttl = "1m30s")]
    async fn by_text(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable(ttl = Duration::from_secs(seconds))]
    async fn by_expression(&self, seconds: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable(ttl = |load| Duration::from_secs(10 * load))]
    async fn by_value(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("item", ttl = "10s")]
    async fn item(&self) -> u64 {
        self.loads.next()
    }

    #[cache_put("item", ttl = Duration::from_secs(seconds))]
    async fn put_item(&self, seconds: u64) -> u64 {
        self.loads.next()
    }
}

fn service() -> (Service, ManualClock) {
    let (cache, clock) = cache_with_clock();
    (Service { cache, loads: Loads::default() }, clock)
}

/// Calls `load` until just before `ttl` is over, and once more when it is.
async fn lives_for(ttl: Duration, load: impl AsyncFn(&Service) -> u64) {
    let (service, clock) = service();
    assert_eq!(load(&service).await, 1);
    clock.advance(ttl.checked_sub(Duration::from_nanos(1)).expect("a ttl is not zero"));
    assert_eq!(load(&service).await, 1, "a nanosecond before the end");
    clock.advance(Duration::from_nanos(1));
    assert_eq!(load(&service).await, 2, "at the end");
}

#[tokio::test]
async fn an_entry_lives_one_hour_by_default() {
    lives_for(3600 * SECOND, async |service| service.by_default().await).await;
}

#[tokio::test]
async fn a_ttl_is_given_as_text() {
    lives_for(90 * SECOND, async |service| service.by_text().await).await;
}

#[tokio::test]
async fn a_ttl_is_given_by_an_expression_over_the_arguments() {
    lives_for(7 * SECOND, async |service| service.by_expression(7).await).await;
}

#[tokio::test]
async fn a_ttl_is_given_by_a_closure_over_the_value() {
    lives_for(10 * SECOND, async |service| service.by_value().await).await;
}

#[tokio::test]
async fn a_hit_does_not_prolong_an_entry() {
    let (service, clock) = service();
    for _ in 0..3 {
        assert_eq!(service.item().await, 1);
        clock.advance(3 * SECOND);
    }
    clock.advance(SECOND);
    assert_eq!(service.item().await, 2);
}

#[tokio::test]
async fn the_time_begins_when_the_value_is_stored_anew() {
    let (service, clock) = service();
    assert_eq!(service.by_value().await, 1);
    clock.advance(10 * SECOND);
    assert_eq!(service.by_value().await, 2, "which lives for 20 s");
    clock.advance(19 * SECOND);
    assert_eq!(service.by_value().await, 2);
    clock.advance(SECOND);
    assert_eq!(service.by_value().await, 3);
}

#[tokio::test]
async fn a_ttl_of_zero_stores_nothing() {
    let (service, _clock) = service();
    assert_eq!(service.by_expression(0).await, 1);
    assert_eq!(service.by_expression(0).await, 2);
    assert_eq!(service.cache.stats().stored, 0);
}

#[tokio::test]
async fn the_ttl_of_the_cache_holds_where_the_function_gives_none() {
    let clock = ManualClock::new();
    let cache = Cache::builder("short").ttl(SECOND).clock(clock.clock()).build().expect("the name is valid");
    let service = Service { cache, loads: Loads::default() };
    assert_eq!((service.by_default().await, service.by_text().await), (1, 2));
    clock.advance(SECOND);
    assert_eq!((service.by_default().await, service.by_text().await), (3, 2));
}

#[tokio::test]
async fn a_put_has_its_own_ttl() {
    let (service, clock) = service();
    assert_eq!(service.put_item(60).await, 1);
    clock.advance(59 * SECOND);
    assert_eq!(service.item().await, 1);
    clock.advance(SECOND);
    assert_eq!(service.item().await, 2);
}

#[tokio::test]
async fn a_put_with_a_ttl_of_zero_removes_the_old_entry() {
    let (service, _clock) = service();
    assert_eq!(service.item().await, 1);
    assert_eq!(service.put_item(0).await, 2);
    assert_eq!(service.item().await, 3);
}
