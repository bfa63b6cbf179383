//! Values of users: each method, tenants, other nodes, and users whose names look alike.

use std::time::Duration;

use larder::recipes::UserValues;
use larder::{Cache, Lifetime, Preset, Tenant, tenant};

use crate::backend::{on_every_backend, on_every_shared_backend};
use crate::hostile::USERS;
use crate::support::{Gate, within};

const MINUTE: Duration = Duration::from_mins(1);

async fn found(values: &UserValues, user: &str, name: &str) -> Option<u64> {
    values.for_user(user).get(name).await.unwrap()
}

on_every_backend! {
    async fn a_user_has_a_value_for_each_name(backend: Backend) {
        let values = UserValues::new(&backend.node());
        let ada = values.for_user(7);
        ada.set("basket", 1_u64, MINUTE).await.unwrap();
        ada.set("theme", "dark".to_owned(), Preset::User).await.unwrap();
        assert_eq!(ada.get::<u64>("basket").await.unwrap(), Some(1));
        assert_eq!(ada.get::<String>("theme").await.unwrap().as_deref(), Some("dark"));
        assert!(ada.remove("theme").await.unwrap());
        assert_eq!(ada.get::<String>("theme").await.unwrap(), None);
        assert!(!ada.remove("theme").await.unwrap());
        assert_eq!(ada.get::<u64>("basket").await.unwrap(), Some(1));
    }

    async fn a_value_lives_as_long_as_its_policy_says(backend: Backend) {
        let cache = backend.node();
        UserValues::new(&cache).for_user(7).set("basket", 1_u64, larder::Policy::new().for_ever()).await.unwrap();
        assert_eq!(cache.namespace("user-values").ttl(("7", "basket")).await.unwrap(), Some(Lifetime::ForEver));
    }

    async fn everything_of_a_user_goes_and_nothing_of_anybody_else(backend: Backend) {
        let values = UserValues::new(&backend.node());
        for user in USERS {
            values.for_user(user).set("a", 1_u64, MINUTE).await.unwrap();
            values.for_user(user).get_or_load("7", MINUTE, async || Ok::<_, ()>(2_u64)).await.unwrap();
        }
        for (gone, user) in USERS.into_iter().enumerate() {
            values.clear(user).await.unwrap();
            for (at, other) in USERS.into_iter().enumerate() {
                let there = (at > gone).then_some(1);
                let both = (found(&values, other, "a").await, found(&values, other, "7").await);
                assert_eq!(both, (there, there.map(|_| 2)), "{other:?}, after {user:?}");
            }
        }
    }

    async fn no_user_and_name_are_those_of_another(backend: Backend) {
        let values = UserValues::new(&backend.node());
        let pairs: Vec<_> = USERS.into_iter().flat_map(|user| USERS.map(|name| (user, name))).collect();
        for (value, (user, name)) in (0_u64..).zip(&pairs) {
            values.for_user(user).set(name, value, MINUTE).await.unwrap();
        }
        for (value, (user, name)) in (0_u64..).zip(&pairs) {
            assert_eq!(found(&values, user, name).await, Some(value), "{user:?} {name:?}");
        }
    }

    async fn a_load_that_a_clear_overtakes_is_not_stored(backend: Backend) {
        let values = UserValues::new(&backend.node());
        let (gate, ada) = (Gate::closed(), values.for_user(7));
        let load = ada.get_or_load("a", MINUTE, async || {
            gate.pass().await;
            Ok::<_, ()>(42_u64)
        });
        let clear = async {
            gate.arrival().await;
            values.clear(7).await.unwrap();
            gate.open();
        };
        assert_eq!(within(futures::future::join(load, clear)).await.0, Ok(42));
        assert_eq!(found(&values, "7", "a").await, None);
    }

    async fn those_of_different_names_and_tenants_never_meet(backend: Backend) {
        let cache = backend.node();
        let (plain, shop) = (UserValues::new(&cache), UserValues::new(&cache).named("shop"));
        let acme = || Tenant::from_id("acme").unwrap();
        shop.for_user(7).set("a", 1_u64, MINUTE).await.unwrap();
        tenant::scope(acme(), plain.for_user(7).set("a", 2_u64, MINUTE)).await.unwrap();
        assert_eq!(found(&plain, "7", "a").await, None);
        plain.clear(7).await.unwrap();
        assert_eq!(found(&shop, "7", "a").await, Some(1));
        assert_eq!(tenant::scope(acme(), found(&plain, "7", "a")).await, Some(2));
        tenant::scope(acme(), plain.clear(7)).await.unwrap();
        assert_eq!(found(&shop, "7", "a").await, Some(1));
        assert_eq!(tenant::scope(acme(), found(&plain, "7", "a")).await, None);
    }

    async fn a_tag_that_looks_like_a_users_is_another(backend: Backend) {
        let cache: Cache = backend.node();
        let values = UserValues::new(&cache);
        values.for_user(7).set("a", 1_u64, MINUTE).await.unwrap();
        cache.invalidate_tags(["7", "larder:user-values::7", "larder%3Auser-values::7", "user:7"]).await.unwrap();
        assert_eq!(found(&values, "7", "a").await, Some(1));
    }
}

on_every_shared_backend! {
    async fn what_one_node_clears_the_other_forgets(backend: Backend) {
        let (here, there) = (UserValues::new(&backend.node()), UserValues::new(&backend.node()));
        here.for_user(7).set("a", 1_u64, MINUTE).await.unwrap();
        assert_eq!(found(&there, "7", "a").await, Some(1));
        here.clear(7).await.unwrap();
        assert_eq!(found(&here, "7", "a").await, None);
        within(async {
            while found(&there, "7", "a").await.is_some() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}
