//! Nodes of a service over a source that all of them share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use larder::{Cache, HasCache, cache_evict, cacheable};
use tokio::task::JoinHandle;

use crate::level::Level;
use crate::support::{Gate, Loads, within};

/// What all nodes read: a version, which a write replaces by the next one.
#[derive(Debug)]
pub(crate) struct Source {
    version: AtomicU64,
    pub(crate) loads: Loads,
    pub(crate) gate: Gate,
}

impl Source {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { version: AtomicU64::new(1), loads: Loads::default(), gate: Gate::closed() })
    }

    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::SeqCst)
    }

    /// Writes the next version.
    pub(crate) fn write(&self) -> u64 {
        self.version.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn read(&self) -> u64 {
        self.loads.next();
        self.version()
    }
}

/// One node.
#[derive(Debug, HasCache)]
pub(crate) struct Node {
    pub(crate) cache: Cache,
    #[allow(clippy::struct_field_names, reason = "it is what all nodes share")]
    pub(crate) source: Arc<Source>,
}

impl Node {
    pub(crate) fn new(cache: Cache, source: &Arc<Source>) -> Arc<Self> {
        Arc::new(Self { cache, source: Arc::clone(source) })
    }

    /// Two nodes that keep things in memory.
    pub(crate) fn two(level: &Level) -> (Arc<Source>, Arc<Self>, Arc<Self>) {
        let source = Source::new();
        let (a, b) = (Self::new(level.node(), &source), Self::new(level.node(), &source));
        (source, a, b)
    }

    /// Two nodes that do not, so that each call asks the server. Nobody is told what the second one invalidates: what keeps
    /// the first one true is the server alone.
    pub(crate) fn two_without_memory(level: &Level) -> (Arc<Source>, Arc<Self>, Arc<Self>) {
        let source = Source::new();
        let (a, b) = (level.node_without_memory(), level.mute_node());
        let (a, b) = (Self::new(a, &source), Self::new(b, &source));
        (source, a, b)
    }

    #[cacheable("item:{id}", namespace = "items", tags = ["item-{id}", "items"])]
    pub(crate) async fn get(&self, id: u64) -> u64 {
        let _ = id;
        self.source.read()
    }

    /// The same, without a look into memory.
    #[cacheable("item:{id}", namespace = "items", tags = ["item-{id}", "items"], l1 = off)]
    pub(crate) async fn get_there(&self, id: u64) -> u64 {
        let _ = id;
        self.source.read()
    }

    /// The same, held between what it has read and its end.
    #[cacheable("item:{id}", namespace = "items", tags = ["item-{id}", "items"])]
    pub(crate) async fn slow(self: Arc<Self>, id: u64) -> u64 {
        let _ = id;
        let read = self.source.read();
        self.source.gate.pass().await;
        read
    }

    #[cache_evict(key = "item:{id}", namespace = "items")]
    async fn evict_key(&self, id: u64) {}

    #[cache_evict(keys = [id + 1, id].map(|id| format!("item:{id}")), namespace = "items")]
    async fn evict_keys(&self, id: u64) {}

    #[cache_evict(tags = ["item-{id}"])]
    async fn evict_tag(&self, id: u64) {}

    #[cache_evict(namespace = "items", pattern = "i?em:{id}*")]
    async fn evict_pattern(&self, id: u64) {}

    #[cache_evict(namespace = "items", all)]
    async fn evict_all(&self) {}

    /// Evicts an item in one of the ways that reach it.
    pub(crate) async fn evict(&self, kind: Evict, id: u64) {
        within(async {
            match kind {
                Evict::Key => self.evict_key(id).await,
                Evict::Keys => self.evict_keys(id).await,
                Evict::Tag => self.evict_tag(id).await,
                Evict::Tags => self.cache.invalidate_tags(["other", "items"]).await.expect("the server is there"),
                Evict::Pattern => self.evict_pattern(id).await,
                Evict::All => self.evict_all().await,
                Evict::Clear => self.cache.clear().await.expect("the server is there"),
            }
        })
        .await;
    }

    /// Whether a call had to load, and what it was given.
    pub(crate) async fn loads(&self, id: u64) -> (bool, u64) {
        let before = self.source.loads.count();
        let item = within(self.get(id)).await;
        (self.source.loads.count() > before, item)
    }
}

/// The ways to evict an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evict {
    Key,
    Keys,
    Tag,
    Tags,
    Pattern,
    All,
    Clear,
}

impl Evict {
    pub(crate) const EACH: [Self; 7] =
        [Self::Key, Self::Keys, Self::Tag, Self::Tags, Self::Pattern, Self::All, Self::Clear];
}

/// The name of an item's entry.
pub(crate) fn entry(id: u64) -> String {
    format!("global:items:item:{id}")
}

/// Begins a call in a task of its own.
pub(crate) fn begin<T: Send + 'static>(call: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
    tokio::spawn(call)
}

/// What a call in a task of its own comes to.
pub(crate) async fn end<T>(call: JoinHandle<T>) -> T {
    within(call).await.expect("the call does not panic")
}
