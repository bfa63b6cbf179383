//! What a node tells of its calls: 32 bytes for each.
//!
//! A read is stamped *before* it is called, and a write *after* it has returned. A node that is held up in between has a
//! read that seems to begin earlier than it did, and a write that seems to have returned later: either way the read is
//! held to fewer writes than it might be, so what is found is never a fault of the measuring.

use std::ops::AddAssign;

use crate::clock::Moment;

/// How many bytes a record has.
pub(crate) const BYTES: usize = 32;

/// A read that was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) node: u8,
    pub(crate) key: u8,
    pub(crate) version: u32,
    pub(crate) answered: Answered,
    pub(crate) start: Moment,
    pub(crate) end: Moment,
}

/// What answered a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answered {
    /// The node's memory.
    Memory,
    /// The second level.
    Remote,
    /// Its own body.
    Load,
    /// Its own body, while the second level could not be asked.
    LoadAlone,
    /// Another call's load: it asked for nothing from memory.
    Shared,
    /// Another call's load, or memory, where the value came between two looks: nobody can tell.
    SharedOrMemory,
}

impl Answered {
    pub(crate) const ALL: [Self; 6] =
        [Self::Memory, Self::Remote, Self::Load, Self::LoadAlone, Self::Shared, Self::SharedOrMemory];

    pub(crate) fn is_load(self) -> bool {
        matches!(self, Self::Load | Self::LoadAlone)
    }

    pub(crate) fn is_shared(self) -> bool {
        matches!(self, Self::Shared | Self::SharedOrMemory)
    }

    pub(crate) fn may_be_memory(self) -> bool {
        matches!(self, Self::Memory | Self::SharedOrMemory)
    }
}

/// A write that has returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Write {
    pub(crate) node: u8,
    pub(crate) key: u8,
    /// What the source holds since.
    pub(crate) version: u32,
    pub(crate) way: Way,
    pub(crate) start: Moment,
    /// From then on it counts for its own node.
    pub(crate) returned: Moment,
    /// From then on it counts for the others: when it had returned and its node had nothing undelivered. While the server
    /// does not take an invalidation, other nodes may be given the old value, as the documentation says.
    pub(crate) delivered: Moment,
}

/// Every way to invalidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    Key,
    Tag,
    /// Through the handle instead of an annotation.
    TagByHand,
    Pattern,
    All,
    /// The namespace above.
    AllAbove,
    Clear,
    Put,
    /// Its key is known from its result only.
    PutByResult,
    /// A key, through the handle.
    RemoveByHand,
    /// A put, through the handle.
    PutByHand,
}

/// What a node has counted when it ends. One that is killed tells nothing of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    /// Messages that came.
    pub(crate) messages: u64,
    /// How often messages were missing.
    pub(crate) gaps: u64,
    /// How often it had lost the history.
    pub(crate) losses: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.gaps += other.gaps;
        self.losses += other.losses;
    }
}

impl Way {
    pub(crate) fn is_put(self) -> bool {
        matches!(self, Self::Put | Self::PutByResult | Self::PutByHand)
    }

    pub(crate) const ALL: [Self; 11] = [
        Self::Key,
        Self::Tag,
        Self::TagByHand,
        Self::Pattern,
        Self::All,
        Self::AllAbove,
        Self::Clear,
        Self::Put,
        Self::PutByResult,
        Self::RemoveByHand,
        Self::PutByHand,
    ];
}

/// What a node tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Record {
    /// It has reached its server, and begins.
    Ready,
    Read(Read),
    Write(Write),
    End(Counts),
}

impl Record {
    pub(crate) fn encode(self) -> [u8; BYTES] {
        match self {
            Self::Ready => [0; BYTES],
            Self::Read(Read { node, key, version, answered, start, end }) => {
                encode([1, node, key, answered as u8], version, [start, end, Moment(0)])
            }
            Self::Write(Write { node, key, version, way, start, returned, delivered }) => {
                encode([2, node, key, way as u8], version, [start, returned, delivered])
            }
            Self::End(Counts { messages, gaps, losses }) => {
                encode([3, 0, 0, 0], 0, [messages, gaps, losses].map(Moment))
            }
        }
    }

    pub(crate) fn decode(bytes: &[u8; BYTES]) -> Self {
        let [kind, node, key, how, ..] = *bytes;
        let version = u32::from_be_bytes(*bytes[4..].first_chunk().expect("it is long enough"));
        let moment = |at: usize| Moment(u64::from_be_bytes(*bytes[at..].first_chunk().expect("it is long enough")));
        let (start, end, last, how) = (moment(8), moment(16), moment(24), usize::from(how));
        match kind {
            0 => Self::Ready,
            1 => Self::Read(Read { node, key, version, answered: Answered::ALL[how], start, end }),
            2 => Self::Write(Write { node, key, version, way: Way::ALL[how], start, returned: end, delivered: last }),
            3 => Self::End(Counts { messages: start.0, gaps: end.0, losses: last.0 }),
            other => panic!("no record begins with {other}"),
        }
    }
}

fn encode(head: [u8; 4], version: u32, moments: [Moment; 3]) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    bytes[..4].copy_from_slice(&head);
    bytes[4..8].copy_from_slice(&version.to_be_bytes());
    for (at, moment) in (8..).step_by(8).zip(moments) {
        bytes[at..at + 8].copy_from_slice(&moment.0.to_be_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let (start, end) = (Moment(1), Moment(u64::MAX));
        for record in Answered::ALL
            .map(|answered| Record::Read(Read { node: 1, key: 2, version: 70_000, answered, start, end }))
            .into_iter()
            .chain(Way::ALL.map(|way| {
                Record::Write(Write { node: 9, key: 8, version: 7, way, start, returned: Moment(6), delivered: end })
            }))
            .chain([Record::Ready, Record::End(Counts { messages: 1, gaps: 2, losses: 3 })])
        {
            assert_eq!(Record::decode(&record.encode()), record);
        }
    }
}
