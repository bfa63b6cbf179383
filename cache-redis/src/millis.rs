//! Durations as the scripts take them: whole milliseconds that Lua's numbers and the server's `PX` hold exactly.

use std::time::Duration;

/// What ends later than this does not end: a hundred years, far below the 2^53 milliseconds where Lua loses exactness.
const FOR_EVER: u64 = 100 * 365 * 24 * 60 * 60 * 1000;

/// How long an entry lives; 0: for ever. A millisecond at least, for the server takes no shorter one.
pub(crate) fn ttl(ttl: Option<Duration>) -> u64 {
    ttl.map(whole).filter(|millis| *millis <= FOR_EVER).unwrap_or(0)
}

/// How long an entry lives from now on; zero: not at all. `None`: for ever.
pub(crate) fn life(time: Duration) -> Option<u64> {
    if time.is_zero() { Some(0) } else { Some(ttl(Some(time))).filter(|millis| *millis > 0) }
}

/// A moment of Unix time. `None`: so late that it never comes.
pub(crate) fn moment(millis: u64) -> Option<u64> {
    (millis <= 2 * FOR_EVER).then_some(millis)
}

/// How long a lease stands, or an entry lasts unread: a century at most.
pub(crate) fn bounded(time: Duration) -> u64 {
    whole(time).min(FOR_EVER)
}

fn whole(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ttl_is_a_millisecond_at_least_and_a_century_at_most() {
        assert_eq!(ttl(None), 0);
        assert_eq!(ttl(Some(Duration::ZERO)), 1);
        assert_eq!(ttl(Some(Duration::from_micros(1999))), 1);
        assert_eq!(ttl(Some(Duration::from_mins(1))), 60_000);
        assert_eq!(ttl(Some(Duration::from_millis(FOR_EVER))), FOR_EVER);
        assert_eq!(ttl(Some(Duration::from_millis(FOR_EVER + 1))), 0);
        assert_eq!(ttl(Some(Duration::MAX)), 0);
    }

    #[test]
    fn a_life_may_be_over_at_once_or_never() {
        assert_eq!(life(Duration::ZERO), Some(0));
        assert_eq!(life(Duration::from_nanos(1)), Some(1));
        assert_eq!(life(Duration::from_millis(FOR_EVER)), Some(FOR_EVER));
        assert_eq!(life(Duration::MAX), None);
        assert_eq!((moment(0), moment(2 * FOR_EVER)), (Some(0), Some(2 * FOR_EVER)));
        assert_eq!((moment(2 * FOR_EVER + 1), moment(u64::MAX)), (None, None));
    }

    #[test]
    fn what_is_bounded_ends() {
        assert_eq!(bounded(Duration::ZERO), 1);
        assert_eq!(bounded(Duration::MAX), FOR_EVER);
    }
}
