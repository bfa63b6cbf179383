//! The decisions of the consistency protocol, as pure functions. The engine calls them and nothing else decides.

use crate::model::clock::Timestamp;
use crate::model::entry::{Floors, Header, Sequence};
use crate::model::outcome::Reason;

/// Whether an entry may be served: it has not expired, and nothing it lies on was invalidated after its load began.
#[inline]
pub(crate) fn servable(entry: &Header, now: Timestamp) -> bool {
    now < entry.expires_at.get() && entry.floors.allow(entry.began)
}

/// Why an entry may not be served; `None` where it may.
pub(crate) fn unservable(entry: &Header, now: Timestamp) -> Option<Reason> {
    if now >= entry.expires_at.get() {
        return Some(Reason::Expired);
    }
    (!entry.floors.allow(entry.began)).then_some(Reason::Invalidated)
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
    use std::time::Duration;

    use super::*;
    use crate::model::clock::{Clock, Deadline, ManualClock};
    use crate::model::entry::Floor;

    fn floors(namespace: u64, tags: &[u64]) -> Floors {
        let floor = |at: u64| Arc::new(Floor::of_tag(b"", Sequence(at)));
        Floors { namespace: floor(namespace), tags: tags.iter().map(|&at| floor(at)).collect() }
    }

    fn header(clock: &Clock, began: u64, floors: Floors) -> Header {
        Header {
            expires_at: Deadline::at(clock.now().plus(Duration::from_secs(1))),
            idle: None,
            born: clock.now(),
            began: Sequence(began),
            version: 0,
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
        assert!(servable(&entry, clock.now()));
        manual.advance(Duration::from_nanos(1));
        assert!(!servable(&entry, clock.now()));
    }

    #[test]
    fn an_entry_is_servable_iff_nothing_it_lies_on_was_invalidated_after_its_load_began() {
        let clock = ManualClock::new().clock();
        for (namespace, tags, expected) in
            [(5, vec![], true), (6, vec![], false), (0, vec![5, 5], true), (0, vec![0, 6], false)]
        {
            assert_eq!(servable(&header(&clock, 5, floors(namespace, &tags)), clock.now()), expected);
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
