//! `timing` where the body fails, in every other shape of a function: without async, beside other attributes, as a method of
//! a trait, named by a reader, and around a batch.

use std::collections::HashMap;

use async_trait::async_trait;
use larder::{Cache, HasCache, cache_config, cache_evict, cache_put, cacheable};

use crate::support::{Loads, within};

type R<T> = Result<T, String>;

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

fn fails<T>() -> R<T> {
    Err("on purpose".to_owned())
}

#[cache_config(namespace = "items")]
impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    #[cacheable("item:{at}")]
    async fn item(&self, at: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict("item:0")]
    fn sync_after_ok(&self) -> R<()> {
        fails()
    }

    #[cache_evict("item:1", timing = before)]
    fn sync_before(&self) -> R<()> {
        fails()
    }

    #[cache_evict("item:2", timing = always)]
    fn sync_always(&self) -> R<()> {
        fails()
    }

    #[cache_put("put")]
    #[cache_evict("item:0", timing = after_ok)]
    #[cache_evict("item:1", timing = before)]
    #[cache_evict(pattern = "item:2", timing = always)]
    async fn stacked(&self) -> R<u64> {
        fails()
    }

    #[cacheable("read")]
    #[cache_evict("item:0")]
    #[cache_evict("item:1", timing = before)]
    #[cache_evict("item:2", timing = always)]
    async fn beside_a_reader(&self) -> R<u64> {
        fails()
    }

    #[cache_evict(of = Self::item, args(at = 0))]
    #[cache_evict(of = Self::item, args(at = 1), timing = before)]
    #[cache_evict(of = Self::item, args(at = 2), timing = always)]
    async fn of_a_reader(&self) -> R<()> {
        fails()
    }

    #[cacheable("batch:{ids}", batch)]
    #[cache_evict("item:0")]
    #[cache_evict(keys = ["item:1", "item:2"], timing = always)]
    async fn around_a_batch(&self, ids: &[u64]) -> R<HashMap<u64, u64>> {
        assert!(!ids.is_empty());
        fails()
    }
}

#[async_trait]
trait Repo {
    async fn boxed(&self) -> R<()>;
}

#[cache_config(namespace = "items")]
#[async_trait]
impl Repo for Service {
    #[cache_evict("item:0")]
    #[cache_evict("item:1", timing = before)]
    #[cache_evict("item:2", timing = always)]
    async fn boxed(&self) -> R<()> {
        fails()
    }
}

/// The first item is evicted after success, the second before the body, the third after it in any case.
async fn the_timing_decides<T>(call: impl AsyncFn(&Service) -> R<T>) {
    let service = Service::new();
    let items = async || [service.item(0).await, service.item(1).await, service.item(2).await];
    assert_eq!(items().await, [1, 2, 3]);
    assert!(within(call(&service)).await.is_err());
    assert_eq!(items().await, [1, 4, 5]);
}

#[tokio::test]
async fn functions_that_are_not_asynchronous() {
    the_timing_decides(async |service| service.sync_after_ok().or(service.sync_before()).or(service.sync_always()))
        .await;
}

#[tokio::test]
async fn several_attributes_beside_a_put() {
    the_timing_decides(async |service| service.stacked().await).await;
}

#[tokio::test]
async fn several_attributes_beside_a_reader() {
    the_timing_decides(async |service| service.beside_a_reader().await).await;
}

#[tokio::test]
async fn the_entries_of_a_reader() {
    the_timing_decides(async |service| service.of_a_reader().await).await;
}

#[tokio::test]
async fn around_a_batch() {
    the_timing_decides(async |service| service.around_a_batch(&[1, 2]).await).await;
}

#[tokio::test]
async fn a_method_under_async_trait() {
    the_timing_decides(async |service| service.boxed().await).await;
}
