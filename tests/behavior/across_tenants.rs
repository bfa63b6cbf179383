//! Tags and namespaces that belong to no tenant, and so to all.

use std::sync::atomic::{AtomicU64, Ordering};

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

#[derive(HasCache)]
struct Rates {
    #[cache]
    cache: Cache,
    loads: AtomicU64,
}

impl Rates {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: AtomicU64::new(0) }
    }

    fn next(&self) -> u64 {
        self.loads.fetch_add(1, Ordering::SeqCst) + 1
    }

    #[cacheable("rate:{currency}", namespace = "rates/daily", tags = [across_tenants("rates:{currency}")])]
    async fn shared(&self, currency: &str) -> u64 {
        self.next()
    }

    #[cacheable("own:{currency}", tags = ["rates:{currency}"])]
    async fn own(&self, currency: &str) -> u64 {
        self.next()
    }

    #[cacheable("late:{currency}", tags = [across_tenants("late:{result}")])]
    async fn late(&self, currency: &str) -> u64 {
        self.next()
    }

    #[cache_put("rate:{currency}", namespace = "rates/daily", tags = [across_tenants("rates:{currency}")])]
    async fn put(&self, currency: &str, rate: u64) -> u64 {
        rate
    }

    #[cache_evict(tags = [across_tenants("rates:{currency}")])]
    async fn evict_shared(&self, currency: &str) {}

    #[cache_evict(tags = ["rates:{currency}"])]
    async fn evict_own(&self, currency: &str) {}

    #[cache_evict(tags = [across_tenants("late:{result}")])]
    async fn evict_late(&self, rate: u64) -> u64 {
        rate
    }

    #[cache_evict(all, across_tenants, namespace = "rates")]
    async fn clear(&self) {}
}

#[tokio::test]
async fn a_tag_across_tenants_is_evicted_by_its_name() {
    let rates = Rates::new();
    assert_eq!(rates.shared("eur").await, 1);
    rates.evict_shared("usd").await;
    assert_eq!(rates.shared("eur").await, 1);
    rates.evict_shared("eur").await;
    assert_eq!(rates.shared("eur").await, 2);
}

#[tokio::test]
async fn a_tag_across_tenants_is_another_than_the_tenants_own() {
    let rates = Rates::new();
    let (shared, own) = (rates.shared("eur").await, rates.own("eur").await);
    rates.evict_own("eur").await;
    assert_eq!(rates.shared("eur").await, shared);
    let own_again = rates.own("eur").await;
    assert_ne!(own_again, own);
    rates.evict_shared("eur").await;
    assert_eq!(rates.own("eur").await, own_again);
}

#[tokio::test]
async fn a_tag_across_tenants_can_name_the_result() {
    let rates = Rates::new();
    let rate = rates.late("eur").await;
    rates.evict_late(rate + 1).await;
    assert_eq!(rates.late("eur").await, rate);
    rates.evict_late(rate).await;
    assert_ne!(rates.late("eur").await, rate);
}

#[tokio::test]
async fn what_a_put_stored_carries_its_tag_across_tenants() {
    let rates = Rates::new();
    rates.put("eur", 77).await;
    assert_eq!(rates.shared("eur").await, 77);
    rates.evict_shared("eur").await;
    assert_eq!(rates.shared("eur").await, 1);
}

#[tokio::test]
async fn a_namespace_is_cleared_across_tenants_with_those_below_it() {
    let rates = Rates::new();
    assert_eq!((rates.shared("eur").await, rates.own("eur").await), (1, 2));
    rates.clear().await;
    assert_eq!((rates.shared("eur").await, rates.own("eur").await), (3, 2));
}

/// A value can write no mark: a tag named like the mark and another's name is that text and nothing else.
#[tokio::test]
async fn no_value_reaches_a_tag_across_tenants() {
    let rates = Rates::new();
    let shared = rates.shared("eur").await;
    for tag in ["#rates:eur", "*:rates:eur", "across_tenants(rates:eur)"] {
        rates.cache.invalidate_tags([tag]).await.expect("there is no second level");
    }
    assert_eq!(rates.shared("eur").await, shared);
}
