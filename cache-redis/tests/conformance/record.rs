//! The bytes of control record, tokens, leases and entries, and whether an entry may be served.
//!
//! Read here by hand, and not with the core's reader: the layout is a promise between releases.

use cache_core::port::{Snapshot, Stamp};

/// The server writes so many bytes of an entry.
pub(crate) const HEADER: usize = 67;

/// What the server writes of an entry, behind the mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) generation: [u8; 16],
    pub(crate) load: u64,
    pub(crate) fill: u64,
    pub(crate) expires_at: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) generation: [u8; 16],
    pub(crate) minted: u64,
    pub(crate) barrier: u64,
}

/// Generation (16), sequence twice.
pub(crate) fn stamp(bytes: &[u8]) -> Option<Stamp> {
    let (generation, [sequence]) = generation_and_numbers(bytes)?;
    Some(Stamp { generation, sequence })
}

/// Generation (16), minted and barrier, twice.
pub(crate) fn token(bytes: &[u8]) -> Option<Token> {
    let (generation, [minted, barrier]) = generation_and_numbers(bytes)?;
    Some(Token { generation, minted, barrier })
}

/// Mark (3), generation (16), the load's and the fill's sequence and the end, twice; then the node's bytes.
pub(crate) fn header(entry: &[u8]) -> Option<Header> {
    let bytes = entry.get(..HEADER)?.strip_prefix(b"L1\x01")?;
    let (generation, [load, fill, expires_at]) = generation_and_numbers(bytes)?;
    Some(Header { generation, load, fill, expires_at })
}

fn generation_and_numbers<const N: usize>(bytes: &[u8]) -> Option<([u8; 16], [u64; N])> {
    let (generation, numbers) = bytes.split_first_chunk()?;
    let (once, again) = numbers.split_at(numbers.len() / 2);
    if once.len() != N * 8 || once != again {
        return None;
    }
    let mut read = [0; N];
    for (number, bytes) in read.iter_mut().zip(once.chunks_exact(8)) {
        *number = u64::from_be_bytes(bytes.try_into().ok()?);
    }
    Some((*generation, read))
}

/// The node's bytes of an entry that may be served: nothing that it lies on was lost or invalidated since its load began.
pub(crate) fn servable(snapshot: &Snapshot) -> Option<Vec<u8>> {
    let entry = snapshot.entry.as_deref()?;
    let (header, control) = (header(entry)?, stamp(snapshot.control.as_deref()?)?);
    let tokens_allow = snapshot.tokens.iter().all(|bytes| {
        let token = bytes.as_deref().and_then(token);
        token.is_some_and(|token| token.generation == control.generation && token.minted <= header.load)
    });
    let is_over = header.expires_at != 0 && header.expires_at <= snapshot.server_now;
    let valid = header.generation == control.generation && tokens_allow && !is_over;
    valid.then(|| entry[HEADER..].to_vec())
}
