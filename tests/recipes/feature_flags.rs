//! Feature flags: each method, tenants, and other nodes.

use larder::recipes::FeatureFlags;
use larder::{Cache, Lifetime, Tenancy, Tenant, tenant};

use crate::backend::{on_every_backend, on_every_shared_backend};
use crate::hostile::USERS;
use crate::support::within;

fn of(cache: &Cache) -> FeatureFlags {
    FeatureFlags::new(cache)
}

on_every_backend! {
    async fn a_flag_is_what_was_set_last_and_off_before(backend: Backend) {
        let flags = of(&backend.node());
        assert_eq!((flags.is_enabled("a").await.unwrap(), flags.get("a").await.unwrap()), (false, None));
        flags.set("a", true).await.unwrap();
        assert_eq!((flags.is_enabled("a").await.unwrap(), flags.get("a").await.unwrap()), (true, Some(true)));
        flags.set("a", false).await.unwrap();
        assert_eq!((flags.is_enabled("a").await.unwrap(), flags.get("a").await.unwrap()), (false, Some(false)));
    }

    async fn a_flag_that_was_removed_was_never_set(backend: Backend) {
        let flags = of(&backend.node());
        flags.set("a", true).await.unwrap();
        assert!(flags.remove("a").await.unwrap());
        assert_eq!(flags.get("a").await.unwrap(), None);
        assert!(!flags.remove("a").await.unwrap());
    }

    async fn a_flag_is_kept_without_an_end(backend: Backend) {
        let cache = backend.node();
        of(&cache).set("a", true).await.unwrap();
        assert_eq!(cache.namespace("flags").ttl("a").await.unwrap(), Some(Lifetime::ForEver));
    }

    async fn all_are_listed_by_their_names_whatever_those_are_made_of(backend: Backend) {
        let flags = of(&backend.node());
        assert!(flags.all().await.unwrap().is_empty());
        for (at, name) in USERS.into_iter().enumerate() {
            flags.set(name, at % 2 == 0).await.unwrap();
        }
        flags.set("gone", true).await.unwrap();
        flags.remove("gone").await.unwrap();
        let expected = USERS.into_iter().enumerate().map(|(at, name)| (name.to_owned(), at % 2 == 0)).collect();
        assert_eq!(flags.all().await.unwrap(), expected);
    }

    async fn a_tenant_has_its_own_flags_unless_they_are_everybodys(backend: Backend) {
        let cache = backend.node();
        let acme = Tenant::from_id("acme").unwrap();
        tenant::scope(acme.clone(), of(&cache).set("a", true)).await.unwrap();
        assert_eq!(of(&cache).get("a").await.unwrap(), None);
        assert!(of(&cache).all().await.unwrap().is_empty());
        assert!(tenant::scope(acme.clone(), of(&cache).is_enabled("a")).await.unwrap());
        let shared = FeatureFlags::new(&cache.namespace("shared").tenancy(Tenancy::None));
        shared.set("a", true).await.unwrap();
        assert!(tenant::scope(acme, shared.is_enabled("a")).await.unwrap());
    }
}

on_every_shared_backend! {
    async fn what_one_node_switches_the_other_follows(backend: Backend) {
        let (here, there) = (of(&backend.node()), of(&backend.node()));
        for value in [true, false, true] {
            here.set("a", value).await.unwrap();
            within(async {
                while there.get("a").await.unwrap() != Some(value) {
                    tokio::task::yield_now().await;
                }
            })
            .await;
        }
    }
}

#[tokio::test]
async fn a_flag_that_memory_has_costs_nothing() {
    use crate::following::Following;
    let server = cache_core::testing::FakeRedis::new();
    let flags = of(&Cache::builder("flags").redis(server.clone()).following());
    flags.set("a", true).await.unwrap();
    server.take_operations();
    for _ in 0..5 {
        assert!(flags.is_enabled("a").await.unwrap());
    }
    assert_eq!(server.take_operations().read, 0);
}
