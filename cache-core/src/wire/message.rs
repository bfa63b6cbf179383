//! What an invalidation tells the other nodes: where the history stands then, and what was named.
//!
//! The server's script writes the stamp (generation, 16; sequence, 8), for only it knows the number; the node writes who
//! it is (16), by which it knows its own messages, and the operations: a count (2), then for each its kind (1), the length
//! of its name (2) and the name. Names are those of `names.rs`, and logical keys.

use crate::wire::reader::Reader;
use crate::wire::records::Stamp;

/// A message names this many operations at most; what has more says "everything".
pub(crate) const MAX_OPERATIONS: usize = 1024;

/// One thing that was invalidated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operation<'a> {
    /// The entry of a key.
    Key(&'a [u8]),
    /// Whatever lies on a token: a tag, a namespace, a space.
    Token(&'a [u8]),
    /// Entries of a namespace, by a pattern; the name is its token's.
    Pattern(&'a [u8]),
    /// Anything: there was too much to name.
    Everything,
}

impl<'a> Operation<'a> {
    const fn parts(&self) -> (u8, &'a [u8]) {
        match self {
            Operation::Key(name) => (b'k', name),
            Operation::Token(name) => (b't', name),
            Operation::Pattern(name) => (b'p', name),
            Operation::Everything => (b'*', b""),
        }
    }

    fn of(kind: u8, name: &'a [u8]) -> Option<Self> {
        match kind {
            b'k' => Some(Operation::Key(name)),
            b't' => Some(Operation::Token(name)),
            b'p' => Some(Operation::Pattern(name)),
            b'*' if name.is_empty() => Some(Operation::Everything),
            _ => None,
        }
    }
}

/// Tells the nodes apart; random.
pub(crate) type Node = [u8; 16];

/// A message, read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    /// Where the history stands with it.
    pub(crate) stamp: Stamp,
    pub(crate) node: Node,
    pub(crate) operations: Vec<Operation<'a>>,
}

/// What the node writes of a message.
pub(crate) fn encode(node: &Node, operations: &[Operation<'_>]) -> Vec<u8> {
    let nameable = |operation: &Operation<'_>| u16::try_from(operation.parts().1.len()).is_ok();
    if operations.len() > MAX_OPERATIONS || !operations.iter().all(nameable) {
        return encode(node, &[Operation::Everything]);
    }
    let mut bytes = node.to_vec();
    let length = |length: usize| u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    bytes.extend_from_slice(&length(operations.len()));
    for operation in operations {
        let (kind, name) = operation.parts();
        bytes.push(kind);
        bytes.extend_from_slice(&length(name.len()));
        bytes.extend_from_slice(name);
    }
    bytes
}

/// Reads a message; `None` where it is none of ours.
pub(crate) fn decode(bytes: &[u8]) -> Option<Message<'_>> {
    let mut reader = Reader(bytes);
    let stamp = Stamp { generation: reader.array()?, sequence: reader.u64()? };
    let node = reader.array()?;
    let count = usize::from(reader.u16()?);
    if count > MAX_OPERATIONS {
        return None;
    }
    let operations = (0..count).map(|_| Operation::of(reader.u8()?, reader.short()?)).collect::<Option<Vec<_>>>()?;
    reader.is_empty().then_some(Message { stamp, node, operations })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NODE: &[u8; 16] = b"nodenodenodenode";
    const HEAD: &[u8] = b"0123456789abcdef\0\0\0\0\0\0\x01\x02";

    fn operation() -> impl Strategy<Value = (u8, Vec<u8>)> {
        (prop::sample::select(vec![b'k', b't', b'p']), prop::collection::vec(any::<u8>(), 0..40))
    }

    #[test]
    fn the_bytes_of_a_message_are_these() {
        let operations = [
            Operation::Key(b"global:users:7"),
            Operation::Token(b"global:author:7"),
            Operation::Pattern(b"global:#users"),
            Operation::Everything,
        ];
        let expected = b"nodenodenodenode\0\x04k\0\x0eglobal:users:7t\0\x0fglobal:author:7p\0\x0dglobal:#users*\0\0";
        assert_eq!(encode(NODE, &operations), expected);
        let message = [HEAD, expected].concat();
        let stamp = Stamp { generation: *b"0123456789abcdef", sequence: 0x0102 };
        let read = Message { stamp, node: *NODE, operations: operations.to_vec() };
        assert_eq!(decode(&message), Some(read));
    }

    #[test]
    fn what_cannot_be_named_in_full_names_everything() {
        let many = vec![Operation::Key(b"k"); MAX_OPERATIONS + 1];
        assert_eq!(encode(NODE, &many), encode(NODE, &[Operation::Everything]));
        let long = vec![0; 70_000];
        assert_eq!(encode(NODE, &[Operation::Token(&long)]), encode(NODE, &[Operation::Everything]));
    }

    proptest! {
        #[test]
        fn operations_come_back(named in prop::collection::vec(operation(), 0..20)) {
            let operations: Vec<_> = named.iter().filter_map(|(kind, name)| Operation::of(*kind, name)).collect();
            let message = [HEAD, &encode(NODE, &operations)].concat();
            prop_assert_eq!(decode(&message).map(|message| message.operations), Some(operations));
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes: Vec<u8>) {
            let _ = decode(&bytes);
        }

        #[test]
        fn a_forged_count_or_length_is_refused(count: u16, length: u16, rest in prop::collection::vec(any::<u8>(), 0..8)) {
            let operations = [NODE, &count.to_be_bytes()[..], b"k", &length.to_be_bytes(), &rest].concat();
            let fits = count == 1 && usize::from(length) == rest.len();
            prop_assert_eq!(decode(&[HEAD, &operations].concat()).is_some(), fits);
        }
    }
}
