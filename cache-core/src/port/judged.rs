//! The operations that judge an entry on the server, for whoever does not bring it along: what they are asked, and answer.
//!
//! An entry counts where it may be served, by the rule that reads go by. Whatever else stands under its name, of another
//! history, invalidated, ended, altered, cut or foreign, counts as nothing.

use std::time::Duration;

/// An entry that may be served, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// Its full key, which a long logical key has only the head and the hash of.
    pub key: Box<[u8]>,
    /// How long it lasts; `None`: for ever.
    pub left: Option<Duration>,
}
