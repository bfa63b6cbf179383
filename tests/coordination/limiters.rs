//! Rate limiters: what goes on, what is told of it, and whose calls are counted together.

use std::time::Duration;

use cache_core::testing::{FakeRedis, Operations};
use larder::{Cache, Decision, ErrorKind, RateLimit};

use crate::backend::on_every_backend;

const MINUTE: Duration = Duration::from_mins(1);

fn both() -> [RateLimit; 2] {
    [RateLimit::fixed_window(3, MINUTE), RateLimit::gcra(3, MINUTE * 3)]
}

fn is_about(time: Duration, expected: Duration) -> bool {
    time <= expected && time + MINUTE / 2 > expected
}

fn told(decision: Decision) -> (bool, u64) {
    (decision.is_allowed(), decision.remaining())
}

on_every_backend! {
    async fn as_many_calls_go_on_as_the_limit_says(backend: Backend) {
        for (name, limit) in ["window", "gcra"].into_iter().zip(both()) {
            let limiter = backend.node().rate_limiter(name, limit);
            for remaining in [2, 1, 0] {
                let decision = limiter.check("ada").await.unwrap();
                assert_eq!((told(decision), decision.limit()), ((true, remaining), 3));
                assert_eq!(decision.retry_after(), None);
            }
            let refused = limiter.check("ada").await.unwrap();
            assert_eq!(told(refused), (false, 0));
            assert!(refused.retry_after().is_some_and(|wait| is_about(wait, MINUTE)), "{refused:?}");
        }
    }

    async fn what_is_told_is_when_it_begins_anew(backend: Backend) {
        let [window, gcra] = both();
        let window = backend.node().rate_limiter("window", window);
        assert!(is_about(window.check("ada").await.unwrap().reset_after(), MINUTE));
        assert!(is_about(window.check_n("ada", 2).await.unwrap().reset_after(), MINUTE));
        let gcra = backend.node().rate_limiter("gcra", gcra);
        assert!(is_about(gcra.check("ada").await.unwrap().reset_after(), MINUTE));
        assert!(is_about(gcra.check_n("ada", 2).await.unwrap().reset_after(), MINUTE * 3));
    }

    async fn many_calls_are_counted_at_once_or_not_at_all(backend: Backend) {
        for (name, limit) in ["window", "gcra"].into_iter().zip(both()) {
            let limiter = backend.node().rate_limiter(name, limit);
            assert_eq!(told(limiter.check_n("ada", 2).await.unwrap()), (true, 1));
            assert_eq!(told(limiter.check_n("ada", 2).await.unwrap()), (false, 1));
            assert_eq!(told(limiter.check_n("ada", 1).await.unwrap()), (true, 0));
        }
    }

    async fn a_look_counts_nothing(backend: Backend) {
        for (name, limit) in ["window", "gcra"].into_iter().zip(both()) {
            let limiter = backend.node().rate_limiter(name, limit);
            let looked = limiter.check_n("ada", 0).await.unwrap();
            assert_eq!((told(looked), looked.reset_after()), ((true, 3), Duration::ZERO));
            assert_eq!(told(limiter.check_n("ada", 3).await.unwrap()), (true, 0));
            assert_eq!(told(limiter.check_n("ada", 0).await.unwrap()), (true, 0));
            assert!(!limiter.check("ada").await.unwrap().is_allowed());
        }
    }

    async fn a_subject_that_was_reset_begins_anew(backend: Backend) {
        for (name, limit) in ["window", "gcra"].into_iter().zip(both()) {
            let limiter = backend.node().rate_limiter(name, limit);
            assert!(!limiter.reset("ada").await.unwrap());
            assert!(limiter.check_n("ada", 3).await.unwrap().is_allowed());
            assert!(limiter.reset("ada").await.unwrap());
            assert_eq!(told(limiter.check("ada").await.unwrap()), (true, 2));
        }
    }

    async fn a_burst_is_smaller_than_the_limit(backend: Backend) {
        let limiter = backend.node().rate_limiter("api", RateLimit::gcra(60, MINUTE * 60).burst(2));
        assert_eq!(limiter.check_n("ada", 2).await.unwrap().limit(), 2);
        let refused = limiter.check("ada").await.unwrap();
        assert!(refused.retry_after().is_some_and(|wait| is_about(wait, MINUTE)), "{refused:?}");
        assert!(limiter.check_n("ada", 3).await.unwrap_err().is_config());
    }

    async fn a_name_and_a_subject_are_no_other_pair(backend: Backend) {
        let cache = backend.node();
        let long = "k".repeat(1_000);
        let pairs = [
            ("a", "b:c"), ("a:b", "c"), ("a", "b%3Ac"), ("a%3Ab", "c"), ("", "a:b:c"), ("a:b:c", ""), ("", ""),
            ("a", "*"), ("*", "a"), ("#", "a"), ("a", "#"), ("{a}", "b"), ("a,b", "c"), ("a", "b,c"), (&long, "a"),
            (&long, "b"), ("b", &long),
        ];
        for (name, subject) in pairs {
            let limiter = cache.rate_limiter(name, RateLimit::fixed_window(1, MINUTE));
            assert!(limiter.check(subject).await.unwrap().is_allowed(), "{name:?} {subject:?}");
        }
        for (name, subject) in pairs {
            let limiter = cache.rate_limiter(name, RateLimit::fixed_window(1, MINUTE));
            assert!(!limiter.check(subject).await.unwrap().is_allowed(), "{name:?} {subject:?}");
        }
    }

    async fn namespaces_counters_and_entries_are_apart_from_limiters(backend: Backend) {
        let cache = backend.node();
        let limit = RateLimit::fixed_window(1, MINUTE);
        assert!(cache.rate_limiter("a", limit).check("b").await.unwrap().is_allowed());
        assert!(cache.namespace("users").rate_limiter("a", limit).check("b").await.unwrap().is_allowed());
        assert_eq!(cache.counter("a:b").increment().await.unwrap(), 1);
        assert!(!cache.contains("a:b").await.unwrap());
        cache.clear().await.unwrap();
        assert!(!cache.rate_limiter("a", limit).check("b").await.unwrap().is_allowed());
    }

    async fn handles_of_one_name_count_together(backend: Backend) {
        let cache = backend.node();
        for (name, limit) in ["window", "gcra"].into_iter().zip(both()) {
            assert!(cache.rate_limiter(name, limit).check_n(("user", 7), 2).await.unwrap().is_allowed());
            assert_eq!(told(cache.rate_limiter(name, limit).clone().check("user:7").await.unwrap()), (true, 0));
        }
    }

    async fn a_limit_that_was_lowered_counts_at_once(backend: Backend) {
        let cache = backend.node();
        let old = cache.rate_limiter("a", RateLimit::fixed_window(100, MINUTE * 60));
        assert!(old.check_n("ada", 70).await.unwrap().is_allowed());
        let new = cache.rate_limiter("a", RateLimit::fixed_window(3, MINUTE));
        let refused = new.check("ada").await.unwrap();
        assert_eq!(told(refused), (false, 0));
        assert!(refused.retry_after().is_some_and(|wait| wait <= MINUTE));
        let old = cache.rate_limiter("b", RateLimit::gcra(100, MINUTE * 6_000));
        assert!(old.check_n("ada", 70).await.unwrap().is_allowed());
        let refused = cache.rate_limiter("b", RateLimit::gcra(3, MINUTE * 3)).check("ada").await.unwrap();
        assert!(refused.retry_after().is_some_and(|wait| is_about(wait, MINUTE)), "{refused:?}");
    }

    async fn a_limiter_that_turns_to_the_other_kind_begins_anew(backend: Backend) {
        let cache = backend.node();
        let [window, gcra] = both();
        for limit in [window, gcra, window] {
            let limiter = cache.rate_limiter("a", limit);
            assert_eq!(told(limiter.check_n("ada", 3).await.unwrap()), (true, 0));
            assert!(!limiter.check("ada").await.unwrap().is_allowed());
        }
    }

    async fn a_limit_that_cannot_be_kept_is_told(backend: Backend) {
        let cache = backend.node();
        for limit in [
            RateLimit::fixed_window(0, MINUTE),
            RateLimit::fixed_window(1, Duration::ZERO),
            RateLimit::fixed_window(1, Duration::MAX),
            RateLimit::fixed_window(u64::MAX, MINUTE),
            RateLimit::fixed_window(1, MINUTE).burst(1),
            RateLimit::gcra(0, MINUTE),
            RateLimit::gcra(1, Duration::ZERO),
            RateLimit::gcra(1, MINUTE).burst(0),
            RateLimit::gcra(1, MINUTE).burst(u64::MAX),
        ] {
            let error = cache.rate_limiter("a", limit).check("ada").await.unwrap_err();
            assert!(error.is_config(), "{limit:?}: {error}");
        }
        assert!(cache.rate_limiter("a", both()[0]).check_n("ada", 4).await.unwrap_err().is_config());
        assert!(cache.namespace("no name").rate_limiter("a", both()[0]).check("ada").await.unwrap_err().is_config());
    }

    async fn the_largest_limits_are_exact(backend: Backend) {
        let most = 999_999_999_999_999;
        let limiter = backend.node().rate_limiter("a", RateLimit::fixed_window(most, Duration::from_hours(876_000)));
        assert_eq!(told(limiter.check_n("ada", most - 1).await.unwrap()), (true, 1));
        assert_eq!(told(limiter.check_n("ada", 2).await.unwrap()), (false, 1));
        assert_eq!(told(limiter.check("ada").await.unwrap()), (true, 0));
    }

    async fn many_tasks_are_not_more_than_the_limit(backend: Backend) {
        for (name, limit) in [("window", RateLimit::fixed_window(50, MINUTE)), ("gcra", RateLimit::gcra(50, MINUTE * 50))] {
            let limiter = backend.node().rate_limiter(name, limit);
            let calls = futures::future::join_all((0..200).map(|_| limiter.check("ada"))).await;
            assert_eq!(calls.into_iter().filter(|call| call.as_ref().unwrap().is_allowed()).count(), 50);
        }
    }
}

#[tokio::test]
async fn a_check_is_one_round_trip_and_nothing_else() {
    let server = FakeRedis::new();
    let cache = Cache::builder("limited").redis(server.clone()).build().unwrap();
    for (name, limit) in ["window", "gcra"].into_iter().zip(both()) {
        let limiter = cache.rate_limiter(name, limit);
        let _ = limiter.check("ada").await.unwrap();
        server.take_operations();
        let _ = limiter.check_n("ada", 2).await.unwrap();
        assert_eq!(server.take_operations(), Operations { limit: 1, ..Operations::NONE });
    }
}

#[tokio::test]
async fn trouble_is_told_and_counted_and_the_caller_says_what_becomes_of_the_call() {
    let server = FakeRedis::new();
    let cache = Cache::builder("limited").redis(server.clone()).build().unwrap();
    let limiter = cache.rate_limiter("api", both()[0]);
    for (kind, count) in [(ErrorKind::Full, 1), (ErrorKind::Unavailable, 1), (ErrorKind::Timeout, 1)] {
        server.fail_with(Some(kind));
        assert_eq!(limiter.check("ada").await.unwrap_err().kind(), kind);
        let trouble = cache.stats().trouble;
        let counted = match kind {
            ErrorKind::Full => trouble.full,
            ErrorKind::Unavailable => trouble.unavailable,
            _ => trouble.timeout,
        };
        assert!(counted >= count);
        assert!(limiter.check("ada").await.map_or(true, |decision| decision.is_allowed()));
        assert!(!limiter.check("ada").await.is_ok_and(|decision| decision.is_allowed()));
    }
}

#[tokio::test]
async fn a_limiter_does_not_show_its_name() {
    let limiter = Cache::in_process().rate_limiter("secret", both()[0]);
    assert!(!format!("{limiter:?}").contains("secret"));
}
