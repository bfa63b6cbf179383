//! Namespaces: the names of caches.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::model::error::Error;

/// The longest namespace, in bytes, and the most levels.
const MAX_BYTES: usize = 64;
const MAX_LEVELS: usize = 4;

/// The name of a cache: a segment of every key in it, and the unit that `all` clears.
///
/// Up to four levels of ASCII letters, digits, `_`, `.` and `-`, joined by `/`; at most 64 bytes.
#[derive(Debug, Clone)]
pub(crate) enum Namespace {
    /// Of an annotation.
    Literal(&'static str),
    /// Of a call by hand. Behind one pointer more, so that calls and what they wait for are smaller.
    Named(Arc<Box<str>>),
}

impl Namespace {
    /// The namespace of keys that name none.
    pub(crate) const DEFAULT: Namespace = Namespace::Literal("_");

    /// A namespace from a literal that the macros have checked; anything else is refused when the crate is compiled.
    pub(crate) const fn literal(name: &'static str) -> Self {
        assert!(is_valid(name), "a namespace is 1 to 4 levels of letters, digits, `_`, `.`, `-`, joined by `/`");
        Self::Literal(name)
    }

    /// The namespace of an annotation once more, for another one.
    pub(crate) const fn copy(&self) -> Self {
        match self {
            Namespace::Literal(name) => Namespace::Literal(name),
            Namespace::Named(_) => panic!("an annotation's namespace is a literal"),
        }
    }

    /// A namespace that comes from outside.
    pub(crate) fn named(name: &str) -> Result<Self, Error> {
        check(name).map(|()| Self::Named(Arc::new(name.into())))
    }

    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Namespace::Literal(name) => name,
            Namespace::Named(name) => name,
        }
    }
}

impl PartialEq for Namespace {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Namespace {}

impl Hash for Namespace {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

/// Checks a namespace that comes from outside.
pub(crate) fn check(name: &str) -> Result<(), Error> {
    if is_valid(name) {
        return Ok(());
    }
    Err(Error::config(
        "a namespace is 1 to 4 levels of ASCII letters, digits, `_`, `.`, `-`, joined by `/`, at most 64 bytes",
    ))
}

/// Whether `inner` is `outer` or lies below it.
pub(crate) fn contains(outer: &str, inner: &str) -> bool {
    inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

const fn is_valid(name: &str) -> bool {
    let bytes = name.as_bytes();
    if bytes.is_empty() || bytes.len() > MAX_BYTES {
        return false;
    }
    let (mut at, mut levels, mut level_is_empty) = (0, 1, true);
    while at < bytes.len() {
        match bytes[at] {
            b'/' => {
                if level_is_empty {
                    return false;
                }
                levels += 1;
                level_is_empty = true;
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' => level_is_empty = false,
            _ => return false,
        }
        at += 1;
    }
    !level_is_empty && levels <= MAX_LEVELS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_to_four_levels_of_plain_names_are_a_namespace() {
        for name in ["_", "users", "users/admins", "a/b/c/d", "v1.2-x_Y"] {
            assert!(check(name).is_ok(), "{name}");
        }
        let long = "x".repeat(65);
        for name in ["", "/", "a/", "/a", "a//b", "a/b/c/d/e", "a:b", "a b", "a*", "ü", "#c", &long] {
            assert!(check(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_namespace_contains_itself_and_what_lies_below() {
        assert!(contains("users", "users"));
        assert!(contains("users", "users/admins"));
        assert!(!contains("users", "usersAbc"));
        assert!(!contains("users/admins", "users"));
    }
}
