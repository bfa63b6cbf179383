//! Tenants: whose entries a call works with.

use larder::{Cache, HasCache, Tenancy, Tenant, cache_evict, cache_put, cacheable, tenant};

use crate::support::Loads;

#[derive(HasCache)]
struct Users {
    #[cache]
    cache: Cache,
    loads: Loads,
}

impl Users {
    fn new(cache: Cache) -> Self {
        Self { cache, loads: Loads::default() }
    }

    #[cacheable("user:{id}", namespace = "users", tags = ["team:{id}", across_tenants("shared")])]
    async fn user(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_put("user:{id}", namespace = "users")]
    async fn save(&self, id: u64, user: u64) -> u64 {
        user
    }

    #[cache_evict(key = "user:{id}", namespace = "users")]
    async fn evict(&self, id: u64) {}

    #[cache_evict(tags = ["team:{id}"])]
    async fn evict_team(&self, id: u64) {}

    #[cache_evict(tags = [across_tenants("shared")])]
    async fn evict_shared(&self) {}

    #[cache_evict(pattern = "user:*", namespace = "users")]
    async fn evict_pattern(&self) {}

    #[cache_evict(all, namespace = "users")]
    async fn evict_all(&self) {}

    #[cache_evict(all, across_tenants, namespace = "users")]
    async fn evict_all_across(&self) {}
}

fn named(id: &str) -> Tenant {
    Tenant::from_id(id).expect("a name that can be used")
}

async fn of<F: Future>(id: &str, call: F) -> F::Output {
    tenant::scope(named(id), call).await
}

/// What Acme, Globex and nobody have for a key.
async fn all(users: &Users) -> [u64; 3] {
    [of("acme", users.user(1)).await, of("globex", users.user(1)).await, users.user(1).await]
}

#[tokio::test]
async fn each_tenant_has_entries_of_its_own_and_so_has_none() {
    let users = Users::new(Cache::in_process());
    assert_eq!(all(&users).await, [1, 2, 3]);
    assert_eq!(all(&users).await, [1, 2, 3]);
    assert_eq!(of("acme", users.save(1, 70)).await, 70);
    assert_eq!(all(&users).await, [70, 2, 3]);
}

#[tokio::test]
async fn what_a_tenant_evicts_is_its_own() {
    for way in 0..6 {
        let users = Users::new(Cache::in_process());
        assert_eq!(all(&users).await, [1, 2, 3]);
        of("acme", async {
            match way {
                0 => users.evict(1).await,
                1 => users.evict_team(1).await,
                2 => users.evict_pattern().await,
                3 => users.evict_all().await,
                4 => users.cache.clear().await.expect("in this process"),
                _ => users.cache.invalidate_tags(["team:1"]).await.expect("in this process"),
            }
        })
        .await;
        assert_eq!(all(&users).await, [4, 2, 3], "way {way}");
    }
}

#[tokio::test]
async fn what_belongs_to_all_tenants_is_evicted_in_every_space() {
    for way in 0..2 {
        let users = Users::new(Cache::in_process());
        assert_eq!(all(&users).await, [1, 2, 3]);
        of("acme", async { if way == 0 { users.evict_shared().await } else { users.evict_all_across().await } }).await;
        assert_eq!(all(&users).await, [4, 5, 6], "way {way}");
    }
}

#[tokio::test]
async fn a_tenant_is_purged_from_anywhere_and_nobody_else() {
    let users = Users::new(Cache::in_process());
    assert_eq!(all(&users).await, [1, 2, 3]);
    of("globex", users.cache.purge_tenant(&named("acme"))).await.expect("in this process");
    assert_eq!(all(&users).await, [4, 2, 3]);
    of("globex", users.cache.purge_global()).await.expect("in this process");
    assert_eq!(all(&users).await, [4, 2, 5]);
}

#[tokio::test]
async fn a_tenant_of_several_names_is_purged_under_all_of_them() {
    let users = Users::new(Cache::in_process());
    let (slug, both) = (Tenant::from_slug("acme").expect("a name"), named("7").and_slug("acme").expect("a name"));
    assert_eq!(tenant::scope(slug.clone(), users.user(1)).await, 1);
    assert_eq!(tenant::scope(both.clone(), users.user(1)).await, 2);
    users.cache.purge_tenant(&both).await.expect("in this process");
    assert_eq!(tenant::scope(slug, users.user(1)).await, 3);
    assert_eq!(tenant::scope(both, users.user(1)).await, 4);
}

#[tokio::test]
async fn scopes_inside_of_each_other_are_the_innermost_one_and_end_with_it() {
    let users = Users::new(Cache::in_process());
    assert_eq!(all(&users).await, [1, 2, 3]);
    of("acme", async {
        assert_eq!(of("globex", users.user(1)).await, 2);
        assert_eq!(tenant::scope(None, users.user(1)).await, 3);
        assert_eq!(tenant::sync_scope(named("globex"), tenant::current), Some(named("globex")));
        assert_eq!(users.user(1).await, 1);
    })
    .await;
    assert_eq!(tenant::current(), None);
}

#[tokio::test]
async fn two_calls_at_once_on_one_thread_have_their_own_tenants() {
    let users = Users::new(Cache::in_process());
    let call = |id: &'static str| {
        let users = &users;
        of(id, async move {
            tokio::task::yield_now().await;
            assert_eq!(tenant::current(), Some(named(id)));
            users.user(1).await
        })
    };
    let (acme, globex) = tokio::join!(call("acme"), call("globex"));
    assert_ne!(acme, globex);
}

#[tokio::test]
async fn a_task_that_is_spawned_has_no_tenant_unless_it_is_taken_along() {
    of("acme", async {
        let without = tokio::spawn(async { tenant::current() }).await;
        let with = tokio::spawn(tenant::scope(tenant::current(), async { tenant::current() })).await;
        assert_eq!((without.expect("it ends"), with.expect("it ends")), (None, Some(named("acme"))));
    })
    .await;
}

#[tokio::test]
async fn where_a_tenant_is_required_nothing_is_stored_without_one() {
    let users = Users::new(Cache::builder("test").tenancy(Tenancy::Required).build().expect("a cache"));
    assert_eq!((users.user(1).await, users.user(1).await), (1, 2));
    assert_eq!(users.save(1, 70).await, 70);
    users.evict_all().await;
    assert_eq!((of("acme", users.user(1)).await, of("acme", users.user(1)).await), (3, 3));
    let stats = users.cache.stats();
    assert_eq!((stats.tenant_missing, stats.stored, stats.invalidations), (4, 1, 0));
    assert!(users.cache.clear().await.expect_err("no tenant").is_tenant_missing());
}

#[tokio::test]
async fn where_tenants_do_not_matter_all_share_what_there_is() {
    let users = Users::new(Cache::builder("test").tenancy(Tenancy::None).build().expect("a cache"));
    assert_eq!(all(&users).await, [1, 1, 1]);
}

#[tokio::test]
async fn a_resolver_makes_one_tenant_of_its_names_and_none_of_what_it_does_not_know() {
    let resolve = |tenant: &Tenant| match (tenant.id(), tenant.slug()) {
        (Some(id), _) => Some(id.to_owned()),
        (_, Some("acme")) => Some("7".to_owned()),
        (_, Some("empty")) => Some(String::new()),
        _ => None,
    };
    let users = Users::new(Cache::builder("test").tenant_resolver(resolve).build().expect("a cache"));
    let slug = |slug: &str| Tenant::from_slug(slug).expect("a name");
    assert_eq!((of("7", users.user(1)).await, tenant::scope(slug("acme"), users.user(1)).await), (1, 1));
    for unknown in ["other", "empty"] {
        let before = users.loads.count();
        assert_eq!(tenant::scope(slug(unknown), users.user(1)).await, before + 1);
        assert_eq!(tenant::scope(slug(unknown), users.user(1)).await, before + 2, "nothing is stored");
        assert!(users.cache.purge_tenant(&slug(unknown)).await.expect_err("it is unknown").is_tenant_missing());
    }
    assert_eq!(users.user(1).await, 6, "and nobody's is untouched");
    assert!(!users.cache.stats().mixed_tenants);
}

#[tokio::test]
async fn tenants_that_are_named_in_two_ways_without_a_resolver_are_noticed() {
    let users = Users::new(Cache::in_process());
    of("7", users.user(1)).await;
    assert!(!users.cache.stats().mixed_tenants);
    tenant::scope(Tenant::from_slug("acme").expect("a name"), users.user(1)).await;
    assert!(users.cache.stats().mixed_tenants);
}

#[tokio::test]
async fn what_is_counted_is_counted_for_each_tenant() {
    let users = Users::new(Cache::in_process());
    all(&users).await;
    of("acme", async {
        users.user(1).await;
        users.user(1).await;
        users.evict(1).await;
    })
    .await;
    let stats = |id| users.cache.tenant_stats(&named(id)).expect("it is known");
    let (acme, globex, other) = (stats("acme"), stats("globex"), stats("other"));
    assert_eq!((acme.hits, acme.misses, acme.stored, acme.invalidations), (2, 1, 1, 1));
    assert_eq!((globex.hits, globex.misses, globex.stored, globex.invalidations), (0, 1, 1, 0));
    assert_eq!((other.hits, other.misses), (0, 0));
}

#[tokio::test]
async fn tenants_of_hostile_names_never_meet() {
    let names = [
        "*", "?", "[a]", "a", "A", ":", "::", "a:b", "{a}", "}", "%", "%2A", "=", "#", "#c", "a=b", "slug=a", "sub=a",
        " ", "\n", "\0", "/", "a/b", "global", "tenant", "tenant:a", "ä", "\\", ",", "-", "%-",
    ];
    let users = Users::new(Cache::in_process());
    let mut tenants: Vec<_> = names.iter().map(|name| named(name)).collect();
    tenants.extend(names.iter().map(|name| Tenant::from_slug(name).expect("a name")));
    let mut seen = std::collections::HashMap::new();
    for tenant in &tenants {
        let user = tenant::scope(tenant.clone(), users.user(1)).await;
        assert!(seen.insert(user, tenant.clone()).is_none());
    }
    for (user, tenant) in seen {
        assert_eq!(tenant::scope(tenant, users.user(1)).await, user);
    }
    of("*", users.cache.clear()).await.expect("in this process");
    assert_eq!(of("a", users.user(1)).await, 4);
}

#[tokio::test]
async fn one_scope_has_a_space_in_each_cache() {
    let optional = Cache::builder("a").tenant_resolver(|_| Some("x".to_owned())).build().expect("a cache");
    let (first, second) = (Users::new(optional), Users::new(Cache::in_process()));
    of("acme", async {
        assert_eq!((first.user(1).await, second.user(1).await), (1, 1));
        assert_eq!((first.user(1).await, second.user(1).await), (1, 1));
    })
    .await;
    assert_eq!(of("globex", first.user(1)).await, 1, "the same tenant for its resolver");
    assert_eq!(of("globex", second.user(1)).await, 2);
}
