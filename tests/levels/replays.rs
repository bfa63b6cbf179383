//! A server that has lost the end of its history: what was invalidated lately is invalidated once more.

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::FakeRedis;
use larder::{Cache, ErrorKind, HasCache, ManualClock, Redis, cache_put, cacheable, refresh};
use larder_test_support::{Kind, Server};

use crate::following::Following;
use crate::level::Level;
use crate::nodes::{Evict, Node, Source};
use crate::support::{Loads, within};

/// Waits until a node knows of the server that there is now, and has delivered everything.
async fn knows(node: &Cache, losses: u64) {
    within(async {
        while node.stats().coherence.losses == losses || !node.stats().coherence.is_following {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        while node.stats().undelivered > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn evictions_of_every_kind_that_a_server_has_lost_are_repeated() {
    for kind in Evict::EACH {
        let server = FakeRedis::new();
        let (source, a, b) = Node::two(&Level::on(server.clone()));
        b.loads(7).await;
        let saved = server.save();
        let after = source.write();
        a.evict(kind, 7).await;
        let losses = [&a, &b].map(|node| node.cache.stats().coherence.losses);
        server.restart(&saved);
        knows(&a.cache, losses[0]).await;
        knows(&b.cache, losses[1]).await;
        assert_eq!(b.loads(7).await, (true, after), "{kind:?}");
    }
}

#[derive(HasCache)]
struct Writer {
    #[cache]
    cache: Cache,
    loads: Arc<Loads>,
}

impl Writer {
    #[cacheable("item:{id}")]
    async fn get(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_put("item:{id}")]
    async fn put(&self, id: u64) -> u64 {
        self.loads.next()
    }
}

/// Two nodes that keep nothing in memory.
fn writers(server: &FakeRedis) -> [Writer; 2] {
    let (level, loads) = (Level::on(server.clone()), Arc::<Loads>::default());
    [(); 2].map(|()| Writer { cache: level.node_without_memory(), loads: Arc::clone(&loads) })
}

#[tokio::test]
async fn a_put_that_a_server_has_lost_takes_the_older_value_away() {
    let server = FakeRedis::new();
    let [a, b] = writers(&server);
    within(b.get(1)).await;
    let saved = server.save();
    within(a.put(1)).await;
    let losses = a.cache.stats().coherence.losses;
    server.restart(&saved);
    knows(&a.cache, losses).await;
    assert_eq!(within(b.get(1)).await, 3);
}

#[tokio::test]
async fn a_refresh_that_a_server_has_lost_takes_the_older_value_away() {
    let server = FakeRedis::new();
    let [a, b] = writers(&server);
    within(b.get(1)).await;
    let saved = server.save();
    within(refresh(a.get(1))).await;
    let losses = a.cache.stats().coherence.losses;
    server.restart(&saved);
    knows(&a.cache, losses).await;
    assert_eq!(within(b.get(1)).await, 3);
}

/// What counts is how old it was when the server was heard for the last time, not how long the outage took.
#[tokio::test]
async fn an_outage_makes_nothing_older() {
    let (server, clock) = (FakeRedis::new(), ManualClock::new());
    let (level, loads) = (Level::on(server.clone()), Arc::<Loads>::default());
    let caches = [(); 2].map(|()| level.builder().clock(clock.clock()).l1_ttl(Duration::ZERO).following());
    let [a, b] = caches.map(|cache| Writer { cache, loads: Arc::clone(&loads) });
    within(b.get(1)).await;
    let saved = server.save();
    within(a.put(1)).await;
    let losses = a.cache.stats().coherence.losses;
    server.fail_with(Some(ErrorKind::Unavailable));
    clock.advance(Duration::from_mins(30));
    server.restart(&saved);
    server.fail_with(None);
    knows(&a.cache, losses).await;
    assert_eq!(within(b.get(1)).await, 3);
}

/// Nothing that a reader stores is repeated, or each restart would empty the cache.
#[tokio::test]
async fn what_nobody_invalidated_stays() {
    let server = FakeRedis::new();
    let [a, b] = writers(&server);
    within(a.get(1)).await;
    within(a.put(2)).await;
    let saved = server.save();
    let losses = a.cache.stats().coherence.losses;
    server.restart(&saved);
    knows(&a.cache, losses).await;
    assert_eq!(within(b.get(1)).await, 1);
}

/// Its file is older than the eviction.
async fn a_restart_from_an_old_file(kind: Kind) {
    let server = Server::start(kind);
    let source = Source::new();
    let node = || {
        let cache = Cache::builder("replays").redis(Redis::at(server.url())).at_most_behind(Duration::from_millis(300));
        Node::new(cache, &source)
    };
    let a = node();
    a.loads(7).await;
    server.command(&["SAVE"]);
    let after = source.write();
    a.evict(Evict::Tag, 7).await;
    let losses = a.cache.stats().coherence.losses;
    server.restart();
    knows(&a.cache, losses).await;
    // It has never known another server than this.
    assert_eq!(node().loads(7).await.1, after);
}

#[tokio::test]
async fn evictions_that_redis_has_lost_in_a_restart_are_repeated() {
    a_restart_from_an_old_file(Kind::Redis).await;
}

#[tokio::test]
async fn evictions_that_valkey_has_lost_in_a_restart_are_repeated() {
    a_restart_from_an_old_file(Kind::Valkey).await;
}
