//! Invalidations that the second level did not take: kept until it does, and until then nothing is read from it.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;

use crate::model::space::Space;
use crate::wire::names;

/// How many names are kept; beyond, the whole space is invalidated instead.
const KEPT: usize = 1024;

/// The names that wait, and how many there are, to be asked without a lock.
#[derive(Debug, Default)]
pub(crate) struct Undelivered {
    waiting: Mutex<Waiting>,
    count: AtomicUsize,
}

#[derive(Debug, Default)]
struct Waiting {
    spaces: HashMap<Space, Names>,
    /// How many are being delivered right now.
    on_the_way: usize,
    /// Whether somebody delivers.
    has_carrier: bool,
}

/// What is to be invalidated in a space.
#[derive(Debug, Default, Clone)]
pub(crate) struct Names {
    pub(crate) keys: HashSet<Box<[u8]>>,
    pub(crate) tokens: HashSet<Box<[u8]>>,
}

impl Names {
    /// A key alone.
    pub(crate) fn of_key(key: &[u8]) -> Self {
        Self { keys: HashSet::from([key.into()]), tokens: HashSet::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len() + self.tokens.len()
    }
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
    pub(crate) fn leave(&self, space: Space, names: Names) -> Carrier {
        let mut waiting = self.waiting.lock();
        waiting.add(space, names);
        self.recount(&waiting);
        if std::mem::replace(&mut waiting.has_carrier, true) { Carrier::There } else { Carrier::Needed }
    }

    /// Takes everything that waits; `None`, and the carrier is free to go, where there is nothing.
    pub(crate) fn take(&self) -> Option<Vec<(Space, Names)>> {
        let mut waiting = self.waiting.lock();
        let taken: Vec<_> = waiting.spaces.drain().collect();
        waiting.on_the_way = taken.iter().map(|(_, names)| names.len()).sum();
        waiting.has_carrier = !taken.is_empty();
        self.recount(&waiting);
        waiting.has_carrier.then_some(taken)
    }

    /// What was taken has been delivered, or comes back.
    pub(crate) fn settle(&self, failed: Vec<(Space, Names)>) {
        let mut waiting = self.waiting.lock();
        waiting.on_the_way = 0;
        for (space, names) in failed {
            waiting.add(space, names);
        }
        self.recount(&waiting);
    }

    fn recount(&self, waiting: &Waiting) {
        let kept: usize = waiting.spaces.values().map(Names::len).sum();
        self.count.store(kept + waiting.on_the_way, Ordering::SeqCst);
    }
}

impl Waiting {
    fn add(&mut self, space: Space, names: Names) {
        let kept = self.spaces.entry(space).or_default();
        kept.keys.extend(names.keys);
        kept.tokens.extend(names.tokens);
        if kept.len() > KEPT {
            *kept = Names { keys: HashSet::new(), tokens: HashSet::from([names::of_space(space)]) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(range: std::ops::Range<usize>) -> Names {
        Names { keys: range.map(|key| key.to_string().into_bytes().into()).collect(), tokens: HashSet::new() }
    }

    #[test]
    fn the_same_name_waits_once() {
        let undelivered = Undelivered::default();
        assert_eq!(undelivered.leave(Space::Global, keys(0..2)), Carrier::Needed);
        assert_eq!(undelivered.leave(Space::Global, keys(1..3)), Carrier::There);
        assert_eq!(undelivered.len(), 3);
    }

    #[test]
    fn what_is_being_delivered_still_counts() {
        let undelivered = Undelivered::default();
        undelivered.leave(Space::Global, keys(0..2));
        let taken = undelivered.take().expect("two wait");
        assert!(!undelivered.is_empty());
        undelivered.settle(taken);
        assert_eq!(undelivered.len(), 2);
        undelivered.take();
        undelivered.settle(Vec::new());
        assert!(undelivered.is_empty());
        assert!(undelivered.take().is_none());
        assert_eq!(undelivered.leave(Space::Global, keys(0..1)), Carrier::Needed);
    }

    /// A name left while the same one is on its way is a later invalidation, and is delivered again.
    #[test]
    fn a_name_left_meanwhile_is_delivered_again() {
        let undelivered = Undelivered::default();
        undelivered.leave(Space::Global, keys(0..1));
        undelivered.take();
        undelivered.leave(Space::Global, keys(0..1));
        undelivered.settle(Vec::new());
        assert_eq!(undelivered.len(), 1);
    }

    #[test]
    fn what_is_too_much_to_keep_becomes_the_whole_space() {
        let undelivered = Undelivered::default();
        undelivered.leave(Space::Global, keys(0..5_000));
        let taken = undelivered.take().expect("the space waits");
        assert_eq!(taken[0].1.tokens, HashSet::from([names::of_space(Space::Global)]));
        assert!(taken[0].1.keys.is_empty());
    }
}
