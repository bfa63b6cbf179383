//! A transaction that calls are made in: what they change is nobody else's business until it is committed.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the calls in a transaction share.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// Whether a call has begun that may have written. From then on what is read may be uncommitted.
    is_changed: AtomicBool,
    /// What waits for the commit. The engine's, which lies above this floor.
    waiting: Box<dyn Any + Send + Sync>,
}

impl Transaction {
    pub(crate) fn new(waiting: impl Any + Send + Sync) -> Arc<Self> {
        Arc::new(Self { is_changed: AtomicBool::new(false), waiting: Box::new(waiting) })
    }

    /// Notes that a call begins that may write.
    pub(crate) fn note_change(&self) {
        self.is_changed.store(true, Ordering::Release);
    }

    pub(super) fn is_changed(&self) -> bool {
        self.is_changed.load(Ordering::Acquire)
    }

    /// What waits for the commit.
    pub(crate) fn waiting(&self) -> &(dyn Any + Send + Sync) {
        &*self.waiting
    }
}
