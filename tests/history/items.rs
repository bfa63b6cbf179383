//! A cache over the source: what is read through it, and every way to invalidate.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use larder::{Answer, Cache, HasCache, Level, Observed, Outcome, Policy, Reason, cache_evict, cache_put, cacheable};
use serde::{Deserialize, Serialize};
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::record::{Answered, Way};
use crate::source::{KEYS, Source};

/// What stands under a key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) key: u8,
    pub(crate) version: u32,
    shelf: u8,
}

/// How a read wants to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    Usual,
    /// By a function that looks into no memory.
    WithoutMemory,
    /// Inside of `refresh`.
    Fresh,
}

/// The service of one node.
#[derive(Debug, HasCache)]
pub(crate) struct Items {
    pub(crate) cache: Cache,
    pub(crate) source: Source,
    /// How many loads of each key run here.
    loading: [AtomicU32; KEYS as usize],
}

/// The lower half of the keys carries a tag from its arguments, the upper half one from its value.
fn is_item(key: u8) -> bool {
    key < KEYS / 2
}

fn shelf(key: u8) -> u8 {
    key % 16
}

impl Items {
    pub(crate) fn new(cache: Cache, source: Source) -> Self {
        Self { cache, source, loading: std::array::from_fn(|_| AtomicU32::new(0)) }
    }

    #[cacheable("item:{key}", namespace = "stock/items", tags = ["item-shelf:{place}"], skip(place))]
    async fn item(&self, key: u8, place: u8) -> Item {
        let _ = place;
        self.load(key).await
    }

    #[cacheable("item:{key}", namespace = "stock/items", tags = ["item-shelf:{place}"], skip(place), l1 = off)]
    async fn item_there(&self, key: u8, place: u8) -> Item {
        let _ = place;
        self.load(key).await
    }

    #[cacheable("page:{key}", namespace = "stock/pages", tags = |page| [format!("page-shelf:{}", page.shelf)])]
    async fn page(&self, key: u8) -> Item {
        self.load(key).await
    }

    #[cacheable("page:{key}", namespace = "stock/pages", tags = |page| [format!("page-shelf:{}", page.shelf)], l1 = off)]
    async fn page_there(&self, key: u8) -> Item {
        self.load(key).await
    }

    /// Some loads are short, some are long, some read early and some late.
    async fn load(&self, key: u8) -> Item {
        let _loading = Loading::begin(&self.loading[usize::from(key)]);
        pause().await;
        let version = self.source.read(key);
        pause().await;
        Item { key, version, shelf: shelf(key) }
    }

    /// A key that is being loaded here, if there is one; `first`, if it is.
    pub(crate) fn find_loading(&self, first: u8) -> Option<u8> {
        let is_loading = |key: &u8| self.loading[usize::from(*key)].load(Ordering::SeqCst) > 0;
        (first..first + KEYS).map(|key| key % KEYS).find(is_loading)
    }

    /// Reads, and says what has answered.
    pub(crate) async fn read(&self, key: u8, wish: Wish) -> (Item, Answered) {
        let observed = match (wish, is_item(key)) {
            (Wish::Usual, true) => larder::observe(self.item(key, shelf(key))).await,
            (Wish::Usual, false) => larder::observe(self.page(key)).await,
            (Wish::WithoutMemory, true) => larder::observe(self.item_there(key, shelf(key))).await,
            (Wish::WithoutMemory, false) => larder::observe(self.page_there(key)).await,
            (Wish::Fresh, true) => larder::observe(larder::refresh(self.item(key, shelf(key)))).await,
            (Wish::Fresh, false) => larder::observe(larder::refresh(self.page(key))).await,
        };
        let answered = answered(observed.outcome().expect("the call has ended"), wish);
        let Observed { value, .. } = observed;
        assert_eq!(value.key, key, "an item of another key");
        (value, answered)
    }

    #[cache_evict(key = "item:{key}", namespace = "stock/items")]
    async fn evict_item(&self, key: u8) -> u32 {
        self.write(key).await
    }

    #[cache_evict(key = "page:{key}", namespace = "stock/pages")]
    async fn evict_page(&self, key: u8) -> u32 {
        self.write(key).await
    }

    #[cache_evict(tags = ["item-shelf:{place}"])]
    async fn evict_shelf_of_items(&self, key: u8, place: u8) -> u32 {
        let _ = place;
        self.write(key).await
    }

    #[cache_evict(tags = |item| [format!("page-shelf:{}", item.shelf)])]
    async fn evict_shelf_of_pages(&self, key: u8) -> Item {
        self.written(key).await
    }

    #[cache_evict(pattern = "*:{key}", namespace = "stock/items")]
    async fn evict_items_by_pattern(&self, key: u8) -> u32 {
        self.write(key).await
    }

    #[cache_evict(pattern = "p?ge:*{key}", namespace = "stock/pages")]
    async fn evict_pages_by_pattern(&self, key: u8) -> u32 {
        self.write(key).await
    }

    #[cache_evict(namespace = "stock/items", all)]
    async fn evict_items(&self, key: u8) -> u32 {
        self.write(key).await
    }

    #[cache_evict(namespace = "stock/pages", all)]
    async fn evict_pages(&self, key: u8) -> u32 {
        self.write(key).await
    }

    #[cache_evict(namespace = "stock", all)]
    async fn evict_stock(&self, key: u8) -> u32 {
        self.write(key).await
    }

    #[cache_put("item:{key}", namespace = "stock/items", tags = ["item-shelf:{place}"])]
    async fn put_item(&self, key: u8, place: u8) -> Item {
        let _ = place;
        self.written(key).await
    }

    #[cache_put("page:{key}", namespace = "stock/pages", tags = |page| [format!("page-shelf:{}", page.shelf)])]
    async fn put_page(&self, key: u8) -> Item {
        self.written(key).await
    }

    #[cache_put("item:{result.key}", namespace = "stock/items", tags = ["item-shelf:{place}"])]
    async fn put_item_by_result(&self, position: u8, place: u8) -> Item {
        let _ = place;
        self.written(position).await
    }

    #[cache_put("page:{result.key}", namespace = "stock/pages", tags = |page| [format!("page-shelf:{}", page.shelf)])]
    async fn put_page_by_result(&self, position: u8) -> Item {
        self.written(position).await
    }

    async fn write(&self, key: u8) -> u32 {
        self.written(key).await.version
    }

    async fn written(&self, key: u8) -> Item {
        pause().await;
        let version = self.source.write(key);
        pause().await;
        Item { key, version, shelf: shelf(key) }
    }

    /// Raises the version and invalidates; says which version that was.
    pub(crate) async fn write_by(&self, way: Way, key: u8) -> u32 {
        match way {
            Way::Key if is_item(key) => self.evict_item(key).await,
            Way::Key => self.evict_page(key).await,
            Way::Tag if is_item(key) => self.evict_shelf_of_items(key, shelf(key)).await,
            Way::Tag => self.evict_shelf_of_pages(key).await.version,
            Way::TagByHand => {
                let version = self.write(key).await;
                let kind = if is_item(key) { "item" } else { "page" };
                // An error says that it is undelivered, which is asked after each write.
                let _ = self.cache.invalidate_tags([format!("{kind}-shelf:{}", shelf(key))]).await;
                version
            }
            Way::Pattern if is_item(key) => self.evict_items_by_pattern(key).await,
            Way::Pattern => self.evict_pages_by_pattern(key).await,
            Way::All if is_item(key) => self.evict_items(key).await,
            Way::All => self.evict_pages(key).await,
            Way::AllAbove => self.evict_stock(key).await,
            Way::Clear => {
                let version = self.write(key).await;
                let _ = self.cache.clear().await;
                version
            }
            Way::Put if is_item(key) => self.put_item(key, shelf(key)).await.version,
            Way::Put => self.put_page(key).await.version,
            Way::RemoveByHand => {
                let version = self.write(key).await;
                let (namespace, name, _) = by_hand(key);
                // An error says that it is undelivered, which is asked after each write.
                let _ = self.cache.namespace(namespace).remove(name).await;
                version
            }
            Way::PutByHand => {
                let (namespace, name, tag) = by_hand(key);
                let policy = Policy::new().tags([tag]);
                let write = || async { Ok::<_, Infallible>(self.written(key).await) };
                let written = self.cache.namespace(namespace).put_with(name, policy, write).await;
                written.map_or_else(|never| match never {}, |item| item.version)
            }
            Way::PutByResult if is_item(key) => self.put_item_by_result(key, shelf(key)).await.version,
            Way::PutByResult => self.put_page_by_result(key).await.version,
        }
    }
}

/// A key as it is named by hand: its namespace, its name there, and its tag.
fn by_hand(key: u8) -> (&'static str, String, String) {
    let kind = if is_item(key) { "item" } else { "page" };
    let namespace = if is_item(key) { "stock/items" } else { "stock/pages" };
    (namespace, format!("{kind}:{key}"), format!("{kind}-shelf:{}", shelf(key)))
}

/// The name of a key's entry on the server, for whoever removes it past the library.
pub(crate) fn name_on_server(cache: &str, key: u8) -> String {
    let kind = if is_item(key) { "item" } else { "page" };
    format!("{cache}:global:stock/{kind}s:{kind}:{key}")
}

fn answered(outcome: &Outcome, wish: Wish) -> Answered {
    match (outcome.answer, outcome.level) {
        (Answer::Hit, Level::Memory) => Answered::Memory,
        (Answer::Hit, Level::Remote) => Answered::Remote,
        (Answer::Miss | Answer::Refreshed, _) if outcome.not_remote == Some(Reason::Unreachable) => Answered::LoadAlone,
        (Answer::Miss | Answer::Refreshed, _) => Answered::Load,
        (Answer::Collapsed, _) if wish == Wish::Usual => Answered::SharedOrMemory,
        (Answer::Collapsed, _) => Answered::Shared,
        other => panic!("a read is not answered by {other:?}"),
    }
}

/// Most pauses are none, so that a burst of calls is one; the others are long enough to be met by others.
async fn pause() {
    match fastrand::u8(..16) {
        0 => sleep(Duration::from_millis(fastrand::u64(8..40))).await,
        1..=3 => sleep(Duration::from_millis(fastrand::u64(1..8))).await,
        4..=8 => yield_now().await,
        _ => {}
    }
}

/// A load that runs.
struct Loading<'a>(&'a AtomicU32);

impl<'a> Loading<'a> {
    fn begin(count: &'a AtomicU32) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Loading<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}
