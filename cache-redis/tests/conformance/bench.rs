//! A server with a prefix of the test's own: its store, and its bytes behind the store's back.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_core::ManualClock;
use cache_core::port::{RemoteStore, SecondLevel, Setup};
use cache_core::testing::FakeRedis;

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
    Fake { server: FakeRedis, clock: ManualClock },
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

    /// The same server, with another prefix.
    pub(crate) fn beside(&self, prefix: &str) -> Self {
        Self::new(self.server.clone(), prefix)
    }

    fn new(server: Server, prefix: &str) -> Self {
        let opened = match &server {
            Server::Fake { server, clock } => server.clone().open(&Setup::new(prefix, LIMIT, clock.clock())),
        };
        let store = opened.expect("the settings can be used").expect("a server is a second level");
        Self { store, prefix: prefix.to_owned(), server }
    }

    /// The bytes under a name.
    pub(crate) fn get(&self, name: &[u8]) -> Option<Vec<u8>> {
        match &self.server {
            Server::Fake { server, .. } => server.bytes(name),
        }
    }

    /// Writes bytes under a name; they end when the old ones would have.
    pub(crate) fn overwrite(&self, name: &[u8], bytes: &[u8]) {
        match &self.server {
            Server::Fake { server, .. } => server.overwrite(name, bytes),
        }
    }

    /// Loses a name, which must be there.
    pub(crate) fn lose(&self, name: &[u8]) {
        let was_there = match &self.server {
            Server::Fake { server, .. } => server.lose(name),
        };
        assert!(was_there, "the test loses what is not there: {}", name.escape_ascii());
    }

    /// Loses everything under the test's prefix.
    pub(crate) fn lose_everything(&self) {
        for name in self.names() {
            self.lose(&name);
        }
    }

    /// Every name under the test's prefix, in order.
    pub(crate) fn names(&self) -> Vec<Vec<u8>> {
        let head = format!("{}:", self.prefix).into_bytes();
        let mut names = match &self.server {
            Server::Fake { server, .. } => server.names(),
        };
        names.retain(|name| name.starts_with(&head));
        names.sort();
        names
    }

    /// How long a name lives.
    pub(crate) fn life(&self, name: &[u8]) -> Life {
        match &self.server {
            Server::Fake { server, .. } if server.bytes(name).is_none() => Life::Gone,
            Server::Fake { server, .. } => server.time_left(name).map_or(Life::Endless, Life::For),
        }
    }

    /// Lets the server's time go on.
    pub(crate) fn pass(&self, time: Duration) {
        match &self.server {
            Server::Fake { clock, .. } => clock.advance(time),
        }
    }

    /// Hears the messages from now on.
    pub(crate) fn listen(&self) -> Listener {
        match &self.server {
            Server::Fake { server, .. } => Listener::Fake { server: server.clone(), heard: server.messages().len() },
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
}

impl Listener {
    /// Every message since it began to listen.
    pub(crate) fn heard(self) -> Vec<Vec<u8>> {
        match self {
            Listener::Fake { server, heard } => server.messages().split_off(heard),
        }
    }
}

/// Servers are shared by tests, so no two of them may have one prefix.
fn own_prefix() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("test-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

impl fmt::Debug for Bench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bench").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
