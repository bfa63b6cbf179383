//! What annotated functions store is what calls by hand find, and the reverse.

use std::time::Duration;

use larder::{Preset, Tenancy, Tenant, tenant};

use crate::backend::on_every_backend;
use crate::users::Users;

fn acme() -> Tenant {
    Tenant::from_id("acme").expect("a name that can be used")
}

on_every_backend! {
    async fn what_a_function_stored_is_found_by_hand(backend: Backend) {
        let node = Users::new(backend.node());
        assert_eq!(node.get("42").await, 1);
        assert_eq!(node.cache.namespace("users").get::<u64>("42").await.unwrap(), Some(1));
        assert_eq!(node.cache.get::<u64>("42").await.unwrap(), None);
    }

    async fn what_was_set_by_hand_is_what_a_function_returns(backend: Backend) {
        let node = Users::new(backend.node());
        // With the tags that the function gives: elsewhere an invalidation of them would pass it by.
        node.cache.namespace("users").set("42", 7_u64).tags(["team"]).await.unwrap();
        assert_eq!((node.get("42").await, node.loads.count()), (7, 0));
    }

    async fn what_a_function_put_is_found_by_hand(backend: Backend) {
        let node = Users::new(backend.node());
        node.save("42", 7).await;
        assert_eq!(node.cache.namespace("users").get::<u64>("42").await.unwrap(), Some(7));
    }

    async fn what_a_function_evicts_is_gone_by_hand(backend: Backend) {
        let node = Users::new(backend.node());
        node.cache.namespace("users").set("42", 7_u64).await.unwrap();
        node.delete("42").await;
        assert_eq!(node.cache.namespace("users").get::<u64>("42").await.unwrap(), None);
    }

    async fn what_is_removed_by_hand_is_loaded_anew(backend: Backend) {
        let node = Users::new(backend.node());
        let users = node.cache.namespace("users");
        node.get("42").await;
        assert!(users.remove("42").await.unwrap());
        assert_eq!(node.get("42").await, 2);
        users.clear().await.unwrap();
        assert_eq!(node.get("42").await, 3);
        assert_eq!(users.remove_matching("4*").await.unwrap(), 1);
        assert_eq!(node.get("42").await, 4);
        assert_eq!(users.take::<u64>("42").await.unwrap(), Some(4));
        assert_eq!(node.get("42").await, 5);
        assert!(users.expire("42", Duration::ZERO).await.unwrap());
        assert_eq!(node.get("42").await, 6);
        node.cache.invalidate_tags(["team"]).await.unwrap();
        assert_eq!(users.get::<u64>("42").await.unwrap(), None);
    }

    async fn a_function_finds_what_was_renamed(backend: Backend) {
        let node = Users::new(backend.node());
        node.get("1").await;
        node.get("2").await;
        assert!(node.cache.namespace("users").rename("1", "2").await.unwrap());
        assert_eq!((node.get("2").await, node.loads.count()), (1, 2));
        assert_eq!(node.get("1").await, 3);
        node.cache.invalidate_tags(["team"]).await.unwrap();
        assert_eq!(node.get("2").await, 4);
    }

    async fn a_version_is_found_by_its_number(backend: Backend) {
        let node = Users::new(backend.node());
        let users = node.cache.namespace("users");
        assert_eq!(node.second("42").await, 1);
        assert_eq!(users.get::<u64>("42").await.unwrap(), None);
        assert_eq!(users.clone().version(2).get::<u64>("42").await.unwrap(), Some(1));
        users.clone().version(2).set("43", 9_u64).await.unwrap();
        assert_eq!(node.second("43").await, 9);
        assert_eq!(users.clone().version(3).take::<u64>("43").await.unwrap(), None);
        assert_eq!(users.clone().version(2).take::<u64>("43").await.unwrap(), Some(9));
    }

    async fn a_template_with_pieces_that_are_escaped_is_the_text_that_it_makes(backend: Backend) {
        let node = Users::new(backend.node());
        assert_eq!(node.of_team("a b*", 7).await, 1);
        let users = node.cache.namespace("users");
        assert_eq!(users.get::<u64>("of [a b*:7").await.unwrap(), Some(1));
        assert!(users.remove("of [a b*:7").await.unwrap());
        users.set("of [a b*:7", 9_u64).await.unwrap();
        assert_eq!(node.of_team("a b*", 7).await, 9);
    }

    async fn keys_of_any_length_and_any_bytes_meet(backend: Backend) {
        let node = Users::new(backend.node());
        let users = node.cache.namespace("users");
        let long = "x".repeat(250);
        let longer = format!("{long}{long}y");
        for (key, load) in ["", " ", "%", "#c", "*", "ä\u{1f600}", "\0", "a%2Cb", &long, &longer].into_iter().zip(1..) {
            assert_eq!(node.get(key).await, load);
            assert_eq!(users.get::<u64>(key).await.unwrap(), Some(load), "{key:?}");
            users.set(key, 1_000 + load).tags(["team"]).await.unwrap();
            assert_eq!(node.get(key).await, 1_000 + load, "{key:?}");
        }
    }

    async fn a_none_that_a_function_stored_is_no_value_but_an_entry(backend: Backend) {
        let node = Users::new(backend.node());
        let users = node.cache.namespace("users");
        let kept = node.maybe("42").await;
        assert_eq!((kept, users.get::<u64>("42").await.unwrap()), (None, None));
        assert_eq!(users.take::<u64>("42").await.unwrap(), None);
    }

    async fn a_tenants_values_are_those_of_its_functions(backend: Backend) {
        let node = Users::new(backend.node());
        let users = node.cache.namespace("users");
        assert_eq!(tenant::scope(acme(), node.get("42")).await, 1);
        assert_eq!(users.get::<u64>("42").await.unwrap(), None);
        assert_eq!(tenant::scope(acme(), users.get::<u64>("42")).await.unwrap(), Some(1));
        users.set("42", 7_u64).tags(["team"]).await.unwrap();
        assert_eq!((tenant::scope(acme(), node.get("42")).await, node.get("42").await), (1, 7));
    }

    async fn a_rule_for_tenants_is_that_of_its_functions(backend: Backend) {
        let node = Users::new(backend.node());
        assert_eq!(tenant::scope(acme(), node.rate("eur")).await, 1);
        let rates = node.cache.namespace("rates");
        assert_eq!(tenant::scope(acme(), rates.get::<u64>("eur")).await.unwrap(), None);
        let rates = rates.tenancy(Tenancy::None);
        assert_eq!(tenant::scope(acme(), rates.get::<u64>("eur")).await.unwrap(), Some(1));
        rates.set("eur", 9_u64).await.unwrap();
        assert_eq!(tenant::scope(acme(), node.rate("eur")).await, 9);
    }

    async fn what_is_inserted_or_loaded_by_hand_is_what_a_function_returns(backend: Backend) {
        let node = Users::new(backend.node());
        let users = node.cache.namespace("users");
        let of_team = || Preset::User.policy().tags(["team"]);
        assert!(users.insert_if_absent("1", 11_u64, of_team()).await.unwrap());
        users.get_or_load("2", of_team(), async || Ok::<_, ()>(12_u64)).await.unwrap();
        users.put_with("3", of_team(), async || Ok::<_, ()>(13_u64)).await.unwrap();
        assert_eq!((node.get("1").await, node.get("2").await, node.get("3").await), (11, 12, 13));
        assert!(!users.insert_if_absent("1", 0_u64, of_team()).await.unwrap());
        assert_eq!(node.loads.count(), 0);
    }
}
