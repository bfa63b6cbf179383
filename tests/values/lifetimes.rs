//! How long values live, and ends that are moved.

use std::time::{Duration, SystemTime};

use larder::{Cache, Lifetime, Policy};

use crate::backend::on_every_backend;

const MINUTE: Duration = Duration::from_mins(1);

#[allow(clippy::disallowed_methods, reason = "a moment that is given by hand is one of the system's clock")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// How many minutes a value lives on, rounded up.
async fn minutes(cache: &Cache, key: &str) -> u64 {
    match cache.ttl(key).await.unwrap() {
        Some(Lifetime::For(left)) => left.as_secs().div_ceil(60),
        other => panic!("{key} has no end: {other:?}"),
    }
}

/// A cache with a value that lives 10 minutes, and that memory has.
async fn with_a(cache: Cache) -> Cache {
    cache.set("a", 1_u64).ttl(10 * MINUTE).await.unwrap();
    assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(1));
    cache
}

on_every_backend! {
    async fn what_is_missing_has_no_lifetime(backend: Backend) {
        let cache = backend.node();
        assert_eq!(cache.ttl("a").await.unwrap(), None);
        assert!(!cache.expire("a", MINUTE).await.unwrap());
        assert!(!cache.expire("a", Duration::ZERO).await.unwrap());
        assert!(!cache.expire_at("a", now() + MINUTE).await.unwrap());
        assert!(!cache.persist("a").await.unwrap());
        assert!(!cache.touch("a").await.unwrap());
    }

    async fn what_was_cleared_has_no_lifetime(backend: Backend) {
        let cache = with_a(backend.node()).await;
        cache.clear().await.unwrap();
        assert_eq!(cache.ttl("a").await.unwrap(), None);
        assert!(!cache.persist("a").await.unwrap());
        assert_eq!(cache.get::<u64>("a").await.unwrap(), None);
    }

    async fn an_end_is_moved_earlier(backend: Backend) {
        let cache = with_a(backend.node()).await;
        assert!(cache.expire("a", 2 * MINUTE).await.unwrap());
        assert_eq!(minutes(&cache, "a").await, 2);
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(1));
    }

    async fn an_end_is_moved_later(backend: Backend) {
        let cache = with_a(backend.node()).await;
        assert!(cache.expire("a", 30 * MINUTE).await.unwrap());
        assert_eq!(minutes(&cache, "a").await, 30);
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(1));
    }

    async fn an_end_that_has_come_removes(backend: Backend) {
        let cache = with_a(backend.node()).await;
        assert!(cache.expire("a", Duration::ZERO).await.unwrap());
        assert_eq!(cache.get::<u64>("a").await.unwrap(), None);
        assert!(!cache.contains("a").await.unwrap());
        assert!(!cache.expire("a", MINUTE).await.unwrap());
    }

    async fn an_end_is_a_moment(backend: Backend) {
        let cache = with_a(backend.node()).await;
        assert!(cache.expire_at("a", now() + 5 * MINUTE).await.unwrap());
        assert_eq!(minutes(&cache, "a").await, 5);
        assert!(cache.expire_at("a", now() + 20 * MINUTE).await.unwrap());
        assert_eq!(minutes(&cache, "a").await, 20);
    }

    async fn a_moment_that_is_past_removes(backend: Backend) {
        for past in [now() - MINUTE, SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH - MINUTE] {
            let cache = with_a(backend.node()).await;
            assert!(cache.expire_at("a", past).await.unwrap());
            assert_eq!(cache.get::<u64>("a").await.unwrap(), None, "{past:?}");
        }
    }

    async fn what_persists_has_no_end_until_it_is_given_one(backend: Backend) {
        let cache = with_a(backend.node()).await;
        assert!(cache.persist("a").await.unwrap());
        assert_eq!(cache.ttl("a").await.unwrap(), Some(Lifetime::ForEver));
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(1));
        assert!(cache.expire("a", 3 * MINUTE).await.unwrap());
        assert_eq!(minutes(&cache, "a").await, 3);
    }

    async fn an_end_that_never_comes_is_none(backend: Backend) {
        let cache = with_a(backend.node()).await;
        assert!(cache.expire("a", Duration::MAX).await.unwrap());
        assert_eq!(cache.ttl("a").await.unwrap(), Some(Lifetime::ForEver));
    }

    async fn what_persists_is_invalidated_all_the_same(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).tags(["t"]).await.unwrap();
        cache.persist("a").await.unwrap();
        cache.invalidate_tags(["t"]).await.unwrap();
        assert_eq!(cache.get::<u64>("a").await.unwrap(), None);
    }

    async fn a_touch_gives_a_value_the_caches_own_life(backend: Backend) {
        let cache = with_a(backend.build(backend.builder().ttl(40 * MINUTE))).await;
        assert!(cache.touch("a").await.unwrap());
        assert_eq!(minutes(&cache, "a").await, 40);
        cache.set("b", 1_u64).policy(Policy::new().for_ever()).await.unwrap();
        assert!(cache.touch("b").await.unwrap());
        assert_eq!(minutes(&cache, "b").await, 40);
    }

    async fn an_end_is_moved_whatever_the_type(backend: Backend) {
        let cache = backend.node();
        cache.set("a", "text".to_owned()).ttl(MINUTE).await.unwrap();
        assert!(cache.expire("a", 7 * MINUTE).await.unwrap());
        assert_eq!(minutes(&cache, "a").await, 7);
        assert_eq!(cache.get::<String>("a").await.unwrap().as_deref(), Some("text"));
    }
}
