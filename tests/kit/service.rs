//! A service with a function of each kind over a source whose version each write raises.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

/// What all nodes read.
pub(crate) type Source = Arc<AtomicU64>;

#[derive(Debug, Clone, HasCache)]
pub(crate) struct Service {
    #[cache]
    pub(crate) cache: Cache,
    source: Source,
}

impl Service {
    pub(crate) fn new(cache: Cache) -> Self {
        Self::over(cache, &Source::new(AtomicU64::new(1)))
    }

    pub(crate) fn over(cache: Cache, source: &Source) -> Self {
        Self { cache, source: Arc::clone(source) }
    }

    pub(crate) fn write(&self) -> u64 {
        self.source.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn read(&self) -> u64 {
        self.source.load(Ordering::SeqCst)
    }

    #[cacheable("item:{id}", namespace = "items", ttl = "5m", tags = ["items"])]
    pub(crate) async fn item(&self, id: u64) -> u64 {
        self.read()
    }

    #[cacheable("item:{id}", namespace = "items", ttl = "5m", tags = ["items"], l2 = off)]
    pub(crate) async fn item_here(&self, id: u64) -> u64 {
        self.read()
    }

    #[cacheable("item:{id}", namespace = "items", ttl = "5m", tags = ["items"])]
    pub(crate) fn item_sync(&self, id: u64) -> u64 {
        self.read()
    }

    #[cacheable("item:{ids}", namespace = "items", ttl = "5m", tags = ["items"], batch)]
    pub(crate) async fn items(&self, ids: Vec<u64>) -> HashMap<u64, u64> {
        ids.into_iter().map(|id| (id, self.read())).collect()
    }

    #[cacheable("none:{id}", cache_none)]
    pub(crate) async fn nothing(&self, id: u64) -> Option<u64> {
        None
    }

    #[cacheable("checked:{id}")]
    pub(crate) async fn checked(&self, id: u64) -> Result<u64, std::io::Error> {
        if id == 0 { Err(std::io::Error::other("there is no item 0")) } else { Ok(self.read()) }
    }

    #[cacheable("outer:{id}")]
    pub(crate) async fn outer(&self, id: u64) -> u64 {
        self.item(id).await
    }

    #[cache_put("item:{id}", namespace = "items", ttl = "5m", tags = ["items"])]
    pub(crate) async fn put(&self, id: u64) -> u64 {
        self.write()
    }

    #[cache_put("item:{id}", namespace = "items", ttl = "5m", tags = ["items"])]
    pub(crate) fn put_sync(&self, id: u64) -> u64 {
        self.write()
    }

    #[cache_evict("item:{id}", namespace = "items")]
    pub(crate) async fn change(&self, id: u64) {
        self.write();
    }

    #[cache_evict("item:{id}", namespace = "items")]
    pub(crate) fn change_sync(&self, id: u64) {
        self.write();
    }

    #[cache_evict(keys = [("item", id), ("item", id + 1)], namespace = "items")]
    pub(crate) async fn change_two(&self, id: u64) {}

    #[cache_evict(tags = ["items", "item {id}"])]
    pub(crate) async fn change_tagged(&self, id: u64) {}

    #[cache_evict(pattern = "item:{id}?[a-c]*", namespace = "items")]
    pub(crate) async fn change_matching(&self, id: &str) {}

    #[cache_evict(all, namespace = "items")]
    pub(crate) async fn change_all(&self) {}

    #[cache_evict("plain:{id}")]
    pub(crate) async fn change_without_namespace(&self, id: u64) {}

    #[cache_evict("item:{id}", namespace = "items")]
    pub(crate) async fn fail_to_change(&self, id: u64) -> Result<(), std::io::Error> {
        Err(std::io::Error::other("it cannot be changed"))
    }
}
