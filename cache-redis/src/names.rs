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
        let name = self.entry(head);
        let mut pattern = Vec::with_capacity(name.len() + 8);
        for byte in name {
            if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\' | b'^' | b'-') {
                pattern.push(b'\\');
            }
            pattern.push(byte);
        }
        pattern.push(b'*');
        pattern
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
