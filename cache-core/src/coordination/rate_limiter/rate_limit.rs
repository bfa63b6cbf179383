//! [`RateLimit`]: how many calls may come in which time.

use std::time::Duration;

use crate::model::error::Error;
use crate::model::rate::Rate;

/// Below this every number of calls is counted exactly, on every backend.
const MOST_CALLS: u64 = 1_000_000_000_000_000;
/// The longest window: a century.
const LONGEST_WINDOW: Duration = Duration::from_hours(100 * 365 * 24);
/// What a whole burst takes to come back at most, in nanoseconds: 52 days. Every sum of two such is exact.
const LONGEST_DEBT: u64 = 1 << 52;

/// How many calls may come in which time: what a [`RateLimiter`](crate::RateLimiter) enforces.
///
/// | | lets through | costs |
/// |---|---|---|
/// | [`fixed_window`](Self::fixed_window) | so many in each window, which begins with the first of them; around the end of a window up to twice as many come close together | one counter |
/// | [`gcra`](Self::gcra) | an even stream, and a burst of what was not used | one moment in time |
///
/// It is checked where it is used: with numbers that cannot be kept exactly each check fails with
/// [`ErrorKind::Config`](crate::ErrorKind::Config), and says what to write.
///
/// ```
/// use std::time::Duration;
/// use cache_core::RateLimit;
///
/// let logins = RateLimit::fixed_window(5, Duration::from_secs(60));
/// let requests = RateLimit::gcra(100, Duration::from_secs(1)).burst(20);
/// assert_ne!(logins, requests);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    limit: u64,
    time: Duration,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Window,
    Gcra {
        burst: u64,
    },
    /// A window that was given a burst.
    BurstyWindow,
}

impl RateLimit {
    /// So many calls in each window. A window begins with the first call that is counted, and ends by the server's clock; a
    /// fraction of a millisecond counts as a whole one.
    ///
    /// The limit is 1 to 10^15 - 1, the window a century at most.
    ///
    /// ```
    /// # use cache_core::{Cache, RateLimit};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// use std::time::Duration;
    ///
    /// let logins = Cache::in_process().rate_limiter("logins", RateLimit::fixed_window(2, Duration::from_secs(60)));
    /// assert!(logins.check("ada").await?.is_allowed());
    /// assert!(logins.check("ada").await?.is_allowed());
    /// assert!(!logins.check("ada").await?.is_allowed());
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn fixed_window(limit: u64, window: Duration) -> Self {
        Self { limit, time: window, kind: Kind::Window }
    }

    /// So many calls in each period, evenly: one for each `period / limit`, rounded up to a nanosecond, and what was not used
    /// comes back as a [`burst`](Self::burst), by default of `limit` calls. The generic cell rate algorithm of ITU-T I.371,
    /// which is what a leaky bucket as a meter does.
    ///
    /// The limit is at least 1, and a whole burst comes back within 52 days.
    ///
    /// ```
    /// # use cache_core::{Cache, RateLimit};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// use std::time::Duration;
    ///
    /// let calls = Cache::in_process().rate_limiter("calls", RateLimit::gcra(60, Duration::from_secs(3_600)).burst(1));
    /// assert!(calls.check("ada").await?.is_allowed());
    /// let refused = calls.check("ada").await?;
    /// assert!(refused.retry_after().is_some_and(|wait| wait <= Duration::from_secs(60)));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn gcra(limit: u64, period: Duration) -> Self {
        Self { limit, time: period, kind: Kind::Gcra { burst: limit } }
    }

    /// How many calls may come at once where none has come for long: at least 1. Of [`gcra`](Self::gcra) only, for in a fixed
    /// window all may.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cache_core::RateLimit;
    ///
    /// let smooth = RateLimit::gcra(100, Duration::from_secs(1)).burst(5);
    /// # let _ = smooth;
    /// ```
    #[must_use]
    pub fn burst(self, calls: u64) -> Self {
        let kind = match self.kind {
            Kind::Gcra { .. } => Kind::Gcra { burst: calls },
            Kind::Window | Kind::BurstyWindow => Kind::BurstyWindow,
        };
        Self { kind, ..self }
    }

    /// How many calls may come at once.
    pub(super) fn most(&self) -> u64 {
        match self.kind {
            Kind::Gcra { burst } => burst,
            Kind::Window | Kind::BurstyWindow => self.limit,
        }
    }

    /// The numbers to count with.
    pub(super) fn rate(&self) -> Result<Rate, Error> {
        if self.limit == 0 || self.most() == 0 {
            return Err(Error::config("a rate limit lets nothing through: give it a limit and a burst of at least 1"));
        }
        if self.time.is_zero() {
            return Err(Error::config(
                "a rate limit has no time: give it a window or a period that is longer than zero",
            ));
        }
        if self.limit.max(self.most()) >= MOST_CALLS {
            return Err(Error::config("a rate limit of more calls than can be counted exactly: stay below 10^15"));
        }
        match self.kind {
            Kind::Window if self.time > LONGEST_WINDOW => {
                Err(Error::config("a window of a rate limit is longer than a century: make it shorter"))
            }
            Kind::Window => {
                let millis = u64::try_from(self.time.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
                Ok(Rate::Window { limit: self.limit, millis })
            }
            Kind::Gcra { burst } => {
                let interval = u64::try_from(self.time.as_nanos().div_ceil(self.limit.into())).unwrap_or(u64::MAX);
                let debt = burst.checked_mul(interval).filter(|debt| *debt <= LONGEST_DEBT);
                debt.map(|_| Rate::Gcra { burst, interval }).ok_or_else(|| {
                    Error::config("a burst takes longer than 52 days to come back: make the burst or the period smaller, or the limit larger")
                })
            }
            Kind::BurstyWindow => Err(Error::config(
                "a fixed window has no burst, for all of its calls may come at once: leave it out, or take `gcra`",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_window_is_whole_milliseconds_and_no_shorter_than_asked() {
        let millis = |window| match RateLimit::fixed_window(1, window).rate() {
            Ok(Rate::Window { millis, .. }) => millis,
            other => panic!("no window: {other:?}"),
        };
        assert_eq!((millis(Duration::from_nanos(1)), millis(SECOND)), (1, 1_000));
        assert_eq!(millis(Duration::from_micros(1_001)), 2);
        assert_eq!(millis(LONGEST_WINDOW), 100 * 365 * 24 * 60 * 60 * 1_000);
    }

    #[test]
    fn an_interval_is_rounded_up() {
        let rate = |limit, period| RateLimit::gcra(limit, period).rate().expect("a rate");
        assert_eq!(rate(3, SECOND), Rate::Gcra { burst: 3, interval: 333_333_334 });
        assert_eq!(rate(10, Duration::from_nanos(1)), Rate::Gcra { burst: 10, interval: 1 });
        let of_seven = RateLimit::gcra(10, SECOND).burst(7).rate().expect("a rate");
        assert_eq!(of_seven, Rate::Gcra { burst: 7, interval: 100_000_000 });
    }

    #[test]
    fn what_cannot_be_kept_exactly_is_refused() {
        for limit in [
            RateLimit::fixed_window(0, SECOND),
            RateLimit::fixed_window(1, Duration::ZERO),
            RateLimit::fixed_window(MOST_CALLS, SECOND),
            RateLimit::fixed_window(u64::MAX, SECOND),
            RateLimit::fixed_window(1, LONGEST_WINDOW + SECOND),
            RateLimit::fixed_window(1, Duration::MAX),
            RateLimit::fixed_window(1, SECOND).burst(1),
            RateLimit::gcra(0, SECOND),
            RateLimit::gcra(1, Duration::ZERO),
            RateLimit::gcra(1, SECOND).burst(0),
            RateLimit::gcra(1, Duration::MAX),
            RateLimit::gcra(1, SECOND).burst(u64::MAX),
            RateLimit::gcra(1, Duration::from_hours(53 * 24)),
        ] {
            assert!(limit.rate().expect_err("it cannot be kept").is_config(), "{limit:?}");
        }
        assert!(RateLimit::gcra(1, Duration::from_hours(52 * 24)).rate().is_ok());
        assert!(RateLimit::gcra(1_000_000_000, SECOND).burst(1_000_000).rate().is_ok());
    }
}
