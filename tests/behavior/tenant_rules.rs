//! `tenant`: whose entries a function works with, whatever the cache says.

use std::collections::HashMap;

use larder::{Cache, HasCache, Tenancy, Tenant, cache_config, cache_evict, cache_put, cacheable, tenant};

use crate::support::Loads;

type Answer<T> = Result<T, larder::Error>;

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    fn new() -> Self {
        Self::of(Tenancy::Optional)
    }

    fn of(tenancy: Tenancy) -> Self {
        let cache = Cache::builder("test").tenancy(tenancy).build().expect("the name is valid");
        Self { cache, loads: Loads::default() }
    }

    #[cacheable("required", tenant = required)]
    async fn required(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("optional", tenant = optional)]
    async fn optional(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("none", tenant = none, tags = ["rates"])]
    async fn none(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("required", tenant = required, on_cache_error = fail)]
    async fn required_or_fail(&self) -> Answer<u64> {
        Ok(self.loads.next())
    }

    #[cacheable("required", tenant = required, on_cache_error = fail)]
    fn required_at_once(&self) -> Answer<u64> {
        Ok(self.loads.next())
    }

    #[cacheable("{ids}", batch, tenant = required, on_cache_error = fail)]
    async fn each_or_fail(&self, ids: &[u64]) -> Answer<HashMap<u64, u64>> {
        let load = self.loads.next();
        Ok(ids.iter().map(|id| (*id, load)).collect())
    }

    #[cacheable("{ids}", batch, tenant = required)]
    async fn each(&self, ids: &[u64]) -> HashMap<u64, u64> {
        let load = self.loads.next();
        ids.iter().map(|id| (*id, load)).collect()
    }

    #[cache_put("required", tenant = required)]
    async fn put(&self) -> u64 {
        self.loads.next()
    }

    #[cache_put("required", tenant = required, on_cache_error = fail)]
    async fn put_or_fail(&self) -> Answer<u64> {
        Ok(self.loads.next())
    }

    #[cache_put("none", tenant = none)]
    async fn put_nobodys(&self) -> u64 {
        self.loads.next()
    }

    #[cache_evict("required", tenant = required)]
    async fn evict(&self) {}

    #[cache_evict("required", tenant = required, on_cache_error = fail)]
    async fn evict_or_fail(&self) -> Answer<u64> {
        Ok(self.loads.next())
    }

    #[cache_evict("none", tenant = none)]
    async fn evict_nobodys(&self) {}

    #[cache_evict(tags = ["rates"], tenant = none)]
    async fn evict_rates(&self) {}

    #[cache_evict(tags = ["rates"])]
    async fn evict_rates_of_the_tenant(&self) {}

    #[cacheable("outer", tenant = none)]
    async fn of_everybody(&self) -> (u64, u64) {
        (self.loads.next(), self.optional().await)
    }

    #[cacheable("made of rates")]
    async fn made_of_rates(&self) -> (u64, u64) {
        (self.loads.next(), self.none().await)
    }

    #[cacheable("tried", tenant = none)]
    async fn without_a_tenant_inside(&self) -> (u64, u64) {
        (self.loads.next(), self.required().await)
    }
}

fn named(id: &str) -> Tenant {
    Tenant::from_id(id).expect("it is a name")
}

async fn of<F: Future>(id: &str, call: F) -> F::Output {
    tenant::scope(named(id), call).await
}

#[tokio::test]
async fn without_the_tenant_that_it_requires_a_function_runs_its_body_and_stores_nothing() {
    let service = Service::new();
    assert_eq!((service.required().await, service.required().await, service.put().await), (1, 2, 3));
    service.evict().await;
    assert_eq!(service.each(&[1, 2]).await, HashMap::from([(1, 4), (2, 4)]));
    let stats = service.cache.stats();
    assert_eq!((stats.tenant_missing, stats.stored, stats.invalidations), (5, 0, 0));
}

#[tokio::test]
async fn what_requires_a_tenant_has_an_entry_for_each() {
    let service = Service::new();
    assert_eq!((of("acme", service.required()).await, of("globex", service.required()).await), (1, 2));
    assert_eq!((of("acme", service.required()).await, of("globex", service.required()).await), (1, 2));
    assert_eq!(service.cache.stats().tenant_missing, 0);
}

#[tokio::test]
async fn a_missing_tenant_is_the_error_of_a_function_that_is_to_fail() {
    let service = Service::new();
    let failed = [
        service.required_or_fail().await,
        service.required_at_once(),
        service.each_or_fail(&[1]).await.map(|_| 0),
        service.put_or_fail().await,
    ];
    assert!(failed.into_iter().all(|failed| failed.expect_err("no tenant").is_tenant_missing()));
    assert_eq!(service.loads.count(), 0, "no body runs");
    assert_eq!(service.cache.stats().tenant_missing, 4);
}

#[tokio::test]
async fn an_eviction_that_lacks_its_tenant_fails_after_its_body() {
    let service = Service::new();
    assert!(service.evict_or_fail().await.expect_err("no tenant").is_tenant_missing());
    assert_eq!((service.loads.count(), service.cache.stats().tenant_missing), (1, 1));
    assert_eq!(of("acme", service.evict_or_fail()).await.expect("there is a tenant"), 2);
}

#[tokio::test]
async fn a_function_without_tenants_has_one_entry_for_all() {
    let service = Service::new();
    assert_eq!((of("acme", service.none()).await, of("globex", service.none()).await, service.none().await), (1, 1, 1));
    assert_eq!(of("acme", service.put_nobodys()).await, 2);
    assert_eq!((service.none().await, of("globex", service.none()).await), (2, 2));
    of("acme", service.evict_nobodys()).await;
    assert_eq!(service.none().await, 3);
}

#[tokio::test]
async fn a_tag_of_what_is_without_tenants_is_evicted_without_tenants() {
    let service = Service::new();
    of("acme", async {
        assert_eq!(service.none().await, 1);
        service.evict_rates_of_the_tenant().await;
        assert_eq!(service.none().await, 1);
        service.evict_rates().await;
        assert_eq!(service.none().await, 2);
    })
    .await;
}

#[tokio::test]
async fn what_a_function_says_wins_over_the_cache() {
    let required = Service::of(Tenancy::Required);
    assert_eq!((required.optional().await, required.optional().await), (1, 1));
    assert_eq!((required.none().await, required.none().await), (2, 2));
    assert_eq!(of("acme", required.optional()).await, 3);
    let none = Service::of(Tenancy::None);
    assert_eq!((of("acme", none.optional()).await, none.optional().await), (1, 2));
    assert_eq!((none.required().await, none.required().await), (3, 4));
}

#[tokio::test]
async fn each_of_two_nested_functions_has_its_own_rule() {
    let service = Service::new();
    of("acme", async {
        assert_eq!(service.made_of_rates().await, (1, 2));
        assert_eq!(service.of_everybody().await, (3, 4));
    })
    .await;
    of("globex", async {
        assert_eq!(service.made_of_rates().await, (5, 2));
        assert_eq!((service.of_everybody().await, service.optional().await), ((3, 4), 6));
    })
    .await;
}

#[tokio::test]
async fn an_inner_call_that_lacks_its_tenant_is_loaded_and_the_outer_one_stored() {
    let service = Service::new();
    assert_eq!(service.without_a_tenant_inside().await, (1, 2));
    assert_eq!(service.without_a_tenant_inside().await, (1, 2));
    assert_eq!(service.cache.stats().stored, 1);
}

#[tokio::test]
async fn what_is_made_of_an_entry_without_tenants_goes_with_its_tag() {
    let service = Service::new();
    of("acme", async {
        assert_eq!(service.made_of_rates().await, (1, 2));
        service.evict_rates_of_the_tenant().await;
        assert_eq!(service.made_of_rates().await, (1, 2));
        service.evict_rates().await;
        assert_eq!(service.made_of_rates().await, (3, 4));
    })
    .await;
}

#[derive(HasCache)]
struct Block(#[cache] Service);

#[cache_config(namespace = "block", tenant = none)]
impl Block {
    #[cacheable]
    async fn by_default(&self) -> u64 {
        self.0.loads.next()
    }

    #[cacheable(tenant = required)]
    async fn own(&self) -> u64 {
        self.0.loads.next()
    }

    #[cache_put(of = Self::own, args())]
    async fn put_own(&self) -> u64 {
        self.0.loads.next()
    }

    #[cache_evict(of = Self::own, args())]
    async fn evict_own(&self) {}

    #[cache_evict(all)]
    async fn evict_all(&self) {}
}

#[tokio::test]
async fn a_block_has_a_rule_for_its_methods_and_each_may_have_its_own() {
    let block = Block(Service::new());
    assert_eq!((of("acme", block.by_default()).await, block.by_default().await), (1, 1));
    assert_eq!((block.own().await, block.own().await), (2, 3));
    of("acme", async {
        assert_eq!((block.own().await, block.own().await), (4, 4));
        block.evict_all().await;
        assert_eq!((block.own().await, block.by_default().await), (4, 5));
    })
    .await;
}

#[tokio::test]
async fn the_rule_of_a_block_does_not_go_to_what_is_in_place_of_a_reader() {
    let block = Block(Service::new());
    of("acme", async {
        assert_eq!((block.put_own().await, block.own().await), (1, 1));
        block.evict_own().await;
        assert_eq!(block.own().await, 2);
    })
    .await;
}
