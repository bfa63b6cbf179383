//! What this node has invalidated lately. A server that is replaced by a copy which lags, or begins again from a file, has
//! lost the end of its history: then this is invalidated once more.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use parking_lot::Mutex;

use crate::engine::level2::undelivered::Names;
use crate::model::clock::Timestamp;
use crate::model::space::Space;
use crate::wire::names;

/// How much of it is kept: a copy lags by less, where it is of any use.
const LATELY: Duration = Duration::from_mins(1);
/// How many names are kept; beyond, the spaces of those that are not.
const KEPT: usize = 1024;

/// What was invalidated, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    invalidations: VecDeque<(Timestamp, Space, Names)>,
    names: usize,
    /// Of what there was no room for: when it was invalidated at last.
    forgotten: HashMap<Space, Timestamp>,
}

impl Recent {
    /// Notes what was invalidated now.
    pub(crate) fn note(&self, now: Timestamp, space: Space, names: Names) {
        let mut kept = self.0.lock();
        kept.names += names.len();
        kept.invalidations.push_back((now, space, names));
        while let Some((at, space, names)) = kept.invalidations.front() {
            let is_recent = now.since(*at) < LATELY;
            if is_recent && kept.names <= KEPT {
                break;
            }
            let (at, space, len) = (*at, *space, names.len());
            if is_recent {
                kept.forgotten.insert(space, at);
            }
            kept.names -= len;
            kept.invalidations.pop_front();
        }
    }

    /// All of it that was recent then or came since, and forgets it: each name once.
    pub(crate) fn take(&self, then: Timestamp) -> HashMap<Space, Names> {
        let Kept { invalidations, forgotten, .. } = std::mem::take(&mut *self.0.lock());
        let mut taken: HashMap<Space, Names> = HashMap::new();
        for (_, space, names) in invalidations.into_iter().filter(|(at, ..)| then.since(*at) < LATELY) {
            let all = taken.entry(space).or_default();
            all.keys.extend(names.keys);
            all.tokens.extend(names.tokens);
        }
        for (space, _) in forgotten.into_iter().filter(|(_, at)| then.since(*at) < LATELY) {
            taken.entry(space).or_default().tokens.insert(names::of_space(space));
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::model::clock::ManualClock;

    fn key(key: u64) -> Names {
        Names { keys: HashSet::from([key.to_string().into_bytes().into()]), tokens: HashSet::new() }
    }

    #[test]
    fn what_was_invalidated_twice_is_taken_once() {
        let (recent, now) = (Recent::default(), ManualClock::new().clock().now());
        recent.note(now, Space::Global, key(1));
        recent.note(now, Space::Global, key(2));
        recent.note(now, Space::Global, key(1));
        assert_eq!(recent.take(now)[&Space::Global].len(), 2);
        assert!(recent.take(now).is_empty());
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let (recent, clock) = (Recent::default(), ManualClock::new());
        recent.note(clock.clock().now(), Space::Global, key(1));
        clock.advance(LATELY / 2);
        recent.note(clock.clock().now(), Space::Global, key(2));
        clock.advance(LATELY / 2);
        let taken = recent.take(clock.clock().now());
        assert_eq!(taken[&Space::Global].keys, key(2).keys);
    }

    #[test]
    fn more_at_once_than_there_is_room_for_is_its_whole_space() {
        let (recent, now) = (Recent::default(), ManualClock::new().clock().now());
        let many = (0..5_000_u64).map(|key| key.to_string().into_bytes().into()).collect();
        recent.note(now, Space::Global, Names { keys: many, tokens: HashSet::new() });
        assert_eq!(recent.0.lock().names, 0);
        let taken = recent.take(now);
        assert_eq!(taken[&Space::Global].tokens, HashSet::from([names::of_space(Space::Global)]));
        assert!(taken[&Space::Global].keys.is_empty());
    }

    #[test]
    fn what_there_is_no_room_for_is_its_whole_space_for_as_long_as_it_is_recent() {
        for (later, expected) in [(Duration::ZERO, true), (LATELY, false)] {
            let (recent, clock) = (Recent::default(), ManualClock::new());
            (0..5_000).for_each(|at| recent.note(clock.clock().now(), Space::Global, key(at)));
            assert!(recent.0.lock().names <= KEPT);
            clock.advance(later);
            recent.note(clock.clock().now(), Space::Global, key(0));
            let taken = recent.take(clock.clock().now());
            assert_eq!(taken[&Space::Global].tokens.contains(&names::of_space(Space::Global)), expected);
        }
    }
}
