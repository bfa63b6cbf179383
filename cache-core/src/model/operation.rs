//! What is constant about an annotated function.

use crate::model::namespace::Namespace;

/// An annotated function: one `static` of the generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct Operation {
    module: &'static str,
    function: &'static str,
    namespace: Namespace,
    keeps_none: bool,
}

impl Operation {
    /// The function's place in the source, and its namespace where it has one.
    pub const fn new(module: &'static str, function: &'static str, namespace: Option<&'static str>) -> Self {
        let namespace = match namespace {
            Some(name) => Namespace::literal(name),
            None => Namespace::DEFAULT,
        };
        Self { module, function, namespace, keeps_none: false }
    }

    /// Says that a `None` is stored too.
    #[must_use]
    pub const fn keep_none(mut self) -> Self {
        self.keeps_none = true;
        self
    }

    /// Whether a `None` is stored, and answers a call.
    #[inline]
    pub(crate) fn keeps_none(&self) -> bool {
        self.keeps_none
    }

    pub(crate) fn module(&self) -> &'static str {
        self.module
    }

    pub(crate) fn function(&self) -> &'static str {
        self.function
    }

    #[inline]
    pub(crate) fn namespace(&self) -> Namespace {
        self.namespace
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}::{}", self.module, self.function)
    }
}
