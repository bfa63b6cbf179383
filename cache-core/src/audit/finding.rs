//! What an audit finds.

use std::fmt;

use crate::audit::registered::Registered;

/// An annotated function: its path and its place in the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct AnnotatedFunction {
    /// The module that the function stands in, as in `erp::users`.
    pub module: &'static str,
    /// The function's name.
    pub name: &'static str,
    /// The source file, as the compiler was given it.
    pub file: &'static str,
    /// The line of the attribute.
    pub line: u32,
}

impl AnnotatedFunction {
    pub(crate) fn of(registered: &Registered) -> Self {
        let Registered { module, function, file, line, .. } = *registered;
        Self { module, name: function, file, line }
    }
}

/// `erp::users::by_id (src/users.rs:12)`
impl fmt::Display for AnnotatedFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { module, name, file, line } = self;
        write!(f, "{module}::{name} ({file}:{line})")
    }
}

/// One thing that an [audit](crate::audit) found. Its text says what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// No `#[cache_put]` and no `#[cache_evict]` reaches what the function stores: only its ttl ends it.
    #[non_exhaustive]
    NeverEvicted {
        /// The function that stores.
        reader: AnnotatedFunction,
    },
    /// A tag is invalidated, and no function gives it to what it stores.
    #[non_exhaustive]
    TagOfNobody {
        /// The tag, with `{}` for what is known only when the function is called.
        tag: String,
        /// The function that invalidates it.
        writer: AnnotatedFunction,
    },
    /// Two functions store values of different types under the same keys, and so replace each other's.
    #[non_exhaustive]
    SharedKey {
        /// The key behind its namespace, with `{}` for what is known only when a function is called.
        key: String,
        /// The functions, and the types of their values.
        functions: [(AnnotatedFunction, &'static str); 2],
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverEvicted { reader } => write!(
                f,
                "nothing evicts what {reader} stores: let the functions that write it say `#[cache_evict(..)]`, or accept that it is as old as its ttl"
            ),
            Self::TagOfNobody { tag, writer } => write!(
                f,
                "{writer} evicts the tag `{tag}`, which nothing carries: give it to a reader with `tags = [..]`, or correct its spelling"
            ),
            Self::SharedKey { key, functions: [(one, its), (other, others)] } => write!(
                f,
                "{one} stores `{its}` under the key `{key}`, and {other} stores `{others}`: give one of them another key or namespace"
            ),
        }
    }
}
