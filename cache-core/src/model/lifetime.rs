//! [`Lifetime`]: how long an entry lives.

use std::time::Duration;

/// How long an entry lives from now on; see [`Namespace::ttl`](crate::Namespace::ttl).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifetime {
    /// So long.
    For(Duration),
    /// Until it is invalidated, or its level makes room for others.
    ForEver,
}

impl Lifetime {
    /// `None`: for ever.
    pub(crate) fn of(left: Option<Duration>) -> Self {
        left.map_or(Lifetime::ForEver, Lifetime::For)
    }
}
