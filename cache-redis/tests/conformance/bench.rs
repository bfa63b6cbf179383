//! A server with a prefix of the test's own: its store, and its bytes behind the store's back.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use cache_core::port::{RemoteStore, SecondLevel, Setup};
use cache_core::testing::FakeRedis;
use cache_core::{Clock, ManualClock};
use cache_redis::Redis;
use larder_test_support::{Client, Kind, Server as RealServer, Value};

/// How long an operation may take; only a hang comes near.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// A server that a test has for itself, or a prefix on one that tests share.
pub(crate) struct Bench {
    pub(crate) store: Arc<dyn RemoteStore>,
    pub(crate) prefix: String,
    server: Server,
}

#[derive(Clone)]
enum Server {
    Fake {
        server: FakeRedis,
        clock: ManualClock,
    },
    /// And what its URL ends in.
    Real(Arc<RealServer>, &'static str),
}

/// How long a name lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Gone,
    Endless,
    For(Duration),
}

impl Bench {
    pub(crate) fn fake() -> Self {
        Self::new(Server::Fake { server: FakeRedis::new(), clock: ManualClock::new() }, &own_prefix())
    }

    /// A server that the tests of this process share, with a prefix that none of them has.
    pub(crate) fn real(kind: Kind) -> Self {
        Self::shared(kind, "")
    }

    /// The same, spoken to in the third version of the protocol.
    pub(crate) fn third(kind: Kind) -> Self {
        Self::shared(kind, "?protocol=resp3")
    }

    fn shared(kind: Kind, query: &'static str) -> Self {
        static REDIS: OnceLock<Arc<RealServer>> = OnceLock::new();
        static VALKEY: OnceLock<Arc<RealServer>> = OnceLock::new();
        let server = match kind {
            Kind::Redis => &REDIS,
            Kind::Valkey => &VALKEY,
        };
        let server = server.get_or_init(|| Arc::new(RealServer::start(kind)));
        Self::new(Server::Real(Arc::clone(server), query), &own_prefix())
    }

    /// A server of the test's own, for tests that change more than their own keys.
    pub(crate) fn own(kind: Kind) -> Self {
        Self::new(Server::Real(Arc::new(RealServer::start(kind)), ""), &own_prefix())
    }

    /// The same server, with another prefix.
    pub(crate) fn beside(&self, prefix: &str) -> Self {
        Self::new(self.server.clone(), prefix)
    }

    /// The same server and prefix, in another of a real server's databases.
    pub(crate) fn in_database(&self, number: u8) -> Self {
        Self::opened(self.server.clone(), &self.prefix, number)
    }

    fn new(server: Server, prefix: &str) -> Self {
        Self::opened(server, prefix, 0)
    }

    fn opened(server: Server, prefix: &str, database: u8) -> Self {
        let opened = match &server {
            Server::Fake { .. } if database != 0 => panic!("a fake has no databases"),
            Server::Fake { server, clock } => server.clone().open(&Setup::new(prefix, LIMIT, clock.clock())),
            Server::Real(server, query) => {
                let address = format!("{}/{database}{query}", server.url());
                Redis::at(address).open(&Setup::new(prefix, LIMIT, Clock::system()))
            }
        };
        let store = opened.expect("the settings can be used").expect("a server is a second level");
        Self { store, prefix: prefix.to_owned(), server }
    }

    /// The bytes under a name.
    pub(crate) fn get(&self, name: &[u8]) -> Option<Vec<u8>> {
        match &self.server {
            Server::Fake { server, .. } => server.bytes(name),
            Server::Real(server, _) => match server.command(&[b"GET", name]) {
                Value::Bytes(bytes) => Some(bytes),
                Value::Nil => None,
                other => panic!("no bytes: {other:?}"),
            },
        }
    }

    /// Writes bytes under a name; they end when the old ones would have.
    pub(crate) fn overwrite(&self, name: &[u8], bytes: &[u8]) {
        match &self.server {
            Server::Fake { server, .. } => server.overwrite(name, bytes),
            Server::Real(server, _) => {
                let reply = server.command(&[b"SET", name, bytes, b"KEEPTTL"]);
                assert_eq!(reply, Value::Bytes(b"OK".to_vec()));
            }
        }
    }

    /// Loses a name, which must be there.
    pub(crate) fn lose(&self, name: &[u8]) {
        let was_there = match &self.server {
            Server::Fake { server, .. } => server.lose(name),
            Server::Real(server, _) => server.command(&[b"DEL", name]).int() == 1,
        };
        assert!(was_there, "the test loses what is not there: {}", name.escape_ascii());
    }

    /// Loses everything under the test's prefix.
    pub(crate) fn lose_everything(&self) {
        for name in self.names() {
            self.lose(&name);
        }
    }

    /// Loses what services of this test tell each other, which stands under no prefix.
    pub(crate) fn flush(&self) {
        match &self.server {
            Server::Fake { server, .. } => server.flush(),
            Server::Real(server, _) => {
                let names = format!("{}.topic:*", self.prefix);
                for name in bytes(server.command(&["KEYS", &names]).array()) {
                    server.command(&[b"DEL", &name[..]]);
                }
            }
        }
    }

    /// Every name under the test's prefix, in order, but for the record of the format, which a fake does not need.
    pub(crate) fn names(&self) -> Vec<Vec<u8>> {
        let (head, format) = (format!("{}:", self.prefix), format!("{}:#meta", self.prefix));
        let mut names = match &self.server {
            Server::Fake { server, .. } => server.names(),
            Server::Real(server, _) => bytes(server.command(&["KEYS", "*"]).array()),
        };
        names.retain(|name| name.starts_with(head.as_bytes()) && name != format.as_bytes());
        names.sort();
        names
    }

    /// How long a name lives.
    pub(crate) fn life(&self, name: &[u8]) -> Life {
        match &self.server {
            Server::Fake { server, .. } if server.bytes(name).is_none() => Life::Gone,
            Server::Fake { server, .. } => server.time_left(name).map_or(Life::Endless, Life::For),
            Server::Real(server, _) => match server.command(&[b"PTTL", name]).int() {
                -2 => Life::Gone,
                -1 => Life::Endless,
                millis => Life::For(Duration::from_millis(millis.unsigned_abs())),
            },
        }
    }

    /// Lets the server's time go on.
    pub(crate) fn pass(&self, time: Duration) {
        match &self.server {
            Server::Fake { clock, .. } => clock.advance(time),
            // A real server's time cannot be moved.
            Server::Real(_, _) => std::thread::sleep(time),
        }
    }

    /// Hears the messages from now on.
    pub(crate) fn listen(&self) -> Listener {
        match &self.server {
            Server::Fake { server, .. } => Listener::Fake { server: server.clone(), heard: server.messages().len() },
            Server::Real(server, _) => Listener::real(Arc::clone(server), &self.prefix),
        }
    }

    /// Breaks off every subscription on the server.
    pub(crate) fn cut_subscriptions(&self) {
        match &self.server {
            Server::Fake { server, .. } => server.cut_subscriptions(),
            Server::Real(server, _) => {
                assert!(server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).int() > 0, "there is a subscription");
            }
        }
    }

    /// Sends a command to a real server.
    pub(crate) fn command(&self, parts: &[&[u8]]) -> Value {
        match &self.server {
            Server::Fake { .. } => panic!("a fake takes no commands"),
            Server::Real(server, _) => server.command(parts),
        }
    }

    pub(crate) fn entry(&self, key: &[u8]) -> Vec<u8> {
        [self.prefix.as_bytes(), b":", key].concat()
    }

    pub(crate) fn control(&self) -> Vec<u8> {
        format!("{}:#c", self.prefix).into_bytes()
    }

    pub(crate) fn lease(&self, key: &[u8]) -> Vec<u8> {
        [self.prefix.as_bytes(), b":#l:", key].concat()
    }

    pub(crate) fn token(&self, name: &[u8]) -> Vec<u8> {
        [self.prefix.as_bytes(), b":#t:", name].concat()
    }
}

/// Hears what nodes would.
pub(crate) enum Listener {
    Fake { server: FakeRedis, heard: usize },
    Real { server: Arc<RealServer>, client: Client, end: String },
}

impl Listener {
    fn real(server: Arc<RealServer>, prefix: &str) -> Self {
        let mut client = server.client().expect("the server is there");
        client.command(&["PSUBSCRIBE", &format!("{prefix}:*")]).expect("the server is there");
        Self::Real { server, client, end: format!("{prefix}:end") }
    }

    /// Every message since it began to listen.
    pub(crate) fn heard(self) -> Vec<Vec<u8>> {
        match self {
            Listener::Fake { server, heard } => server.messages().split_off(heard),
            Listener::Real { server, mut client, end } => {
                server.command(&["PUBLISH", &end, ""]);
                let mut next = || match bytes(client.receive().expect("the server is there").array()).as_slice() {
                    [_, _, channel, message] => (channel != end.as_bytes()).then(|| message.clone()),
                    other => panic!("no message: {other:?}"),
                };
                std::iter::from_fn(&mut next).collect()
            }
        }
    }
}

fn bytes(values: &[Value]) -> Vec<Vec<u8>> {
    let bytes = values.iter().map(|value| match value {
        Value::Bytes(bytes) => bytes.clone(),
        other => panic!("no bytes: {other:?}"),
    });
    bytes.collect()
}

/// Servers are shared by tests, so no two of them may have one prefix.
fn own_prefix() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    // Of one length: none is the head of another.
    format!("test-{:06}", COUNT.fetch_add(1, Ordering::Relaxed))
}

impl fmt::Debug for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bench").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
