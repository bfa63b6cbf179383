//! Tenants and namespaces: what belongs to one reaches no other, whatever their names.

use larder::{Cache, Tenancy, Tenant, tenant};

use crate::backend::on_every_backend;

/// Names that mean something to patterns, to servers or to our own records.
pub(crate) const HOSTILE: [&str; 24] = [
    "*",
    "?",
    "[ab]",
    "[",
    "]",
    ":",
    "::",
    "{}",
    "{a}",
    "%",
    "%2A",
    "%25",
    "=",
    "#",
    "#c",
    "#t:x",
    "\\",
    "\\*",
    " ",
    "\n",
    "\0",
    "\u{7f}",
    "ä",
    "\u{1f600}",
];

fn named(id: &str) -> Tenant {
    Tenant::from_id(id).expect("a name that can be used")
}

async fn of<F: Future>(id: &str, call: F) -> F::Output {
    tenant::scope(named(id), call).await
}

async fn all_keys(cache: &Cache) -> usize {
    cache.keys("*").await.unwrap().len()
}

on_every_backend! {
    async fn a_tenant_has_its_own_values(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        of("acme", cache.set("a", 2_u64).into_future()).await.unwrap();
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(1));
        assert_eq!(of("acme", cache.get::<u64>("a")).await.unwrap(), Some(2));
        assert_eq!(of("globex", cache.get::<u64>("a")).await.unwrap(), None);
        assert_eq!(of("globex", cache.take::<u64>("a")).await.unwrap(), None);
        assert!(!of("globex", cache.rename("a", "b")).await.unwrap());
        assert!(!of("globex", cache.remove("a")).await.unwrap());
        assert_eq!(of("globex", cache.remove_matching("*")).await.unwrap(), 0);
        assert_eq!(of("globex", all_keys(&cache)).await, 0);
        assert_eq!((of("acme", all_keys(&cache)).await, all_keys(&cache).await), (1, 1));
    }

    async fn a_tenants_name_may_be_hostile(backend: Backend) {
        let cache = backend.node();
        for (name, value) in HOSTILE.into_iter().zip(1_u64..) {
            of(name, cache.set("k", value).tags(["t"]).into_future()).await.unwrap();
        }
        for name in HOSTILE.into_iter().step_by(3) {
            of(name, cache.clear()).await.unwrap();
        }
        for name in HOSTILE.into_iter().skip(1).step_by(3) {
            of(name, cache.invalidate_tags(["t"])).await.unwrap();
        }
        for (at, name) in HOSTILE.into_iter().enumerate() {
            let value = of(name, cache.get::<u64>("k")).await.unwrap();
            assert_eq!(value, (at % 3 == 2).then_some(at as u64 + 1), "{name:?}");
        }
    }

    async fn a_key_may_be_hostile(backend: Backend) {
        let cache = backend.node();
        cache.set("", 0_u64).await.unwrap();
        for (key, value) in HOSTILE.into_iter().zip(1_u64..) {
            cache.set(key, value).await.unwrap();
        }
        assert_eq!(all_keys(&cache).await, HOSTILE.len() + 1);
        assert_eq!(cache.get::<u64>("").await.unwrap(), Some(0));
        for (key, value) in HOSTILE.into_iter().zip(1_u64..) {
            assert_eq!(cache.take::<u64>(key).await.unwrap(), Some(value), "{key:?}");
        }
        assert_eq!(all_keys(&cache).await, 1);
        assert!(cache.remove("").await.unwrap());
    }

    async fn a_key_may_be_hostile_to_a_rename(backend: Backend) {
        let cache = backend.node();
        let mut at = "first".to_owned();
        cache.set(&at, 1_u64).tags(["t"]).await.unwrap();
        for key in HOSTILE.into_iter().chain([""]) {
            assert!(cache.rename(&at, key).await.unwrap(), "{key:?}");
            assert_eq!(cache.get::<u64>(key).await.unwrap(), Some(1), "{key:?}");
            at = key.to_owned();
        }
        assert_eq!(all_keys(&cache).await, 1);
        cache.invalidate_tags(["t"]).await.unwrap();
        assert_eq!(all_keys(&cache).await, 0);
    }

    async fn a_tag_may_be_hostile(backend: Backend) {
        let cache = backend.node();
        for tag in HOSTILE {
            cache.set(("tagged", tag), 1_u64).tags([tag]).await.unwrap();
        }
        cache.set("untagged", 1_u64).await.unwrap();
        for (gone, tag) in HOSTILE.into_iter().enumerate() {
            assert!(cache.contains(("tagged", tag)).await.unwrap(), "{tag:?} was not invalidated yet");
            cache.invalidate_tags([tag]).await.unwrap();
            assert!(!cache.contains(("tagged", tag)).await.unwrap(), "{tag:?}");
            assert_eq!(all_keys(&cache).await, HOSTILE.len() - gone);
        }
    }

    /// The space of another is `tenant:..`, and its entries `tenant:..:<namespace>:<key>`.
    async fn a_key_that_looks_like_anothers_place_is_a_key(backend: Backend) {
        let cache = backend.node();
        of("acme", cache.namespace("users").set("7", 1_u64).into_future()).await.unwrap();
        for key in ["tenant:acme:users:7", "acme:users:7", "users:7", "global:users:7", "/users:7"] {
            assert!(!cache.contains(key).await.unwrap(), "{key}");
            cache.set(key, 2_u64).await.unwrap();
        }
        assert_eq!(of("acme", cache.namespace("users").get::<u64>("7")).await.unwrap(), Some(1));
        assert_eq!(cache.namespace("users").get::<u64>("7").await.unwrap(), None);
    }

    async fn an_inner_scope_counts_and_none_ends_it(backend: Backend) {
        let cache = backend.node();
        of("acme", async {
            of("globex", cache.set("a", 1_u64).into_future()).await.unwrap();
            assert_eq!(cache.get::<u64>("a").await.unwrap(), None);
            tenant::scope(None, cache.set("a", 2_u64).into_future()).await.unwrap();
            assert_eq!(cache.get::<u64>("a").await.unwrap(), None);
        }).await;
        assert_eq!(cache.get::<u64>("a").await.unwrap(), Some(2));
        assert_eq!(of("globex", cache.get::<u64>("a")).await.unwrap(), Some(1));
    }

    async fn a_spawned_task_has_no_tenant(backend: Backend) {
        let cache = backend.node();
        cache.set("a", 1_u64).await.unwrap();
        let task = of("acme", async {
            let cache = cache.clone();
            tokio::spawn(async move { cache.get::<u64>("a").await.unwrap() }).await
        });
        assert_eq!(task.await.unwrap(), Some(1));
    }

    async fn the_tenant_of_a_stream_is_that_of_its_beginning(backend: Backend) {
        use futures::TryStreamExt;
        let cache = backend.node();
        of("acme", cache.set("hers", 1_u64).into_future()).await.unwrap();
        cache.set("mine", 1_u64).await.unwrap();
        let hers = of("acme", async { cache.scan("*") }).await;
        let keys: Vec<_> = hers.try_collect().await.unwrap();
        assert_eq!(keys.iter().map(ToString::to_string).collect::<Vec<_>>(), ["hers"]);
    }

    async fn a_tenant_that_is_required_is_missing_by_hand(backend: Backend) {
        let cache = backend.build(backend.builder().tenancy(Tenancy::Required));
        assert!(cache.get::<u64>("a").await.unwrap_err().is_tenant_missing());
        assert!(cache.set("a", 1_u64).await.unwrap_err().is_tenant_missing());
        assert!(cache.remove("a").await.unwrap_err().is_tenant_missing());
        assert!(cache.take::<u64>("a").await.unwrap_err().is_tenant_missing());
        assert!(cache.keys("*").await.unwrap_err().is_tenant_missing());
        assert!(cache.rename("a", "b").await.unwrap_err().is_tenant_missing());
        assert!(cache.get_many::<u64>(["a"]).await.unwrap_err().is_tenant_missing());
        assert!(cache.set_many([("a", 1_u64)]).await.unwrap_err().is_tenant_missing());
        assert!(cache.clear().await.unwrap_err().is_tenant_missing());
        let loaded = cache.get_or_load("a", larder::Preset::User, async || Ok::<_, ()>(1_u64)).await;
        assert_eq!(loaded, Ok(1));
        of("acme", cache.set("a", 2_u64).into_future()).await.unwrap();
        assert_eq!(of("acme", cache.get::<u64>("a")).await.unwrap(), Some(2));
        let optional = (*cache).clone().tenancy(Tenancy::Optional);
        assert_eq!(optional.get::<u64>("a").await.unwrap(), None, "nothing was stored without a tenant");
    }

    async fn a_namespace_that_is_none_is_an_error(backend: Backend) {
        let cache = backend.node();
        for name in ["", "a:b", "a b", "*", "#", "a//b", "/a", "a/b/c/d/e", "ä", &"x".repeat(65)] {
            let namespace = cache.namespace(name);
            assert!(namespace.get::<u64>("a").await.unwrap_err().is_config(), "{name:?}");
            assert!(namespace.set("a", 1_u64).await.unwrap_err().is_config(), "{name:?}");
            assert!(namespace.clear().await.unwrap_err().is_config(), "{name:?}");
            let loaded = namespace.get_or_load("a", larder::Preset::User, async || Ok::<_, ()>(1_u64)).await;
            assert_eq!(loaded, Ok(1));
        }
        assert_eq!(all_keys(&cache).await, 0);
        assert!(Tenant::from_id("").is_err());
    }
}
