//! `timing`: when an eviction takes place, and what it does where the body fails, is dropped or panics.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Gate, Loads, held, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
}

/// What a body does.
#[derive(Clone, Copy)]
enum Body {
    Succeed,
    Fail,
    Panic,
    Wait,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default(), gate: Gate::closed() }
    }

    #[cacheable("item")]
    async fn item(&self) -> u64 {
        self.loads.next()
    }

    /// Whether the entry is gone, and loads it anew.
    async fn is_gone(&self) -> bool {
        let before = self.loads.count();
        self.item().await;
        self.loads.count() > before
    }

    async fn end(&self, body: Body) -> Result<u64, String> {
        match body {
            Body::Succeed => Ok(7),
            Body::Fail => Err("on purpose".to_owned()),
            Body::Panic => panic!("on purpose"),
            Body::Wait => {
                self.gate.pass().await;
                Ok(7)
            }
        }
    }

    #[cache_evict(key = "item")]
    async fn after_ok(&self, body: Body) -> Result<u64, String> {
        self.end(body).await
    }

    #[cache_evict(key = "item", timing = before)]
    async fn before(&self, body: Body) -> Result<u64, String> {
        self.end(body).await
    }

    #[cache_evict(key = "item", timing = always)]
    async fn always(&self, body: Body) -> Result<u64, String> {
        self.end(body).await
    }

    #[cache_evict(key = "item", timing = before)]
    async fn sees_itself_evicted(&self) -> u64 {
        self.item().await
    }

    #[cache_evict(key = "i{result}", tags = |_| ["x"], timing = always)]
    async fn needs_the_result(&self, body: Body) -> Result<u64, String> {
        self.end(body).await
    }

    #[cache_put("item")]
    #[cache_evict(key = "item", timing = before)]
    async fn put_after_an_eviction(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("report")]
    #[cache_evict(key = "item", timing = before)]
    async fn report(&self) -> u64 {
        self.item().await
    }

    #[cache_evict(key = "item", timing = before)]
    #[cache_evict(key = "other", timing = always)]
    #[cache_evict(key = "third:{result}")]
    fn all_timings_without_async(&self, id: u64) -> Result<u64, String> {
        Err(id.to_string())
    }

    #[cache_evict(key = "{result}", timing = before)]
    async fn an_argument_named_result(&self, result: &str) {}
}

async fn with_an_item() -> Service {
    let service = Service::new();
    service.item().await;
    service
}

#[tokio::test]
async fn after_success_every_timing_has_evicted() {
    let service = with_an_item().await;
    assert!(service.after_ok(Body::Succeed).await.is_ok() && service.is_gone().await);
    assert!(service.before(Body::Succeed).await.is_ok() && service.is_gone().await);
    assert!(service.always(Body::Succeed).await.is_ok() && service.is_gone().await);
}

#[tokio::test]
async fn after_an_error_the_timing_decides() {
    let service = with_an_item().await;
    assert!(service.after_ok(Body::Fail).await.is_err() && !service.is_gone().await);
    assert!(service.before(Body::Fail).await.is_err() && service.is_gone().await);
    assert!(service.always(Body::Fail).await.is_err() && service.is_gone().await);
}

#[tokio::test]
async fn after_a_panic_every_timing_has_evicted() {
    let service = with_an_item().await;
    assert!(AssertUnwindSafe(service.after_ok(Body::Panic)).catch_unwind().await.is_err() && service.is_gone().await);
    assert!(AssertUnwindSafe(service.before(Body::Panic)).catch_unwind().await.is_err() && service.is_gone().await);
    assert!(AssertUnwindSafe(service.always(Body::Panic)).catch_unwind().await.is_err() && service.is_gone().await);
}

#[tokio::test]
async fn dropped_in_its_body_every_timing_has_evicted() {
    let service = with_an_item().await;
    drop(held(service.after_ok(Body::Wait)).await);
    assert!(service.is_gone().await);
    drop(held(service.before(Body::Wait)).await);
    assert!(service.is_gone().await);
    drop(held(service.always(Body::Wait)).await);
    assert!(service.is_gone().await);
}

#[tokio::test]
async fn before_the_body_means_that_the_body_finds_nothing() {
    let service = with_an_item().await;
    assert_eq!(service.sees_itself_evicted().await, 2);
    assert!(!service.is_gone().await, "what the body stored anew stays");
}

#[tokio::test]
async fn what_needs_the_result_reaches_nothing_where_there_is_none() {
    let service = with_an_item().await;
    assert!(service.needs_the_result(Body::Fail).await.is_err());
    assert_eq!(service.cache.stats().invalidations, 0);
}

#[tokio::test]
async fn a_put_beside_an_eviction_before_the_body_stores() {
    let service = with_an_item().await;
    assert_eq!((service.put_after_an_eviction().await, service.item().await), (2, 2));
}

#[tokio::test]
async fn a_miss_evicts_before_its_body_and_a_hit_does_not() {
    let service = with_an_item().await;
    assert_eq!((service.report().await, service.is_gone().await), (2, false));
    assert_eq!((service.report().await, service.is_gone().await), (2, false));
}

#[tokio::test]
async fn every_timing_works_without_async_and_with_an_argument_named_result() {
    let service = with_an_item().await;
    assert!(service.all_timings_without_async(7).is_err());
    assert_eq!(service.cache.stats().invalidations, 2);
    assert!(service.is_gone().await);
    within(service.an_argument_named_result("item")).await;
    assert!(service.is_gone().await);
}
