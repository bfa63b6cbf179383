//! Nodes that read and write versions of a few items, whichever way a step of a generated test wants.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Gate, within};

/// How many items there are.
pub(crate) const IDS: usize = 2;

#[derive(Debug, Default)]
pub(crate) struct Source {
    versions: [AtomicU64; IDS],
    loads: AtomicU64,
}

impl Source {
    pub(crate) fn loads(&self) -> u64 {
        self.loads.load(Ordering::SeqCst)
    }

    pub(crate) fn read(&self, id: u64) -> u64 {
        self.versions[at(id)].load(Ordering::SeqCst)
    }

    pub(crate) fn write(&self, id: u64) -> u64 {
        self.versions[at(id)].fetch_add(1, Ordering::SeqCst) + 1
    }
}

pub(crate) fn at(id: u64) -> usize {
    usize::try_from(id).expect("an id is small")
}

#[derive(Debug, HasCache)]
pub(crate) struct Node {
    cache: Cache,
    source: Arc<Source>,
}

impl Node {
    pub(crate) fn new(cache: Cache, source: &Arc<Source>) -> Arc<Self> {
        Arc::new(Self { cache, source: Arc::clone(source) })
    }

    #[cacheable("item:{id}", namespace = "items", tags = ["item-{id}", "items"])]
    pub(crate) async fn get(self: Arc<Self>, id: u64, gate: Arc<Gate>) -> u64 {
        self.source.loads.fetch_add(1, Ordering::SeqCst);
        let version = self.source.read(id);
        gate.pass().await;
        version
    }

    /// Under the same key, with tags that only the value names.
    #[cacheable("item:{id}", namespace = "items", tags = |_| [format!("item-{id}"), "items".to_owned()])]
    pub(crate) async fn get_valued(self: Arc<Self>, id: u64, gate: Arc<Gate>) -> u64 {
        self.source.loads.fetch_add(1, Ordering::SeqCst);
        let version = self.source.read(id);
        gate.pass().await;
        version
    }

    #[cache_put("item:{id}", namespace = "items", tags = ["item-{id}", "items"])]
    pub(crate) async fn put(self: Arc<Self>, id: u64, gate: Arc<Gate>) -> u64 {
        let version = self.source.write(id);
        gate.pass().await;
        version
    }

    /// Under a key that only the result names.
    #[cache_put("item:{result.0}", namespace = "items", tags = ["item-{result.0}", "items"], value = |put| put.1)]
    pub(crate) async fn create(self: Arc<Self>, id: u64, gate: Arc<Gate>) -> (u64, u64) {
        let version = self.source.write(id);
        gate.pass().await;
        (id, version)
    }

    #[cache_evict(key = "item:{id}", namespace = "items")]
    pub(crate) async fn evict_key(self: Arc<Self>, id: u64) {}

    #[cache_evict(tags = ["item-{id}"])]
    pub(crate) async fn evict_tag(self: Arc<Self>, id: u64) {}

    #[cache_evict(namespace = "items", pattern = "item:{id}*")]
    pub(crate) async fn evict_pattern(self: Arc<Self>, id: u64) {}

    #[cache_evict(namespace = "items", all)]
    pub(crate) async fn evict_all(self: Arc<Self>) {}

    pub(crate) async fn clear(self: Arc<Self>) {
        self.cache.clear().await.expect("the server is there");
    }

    /// Waits until what this node began in the background before now is done: its tasks run one after the other.
    pub(crate) async fn settle(&self) {
        within(self.cache.invalidate_tags(["nobody's"])).await.expect("the server is there");
    }
}
