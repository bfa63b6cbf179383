//! Many values at once.

use std::time::Duration;

use larder::{Cache, Item, Lifetime, Policy};

use crate::backend::{on_every_backend, on_every_shared_backend};

async fn all(cache: &Cache, keys: &[&str]) -> Vec<Option<u64>> {
    let values = cache.get_many::<u64>(keys).await.unwrap();
    values.into_iter().map(|value| value.unwrap()).collect()
}

async fn set_all(cache: &Cache, items: impl IntoIterator<Item = impl Into<Item<&'static str, u64>>>) {
    for outcome in cache.set_many(items).await.unwrap() {
        outcome.unwrap();
    }
}

on_every_backend! {
    async fn get_many_gives_values_in_the_order_of_the_keys(backend: Backend) {
        let cache = backend.node();
        set_all(&cache, [("a", 1_u64), ("b", 2), ("c", 3)]).await;
        assert_eq!(all(&cache, &["c", "x", "a", "b"]).await, [Some(3), None, Some(1), Some(2)]);
    }

    async fn get_many_gives_a_doubled_key_its_value_twice(backend: Backend) {
        let cache = backend.node();
        set_all(&cache, [("a", 1_u64)]).await;
        assert_eq!(all(&cache, &["a", "x", "a", "x"]).await, [Some(1), None, Some(1), None]);
    }

    async fn nothing_asked_is_nothing_answered(backend: Backend) {
        let cache = backend.node();
        assert!(cache.get_many::<u64>([""; 0]).await.unwrap().is_empty());
        assert!(cache.set_many::<&str, u64>([] as [(&str, u64); 0]).await.unwrap().is_empty());
        assert!(cache.remove_many::<&str>([]).await.unwrap().is_empty());
    }

    async fn get_many_misses_another_type_only(backend: Backend) {
        let cache = backend.node();
        set_all(&cache, [("a", 1_u64)]).await;
        cache.set("b", "two".to_owned()).await.unwrap();
        assert_eq!(all(&cache, &["a", "b"]).await, [Some(1), None]);
    }

    async fn set_many_gives_each_its_own_life(backend: Backend) {
        let cache = backend.node();
        set_all(&cache, [
            Item::new("short", 1_u64).ttl(Duration::from_secs(20)),
            Item::new("ever", 2).policy(Policy::new().for_ever()),
            Item::new("default", 3),
        ]).await;
        let seconds = async |key: &str| match cache.ttl(key).await.unwrap().unwrap() {
            Lifetime::For(left) => left.as_secs_f64().ceil(),
            Lifetime::ForEver => f64::INFINITY,
        };
        assert!((10.0..=20.0).contains(&seconds("short").await));
        assert!(seconds("ever").await.is_infinite());
        assert!((3_500.0..=3_600.0).contains(&seconds("default").await));
    }

    async fn set_many_gives_each_its_own_tags(backend: Backend) {
        let cache = backend.node();
        set_all(&cache, [
            Item::new("a", 1_u64).policy(Policy::new().tags(["odd"])),
            Item::new("b", 2).policy(Policy::new().tags(["even"])),
            Item::new("c", 3).policy(Policy::new().tags(["odd", "three"])),
        ]).await;
        cache.invalidate_tags(["odd"]).await.unwrap();
        assert_eq!(all(&cache, &["a", "b", "c"]).await, [None, Some(2), None]);
    }

    async fn of_a_doubled_key_the_last_value_stays(backend: Backend) {
        let cache = backend.node();
        set_all(&cache, [("a", 1_u64), ("b", 2), ("a", 3)]).await;
        assert_eq!(all(&cache, &["a", "b"]).await, [Some(3), Some(2)]);
    }

    async fn of_a_doubled_key_the_last_value_stays_where_the_first_was_not_to_live(backend: Backend) {
        let cache = backend.node();
        set_all(&cache, [Item::new("a", 1_u64).ttl(Duration::ZERO), Item::new("a", 2)]).await;
        assert_eq!(all(&cache, &["a"]).await, [Some(2)]);
    }

    async fn of_a_doubled_key_nothing_stays_where_the_last_value_is_not_to_live(backend: Backend) {
        let cache = backend.node();
        set_all(&cache, [Item::new("a", 1_u64), Item::new("a", 2).ttl(Duration::ZERO)]).await;
        assert_eq!(all(&cache, &["a"]).await, [None]);
    }

    async fn set_many_with_a_ttl_of_zero_removes(backend: Backend) {
        let cache = backend.node();
        set_all(&cache, [("a", 1_u64), ("b", 2)]).await;
        set_all(&cache, [Item::new("a", 3_u64).ttl(Duration::ZERO), Item::new("c", 4)]).await;
        assert_eq!(all(&cache, &["a", "b", "c"]).await, [None, Some(2), Some(4)]);
    }

    async fn remove_many_says_of_each_whether_it_was_there(backend: Backend) {
        let cache = backend.node();
        set_all(&cache, [("a", 1_u64), ("b", 2), ("c", 3)]).await;
        assert_eq!(cache.remove_many(["b", "x", "a"]).await.unwrap(), [true, false, true]);
        assert_eq!(all(&cache, &["a", "b", "c"]).await, [None, None, Some(3)]);
    }

    async fn remove_many_says_of_a_doubled_key_both_times_that_it_was_there(backend: Backend) {
        let cache = backend.node();
        set_all(&cache, [("a", 1_u64)]).await;
        assert_eq!(cache.remove_many(["a", "x", "a"]).await.unwrap(), [true, false, true]);
    }

    /// Each is sent in pieces.
    async fn a_thousand_are_set_found_and_removed(backend: Backend) {
        let cache = backend.node_without_memory();
        let outcomes = cache.set_many((0..1_000_u64).map(|id| (id, id * id))).await.unwrap();
        assert!(outcomes.len() == 1_000 && outcomes.iter().all(Result::is_ok));
        let values = cache.get_many::<u64>(0..1_001_u64).await.unwrap();
        let values: Vec<_> = values.into_iter().map(|value| value.unwrap()).collect();
        assert!(values.iter().zip(0_u64..).all(|(value, id)| *value == (id < 1_000).then_some(id * id)));
        assert_eq!(cache.contains_many(0..1_001_u64).await.unwrap(), 1_000);
        let removed = cache.remove_many(0..1_001_u64).await.unwrap();
        assert!(removed.iter().zip(0..).all(|(removed, id)| *removed == (id < 1_000)));
        assert_eq!(cache.contains_many(0..1_000_u64).await.unwrap(), 0);
    }
}

on_every_shared_backend! {
    async fn what_is_too_large_among_many_keeps_its_old_value_and_the_others_are_set(backend: Backend) {
        let cache = backend.build(backend.builder().value_limit(100));
        cache.set("b", "old".to_owned()).await.unwrap();
        let large = "x".repeat(101);
        let outcomes = cache.set_many([("a", "one"), ("b", large.as_str()), ("c", "three")].map(owned)).await.unwrap();
        assert_eq!(outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        let values = cache.get_many::<String>(["a", "b", "c"]).await.unwrap();
        let values: Vec<_> = values.into_iter().map(|value| value.unwrap().unwrap()).collect();
        assert_eq!(values, ["one", "old", "three"]);
    }
}

fn owned((key, value): (&'static str, &str)) -> (&'static str, String) {
    (key, value.to_owned())
}
