//! What becomes of the error that a body returns.

use std::time::Duration;

use crate::model::shared::Shared;
use crate::wire::failure::StoredError;

/// What becomes of an error: who is given a copy, and whether it is stored.
#[doc(hidden)]
pub struct OnError<V, E, L> {
    /// How waiting calls are given a copy, where there can be one.
    pub shared: Option<Shared<E>>,
    /// How it is stored, where it is.
    pub kept: Option<StoredError<V, E>>,
    /// For how long; `None`: it is not.
    pub life: L,
}

impl<V, E> OnError<V, E, fn(&E) -> Option<Duration>> {
    /// Errors are not stored.
    pub fn not_stored(shared: Option<Shared<E>>) -> Self {
        Self { shared, kept: None, life: |_| None }
    }
}

impl<V, E, L> std::fmt::Debug for OnError<V, E, L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnError").finish_non_exhaustive()
    }
}
