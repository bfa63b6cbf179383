//! What this node has invalidated lately. A server that is replaced by a copy which lags, or begins again from a file, has
//! lost the end of its history: then this is invalidated once more.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use parking_lot::Mutex;

use crate::engine::level2::kept::{KEPT, Names};
use crate::model::clock::Timestamp;

/// How much of it is kept: a copy lags by less, where it is of any use.
const LATELY: Duration = Duration::from_mins(1);

/// What was invalidated, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    invalidations: VecDeque<(Timestamp, Names)>,
    names: usize,
    forgotten: Forgotten,
}

/// Of what there was no room for: when it was invalidated at last.
#[derive(Debug, Default)]
struct Forgotten {
    /// The spaces that it lay in.
    tokens: HashMap<Box<[u8]>, Timestamp>,
    everything: Option<Timestamp>,
}

impl Forgotten {
    fn add(&mut self, at: Timestamp, names: &Names) {
        let wide = names.widened();
        self.tokens.extend(wide.tokens.into_iter().map(|token| (token, at)));
        if wide.everything || self.tokens.len() > KEPT {
            self.tokens.clear();
            self.everything = Some(at);
        }
    }

    fn into_names(self, is_recent: impl Fn(Timestamp) -> bool) -> Names {
        let tokens = self.tokens.into_iter().filter(|(_, at)| is_recent(*at)).map(|(token, _)| token).collect();
        Names { tokens, everything: self.everything.is_some_and(is_recent), ..Names::default() }
    }
}

impl Recent {
    /// Notes what was invalidated now.
    pub(crate) fn note(&self, now: Timestamp, names: Names) {
        let mut kept = self.0.lock();
        kept.names += names.len();
        kept.invalidations.push_back((now, names));
        while let Some((at, names)) = kept.invalidations.front() {
            let (at, is_recent) = (*at, now.since(*at) < LATELY);
            if is_recent && kept.names <= KEPT {
                break;
            }
            kept.names -= names.len();
            if let Some((_, names)) = kept.invalidations.pop_front()
                && is_recent
            {
                kept.forgotten.add(at, &names);
            }
        }
    }

    /// All of it that was recent then or came since, and forgets it: each name once.
    pub(crate) fn take(&self, then: Timestamp) -> Names {
        let Kept { invalidations, forgotten, .. } = std::mem::take(&mut *self.0.lock());
        let is_recent = |at: Timestamp| then.since(at) < LATELY;
        let mut taken = forgotten.into_names(is_recent);
        invalidations.into_iter().filter(|(at, _)| is_recent(*at)).for_each(|(_, names)| taken.add(names));
        taken
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::model::clock::ManualClock;
    use crate::model::space::Space;
    use crate::wire::names;

    fn key(key: u64) -> Names {
        Names::of_key(format!("global:_:{key}").as_bytes())
    }

    fn global() -> Box<[u8]> {
        names::of_space(&Space::Global)
    }

    #[test]
    fn what_was_invalidated_twice_is_taken_once() {
        let (recent, now) = (Recent::default(), ManualClock::new().clock().now());
        recent.note(now, key(1));
        recent.note(now, key(2));
        recent.note(now, key(1));
        assert_eq!(recent.take(now).len(), 2);
        assert!(recent.take(now).is_empty());
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let (recent, clock) = (Recent::default(), ManualClock::new());
        recent.note(clock.clock().now(), key(1));
        clock.advance(LATELY / 2);
        recent.note(clock.clock().now(), key(2));
        clock.advance(LATELY / 2);
        assert_eq!(recent.take(clock.clock().now()).keys, key(2).keys);
    }

    #[test]
    fn more_at_once_than_there_is_room_for_is_its_whole_space() {
        let (recent, now) = (Recent::default(), ManualClock::new().clock().now());
        let many = (0..5_000).flat_map(|at| key(at).keys).collect();
        recent.note(now, Names { keys: many, ..Names::default() });
        assert_eq!(recent.0.lock().names, 0);
        let taken = recent.take(now);
        assert_eq!(taken.tokens, HashSet::from([global()]));
        assert!(taken.keys.is_empty());
    }

    #[test]
    fn what_there_is_no_room_for_is_its_whole_space_for_as_long_as_it_is_recent() {
        for (later, expected) in [(Duration::ZERO, true), (LATELY, false)] {
            let (recent, clock) = (Recent::default(), ManualClock::new());
            (0..5_000).for_each(|at| recent.note(clock.clock().now(), key(at)));
            assert!(recent.0.lock().names <= KEPT);
            clock.advance(later);
            recent.note(clock.clock().now(), key(0));
            assert_eq!(recent.take(clock.clock().now()).tokens.contains(&global()), expected);
        }
    }

    #[test]
    fn of_however_many_tenants_what_is_kept_is_bounded() {
        let (recent, now) = (Recent::default(), ManualClock::new().clock().now());
        for tenant in 0..5_000 {
            recent.note(now, Names::of_key(format!("tenant:{tenant}:_:1").as_bytes()));
        }
        let kept = recent.0.lock();
        assert!(kept.names + kept.forgotten.tokens.len() <= 2 * KEPT);
        drop(kept);
        assert!(recent.take(now).everything);
    }
}
