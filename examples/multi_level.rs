//! Two levels: the memory of each of two nodes in front of one Redis. Run with: cargo run --example `multi_level`
//!
//! It starts a Redis of its own; `tests/run servers` installs one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use larder::prelude::*;
use larder::{Level, Redis};
use larder_test_support::{Kind, Server};

/// A node of a service; the nodes share their database and their server, and nothing else.
#[derive(HasCache)]
struct Node {
    cache: Cache,
    database: Arc<AtomicU64>,
}

impl Node {
    async fn start(url: &str, database: &Arc<AtomicU64>) -> Result<Self, larder::Error> {
        let cache = Cache::builder("shop").redis(Redis::at(url)).build()?;
        cache.ready().await?;
        Ok(Self { cache, database: Arc::clone(database) })
    }

    #[cacheable("price:{product}", ttl = "5m")]
    async fn price(&self, product: &str) -> u64 {
        self.database.load(Ordering::Relaxed)
    }

    #[cache_evict("price:{product}")]
    async fn reprice(&self, product: &str, cents: u64) {
        self.database.store(cents, Ordering::Relaxed);
    }

    /// The price of tea, and which level had it.
    async fn tea(&self) -> (u64, Level) {
        let observed = larder::observe(self.price("tea")).await;
        let level = observed.outcome().map_or(Level::None, |outcome| outcome.level);
        (observed.value, level)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), larder::Error> {
    let server = Server::start(Kind::Redis);
    let database = Arc::new(AtomicU64::new(450));
    let [here, there] = [Node::start(&server.url(), &database).await?, Node::start(&server.url(), &database).await?];

    let steps = [(&here, "the first node"), (&there, "the second node"), (&there, "the second node again")];
    let mut levels = Vec::new();
    for (node, name) in steps {
        let (cents, level) = node.tea().await;
        println!("{name}: {cents} cents, from {level:?}");
        levels.push(level);
    }
    assert_eq!(levels, [Level::None, Level::Remote, Level::Memory]);

    here.reprice("tea", 500).await;
    assert_eq!(here.tea().await.0, 500);
    // The second node is told of it; were it not, its memory would still be behind for three seconds at most.
    while there.tea().await.0 != 500 {
        tokio::task::yield_now().await;
    }
    println!("a change on the first node is known to both: 500 cents");

    server.kill();
    here.reprice("tea", 550).await;
    let (cents, level) = here.tea().await;
    println!("without the server: {cents} cents, from {level:?}");
    assert_eq!((cents, level), (550, Level::None));
    Ok(())
}
