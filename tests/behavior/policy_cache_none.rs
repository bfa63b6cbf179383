//! `cache_none`: a `None` is stored too, and a hit on it is told from a miss.

use std::time::Duration;

use larder::{Cache, HasCache, ManualClock, cache_evict, cache_put, cacheable};

use crate::support::{Gate, Loads, cache_with_clock, held, within};

const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, PartialEq)]
struct Failure;

type R<T> = Result<T, Failure>;
type Maybe<T> = Option<T>;
type Found = R<Maybe<u64>>;

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
}

/// Every load brings `None`, but where it says otherwise.
impl Service {
    fn none<T>(&self) -> Option<T> {
        self.loads.next();
        None
    }

    #[cacheable("item", cache_none)]
    async fn option(&self) -> Option<u64> {
        self.none()
    }

    #[cacheable("item")]
    async fn without_cache_none(&self) -> Option<u64> {
        self.none()
    }

    #[cacheable("item", cache_none)]
    async fn of_another_type(&self) -> Option<String> {
        self.none()
    }

    #[cacheable(cache_none)]
    async fn aliased(&self) -> Found {
        Ok(self.none())
    }

    #[cacheable(cache_none)]
    async fn failing(&self) -> Found {
        self.loads.next();
        Err(Failure)
    }

    #[cacheable(ttl = "1m", cache_none = "10s")]
    async fn for_ten_seconds(&self) -> Option<u64> {
        self.none()
    }

    #[cacheable(cache_none = Duration::from_secs(seconds))]
    async fn for_seconds(&self, seconds: u64) -> Option<u64> {
        self.none()
    }

    #[cacheable(ttl = "20s", cache_none)]
    async fn as_long_as_the_ttl(&self) -> Option<u64> {
        self.none()
    }

    #[cacheable("tagged:{id}", cache_none, tags = ["tag-{id}"])]
    async fn tagged(&self, id: u64) -> Option<u64> {
        self.none()
    }

    #[cacheable("item", cache_none)]
    async fn slow(&self) -> Option<u64> {
        self.loads.next();
        self.gate.pass().await;
        None
    }

    #[cache_put("item")]
    async fn put(&self, item: Option<u64>) -> Option<u64> {
        item
    }

    #[cache_evict("item")]
    async fn evict(&self) {}

    #[cache_evict(tags = ["tag-{id}"])]
    async fn evict_tag(&self, id: u64) {}
}

fn service() -> (Service, ManualClock) {
    let (cache, clock) = cache_with_clock();
    (Service { cache, loads: Loads::default(), gate: Gate::closed() }, clock)
}

#[tokio::test]
async fn a_none_that_was_stored_is_a_hit_and_no_miss() {
    let (service, _) = service();
    for _ in 0..3 {
        assert_eq!(service.option().await, None);
    }
    let stats = service.cache.stats();
    assert_eq!((stats.misses, stats.stored, stats.hits), (1, 1, 2));
    assert_eq!(service.loads.count(), 1);
}

#[tokio::test]
async fn a_none_in_a_result_behind_aliases_is_stored() {
    let (service, _) = service();
    assert_eq!(service.aliased().await, Ok(None));
    assert_eq!(service.aliased().await, Ok(None));
    assert_eq!(service.loads.count(), 1);
}

#[tokio::test]
async fn an_err_beside_cache_none_is_not_stored() {
    let (service, _) = service();
    assert_eq!(service.failing().await, Err(Failure));
    assert_eq!(service.failing().await, Err(Failure));
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn a_none_lives_as_long_as_it_is_said() {
    let (service, clock) = service();
    service.for_ten_seconds().await;
    clock.advance(Duration::from_millis(9_999));
    service.for_ten_seconds().await;
    assert_eq!(service.loads.count(), 1);
    clock.advance(Duration::from_millis(1));
    service.for_ten_seconds().await;
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn a_none_lives_as_long_as_an_expression_says() {
    let (service, clock) = service();
    service.for_seconds(5).await;
    clock.advance(4 * SECOND);
    service.for_seconds(5).await;
    assert_eq!(service.loads.count(), 1);
    clock.advance(SECOND);
    service.for_seconds(5).await;
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn a_none_that_lives_no_time_is_not_stored() {
    let (service, _) = service();
    service.for_seconds(0).await;
    service.for_seconds(0).await;
    assert_eq!((service.loads.count(), service.cache.stats().stored), (2, 0));
}

#[tokio::test]
async fn a_none_lives_as_long_as_the_ttl_where_nothing_else_is_said() {
    let (service, clock) = service();
    service.as_long_as_the_ttl().await;
    clock.advance(19 * SECOND);
    service.as_long_as_the_ttl().await;
    assert_eq!(service.loads.count(), 1);
    clock.advance(SECOND);
    service.as_long_as_the_ttl().await;
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn a_function_without_cache_none_takes_a_stored_none_for_a_miss() {
    let (service, _) = service();
    service.option().await;
    service.without_cache_none().await;
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn a_stored_none_of_another_type_is_a_miss() {
    let (service, _) = service();
    service.option().await;
    service.of_another_type().await;
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn a_value_that_is_put_replaces_a_stored_none() {
    let (service, _) = service();
    service.option().await;
    service.put(Some(7)).await;
    assert_eq!(service.option().await, Some(7));
    service.put(None).await;
    assert_eq!(service.option().await, None);
    assert_eq!(service.loads.count(), 2, "a put without a value leaves nothing");
}

#[tokio::test]
async fn a_stored_none_is_evicted_by_its_key_and_by_its_tag() {
    let (service, _) = service();
    service.option().await;
    service.evict().await;
    service.option().await;
    assert_eq!(service.loads.count(), 2);
    service.tagged(1).await;
    service.tagged(2).await;
    service.evict_tag(1).await;
    service.tagged(1).await;
    service.tagged(2).await;
    assert_eq!(service.loads.count(), 5);
}

#[tokio::test]
async fn a_none_whose_key_was_evicted_while_it_was_loaded_is_not_stored() {
    let (service, _) = service();
    let load = held(service.slow()).await;
    service.evict().await;
    service.gate.open();
    assert_eq!(within(load).await, None);
    assert_eq!((service.cache.stats().stored, service.cache.stats().refused), (0, 1));
    service.option().await;
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn who_waits_for_a_load_is_given_its_none_whether_it_keeps_such_or_not() {
    let (service, _) = service();
    let load = held(service.slow()).await;
    let keeps = held(service.option()).await;
    let does_not = held(service.without_cache_none()).await;
    service.gate.open();
    assert_eq!((within(load).await, within(keeps).await, within(does_not).await), (None, None, None));
    assert_eq!((service.loads.count(), service.cache.stats().collapsed), (1, 2));
}
