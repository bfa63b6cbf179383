//! What becomes of the error that a body returns, and of trouble with the cache.

use std::time::Duration;

use crate::engine::failing::Failing;
use crate::model::shared::Shared;
use crate::wire::failure::StoredError;

/// What becomes of an error: who is given a copy, whether it is stored, and whether trouble with the cache is one.
#[doc(hidden)]
pub struct OnError<V, E, L, R> {
    /// How waiting calls are given a copy, where there can be one.
    pub shared: Option<Shared<E>>,
    /// How it is stored, where it is.
    pub kept: Option<StoredError<V, E>>,
    /// For how long; `None`: it is not.
    pub life: L,
    /// How trouble with the cache becomes the result, where it does.
    pub trouble: Option<Failing<R>>,
}

impl<V, E, R> OnError<V, E, fn(&E) -> Option<Duration>, R> {
    /// Errors are not stored.
    pub fn not_stored(shared: Option<Shared<E>>, trouble: Option<Failing<R>>) -> Self {
        Self { shared, kept: None, life: |_| None, trouble }
    }
}

impl<V, E, L, R> std::fmt::Debug for OnError<V, E, L, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnError").finish_non_exhaustive()
    }
}
