//! Whether an entry may be served, as the server judges where nobody brings the entry along: rule V, with the names of the
//! tokens computed from the key and the entry's tags.

use crate::decisions::records;
use crate::fake::history;
use crate::fake::operations::Step;
use crate::wire::envelope::{self, Content, Envelope, Header, Sliding};
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
        let tokens = names_of_tokens(key, &tags).filter(|_| is_its_own(full_key, key))?;
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

/// The names of the tokens of an entry with this key and these tags. By bytes, as a script does it.
fn names_of_tokens(key: &[u8], tags: &[&[u8]]) -> Option<Vec<Box<[u8]>>> {
    const TENANT: &[u8] = b"tenant:";
    let colon = |from: usize| Some(from + key.get(from..)?.iter().position(|byte| *byte == b':')?);
    let space_ends = colon(if key.starts_with(TENANT) { TENANT.len() } else { 0 })?;
    let namespace_ends = colon(space_ends + 1)?;
    let (space, namespace) = (&key[..space_ends], &key[space_ends + 1..namespace_ends]);
    let slashes = namespace.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    let levels = slashes.chain([namespace.len()]).map(|end| &namespace[..end]);
    let name = |parts: &[&[u8]]| Box::from(parts.concat());
    let mut names: Vec<Box<[u8]>> = vec![name(&[space, b":#"])];
    for level in levels {
        names.extend([name(&[space, b":#", level]), name(&[b"*:#", level])]);
    }
    names.extend(tags.iter().map(|tag| match tag.strip_prefix(b"#") {
        Some(across) => name(&[b"*:", across]),
        None => name(&[space, b":", tag]),
    }));
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::namespace::Namespace;
    use crate::model::space::Space;
    use crate::wire::names::TokenNames;

    #[test]
    fn the_tokens_are_those_that_a_node_asks_for() {
        let tags = [&b"author:7"[..], b"#x", b""];
        let mut names = names_of_tokens(b"global:a/b:user:7", &tags).expect("a key");
        let mut asked = TokenNames::of(Space::Global, Namespace::literal("a/b"), tags).0;
        names.sort();
        asked.sort();
        assert_eq!(names, asked);
    }

    #[test]
    fn a_tenants_space_has_two_parts() {
        let names = names_of_tokens(b"tenant:acme:users:7", &[b"x"]).expect("a key");
        let text: Vec<_> = names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        assert_eq!(text, ["tenant:acme:#", "tenant:acme:#users", "*:#users", "tenant:acme:x"]);
        for key in [&b""[..], b"global", b"global:users", b"tenant:acme:users"] {
            assert_eq!(names_of_tokens(key, &[]), None);
        }
    }
}
