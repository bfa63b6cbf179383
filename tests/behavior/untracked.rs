//! What is made of a value whose tags are not all known is not stored, whatever it is: an eviction could not reach it.

use std::collections::HashMap;
use std::time::Duration;

use larder::{Cache, HasCache, bypass, cacheable};

use crate::support::{Loads, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    #[cacheable("item:{ids}", batch, tags = |value| [format!("item-{value}")])]
    async fn items(&self, ids: &[u64]) -> HashMap<u64, u64> {
        ids.iter().map(|id| (*id, *id)).collect()
    }

    /// Nobody asks for the tags of a batch that passes the cache by.
    async fn load(&self) -> u64 {
        within(bypass(self.items(&[1]))).await;
        self.loads.next()
    }

    #[cacheable("value")]
    async fn value(&self) -> u64 {
        self.load().await
    }

    #[cacheable("none", cache_none)]
    async fn none(&self) -> Option<u64> {
        self.load().await;
        None
    }

    #[cacheable("error", cache_err = |_| Some(Duration::from_mins(1)))]
    async fn error(&self) -> Result<u64, u64> {
        Err(self.load().await)
    }

    #[cacheable("many:{ids}", batch, cache_none)]
    async fn many(&self, ids: &[u64]) -> HashMap<u64, u64> {
        let load = self.load().await;
        ids.iter().filter(|id| **id < 100).map(|id| (*id, load)).collect()
    }

    #[cacheable("alone", inherit_tags = false, cache_none)]
    async fn alone(&self) -> Option<u64> {
        self.load().await;
        None
    }
}

/// Whether a second call runs the body again, though the first was not in the way of anything else.
async fn is_stored<R>(call: impl AsyncFn(&Service) -> R) -> bool {
    let service = Service::new();
    call(&service).await;
    call(&service).await;
    let (loads, stats) = (service.loads.count(), service.cache.stats());
    assert_eq!(stats.untracked > 0, loads == 2, "{stats:?}");
    loads == 1
}

#[tokio::test]
async fn a_value_is_not_stored() {
    assert!(!is_stored(Service::value).await);
}

#[tokio::test]
async fn a_none_is_not_stored() {
    assert!(!is_stored(Service::none).await);
}

#[tokio::test]
async fn an_error_is_not_stored() {
    assert!(!is_stored(Service::error).await);
}

#[tokio::test]
async fn no_element_of_a_batch_is_stored() {
    assert!(!is_stored(async |service: &Service| service.many(&[1]).await).await);
    assert!(!is_stored(async |service: &Service| service.many(&[100]).await).await);
}

#[tokio::test]
async fn what_takes_no_tags_of_others_is_stored() {
    assert!(is_stored(Service::alone).await);
}
