//! [`StoredKey`]: a key as it stands in the cache.

use std::fmt;

use crate::model::key::{CacheKey, KeyWriter};
use crate::namespace::Namespace;

/// A key as it stands in the cache: what [`Namespace::keys`](crate::Namespace::keys) and
/// [`scan`](crate::Namespace::scan) find.
///
/// It is a key like any other: given back, it names the same entry. As text it shows what values were written as, with the
/// bytes that mean something in keys as `%` and two digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoredKey(Box<str>);

impl StoredKey {
    pub(super) fn new(text: Box<str>) -> Self {
        Self(text)
    }

    /// What `write` writes, in a namespace of any space.
    pub(crate) fn written(namespace: &Namespace, write: impl FnOnce(&mut KeyWriter<'_>)) -> Self {
        let mut writer = KeyWriter::detached(&namespace.engine().settings.secret);
        write(&mut writer);
        Self(String::from_utf8_lossy(writer.written()).into())
    }

    /// The key as it was written, without its namespace.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for StoredKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl CacheKey for StoredKey {
    /// As a piece of another key it is a value like any text.
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        self.0.write_key(key);
    }

    fn write_whole_key(&self, key: &mut KeyWriter<'_>) {
        key.push_escaped(self.0.as_bytes());
    }
}
