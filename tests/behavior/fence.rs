//! A load or a put that began before an invalidation: its caller gets the value, the cache does not keep it, and no
//! later call joins it. An invalidation of something else changes nothing.

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Gate, Loads, held, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default(), gate: Gate::closed() }
    }

    async fn load(&self) -> u64 {
        let load = self.loads.next();
        self.gate.pass().await;
        load
    }

    #[cacheable("item:{id}", namespace = "shop/items", tags = ["items", "item:{id}"])]
    async fn item(&self, id: u64) -> u64 {
        self.load().await
    }

    #[cacheable("by-value:{id}", namespace = "shop/items", tags = |load| [format!("load:{load}")])]
    async fn tagged_by_value(&self, id: u64) -> u64 {
        self.load().await
    }

    #[cacheable("by-result:{id}", namespace = "shop/items", tags = ["load:{result}"])]
    async fn tagged_by_result(&self, id: u64) -> u64 {
        self.load().await
    }

    #[cache_put("item:{id}", namespace = "shop/items", tags = ["items"])]
    async fn put(&self, id: u64) -> u64 {
        self.load().await
    }

    #[cache_put("item:{id}", namespace = "shop/items", tags = |load| [format!("load:{load}")])]
    async fn put_tagged_by_value(&self, id: u64) -> u64 {
        self.load().await
    }

    #[cache_evict(key = "item:{id}", namespace = "shop/items")]
    async fn evict_key(&self, id: u64) {}

    #[cache_evict(keys = ids.iter().map(|id| ("item", *id)), namespace = "shop/items")]
    async fn evict_keys(&self, ids: &[u64]) {}

    #[cache_evict(tags = ["item:{id}"])]
    async fn evict_tag(&self, id: u64) {}

    #[cache_evict(tags = ["items"])]
    async fn evict_items(&self) {}

    #[cache_evict(tags = ["load:{load}"])]
    async fn evict_load(&self, load: u64) {}

    #[cache_evict(pattern = "item:*", namespace = "shop/items")]
    async fn evict_pattern(&self) {}

    #[cache_evict(all, namespace = "shop/items")]
    async fn evict_all(&self) {}

    #[cache_evict(all, namespace = "shop")]
    async fn evict_all_above(&self) {}

    async fn clear(&self) {
        self.cache.clear().await.expect("the cache is in this process");
    }

    #[cache_evict(key = "item:{id}", keys = [("item", id)], tags = ["item:{id}"], pattern = "item:{id}",
        namespace = "shop/items")]
    async fn evict_everything_of(&self, id: u64) {}

    #[cache_evict(all, namespace = "shopping")]
    async fn evict_a_neighbour(&self) {}
}

/// A load that runs during `evict` is refused, and a call after it, which must not join, is stored.
async fn ends_the_load(call: impl AsyncFn(&Service) -> u64, evict: impl AsyncFn(&Service)) {
    let service = Service::new();
    let old = held(call(&service)).await;
    evict(&service).await;
    let new = held(call(&service)).await;
    assert_eq!(service.loads.count(), 2, "the later call loads itself");
    service.gate.let_through(1);
    assert_eq!(within(old).await, 1, "the caller is given its value");
    assert_eq!(service.cache.stats().refused, 1);
    service.gate.let_through(1);
    assert_eq!(within(new).await, 2);
    assert_eq!(within(call(&service)).await, 2, "what began after the eviction is kept");
    assert_eq!(service.cache.stats().refused, 1);

    nothing_is_kept(call, evict).await;
}

/// What `call` brings after `evict` is not stored: the next one loads anew.
async fn nothing_is_kept(call: impl AsyncFn(&Service) -> u64, evict: impl AsyncFn(&Service)) {
    let service = Service::new();
    let old = held(call(&service)).await;
    evict(&service).await;
    service.gate.open();
    assert_eq!(within(old).await, 1);
    let stats = service.cache.stats();
    assert_eq!((stats.refused, stats.stored, stats.entries), (1, 0, 0));
    assert_eq!(within(service.item(1)).await, 2);
    assert_eq!(within(call(&service)).await, service.loads.count(), "nothing was kept");
}

/// What runs during `evict` is stored all the same, and later calls join it.
async fn changes_nothing(evict: impl AsyncFn(&Service)) {
    let service = Service::new();
    let old = held(service.item(1)).await;
    evict(&service).await;
    let new = held(service.item(1)).await;
    service.gate.let_through(1);
    assert_eq!((within(old).await, within(new).await), (1, 1));
    assert_eq!(within(service.item(1)).await, 1);
    assert_eq!(service.cache.stats().refused, 0);
}

#[tokio::test]
async fn a_load_ends_with_its_key() {
    ends_the_load(async |service| service.item(1).await, async |service| service.evict_key(1).await).await;
}

#[tokio::test]
async fn a_load_ends_with_several_keys_of_which_one_is_its_own() {
    ends_the_load(async |service| service.item(1).await, async |service| service.evict_keys(&[5, 1]).await).await;
}

#[tokio::test]
async fn a_load_ends_with_its_tag() {
    ends_the_load(async |service| service.item(1).await, async |service| service.evict_tag(1).await).await;
}

#[tokio::test]
async fn a_load_ends_with_a_tag_that_invalidate_tags_names() {
    let invalidate = async |service: &Service| service.cache.invalidate_tags(["items"]).await.expect("in this process");
    ends_the_load(async |service| service.item(1).await, invalidate).await;
}

#[tokio::test]
async fn a_load_ends_with_a_tag_that_a_closure_names_later() {
    ends_the_load(async |service| service.tagged_by_value(1).await, async |service| service.evict_load(1).await).await;
}

#[tokio::test]
async fn a_load_ends_with_a_tag_that_its_result_names_later() {
    ends_the_load(async |service| service.tagged_by_result(1).await, async |service| service.evict_load(1).await).await;
}

#[tokio::test]
async fn a_load_ends_with_a_pattern() {
    ends_the_load(async |service| service.item(1).await, async |service| service.evict_pattern().await).await;
}

#[tokio::test]
async fn a_load_ends_with_its_namespace() {
    ends_the_load(async |service| service.item(1).await, async |service| service.evict_all().await).await;
}

#[tokio::test]
async fn a_load_ends_with_the_namespace_above() {
    ends_the_load(async |service| service.item(1).await, async |service| service.evict_all_above().await).await;
}

#[tokio::test]
async fn a_load_ends_with_the_whole_cache() {
    ends_the_load(async |service| service.item(1).await, async |service| service.clear().await).await;
}

#[tokio::test]
async fn a_put_that_began_before_the_eviction_of_its_key_is_not_kept() {
    nothing_is_kept(async |service| service.put(1).await, async |service| service.evict_key(1).await).await;
}

#[tokio::test]
async fn a_put_that_began_before_the_eviction_of_its_tag_is_not_kept() {
    nothing_is_kept(async |service| service.put(1).await, async |service| service.evict_items().await).await;
}

#[tokio::test]
async fn a_put_that_began_before_the_eviction_of_a_tag_of_its_value_is_not_kept() {
    let put = async |service: &Service| service.put_tagged_by_value(1).await;
    nothing_is_kept(put, async |service| service.evict_load(1).await).await;
}

#[tokio::test]
async fn a_put_that_began_before_the_eviction_of_a_pattern_is_not_kept() {
    nothing_is_kept(async |service| service.put(1).await, async |service| service.evict_pattern().await).await;
}

#[tokio::test]
async fn a_put_that_began_before_the_eviction_of_its_namespace_is_not_kept() {
    nothing_is_kept(async |service| service.put(1).await, async |service| service.evict_all_above().await).await;
}

#[tokio::test]
async fn a_put_that_began_before_the_clearing_of_the_cache_is_not_kept() {
    nothing_is_kept(async |service| service.put(1).await, async |service| service.clear().await).await;
}

#[tokio::test]
async fn a_load_goes_on_when_another_item_is_evicted() {
    changes_nothing(async |service| service.evict_everything_of(2).await).await;
}

#[tokio::test]
async fn a_load_goes_on_when_a_neighbouring_namespace_is_evicted() {
    changes_nothing(async |service| service.evict_a_neighbour().await).await;
}

#[tokio::test]
async fn a_load_goes_on_when_a_thousand_other_items_are_evicted() {
    changes_nothing(async |service| {
        for id in 2..3000 {
            service.evict_key(id).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_put_goes_on_when_another_item_is_evicted() {
    let service = Service::new();
    let put = held(service.put(1)).await;
    service.evict_key(2).await;
    service.evict_tag(2).await;
    service.evict_a_neighbour().await;
    service.gate.open();
    assert_eq!(within(put).await, 1);
    assert_eq!(within(service.item(1)).await, 1);
}
