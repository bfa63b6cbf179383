//! The promise under load: what was invalidated is never served again, though loads that began before it end after it.
//!
//! Readers and writers share a versioned source. A writer raises a key's version and evicts; once the eviction has
//! returned, a read that begins must not see an older version. The same run with the fence switched off finds stale
//! reads, so the test can fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};
use tokio::task::{JoinSet, yield_now};

const KEYS: usize = 16;
const READERS: usize = 8;
const WRITERS: usize = 3;
/// Evictions that each writer makes; two in a row, so that the second meets the loads that the first caused.
const ROUNDS: usize = 600;
/// Reads between two rounds of a writer.
const READS_PER_ROUND: u64 = 1_500;

#[derive(HasCache)]
struct Items {
    cache: Cache,
    /// What the source holds.
    source: [AtomicU64; KEYS],
    /// The last version whose eviction has returned.
    settled: [AtomicU64; KEYS],
    loading: [AtomicU64; KEYS],
    overlapped: AtomicU64,
    reads: AtomicU64,
    stale: AtomicU64,
    done: AtomicBool,
}

impl Items {
    fn new(cache: Cache) -> Self {
        Self {
            cache,
            source: Default::default(),
            settled: Default::default(),
            loading: Default::default(),
            overlapped: AtomicU64::new(0),
            reads: AtomicU64::new(0),
            stale: AtomicU64::new(0),
            done: AtomicBool::new(false),
        }
    }

    #[cacheable("item:{key}", namespace = "items", tags = ["parity:{key_parity}"], skip(key_parity))]
    async fn read(&self, key: usize, key_parity: usize) -> u64 {
        let _ = key_parity;
        self.loading[key].fetch_add(1, Ordering::SeqCst);
        let version = self.source[key].load(Ordering::SeqCst);
        for _ in 0..fastrand::u32(1..40) {
            yield_now().await;
        }
        self.loading[key].fetch_sub(1, Ordering::SeqCst);
        version
    }

    #[cache_evict(key = "item:{key}", namespace = "items")]
    async fn write_evicting_the_key(&self, key: usize) -> u64 {
        self.write(key)
    }

    #[cache_evict(tags = ["parity:{parity}"])]
    async fn write_evicting_a_tag(&self, key: usize, parity: usize) -> u64 {
        let _ = parity;
        self.write(key)
    }

    #[cache_evict(pattern = "*:{key}", namespace = "items")]
    async fn write_evicting_a_pattern(&self, key: usize) -> u64 {
        self.write(key)
    }

    #[cache_evict(namespace = "items", all)]
    async fn write_evicting_all(&self, key: usize) -> u64 {
        self.write(key)
    }

    #[cache_put("item:{key}", namespace = "items", tags = ["parity:{parity}"])]
    async fn write_putting(&self, key: usize, parity: usize) -> u64 {
        let _ = parity;
        let version = self.write(key);
        yield_now().await;
        version
    }

    /// Raises the version, and notes whether a load of the key runs: it has read, or will read, an older one.
    fn write(&self, key: usize) -> u64 {
        let version = self.source[key].fetch_add(1, Ordering::SeqCst) + 1;
        if self.loading[key].load(Ordering::SeqCst) > 0 {
            self.overlapped.fetch_add(1, Ordering::SeqCst);
        }
        version
    }

    async fn write_somehow(&self) {
        let key = self.some_key();
        let version = match fastrand::u8(..5) {
            0 => self.write_evicting_the_key(key).await,
            1 => self.write_evicting_a_tag(key, key % 2).await,
            2 => self.write_evicting_a_pattern(key).await,
            3 => self.write_evicting_all(key).await,
            _ => self.write_putting(key, key % 2).await,
        };
        self.settled[key].fetch_max(version, Ordering::SeqCst);
    }

    /// A key that is being loaded, if there is one.
    fn some_key(&self) -> usize {
        let first = fastrand::usize(..KEYS);
        let is_loading = |key: &usize| self.loading[*key].load(Ordering::SeqCst) > 0;
        (first..first + KEYS).map(|key| key % KEYS).find(is_loading).unwrap_or(first)
    }

    async fn keep_reading(&self) {
        while !self.done.load(Ordering::SeqCst) {
            let key = fastrand::usize(..KEYS);
            let settled = self.settled[key].load(Ordering::SeqCst);
            let version = self.read(key, key % 2).await;
            if version < settled {
                self.stale.fetch_add(1, Ordering::SeqCst);
            }
            if self.reads.fetch_add(1, Ordering::SeqCst).is_multiple_of(64) {
                yield_now().await;
            }
        }
    }

    async fn keep_writing(&self) {
        for _ in 0..ROUNDS {
            let until = self.reads.load(Ordering::SeqCst) + READS_PER_ROUND;
            self.write_somehow().await;
            while self.loading.iter().all(|key| key.load(Ordering::SeqCst) == 0)
                && self.reads.load(Ordering::SeqCst) < until
            {
                yield_now().await;
            }
            self.write_somehow().await;
            while self.reads.load(Ordering::SeqCst) < until {
                yield_now().await;
            }
        }
    }
}

/// Runs readers against writers until every writer has done its rounds.
async fn run(cache: Cache) -> Arc<Items> {
    let items = Arc::new(Items::new(cache));
    let (mut readers, mut writers) = (JoinSet::new(), JoinSet::new());
    for _ in 0..READERS {
        let items = Arc::clone(&items);
        readers.spawn(async move { items.keep_reading().await });
    }
    for _ in 0..WRITERS {
        let items = Arc::clone(&items);
        writers.spawn(async move { items.keep_writing().await });
    }
    let end = async {
        writers.join_all().await;
        items.done.store(true, Ordering::SeqCst);
        readers.join_all().await;
    };
    tokio::time::timeout(Duration::from_mins(5), end).await.expect("the run ends");
    items
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_read_sees_what_was_evicted_before_it_began() {
    let items = run(Cache::in_process()).await;
    let (stats, overlapped) = (items.cache.stats(), items.overlapped.load(Ordering::SeqCst));
    println!("{overlapped} evictions overlapped a load; hits {:.3}; {stats:?}", stats.hit_ratio());
    assert_eq!(items.stale.load(Ordering::SeqCst), 0, "stale reads");
    assert!(overlapped >= 1_000, "only {overlapped} evictions overlapped a load");
    assert!(stats.hit_ratio() >= 0.8, "only {:.3} of the reads were hits", stats.hit_ratio());
    assert!(stats.refused > 0, "no late load was refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_the_fence_the_same_run_finds_stale_reads() {
    let cache = Cache::builder("unfenced").without_fence().build().expect("the name is valid");
    let items = run(cache).await;
    let stale = items.stale.load(Ordering::SeqCst);
    println!("{stale} stale reads; {:?}", items.cache.stats());
    assert!(stale > 0, "the run found nothing, so it cannot show that the fence works");
}
