//! Entries as nodes seal them: servers that judge an entry by themselves look into its tags and its key.

use std::time::Duration;

use cache_core::port::{Inspected, Read, Sealed, Set, Stamp, When};

use crate::bench::{Bench, LIMIT};
use crate::steps::{MESSAGE, TTL, stored};

/// Where the node's bytes begin in an entry whose end reads do not put off.
pub(crate) const BODY: usize = 67;
pub(crate) const FINGERPRINT: [u8; 16] = *b"FINGERPRINTBYTES";

/// An entry that a test stores, and may store differently.
#[derive(Debug, Clone)]
pub(crate) struct Whole<'a> {
    pub(crate) key: &'a str,
    /// What stands in the entry, where that is not the key.
    pub(crate) full_key: Option<&'a str>,
    pub(crate) tags: &'a [&'a str],
    /// The names of its tokens, but for those of declared tags.
    pub(crate) implicit: &'a [&'a str],
    pub(crate) ttl: Option<Duration>,
    pub(crate) idle: Option<Duration>,
    pub(crate) flags: u8,
}

/// In the namespace `users` of everybody's space.
pub(crate) const PLAIN: Whole<'static> = Whole {
    key: "global:users:7",
    full_key: None,
    tags: &[],
    implicit: &["global:#", "global:#users", "*:#users"],
    ttl: Some(TTL),
    idle: None,
    flags: 1,
};

impl<'a> Whole<'a> {
    pub(crate) fn of(key: &'a str, tags: &'a [&'a str]) -> Self {
        Whole { key, tags, ..PLAIN }
    }

    /// As a node writes it. No server computes the checksum.
    pub(crate) fn sealed(&self) -> Sealed {
        let key = self.full_key.unwrap_or(self.key);
        let length = |length: usize| u16::try_from(length).expect("it is short").to_be_bytes();
        let mut body = [&[0; 8][..], &FINGERPRINT, &length(self.tags.len())].concat();
        for tag in self.tags {
            body.extend(length(tag.len()));
            body.extend(tag.as_bytes());
        }
        body.extend([&[0, 0], &length(key.len())[..]].concat());
        body.extend(key.as_bytes());
        body.extend(b"payload");
        let flags = self.flags | if self.idle.is_some() { 0x80 } else { 0 };
        Sealed { mark: [b'L', b'1', flags], body, idle: self.idle }
    }

    /// The names of its tokens.
    pub(crate) fn tokens(&self) -> Vec<Box<[u8]>> {
        let space = self.implicit[0].trim_end_matches('#');
        let declared = self.tags.iter().map(|tag| match (tag.strip_prefix("##"), tag.strip_prefix('#')) {
            (Some(whole), _) => whole.to_owned(),
            (None, Some(across)) => format!("*:{across}"),
            (None, None) => format!("{space}{tag}"),
        });
        let names = self.implicit.iter().map(ToString::to_string).chain(declared);
        names.map(|name| name.into_bytes().into()).collect()
    }
}

impl Bench {
    pub(crate) async fn put(&self, entry: &Whole<'_>) -> Stamp {
        let (sealed, tokens, key) = (entry.sealed(), entry.tokens(), entry.key.as_bytes());
        let at = Read { key, tokens: &tokens };
        let set = Set { at, entry: &sealed, ttl: entry.ttl, when: When::Always, message: MESSAGE };
        stored(self.store.set(set, LIMIT).await.expect("the server is there"))
    }

    pub(crate) async fn inspect(&self, key: &[u8]) -> Option<Inspected> {
        self.inspect_all(&[key]).await.remove(0)
    }

    pub(crate) async fn inspect_all(&self, keys: &[&[u8]]) -> Vec<Option<Inspected>> {
        let answers = self.store.inspect_many(keys, LIMIT).await.into_iter();
        answers.map(|answer| answer.expect("the server is there")).collect()
    }

    /// Whether the server takes what stands under the key for an entry that may be served.
    pub(crate) async fn is_valid(&self, key: &[u8]) -> bool {
        self.inspect(key).await.is_some()
    }

    /// Changes some bytes of an entry.
    pub(crate) fn alter(&self, key: &[u8], change: impl FnOnce(&mut Vec<u8>)) {
        let name = self.entry(key);
        let mut bytes = self.get(&name).expect("it is there");
        change(&mut bytes);
        self.overwrite(&name, &bytes);
    }
}
