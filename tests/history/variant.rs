//! What runs, and how it is broken where it is to be shown that the judge finds that.

use std::time::Duration;

/// The name that all caches share.
pub(crate) const NAME: &str = "history";

/// How far memory may be behind by what is judged.
pub(crate) const BOUND: Duration = Duration::from_millis(400);

/// The system under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// The library as it is.
    Sound,
    /// Nodes that are told nothing and ask nothing: messages are held back, and the poll comes once in minutes.
    Deaf,
    /// Nodes that remove the entry from the server after they have written, and invalidate nothing.
    Unlink,
    /// Nodes whose late loads are let in.
    Unfenced,
}

impl Variant {
    pub(crate) const ALL: [Self; 4] = [Self::Sound, Self::Deaf, Self::Unlink, Self::Unfenced];

    /// How far the nodes let memory be behind.
    pub(crate) fn staleness(self) -> Duration {
        if self == Self::Deaf { Duration::from_hours(1) } else { BOUND }
    }
}
