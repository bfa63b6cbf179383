//! Counters: each step, what cannot be counted, and what they do not share with entries.

use std::time::Duration;

use larder::{Cache, ErrorKind, Hashed};

use crate::backend::on_every_backend;

/// Keys that mean something to patterns, to servers or to our own records.
const HOSTILE: [&str; 14] = ["", "*", "?", "[ab]", ":", "a:b", "{a}", "%", "#", "#c", "#n:a", "\\", "\n", "\u{1f600}"];

on_every_backend! {
    async fn steps_of_one_go_up_and_down(backend: Backend) {
        let counter = backend.node().counter("views");
        assert_eq!(counter.increment().await.unwrap(), 1);
        assert_eq!(counter.increment().await.unwrap(), 2);
        assert_eq!(counter.decrement().await.unwrap(), 1);
        assert_eq!(counter.get().await.unwrap(), Some(1));
    }

    async fn steps_of_many_go_up_and_down(backend: Backend) {
        let counter = backend.node().counter("credits");
        assert_eq!(counter.decrement_by(7).await.unwrap(), -7);
        assert_eq!(counter.increment_by(10).await.unwrap(), 3);
        assert_eq!(counter.increment_by(-5).await.unwrap(), -2);
        assert_eq!(counter.decrement_by(-2).await.unwrap(), 0);
        assert_eq!(counter.increment_by(0).await.unwrap(), 0);
    }

    async fn a_counter_that_is_not_there_is_none(backend: Backend) {
        let counter = backend.node().counter("views");
        assert_eq!((counter.get().await.unwrap(), counter.get_float().await.unwrap()), (None, None));
        assert!(!counter.reset().await.unwrap());
    }

    async fn a_counter_that_was_reset_counts_from_zero(backend: Backend) {
        let counter = backend.node().counter("views");
        counter.increment_by(7).await.unwrap();
        assert!(counter.reset().await.unwrap());
        assert_eq!(counter.get().await.unwrap(), None);
        assert_eq!(counter.increment().await.unwrap(), 1);
    }

    async fn a_counter_goes_on_from_what_it_is_set_to(backend: Backend) {
        let counter = backend.node().counter("stock");
        counter.set(12).await.unwrap();
        assert_eq!(counter.decrement().await.unwrap(), 11);
        counter.set(-3).await.unwrap();
        assert_eq!(counter.get().await.unwrap(), Some(-3));
    }

    async fn whole_numbers_are_exact_over_the_whole_range(backend: Backend) {
        let counter = backend.node().counter("large");
        for number in [i64::MAX - 1, (1 << 53) + 1, -(1 << 53) - 3, i64::MIN] {
            counter.set(number).await.unwrap();
            assert_eq!(counter.increment().await.unwrap(), number + 1);
            assert_eq!(counter.get().await.unwrap(), Some(number + 1));
        }
    }

    async fn a_sum_that_is_out_of_range_is_told_and_changes_nothing(backend: Backend) {
        let counter = backend.node().counter("large");
        counter.set(i64::MAX).await.unwrap();
        assert!(counter.increment().await.unwrap_err().is_out_of_range());
        assert_eq!(counter.get().await.unwrap(), Some(i64::MAX));
        counter.set(i64::MIN).await.unwrap();
        assert!(counter.decrement().await.unwrap_err().is_out_of_range());
        assert!(counter.decrement_by(i64::MIN).await.unwrap_err().is_out_of_range());
        assert_eq!(counter.get().await.unwrap(), Some(i64::MIN));
    }

    #[allow(clippy::float_cmp, reason = "doubles are added alike everywhere")]
    async fn fractions_are_added(backend: Backend) {
        let counter = backend.node().counter("score");
        assert_eq!(counter.increment_by_float(0.1).await.unwrap(), 0.1);
        assert_eq!(counter.increment_by_float(0.2).await.unwrap(), 0.1 + 0.2);
        assert_eq!(counter.get_float().await.unwrap(), Some(0.1 + 0.2));
    }

    async fn a_fraction_is_no_whole_number_and_stays(backend: Backend) {
        let counter = backend.node().counter("score");
        counter.increment().await.unwrap();
        counter.increment_by_float(0.5).await.unwrap();
        assert!(counter.increment().await.unwrap_err().is_out_of_range());
        assert!(counter.get().await.unwrap_err().is_out_of_range());
        assert_eq!(counter.get_float().await.unwrap(), Some(1.5));
        counter.increment_by_float(0.5).await.unwrap();
        assert_eq!(counter.increment().await.unwrap(), 3);
    }

    async fn what_is_no_number_cannot_be_added(backend: Backend) {
        let counter = backend.node().counter("score");
        for by in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(counter.increment_by_float(by).await.unwrap_err().is_out_of_range());
        }
        assert_eq!(counter.get().await.unwrap(), None);
        counter.increment_by_float(f64::MAX).await.unwrap();
        assert!(counter.increment_by_float(f64::MAX).await.unwrap_err().is_out_of_range());
        assert_eq!(counter.get_float().await.unwrap(), Some(f64::MAX));
    }

    async fn hostile_keys_are_as_many_counters(backend: Backend) {
        let cache = backend.node();
        let long = "k".repeat(1_000);
        let mut keys: Vec<_> = HOSTILE.into_iter().map(str::to_owned).collect();
        keys.extend([format!("{long}1"), format!("{long}2")]);
        for (key, number) in keys.iter().zip(1..) {
            assert_eq!(cache.counter(key).increment_by(number).await.unwrap(), number, "{key:?}");
        }
        for (key, number) in keys.iter().zip(1..) {
            assert_eq!(cache.counter(key).get().await.unwrap(), Some(number), "{key:?}");
        }
    }

    async fn a_key_names_the_same_counter_however_it_is_made(backend: Backend) {
        let cache = backend.node();
        cache.counter(("views", 42)).increment().await.unwrap();
        assert_eq!(cache.counter("views:42").increment().await.unwrap(), 2);
        assert_eq!(cache.counter(format!("views:{}", 42)).clone().increment().await.unwrap(), 3);
    }

    async fn namespaces_have_counters_of_their_own(backend: Backend) {
        let cache = backend.node();
        cache.counter("a").increment().await.unwrap();
        assert_eq!(cache.namespace("users").counter("a").increment().await.unwrap(), 1);
        assert_eq!(cache.namespace("users").namespace("admins").counter("a").increment().await.unwrap(), 1);
        assert_eq!(cache.namespace("users/admins").counter("a").increment().await.unwrap(), 2);
    }

    async fn a_counter_and_an_entry_of_one_key_do_not_meet(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 7_u64).await.unwrap();
        assert_eq!(cache.counter("a").increment().await.unwrap(), 1);
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(7));
        assert_eq!(cache.keys("*").await.unwrap().len(), 1);
        assert!(cache.counter("a").reset().await.unwrap());
        assert!(cache.contains("a").await.unwrap());
    }

    async fn what_clears_entries_leaves_counters(backend: Backend) {
        let cache = backend.node();
        let (own, inner) = (cache.counter("a"), cache.namespace("users").counter("a"));
        own.increment().await.unwrap();
        inner.increment().await.unwrap();
        cache.remove("a").await.unwrap();
        cache.remove_matching("*").await.unwrap();
        cache.invalidate_tags(["a"]).await.unwrap();
        cache.namespace("users").clear().await.unwrap();
        cache.clear().await.unwrap();
        cache.purge_everything().await.unwrap();
        assert_eq!((own.get().await.unwrap(), inner.get().await.unwrap()), (Some(1), Some(1)));
    }

    async fn scopes_of_the_cache_do_not_concern_counters(backend: Backend) {
        let counter = backend.node().counter("a");
        assert_eq!(larder::bypass(counter.increment()).await.unwrap(), 1);
        assert_eq!(larder::refresh(counter.increment()).await.unwrap(), 2);
        assert_eq!(counter.get().await.unwrap(), Some(2));
    }

    async fn many_tasks_lose_no_step(backend: Backend) {
        let counter = backend.node().counter("a");
        let steps = (0..200).map(|_| counter.increment());
        let mut seen: Vec<_> = futures::future::join_all(steps).await.into_iter().map(Result::unwrap).collect();
        seen.sort_unstable();
        assert_eq!(seen, (1..=200).collect::<Vec<_>>());
    }

    async fn a_namespace_that_is_none_has_no_counters(backend: Backend) {
        let counter = backend.node().namespace("no name").counter("a");
        assert!(counter.increment().await.unwrap_err().is_config());
        assert!(counter.get().await.unwrap_err().is_config());
        assert!(counter.reset().await.unwrap_err().is_config());
    }
}

#[tokio::test]
async fn a_cache_that_is_switched_off_counts_all_the_same() {
    let cache = Cache::builder("off").disabled().build().unwrap();
    cache.counter("a").increment().await.unwrap();
    assert_eq!(cache.counter("a").increment().await.unwrap(), 2);
}

#[tokio::test]
async fn two_caches_of_one_process_have_counters_of_their_own() {
    Cache::in_process().counter("a").increment().await.unwrap();
    assert_eq!(Cache::in_process().counter("a").increment().await.unwrap(), 1);
}

#[tokio::test]
async fn a_key_that_lacks_its_secret_is_told() {
    let server = cache_core::testing::FakeRedis::new();
    let cache = Cache::builder("secretless").redis(server.clone()).build().unwrap();
    let counter = cache.counter(Hashed("a token"));
    assert!(counter.increment().await.unwrap_err().is_config());
    let secret = Cache::builder("secretive").key_secret([7; 32]).redis(server).build().unwrap();
    assert_eq!(secret.counter(Hashed("a token")).increment().await.unwrap(), 1);
}

#[tokio::test]
async fn a_step_is_one_round_trip_and_nothing_else() {
    let server = cache_core::testing::FakeRedis::new();
    let cache = Cache::builder("counted").redis(server.clone()).build().unwrap();
    let counter = cache.counter("a").expires_after(Duration::from_mins(1));
    counter.increment().await.unwrap();
    server.take_operations();
    counter.increment_by(5).await.unwrap();
    let operations = server.take_operations();
    assert_eq!(operations, cache_core::testing::Operations { count: 1, ..cache_core::testing::Operations::NONE });
}

#[tokio::test]
async fn what_stands_in_the_place_of_a_counter_and_is_no_number_is_told() {
    let server = cache_core::testing::FakeRedis::new();
    let counter = Cache::builder("foreign").redis(server.clone()).build().unwrap().counter("a");
    counter.increment().await.unwrap();
    server.overwrite("foreign:#n:global:_:a", "no number");
    for error in [counter.increment().await.unwrap_err(), counter.get().await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Foreign);
    }
    assert!(counter.reset().await.unwrap());
    assert_eq!(counter.increment().await.unwrap(), 1);
}

#[tokio::test]
async fn a_counter_does_not_show_its_key() {
    let counter = Cache::in_process().counter("secret").expires_after(Duration::from_mins(1));
    let shown = format!("{counter:?}");
    assert!(shown.contains("60s") && !shown.contains("secret"), "{shown}");
}
