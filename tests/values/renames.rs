//! Another key for a value.

use std::time::Duration;

use larder::Lifetime;

use crate::backend::on_every_backend;

on_every_backend! {
    async fn a_value_gets_another_key(backend: Backend) {
        let cache = backend.node();
        cache.set("old", 1_u64).await.unwrap();
        assert!(cache.rename("old", "new").await.unwrap());
        assert_eq!(cache.get::<u64>("old").await.unwrap(), None);
        assert_eq!(cache.get::<u64>("new").await.unwrap(), Some(1));
        assert_eq!(cache.keys("*").await.unwrap().len(), 1);
    }

    async fn it_takes_the_place_of_what_stands_there(backend: Backend) {
        let cache = backend.node();
        cache.set("old", 1_u64).await.unwrap();
        cache.set("new", "text".to_owned()).await.unwrap();
        assert!(cache.rename("old", "new").await.unwrap());
        assert_eq!(cache.get::<String>("new").await.unwrap(), None);
        assert_eq!(cache.get::<u64>("new").await.unwrap(), Some(1));
    }

    async fn what_is_missing_changes_nothing(backend: Backend) {
        let cache = backend.node();
        cache.set("new", 1_u64).await.unwrap();
        assert!(!cache.rename("old", "new").await.unwrap());
        assert_eq!(cache.get::<u64>("new").await.unwrap(), Some(1));
    }

    async fn what_was_cleared_is_missing(backend: Backend) {
        let cache = backend.node();
        cache.set("old", 1_u64).await.unwrap();
        cache.clear().await.unwrap();
        assert!(!cache.rename("old", "new").await.unwrap());
        assert!(!cache.contains("new").await.unwrap());
    }

    async fn onto_itself_it_stays(backend: Backend) {
        let cache = backend.node();
        assert!(!cache.rename("a", "a").await.unwrap());
        cache.set("a", 1_u64).tags(["t"]).await.unwrap();
        assert!(cache.rename("a", "a").await.unwrap());
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(1));
        cache.invalidate_tags(["t"]).await.unwrap();
        assert_eq!(cache.get::<u64>("a").await.unwrap(), None);
    }

    async fn it_keeps_its_end(backend: Backend) {
        let cache = backend.node();
        cache.set("old", 1_u64).ttl(Duration::from_mins(7)).await.unwrap();
        cache.rename("old", "new").await.unwrap();
        let Some(Lifetime::For(left)) = cache.ttl("new").await.unwrap() else { panic!("it has an end") };
        assert!(left <= Duration::from_mins(7) && left > Duration::from_mins(6), "{left:?}");
        cache.persist("new").await.unwrap();
        cache.rename("new", "newer").await.unwrap();
        assert_eq!(cache.ttl("newer").await.unwrap(), Some(Lifetime::ForEver));
    }

    async fn it_keeps_its_tags(backend: Backend) {
        let cache = backend.node();
        cache.set("old", 1_u64).tags(["t", "u"]).await.unwrap();
        cache.rename("old", "new").await.unwrap();
        assert_eq!(cache.get::<u64>("new").await.unwrap(), Some(1));
        cache.invalidate_tags(["u"]).await.unwrap();
        assert_eq!(cache.get::<u64>("new").await.unwrap(), None);
    }

    async fn there_and_back_it_is_the_same(backend: Backend) {
        let cache = backend.node();
        let long = "x".repeat(300);
        cache.set("old", "text".to_owned()).await.unwrap();
        assert!(cache.rename("old", &long).await.unwrap());
        assert_eq!(cache.get::<String>(&long).await.unwrap().as_deref(), Some("text"));
        assert!(cache.rename(&long, "old").await.unwrap());
        assert_eq!(cache.get::<String>("old").await.unwrap().as_deref(), Some("text"));
        assert!(!cache.contains(&long).await.unwrap());
    }

    async fn a_value_is_set_anew_under_its_old_key(backend: Backend) {
        let cache = backend.node();
        cache.set("old", 1_u64).await.unwrap();
        cache.rename("old", "new").await.unwrap();
        cache.set("old", 2_u64).await.unwrap();
        assert_eq!(cache.get::<u64>("old").await.unwrap(), Some(2));
        assert_eq!(cache.get::<u64>("new").await.unwrap(), Some(1));
    }
}
