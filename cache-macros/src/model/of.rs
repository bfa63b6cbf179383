//! `of = PATH, args(..)`: the entry of a reader, named by the reader.

use proc_macro2::Span;
use syn::{Expr, ExprClosure, ExprPath, Ident};

/// A call of a reader, for its key.
pub(crate) struct Of {
    /// The reader, with at least one segment.
    pub(crate) path: ExprPath,
    /// What stands for the reader's `self`.
    pub(crate) receiver: Option<Expr>,
    /// What stands for the reader's arguments, sorted by their names.
    pub(crate) arguments: Vec<OfArgument>,
    /// Where `args(..)` stands, or `of` where there are none.
    pub(crate) arguments_span: Span,
    /// Whether the attribute names nothing beside the entry of the reader, so that the reader says where that lies.
    pub(crate) is_alone: bool,
}

/// An argument of the reader.
pub(crate) struct OfArgument {
    pub(crate) name: Ident,
    pub(crate) value: OfValue,
}

/// What an argument of the reader is.
pub(crate) enum OfValue {
    Expr(Expr),
    /// A closure over the value.
    FromValue(ExprClosure),
}

impl Of {
    /// Whether the result is needed.
    pub(crate) fn needs_value(&self) -> bool {
        self.arguments.iter().any(|argument| matches!(argument.value, OfValue::FromValue(_)))
    }
}
