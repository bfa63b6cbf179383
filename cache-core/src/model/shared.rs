//! How a failed load's error reaches the calls that waited for it.

use std::any::Any;
use std::sync::Arc;

/// How a failed load's error reaches the calls that waited for it, where its type can be shared.
#[doc(hidden)]
pub struct Shared<E> {
    pub(crate) seal: fn(&E) -> Arc<dyn Any + Send + Sync>,
    pub(crate) open: fn(&(dyn Any + Send + Sync)) -> Option<E>,
}

impl<E: Clone + Send + Sync + 'static> Shared<E> {
    pub(crate) fn new() -> Self {
        Self { seal: |error| Arc::new(error.clone()), open: |error| error.downcast_ref::<E>().cloned() }
    }
}

impl<E> std::fmt::Debug for Shared<E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}
