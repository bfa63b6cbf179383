//! The servers that a behaviour is tested on, and the nodes before them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cache_core::testing::FakeRedis;
use larder::{Cache, CacheBuilder, Redis};
use larder_test_support::{Fault, Kind, Proxy, Server, Value};

use crate::following::Following;
use crate::support::within;
use crate::watch::Watch;

/// Long enough that nothing but a server that hangs takes it all.
const PATIENCE: Duration = Duration::from_secs(10);

/// A second level of one test's own: its names begin with a prefix that no other test uses.
#[derive(Debug, Clone)]
pub(crate) struct Level {
    server: At,
    prefix: String,
}

#[derive(Debug, Clone)]
enum At {
    Fake(FakeRedis),
    Real(&'static Server),
}

fn prefix() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Level {
    pub(crate) fn fake() -> Self {
        Self::on(FakeRedis::new())
    }

    /// A fake that the test holds too.
    pub(crate) fn on(server: FakeRedis) -> Self {
        Self { server: At::Fake(server), prefix: prefix() }
    }

    pub(crate) fn redis() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        Self { server: At::Real(SERVER.get_or_init(|| Server::start(Kind::Redis))), prefix: prefix() }
    }

    pub(crate) fn valkey() -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        Self { server: At::Real(SERVER.get_or_init(|| Server::start(Kind::Valkey))), prefix: prefix() }
    }

    /// The settings of a node. It waits for the server as long as a test may take.
    pub(crate) fn builder(&self) -> CacheBuilder {
        self.builder_of(&self.prefix)
    }

    /// A node without memory whose names begin with another prefix than this test's other ones.
    pub(crate) fn named(&self, name: &str) -> Cache {
        let builder = self.builder_of(&format!("{}{name}", self.prefix));
        builder.l1_ttl(Duration::ZERO).following()
    }

    fn builder_of(&self, name: &str) -> CacheBuilder {
        let builder = Cache::builder(name).budget(PATIENCE);
        match &self.server {
            At::Fake(server) => builder.redis(server.clone()),
            At::Real(server) => builder.redis(Redis::at(server.url())),
        }
    }

    /// A node.
    pub(crate) fn node(&self) -> Cache {
        self.builder().following()
    }

    /// A node that keeps nothing in memory.
    pub(crate) fn node_without_memory(&self) -> Cache {
        self.builder().l1_ttl(Duration::ZERO).following()
    }

    /// A node that keeps nothing in memory, and whose invalidations nobody is told of.
    pub(crate) fn mute_node(&self) -> Cache {
        let builder = match &self.server {
            At::Fake(server) => self.builder().redis(server.without_messages()),
            At::Real(server) => {
                server.command(&["ACL", "SETUSER", "mute", "on", "nopass", "~*", "resetchannels", "+@all"]);
                let url = server.url().replacen("://", "://mute:any@", 1);
                self.builder().redis(Redis::at(url))
            }
        };
        builder.l1_ttl(Duration::ZERO).following()
    }

    /// A node that keeps nothing in memory, and the network between it and its server, which is a real one.
    pub(crate) fn node_behind_a_network(&self) -> (Cache, Network) {
        let At::Real(server) = &self.server else { panic!("the fake has gates instead") };
        let network = Network { proxy: Arc::new(Proxy::in_front_of(server.port())), watch: self.watch() };
        let builder = self.builder().redis(Redis::at(network.proxy.url())).l1_ttl(Duration::ZERO);
        (builder.following(), network)
    }

    /// What nodes of this test say to their server from now on. It is a real one.
    pub(crate) fn watch(&self) -> Watch {
        let At::Real(server) = &self.server else { panic!("the fake counts operations instead") };
        Watch::begin(server, &self.prefix)
    }

    /// Waits until something has come about that a node does in the background.
    pub(crate) async fn until(&self, come: impl Fn(&Self) -> bool) {
        within(async {
            while !come(self) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
    }

    /// Waits until nobody has a lease.
    pub(crate) async fn until_no_lease_is_left(&self) {
        self.until(|level| !level.names().iter().any(|name| name.starts_with("#l:"))).await;
    }

    /// Every name of this test's, without the prefix and its `:`.
    pub(crate) fn names(&self) -> Vec<String> {
        let names: Vec<Vec<u8>> = match &self.server {
            At::Fake(server) => server.names(),
            At::Real(server) => {
                let Value::Array(names) = server.command(&["KEYS".to_owned(), format!("{}:*", self.prefix)]) else {
                    panic!("KEYS answers with a list");
                };
                names.into_iter().map(|name| name.text().into_bytes()).collect()
            }
        };
        let head = format!("{}:", self.prefix);
        let names = names.into_iter().map(|name| String::from_utf8(name).expect("our names are UTF-8"));
        names.map(|name| name.strip_prefix(&head).unwrap_or(&name).to_owned()).collect()
    }

    fn full(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }

    /// What stands under a name.
    pub(crate) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        match &self.server {
            At::Fake(server) => server.bytes(self.full(name)),
            At::Real(server) => match server.command(&[&b"GET"[..], self.full(name).as_bytes()]) {
                Value::Bytes(bytes) => Some(bytes),
                Value::Nil => None,
                other => panic!("GET answers with {other:?}"),
            },
        }
    }

    /// Writes bytes under a name, as somebody else might.
    pub(crate) fn overwrite(&self, name: &str, bytes: &[u8]) {
        match &self.server {
            At::Fake(server) => server.overwrite(self.full(name), bytes),
            At::Real(server) => {
                server.command(&[&b"SET"[..], self.full(name).as_bytes(), bytes, b"KEEPTTL"]);
            }
        }
    }

    /// Loses a name, as a server that is short of memory does.
    pub(crate) fn lose(&self, name: &str) {
        match &self.server {
            At::Fake(server) => {
                server.lose(self.full(name));
            }
            At::Real(server) => {
                server.command(&[&b"DEL"[..], self.full(name).as_bytes()]);
            }
        }
    }
}

/// What is between a node and its server.
#[derive(Debug)]
pub(crate) struct Network {
    proxy: Arc<Proxy>,
    watch: Watch,
}

impl Network {
    /// From now on the node hears nothing; what it says arrives.
    pub(crate) async fn hold_answers(&self) {
        self.watch.forget().await;
        self.proxy.set(Fault::Hold);
    }

    /// What was held arrives.
    pub(crate) fn release(&self) {
        self.proxy.clear();
    }

    /// Waits until the server has done a command of this test's nodes whose text has all of these in it.
    pub(crate) async fn has_done(&self, parts: &[&str]) {
        self.watch.until(parts).await;
    }
}

/// Three tests for each behaviour: on the fake, on Redis and on Valkey.
macro_rules! on_every_level {
    ($($(#[$doc:meta])* async fn $name:ident($level:ident: Level) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "not every behaviour needs everything")]
            use super::*;
            #[allow(unused_imports, reason = "its file may have named it already")]
            use $crate::level::Level;

            async fn behaviour($level: $crate::level::Level) $body

            #[tokio::test]
            async fn fake() {
                behaviour($crate::level::Level::fake()).await;
            }

            #[tokio::test]
            async fn redis() {
                behaviour($crate::level::Level::redis()).await;
            }

            #[tokio::test]
            async fn valkey() {
                behaviour($crate::level::Level::valkey()).await;
            }
        }
    )*};
}

/// Two tests for each behaviour that needs a network or a server's own words: on Redis and on Valkey.
macro_rules! on_every_server {
    ($($(#[$doc:meta])* async fn $name:ident($level:ident: Level) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "not every behaviour needs everything")]
            use super::*;
            #[allow(unused_imports, reason = "its file may have named it already")]
            use $crate::level::Level;

            async fn behaviour($level: $crate::level::Level) $body

            #[tokio::test]
            async fn redis() {
                behaviour($crate::level::Level::redis()).await;
            }

            #[tokio::test]
            async fn valkey() {
                behaviour($crate::level::Level::valkey()).await;
            }
        }
    )*};
}

pub(crate) use {on_every_level, on_every_server};
