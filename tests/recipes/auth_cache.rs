//! What tokens stand for: each method, tenants, other nodes, and loads that are overtaken.

use std::time::Duration;

use larder::recipes::{AuthCache, Authenticated};
use larder::{Cache, Tenant, tenant};

use crate::backend::{on_every_backend, on_every_shared_backend};
use crate::hostile::USERS;
use crate::support::{Gate, within};

const MINUTE: Duration = Duration::from_mins(1);

fn of(cache: &Cache) -> AuthCache<u64> {
    AuthCache::new(cache)
}

async fn found(auth: &AuthCache<u64>, token: &str) -> Option<(String, u64)> {
    auth.get(token).await.unwrap().map(|known| (known.user().to_owned(), known.into_data()))
}

on_every_backend! {
    async fn a_token_stands_for_what_was_put(backend: Backend) {
        let auth = of(&backend.node());
        assert_eq!(found(&auth, "token").await, None);
        auth.put("token", 7, 42, MINUTE).await.unwrap();
        assert_eq!(found(&auth, "token").await, Some(("7".to_owned(), 42)));
        assert_eq!(found(&auth, "Token").await, None);
        assert!(auth.remove("token").await.unwrap());
        assert_eq!(found(&auth, "token").await, None);
        assert!(!auth.remove("token").await.unwrap());
    }

    async fn what_is_not_known_is_loaded_once(backend: Backend) {
        let auth = of(&backend.node());
        for _ in 0..2 {
            let known = auth.get_or_load("token", 7, MINUTE, async || Ok::<_, ()>(42)).await.unwrap();
            assert_eq!((known.user(), *known.data()), ("7", 42));
        }
        let again = auth.get_or_load("token", 7, MINUTE, async || Err::<u64, _>("it is known"));
        assert_eq!(again.await.map(Authenticated::into_data), Ok(42));
        assert_eq!(auth.get_or_load("other", 7, MINUTE, async || Err("none")).await.map(Authenticated::into_data), Err("none"));
    }

    async fn all_tokens_of_a_user_go_and_nobody_elses(backend: Backend) {
        let auth = of(&backend.node());
        let tokens = |at: usize| [format!("put {at}"), format!("loaded {at}")];
        for (at, user) in USERS.into_iter().enumerate() {
            let [put, loaded] = tokens(at);
            auth.put(&put, user, 1, MINUTE).await.unwrap();
            auth.get_or_load(&loaded, user, MINUTE, async || Ok::<_, ()>(1)).await.unwrap();
        }
        for (gone, user) in USERS.into_iter().enumerate() {
            auth.remove_user(user).await.unwrap();
            for (at, other) in USERS.into_iter().enumerate() {
                for token in tokens(at) {
                    assert_eq!(found(&auth, &token).await.is_some(), at > gone, "{other:?}, after {user:?}");
                }
            }
        }
    }

    async fn a_load_that_the_users_removal_overtakes_is_not_stored(backend: Backend) {
        let auth = of(&backend.node());
        let gate = Gate::closed();
        let load = auth.get_or_load("token", 7, MINUTE, async || {
            gate.pass().await;
            Ok::<_, ()>(42)
        });
        let removal = async {
            gate.arrival().await;
            auth.remove_user(7).await.unwrap();
            gate.open();
        };
        let (loaded, ()) = within(futures::future::join(load, removal)).await;
        assert_eq!(loaded.unwrap().into_data(), 42, "who waits for a load is given its value");
        assert_eq!(found(&auth, "token").await, None);
    }

    async fn those_of_different_names_and_tenants_never_meet(backend: Backend) {
        let cache = backend.node();
        let (plain, shop) = (of(&cache), of(&cache).named("shop"));
        let acme = || Tenant::from_id("acme").unwrap();
        shop.put("token", 7, 1, MINUTE).await.unwrap();
        tenant::scope(acme(), plain.put("token", 7, 2, MINUTE)).await.unwrap();
        assert_eq!(found(&plain, "token").await, None);
        plain.remove_user(7).await.unwrap();
        assert!(found(&shop, "token").await.is_some() && tenant::scope(acme(), found(&plain, "token")).await.is_some());
        tenant::scope(acme(), plain.remove_user(7)).await.unwrap();
        assert!(found(&shop, "token").await.is_some() && tenant::scope(acme(), found(&plain, "token")).await.is_none());
    }

    async fn neither_keys_nor_debug_show_a_token_or_a_user(backend: Backend) {
        let cache = backend.node();
        let auth = of(&cache);
        auth.put("eyJhbGciOi", "ada", 42, MINUTE).await.unwrap();
        let keys = cache.namespace("auth").keys("*").await.unwrap();
        let shown = format!("{keys:?}{auth:?}{:?}", auth.get("eyJhbGciOi").await.unwrap().unwrap());
        assert!(keys.len() == 1 && !shown.contains("eyJ") && !shown.contains("ada"), "{shown}");
    }
}

on_every_shared_backend! {
    async fn what_one_node_removes_the_other_forgets(backend: Backend) {
        let (here, there) = (of(&backend.node()), of(&backend.node()));
        for way in 0..2 {
            here.put("token", 7, 42, MINUTE).await.unwrap();
            assert!(found(&there, "token").await.is_some());
            match way {
                0 => assert!(here.remove("token").await.unwrap()),
                _ => here.remove_user(7).await.unwrap(),
            }
            within(async {
                while found(&there, "token").await.is_some() {
                    tokio::task::yield_now().await;
                }
            })
            .await;
        }
    }
}
