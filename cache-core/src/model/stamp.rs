//! Where the history of a server stands.

/// A place in the server's history: a generation of its control data, and the number of an invalidation in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Which history this is; another one means that control data was lost and everything is invalid.
    pub generation: [u8; 16],
    /// The number of the last invalidation in it.
    pub sequence: u64,
}

impl Stamp {
    /// The earlier of two places; `None` where they are in different histories.
    pub(crate) fn earlier(self, other: Self) -> Option<Self> {
        let sequence = self.sequence.min(other.sequence);
        (self.generation == other.generation).then_some(Self { sequence, ..self })
    }
}

/// Where a node stands. `None`: it has lost the history, and nothing in its memory is confirmed.
pub(crate) type Position = Option<Stamp>;
