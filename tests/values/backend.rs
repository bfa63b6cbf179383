//! What a behaviour is tested on, and the nodes before it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_core::testing::FakeRedis;
use larder::{Cache, CacheBuilder, Redis};
use larder_test_support::{Kind, Server};

use crate::following::Following;

/// Long enough that nothing but a server that hangs takes it all.
const PATIENCE: Duration = Duration::from_secs(10);

/// A cache of one test's own: its names begin with a prefix that no other test uses.
#[derive(Debug, Clone)]
pub(crate) struct Backend {
    place: Place,
    prefix: String,
}

#[derive(Debug, Clone)]
enum Place {
    Memory,
    Fake(FakeRedis),
    /// A server, and the protocol that is spoken with it.
    Real(&'static Server, &'static str),
}

impl Backend {
    pub(crate) fn memory() -> Self {
        Self::of(Place::Memory)
    }

    pub(crate) fn fake() -> Self {
        Self::of(Place::Fake(FakeRedis::new()))
    }

    pub(crate) fn redis(protocol: &'static str) -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        Self::of(Place::Real(SERVER.get_or_init(|| Server::start(Kind::Redis)), protocol))
    }

    pub(crate) fn valkey(protocol: &'static str) -> Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        Self::of(Place::Real(SERVER.get_or_init(|| Server::start(Kind::Valkey)), protocol))
    }

    fn of(place: Place) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { place, prefix: format!("v{}", NEXT.fetch_add(1, Ordering::Relaxed)) }
    }

    /// The settings of a node. It waits for the server as long as a test may take.
    pub(crate) fn builder(&self) -> CacheBuilder {
        let builder = Cache::builder(&self.prefix).budget(PATIENCE);
        match &self.place {
            Place::Memory => builder,
            Place::Fake(server) => builder.redis(server.clone()),
            Place::Real(server, protocol) => builder.redis(Redis::at(format!("{}/?protocol={protocol}", server.url()))),
        }
    }

    /// A node of another service on the same server.
    pub(crate) fn service(&self, name: &str) -> Cache {
        Self { place: self.place.clone(), prefix: format!("{}-{name}", self.prefix) }.node()
    }

    /// The name of a topic that no other test uses.
    pub(crate) fn topic(&self) -> String {
        format!("{}.topic", self.prefix)
    }

    /// A node. In memory alone each is a cache of its own.
    pub(crate) fn node(&self) -> Cache {
        self.build(self.builder())
    }

    /// A node that keeps nothing in memory, where there is something else.
    pub(crate) fn node_without_memory(&self) -> Cache {
        let builder = self.builder();
        self.build(if self.is_shared() { builder.l1_ttl(Duration::ZERO) } else { builder })
    }

    /// A node whose changes nobody is told of: others learn of them from the server only.
    pub(crate) fn mute_node(&self) -> Cache {
        let builder = self.builder();
        self.build(match &self.place {
            Place::Memory => builder,
            Place::Fake(server) => builder.redis(server.without_messages()),
            Place::Real(server, protocol) => {
                server.command(&["ACL", "SETUSER", "mute", "on", "nopass", "~*", "resetchannels", "+@all"]);
                let url = server.url().replacen("://", "://mute:any@", 1);
                builder.redis(Redis::at(format!("{url}/?protocol={protocol}")))
            }
        })
    }

    /// A node with these settings, which follows already.
    pub(crate) fn build(&self, builder: CacheBuilder) -> Cache {
        if self.is_shared() { builder.following() } else { builder.build().expect("the settings are valid") }
    }

    /// Whether nodes share what they have.
    pub(crate) fn is_shared(&self) -> bool {
        !matches!(self.place, Place::Memory)
    }
}

/// Six tests for each behaviour: wherever values can be.
macro_rules! on_every_backend {
    ($($(#[$doc:meta])* async fn $name:ident($backend:ident: Backend) $body:block)*) => {$(
        $crate::backend::on! {
            $(#[$doc])* async fn $name($backend) $body
            memory: memory(), fake: fake(),
            redis2: redis("resp2"), redis3: redis("resp3"), valkey2: valkey("resp2"), valkey3: valkey("resp3"),
        }
    )*};
}

/// Five tests for each behaviour: wherever several nodes share their values.
macro_rules! on_every_shared_backend {
    ($($(#[$doc:meta])* async fn $name:ident($backend:ident: Backend) $body:block)*) => {$(
        $crate::backend::on! {
            $(#[$doc])* async fn $name($backend) $body
            fake: fake(),
            redis2: redis("resp2"), redis3: redis("resp3"), valkey2: valkey("resp2"), valkey3: valkey("resp3"),
        }
    )*};
}

macro_rules! on {
    ($(#[$doc:meta])* async fn $name:ident($backend:ident) $body:block
     $($place:ident: $new:ident($($protocol:literal)?),)*) => {
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "not every behaviour needs everything")]
            use super::*;

            async fn behaviour($backend: $crate::backend::Backend) $body

            $(#[tokio::test]
            async fn $place() {
                $crate::support::within(behaviour($crate::backend::Backend::$new($($protocol)?))).await;
            })*
        }
    };
}

pub(crate) use {on, on_every_backend, on_every_shared_backend};
