//! The finished key: its bytes and their hash, owned or on the stack.

use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher};

use equivalent::Equivalent;
use foldhash::fast::RandomState;

use crate::model::key::{self, KeyWriter};
use crate::model::key_buffer::KeyBuffer;

/// The longest key behind its space and namespace that is kept as it is.
const MAX_READABLE: usize = 200;
/// How much of a longer one stays readable in front of its hash.
const HEAD: usize = 128;
/// Between the head and the hash. Escaping makes it unreachable for keys, so a short key is never taken for a hashed one.
pub(crate) const HASH_MARK: u8 = b'#';
/// How many bytes the hash has: 256 bits in hexadecimal digits.
const HASH: usize = 64;

/// A key on its way to a look-up, in the buffer it was written to.
#[derive(Debug)]
pub(crate) struct BorrowedKey<'a> {
    hash: u64,
    /// As in [`Finished`].
    all: &'a [u8],
}

/// The bytes of a finished key, and behind them, where they end in a hash, the whole one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finished<'a> {
    all: &'a [u8],
    end: usize,
}

/// A key that something holds.
///
/// As small as it can be, for every look-up goes over the keys that lie beside its own: where the bytes end is seen by
/// their hash mark.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct EntryKey {
    hash: u64,
    /// As in [`Finished`].
    all: Box<[u8]>,
}

/// Ends a key, in place: a long one keeps its head and ends in a 256-bit hash of the whole.
#[inline]
pub(crate) fn finish<'key>(writer: &'key mut KeyWriter<'_>) -> Finished<'key> {
    let (buffer, start) = writer.parts();
    let end = if buffer.len() - start > MAX_READABLE { shorten(buffer, start) } else { buffer.len() };
    Finished { all: buffer.as_slice(), end }
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

impl<'a> Finished<'a> {
    #[inline]
    pub(crate) fn bytes(&self) -> &'a [u8] {
        &self.all[..self.end]
    }
}

impl<'a> BorrowedKey<'a> {
    #[inline]
    pub(crate) fn new(finished: Finished<'a>, hasher: &RandomState) -> Self {
        let mut hash = hasher.build_hasher();
        hash.write(finished.bytes());
        Self { hash: hash.finish(), all: finished.all }
    }

    /// Whether it lacks a hash.
    #[cold]
    pub(crate) fn lacks_secret(&self) -> bool {
        key::lacks_secret(self.all)
    }

    #[cold]
    pub(crate) fn to_owned(&self) -> EntryKey {
        EntryKey { hash: self.hash, all: self.all.into() }
    }
}

/// A key as other nodes name it: of a long one its head and the hash of the whole.
#[derive(Debug)]
pub(crate) struct NamedKey<'a> {
    hash: u64,
    bytes: &'a [u8],
}

impl<'a> NamedKey<'a> {
    pub(crate) fn new(bytes: &'a [u8], hasher: &RandomState) -> Self {
        let mut hash = hasher.build_hasher();
        hash.write(bytes);
        Self { hash: hash.finish(), bytes }
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }
}

impl EntryKey {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.all[..self.end().unwrap_or(self.all.len())]
    }

    /// The whole key, where `bytes` ends in a hash of it.
    pub(crate) fn full(&self) -> &[u8] {
        &self.all[self.end().unwrap_or_default()..]
    }

    /// Where the bytes end and the whole key begins, in a long one.
    fn end(&self) -> Option<usize> {
        let mark = self.all.iter().position(|byte| *byte == HASH_MARK)?;
        Some(mark + 1 + HASH)
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    /// Whether it lacks a hash.
    pub(crate) fn lacks_secret(&self) -> bool {
        key::lacks_secret(&self.all)
    }
}

impl BorrowedKey<'_> {
    #[inline]
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
        self.hash == key.hash && self.all == &*key.all
    }
}

impl Hash for NamedKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl Equivalent<EntryKey> for NamedKey<'_> {
    fn equivalent(&self, key: &EntryKey) -> bool {
        self.hash == key.hash && self.bytes == key.bytes()
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
    use crate::model::key_secret::OF_PROCESS;
    use crate::model::namespace::Namespace;
    use crate::model::space::Space;

    fn key(text: &str) -> String {
        let mut writer = KeyWriter::begin(&Space::Global, &Namespace::literal("users"), &OF_PROCESS);
        text.write_whole_key(&mut writer);
        String::from_utf8(finish(&mut writer).bytes().to_vec()).expect("the parts of a key are UTF-8")
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
    fn a_held_key_tells_its_bytes_from_the_whole() {
        for length in [1, 200, 201, 1_000] {
            let text = "k".repeat(length);
            let mut writer = KeyWriter::begin(&Space::Global, &Namespace::literal("users"), &OF_PROCESS);
            text.write_whole_key(&mut writer);
            let held = BorrowedKey::new(finish(&mut writer), &RandomState::default()).to_owned();
            assert_eq!(held.bytes(), key(&text).as_bytes());
            assert_eq!(held.full(), format!("global:users:{text}").as_bytes());
        }
    }

    #[test]
    fn a_key_is_the_same_as_the_one_that_others_name() {
        let hasher = RandomState::default();
        for length in [1, 200, 201, 1_000] {
            let mut writer = KeyWriter::begin(&Space::Global, &Namespace::literal("users"), &OF_PROCESS);
            "k".repeat(length).write_whole_key(&mut writer);
            let held = BorrowedKey::new(finish(&mut writer), &hasher).to_owned();
            let bytes = held.bytes().to_vec();
            let named = NamedKey::new(&bytes, &hasher);
            assert!(named.equivalent(&held) && named.hash() == held.hash());
            assert!(!NamedKey::new(&bytes[1..], &hasher).equivalent(&held));
        }
    }

    #[test]
    fn long_keys_that_differ_only_at_the_end_stay_apart() {
        let head = "k".repeat(300);
        assert_ne!(key(&format!("{head}1")), key(&format!("{head}2")));
    }
}
