//! `batch`: a function that is looked up element by element.

use syn::{ExprClosure, Ident};

/// What a function says of its elements.
pub(crate) struct Batch {
    /// The argument that is looked up element by element.
    pub(crate) list: Ident,
    pub(crate) list_is: List,
    /// Whether the argument is declared `mut`.
    pub(crate) is_mut: bool,
    /// Which element a value belongs to.
    pub(crate) by: Option<ExprClosure>,
}

/// How the list is declared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// `Vec<K>`, or a name for it.
    Owned,
    /// `&[K]`
    Slice,
    /// `&Vec<K>`
    BorrowedVec,
}
