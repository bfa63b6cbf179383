//! Whether an entry may be served, as the server judges where nobody brings the entry along: rule V, with the names of the
//! tokens computed from the key and the entry's tags.

use crate::decisions::records;
use crate::fake::history;
use crate::fake::operations::Step;
use crate::wire::envelope::{self, Content, Envelope, Header, Sliding};
use crate::wire::names::TokenNames;
use crate::wire::records::Stamp;

/// An entry that may be served.
pub(super) struct Judged {
    /// Where the history stands.
    pub(super) at: Stamp,
    pub(super) header: Header,
    pub(super) sliding: Option<Sliding>,
    pub(super) content: Content,
    pub(super) fingerprint: [u8; 16],
    /// The names of its tokens.
    pub(super) tokens: Vec<Box<[u8]>>,
    pub(super) full_key: Box<[u8]>,
    pub(super) bytes: Vec<u8>,
}

impl Step<'_> {
    /// The entry of a logical key, where it may be served.
    pub(super) fn judged(&self, key: &[u8]) -> Option<Judged> {
        let at = history::stands(self.keys, &self.control())?;
        let bytes = self.keys.bytes(&self.entry(key))?;
        let Envelope { header, sliding, content, fingerprint, tags, key: full_key, .. } =
            envelope::open_unchecked(bytes).ok()?;
        let TokenNames(tokens) = TokenNames::of_entry(key, &tags).filter(|_| is_its_own(full_key, key))?;
        let found = tokens.iter().map(|name| history::token(self.keys, &self.token(name), at));
        if !records::servable(&header, Some(at), found, self.keys.now) {
            return None;
        }
        let (full_key, bytes) = (full_key.into(), bytes.to_vec());
        Some(Judged { at, header, sliding, content, fingerprint, tokens, full_key, bytes })
    }
}

/// Whether an entry with this key in it may stand under that one: a long key has only its head there, and a hash.
fn is_its_own(full: &[u8], key: &[u8]) -> bool {
    let mark = key.iter().position(|byte| *byte == b'#');
    full == key || mark.is_some_and(|mark| full.starts_with(&key[..mark]))
}
