//! [`Hashed`]: what must not be read in a key.

use std::fmt;

use crate::model::key::{CacheKey, KeyWriter};

/// A piece of a key that must not be read there: it enters as a hash keyed by the cache's
/// [`key_secret`](crate::CacheBuilder::key_secret).
///
/// What `hash(email)` on an annotation does to templates and default keys, this does in `key = EXPR`, in tags, and for
/// [`Namespace::invalidate_tags`](crate::Namespace::invalidate_tags). Equal values have equal hashes, so that who reads keys sees
/// which belong to the same value, and not which value.
///
/// Costs a keyed hash of 128 bits (BLAKE3) for each call, a fraction of a microsecond for a short value.
///
/// ```
/// use cache_core::{CacheKey, Hashed};
///
/// let key = ("user", Hashed("ada@example.org")).to_key();
/// assert!(key.starts_with("user:") && !key.contains("ada"));
/// ```
#[derive(Clone, Copy)]
pub struct Hashed<T>(
    /// What is hashed.
    pub T,
);

impl<T: CacheKey> CacheKey for Hashed<T> {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.push_hashed(&self.0);
    }
}

/// Without what is hashed.
impl<T> fmt::Debug for Hashed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hashed(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_stands_where_the_value_would() {
        let key = ("user", Hashed("ada@example.org"), 7).to_key();
        let pieces: Vec<&str> = key.split(':').collect();
        assert_eq!((pieces[0], pieces[2]), ("user", "7"));
        assert!(pieces[1].len() == 32 && pieces[1].bytes().all(|byte| byte.is_ascii_hexdigit()), "{key}");
    }

    #[test]
    fn equal_values_meet_and_others_do_not() {
        assert_eq!(Hashed("a").to_key(), Hashed("a".to_owned()).to_key());
        assert_ne!(Hashed("a").to_key(), Hashed("b").to_key());
        assert_ne!(Hashed(Some("")).to_key(), Hashed(None::<&str>).to_key());
    }

    #[test]
    fn nothing_is_shown_of_what_is_hashed() {
        assert_eq!(format!("{:?}", Hashed("ada@example.org")), "Hashed(..)");
    }
}
