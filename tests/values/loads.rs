//! Values that are loaded where they are missing.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use larder::{Lifetime, Namespace, Policy, Preset};

use crate::backend::on_every_backend;
use crate::support::{Loads, held};
use crate::users::Users;

/// Loads by hand what [`Users::get`] loads.
async fn load(users: &Namespace, loads: &Loads) -> u64 {
    users.get_or_load("7", Preset::User, async || Ok::<_, ()>(loads.next())).await.unwrap()
}

on_every_backend! {
    async fn what_is_missing_is_loaded_once(backend: Backend) {
        let (users, loads) = (backend.node().namespace("users"), Loads::default());
        assert_eq!((load(&users, &loads).await, load(&users, &loads).await), (1, 1));
        assert_eq!(users.get::<u64>("7").await.unwrap(), Some(1));
    }

    async fn an_error_is_returned_and_not_stored(backend: Backend) {
        let cache = backend.node();
        let failed = cache.get_or_load("a", Preset::User, async || Err::<u64, _>("no")).await;
        assert_eq!(failed, Err("no"));
        assert!(!cache.contains("a").await.unwrap());
        assert_eq!(cache.get_or_load("a", Preset::User, async || Ok::<_, &str>(1_u64)).await, Ok(1));
    }

    async fn what_is_loaded_for_ever_has_no_end(backend: Backend) {
        let cache = backend.node();
        let policy = Policy::new().for_ever().tags(["t"]);
        cache.get_or_load("a", policy, async || Ok::<_, ()>(1_u64)).await.unwrap();
        assert_eq!(cache.ttl("a").await.unwrap(), Some(Lifetime::ForEver));
        cache.invalidate_tags(["t"]).await.unwrap();
        assert_eq!(cache.get::<u64>("a").await.unwrap(), None);
    }

    async fn what_is_not_to_live_is_loaded_each_time(backend: Backend) {
        let (cache, loads) = (backend.node(), Loads::default());
        for expected in 1..=2 {
            let load = cache.get_or_load("a", Duration::ZERO, async || Ok::<_, ()>(loads.next()));
            assert_eq!(load.await, Ok(expected));
        }
        assert!(!cache.contains("a").await.unwrap());
    }

    async fn a_call_by_hand_waits_for_the_load_of_an_annotated_function(backend: Backend) {
        let node = Users::new(backend.node());
        let users = node.cache.namespace("users");
        let mut annotated = held(node.slow("7")).await;
        tokio::select! {
            _ = &mut annotated => panic!("it is held"),
            () = node.gate.arrival() => {}
        }
        let by_hand = held(load(&users, &node.loads)).await;
        node.gate.open();
        assert_eq!(tokio::join!(annotated, by_hand), (1, 1));
        assert_eq!(node.loads.count(), 1);
    }

    async fn an_annotated_function_waits_for_the_load_of_a_call_by_hand(backend: Backend) {
        let node = Users::new(backend.node());
        let users = node.cache.namespace("users");
        let slow = async || {
            node.gate.pass().await;
            Ok::<_, ()>(node.loads.next())
        };
        let mut by_hand = Box::pin(users.get_or_load("7", Preset::User, slow));
        tokio::select! {
            _ = &mut by_hand => panic!("it is held"),
            () = node.gate.arrival() => {}
        }
        let annotated = held(node.get("7")).await;
        node.gate.open();
        assert_eq!(tokio::join!(by_hand, annotated), (Ok(1), 1));
        assert_eq!(node.loads.count(), 1);
    }

    async fn many_load_together_what_is_missing(backend: Backend) {
        let (users, asked) = (backend.node().namespace("users"), Mutex::new(Vec::new()));
        users.set("b", 20_u64).await.unwrap();
        let load = |missing: Vec<&'static str>| {
            asked.lock().unwrap().push(missing.clone());
            async move { Ok::<_, ()>(missing.into_iter().map(|key| (key, 10_u64)).collect::<HashMap<_, _>>()) }
        };
        let found = users.get_or_load_many(["a", "b", "c", "a"], Preset::User, load).await.unwrap();
        assert_eq!(found, HashMap::from([("a", 10), ("b", 20), ("c", 10)]));
        assert_eq!(*asked.lock().unwrap(), [["a", "c"]]);
        assert_eq!(users.get::<u64>("c").await.unwrap(), Some(10));
    }

    async fn of_many_what_the_loader_lacks_has_no_value(backend: Backend) {
        let users = backend.node().namespace("users");
        let load = |_: Vec<&'static str>| async { Ok::<_, ()>(HashMap::from([("a", 1_u64)])) };
        assert_eq!(users.get_or_load_many(["a", "b"], Preset::User, load).await.unwrap(), HashMap::from([("a", 1)]));
        assert!(!users.contains("b").await.unwrap());
        let none = |_: Vec<&'static str>| async { Err::<HashMap<&str, u64>, ()>(()) };
        assert!(users.get_or_load_many([] as [&str; 0], Preset::User, none).await.unwrap().is_empty());
    }

    async fn many_wait_for_the_load_of_an_annotated_function(backend: Backend) {
        let node = Users::new(backend.node());
        let users = node.cache.namespace("users");
        let mut annotated = held(node.slow("7")).await;
        tokio::select! {
            _ = &mut annotated => panic!("it is held"),
            () = node.gate.arrival() => {}
        }
        let asked = Mutex::new(Vec::new());
        let load = |missing: Vec<&'static str>| {
            asked.lock().unwrap().extend(missing.iter().copied());
            async move { Ok::<_, ()>(missing.into_iter().map(|key| (key, 10_u64)).collect::<HashMap<_, _>>()) }
        };
        let many = held(users.get_or_load_many(["7", "8"], Preset::User, load)).await;
        node.gate.open();
        let (one, many) = tokio::join!(annotated, many);
        assert_eq!((one, many), (1, Ok(HashMap::from([("7", 1), ("8", 10)]))));
        assert_eq!(*asked.lock().unwrap(), ["8"]);
    }
}
