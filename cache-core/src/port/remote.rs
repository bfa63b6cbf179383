//! [`RemoteStore`]: the operations of the consistency protocol on a shared server.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use crate::model::error::Error;

/// A place in the server's history: a generation of its control data, and the number of an invalidation in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Which history this is; another one means that control data was lost and everything is invalid.
    pub generation: [u8; 16],
    /// The number of the last invalidation in it.
    pub sequence: u64,
}

/// An entry as the server keeps it: header, tags and payload in one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope(pub Vec<u8>);

/// What one read sees, all at the same moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Where the server's history stands; `None` where the control data is missing.
    pub stamp: Option<Stamp>,
    /// The entry; `None` where there is none.
    pub entry: Option<Envelope>,
    /// The token of each tag asked for, in that order; `None` where it is missing, which invalidates the entry.
    pub tokens: Vec<Option<Vec<u8>>>,
}

/// The right to fill an entry, which every invalidation of its key takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What proves the right.
    pub token: [u8; 16],
    /// Where the history stood when it was granted.
    pub granted: Stamp,
}

/// The answer to [`RemoteStore::acquire`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Acquired {
    /// Load, then fill with this lease.
    Granted(Lease),
    /// Somebody else loads, for at most this long.
    Busy(Duration),
    /// The entry has changed since it was read: read again.
    Changed,
}

/// The answer to [`RemoteStore::fill`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Filled {
    /// Stored.
    Stored(Stamp),
    /// Not stored: the lease was gone, or a tag or a pattern was invalidated since it was granted.
    Refused,
}

/// What an invalidation reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Target {
    /// An entry, by its key.
    Key(Vec<u8>),
    /// Whatever carries a tag; namespaces and spaces are tags that every entry carries.
    Tag(Vec<u8>),
}

/// A server that many nodes share.
///
/// Every operation ends within the budget that the adapter was built with; what cannot be reached is an error, never a
/// miss, so that the engine can tell the two apart.
#[async_trait]
pub trait RemoteStore: Send + Sync + Debug {
    /// Reads an entry with what decides its validity, in one round trip.
    ///
    /// # Errors
    /// Where the server cannot be reached in time.
    async fn read(&self, key: &[u8], tags: &[&[u8]]) -> Result<Snapshot, Error>;

    /// Asks for the right to fill an entry, in one round trip. `seen` is the entry as it was read.
    ///
    /// # Errors
    /// Where the server cannot be reached in time.
    async fn acquire(&self, key: &[u8], tags: &[&[u8]], seen: Option<&Envelope>) -> Result<Acquired, Error>;

    /// Stores an entry if its lease still stands, in one round trip.
    ///
    /// # Errors
    /// Where the server cannot be reached in time; whether it stored is then unknown, and sending again is safe.
    async fn fill(&self, key: &[u8], tags: &[&[u8]], lease: &Lease, entry: Envelope) -> Result<Filled, Error>;

    /// Gives a lease back after a load that stored nothing, in one round trip.
    ///
    /// # Errors
    /// Where the server cannot be reached in time; the lease then ends by its own time.
    async fn release(&self, key: &[u8], lease: &Lease) -> Result<(), Error>;

    /// Invalidates everything named, in one step and one round trip.
    ///
    /// # Errors
    /// Where the server did not confirm it in time; sending again is safe.
    async fn evict(&self, targets: &[Target]) -> Result<Stamp, Error>;

    /// Stores an entry whatever is there, and ends every load of it, in one round trip.
    ///
    /// # Errors
    /// Where the server did not confirm it in time.
    async fn set(&self, key: &[u8], tags: &[&[u8]], entry: Envelope) -> Result<Stamp, Error>;
}
