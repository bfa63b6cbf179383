//! The control data of a server: where its history stands, since when a tag is valid, who may fill an entry.
//!
//! All integers are big-endian. Every number stands twice: bytes that were altered in one place do not read as another,
//! smaller or larger number, but as nothing, and nothing only ever costs misses.
//!
//! | record | bytes | content |
//! |---|---|---|
//! | control | 32 | generation (16), sequence (8), sequence again |
//! | token | 48 | generation (16), minted (8), barrier (8), minted and barrier again |
//! | lease | 49 | id (16), generation (16), sequence (8), sequence again, kind (1): `R` or `W` |
//!
//! On the server a token ends with the full name that it stands under, which the adapter compares: one that was brought
//! under another's name, by whatever mistake, might be older than that tag's last invalidation, and so counts as missing.

use crate::wire::reader::Reader;

/// Tells one history of a server from the next; random.
pub(crate) type Generation = [u8; 16];

pub use crate::model::stamp::Stamp;

/// Since when a tag is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) generation: Generation,
    /// The sequence at which it was minted: an entry whose load began earlier may have missed an invalidation.
    pub(crate) minted: u64,
    /// The last invalidation by pattern: a load that began earlier is not stored. At least `minted`.
    pub(crate) barrier: u64,
}

/// The right to fill an entry, as the server keeps it: only its scripts look at it.
#[cfg(any(test, feature = "testing"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LeaseRecord {
    pub(crate) id: [u8; 16],
    pub(crate) granted: Stamp,
    pub(crate) kind: u8,
}

impl Stamp {
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let generation = reader.array()?;
        let sequence = twice([reader.u64()?], [reader.u64()?])?[0];
        reader.is_empty().then_some(Self { generation, sequence })
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn encode(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&self.generation);
        bytes[16..24].copy_from_slice(&self.sequence.to_be_bytes());
        bytes[24..].copy_from_slice(&self.sequence.to_be_bytes());
        bytes
    }
}

impl Token {
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let generation = reader.array()?;
        let [minted, barrier] = twice([reader.u64()?, reader.u64()?], [reader.u64()?, reader.u64()?])?;
        reader.is_empty().then_some(Self { generation, minted, barrier })
    }

    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn encode(&self) -> [u8; 48] {
        let mut bytes = [0; 48];
        bytes[..16].copy_from_slice(&self.generation);
        for at in [16, 32] {
            bytes[at..at + 8].copy_from_slice(&self.minted.to_be_bytes());
            bytes[at + 8..at + 16].copy_from_slice(&self.barrier.to_be_bytes());
        }
        bytes
    }
}

#[cfg(any(test, feature = "testing"))]
impl LeaseRecord {
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let (id, generation) = (reader.array()?, reader.array()?);
        let sequence = twice([reader.u64()?], [reader.u64()?])?[0];
        let kind = reader.u8()?;
        reader.is_empty().then_some(Self { id, granted: Stamp { generation, sequence }, kind })
    }

    pub(crate) fn encode(&self) -> [u8; 49] {
        let mut bytes = [0; 49];
        bytes[..16].copy_from_slice(&self.id);
        bytes[16..48].copy_from_slice(&self.granted.encode());
        bytes[48] = self.kind;
        bytes
    }
}

/// Numbers that stand twice; `None` where the two differ.
pub(crate) fn twice<const N: usize>(once: [u64; N], again: [u64; N]) -> Option<[u64; N]> {
    (once == again).then_some(once)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STAMP: Stamp = Stamp { generation: *b"0123456789abcdef", sequence: 0x0102 };

    #[test]
    fn the_bytes_of_the_records_are_these() {
        assert_eq!(&STAMP.encode(), b"0123456789abcdef\0\0\0\0\0\0\x01\x02\0\0\0\0\0\0\x01\x02");
        let token = Token { generation: STAMP.generation, minted: 1, barrier: 2 };
        let numbers = b"\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02";
        assert_eq!(token.encode()[..], [&STAMP.generation[..], numbers, numbers].concat());
        let lease = LeaseRecord { id: *b"ABCDEFGHIJKLMNOP", granted: STAMP, kind: b'W' };
        assert_eq!(lease.encode()[..], [b"ABCDEFGHIJKLMNOP", &STAMP.encode()[..], b"W"].concat());
    }

    proptest! {
        #[test]
        fn records_come_back(generation: [u8; 16], id: [u8; 16], minted: u64, barrier: u64, kind: u8) {
            let stamp = Stamp { generation, sequence: minted };
            prop_assert_eq!(Stamp::decode(&stamp.encode()), Some(stamp));
            let token = Token { generation, minted, barrier };
            prop_assert_eq!(Token::decode(&token.encode()), Some(token));
            let lease = LeaseRecord { id, granted: stamp, kind };
            prop_assert_eq!(LeaseRecord::decode(&lease.encode()), Some(lease));
        }

        #[test]
        fn no_altered_byte_reads_as_another_number(sequence: u64, at in 16_usize..32, flip in 1_u8..) {
            let mut bytes = Stamp { sequence, ..STAMP }.encode();
            bytes[at] ^= flip;
            prop_assert_eq!(Stamp::decode(&bytes), None);
        }

        #[test]
        fn any_bytes_are_read_without_harm(bytes: Vec<u8>) {
            let _ = (Stamp::decode(&bytes), Token::decode(&bytes), LeaseRecord::decode(&bytes));
        }
    }
}
