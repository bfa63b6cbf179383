//! A cache over the source: what is read through it, and every way to invalidate.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};
use serde::{Deserialize, Serialize};
use tokio::task::yield_now;

use crate::source::{Client, KEYS};

/// So many stale reads of a cache are shown, the others only counted.
const SHOWN: u64 = 3;

/// Which invalidations a read must not be older than.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Promise {
    /// Those made through the same cache: it has a memory, which learns of others' later.
    Own,
    /// All, wherever they were made: it has none.
    All,
}

/// Every way to invalidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Key,
    Tag,
    /// Through the handle instead of an annotation.
    TagByHand,
    Pattern,
    All,
    /// The namespace above.
    AllAbove,
    Clear,
    Put,
    /// Its key is known from its result only.
    PutByResult,
}

/// The narrow ways stand more often: after a wide one everything is loaded anew.
const WAYS: [Way; 20] = [
    Way::Key,
    Way::Key,
    Way::Key,
    Way::Key,
    Way::Tag,
    Way::Tag,
    Way::Tag,
    Way::TagByHand,
    Way::Pattern,
    Way::Pattern,
    Way::Pattern,
    Way::All,
    Way::AllAbove,
    Way::Clear,
    Way::Put,
    Way::Put,
    Way::Put,
    Way::Put,
    Way::PutByResult,
    Way::PutByResult,
];

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Item {
    key: usize,
    pub(crate) version: u64,
    shelf: usize,
}

/// A cache, and what is known of the reads through it.
#[derive(Debug, HasCache)]
pub(crate) struct Items {
    pub(crate) cache: Cache,
    source: Client,
    promise: Promise,
    /// The last writes whose invalidation has returned here.
    settled: [AtomicU64; KEYS],
    pub(crate) reads: AtomicU64,
    pub(crate) stale: AtomicU64,
}

/// The lower half of the keys carries a tag from its arguments, the upper half one from its value.
fn is_item(key: usize) -> bool {
    key < KEYS / 2
}

fn shelf(key: usize) -> usize {
    key % 2
}

impl Items {
    pub(crate) fn new(cache: Cache, source: Client, promise: Promise) -> Self {
        let (settled, reads, stale) = Default::default();
        Self { cache, source, promise, settled, reads, stale }
    }

    #[cacheable("item:{key}", namespace = "stock/items", tags = ["item-shelf:{place}"], skip(place))]
    async fn item(&self, key: usize, place: usize) -> Item {
        let _ = place;
        self.load(key).await
    }

    #[cacheable("page:{key}", namespace = "stock/pages", tags = |page| [format!("page-shelf:{}", page.shelf)])]
    async fn page(&self, key: usize) -> Item {
        self.load(key).await
    }

    /// Some loads are short, some are long, some read early and some late.
    async fn load(&self, key: usize) -> Item {
        pause(fastrand::u32(..8)).await;
        let (version, loading) = self.source.load(key);
        pause(fastrand::u32(..40)).await;
        if fastrand::u8(..8) == 0 {
            tokio::time::sleep(Duration::from_millis(fastrand::u64(1..6))).await;
        }
        drop(loading);
        Item { key, version, shelf: shelf(key) }
    }

    #[cache_evict(key = "item:{key}", namespace = "stock/items")]
    async fn evict_item(&self, key: usize) -> u64 {
        self.source.write(key)
    }

    #[cache_evict(key = "page:{key}", namespace = "stock/pages")]
    async fn evict_page(&self, key: usize) -> u64 {
        self.source.write(key)
    }

    #[cache_evict(tags = ["item-shelf:{place}"])]
    async fn evict_shelf_of_items(&self, key: usize, place: usize) -> u64 {
        let _ = place;
        self.source.write(key)
    }

    #[cache_evict(tags = |item| [format!("page-shelf:{}", item.shelf)])]
    async fn evict_shelf_of_pages(&self, key: usize) -> Item {
        Item { key, version: self.source.write(key), shelf: shelf(key) }
    }

    #[cache_evict(pattern = "*:{key}", namespace = "stock/items")]
    async fn evict_items_by_pattern(&self, key: usize) -> u64 {
        self.source.write(key)
    }

    #[cache_evict(pattern = "p?ge:[0-9]*", namespace = "stock/pages")]
    async fn evict_pages_by_pattern(&self, key: usize) -> u64 {
        self.source.write(key)
    }

    #[cache_evict(namespace = "stock/items", all)]
    async fn evict_items(&self, key: usize) -> u64 {
        self.source.write(key)
    }

    #[cache_evict(namespace = "stock/pages", all)]
    async fn evict_pages(&self, key: usize) -> u64 {
        self.source.write(key)
    }

    #[cache_evict(namespace = "stock", all)]
    async fn evict_stock(&self, key: usize) -> u64 {
        self.source.write(key)
    }

    #[cache_put("item:{key}", namespace = "stock/items", tags = ["item-shelf:{place}"])]
    async fn put_item(&self, key: usize, place: usize) -> Item {
        self.write_in_put(key, place).await
    }

    #[cache_put("page:{key}", namespace = "stock/pages", tags = |page| [format!("page-shelf:{}", page.shelf)])]
    async fn put_page(&self, key: usize) -> Item {
        self.write_in_put(key, shelf(key)).await
    }

    #[cache_put("item:{result.key}", namespace = "stock/items", tags = ["item-shelf:{place}"])]
    async fn put_item_by_result(&self, position: usize, place: usize) -> Item {
        self.write_in_put(position, place).await
    }

    #[cache_put("page:{result.key}", namespace = "stock/pages", tags = |page| [format!("page-shelf:{}", page.shelf)])]
    async fn put_page_by_result(&self, position: usize) -> Item {
        self.write_in_put(position, shelf(position)).await
    }

    async fn write_in_put(&self, key: usize, place: usize) -> Item {
        pause(fastrand::u32(..4)).await;
        let version = self.source.write(key);
        pause(fastrand::u32(..4)).await;
        Item { key, version, shelf: place }
    }

    async fn write_by(&self, way: Way, key: usize) -> u64 {
        match way {
            Way::Key if is_item(key) => self.evict_item(key).await,
            Way::Key => self.evict_page(key).await,
            Way::Tag if is_item(key) => self.evict_shelf_of_items(key, shelf(key)).await,
            Way::Tag => self.evict_shelf_of_pages(key).await.version,
            Way::TagByHand => {
                let version = self.source.write(key);
                let kind = if is_item(key) { "item" } else { "page" };
                let evicted = self.cache.invalidate_tags([format!("{kind}-shelf:{}", shelf(key))]).await;
                evicted.expect("the server takes it");
                version
            }
            Way::Pattern if is_item(key) => self.evict_items_by_pattern(key).await,
            Way::Pattern => self.evict_pages_by_pattern(key).await,
            Way::All if is_item(key) => self.evict_items(key).await,
            Way::All => self.evict_pages(key).await,
            Way::AllAbove => self.evict_stock(key).await,
            Way::Clear => {
                let version = self.source.write(key);
                self.cache.clear().await.expect("the server takes it");
                version
            }
            Way::Put if is_item(key) => self.put_item(key, shelf(key)).await.version,
            Way::Put => self.put_page(key).await.version,
            Way::PutByResult if is_item(key) => self.put_item_by_result(key, shelf(key)).await.version,
            Way::PutByResult => self.put_page_by_result(key).await.version,
        }
    }

    /// Raises the version, and invalidates: once this has returned, nobody to whom it is promised sees an older one.
    pub(crate) async fn write(&self, key: usize) {
        let way = WAYS[fastrand::usize(..WAYS.len())];
        let version = self.write_by(way, key).await;
        let write = write(version, way);
        self.settled[key].fetch_max(write, Ordering::SeqCst);
        self.source.settle(key, write);
    }

    /// Reads, and judges what it was given.
    pub(crate) async fn read(&self, key: usize) {
        let settled = match self.promise {
            Promise::Own => self.settled[key].load(Ordering::SeqCst),
            Promise::All => self.source.settled(key),
        };
        let item = if is_item(key) { self.item(key, shelf(key)).await } else { self.page(key).await };
        assert_eq!(item.key, key, "an item of another key");
        let (version, way) = read(settled);
        if item.version < version && self.stale.fetch_add(1, Ordering::SeqCst) < SHOWN {
            let (process, promise, read) = (std::process::id(), self.promise, item.version);
            println!("stale: process {process}, {promise:?}, key {key}: {read}, settled {version} by {way:?}");
        }
        self.reads.fetch_add(1, Ordering::SeqCst);
    }
}

/// A version and the way that it was made known, as a number that grows with the version.
fn write(version: u64, way: Way) -> u64 {
    version * 32 + WAYS.iter().position(|other| *other == way).expect("it is one of them") as u64
}

fn read(write: u64) -> (u64, Way) {
    (write / 32, WAYS[usize::try_from(write % 32).expect("it is small")])
}

async fn pause(turns: u32) {
    for _ in 0..turns {
        yield_now().await;
    }
}
