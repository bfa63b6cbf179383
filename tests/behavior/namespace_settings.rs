//! What a cache is told of one of its namespaces.

use std::time::Duration;

use larder::testing::FakeRedis;
use larder::{Cache, CacheBuilder, HasCache, ManualClock, NamespaceSettings, Tenancy, Tenant, cacheable, tenant};

use crate::support::Loads;

#[derive(HasCache)]
struct Users {
    #[cache]
    cache: Cache,
    loads: Loads,
    clock: ManualClock,
}

impl Users {
    fn with(settings: impl FnOnce(CacheBuilder) -> CacheBuilder) -> Self {
        let clock = ManualClock::new();
        let builder = Cache::builder("test").clock(clock.clock()).capacity(100).ttl(Duration::from_mins(1));
        Self { cache: settings(builder).build().expect("a cache"), loads: Loads::default(), clock }
    }

    #[cacheable("user:{id}", namespace = "users")]
    async fn user(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("admin:{id}", namespace = "users/admins")]
    async fn admin(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("own:{id}", namespace = "users", ttl = "10s")]
    async fn with_own_ttl(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("own:{id}", namespace = "users", tenant = optional)]
    async fn with_own_rule(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("other:{id}")]
    async fn of_no_namespace(&self, id: u64) -> u64 {
        self.loads.next()
    }

    async fn kept(&self, namespace: &str, keys: &str, ids: std::ops::Range<u64>) -> usize {
        let namespace = self.cache.namespace(namespace);
        let mut kept = 0;
        for id in ids {
            kept += usize::from(namespace.contains(format!("{keys}:{id}")).await.expect("in this process"));
        }
        kept
    }
}

async fn of<F: Future>(id: &str, call: F) -> F::Output {
    tenant::scope(Tenant::from_id(id).expect("a name"), call).await
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test]
async fn its_entries_live_as_long_as_it_says() {
    let users = Users::with(|cache| cache.namespace("users", NamespaceSettings::new().ttl(seconds(5))));
    users.cache.namespace("users").set("by hand", 1_u64).await.expect("in this process");
    let first = (users.user(1).await, users.of_no_namespace(1).await);
    users.clock.advance(seconds(5));
    assert_ne!(users.user(1).await, first.0);
    assert_eq!(users.of_no_namespace(1).await, first.1, "the cache's own ttl");
    assert_eq!(users.cache.namespace("users").get::<u64>("by hand").await.expect("in this process"), None);
}

#[tokio::test]
async fn what_a_function_says_itself_wins() {
    let users = Users::with(|cache| cache.namespace("users", NamespaceSettings::new().ttl(seconds(5))));
    let first = users.with_own_ttl(1).await;
    users.clock.advance(seconds(9));
    assert_eq!(users.with_own_ttl(1).await, first);
}

#[tokio::test]
async fn namespaces_inside_of_it_have_its_settings() {
    let users = Users::with(|cache| cache.namespace("users", NamespaceSettings::new().ttl(seconds(5))));
    let first = users.admin(1).await;
    users.clock.advance(seconds(5));
    assert_ne!(users.admin(1).await, first);
}

#[tokio::test]
async fn a_touch_puts_the_end_off_for_as_long_as_it_says() {
    let users = Users::with(|cache| cache.namespace("users", NamespaceSettings::new().ttl(seconds(5))));
    let namespace = users.cache.namespace("users");
    namespace.set("1", 1_u64).ttl(seconds(50)).await.expect("in this process");
    assert!(namespace.touch("1").await.expect("in this process"));
    assert_eq!(
        namespace.ttl("1").await.expect("in this process").map(|life| format!("{life:?}")),
        Some("For(5s)".to_owned())
    );
}

#[tokio::test]
async fn so_many_of_its_entries_stay_in_memory_and_all_of_the_others() {
    let settings = NamespaceSettings::new().capacity(10);
    let users = Users::with(|cache| cache.namespace("users", settings));
    for id in 0..50 {
        users.of_no_namespace(id).await;
    }
    for id in 0..1_000 {
        users.user(id).await;
    }
    users.cache.stats();
    assert_eq!(users.kept("users", "user", 0..1_000).await, 10);
    assert_eq!(users.kept("users", "user", 990..1_000).await, 10, "those that were stored last");
    assert_eq!(users.kept("_", "other", 0..50).await, 50);
}

#[tokio::test]
async fn its_capacity_holds_for_all_tenants_together() {
    let settings = NamespaceSettings::new().capacity(10);
    let users = Users::with(|cache| cache.namespace("users", settings).tenant_share(8));
    for tenant in ["acme", "globex"] {
        for id in 0..20 {
            of(tenant, users.user(id)).await;
        }
    }
    users.cache.stats();
    let kept = |tenant| of(tenant, users.kept("users", "user", 0..20));
    assert_eq!((kept("acme").await, kept("globex").await), (2, 8));
}

#[tokio::test]
async fn what_is_removed_leaves_room() {
    let settings = NamespaceSettings::new().capacity(2);
    let users = Users::with(|cache| cache.namespace("users", settings));
    users.user(1).await;
    users.user(2).await;
    users.cache.namespace("users").remove("user:2").await.expect("in this process");
    users.cache.stats();
    users.user(3).await;
    users.cache.stats();
    assert_eq!(users.kept("users", "user", 1..4).await, 2);
    assert_eq!(users.kept("users", "user", 1..2).await, 1, "the first is still there");
}

#[tokio::test]
async fn with_a_capacity_of_zero_nothing_of_it_is_kept_in_memory() {
    let users = Users::with(|cache| cache.namespace("users", NamespaceSettings::new().capacity(0)));
    let first = users.user(1).await;
    assert_ne!(users.user(1).await, first);
}

#[tokio::test]
async fn its_rule_for_tenants_holds_for_functions_and_by_hand() {
    let users = Users::with(|cache| cache.namespace("users", NamespaceSettings::new().tenancy(Tenancy::None)));
    let first = of("acme", users.user(1)).await;
    assert_eq!(of("globex", users.user(1)).await, first, "it belongs to nobody");
    let by_hand = of("initech", users.cache.namespace("users").get::<u64>("user:1")).await;
    assert_eq!(by_hand.expect("in this process"), Some(first));
    assert_ne!(of("acme", users.of_no_namespace(1)).await, of("globex", users.of_no_namespace(1)).await);
}

#[tokio::test]
async fn its_rule_for_tenants_holds_for_tags_that_are_invalidated_by_hand() {
    let users = Users::with(|cache| cache.namespace("users", NamespaceSettings::new().tenancy(Tenancy::None)));
    let namespace = users.cache.namespace("users");
    let is_there = async || namespace.contains("1").await.expect("in this process");
    namespace.set("1", 1_u64).tags(["staff"]).await.expect("in this process");
    of("acme", users.cache.invalidate_tags(["staff"])).await.expect("in this process");
    assert!(is_there().await, "that is a tag of the tenant's");
    of("acme", namespace.invalidate_tags(["staff"])).await.expect("in this process");
    assert!(!is_there().await);
    let required = namespace.tenancy(Tenancy::Required);
    assert!(required.invalidate_tags(["staff"]).await.expect_err("there is no tenant").is_tenant_missing());
    let nowhere = users.cache.namespace("no name");
    assert!(nowhere.invalidate_tags(["staff"]).await.expect_err("no name").is_config());
}

#[tokio::test]
async fn a_function_and_a_handle_have_the_last_word_on_tenants() {
    let users = Users::with(|cache| cache.namespace("users", NamespaceSettings::new().tenancy(Tenancy::None)));
    assert_ne!(of("acme", users.with_own_rule(1)).await, of("globex", users.with_own_rule(1)).await);
    let handle = users.cache.namespace("users").tenancy(Tenancy::Required);
    assert!(handle.get::<u64>("x").await.expect_err("there is no tenant").is_tenant_missing());
}

#[tokio::test]
async fn where_it_requires_a_tenant_nothing_is_stored_without_one() {
    let users = Users::with(|cache| cache.namespace("users", NamespaceSettings::new().tenancy(Tenancy::Required)));
    assert_ne!(users.user(1).await, users.user(1).await);
    assert_eq!(users.cache.stats().tenant_missing, 2);
    assert_eq!(of("acme", users.user(1)).await, of("acme", users.user(1)).await);
}

#[tokio::test]
async fn its_copies_stay_in_memory_for_as_long_as_it_says() {
    let server = FakeRedis::new();
    let settings = NamespaceSettings::new().l1_ttl(Duration::ZERO);
    let users = Users::with(|cache| cache.redis(server.clone()).key_secret([7; 32]).namespace("users", settings));
    for _ in 0..2 {
        users.user(1).await;
        users.of_no_namespace(1).await;
    }
    let stats = users.cache.stats();
    assert_eq!((users.loads.count(), stats.remote_hits, stats.hits), (2, 1, 1), "{stats:?}");
}

#[test]
fn settings_without_meaning_are_refused() {
    let build = |name: &str, settings| Cache::builder("test").capacity(100).namespace(name, settings).build();
    let error = build("a:b", NamespaceSettings::new()).expect_err("no name");
    assert!(error.is_config() && error.to_string().contains("a namespace is"), "{error}");
    let error = build("users", NamespaceSettings::new().capacity(101)).expect_err("too many");
    assert!(error.is_config() && error.to_string().contains("raise the cache's `capacity`"), "{error}");
}
