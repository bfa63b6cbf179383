//! [`RemoteStore`]: the operations of the consistency protocol on a server that many nodes share.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::model::clock::Clock;
use crate::model::error::{Error, ErrorKind};
use crate::port::coordination::Coordination;
use crate::port::judged::{Expire, Inspected, Moved, Rename, Renamed, Take, Taken};
use crate::wire::envelope::Sealed;
use crate::wire::records::Stamp;

/// What can stand behind the memory: a server's address with its settings, or a fake of one.
///
/// `Option` is one too: `None` leaves the cache in the process.
pub trait SecondLevel {
    /// Begins to connect, and does not wait for it.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where a setting cannot be used. A server that is not there is no
    /// error: the cache starts without it.
    fn open(self, setup: &Setup) -> Result<Option<Arc<dyn RemoteStore>>, Error>;
}

impl<L: SecondLevel> SecondLevel for Option<L> {
    fn open(self, setup: &Setup) -> Result<Option<Arc<dyn RemoteStore>>, Error> {
        self.map_or(Ok(None), |level| level.open(setup))
    }
}

/// What may have a second level behind it: a cache.
pub trait HasSecondLevel {
    /// The second level, which knows what it is; `None` where there is none.
    fn second_level(&self) -> Option<&dyn RemoteStore>;
}

/// What a second level is told by the cache that it stands behind.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Setup {
    /// The first segment of every name on the server.
    pub prefix: String,
    /// How long one operation may take.
    pub budget: Duration,
    /// Where the time comes from; a fake server's is this one.
    pub clock: Clock,
}

impl Setup {
    /// What a cache would say, for tests of an adapter without one.
    pub fn new(prefix: impl Into<String>, budget: Duration, clock: Clock) -> Self {
        Self { prefix: prefix.into(), budget, clock }
    }
}

/// Which entry a look-up is about, and which tokens it is known to lie on.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    /// The logical key: `<space>:<namespace>:<key>`.
    pub key: &'a [u8],
    /// The names of the tokens.
    pub tokens: &'a [Box<[u8]>],
}

/// What one read sees, all at the same moment. The bytes are as the server keeps them, and may be anything.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The control record; `None` where it is missing.
    pub control: Option<Vec<u8>>,
    /// The entry; `None` where there is none.
    pub entry: Option<Vec<u8>>,
    /// Each token asked for, in that order and without the name that it ends with; `None` where it is missing, or ends
    /// with another.
    pub tokens: Vec<Option<Vec<u8>>>,
    /// The server's time, in milliseconds; never earlier than it is.
    pub server_now: u64,
}

/// Why a lease is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To load what is missing. Granted where nobody else has the lease.
    Load,
    /// To write: takes the lease from whoever has it.
    Write,
}

/// The right to fill an entry, which every invalidation of its key takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// What proves the right: as it was asked for.
    pub id: [u8; 16],
    /// Where the history stood when it was granted.
    pub granted: Stamp,
}

/// A request for a lease.
#[derive(Debug, Clone, Copy)]
pub struct Acquire<'a> {
    /// The logical key, and the tokens that are known already: they are minted at the grant.
    pub at: Read<'a>,
    /// What will prove the right; random, and given back by whoever gives up waiting for the answer.
    pub id: [u8; 16],
    /// Why it is asked for.
    pub kind: Kind,
    /// How long the lease stands.
    pub lease: Duration,
    /// How long the entry will live; tokens live longer. `None`: for ever.
    pub ttl: Option<Duration>,
    /// The first bytes of the entry that the caller saw, as many as there are up to a header's length; empty: none.
    pub seen: &'a [u8],
}

/// The answer to [`RemoteStore::acquire`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acquired {
    /// Load, then fill with this lease.
    Granted(Lease),
    /// Somebody else has the lease, for at most this long, to load or to write.
    Busy(Duration, Kind),
    /// The entry has changed since it was read: read again.
    Changed,
}

/// An entry to be stored under a lease.
#[derive(Debug, Clone, Copy)]
pub struct Fill<'a> {
    /// The logical key, and every token of the entry.
    pub at: Read<'a>,
    /// The lease.
    pub lease: &'a Lease,
    /// For each token the number at which it may have been minted at the latest, where that is not the lease's: what the
    /// entry was made of may have been loaded before the lease was granted. Empty: no token has one.
    pub minted_by: &'a [u64],
    /// The entry.
    pub entry: &'a Sealed,
    /// How long it lives; `None`: for ever.
    pub ttl: Option<Duration>,
    /// What a write tells the other nodes. With it the key is invalidated, also where the entry is refused.
    pub message: Option<&'a [u8]>,
}

/// An entry to be stored without a lease: what holds it loses it.
#[derive(Debug, Clone, Copy)]
pub struct Set<'a> {
    /// The logical key, and every token of the entry.
    pub at: Read<'a>,
    /// The entry.
    pub entry: &'a Sealed,
    /// How long it lives; `None`: for ever.
    pub ttl: Option<Duration>,
    /// Under which condition.
    pub when: When,
    /// What the other nodes are told.
    pub message: &'a [u8],
}

/// Under which condition a value is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// None: it takes the place of whatever is there.
    Always,
    /// The history still stands there. Elsewhere the key is invalidated and nothing is stored.
    At(Stamp),
    /// No entry that may be served stands under the key. Elsewhere nothing at all is done.
    Absent,
}

/// The answer to [`RemoteStore::fill`] and [`RemoteStore::set`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// Stored, at this place in the history.
    Stored(Stamp),
    /// Not stored: the lease was gone, or something that the entry lies on was invalidated meanwhile.
    Refused(Stamp),
    /// Nothing was done: there is an entry that may be served, and it was to be stored where there is none.
    Present,
}

/// What is to be invalidated, in one step.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evict<'a> {
    /// Logical keys: the entries and the leases on them go.
    pub keys: &'a [Box<[u8]>],
    /// Tokens that go, and with them the entries that lie on them.
    pub tokens: &'a [Box<[u8]>],
    /// Namespaces' tokens whose barrier is raised: what was begun earlier is not stored.
    pub barriers: &'a [Box<[u8]>],
    /// What the other nodes are told.
    pub message: &'a [u8],
    /// Whether the answer is to say which entries might have been served. That takes the server a look at each.
    pub judges: bool,
}

/// The answer to [`RemoteStore::evict`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evicted {
    /// The invalidation's place in the history; of many steps, that of the last.
    pub stamp: Stamp,
    /// How many of the keys had an entry, whether it might have been served or not.
    pub removed: u64,
    /// For each key, in order, whether an entry stood there that might have been served. Empty where nobody asked.
    pub valid: Vec<bool>,
}

/// A piece of a walk over the keys.
#[derive(Debug, Clone)]
pub struct Scanned {
    /// Where to go on; 0: the walk is over.
    pub next: u64,
    /// Logical keys, some perhaps twice.
    pub keys: Vec<Box<[u8]>>,
}

/// The answer to [`RemoteStore::poll`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// Where the history stands.
    pub stamp: Stamp,
    /// Which run of which server says so: another one may have lost the end of the history. Empty where it is not known.
    pub run: Box<[u8]>,
}

/// A lease that is given back: its logical key, and what proves the right.
#[derive(Debug, Clone, Copy)]
pub struct Release<'a> {
    /// The logical key.
    pub key: &'a [u8],
    /// What the lease was asked for with.
    pub id: &'a [u8; 16],
}

/// The messages of all nodes, in the order in which the server has invalidated; those of this one too.
#[async_trait]
pub trait Subscription: Send {
    /// The next message. An error: none will come any more, and some may have been lost.
    ///
    /// Cancel safe.
    async fn next(&mut self) -> Result<Vec<u8>, Error>;
}

/// A server that many nodes share.
///
/// Every operation ends `within` the given time; what cannot be reached is an error, never a miss, so that the engine
/// can tell the two apart. Dropping a future gives up waiting; the server may do what it was asked all the same.
///
/// What a call does for one entry a batch does for many, in one round trip all the same: the operations on many answer
/// each question by itself, in the order in which they were asked. Of the same moment is only what answers *one*.
#[async_trait]
pub trait RemoteStore: Coordination + Any {
    /// Reads entries with what decides their validity, in one round trip.
    async fn read_many(&self, reads: &[Read<'_>], within: Duration) -> Vec<Result<Snapshot, Error>>;

    /// Asks for the rights to fill entries, in one round trip.
    async fn acquire_many(&self, acquires: &[Acquire<'_>], within: Duration) -> Vec<Result<Acquired, Error>>;

    /// Stores each entry whose lease still stands, in one round trip. After an error it is unknown whether it did.
    async fn fill_many(&self, fills: &[Fill<'_>], within: Duration) -> Vec<Result<Filled, Error>>;

    /// Gives leases back after loads that stored nothing, in one round trip.
    async fn release_many(&self, releases: &[Release<'_>], within: Duration) -> Result<(), Error>;

    /// Stores entries and ends every load of them, each in one step, in one round trip. After an error it is unknown
    /// whether it did; so sending an entry again that was to be stored where there is none may find itself.
    async fn set_many(&self, sets: &[Set<'_>], within: Duration) -> Vec<Result<Filled, Error>>;

    /// Looks at entries that may be served and leaves their values where they are, in one round trip. `None`: there is no
    /// such entry. A value whose bytes were altered is not noticed.
    async fn inspect_many(&self, keys: &[&[u8]], within: Duration) -> Vec<Result<Option<Inspected>, Error>>;

    /// Reads an entry with what decides its validity, in one round trip.
    async fn read(&self, read: Read<'_>, within: Duration) -> Result<Snapshot, Error> {
        only(self.read_many(&[read], within).await)
    }

    /// Asks for the right to fill an entry, in one round trip.
    async fn acquire(&self, acquire: Acquire<'_>, within: Duration) -> Result<Acquired, Error> {
        only(self.acquire_many(&[acquire], within).await)
    }

    /// Stores an entry if its lease still stands, in one round trip. After an error it is unknown whether it did.
    async fn fill(&self, fill: Fill<'_>, within: Duration) -> Result<Filled, Error> {
        only(self.fill_many(&[fill], within).await)
    }

    /// Puts off the end of an entry that ends when nobody reads it, as far as its own limit; says how long it lasts then,
    /// or `None` where there is no such entry. In one round trip, also where the server's memory is full.
    async fn touch(&self, key: &[u8], within: Duration) -> Result<Option<Duration>, Error>;

    /// Stores an entry and ends every load of it, in one step and one round trip. After an error it is unknown whether it
    /// did.
    async fn set(&self, set: Set<'_>, within: Duration) -> Result<Filled, Error> {
        only(self.set_many(&[set], within).await)
    }

    /// Invalidates everything named, also where the server's memory is full, in one round trip: in one step up to 128
    /// keys, with one more for every 128 beyond. After an error part of it may be done, and sending it again is safe.
    async fn evict(&self, evict: Evict<'_>, within: Duration) -> Result<Evicted, Error>;

    /// Removes a value and hands it out, with the lease on its key, in one step and one round trip, also where the server's
    /// memory is full. After an error it is unknown whether it did, and where it did the value is gone.
    async fn take(&self, take: Take<'_>, within: Duration) -> Result<Taken, Error>;

    /// Gives an entry another end, and its tokens at least as long, in one step and one round trip, also where the server's
    /// memory is full. Sending it again is safe.
    async fn expire(&self, expire: Expire<'_>, within: Duration) -> Result<Moved, Error>;

    /// Puts an entry under another key, and ends every load of either, in one step and one round trip. After an error it is
    /// unknown whether it did; sent again it finds the entry missing then.
    async fn rename(&self, rename: Rename<'_>, within: Duration) -> Result<Renamed, Error>;

    /// Begins a new history, in which nothing counts that was stored, granted or minted before, however much that is: its
    /// first invalidation. In one step and one round trip, also where the server's memory is full. Sending it again is safe.
    async fn renew(&self, message: &[u8], within: Duration) -> Result<Stamp, Error>;

    /// Walks over the entries whose logical keys begin with `head`, from `cursor`: 0 at first.
    ///
    /// What is there from the first call to the last is seen; what comes or goes meanwhile may be or not. A cursor means
    /// nothing to another run of the server.
    async fn scan(&self, head: &[u8], cursor: u64, within: Duration) -> Result<Scanned, Error>;

    /// Where the history stands, creating it where there is none. One round trip; this is also how the server's health
    /// is asked for.
    async fn stamp(&self, within: Duration) -> Result<Stamp, Error>;

    /// The same on a way of its own, which nothing else holds up: by this a node knows that what it has heard is all.
    async fn poll(&self, within: Duration) -> Result<Heard, Error>;

    /// Ends everything: connections, subscriptions, and tasks in the background, which are dropped. What is asked from then on is an
    /// error of the kind `Unavailable`. Closing it again is nothing.
    async fn close(&self);

    /// Hears what every node invalidates, from the moment that this returns on.
    async fn subscribe(&self, within: Duration) -> Result<Box<dyn Subscription>, Error>;
}

/// The answer to a single question.
fn only<T>(mut answers: Vec<Result<T, Error>>) -> Result<T, Error> {
    let none = || Err(Error::new(ErrorKind::Server, "the second level left a question without an answer"));
    answers.pop().unwrap_or_else(none)
}
