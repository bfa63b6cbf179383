//! The decisions of the consistency protocol, as pure functions. The engine calls them and nothing else decides.

use std::time::Duration;

use crate::model::clock::Timestamp;
use crate::model::entry::{Floors, Header, Sequence};
use crate::model::outcome::Reason;

/// Whether an entry may be served: it has not expired, memory is known to be true, and nothing it lies on was invalidated
/// after its load began. `fresh` comes first: see [`Freshness`](crate::model::clock::Freshness).
#[inline]
pub(crate) fn servable(entry: &Header, fresh: Fresh, now: Timestamp) -> bool {
    fresh.covers(entry.known, now) && now < entry.expires_at.get() && entry.floors.allow(entry.began)
}

/// Why an entry may not be served; `None` where it may.
pub(crate) fn unservable(entry: &Header, fresh: Fresh, now: Timestamp) -> Option<Reason> {
    if now >= entry.expires_at.get() {
        return Some(Reason::Expired);
    }
    if !entry.floors.allow(entry.began) {
        return Some(Reason::Invalidated);
    }
    (!fresh.covers(entry.known, now)).then_some(Reason::Unconfirmed)
}

/// How long what memory holds may be served.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fresh {
    /// Until when the second level's last word counts for everything.
    pub(crate) until: Timestamp,
    /// How long after it was current anything may be served whatever happens.
    pub(crate) bound: Duration,
}

impl Fresh {
    /// When something was last known to be current that was so at `known`.
    pub(crate) fn confirms(self, known: Timestamp) -> Timestamp {
        known.max(self.until.minus(self.bound))
    }

    /// What was current less than the bound ago cannot be further behind than that, whoever invalidated it meanwhile.
    #[inline]
    pub(crate) fn covers(self, known: Timestamp, now: Timestamp) -> bool {
        now < self.until || now < known.plus(self.bound)
    }
}

/// Whether what a load or a put brings may be stored: its key was not invalidated meanwhile, and neither was anything
/// else that it lies on.
pub(crate) fn storable(key_invalidated: bool, began: Sequence, floors: &Floors) -> bool {
    !key_invalidated && floors.allow(began)
}

/// Whether a call that begins now may be served by a load that runs: nothing the load lies on was invalidated since it
/// began. A load whose tags are not known yet might lie on any tag, so any tag's invalidation ends it for later calls.
pub(crate) fn joinable(began: Sequence, floors: &Floors, more_tags: bool, last_tag: Sequence) -> bool {
    floors.allow(began) && !(more_tags && last_tag > began)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::clock::{Clock, Deadline, ManualClock};
    use crate::model::entry::Floor;

    const ALWAYS: Fresh = Fresh { until: Timestamp::END, bound: Duration::ZERO };

    fn floors(namespace: u64, tags: &[u64]) -> Floors {
        let floor = |at: u64| Arc::new(Floor::of_tag(b"", Sequence(at)));
        Floors { namespace: floor(namespace), tags: tags.iter().map(|&at| floor(at)).collect() }
    }

    fn header(clock: &Clock, began: u64, floors: Floors) -> Header {
        Header {
            expires_at: Deadline::at(clock.now().plus(Duration::from_secs(1))),
            idle: None,
            known: clock.now(),
            began: Sequence(began),
            version: 0,
            is_read: false,
            origin: None,
            floors,
        }
    }

    #[test]
    fn an_entry_is_servable_until_the_moment_it_expires() {
        let manual = ManualClock::new();
        let clock = manual.clock();
        let entry = header(&clock, 0, floors(0, &[]));
        manual.advance(Duration::from_nanos(999_999_999));
        assert!(servable(&entry, ALWAYS, clock.now()));
        manual.advance(Duration::from_nanos(1));
        assert!(!servable(&entry, ALWAYS, clock.now()));
    }

    #[test]
    fn an_entry_is_servable_iff_nothing_it_lies_on_was_invalidated_after_its_load_began() {
        let clock = ManualClock::new().clock();
        for (namespace, tags, expected) in
            [(5, vec![], true), (6, vec![], false), (0, vec![5, 5], true), (0, vec![0, 6], false)]
        {
            assert_eq!(servable(&header(&clock, 5, floors(namespace, &tags)), ALWAYS, clock.now()), expected);
        }
    }

    #[test]
    fn without_fresh_word_an_entry_is_served_only_for_the_bound_after_it_was_current() {
        let manual = ManualClock::new();
        let (clock, bound) = (manual.clock(), Duration::from_millis(300));
        let (entry, start) = (header(&clock, 0, floors(0, &[])), clock.now());
        let (word, none) = (start.plus(Duration::from_millis(500)), start);
        for (after, heard, silent) in [(299, true, true), (300, true, false), (499, true, false), (500, false, false)] {
            let now = start.plus(Duration::from_millis(after));
            assert_eq!(servable(&entry, Fresh { until: word, bound }, now), heard, "{after} ms");
            assert_eq!(servable(&entry, Fresh { until: none, bound }, now), silent, "{after} ms");
        }
    }

    #[test]
    fn a_load_is_stored_iff_neither_its_key_nor_a_floor_was_invalidated() {
        assert!(storable(false, Sequence(5), &floors(5, &[4])));
        assert!(!storable(true, Sequence(5), &floors(5, &[4])));
        assert!(!storable(false, Sequence(5), &floors(6, &[4])));
        assert!(!storable(false, Sequence(5), &floors(5, &[6])));
    }

    #[test]
    fn a_load_with_unknown_tags_is_joined_only_while_no_tag_was_invalidated() {
        assert!(joinable(Sequence(5), &floors(5, &[]), true, Sequence(5)));
        assert!(!joinable(Sequence(5), &floors(5, &[]), true, Sequence(6)));
        assert!(joinable(Sequence(5), &floors(5, &[]), false, Sequence(6)));
    }
}
