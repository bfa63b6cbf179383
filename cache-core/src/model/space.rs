//! The space of a key: whose data it is.

/// Whose entries these are. Every key, tag and namespace lies in a space, and an invalidation never leaves its own.
///
/// Only the space that belongs to no tenant exists so far; it stands in the key all the same, so that a key written
/// today stays where it is when tenants arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Space {
    Global,
}

impl Space {
    /// How the space is spelled in a key. No space's spelling is the head of another's.
    #[inline]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Space::Global => "global",
        }
    }
}
