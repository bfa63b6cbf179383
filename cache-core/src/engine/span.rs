//! `span = debug | info`: a tracing span around a function's calls, which says how they ended.

use std::sync::Arc;

use tracing::{debug_span, info_span};

use crate::scope::trace::{Elements, Trace};
use crate::scope::{Scope, Wish};

/// What the span of a function's calls says of the function: one `static` of the generated code.
#[doc(hidden)]
#[derive(Debug)]
pub struct Shown {
    level: Visibility,
    operation: &'static str,
    module: &'static str,
    function: &'static str,
    namespace: &'static str,
    elements: Elements,
}

/// The level of a span.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// That of `tracing::debug_span!`.
    Debug,
    /// That of `tracing::info_span!`.
    Info,
}

macro_rules! open {
    ($span:ident, $shown:expr) => {
        $span!(
            target: "larder",
            "larder",
            operation = $shown.operation,
            module = $shown.module,
            function = $shown.function,
            namespace = $shown.namespace,
            cache = tracing::field::Empty,
            key = tracing::field::Empty,
            outcome = tracing::field::Empty,
            level = tracing::field::Empty,
            hits = tracing::field::Empty,
            misses = tracing::field::Empty,
            put = tracing::field::Empty,
            evict = tracing::field::Empty,
        )
    };
}

impl Shown {
    /// The attributes' names, the function's place in the source, and its namespace.
    pub const fn new(
        level: Visibility,
        operation: &'static str,
        (module, function): (&'static str, &'static str),
        namespace: &'static str,
        elements: Elements,
    ) -> Self {
        Self { level, operation, module, function, namespace, elements }
    }

    /// The span of one call. `None`: nobody wants to see it.
    fn open(&self) -> Option<Arc<Scope>> {
        let span = match self.level {
            Visibility::Debug => open!(debug_span, self),
            Visibility::Info => open!(info_span, self),
        };
        if span.is_disabled() {
            return None;
        }
        Some(Scope::new(Wish::Trace(Trace::new(span, (self.module, self.function), self.elements))))
    }
}

/// A call inside its span.
///
/// # Cancel safety
/// As the call's.
#[doc(hidden)]
pub async fn traced<F: Future>(shown: &Shown, call: F) -> F::Output {
    match shown.open() {
        Some(scope) => scope.around(call).await,
        None => call.await,
    }
}

/// The same for a call that is not asynchronous.
#[doc(hidden)]
pub fn traced_sync<R>(shown: &Shown, call: impl FnOnce() -> R) -> R {
    match shown.open() {
        Some(scope) => scope.enter(call),
        None => call(),
    }
}
