//! Whether a call is within its rate: a fixed window, and the generic cell rate algorithm.
//!
//! The latter is that of ITU-T I.371 (annex A, the virtual scheduling algorithm), which `redis-cell` and the crate
//! `governor` use too: a call costs an interval of time, what was spent is a debt that the time pays off, and a debt is
//! at most as large as a burst costs. Whole numbers only, so that every backend comes to the same.

use std::time::Duration;

use crate::model::rate::Limited;

/// A window that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Running {
    /// How many calls it has counted.
    pub(crate) count: u64,
    /// How long it runs on, in milliseconds.
    pub(crate) left: u64,
}

/// What becomes of so many calls at once in a window of so many milliseconds, and which window runs then.
///
/// A window that would run on for longer than a new one is one of another policy: it is cut.
pub(crate) fn in_window(
    (limit, millis): (u64, u64),
    running: Option<Running>,
    calls: u64,
) -> (Limited, Option<Running>) {
    let before = running.unwrap_or(Running { count: 0, left: millis });
    let sum = before.count.checked_add(calls).filter(|sum| *sum <= limit);
    let after = Running { count: sum.unwrap_or(before.count), left: before.left.min(millis) };
    let after = (running.is_some() || after.count > 0).then_some(after);
    let left = Duration::from_millis(after.map_or(0, |after| after.left));
    let limited = Limited {
        is_allowed: sum.is_some(),
        remaining: limit.saturating_sub(after.map_or(0, |after| after.count)),
        reset_after: left,
        retry_after: if sum.is_some() { Duration::ZERO } else { left },
    };
    (limited, after)
}

/// What becomes of so many calls at once where there is such a debt, in nanoseconds, and what the debt is then.
///
/// A debt beyond a burst's was made by another policy, or by a clock that has been put back since: it is cut.
pub(crate) fn by_debt((burst, interval): (u64, u64), debt: u64, calls: u64) -> (Limited, u64) {
    let full = burst.saturating_mul(interval);
    let before = debt.min(full);
    let wanted = before.saturating_add(calls.saturating_mul(interval));
    let after = if wanted <= full { wanted } else { before };
    let limited = Limited {
        is_allowed: wanted <= full,
        remaining: (full - after).checked_div(interval).unwrap_or_default(),
        reset_after: in_micros(after),
        retry_after: in_micros(wanted.saturating_sub(full)),
    };
    (limited, after)
}

/// Rounded up to what a server's clock shows, so that whoever waits so long is not too early.
fn in_micros(nanos: u64) -> Duration {
    Duration::from_micros(nanos.div_ceil(1_000))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    const MILLIS: u64 = 1_000_000;

    fn window(count: u64, left: u64) -> Running {
        Running { count, left }
    }

    #[test]
    fn the_first_call_begins_a_window() {
        let (limited, running) = in_window((3, 1_000), None, 1);
        assert_eq!(running, Some(window(1, 1_000)));
        assert_eq!((limited.is_allowed, limited.remaining), (true, 2));
        assert_eq!((limited.reset_after, limited.retry_after), (Duration::from_secs(1), Duration::ZERO));
    }

    #[test]
    fn a_call_that_does_not_fit_is_not_counted() {
        let (limited, running) = in_window((3, 1_000), Some(window(2, 400)), 2);
        assert_eq!(running, Some(window(2, 400)));
        assert_eq!((limited.is_allowed, limited.remaining), (false, 1));
        assert_eq!(limited.retry_after, Duration::from_millis(400));
        assert!(in_window((3, 1_000), running, 1).0.is_allowed);
    }

    #[test]
    fn a_look_begins_no_window() {
        let (limited, running) = in_window((3, 1_000), None, 0);
        assert_eq!((running, limited.is_allowed, limited.remaining), (None, true, 3));
        assert_eq!(limited.reset_after, Duration::ZERO);
    }

    #[test]
    fn a_window_of_a_longer_policy_is_cut() {
        assert_eq!(in_window((3, 1_000), Some(window(3, 60_000)), 1).1, Some(window(3, 1_000)));
        assert_eq!(in_window((3, 1_000), Some(window(1, 60_000)), 1).1, Some(window(2, 1_000)));
    }

    #[test]
    fn a_limit_below_what_was_counted_leaves_nothing() {
        let (limited, running) = in_window((3, 1_000), Some(window(7, 10)), 1);
        assert_eq!((limited.is_allowed, limited.remaining, running), (false, 0, Some(window(7, 10))));
    }

    #[test]
    fn a_burst_may_come_at_once_and_then_one_for_each_interval() {
        let rate = (3, 100 * MILLIS);
        let mut debt = 0;
        for remaining in [2, 1, 0] {
            let (limited, after) = by_debt(rate, debt, 1);
            assert_eq!((limited.is_allowed, limited.remaining), (true, remaining));
            debt = after;
        }
        let (limited, after) = by_debt(rate, debt, 1);
        assert_eq!((limited.is_allowed, limited.retry_after), (false, Duration::from_millis(100)));
        assert_eq!((limited.reset_after, after), (Duration::from_millis(300), debt));
        assert!(!by_debt(rate, debt - 99 * MILLIS, 1).0.is_allowed);
        assert!(by_debt(rate, debt - 100 * MILLIS, 1).0.is_allowed);
    }

    #[test]
    fn a_debt_that_no_burst_makes_is_cut() {
        let (limited, after) = by_debt((3, 100), u64::MAX, 1);
        assert_eq!((limited.is_allowed, after), (false, 300));
        assert_eq!(limited.retry_after, Duration::from_micros(1));
    }

    proptest! {
        /// Whatever calls come at whatever times, no window counts more than its limit.
        #[test]
        fn no_window_has_more_than_its_limit(
            limit in 1_u64..20, millis in 1_u64..50, calls in prop::collection::vec((0_u64..30, 0_u64..10), 1..200),
        ) {
            let (now, running, counted) = (Cell::new(0), Cell::new(None::<Running>), Cell::new(0));
            for (pause, calls) in calls {
                now.set(now.get() + pause);
                let before = running.get().and_then(|it| {
                    Some(Running { left: it.left.checked_sub(pause).filter(|left| *left > 0)?, ..it })
                });
                if before.is_none() {
                    counted.set(0);
                }
                let (limited, after) = in_window((limit, millis), before, calls);
                if limited.is_allowed {
                    counted.set(counted.get() + calls);
                }
                prop_assert!(counted.get() <= limit);
                prop_assert_eq!(limited.remaining, limit - counted.get());
                prop_assert!(after.is_none_or(|after| after.left <= millis));
                running.set(after);
            }
        }

        /// Of any interval of time: what was allowed in it is at most a burst, and what the time has paid for.
        #[test]
        fn no_interval_has_more_than_a_burst_and_what_its_time_pays(
            burst in 1_u64..10, interval in 1_u64..100, calls in prop::collection::vec((0_u64..200, 0_u64..4), 1..100),
        ) {
            let (mut now, mut debt, mut allowed) = (0, 0_u64, Vec::new());
            for (pause, calls) in calls {
                now += pause;
                debt = debt.saturating_sub(pause);
                let (limited, after) = by_debt((burst, interval), debt, calls);
                debt = after;
                if limited.is_allowed {
                    allowed.push((now, calls));
                }
            }
            for (at, (begin, _)) in allowed.iter().enumerate() {
                let mut sum = 0;
                for (end, calls) in &allowed[at..] {
                    sum += calls;
                    prop_assert!(sum <= burst + (end - begin) / interval);
                }
            }
        }

        /// Who is refused, and waits as long as it is told, is allowed.
        #[test]
        fn who_waits_is_allowed(burst in 1_u64..10, interval in 1_u64..5_000, debt in 0_u64..100_000, calls in 1_u64..10) {
            prop_assume!(calls <= burst);
            let (limited, after) = by_debt((burst, interval), debt, calls);
            let waited = u64::try_from(limited.retry_after.as_nanos()).expect("it is short");
            if !limited.is_allowed {
                prop_assert!(by_debt((burst, interval), after.saturating_sub(waited), calls).0.is_allowed);
            }
        }
    }
}
