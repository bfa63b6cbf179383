//! Rates by the time: with a clock that the test moves, in memory and on the fake, whose time it is.

use std::time::Duration;

use cache_core::testing::FakeRedis;
use larder::{Cache, ManualClock, RateLimit};

use crate::moved_by_hand::caches;

const MINUTE: Duration = Duration::from_mins(1);
const MILLI: Duration = Duration::from_millis(1);

#[tokio::test]
async fn a_window_ends_as_long_after_its_first_call_as_it_was_told() {
    for (cache, clock) in caches() {
        let limiter = cache.rate_limiter("a", RateLimit::fixed_window(2, MINUTE));
        clock.advance(MINUTE / 3);
        assert_eq!(limiter.check("ada").await.unwrap().reset_after(), MINUTE);
        clock.advance(MINUTE / 2);
        assert_eq!(limiter.check("ada").await.unwrap().reset_after(), MINUTE / 2);
        assert_eq!(limiter.check("ada").await.unwrap().retry_after(), Some(MINUTE / 2));
        clock.advance(Duration::from_millis(29_999));
        assert_eq!(limiter.check("ada").await.unwrap().retry_after(), Some(MILLI));
        clock.advance(MILLI);
        assert!(limiter.check_n("ada", 2).await.unwrap().is_allowed());
    }
}

#[tokio::test]
async fn what_was_paid_off_may_be_spent_again_call_by_call() {
    for (cache, clock) in caches() {
        let limiter = cache.rate_limiter("a", RateLimit::gcra(60, MINUTE).burst(3));
        assert!(limiter.check_n("ada", 3).await.unwrap().is_allowed());
        for _ in 0..5 {
            clock.advance(Duration::from_millis(999));
            assert_eq!(limiter.check("ada").await.unwrap().retry_after(), Some(MILLI));
            clock.advance(MILLI);
            assert!(limiter.check("ada").await.unwrap().is_allowed());
        }
        clock.advance(Duration::from_secs(2));
        assert_eq!(limiter.check_n("ada", 0).await.unwrap().remaining(), 2);
        clock.advance(MINUTE);
        assert_eq!(limiter.check_n("ada", 0).await.unwrap().remaining(), 3, "never more than a burst");
    }
}

#[tokio::test]
async fn who_waits_as_long_as_it_is_told_goes_on() {
    for (cache, clock) in caches() {
        for limit in [
            RateLimit::fixed_window(7, Duration::from_micros(12_345)),
            RateLimit::gcra(7, Duration::from_micros(12_345)),
            RateLimit::gcra(7_000, Duration::from_micros(12_345)).burst(2),
        ] {
            let limiter = cache.rate_limiter(format!("{limit:?}"), limit);
            for _ in 0..100 {
                if let Some(wait) = limiter.check("ada").await.unwrap().retry_after() {
                    clock.advance(wait.max(MILLI));
                    assert!(limiter.check("ada").await.unwrap().is_allowed(), "{limit:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_limit_that_is_over() {
    let (server, clock) = (FakeRedis::new(), ManualClock::new());
    let cache = Cache::builder("clock").clock(clock.clock()).redis(server.clone()).build().unwrap();
    for limit in [RateLimit::fixed_window(2, MINUTE), RateLimit::gcra(2, MINUTE)] {
        assert!(cache.rate_limiter("a", limit).check_n("ada", 2).await.unwrap().is_allowed());
        let records = || server.names().iter().filter(|name| name.starts_with(b"clock:#r:")).count();
        assert_eq!(records(), 1);
        // The record of a debt may outlast it by a millisecond.
        clock.advance(MINUTE + MILLI);
        assert_eq!(records(), 0);
    }
}

/// Many calls may come within a millisecond.
#[tokio::test]
async fn a_debt_of_less_than_a_millisecond_is_owed() {
    for (cache, clock) in caches() {
        let limiter = cache.rate_limiter("a", RateLimit::gcra(10_000, Duration::from_secs(1)).burst(1));
        for phase in [203, 100, 397, 5] {
            clock.advance(Duration::from_micros(1_000 + phase));
            assert!(limiter.check("ada").await.unwrap().is_allowed());
            assert!(!limiter.check("ada").await.unwrap().is_allowed(), "the next one comes 100 microseconds later");
        }
    }
}
