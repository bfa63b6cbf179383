//! The tags that a load takes from the cached calls that its body awaited.
//!
//! A value that is made of cached ones is as old as the oldest of them. In memory its floors tell: an invalidation after
//! the load began raises them beyond its beginning. On the server a cached value may have been stale already when it was
//! used, while its tag's token was minted anew; so with each tag goes the latest number that its token may have: where
//! the history stood when the value it comes from began to be loaded.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::clock::Timestamp;
use crate::model::entry::{Entry, Floor};
use crate::model::stamp::Stamp;

/// More tags than this are not inherited, and a value that should have them is not stored.
pub(crate) const MAX_INHERITED: usize = 64;

/// Until when the token of a tag must have been minted. `None`: the server had not been heard of, so no token will do.
pub(crate) type Bound = Option<Stamp>;

/// Tags with their bounds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inherited {
    tags: Vec<(Arc<Floor>, Bound)>,
    /// When all that it is made of was last known to be current; `None`: it is made of nothing.
    pub(crate) known: Option<Timestamp>,
    /// Whether some are missing: they were too many, or nobody knows them.
    pub(crate) is_incomplete: bool,
}

impl Inherited {
    /// Adds a tag, if there are not too many. Of two bounds on one the earlier counts.
    pub(crate) fn add(&mut self, floor: &Arc<Floor>, bound: Bound) {
        self.add_up_to(MAX_INHERITED, floor, bound);
    }

    fn add_up_to(&mut self, limit: usize, floor: &Arc<Floor>, bound: Bound) {
        if let Some((_, present)) = self.tags.iter_mut().find(|(present, _)| Arc::ptr_eq(present, floor)) {
            *present = earlier(*present, bound);
        } else if self.tags.len() < limit {
            self.tags.push((Arc::clone(floor), bound));
        } else {
            self.is_incomplete = true;
        }
    }

    /// Notes that something was last known to be current then.
    pub(crate) fn note_known(&mut self, at: Timestamp) {
        self.known = Some(self.known.map_or(at, |known| known.min(at)));
    }

    /// Adds the tags of an entry that was last known to be current at `known`.
    pub(crate) fn add_entry(&mut self, entry: &Entry, known: Timestamp) {
        self.note_known(known);
        let origin = entry.header.origin.as_deref();
        let bound = origin.and_then(Origin::bound);
        entry.header.floors.tags.iter().for_each(|floor| self.add(floor, bound));
        self.is_incomplete |= origin.is_some_and(|origin| origin.is_incomplete);
    }

    /// Adds all of another's.
    pub(crate) fn add_all(&mut self, other: &Self) {
        other.tags.iter().for_each(|(floor, bound)| self.add(floor, *bound));
        self.is_incomplete |= other.is_incomplete;
        other.known.into_iter().for_each(|known| self.note_known(known));
    }

    /// These, with the tags of a load's own, whose body began when the history stood there. Those are as many as they are.
    pub(crate) fn with_own(&self, floors: &[Arc<Floor>], bound: Bound) -> Self {
        let mut all = self.clone();
        for floor in floors {
            all.add_up_to(usize::MAX, floor, bound);
        }
        all
    }

    /// The tags with their bounds.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(Arc<Floor>, Bound)> {
        self.tags.iter()
    }

    /// The earliest of all bounds and of the load's own.
    pub(crate) fn bound(&self, own: Bound) -> Bound {
        self.tags.iter().fold(own, |earliest, (_, bound)| earlier(earliest, *bound))
    }
}

fn earlier(left: Bound, right: Bound) -> Bound {
    left?.earlier(right?)
}

/// What those that are made of a value must know of where it comes from.
#[derive(Debug)]
pub(crate) struct Origin {
    generation: [u8; 16],
    /// 0 where the server was not heard of: nothing is minted before the first number.
    sequence: AtomicU64,
    is_known: bool,
    is_incomplete: bool,
}

impl Origin {
    /// Of a value whose tags have this bound. `None` where there is nothing to know.
    pub(crate) fn of(bound: Bound, is_incomplete: bool) -> Option<Box<Self>> {
        let stamp = bound.unwrap_or(Stamp { generation: [0; 16], sequence: 0 });
        (bound.is_some() || is_incomplete).then(|| {
            Box::new(Self {
                generation: stamp.generation,
                sequence: AtomicU64::new(stamp.sequence),
                is_known: bound.is_some(),
                is_incomplete,
            })
        })
    }

    /// Where the history stood when its load began; `None` where that is not known.
    pub(crate) fn bound(&self) -> Bound {
        let stamp = Stamp { generation: self.generation, sequence: self.sequence.load(Ordering::Acquire) };
        self.is_known.then_some(stamp)
    }

    /// The server has compared every token with its own bound and stored the value: from now on they are as good as the
    /// lease.
    pub(crate) fn confirm(&self, lease: Stamp) {
        if self.is_known && self.generation == lease.generation {
            self.sequence.fetch_max(lease.sequence, Ordering::AcqRel);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEVEN: Stamp = Stamp { generation: [7; 16], sequence: 7 };

    #[allow(clippy::unnecessary_wraps, reason = "it makes bounds, which have no number at times")]
    fn at(sequence: u64) -> Bound {
        Some(Stamp { sequence, ..SEVEN })
    }

    fn floor(name: &str) -> Arc<Floor> {
        Arc::new(Floor::of_tag(name.as_bytes(), crate::model::entry::Sequence(0)))
    }

    #[test]
    fn of_two_bounds_on_a_tag_the_earlier_counts() {
        let (tag, mut inherited) = (floor("a"), Inherited::default());
        inherited.add(&tag, at(5));
        inherited.add(&tag, at(3));
        inherited.add(&tag, at(4));
        assert_eq!(inherited.iter().map(|(_, bound)| *bound).collect::<Vec<_>>(), [at(3)]);
    }

    #[test]
    fn bounds_of_different_histories_and_unknown_ones_are_no_bound_at_all() {
        let (tag, mut inherited) = (floor("a"), Inherited::default());
        inherited.add(&tag, at(5));
        assert_eq!(inherited.bound(Some(Stamp { generation: [8; 16], sequence: 9 })), None);
        assert_eq!(inherited.bound(at(9)), at(5));
        inherited.add(&tag, None);
        assert_eq!(inherited.bound(at(9)), None);
    }

    #[test]
    fn what_is_too_many_is_noticed() {
        let mut inherited = Inherited::default();
        let tags: Vec<_> = (0..MAX_INHERITED).map(|at| floor(&at.to_string())).collect();
        for tag in tags.iter().chain(&tags) {
            inherited.add(tag, at(1));
        }
        assert!(!inherited.is_incomplete);
        assert!(!inherited.with_own(&[floor("own")], at(1)).is_incomplete);
        inherited.add(&floor("more"), at(1));
        assert!(inherited.is_incomplete);
    }

    #[test]
    fn a_confirmed_origin_is_as_late_as_its_lease() {
        let origin = Origin::of(at(3), false).expect("there is a bound");
        origin.confirm(Stamp { generation: [7; 16], sequence: 8 });
        assert_eq!(origin.bound(), at(8));
        origin.confirm(Stamp { generation: [9; 16], sequence: 20 });
        assert_eq!(origin.bound(), at(8));
    }
}
