//! A service whose writes are part of a transaction.

use std::sync::Arc;

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Gate, Loads};

#[derive(HasCache)]
pub(crate) struct Service {
    #[cache]
    pub(crate) cache: Cache,
    pub(crate) loads: Loads,
    pub(crate) gate: Gate,
}

/// What a body does.
#[derive(Clone, Copy)]
pub(crate) enum Body {
    Succeed,
    Fail,
    Panic,
    Wait,
}

impl Service {
    pub(crate) fn new() -> Arc<Self> {
        Self::with(Cache::in_process())
    }

    pub(crate) fn with(cache: Cache) -> Arc<Self> {
        Arc::new(Self { cache, loads: Loads::default(), gate: Gate::closed() })
    }

    /// One with the entries of these items.
    pub(crate) async fn having<const N: usize>(ids: [u64; N]) -> Arc<Self> {
        let service = Self::new();
        for id in ids {
            service.item(id).await;
        }
        service
    }

    #[cacheable("item:{id}", namespace = "items", tags = ["item-{id}"])]
    pub(crate) async fn item(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable(batch = Self::item, args(id = ids))]
    pub(crate) async fn items(&self, ids: Vec<u64>) -> Vec<Option<u64>> {
        ids.iter().map(|_| Some(self.loads.next())).collect()
    }

    /// Whether an item is in the cache: seen by a call that is in no transaction, and stores nothing new.
    pub(crate) async fn has(&self, id: u64) -> bool {
        let before = self.loads.count();
        self.item(id).await;
        self.loads.count() == before
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

    #[cache_evict("item:{id}", namespace = "items", timing = after_commit)]
    pub(crate) async fn change(&self, id: u64) {}

    #[cache_evict("item:{id}", namespace = "items", timing = after_commit)]
    pub(crate) async fn change_with(&self, id: u64, body: Body) -> Result<u64, String> {
        self.end(body).await
    }

    #[cache_evict("item:{id}", namespace = "items", timing = after_commit)]
    pub(crate) fn change_sync(&self, id: u64) {}

    /// Reads in the middle of what it changes.
    #[cache_evict("item:{id}", namespace = "items", timing = after_commit)]
    pub(crate) async fn change_and_read(&self, id: u64) -> u64 {
        self.item(id).await
    }

    #[cache_evict("item:{id}", namespace = "items")]
    pub(crate) async fn change_at_once(&self, id: u64) {}

    #[cache_put("item:{id}", namespace = "items")]
    pub(crate) async fn put(&self, id: u64, body: Body) -> Result<u64, String> {
        self.end(body).await
    }

    #[cache_put("item:{result}", namespace = "items")]
    pub(crate) async fn put_late(&self, id: u64) -> u64 {
        id
    }
}
