//! The operations that judge an entry on the server, for whoever does not bring it along: what they are asked, and answer.
//!
//! An entry counts where it may be served, by the rule that reads go by. Whatever else stands under its name, of another
//! history, invalidated, ended, altered, cut or foreign, counts as nothing.

use std::time::Duration;

use crate::port::remote::Read;
use crate::wire::envelope::Sealed;
use crate::wire::records::Stamp;

/// An entry that may be served, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// Its full key, which a long logical key has only the head and the hash of.
    pub key: Box<[u8]>,
    /// How long it lasts; `None`: for ever.
    pub left: Option<Duration>,
}

/// A value that is to be removed and handed out.
#[derive(Debug, Clone, Copy)]
pub struct Take<'a> {
    /// The logical key.
    pub key: &'a [u8],
    /// The shape that the value must have: another is left where it is.
    pub fingerprint: [u8; 16],
    /// What the other nodes are told.
    pub message: &'a [u8],
}

/// The answer to [`RemoteStore::take`](crate::port::RemoteStore::take).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Nothing was done: there is no valid entry with a value of this shape.
    Nothing,
    /// The whole entry, which has been invalidated at this place in the history.
    Entry(Stamp, Vec<u8>),
}

/// An entry that is to end at another time.
#[derive(Debug, Clone, Copy)]
pub struct Expire<'a> {
    /// The logical key.
    pub key: &'a [u8],
    /// When it ends.
    pub to: Until,
    /// What the other nodes are told where its end comes nearer.
    pub message: &'a [u8],
}

/// When an entry ends. Where reads put its end off, it is the last moment to which they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// After this long, by the server's clock; zero: now.
    In(Duration),
    /// At this moment, in milliseconds of Unix time by the server's clock; what is past: now.
    At(u64),
    /// Never.
    Never,
}

/// The answer to [`RemoteStore::expire`](crate::port::RemoteStore::expire).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// Nothing was done: there is no valid entry.
    Missing,
    /// It ends later than before or at the same time, which nobody else needs to know.
    Later,
    /// It ends earlier, or was removed: copies of it have been invalidated at this place in the history.
    Earlier(Stamp),
}

/// An entry that is to stand under another key.
#[derive(Debug, Clone, Copy)]
pub struct Rename<'a> {
    /// The logical key under which it stands.
    pub from: &'a [u8],
    /// The other one, and every token that the entry will lie on. What stands there is overwritten.
    pub to: Read<'a>,
    /// The header of the entry that the caller read: its first bytes, as many as a header has.
    pub seen: &'a [u8],
    /// That entry with the other key in it. Reads put its end off exactly if they did before.
    pub entry: &'a Sealed,
    /// What the other nodes are told.
    pub message: &'a [u8],
}

/// The answer to [`RemoteStore::rename`](crate::port::RemoteStore::rename).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renamed {
    /// It stands under the other key since this place in the history, and ends when it would have.
    Done(Stamp),
    /// Nothing was done: it is another entry than the one that was read. Read again.
    Changed,
    /// Nothing was done: there is no valid entry.
    Missing,
}
