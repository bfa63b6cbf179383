//! Which keys there are.

use futures::TryStreamExt;

use crate::backend::on_every_backend;
use crate::users::Users;

on_every_backend! {
    async fn keys_are_those_that_match_and_have_a_value(backend: Backend) {
        let cache = backend.node();
        for key in ["user:7", "user:8", "order:7"] {
            cache.set(key, 1_u64).await.unwrap();
        }
        cache.remove("user:8").await.unwrap();
        let keys = async |pattern| {
            let keys = cache.keys(pattern).await.unwrap();
            keys.iter().map(|key| key.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(keys("user:*").await, ["user:7"]);
        assert_eq!(keys("*:7").await, ["order:7", "user:7"]);
        assert!(keys("x*").await.is_empty() && keys("").await.is_empty());
        cache.clear().await.unwrap();
        assert!(keys("*").await.is_empty());
    }

    async fn keys_are_of_their_namespace_only(backend: Backend) {
        let cache = backend.node();
        for name in ["a", "a/b", "ab"] {
            cache.namespace(name).set(name, 1_u64).await.unwrap();
        }
        cache.set("root", 1_u64).await.unwrap();
        for name in ["a", "a/b", "ab"] {
            let keys = cache.namespace(name).keys("*").await.unwrap();
            assert_eq!(keys.iter().map(ToString::to_string).collect::<Vec<_>>(), [name]);
        }
        assert_eq!(cache.keys("*").await.unwrap().len(), 1);
    }

    async fn a_key_that_was_found_names_its_value(backend: Backend) {
        let cache = backend.node();
        let hostile = ["*", "?", "[ab]", "a b", "{}", "%2A", "#", "\\", "ä\u{1f600}", "", ":", "a,b", "\n\0"];
        for (key, value) in hostile.into_iter().zip(1_u64..) {
            cache.set(key, value).await.unwrap();
        }
        let keys = cache.keys("*").await.unwrap();
        assert_eq!(keys.len(), hostile.len());
        let mut values = Vec::new();
        for key in &keys {
            values.push(cache.get::<u64>(key).await.unwrap().unwrap());
        }
        values.sort_unstable();
        assert_eq!(values, (1..=hostile.len() as u64).collect::<Vec<_>>());
    }

    async fn what_annotated_functions_stored_is_found(backend: Backend) {
        let node = Users::new(backend.node());
        node.of_team("red team", 7).await;
        let keys = node.cache.namespace("users").keys("*").await.unwrap();
        assert_eq!(keys.len(), 1);
        assert_eq!(node.cache.namespace("users").get::<u64>(&keys[0]).await.unwrap(), Some(1));
    }

    /// More than one page.
    async fn three_thousand_are_found(backend: Backend) {
        let cache = backend.node_without_memory();
        cache.set_many((0..3_000_u64).map(|id| (format!("k:{id}"), id))).await.unwrap();
        cache.set_many((0..100_u64).map(|id| (format!("other:{id}"), id))).await.unwrap();
        let keys = cache.keys("k:*").await.unwrap();
        assert_eq!(keys.len(), 3_000);
        let mut found: Vec<_> = cache.scan("k:*").try_collect().await.unwrap();
        found.sort_unstable();
        found.dedup();
        assert_eq!(found, keys);
    }

    async fn a_long_key_is_found_whole(backend: Backend) {
        let cache = backend.node();
        let long = format!("long:{}:end", "x".repeat(300));
        cache.set(&long, 1_u64).await.unwrap();
        let keys = cache.keys("long:*").await.unwrap();
        assert_eq!(keys.iter().map(ToString::to_string).collect::<Vec<_>>(), [long.as_str()]);
        assert_eq!(cache.get::<u64>(&keys[0]).await.unwrap(), Some(1));
        assert_eq!(cache.keys("long:*:end").await.unwrap().len(), 1);
        assert!(cache.keys("long:*:start").await.unwrap().is_empty());
        assert_eq!(cache.remove_matching("long:*").await.unwrap(), 1);
    }
}
