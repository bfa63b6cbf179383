//! How things are named on the server.
//!
//! Whatever is not an entry begins with `#` behind the prefix, which escaping keeps out of logical keys.
//!
//! | what | name |
//! |---|---|
//! | entry | `<prefix>:<space>:<namespace>:<key>` |
//! | control | `<prefix>:#c` |
//! | lease | `<prefix>:#l:<space>:<namespace>:<key>` |
//! | token | `<prefix>:#t:<token>` |
//! | channel | `<prefix>:#inv:<database>`: channels are common to all databases of a server |
//! | lock | `<prefix>:#k:<space>:<namespace>:<name>`, and the last fencing token of it behind `#f:` |
//! | channel of locks that are given back | `<prefix>:#free:<database>` |
//! | counter | `<prefix>:#n:<space>:<namespace>:<key>` |
//! | limit | `<prefix>:#r:<space>:<namespace>:<name>:<subject>` |
//! | topic of events | `<topic>:#e`, how many were told `<topic>:#en`, how far a service has read `<topic>:#eg:<prefix>` |
//! | channel of a topic | `<topic>:#et:<database>` |
//! | format | `<prefix>:#meta` |

use cache_core::{Error, ErrorKind};

/// Into how many parts the keys are split, each with control data of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shards(u16);

impl Shards {
    /// A server that is no cluster.
    pub(crate) const ONE: Self = Self(1);
}

/// The names of one prefix on one database.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    prefix: String,
    shards: Shards,
    database: i64,
}

impl Names {
    /// Names that begin with the prefix, whose trailing `:` are taken for granted.
    pub(crate) fn new(prefix: &str, shards: Shards, database: i64) -> Result<Self, Error> {
        let config = |message| Err(Error::new(ErrorKind::Config, message));
        let prefix = prefix.trim_end_matches(':');
        if prefix.is_empty() {
            return config("the prefix is empty: name the application, as in `shop`");
        }
        if prefix.contains(['{', '}']) {
            return config("the prefix contains a brace, by which a Redis cluster chooses the node: leave it out");
        }
        if prefix.contains(char::is_control) {
            return config("the prefix contains a control character: leave it out");
        }
        Ok(Self { prefix: prefix.to_owned(), shards, database })
    }

    pub(crate) fn entry(&self, key: &[u8]) -> Vec<u8> {
        self.name(b"", key)
    }

    pub(crate) fn control(&self) -> Vec<u8> {
        self.name(b"#c", b"")
    }

    pub(crate) fn lease(&self, key: &[u8]) -> Vec<u8> {
        self.name(b"#l:", key)
    }

    pub(crate) fn token(&self, token: &[u8]) -> Vec<u8> {
        self.name(b"#t:", token)
    }

    pub(crate) fn channel(&self) -> Vec<u8> {
        self.name(b"#inv:", self.database.to_string().as_bytes())
    }

    /// Who holds a lock.
    pub(crate) fn owner(&self, lock: &[u8]) -> Vec<u8> {
        self.name(b"#k:", lock)
    }

    /// The last fencing token of a lock.
    pub(crate) fn fence(&self, lock: &[u8]) -> Vec<u8> {
        self.name(b"#f:", lock)
    }

    /// On which the locks are told that are given back.
    pub(crate) fn freed(&self) -> Vec<u8> {
        self.name(b"#free:", self.database.to_string().as_bytes())
    }

    pub(crate) fn counter(&self, key: &[u8]) -> Vec<u8> {
        self.name(b"#n:", key)
    }

    pub(crate) fn limit(&self, key: &[u8]) -> Vec<u8> {
        self.name(b"#r:", key)
    }

    /// What was told on a topic. Services share it, so it begins with no prefix of theirs.
    pub(crate) fn stream(topic: &[u8]) -> Vec<u8> {
        [topic, b":#e"].concat()
    }

    /// How much was told on a topic.
    pub(crate) fn told_count(topic: &[u8]) -> Vec<u8> {
        [topic, b":#en"].concat()
    }

    /// How far this service has read a topic.
    pub(crate) fn group_state(&self, topic: &[u8]) -> Vec<u8> {
        [topic, b":#eg:", self.group()].concat()
    }

    /// The service, among those that read a topic.
    pub(crate) fn group(&self) -> &[u8] {
        self.prefix.as_bytes()
    }

    /// On which it is told that something was told on a topic.
    pub(crate) fn told(&self, topic: &[u8]) -> Vec<u8> {
        [topic, b":#et:", self.database.to_string().as_bytes()].concat()
    }

    /// Where the format of everything under the prefix stands.
    pub(crate) fn meta(&self) -> Vec<u8> {
        self.name(b"#meta", b"")
    }

    /// What stands there.
    pub(crate) fn format(&self) -> String {
        format!("larder 1 shards {}", self.shards.0)
    }

    /// The pattern of all entries whose logical keys begin with `head`.
    pub(crate) fn pattern(&self, head: &[u8]) -> Vec<u8> {
        [literally(&self.entry(head)), b"*".into()].concat()
    }

    /// The pattern of all counters and limits whose keys begin with `head`.
    pub(crate) fn counted_pattern(&self, head: &[u8]) -> Vec<u8> {
        [literally(self.prefix.as_bytes()), b":#[nr]:".into(), literally(head), b"*".into()].concat()
    }

    /// The logical key of an entry's name; `None` for any other name.
    pub(crate) fn logical<'a>(&self, name: &'a [u8]) -> Option<&'a [u8]> {
        let key = name.strip_prefix(self.prefix.as_bytes())?.strip_prefix(b":")?;
        (!key.starts_with(b"#")).then_some(key)
    }

    fn name(&self, mark: &[u8], rest: &[u8]) -> Vec<u8> {
        [self.prefix.as_bytes(), b":", mark, rest].concat()
    }
}

/// The pattern that matches this and nothing else.
fn literally(name: &[u8]) -> Vec<u8> {
    let mut pattern = Vec::with_capacity(name.len() + 8);
    for byte in name {
        if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\' | b'^' | b'-') {
            pattern.push(b'\\');
        }
        pattern.push(*byte);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(prefix: &str) -> Names {
        Names::new(prefix, Shards::ONE, 3).expect("a prefix that can be used")
    }

    #[test]
    fn the_names_are_these() {
        let names = names("shop");
        assert_eq!(names.entry(b"global:users:7"), b"shop:global:users:7");
        assert_eq!(names.control(), b"shop:#c");
        assert_eq!(names.lease(b"global:users:7"), b"shop:#l:global:users:7");
        assert_eq!(names.token(b"global:#users"), b"shop:#t:global:#users");
        assert_eq!(names.channel(), b"shop:#inv:3");
        assert_eq!(names.owner(b"global:_:invoice"), b"shop:#k:global:_:invoice");
        assert_eq!(names.fence(b"global:_:invoice"), b"shop:#f:global:_:invoice");
        assert_eq!(names.freed(), b"shop:#free:3");
        assert_eq!(names.counter(b"global:_:views"), b"shop:#n:global:_:views");
        assert_eq!(names.limit(b"global:_:api:7"), b"shop:#r:global:_:api:7");
        assert_eq!(Names::stream(b"billing"), b"billing:#e");
        assert_eq!(Names::told_count(b"billing"), b"billing:#en");
        assert_eq!(names.group_state(b"billing"), b"billing:#eg:shop");
        assert_eq!(names.told(b"billing"), b"billing:#et:3");
        assert_eq!(names.meta(), b"shop:#meta");
        assert_eq!(names.format(), "larder 1 shards 1");
    }

    #[test]
    fn a_trailing_colon_of_the_prefix_is_taken_for_granted() {
        assert_eq!(names("shop:eu::").control(), b"shop:eu:#c");
    }

    #[test]
    fn a_prefix_that_cannot_be_used_is_refused() {
        for prefix in ["", ":", "a{b", "a}b", "a\nb", "a\0"] {
            let error = Names::new(prefix, Shards::ONE, 0).expect_err(prefix);
            assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        }
    }

    #[test]
    fn a_pattern_means_the_head_literally() {
        assert_eq!(names("a*").pattern(br"g:[u]\^-?"), br"a\*:g:\[u\]\\\^\-\?*");
        assert_eq!(names("a*").counted_pattern(b"tenant:a?:"), br"a\*:#[nr]:tenant:a\?:*");
    }

    #[test]
    fn only_entries_have_logical_keys() {
        let names = names("shop");
        assert_eq!(names.logical(b"shop:global:users:7"), Some(&b"global:users:7"[..]));
        for name in [&b"shop:#c"[..], b"shop:#l:global:users:7", b"shopping:global:users:7", b"shop", b"\xff"] {
            assert_eq!(names.logical(name), None);
        }
    }
}
