//! The order of invalidations: one counter for the whole cache, and the last invalidations of single keys.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use crate::model::entry::Sequence;
use crate::sync::{AtomicU64, Mutex};

/// How many invalidations of keys are remembered; what is older counts as having touched every key.
const REMEMBERED: usize = 1024;

/// What an invalidation reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The key with this hash. Another key of the same hash counts as touched too, which costs a miss at most.
    Key(u64),
    /// Keys that only a pattern knows: counts for every key.
    Pattern,
}

/// Hands out sequences, and remembers which keys the latest ones reached.
#[derive(Debug, Default)]
pub(crate) struct Invalidations {
    last: AtomicU64,
    last_tag: AtomicU64,
    recent: Mutex<Recent>,
}

#[derive(Debug, Default)]
struct Recent {
    reached: VecDeque<(Sequence, Reach)>,
    /// The newest invalidation that fell out of `reached`.
    forgotten: Sequence,
}

impl Invalidations {
    /// The last invalidation: what a load remembers when it begins.
    pub(crate) fn now(&self) -> Sequence {
        Sequence(self.last.load(Ordering::SeqCst))
    }

    /// What no load that has begun so far remembers.
    pub(crate) fn upcoming(&self) -> Sequence {
        Sequence(self.now().0 + 1)
    }

    /// The last invalidation of any tag.
    pub(crate) fn last_tag(&self) -> Sequence {
        Sequence(self.last_tag.load(Ordering::SeqCst))
    }

    /// Numbers an invalidation of a key or a pattern, and remembers it.
    pub(crate) fn next(&self, reach: Reach) -> Sequence {
        let mut recent = self.recent.lock();
        let sequence = self.bump();
        if recent.reached.len() == REMEMBERED
            && let Some((forgotten, _)) = recent.reached.pop_front()
        {
            recent.forgotten = forgotten;
        }
        recent.reached.push_back((sequence, reach));
        sequence
    }

    /// Numbers an invalidation of a tag.
    pub(crate) fn next_tag(&self) -> Sequence {
        let sequence = self.bump();
        self.last_tag.fetch_max(sequence.0, Ordering::SeqCst);
        sequence
    }

    /// Numbers an invalidation of namespaces, which keep their own floors.
    pub(crate) fn next_namespace(&self) -> Sequence {
        self.bump()
    }

    fn bump(&self) -> Sequence {
        Sequence(self.last.fetch_add(1, Ordering::SeqCst) + 1)
    }

    /// Whether a key was, or may have been, invalidated after `began`.
    pub(crate) fn reached_since(&self, hash: u64, began: Sequence) -> bool {
        let recent = self.recent.lock();
        recent.forgotten > began
            || recent
                .reached
                .iter()
                .rev()
                .take_while(|(sequence, _)| *sequence > began)
                .any(|(_, reach)| matches!(reach, Reach::Pattern) || *reach == Reach::Key(hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_keys_invalidated_later_count_as_reached() {
        let invalidations = Invalidations::default();
        invalidations.next(Reach::Key(1));
        let began = invalidations.now();
        invalidations.next(Reach::Key(2));
        assert!(!invalidations.reached_since(1, began));
        assert!(invalidations.reached_since(2, began));
        assert!(!invalidations.reached_since(2, invalidations.now()));
    }

    #[test]
    fn a_pattern_counts_for_every_key() {
        let invalidations = Invalidations::default();
        let began = invalidations.now();
        invalidations.next(Reach::Pattern);
        assert!(invalidations.reached_since(7, began));
    }

    #[test]
    fn what_is_no_longer_remembered_counts_for_every_key() {
        let invalidations = Invalidations::default();
        let began = invalidations.now();
        for _ in 0..REMEMBERED {
            invalidations.next(Reach::Key(1));
        }
        assert!(!invalidations.reached_since(7, began));
        invalidations.next(Reach::Key(1));
        assert!(invalidations.reached_since(7, began));
    }
}
