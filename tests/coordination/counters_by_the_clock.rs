//! Counters that end: with a clock that the test moves, in memory and on the fake, whose time it is.

use std::time::Duration;

use cache_core::testing::FakeRedis;
use larder::Cache;

use crate::moved_by_hand::caches;

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_counter_ends_as_long_after_its_first_step_as_it_was_told() {
    for (cache, clock) in caches() {
        let counter = cache.counter("a").expires_after(MINUTE);
        counter.increment().await.unwrap();
        clock.advance(Duration::from_millis(59_999));
        assert_eq!(counter.get().await.unwrap(), Some(1));
        clock.advance(Duration::from_millis(1));
        assert_eq!(counter.get().await.unwrap(), None);
    }
}

#[tokio::test]
async fn later_steps_do_not_move_the_end() {
    for (cache, clock) in caches() {
        let counter = cache.counter("a").expires_after(MINUTE);
        counter.increment().await.unwrap();
        for _ in 0..3 {
            clock.advance(MINUTE / 4);
            counter.increment().await.unwrap();
            counter.increment_by_float(1.0).await.unwrap();
            counter.set(7).await.unwrap();
        }
        assert_eq!(counter.get().await.unwrap(), Some(7));
        clock.advance(MINUTE / 4);
        assert_eq!(counter.get().await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_counter_that_has_ended_begins_anew_with_a_new_end() {
    for (cache, clock) in caches() {
        let counter = cache.counter("a").expires_after(MINUTE);
        counter.set(100).await.unwrap();
        clock.advance(MINUTE);
        assert_eq!(counter.increment().await.unwrap(), 1);
        clock.advance(MINUTE / 2);
        assert_eq!(counter.get().await.unwrap(), Some(1));
    }
}

#[tokio::test]
async fn a_counter_without_a_time_stays() {
    for (cache, clock) in caches() {
        cache.counter("a").increment().await.unwrap();
        clock.advance(MINUTE * 60 * 24 * 365);
        assert_eq!(cache.counter("a").expires_after(MINUTE).increment().await.unwrap(), 2);
        clock.advance(MINUTE * 2);
        assert_eq!(cache.counter("a").get().await.unwrap(), Some(2));
    }
}

#[tokio::test]
async fn the_end_is_set_by_the_step_that_creates_the_counter() {
    let server = FakeRedis::new();
    let cache = Cache::builder("clock").redis(server.clone()).build().unwrap();
    let gate = server.gate(cache_core::testing::Op::Count, cache_core::testing::Moment::After);
    let counter = cache.counter("a").expires_after(MINUTE);
    let step = tokio::spawn(async move { counter.increment().await });
    gate.arrived().await;
    assert!(server.time_left("clock:#n:global:_:a").is_some(), "it would stay for ever if the node died now");
    gate.release();
    assert_eq!(step.await.unwrap().unwrap(), 1);
}
