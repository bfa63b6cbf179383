//! The finished key: its bytes and their hash, owned or on the stack.

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};

use equivalent::Equivalent;
use foldhash::fast::RandomState;

use crate::model::key::KeyWriter;
use crate::model::key_buffer::KeyBuffer;

/// The longest key behind its space and namespace that is kept as it is.
const MAX_READABLE: usize = 200;
/// How much of a longer one stays readable in front of its hash.
const HEAD: usize = 128;
/// Between the head and the hash. Escaping makes it unreachable for keys, so a short key is never taken for a hashed one.
pub(crate) const HASH_MARK: u8 = b'#';

/// A key on its way to a look-up, in the buffer it was written to.
#[derive(Debug)]
pub(crate) struct BorrowedKey<'a> {
    hash: u64,
    finished: Finished<'a>,
}

/// The bytes of a finished key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finished<'a> {
    pub(crate) bytes: &'a [u8],
    /// The whole, where `bytes` ends in a hash; else empty.
    full: &'a [u8],
}

/// A key that something holds.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct EntryKey {
    hash: u64,
    bytes: Box<[u8]>,
    full: Option<Box<[u8]>>,
}

/// Ends a key, in place: a long one keeps its head and ends in a 256-bit hash of the whole.
#[inline]
pub(crate) fn finish(writer: &mut KeyWriter) -> Finished<'_> {
    let (buffer, start) = writer.parts();
    let end = if buffer.len() - start > MAX_READABLE { shorten(buffer, start) } else { buffer.len() };
    let (bytes, full) = buffer.as_slice().split_at(end);
    Finished { bytes, full }
}

/// Puts the short key in front of the whole one, and says where it ends.
#[cold]
fn shorten(bytes: &mut KeyBuffer, start: usize) -> usize {
    let full = bytes.as_slice().to_vec();
    bytes.truncate(start + HEAD);
    bytes.push_byte(HASH_MARK);
    bytes.push(blake3::hash(&full).to_hex().as_bytes());
    let end = bytes.len();
    bytes.push(&full);
    end
}

impl<'a> BorrowedKey<'a> {
    #[inline]
    pub(crate) fn new(finished: Finished<'a>, hasher: &RandomState) -> Self {
        let mut hash = hasher.build_hasher();
        hash.write(finished.bytes);
        Self { hash: hash.finish(), finished }
    }

    #[cold]
    pub(crate) fn to_owned(&self) -> EntryKey {
        let Finished { bytes, full } = self.finished;
        EntryKey { hash: self.hash, bytes: bytes.into(), full: (!full.is_empty()).then(|| full.into()) }
    }
}

impl EntryKey {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The whole key, where `bytes` ends in a hash of it.
    pub(crate) fn full(&self) -> &[u8] {
        self.full.as_deref().unwrap_or(&self.bytes)
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }
}

/// Without its bytes, which may be secret.
impl fmt::Debug for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryKey({:016x})", self.hash)
    }
}

impl Hash for EntryKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Hash for BorrowedKey<'_> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Equivalent<EntryKey> for BorrowedKey<'_> {
    #[inline]
    fn equivalent(&self, key: &EntryKey) -> bool {
        self.hash == key.hash && self.finished.bytes == &*key.bytes
    }
}

/// Passes on the hash that a key carries.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct CarriedHash(u64);

impl Hasher for CarriedHash {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
    #[inline]
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("keys write their hash as one u64");
    }
}

impl BuildHasher for CarriedHash {
    type Hasher = Self;
    #[inline]
    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::key::CacheKey;
    use crate::model::namespace::Namespace;
    use crate::model::space::Space;

    fn key(text: &str) -> String {
        let mut writer = KeyWriter::begin(Space::Global, Namespace::literal("users"));
        text.write_whole_key(&mut writer);
        String::from_utf8(finish(&mut writer).bytes.to_vec()).expect("the parts of a key are UTF-8")
    }

    #[test]
    fn a_key_stands_behind_its_space_and_namespace() {
        assert_eq!(key("42"), "global:users:42");
    }

    #[test]
    fn a_key_of_200_bytes_is_kept_and_a_longer_one_ends_in_a_hash() {
        let (kept, hashed) = ("k".repeat(200), "k".repeat(201));
        assert_eq!(key(&kept), format!("global:users:{kept}"));
        let hashed = key(&hashed);
        let (head, hash) = hashed.split_once('#').expect("a long key has a hash");
        assert_eq!(head, format!("global:users:{}", "k".repeat(128)));
        assert_eq!(hash.len(), 64);
    }

    #[test]
    fn long_keys_that_differ_only_at_the_end_stay_apart() {
        let head = "k".repeat(300);
        assert_ne!(key(&format!("{head}1")), key(&format!("{head}2")));
    }
}
