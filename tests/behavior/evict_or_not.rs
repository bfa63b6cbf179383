//! When `#[cache_evict]` evicts, by what the body returned.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use larder::{Cache, HasCache, cache_evict, cacheable};

use crate::support::{Gate, Loads, held};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    #[cacheable("post:{id}")]
    async fn post(&self, id: u64) -> u64 {
        self.loads.next()
    }

    /// Which of the posts had to be loaded anew.
    async fn gone(&self) -> Vec<u64> {
        let mut gone = Vec::new();
        for id in 0..4 {
            let before = self.loads.count();
            self.post(id).await;
            gone.extend((self.loads.count() > before).then_some(id));
        }
        gone
    }

    #[cache_evict(key = "post:{id}")]
    async fn fallible(&self, id: u64, fail: bool) -> Result<(), String> {
        if fail { Err("no".to_owned()) } else { Ok(()) }
    }

    #[cache_evict("post:{id}")]
    async fn held(&self, id: u64, gate: &Gate) -> Result<(), String> {
        gate.pass().await;
        Err("no".to_owned())
    }

    #[cache_evict("post:{id}")]
    async fn panicking(&self, id: u64) {
        assert!(id > 3, "the body panics");
    }

    #[cache_evict(key = "post:{id}")]
    async fn optional(&self, id: u64) -> Option<u64> {
        None
    }

    #[cache_evict(key = "post:{id}", unless = |deleted| *deleted == 0)]
    async fn unless_none_deleted(&self, id: u64, deleted: u64) -> u64 {
        deleted
    }

    #[cache_evict(key = "post:{id}", condition = id > 1)]
    async fn if_above_one(&self, id: u64) {}

    #[cache_evict(key = "post:{id}")]
    async fn returning_impl_trait(&self, id: u64) -> impl Iterator<Item = u64> + use<> {
        0..id
    }

    #[cache_evict(key = "post:{id}")]
    async fn returning_impl_trait_in_result(&self, id: u64) -> Result<impl Iterator<Item = u64> + use<>, String> {
        if id == 0 { Ok(0..id) } else { Err("no".to_owned()) }
    }
}

async fn filled() -> Service {
    let service = Service { cache: Cache::in_process(), loads: Loads::default() };
    assert_eq!(service.gone().await, [0, 1, 2, 3]);
    service
}

#[tokio::test]
async fn err_evicts_nothing() {
    let service = filled().await;
    assert!(service.fallible(2, true).await.is_err());
    assert!(service.gone().await.is_empty());
    assert!(service.fallible(2, false).await.is_ok());
    assert_eq!(service.gone().await, [2]);
}

#[tokio::test]
async fn none_evicts() {
    let service = filled().await;
    assert_eq!(service.optional(2).await, None);
    assert_eq!(service.gone().await, [2]);
}

#[tokio::test]
async fn a_value_for_which_unless_is_true_evicts_nothing() {
    let service = filled().await;
    assert_eq!(service.unless_none_deleted(2, 0).await, 0);
    assert!(service.gone().await.is_empty());
    assert_eq!(service.unless_none_deleted(2, 1).await, 1);
    assert_eq!(service.gone().await, [2]);
}

#[tokio::test]
async fn where_the_condition_is_false_nothing_is_evicted() {
    let service = filled().await;
    service.if_above_one(1).await;
    service.if_above_one(2).await;
    assert_eq!(service.gone().await, [2]);
}

#[tokio::test]
async fn a_function_that_returns_impl_trait_evicts() {
    let service = filled().await;
    assert_eq!(service.returning_impl_trait(2).await.sum::<u64>(), 1);
    assert_eq!(service.gone().await, [2]);
}

#[tokio::test]
async fn err_of_a_result_of_impl_trait_evicts_nothing() {
    let service = filled().await;
    assert!(service.returning_impl_trait_in_result(2).await.is_err());
    assert!(service.gone().await.is_empty());
}

#[tokio::test]
async fn an_eviction_that_is_dropped_in_its_body_evicts() {
    let (service, gate) = (filled().await, Gate::closed());
    drop(held(service.held(2, &gate)).await);
    assert_eq!(service.gone().await, [2], "the body may have written");
}

#[tokio::test]
async fn an_eviction_whose_body_panics_evicts() {
    let service = filled().await;
    let panicked = AssertUnwindSafe(service.panicking(2)).catch_unwind().await;
    assert!(panicked.is_err());
    assert_eq!(service.gone().await, [2], "the body may have written");
}

#[tokio::test]
async fn an_eviction_that_was_never_polled_evicts_nothing() {
    let service = filled().await;
    drop(service.fallible(2, false));
    assert!(service.gone().await.is_empty());
}
