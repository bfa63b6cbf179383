//! A server of the test's own, the nodes before it, and what is asked of a node whatever is wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use std::{fs, thread};

use larder::{Cache, CacheBuilder, Redis};
use larder_test_support::{Kind, Options, Server, Value};

use crate::log;
use crate::metronome::Watch;
use crate::node::Node;
use crate::support::within;

/// What a call may lose to the second level: the default of a cache.
pub(crate) const BUDGET: Duration = Duration::from_millis(250);
/// A budget that nothing but a server that hangs takes up, for nodes whose server answers.
const PATIENCE: Duration = Duration::from_secs(10);
/// How soon the second level is used again once nothing is wrong any more.
pub(crate) const RECOVERY: Duration = Duration::from_secs(2);

/// Whatever must stay secret contains this.
pub(crate) const SECRET: &str = "s3cr3t";
pub(crate) const PASSWORD: &str = "s3cr3tpassword";

/// A server, and the prefix of one test.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) server: Arc<Server>,
    pub(crate) name: String,
}

impl Bench {
    /// A server that asks for a password.
    pub(crate) fn start(kind: Kind) -> Self {
        Self::start_with(Server::options(kind))
    }

    pub(crate) fn start_with(options: Options) -> Self {
        log::record();
        Self { server: Arc::new(options.password(PASSWORD).start()), name: fresh("cache") }
    }

    /// The same server under a prefix that nobody has used.
    pub(crate) fn again(&self) -> Self {
        Self { server: Arc::clone(&self.server), name: fresh("cache") }
    }

    /// A node with the default settings.
    pub(crate) fn node(&self) -> Node {
        self.node_at(self.server.port())
    }

    /// A node that reaches the server through another port.
    pub(crate) fn node_at(&self, port: u16) -> Node {
        Node::new(self.builder(port), port)
    }

    /// A node that waits for its server.
    pub(crate) fn patient_node(&self) -> Node {
        let port = self.server.port();
        Node::new(self.builder(port).budget(PATIENCE), port)
    }

    /// Another node, which waits for the server and asks it each time.
    pub(crate) async fn other(&self) -> Node {
        let port = self.server.port();
        let node = Node::new(self.builder(port).budget(PATIENCE).l1_ttl(Duration::ZERO), port);
        within(node.cache.ready()).await.expect("the server is there");
        node
    }

    /// A node that keeps nothing in memory.
    pub(crate) fn node_without_memory(&self) -> Node {
        let port = self.server.port();
        Node::new(self.builder(port).l1_ttl(Duration::ZERO), port)
    }

    pub(crate) fn builder(&self, port: u16) -> CacheBuilder {
        Cache::builder(&self.name).redis(Redis::at(format!("redis://default:{PASSWORD}@127.0.0.1:{port}")))
    }

    /// The full name of an item's entry on the server.
    pub(crate) fn entry(&self, id: &str) -> String {
        format!("{}:global:items:item:{id}", self.name)
    }

    /// The full name of something behind the prefix.
    pub(crate) fn full(&self, name: &str) -> String {
        format!("{}:{name}", self.name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.server.command(&["EXISTS", name]).int() == 1
    }

    /// What stands under a name.
    pub(crate) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        match self.server.command(&["GET", name]) {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Sends a command that must succeed.
    pub(crate) fn told(&self, parts: &[&str]) {
        let reply = self.server.command(parts);
        assert!(!matches!(reply, Value::Error(_)), "{reply:?}");
    }

    /// A node that has loaded an item, so that it is connected and its scripts are on the server.
    pub(crate) async fn warm_node(&self) -> Node {
        self.warm(self.node()).await
    }

    pub(crate) async fn warm_patient_node(&self) -> Node {
        self.warm(self.patient_node()).await
    }

    pub(crate) async fn warm(&self, node: Node) -> Node {
        let used = async { while node.cache.ready().await.is_err() || !self.is_used_by(&node).await {} };
        within(used).await;
        let id = fresh("warm");
        within(node.put(&id, "v")).await;
        within(node.evict(&id)).await.expect("the body succeeds");
        node
    }

    /// Whether what a node loads gets to the server, where another node finds it.
    pub(crate) async fn is_used_by(&self, node: &Node) -> bool {
        let id = fresh("used");
        let value = within(node.item(&id)).await;
        if !self.has(&self.entry(&id)) {
            return false;
        }
        let other = self.other().await;
        assert_eq!(within(other.item(&id)).await, value, "what the other node reads");
        assert_eq!(other.cache.stats().remote_hits, 1, "{:?}", other.cache.stats());
        true
    }

    /// Nothing is wrong any more, from now on: the node uses its second level again, soon.
    pub(crate) async fn recovers(&self, node: &Node) {
        let watch = Watch::start();
        // What a server that began again has lost is repeated when its history is known: nothing waits for that any more
        // where memory follows.
        let settled = || {
            let stats = node.cache.stats();
            stats.undelivered == 0 && stats.coherence.is_following
        };
        let used = loop {
            if settled() && self.is_used_by(node).await && node.cache.ready().await.is_ok() && settled() {
                break true;
            }
            if watch.elapsed() > RECOVERY + margin() {
                break false;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let stats = node.cache.stats();
        assert!(used, "the second level is not used again after {:?}: {stats:?}", watch.elapsed());
    }
}

/// Waits for what must come to be true soon.
pub(crate) async fn eventually(what: &str, is_true: impl Fn() -> bool) {
    let watch = Watch::start();
    while !is_true() {
        assert!(watch.elapsed() < RECOVERY + margin(), "{what}: not within {:?}", watch.elapsed());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A word that no test has used before; short enough to be a name, and a secret.
pub(crate) fn fresh(what: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    if what == "cache" { format!("c{number}") } else { format!("{SECRET}{what}{number}") }
}

/// What a machine may add: less than a second budget, which would be one too many, unless it has more to do than it can.
pub(crate) fn margin() -> Duration {
    let tasks = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: f64 = tasks.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or_default();
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let processors = f64::from(u32::try_from(processors).unwrap_or(u32::MAX));
    Duration::from_millis(200).mul_f64((load / processors).max(1.0))
}

/// Awaits a call, whose loader takes no time: it costs no more than one budget.
#[track_caller]
pub(crate) fn cheap<F: Future>(call: F) -> impl Future<Output = F::Output> {
    let place = std::panic::Location::caller();
    async move {
        let watch = Watch::start();
        let result = within(call).await;
        let cost = watch.elapsed();
        assert!(cost <= BUDGET + margin(), "{place}: one budget is {BUDGET:?}, and this took {cost:?}");
        result
    }
}

/// Asserts that a text names nothing secret, neither as text nor as the numbers of its bytes.
#[track_caller]
pub(crate) fn assert_discreet(text: &str) {
    let numbers = format!("{:?}", SECRET.as_bytes());
    let numbers = numbers.trim_matches(['[', ']']);
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for secret in [SECRET, numbers] {
        if let Some(at) = flat.find(secret) {
            let head = flat[..at].chars().rev().take(200).collect::<Vec<_>>().into_iter().rev().collect::<String>();
            panic!("a secret is told behind: …{head}");
        }
    }
}

/// Two tests for each behaviour: on Redis and on Valkey.
macro_rules! on_every_server {
    ($($(#[$doc:meta])* async fn $name:ident($kind:ident: $type:ident) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports, reason = "not every behaviour needs everything")]
            use super::*;

            async fn behaviour($kind: $type) $body

            #[tokio::test]
            async fn redis() {
                behaviour($type::Redis).await;
            }

            #[tokio::test]
            async fn valkey() {
                behaviour($type::Valkey).await;
            }
        }
    )*};
}

pub(crate) use on_every_server;
