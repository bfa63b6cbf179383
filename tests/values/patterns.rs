//! Values that go by pattern, by tag and by namespace.

use larder::Cache;

use crate::backend::on_every_backend;

async fn filled(cache: &Cache) {
    for key in ["session:7:a", "session:7:b", "session:8:a", "other"] {
        cache.set(key, 1_u64).tags([key.len().to_string()]).await.unwrap();
    }
}

async fn left(cache: &Cache) -> Vec<String> {
    cache.keys("*").await.unwrap().iter().map(ToString::to_string).collect()
}

on_every_backend! {
    async fn what_matches_goes_and_is_counted(backend: Backend) {
        let cache = backend.node();
        filled(&cache).await;
        assert_eq!(cache.remove_matching("session:7:*").await.unwrap(), 2);
        assert_eq!(left(&cache).await, ["other", "session:8:a"]);
        assert_eq!(cache.remove_matching("session:7:*").await.unwrap(), 0);
        assert_eq!(cache.get::<u64>("session:7:a").await.unwrap(), None);
    }

    async fn a_pattern_knows_single_characters_and_classes(backend: Backend) {
        let cache = backend.node();
        filled(&cache).await;
        assert_eq!(cache.remove_matching("session:?:[bc]").await.unwrap(), 1);
        assert_eq!(left(&cache).await, ["other", "session:7:a", "session:8:a"]);
    }

    async fn a_pattern_without_anything_special_is_one_key(backend: Backend) {
        let cache = backend.node();
        filled(&cache).await;
        assert_eq!(cache.remove_matching("session").await.unwrap(), 0);
        assert_eq!(cache.remove_matching("other").await.unwrap(), 1);
    }

    async fn what_was_cleared_is_not_counted(backend: Backend) {
        let cache = backend.node();
        filled(&cache).await;
        cache.clear().await.unwrap();
        cache.set("session:9", 1_u64).await.unwrap();
        assert_eq!(cache.remove_matching("*").await.unwrap(), 1);
    }

    async fn what_lost_a_tag_is_not_counted(backend: Backend) {
        let cache = backend.node();
        filled(&cache).await;
        cache.invalidate_tags(["11"]).await.unwrap();
        assert_eq!(left(&cache).await, ["other"]);
        assert_eq!(cache.remove_matching("*").await.unwrap(), 1);
    }

    async fn any_of_its_tags_takes_a_value_away(backend: Backend) {
        let cache = backend.node();
        for (key, tags) in [("a", ["x", "y"]), ("b", ["y", "z"]), ("c", ["z", "w"])] {
            cache.set(key, 1_u64).tags(tags).await.unwrap();
        }
        cache.invalidate_tags(["x", "w"]).await.unwrap();
        assert_eq!(left(&cache).await, ["b"]);
    }

    async fn a_value_that_was_set_again_has_its_new_tags_only(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).tags(["old"]).await.unwrap();
        cache.set("a", 2_u64).tags(["new"]).await.unwrap();
        cache.invalidate_tags(["old"]).await.unwrap();
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(2));
        cache.invalidate_tags(["new"]).await.unwrap();
        assert_eq!(cache.get::<u64>("a").await.unwrap(), None);
    }

    async fn a_namespace_is_cleared_with_those_inside_of_it(backend: Backend) {
        let cache = backend.node();
        for name in ["a", "a/b", "a/b/c", "ab", "b"] {
            cache.namespace(name).set("k", 1_u64).await.unwrap();
        }
        cache.set("k", 1_u64).await.unwrap();
        cache.namespace("a/b").clear().await.unwrap();
        for (name, there) in [("a", true), ("a/b", false), ("a/b/c", false), ("ab", true), ("b", true)] {
            assert_eq!(cache.namespace(name).contains("k").await.unwrap(), there, "{name}");
        }
        cache.namespace("a").clear().await.unwrap();
        assert!(!cache.namespace("a").contains("k").await.unwrap());
        assert!(cache.namespace("ab").contains("k").await.unwrap() && cache.contains("k").await.unwrap());
    }

    async fn a_pattern_stays_in_its_namespace(backend: Backend) {
        let cache = backend.node();
        for name in ["a", "a/b", "b"] {
            cache.namespace(name).set("k", 1_u64).await.unwrap();
        }
        assert_eq!(cache.namespace("a").remove_matching("*").await.unwrap(), 1);
        assert!(cache.namespace("a/b").contains("k").await.unwrap() && cache.namespace("b").contains("k").await.unwrap());
    }
}
