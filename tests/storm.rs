//! The promise under load: nodes that share a server, writers of every kind, calls that are cancelled, and records that
//! are lost or altered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use cache_core::testing::{FakeRedis, Moment, Op};
use larder::{Cache, ErrorKind, HasCache, cache_evict, cache_put, cacheable};
use tokio::task::{JoinSet, yield_now};

const KEYS: usize = 6;
const TIME: Duration = Duration::from_secs(3);

#[derive(Default)]
struct World {
    source: [AtomicU64; KEYS],
    /// The last version whose invalidation has returned, on any node.
    settled: [AtomicU64; KEYS],
    reads: AtomicU64,
    done: AtomicBool,
}

#[derive(HasCache, Clone)]
struct Node {
    cache: Cache,
    world: Arc<World>,
    /// What this node has invalidated.
    settled: Arc<[AtomicU64; KEYS]>,
    /// Nothing in memory, so that what others invalidate is seen at once.
    is_strict: bool,
}

async fn some_time() {
    for _ in 0..fastrand::u32(0..12) {
        yield_now().await;
    }
    if fastrand::u8(..) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

impl Node {
    #[cacheable("item:{key}", namespace = "items/deep", tags = ["parity:{parity}"], unless = |v| *v % 7 == 0, skip(parity))]
    async fn read(&self, key: usize, parity: usize) -> u64 {
        let _ = parity;
        some_time().await;
        let version = self.world.source[key].load(Ordering::SeqCst);
        some_time().await;
        version
    }

    #[cacheable("opt:{key}", namespace = "items/deep", tags = |v: &u64| vec![format!("ver:{}", v % 3), format!("item:{key}")])]
    async fn optional(&self, key: usize) -> Option<u64> {
        some_time().await;
        let version = self.world.source[key].load(Ordering::SeqCst);
        some_time().await;
        (!version.is_multiple_of(5)).then_some(version)
    }

    #[cacheable("res:{key}", namespace = "items/deep", tags = ["item:{key}"])]
    async fn fallible(&self, key: usize) -> Result<u64, u64> {
        some_time().await;
        let version = self.world.source[key].load(Ordering::SeqCst);
        some_time().await;
        if version.is_multiple_of(5) { Err(version) } else { Ok(version) }
    }

    #[cache_evict(key = "item:{key}", namespace = "items/deep", tags = ["item:{key}"])]
    async fn evict_key(&self, key: usize) -> u64 {
        self.write(key).await
    }

    #[cache_evict(tags = ["parity:{parity}", "item:{key}"])]
    async fn evict_tag(&self, key: usize, parity: usize) -> u64 {
        let _ = parity;
        self.write(key).await
    }

    #[cache_evict(pattern = "*:{key}", namespace = "items/deep")]
    async fn evict_pattern(&self, key: usize) -> u64 {
        self.write(key).await
    }

    #[cache_evict(namespace = "items", all)]
    async fn evict_all(&self, key: usize) -> u64 {
        self.write(key).await
    }

    #[cache_put("item:{key}", namespace = "items/deep", tags = ["parity:{parity}"], unless = |v| *v % 11 == 0)]
    #[cache_evict(tags = ["item:{key}"])]
    async fn put(&self, key: usize, parity: usize) -> u64 {
        let _ = parity;
        self.write(key).await
    }

    #[cache_put("item:{result.0}", namespace = "items/deep", tags = ["parity:{parity}"], value = |v| v.1)]
    #[cache_evict(tags = ["item:{key}"])]
    async fn put_late(&self, key: usize, parity: usize) -> (usize, u64) {
        let _ = parity;
        (key, self.write(key).await)
    }

    async fn write(&self, key: usize) -> u64 {
        some_time().await;
        let version = self.world.source[key].fetch_add(1, Ordering::SeqCst) + 1;
        some_time().await;
        version
    }

    async fn keep_reading(self) {
        while !self.world.done.load(Ordering::SeqCst) {
            yield_now().await;
            let key = fastrand::usize(..KEYS);
            let floors = if self.is_strict { &self.world.settled } else { &*self.settled };
            let floor = floors[key].load(Ordering::SeqCst);
            let kind = fastrand::u8(..3);
            let read = async {
                match kind {
                    0 => Some(self.read(key, key % 2).await),
                    1 => self.optional(key).await,
                    _ => Some(self.fallible(key).await.unwrap_or_else(|version| version)),
                }
            };
            let read = if fastrand::u8(..20) == 0 {
                tokio::select! { biased; () = some_time() => continue, read = read => read }
            } else {
                tokio::time::timeout(Duration::from_secs(8), read).await.expect("no read hangs")
            };
            self.world.reads.fetch_add(1, Ordering::SeqCst);
            // A `None` hides its version.
            let is_stale = read.is_some_and(|read| read < floor);
            assert!(!is_stale, "kind {kind}, key {key}: {read:?} was evicted by {floor}; strict: {}", self.is_strict);
        }
    }

    async fn keep_writing(self, may_cancel: bool) {
        while !self.world.done.load(Ordering::SeqCst) {
            let key = fastrand::usize(..KEYS);
            let write = async {
                match fastrand::u8(..12) {
                    0..=2 => self.evict_key(key).await,
                    3..=5 => self.evict_tag(key, key % 2).await,
                    6 => self.evict_pattern(key).await,
                    7 => self.evict_all(key).await,
                    8..=9 => self.put(key, key % 2).await,
                    _ => self.put_late(key, key % 2).await.1,
                }
            };
            let version = if may_cancel && fastrand::u8(..10) == 0 {
                tokio::select! { biased; () = some_time() => continue, version = write => version }
            } else {
                tokio::time::timeout(Duration::from_secs(8), write).await.expect("no write hangs")
            };
            self.world.settled[key].fetch_max(version, Ordering::SeqCst);
            self.settled[key].fetch_max(version, Ordering::SeqCst);
            for _ in 0..fastrand::u32(0..200) {
                yield_now().await;
            }
        }
    }
}

/// What befalls the server meanwhile.
#[derive(Clone, Copy, PartialEq)]
enum Chaos {
    None,
    Losses,
    Failures,
}

fn lose_or_alter(server: &FakeRedis) {
    let names = server.names();
    let Some(name) = fastrand::choice(&names) else { return };
    if fastrand::bool() {
        server.lose(name);
    } else if let Some(mut bytes) = server.bytes(name) {
        let at = fastrand::usize(..bytes.len());
        bytes[at] ^= fastrand::u8(1..);
        server.overwrite(name, bytes);
    }
}

async fn fail_or_recover(server: &FakeRedis) {
    match fastrand::u8(..20) {
        0 => server.fail_with(Some(ErrorKind::Unavailable)),
        1..=4 => server.fail_with(None),
        5..=6 => {
            let op = [Op::Read, Op::Acquire, Op::Fill, Op::Evict, Op::Set][fastrand::usize(..5)];
            let gate = server.gate(op, if fastrand::bool() { Moment::Before } else { Moment::After });
            tokio::time::sleep(Duration::from_millis(2)).await;
            gate.fail(ErrorKind::Timeout);
        }
        _ => {}
    }
}

async fn storm(chaos: Chaos) {
    let server = FakeRedis::new();
    let world = Arc::new(World::default());
    let mut tasks = JoinSet::new();
    let mut nodes = Vec::new();
    for id in 0..3 {
        let strict = id < 2 && chaos != Chaos::Failures;
        let builder = Cache::builder("storm").redis(server.clone()).budget(Duration::from_secs(5));
        let builder = if id < 2 { builder.l1_ttl(Duration::ZERO) } else { builder };
        let cache = builder.build().expect("valid");
        let node = Node { cache, world: Arc::clone(&world), settled: Arc::default(), is_strict: strict };
        for _ in 0..4 {
            tasks.spawn(node.clone().keep_reading());
        }
        tasks.spawn(node.clone().keep_writing(true));
        nodes.push(node);
    }
    let until = tokio::time::Instant::now() + TIME;
    while tokio::time::Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(1)).await;
        match chaos {
            Chaos::None => {}
            Chaos::Losses => lose_or_alter(&server),
            Chaos::Failures => fail_or_recover(&server).await,
        }
    }
    server.fail_with(None);
    world.done.store(true, Ordering::SeqCst);
    while let Some(ended) = tasks.join_next().await {
        ended.expect("no task panics");
    }
    let stats: Vec<_> = nodes.iter().map(|node| node.cache.stats()).collect();
    assert!(stats.iter().all(|stats| stats.remote_hits > 0 && stats.refused > 0), "{stats:?}");
    assert!(world.reads.load(Ordering::SeqCst) > 100, "it read next to nothing: {stats:?}");
}

/// One after the other, for each takes all the processor that there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_evicted_is_never_read_again() {
    for chaos in [Chaos::None, Chaos::Losses, Chaos::Failures] {
        storm(chaos).await;
    }
}
