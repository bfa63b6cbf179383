//! Ends that come: with a clock that the test moves, in memory and on the fake, whose time it is.

use std::time::Duration;

use cache_core::testing::FakeRedis;
use larder::{Cache, Lifetime, ManualClock};

use crate::following::Following;

const MINUTE: Duration = Duration::from_mins(1);
/// A minute but for a millisecond.
const ALMOST: Duration = Duration::from_millis(59_999);

/// A cache in memory, one that has a server as well, and one with a server alone, each with `a` for ten minutes.
async fn caches() -> Vec<(Cache, ManualClock)> {
    let mut caches = Vec::new();
    for level in 0..3 {
        let clock = ManualClock::new();
        let builder = Cache::builder("clock").clock(clock.clock());
        let cache = match level {
            0 => builder.build().expect("the name is valid"),
            1 => builder.redis(FakeRedis::new()).following(),
            _ => builder.redis(FakeRedis::new()).l1_ttl(Duration::ZERO).following(),
        };
        cache.set("a", 1_u64).ttl(10 * MINUTE).await.unwrap();
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(1));
        caches.push((cache, clock));
    }
    caches
}

async fn is_there(cache: &Cache) -> bool {
    let found = cache.get::<u64>("a").await.unwrap();
    assert_eq!(cache.contains("a").await.unwrap(), found.is_some());
    found.is_some()
}

#[tokio::test]
async fn a_value_lives_as_long_as_it_was_told() {
    for (cache, clock) in caches().await {
        clock.advance(4 * MINUTE);
        assert_eq!(cache.ttl("a").await.unwrap(), Some(Lifetime::For(6 * MINUTE)));
        clock.advance(5 * MINUTE + ALMOST);
        assert!(is_there(&cache).await);
        clock.advance(Duration::from_millis(1));
        assert!(!is_there(&cache).await && !cache.remove("a").await.unwrap());
    }
}

#[tokio::test]
async fn an_end_that_was_moved_earlier_comes_earlier() {
    for (cache, clock) in caches().await {
        assert!(cache.expire("a", MINUTE).await.unwrap());
        clock.advance(ALMOST);
        assert!(is_there(&cache).await);
        clock.advance(Duration::from_millis(1));
        assert!(!is_there(&cache).await);
    }
}

#[tokio::test]
async fn an_end_that_was_moved_later_comes_later() {
    for (cache, clock) in caches().await {
        assert!(cache.expire("a", 60 * MINUTE).await.unwrap());
        clock.advance(59 * MINUTE);
        assert!(is_there(&cache).await);
        clock.advance(MINUTE);
        assert!(!is_there(&cache).await);
    }
}

#[tokio::test]
async fn what_persists_is_there_after_years() {
    for (cache, clock) in caches().await {
        assert!(cache.persist("a").await.unwrap());
        clock.advance(Duration::from_hours(24 * 365 * 10));
        assert!(is_there(&cache).await);
    }
}

#[tokio::test]
async fn a_touch_counts_from_now() {
    for (cache, clock) in caches().await {
        clock.advance(9 * MINUTE);
        assert!(cache.touch("a").await.unwrap());
        assert_eq!(cache.ttl("a").await.unwrap(), Some(Lifetime::For(60 * MINUTE)));
        clock.advance(59 * MINUTE);
        assert!(is_there(&cache).await);
        clock.advance(MINUTE);
        assert!(!is_there(&cache).await && !cache.touch("a").await.unwrap());
    }
}

#[tokio::test]
async fn what_has_ended_is_absent_for_an_insert_and_a_rename() {
    for (cache, clock) in caches().await {
        clock.advance(10 * MINUTE);
        assert!(!cache.rename("a", "b").await.unwrap());
        assert!(cache.keys("*").await.unwrap().is_empty());
        assert!(cache.insert_if_absent("a", 2_u64, MINUTE).await.unwrap());
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(2));
    }
}

#[tokio::test]
async fn a_copy_in_memory_ends_by_its_own_time() {
    let (clock, server) = (ManualClock::new(), FakeRedis::new());
    let cache = Cache::builder("clock").clock(clock.clock()).redis(server.clone()).following();
    cache.set("a", 1_u64).ttl(10 * MINUTE).l1_ttl(MINUTE).await.unwrap();
    server.take_operations();
    assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(1));
    assert_eq!(server.take_operations().read, 0);
    clock.advance(MINUTE);
    assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(1));
    assert_eq!(server.take_operations().read, 1);
}
