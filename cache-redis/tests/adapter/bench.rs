//! A server of the test's own with a store on it, and the operations in short.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_core::port::{
    Acquire, Acquired, Evict, Evicted, Fill, Filled, Kind as For, Lease, Read, RemoteStore, Sealed, SecondLevel, Set,
    Setup, Snapshot, Stamp, Stopwatch, When,
};
use cache_core::{Clock, Error};
use cache_redis::Redis;
use larder_test_support::{Client, Kind, Server, Value};

/// How long an operation may take; only a hang comes near.
pub(crate) const LONG: Duration = Duration::from_secs(10);
/// How long one may take where it is to time out.
pub(crate) const SHORT: Duration = Duration::from_millis(250);
/// What a limit may be overrun by on a machine that runs all tests at once; without a limit, a call would hang.
pub(crate) const SLACK: Duration = Duration::from_secs(3);
/// How long a lease stands, and an entry lives.
pub(crate) const LEASE: Duration = Duration::from_secs(30);
pub(crate) const TTL: Duration = Duration::from_mins(1);

pub(crate) const PREFIX: &str = "shop";
pub(crate) const KEY: &[u8] = b"global:users:7";

/// A server that a test has for itself, with a store on it.
pub(crate) struct Bench {
    pub(crate) server: Server,
    pub(crate) store: Arc<dyn RemoteStore>,
}

impl Bench {
    pub(crate) fn start(kind: Kind) -> Self {
        Self::on(Server::start(kind))
    }

    pub(crate) fn on(server: Server) -> Self {
        let store = open(&server.url(), PREFIX, LONG);
        Self { server, store }
    }

    pub(crate) fn get(&self, name: &str) -> Option<Vec<u8>> {
        match self.server.command(&["GET", name]) {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn put(&self, name: &str, bytes: &[u8]) {
        self.server.command(&[&b"SET"[..], name.as_bytes(), bytes]);
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.server.command(&["EXISTS", name]).int() == 1
    }

    /// Hears the messages of database 0 from now on.
    pub(crate) fn listen(&self) -> Client {
        let mut client = self.server.client().expect("the server is there");
        client.command(&["SUBSCRIBE", "shop:#inv:0"]).expect("subscribed");
        client
    }

    pub(crate) async fn read(&self, tokens: &[Box<[u8]>]) -> Snapshot {
        self.store.read(Read { key: KEY, tokens }, LONG).await.expect("the server is there")
    }

    pub(crate) async fn acquire(&self, kind: For, tokens: &[Box<[u8]>], seen: &[u8]) -> Acquired {
        self.try_acquire(kind, tokens, seen).await.expect("the server is there")
    }

    pub(crate) async fn try_acquire(&self, kind: For, tokens: &[Box<[u8]>], seen: &[u8]) -> Result<Acquired, Error> {
        let (at, lease, ttl) = (Read { key: KEY, tokens }, LEASE, Some(TTL));
        self.store.acquire(Acquire { at, id: id(), kind, lease, ttl, seen }, LONG).await
    }

    /// A lease that nobody else has.
    pub(crate) async fn lease(&self, tokens: &[Box<[u8]>]) -> Lease {
        match self.acquire(For::Load, tokens, b"").await {
            Acquired::Granted(lease) => lease,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn fill(&self, lease: &Lease, tokens: &[Box<[u8]>]) -> Filled {
        self.try_fill(lease, tokens, None).await.expect("the server is there")
    }

    pub(crate) async fn try_fill(
        &self,
        lease: &Lease,
        tokens: &[Box<[u8]>],
        message: Option<&[u8]>,
    ) -> Result<Filled, Error> {
        let fill =
            Fill { at: Read { key: KEY, tokens }, lease, minted_by: &[], entry: &entry(), ttl: Some(TTL), message };
        self.store.fill(fill, LONG).await
    }

    pub(crate) async fn set(&self, expected: Option<Stamp>) -> Result<Filled, Error> {
        let at = Read { key: KEY, tokens: &[] };
        let when = expected.map_or(When::Always, When::At);
        self.store.set(Set { at, entry: &entry(), ttl: Some(TTL), when, message: b"set" }, LONG).await
    }

    pub(crate) async fn evict(&self, evict: Evict<'_>) -> Evicted {
        self.store.evict(evict, LONG).await.expect("the server is there")
    }

    /// Something that has nothing to do with the test is invalidated.
    pub(crate) async fn evict_another(&self) {
        self.evict(Evict { keys: &names(["global:other:1"]), message: b"x", ..Evict::default() }).await;
    }
}

/// A store on whatever is at the URL.
pub(crate) fn open(url: &str, prefix: &str, budget: Duration) -> Arc<dyn RemoteStore> {
    let opened = Redis::at(url).open(&Setup::new(prefix, budget, Clock::system()));
    opened.expect("the settings can be used").expect("a server is a second level")
}

pub(crate) fn entry() -> Sealed {
    Sealed { mark: *b"L1\x01", body: b"body".to_vec(), idle: None }
}

pub(crate) fn names<const N: usize>(names: [&str; N]) -> [Box<[u8]>; N] {
    names.map(|name| name.as_bytes().into())
}

/// The next message's payload behind its stamp.
pub(crate) fn heard(listener: &mut Client) -> Vec<u8> {
    match listener.receive().expect("a message").array() {
        [_, _, Value::Bytes(message)] => message[24..].to_vec(),
        other => panic!("{other:?}"),
    }
}

fn id() -> [u8; 16] {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    u128::from(COUNT.fetch_add(1, Ordering::Relaxed)).to_be_bytes()
}

/// Asks for the stamp, which a healthy store gives, and says how long that took.
pub(crate) async fn ask(store: &dyn RemoteStore, within: Duration) -> (Result<Stamp, Error>, Duration) {
    let began = Stopwatch::start();
    let stamp = store.stamp(within).await;
    (stamp, began.elapsed())
}

/// Asks until it is answered; how long that took.
pub(crate) async fn recovery(store: &dyn RemoteStore) -> Duration {
    until(store, SHORT, Result::is_ok).await
}

/// Asks until the answer is as wanted; how long that took.
pub(crate) async fn until(
    store: &dyn RemoteStore,
    within: Duration,
    wanted: impl Fn(&Result<Stamp, Error>) -> bool,
) -> Duration {
    let began = Stopwatch::start();
    loop {
        let (stamp, took) = ask(store, within).await;
        assert!(took < within + SLACK, "a call took {took:?}");
        if wanted(&stamp) {
            return began.elapsed();
        }
        assert!(began.elapsed() < LONG, "still {stamp:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
