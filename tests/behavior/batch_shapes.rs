//! Batches in every shape of a function: duplicates, an empty list, the order, what is not there, and what is shared with
//! the function for one.

use std::collections::HashMap;

use async_trait::async_trait;
use larder::{Cache, CacheKey, HasCache, cache_config, cacheable};

use crate::support::{Loads, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

/// Even numbers are there. Every element that reaches a body counts.
impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    fn find(&self, ids: &[u64]) -> Vec<Option<u64>> {
        ids.iter().inspect(|_| _ = self.loads.next()).map(|id| (id % 2 == 0).then_some(id * 10)).collect()
    }

    #[cacheable("item:{id}", cache_none)]
    async fn one(&self, id: u64) -> Option<u64> {
        self.find(&[id])[0]
    }

    #[cacheable("item:{ids}", batch, cache_none)]
    fn sync(&self, ids: &[u64]) -> Vec<Option<u64>> {
        self.find(ids)
    }

    #[tracing::instrument(skip_all)]
    #[cacheable("item:{ids}", batch, cache_none)]
    async fn traced(&self, mut ids: Vec<u64>) -> Vec<Option<u64>> {
        ids.reverse();
        let mut found = self.find(&ids);
        found.reverse();
        found
    }

    #[cacheable("item:{ids}", batch, cache_none)]
    async fn generic<K>(&self, ids: &[K]) -> Vec<Option<u64>>
    where
        K: CacheKey + Copy + Into<u64> + Send + Sync + 'static,
    {
        self.find(&ids.iter().map(|id| (*id).into()).collect::<Vec<_>>())
    }
}

#[cacheable("item:{ids}", batch, cache = service.cache, cache_none)]
async fn free(service: &Service, ids: &[u64]) -> Vec<Option<u64>> {
    service.find(ids)
}

trait Native: HasCache {
    fn source(&self) -> &Service;

    #[cacheable("item:{ids}", batch, cache_none)]
    async fn by_default(&self, ids: &[u64]) -> Result<Vec<Option<u64>>, String> {
        Ok(self.source().find(ids))
    }
}

impl Native for Service {
    fn source(&self) -> &Service {
        self
    }
}

#[async_trait]
trait Boxed {
    async fn boxed(&self, ids: &[u64]) -> HashMap<u64, u64>;
}

#[cache_config(cache_none)]
#[async_trait]
impl Boxed for Service {
    #[cacheable("item:{ids}", batch)]
    async fn boxed(&self, ids: &[u64]) -> HashMap<u64, u64> {
        ids.iter().zip(self.find(ids)).filter_map(|(id, found)| Some((*id, found?))).collect()
    }
}

/// Duplicates are loaded once, the order is the request's, what is not there is stored, and what one call loaded all know.
async fn each_element_is_loaded_once(batch: impl AsyncFn(&Service, &[u64]) -> Vec<Option<u64>>) {
    let service = Service::new();
    assert_eq!(within(service.one(4)).await, Some(40));
    assert!(within(batch(&service, &[])).await.is_empty());
    let asked = [6, 1, 4, 6, 1, 2];
    let found = [Some(60), None, Some(40), Some(60), None, Some(20)];
    assert_eq!(within(batch(&service, &asked)).await, found);
    assert_eq!(service.loads.count(), 4, "4 was there; 6, 1 and 2 are loaded once");
    assert_eq!(within(batch(&service, &asked)).await, found);
    assert_eq!((within(service.one(1)).await, within(service.one(2)).await), (None, Some(20)));
    assert_eq!(service.loads.count(), 4, "everything is there");
}

#[tokio::test]
async fn a_function_that_is_not_asynchronous() {
    each_element_is_loaded_once(async |service, ids| service.sync(ids)).await;
}

#[tokio::test]
async fn under_another_attribute() {
    each_element_is_loaded_once(async |service, ids| service.traced(ids.to_vec()).await).await;
}

#[tokio::test]
async fn over_a_type_parameter() {
    each_element_is_loaded_once(async |service, ids| service.generic(ids).await).await;
}

#[tokio::test]
async fn a_free_function() {
    each_element_is_loaded_once(async |service, ids| free(service, ids).await).await;
}

#[tokio::test]
async fn a_default_body() {
    each_element_is_loaded_once(async |service, ids| service.by_default(ids).await.expect("it succeeds")).await;
}

#[tokio::test]
async fn a_method_under_async_trait() {
    each_element_is_loaded_once(async |service, ids| {
        let found = service.boxed(ids).await;
        ids.iter().map(|id| found.get(id).copied()).collect()
    })
    .await;
}
