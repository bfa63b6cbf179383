//! `of` and `tenant`: the entry of a reader lies where the reader's rule says, whatever the writer and the cache say.

use std::collections::HashMap;

use larder::{Cache, HasCache, Tenancy, Tenant, cache_evict, cache_put, cacheable, tenant};

use crate::support::Loads;

type Answer<T> = Result<T, larder::Error>;

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    fn of(tenancy: Tenancy) -> Self {
        let cache = Cache::builder("test").tenancy(tenancy).build().expect("the name is valid");
        Self { cache, loads: Loads::default() }
    }

    #[cacheable("rate:{id}", namespace = "rates", tenant = none)]
    async fn rate(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_put(of = Self::rate, args(id = id))]
    async fn put_rate(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = Self::rate, args(id = id), on_cache_error = fail)]
    async fn evict_rate(&self, id: u64) -> Answer<()> {
        Ok(())
    }

    #[cache_evict(of = Self::rate, args(id = |id| *id), on_cache_error = fail)]
    async fn evict_rate_of_result(&self) -> Answer<u64> {
        Ok(7)
    }

    #[cacheable(batch = Self::rate, args(id = ids))]
    async fn rates(&self, ids: &[u64]) -> HashMap<u64, u64> {
        let load = self.loads.next();
        ids.iter().map(|id| (*id, load)).collect()
    }

    #[cacheable("order:{id}", namespace = "orders", tags = ["orders"], tenant = required)]
    async fn order(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_put(of = Self::order, args(id = id))]
    async fn put_order(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = Self::order, args(id = id))]
    async fn evict_order(&self, id: u64) {}

    #[cacheable("total", tags = ["orders"], tenant = none)]
    async fn total(&self) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = Self::order, args(id = id), tags = ["orders"], tenant = none)]
    async fn evict_order_and_totals(&self, id: u64) {}

    #[cache_evict(of = Self::order, args(id = id), tags = ["orders"], tenant = none, on_cache_error = fail)]
    async fn evict_order_and_totals_or_fail(&self, id: u64) -> Answer<()> {
        Ok(())
    }
}

async fn of<F: Future>(id: &str, call: F) -> F::Output {
    tenant::scope(Tenant::from_id(id).expect("it is a name"), call).await
}

const EVERY: [Tenancy; 3] = [Tenancy::Optional, Tenancy::Required, Tenancy::None];

#[tokio::test]
async fn a_put_in_place_of_a_reader_without_tenants_is_without_tenants() {
    for tenancy in EVERY {
        let service = Service::of(tenancy);
        assert_eq!(service.rate(7).await, 1);
        assert_eq!(of("acme", service.put_rate(7)).await, 2, "{tenancy:?}");
        assert_eq!((service.rate(7).await, of("globex", service.rate(7)).await), (2, 2), "{tenancy:?}");
        assert_eq!(service.put_rate(7).await, 3);
        assert_eq!(of("acme", service.rate(7)).await, 3, "{tenancy:?}");
    }
}

#[tokio::test]
async fn an_eviction_of_a_reader_without_tenants_is_without_tenants() {
    for tenancy in EVERY {
        let service = Service::of(tenancy);
        assert_eq!(service.rate(7).await, 1);
        of("acme", service.evict_rate(7)).await.expect("it needs no tenant");
        assert_eq!(service.rate(7).await, 2, "{tenancy:?}");
        service.evict_rate(7).await.expect("it needs no tenant");
        assert_eq!(of("acme", service.rate(7)).await, 3, "{tenancy:?}");
        service.evict_rate_of_result().await.expect("it needs no tenant");
        assert_eq!(of("acme", service.rate(7)).await, 4, "{tenancy:?}");
        assert_eq!(service.cache.stats().tenant_missing, 0, "{tenancy:?}");
    }
}

#[tokio::test]
async fn a_batch_of_a_reader_without_tenants_is_without_tenants() {
    for tenancy in EVERY {
        let service = Service::of(tenancy);
        assert_eq!(of("acme", service.rates(&[1, 2])).await, HashMap::from([(1, 1), (2, 1)]));
        assert_eq!((service.rate(1).await, of("globex", service.rate(2)).await), (1, 1), "{tenancy:?}");
        assert_eq!(service.cache.stats().tenant_missing, 0, "{tenancy:?}");
    }
}

#[tokio::test]
async fn what_is_in_place_of_a_reader_that_requires_a_tenant_does_as_well() {
    for tenancy in EVERY {
        let service = Service::of(tenancy);
        assert_eq!(service.put_order(7).await, 1);
        service.evict_order(7).await;
        assert_eq!((service.cache.stats().stored, service.cache.stats().tenant_missing), (0, 2), "{tenancy:?}");
        assert_eq!((of("acme", service.put_order(7)).await, of("acme", service.order(7)).await), (2, 2), "{tenancy:?}");
        of("globex", service.evict_order(7)).await;
        assert_eq!(of("acme", service.order(7)).await, 2, "{tenancy:?}");
        of("acme", service.evict_order(7)).await;
        assert_eq!(of("acme", service.order(7)).await, 3, "{tenancy:?}");
    }
}

#[tokio::test]
async fn one_eviction_reaches_the_entry_of_a_tenant_and_the_tags_of_nobody() {
    let service = Service::of(Tenancy::Optional);
    assert_eq!(
        (service.total().await, of("acme", service.order(7)).await, of("acme", service.order(8)).await),
        (1, 2, 3)
    );
    of("acme", service.evict_order_and_totals(7)).await;
    assert_eq!(
        (service.total().await, of("acme", service.order(7)).await, of("acme", service.order(8)).await),
        (4, 5, 3)
    );
}

#[tokio::test]
async fn where_only_the_reader_lacks_its_tenant_the_rest_is_evicted() {
    let service = Service::of(Tenancy::Optional);
    assert_eq!(service.total().await, 1);
    service.evict_order_and_totals(7).await;
    assert_eq!((service.total().await, service.cache.stats().tenant_missing), (2, 1));
    assert!(service.evict_order_and_totals_or_fail(7).await.expect_err("no tenant").is_tenant_missing());
    assert_eq!(service.total().await, 3);
}
