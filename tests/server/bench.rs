//! A small service, and who is connected to a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder::{Cache, CacheBuilder, HasCache, Redis, cache_evict, cacheable};
use larder_test_support::{Kind, Server};

/// A budget that nothing but a server that hangs takes up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);
/// Whatever takes longer hangs.
const HANG: Duration = Duration::from_secs(20);

/// A node of a service.
#[derive(Debug, Clone, HasCache)]
pub(crate) struct Items {
    pub(crate) cache: Cache,
    loads: Arc<AtomicU64>,
}

impl Items {
    pub(crate) fn new(cache: Cache) -> Self {
        Self { cache, loads: Arc::default() }
    }

    /// A node before a server, once it can use it.
    pub(crate) async fn at(redis: Redis) -> Self {
        let node = Self::new(builder(redis).build().expect("it can be built"));
        within(async { while node.cache.ready().await.is_err() {} }).await;
        node
    }

    pub(crate) fn loads(&self) -> u64 {
        self.loads.load(Ordering::Relaxed)
    }

    #[cacheable("item:{id}", namespace = "items", tags = ["items"])]
    pub(crate) async fn item(&self, id: u64) -> String {
        self.loads.fetch_add(1, Ordering::Relaxed);
        format!("item {id}")
    }

    #[cache_evict(key = "item:{id}", namespace = "items")]
    pub(crate) async fn remove(&self, id: u64) {}
}

pub(crate) fn builder(redis: Redis) -> CacheBuilder {
    Cache::builder("shop").redis(redis).budget(PATIENCE)
}

/// Awaits what must come.
#[track_caller]
pub(crate) fn within<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let place = std::panic::Location::caller();
    async move { tokio::time::timeout(HANG, future).await.unwrap_or_else(|_| panic!("{place}: it hangs")) }
}

/// Waits for what must come to be true.
#[track_caller]
pub(crate) fn eventually(is_true: impl Fn() -> bool) -> impl Future<Output = ()> {
    within(async move {
        while !is_true() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
}

/// The connections to a server but the one that asks, a line each.
pub(crate) fn connections(server: &Server) -> Vec<String> {
    let list = server.command(&["CLIENT", "LIST"]).text();
    list.lines().filter(|line| !line.contains("cmd=client|list")).map(str::to_owned).collect()
}

/// How many of a node's connections there are once it has all of them.
pub(crate) async fn all_connections(server: &Server) -> usize {
    eventually(|| {
        let list = connections(server);
        let (polls, hears) = (list.iter().any(|it| it.contains("sub=1")), list.len() > 2);
        polls && hears
    })
    .await;
    connections(server).len()
}

/// Two tests for each behaviour: on Redis and on Valkey.
macro_rules! on_every_server {
    ($($behaviour:ident)*) => {$(
        mod $behaviour {
            #[tokio::test]
            async fn redis() {
                super::$behaviour(larder_test_support::Kind::Redis).await;
            }

            #[tokio::test]
            async fn valkey() {
                super::$behaviour(larder_test_support::Kind::Valkey).await;
            }
        }
    )*};
}

pub(crate) use on_every_server;

pub(crate) fn start(kind: Kind) -> Server {
    Server::start(kind)
}
