//! Single values: given, found, taken away.

use std::time::Duration;

use larder::{ErrorKind, Lifetime, Policy, Preset, bypass};

use crate::backend::on_every_backend;

/// More bytes than the cache takes below.
const LIMIT: usize = 1024;

on_every_backend! {
    async fn what_was_set_without_copies_is_found_with_and_without_them(backend: Backend) {
        let users = backend.node().namespace("users");
        let asked = users.clone().without_copies();
        asked.set("a", 1_u64).await.unwrap();
        assert_eq!((asked.get::<u64>("a").await.unwrap(), users.get::<u64>("a").await.unwrap()), (Some(1), Some(1)));
        assert_eq!(asked.take::<u64>("a").await.unwrap(), Some(1));
        assert_eq!((asked.get::<u64>("a").await.unwrap(), users.get::<u64>("a").await.unwrap()), (None, None));
    }

    async fn what_was_set_is_found(backend: Backend) {
        let cache = backend.node();
        assert_eq!(cache.get::<u64>("a").await.unwrap(), None);
        cache.set("a", 1_u64).await.unwrap();
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(1));
    }

    async fn what_was_set_again_takes_the_place_of_what_was_there(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        cache.set("a", 2_u64).await.unwrap();
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(2));
    }

    async fn a_value_of_another_type_takes_the_place_of_what_was_there(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        cache.set("a", "one".to_owned()).await.unwrap();
        assert_eq!(cache.get::<u64>("a").await.unwrap(), None);
        assert_eq!(cache.get::<String>("a").await.unwrap().as_deref(), Some("one"));
    }

    async fn another_type_is_a_miss_and_keeps_the_value(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        assert_eq!(cache.get::<u32>("a").await.unwrap(), None);
        assert_eq!(cache.get::<String>("a").await.unwrap(), None);
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(1));
    }

    async fn set_with_a_ttl_of_zero_removes(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        cache.set("a", 2_u64).ttl(Duration::ZERO).await.unwrap();
        assert_eq!(cache.get::<u64>("a").await.unwrap(), None);
        assert!(!cache.contains("a").await.unwrap());
    }

    async fn set_lives_as_long_as_it_is_told(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).ttl(Duration::from_secs(50)).await.unwrap();
        let Some(Lifetime::For(left)) = cache.ttl("a").await.unwrap() else { panic!("it has an end") };
        assert!(left <= Duration::from_secs(50) && left > Duration::from_secs(40), "{left:?}");
    }

    async fn a_preset_says_how_long_a_value_lives(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).policy(Preset::Auth).await.unwrap();
        let Some(Lifetime::For(left)) = cache.ttl("a").await.unwrap() else { panic!("it has an end") };
        assert!(left <= Duration::from_mins(15) && left > Duration::from_mins(14), "{left:?}");
    }

    async fn for_ever_has_no_end(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).policy(Policy::new().for_ever()).await.unwrap();
        assert_eq!(cache.ttl("a").await.unwrap(), Some(Lifetime::ForEver));
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(1));
    }

    async fn remove_says_whether_there_was_a_value(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        assert!(cache.remove("a").await.unwrap());
        assert!(!cache.remove("a").await.unwrap());
        assert_eq!(cache.get::<u64>("a").await.unwrap(), None);
    }

    async fn remove_does_not_count_what_was_cleared(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        cache.clear().await.unwrap();
        assert!(!cache.remove("a").await.unwrap());
    }

    async fn contains_counts_any_type(backend: Backend) {
        let cache = backend.node();
        assert!(!cache.contains("a").await.unwrap());
        cache.set("a", "one".to_owned()).await.unwrap();
        assert!(cache.contains("a").await.unwrap());
    }

    async fn contains_many_counts_a_doubled_key_twice(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        cache.set("b", "two".to_owned()).await.unwrap();
        assert_eq!(cache.contains_many(["a", "c", "b", "a"]).await.unwrap(), 3);
        assert_eq!(cache.contains_many::<&str>([]).await.unwrap(), 0);
    }

    async fn what_was_cleared_is_not_there(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        cache.clear().await.unwrap();
        assert!(!cache.contains("a").await.unwrap());
        assert_eq!(cache.get::<u64>("a").await.unwrap(), None);
        cache.set("a", 2_u64).await.unwrap();
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(2));
    }

    async fn insert_if_absent_keeps_what_is_there(backend: Backend) {
        let cache = backend.node();
        assert!(cache.insert_if_absent("a", 1_u64, Preset::Query).await.unwrap());
        assert!(!cache.insert_if_absent("a", 2_u64, Preset::Query).await.unwrap());
        assert!(!cache.insert_if_absent("a", "two".to_owned(), Preset::Query).await.unwrap());
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(1));
    }

    async fn insert_if_absent_does_not_count_what_was_invalidated(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).tags(["t"]).await.unwrap();
        cache.invalidate_tags(["t"]).await.unwrap();
        assert!(cache.insert_if_absent("a", 2_u64, Preset::Query).await.unwrap());
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(2));
    }

    async fn insert_if_absent_of_many_stores_one(backend: Backend) {
        let cache = backend.node();
        let inserts = (0..20_u64).map(|value| {
            let cache = cache.clone();
            async move { cache.insert_if_absent("a", value, Preset::Query).await.unwrap() }
        });
        let done = futures::future::join_all(inserts).await;
        assert_eq!(done.iter().filter(|done| **done).count(), 1);
        let won = done.iter().position(|done| *done).unwrap() as u64;
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(won));
    }

    async fn insert_if_absent_that_is_not_to_live_stores_nothing(backend: Backend) {
        let cache = backend.node();
        assert!(!cache.insert_if_absent("a", 1_u64, Duration::ZERO).await.unwrap());
        cache.set("a", 2_u64).await.unwrap();
        assert!(!cache.insert_if_absent("a", 1_u64, Duration::ZERO).await.unwrap());
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(2));
    }

    async fn take_gives_the_value_once(backend: Backend) {
        let cache = backend.node();
        cache.set("a", "one".to_owned()).await.unwrap();
        assert_eq!(cache.take::<String>("a").await.unwrap().as_deref(), Some("one"));
        assert_eq!(cache.take::<String>("a").await.unwrap(), None);
        assert_eq!(cache.get::<String>("a").await.unwrap(), None);
    }

    async fn take_leaves_another_type_where_it_is(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        assert_eq!(cache.take::<String>("a").await.unwrap(), None);
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(1));
    }

    async fn take_of_many_gives_one_the_value(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        let taken = futures::future::join_all((0..20).map(|_| cache.take::<u64>("a"))).await;
        assert_eq!(taken.into_iter().filter(|taken| matches!(taken, Ok(Some(1)))).count(), 1);
    }

    async fn take_does_not_give_what_was_cleared(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        cache.clear().await.unwrap();
        assert_eq!(cache.take::<u64>("a").await.unwrap(), None);
    }

    async fn put_with_stores_what_its_body_returns(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        let put = cache.put_with("a", Preset::User, async || Ok::<_, u8>(2_u64)).await;
        assert_eq!((put, cache.get::<u64>("a").await.unwrap()), (Ok(2), Some(2)));
    }

    async fn put_with_whose_body_fails_changes_nothing(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        let put = cache.put_with("a", Preset::User, async || Err::<u64, _>(7_u8)).await;
        assert_eq!((put, cache.get::<u64>("a").await.unwrap()), (Err(7), Some(1)));
    }

    async fn a_bypass_reads_nothing_and_removes_what_it_sets(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        assert_eq!(Box::pin(bypass(cache.get::<u64>("a"))).await.unwrap(), None);
        bypass(cache.set("a", 2_u64).into_future()).await.unwrap();
        assert_eq!(cache.get::<u64>("a").await.unwrap(), None);
    }
}

/// In memory nothing has a size.
mod too_large {
    use super::*;
    use crate::backend::on_every_shared_backend;

    on_every_shared_backend! {
        async fn a_value_that_is_too_large_keeps_the_old_one(backend: Backend) {
            let cache = backend.build(backend.builder().value_limit(LIMIT));
            cache.set("a", "small".to_owned()).await.unwrap();
            let error = cache.set("a", "x".repeat(LIMIT + 1)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TooLarge);
            assert_eq!(cache.get::<String>("a").await.unwrap().as_deref(), Some("small"));
        }
    }
}
