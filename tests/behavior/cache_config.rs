//! `#[cache_config]`: defaults for the methods of a block.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use larder::{Cache, ManualClock, cache_config, cache_evict, cache_put, cacheable, caching};

use crate::support::{Loads, cache_with_clock};

struct Service {
    items: Cache,
    loads: Loads,
}

impl Service {
    fn new() -> (Arc<Self>, ManualClock) {
        let (items, clock) = cache_with_clock();
        (Arc::new(Self { items, loads: Loads::default() }), clock)
    }
}

#[cache_config(cache = self.items, namespace = "items", ttl = "5m", tags = ["items"])]
impl Service {
    #[cacheable("item:{id}")]
    async fn item(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("short", ttl = "1m")]
    async fn short(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("elsewhere", namespace = "others", tags = ["others"])]
    fn elsewhere(&self) -> u64 {
        self.loads.next()
    }

    #[cfg_attr(all(), cacheable("conditional"), doc = "Beside another attribute.")]
    async fn conditional(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable]
    fn by_default(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict(all)]
    async fn clear(&self) {}

    #[caching(cache_put("item:{id}"), cache_evict(tags = ["others"]))]
    async fn put(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_put(of = Self::item, args(id = id))]
    async fn put_in_place_of_a_reader(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable(batch = Self::item, args(id = ids))]
    async fn items(&self, ids: &[u64]) -> HashMap<u64, u64> {
        ids.iter().map(|id| (*id, self.loads.next())).collect()
    }

    #[cache_evict(of = Self::item, args(id = id))]
    async fn evict_what_a_reader_stored(&self, id: u64) {}

    fn not_annotated(&self) -> u64 {
        self.loads.count()
    }
}

trait Reads {
    async fn read(&self, id: u64) -> u64;
}

#[cache_config(cache = self.items, namespace = "items")]
impl Reads for Service {
    #[cacheable("item:{id}")]
    async fn read(&self, id: u64) -> u64 {
        self.loads.next()
    }
}

trait Cached {
    fn cache(&self) -> &Cache;
    fn loads(&self) -> &Loads;
}

impl Cached for Service {
    fn cache(&self) -> &Cache {
        &self.items
    }
    fn loads(&self) -> &Loads {
        &self.loads
    }
}

#[cache_config(cache = self.cache(), namespace = "items")]
trait Native: Cached {
    #[cacheable("item:{id}")]
    async fn with_a_body(&self, id: u64) -> u64 {
        self.loads().next()
    }

    #[expect(dead_code, reason = "it has no body to annotate")]
    async fn without_one(&self);
}

impl Native for Service {
    async fn without_one(&self) {}
}

#[async_trait]
trait Boxed {
    async fn below(&self, id: u64) -> u64;
}

#[async_trait]
trait BoxedToo {
    async fn above(&self, id: u64) -> u64;
}

#[async_trait]
#[cache_config(cache = self.items, namespace = "items")]
impl Boxed for Service {
    #[cacheable("item:{id}")]
    async fn below(&self, id: u64) -> u64 {
        self.loads.next()
    }
}

#[cache_config(cache = self.items, namespace = "items")]
#[async_trait]
impl BoxedToo for Service {
    #[cacheable("item:{id}")]
    async fn above(&self, id: u64) -> u64 {
        self.loads.next()
    }
}

#[tokio::test]
async fn a_default_holds_where_a_method_says_nothing() {
    let (service, clock) = Service::new();
    assert_eq!((service.item(7).await, service.short().await), (1, 2));
    clock.advance(Duration::from_mins(2));
    assert_eq!((service.item(7).await, service.short().await), (1, 3));
    clock.advance(Duration::from_mins(4));
    assert_eq!((service.item(7).await, service.not_annotated()), (4, 4));
}

#[tokio::test]
async fn a_default_holds_in_a_cfg_attr() {
    let (service, clock) = Service::new();
    assert_eq!((service.conditional().await, service.conditional().await), (1, 1));
    service.clear().await;
    assert_eq!(service.conditional().await, 2);
    clock.advance(Duration::from_mins(5));
    assert_eq!(service.conditional().await, 3);
}

#[tokio::test]
async fn tags_go_to_what_stores_and_not_to_what_evicts() {
    let (service, _) = Service::new();
    assert_eq!((service.item(7).await, service.elsewhere()), (1, 2));
    service.items.invalidate_tags(["items"]).await.expect("the cache is in this process");
    assert_eq!((service.item(7).await, service.elsewhere()), (3, 2));
    assert_eq!((service.put(7).await, service.item(7).await, service.elsewhere()), (4, 4, 5));
}

#[tokio::test]
async fn readers_are_found_in_the_namespace_of_the_block() {
    let (service, _) = Service::new();
    assert_eq!((service.put_in_place_of_a_reader(7).await, service.item(7).await), (1, 1));
    assert_eq!(service.items(&[7, 8]).await, HashMap::from([(7, 1), (8, 2)]));
    service.evict_what_a_reader_stored(7).await;
    assert_eq!((service.item(7).await, service.item(8).await), (3, 2));
}

#[tokio::test]
async fn all_has_its_namespace_from_the_block() {
    let (service, _) = Service::new();
    assert_eq!((service.item(7).await, service.elsewhere(), service.by_default(7)), (1, 2, 3));
    service.clear().await;
    assert_eq!((service.item(7).await, service.elsewhere(), service.by_default(7)), (4, 2, 5));
}

#[tokio::test]
async fn it_works_on_traits_and_above_and_below_async_trait() {
    let (service, _) = Service::new();
    assert_eq!((service.item(7).await, service.read(7).await, service.with_a_body(7).await), (1, 1, 1));
    assert_eq!((service.below(7).await, service.above(7).await), (1, 1));
}
