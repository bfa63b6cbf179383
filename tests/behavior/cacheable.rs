//! `#[cacheable]`: hits and misses, conditions, keys, and what a hit hands out.

use std::sync::Arc;

use larder::{Cache, HasCache, cacheable};

use crate::support::Loads;

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    #[cacheable]
    async fn find(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable(skip(trace))]
    async fn traced(&self, id: u64, trace: &str) -> u64 {
        assert!(!trace.is_empty());
        self.loads.next()
    }

    #[cacheable("item:{id}")]
    async fn item(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("item:{id}", condition = id > 10)]
    async fn item_above_ten(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("item:{id}", namespace = "items")]
    async fn item_in_namespace(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("{tenant}:{id}")]
    async fn by_template(&self, tenant: &str, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable(key = (tenant, id))]
    async fn by_tuple(&self, tenant: &str, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable(key = format!("{tenant}:{id}"))]
    async fn by_string(&self, tenant: &str, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable(key = whole)]
    async fn by_str(&self, whole: &str) -> u64 {
        self.loads.next()
    }

    #[cacheable(unless = |load| load % 2 == 1)]
    async fn even_loads(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable]
    async fn shared(&self) -> Arc<Vec<u64>> {
        Arc::new(vec![self.loads.next()])
    }

    #[cacheable]
    async fn owned(&self) -> Vec<u64> {
        vec![self.loads.next()]
    }
}

#[tokio::test]
async fn a_second_call_with_equal_arguments_is_a_hit() {
    let service = Service::new();
    assert_eq!(service.find(7).await, 1);
    assert_eq!(service.find(7).await, 1);
    let stats = service.cache.stats();
    assert_eq!((stats.misses, stats.hits, stats.stored, stats.entries), (1, 1, 1, 1));
}

#[tokio::test]
async fn calls_with_different_arguments_have_entries_of_their_own() {
    let service = Service::new();
    assert_eq!((service.find(7).await, service.find(8).await), (1, 2));
    assert_eq!((service.find(7).await, service.find(8).await), (1, 2));
}

#[tokio::test]
async fn a_clone_of_the_cache_shares_its_entries() {
    let service = Service::new();
    let clone = Service { cache: service.cache.clone(), loads: Loads::default() };
    service.loads.next();
    assert_eq!(service.find(7).await, 2);
    assert_eq!(clone.find(7).await, 2);
}

#[tokio::test]
async fn a_skipped_argument_is_not_in_the_key() {
    let service = Service::new();
    assert_eq!(service.traced(7, "a").await, 1);
    assert_eq!(service.traced(7, "b").await, 1);
    assert_eq!(service.traced(8, "a").await, 2);
}

#[tokio::test]
async fn where_the_condition_is_false_the_call_neither_looks_nor_stores() {
    let service = Service::new();
    assert_eq!(service.item(7).await, 1);
    let before = service.cache.stats();
    assert_eq!(service.item_above_ten(7).await, 2);
    assert_eq!(service.cache.stats(), before, "the call does not count");
    assert_eq!(service.item(7).await, 1, "the entry is as it was");
}

#[tokio::test]
async fn where_the_condition_is_true_the_attribute_is_in_force() {
    let service = Service::new();
    assert_eq!(service.item_above_ten(11).await, 1);
    assert_eq!(service.item(11).await, 1);
}

#[tokio::test]
async fn a_value_for_which_unless_is_true_is_returned_and_not_stored() {
    let service = Service::new();
    assert_eq!(service.even_loads().await, 1);
    assert_eq!(service.even_loads().await, 2, "1 was odd");
    assert_eq!(service.even_loads().await, 2, "2 was even");
}

#[tokio::test]
async fn the_namespace_keeps_equal_keys_apart() {
    let service = Service::new();
    assert_eq!(service.item(7).await, 1);
    assert_eq!(service.item_in_namespace(7).await, 2);
    assert_eq!((service.item(7).await, service.item_in_namespace(7).await), (1, 2));
}

#[tokio::test]
async fn a_template_a_tuple_a_string_and_a_str_name_the_same_key() {
    let service = Service::new();
    assert_eq!(service.by_template("acme", 7).await, 1);
    assert_eq!(service.by_tuple("acme", 7).await, 1);
    assert_eq!(service.by_string("acme", 7).await, 1);
    assert_eq!(service.by_str("acme:7").await, 1);
}

#[tokio::test]
async fn an_arc_comes_back_as_the_same_pointer() {
    let service = Service::new();
    let (first, second) = (service.shared().await, service.shared().await);
    assert!(Arc::ptr_eq(&first, &second));
}

#[tokio::test]
async fn an_owned_value_comes_back_as_a_clone() {
    let service = Service::new();
    let mut first = service.owned().await;
    first.push(9);
    assert_eq!(service.owned().await, [1], "the caller changed its own copy only");
}
