//! Invalidations that the second level did not take: kept until it does, and until then nothing is read from it.

use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::engine::level2::kept::Names;

/// The names that wait, and how many there are, to be asked without a lock.
#[derive(Debug, Default)]
pub(crate) struct Undelivered {
    waiting: Mutex<Waiting>,
    count: AtomicUsize,
}

#[derive(Debug, Default)]
struct Waiting {
    names: Names,
    /// How many are being delivered right now.
    on_the_way: usize,
    /// Whether somebody delivers.
    has_carrier: bool,
}

/// Whether whoever left something has to see to its delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carrier {
    Needed,
    There,
}

impl Undelivered {
    /// Whether nothing waits, nor is being delivered.
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Leaves names to be delivered.
    pub(crate) fn leave(&self, names: Names) -> Carrier {
        let mut waiting = self.waiting.lock();
        waiting.names.add(names);
        self.recount(&waiting);
        if std::mem::replace(&mut waiting.has_carrier, true) { Carrier::There } else { Carrier::Needed }
    }

    /// Takes everything that waits; `None`, and the carrier is free to go, where there is nothing.
    pub(crate) fn take(&self) -> Option<Names> {
        let mut waiting = self.waiting.lock();
        let taken = std::mem::take(&mut waiting.names);
        waiting.on_the_way = taken.len();
        waiting.has_carrier = !taken.is_empty();
        self.recount(&waiting);
        waiting.has_carrier.then_some(taken)
    }

    /// What was taken has been delivered, or comes back.
    pub(crate) fn settle(&self, failed: Option<Names>) {
        let mut waiting = self.waiting.lock();
        waiting.on_the_way = 0;
        if let Some(names) = failed {
            waiting.names.add(names);
        }
        self.recount(&waiting);
    }

    fn recount(&self, waiting: &Waiting) {
        self.count.store(waiting.names.len() + waiting.on_the_way, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(range: std::ops::Range<usize>) -> Names {
        let key = |key: usize| format!("global:_:{key}").into_bytes().into();
        Names { keys: range.map(key).collect(), ..Names::default() }
    }

    #[test]
    fn the_same_name_waits_once() {
        let undelivered = Undelivered::default();
        assert_eq!(undelivered.leave(keys(0..2)), Carrier::Needed);
        assert_eq!(undelivered.leave(keys(1..3)), Carrier::There);
        assert_eq!(undelivered.len(), 3);
    }

    #[test]
    fn what_is_being_delivered_still_counts() {
        let undelivered = Undelivered::default();
        undelivered.leave(keys(0..2));
        let taken = undelivered.take();
        assert!(!undelivered.is_empty());
        undelivered.settle(taken);
        assert_eq!(undelivered.len(), 2);
        undelivered.take();
        undelivered.settle(None);
        assert!(undelivered.is_empty());
        assert!(undelivered.take().is_none());
        assert_eq!(undelivered.leave(keys(0..1)), Carrier::Needed);
    }

    /// A name left while the same one is on its way is a later invalidation, and is delivered again.
    #[test]
    fn a_name_left_meanwhile_is_delivered_again() {
        let undelivered = Undelivered::default();
        undelivered.leave(keys(0..1));
        undelivered.take();
        undelivered.leave(keys(0..1));
        undelivered.settle(None);
        assert_eq!(undelivered.len(), 1);
    }

    #[test]
    fn what_is_too_much_to_keep_by_name_is_bounded() {
        let undelivered = Undelivered::default();
        undelivered.leave(keys(0..5_000));
        assert_eq!(undelivered.len(), 1);
    }
}
