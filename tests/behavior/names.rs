//! Arguments that are called like something of ours, raw identifiers, and attributes of ours on top of each other.

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};
use serde::{Deserialize, Serialize};

use crate::support::Loads;

/// Called like what the generated code uses; it must not meet these.
#[allow(dead_code, reason = "their names are all that matters")]
mod shadows {
    pub(super) struct Option;
    pub(super) struct Result;
    pub(super) struct Box;
    pub(super) struct Some;
    pub(super) struct CacheKey;
}

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Item {
    id: u64,
    r#type: String,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    #[cacheable]
    async fn generated(&self, __key: u64, __miss: u64, __shape: u64, __stored: u64, __plan: u64, __hit: u64) -> u64 {
        __key + __miss + __shape + __stored + __plan + __hit + 100 * self.loads.next()
    }

    #[cacheable("{key}:{cache}:{value}", tags = ["{decision}"], unless = |_| value > 100, skip(decision))]
    async fn plain(&self, key: u64, cache: u64, value: u64, decision: &str) -> u64 {
        key + cache + value + u64::from(decision.is_empty()) + 100 * self.loads.next()
    }

    #[cache_put("{key}:{cache}:{value}", value = |put| put + key)]
    async fn put_plain(&self, key: u64, cache: u64, value: u64, __put: u64, __pick: u64, __value: u64) -> u64 {
        cache + value + __put + __pick + __value
    }

    #[cache_evict(key = "{key}:{cache}:{value}", unless = |()| __result > 5)]
    async fn evict_plain(&self, key: u64, cache: u64, value: u64, __eviction: u64, __result: u64) {
        assert!(__eviction > 0);
    }

    #[cacheable]
    async fn result(&self, result: u64, returned: u64) -> u64 {
        result + returned + self.loads.next()
    }

    #[cache_put("item:{result.id}")]
    async fn put_result(&self, result: u64) -> Item {
        Item { id: result + 1, r#type: "put".to_owned() }
    }

    #[cacheable("item:{id}")]
    async fn item(&self, id: u64) -> Item {
        Item { id, r#type: format!("load {}", self.loads.next()) }
    }

    #[cacheable("{r#type}:{item.r#type}", tags = ["{r#type}"])]
    async fn r#match(&self, r#type: &str, item: &Item) -> u64 {
        self.loads.next()
    }

    #[cacheable(skip(r#fn))]
    async fn raw_in_the_default_key(&self, r#type: &str, r#fn: u64) -> u64 {
        r#fn + self.loads.next()
    }

    #[cacheable("shadowed:{id}", tags = |value| [format!("{value:?}")])]
    async fn shadowed(&self, id: u64) -> ::core::option::Option<u64> {
        #[allow(unused_imports, reason = "they shadow what the generated code names")]
        use shadows::{Box, CacheKey, Option, Result};
        ::core::option::Option::Some(id + self.loads.next())
    }

    #[cacheable("list", tags = ["items"])]
    async fn list(&self) -> u64 {
        self.loads.next()
    }

    #[cache_put("item:{id}")]
    #[cache_evict(tags = ["items"])]
    async fn put_above_evict(&self, id: u64) -> Result<Item, String> {
        self.put(id)
    }

    #[cache_evict(tags = ["items"])]
    #[cache_put("item:{id}")]
    async fn evict_above_put(&self, id: u64) -> Result<Item, String> {
        self.put(id)
    }

    #[cache_put("item:{id}", tags = ["items"])]
    #[cache_evict(tags = ["items"])]
    async fn put_tagged_above_evict(&self, id: u64) -> Result<Item, String> {
        self.put(id)
    }

    #[cache_evict(tags = ["items"])]
    #[cache_put("item:{id}", tags = ["items"])]
    async fn evict_above_put_tagged(&self, id: u64) -> Result<Item, String> {
        self.put(id)
    }

    #[cache_evict(tags = ["items"])]
    #[cache_evict(key = "item:{id}", condition = id > 0)]
    async fn evict_twice(&self, id: u64) {}

    fn put(&self, id: u64) -> Result<Item, String> {
        self.loads.next();
        if id == 0 {
            return Err("no".to_owned());
        }
        Ok(Item { id, r#type: "put".to_owned() })
    }
}

#[tokio::test]
async fn arguments_may_be_called_like_generated_variables() {
    let service = Service::new();
    for _ in 0..2 {
        assert_eq!(service.generated(1, 2, 3, 4, 5, 6).await, 121);
    }
    assert_eq!(service.generated(1, 2, 3, 4, 6, 5).await, 221);
}

#[tokio::test]
async fn arguments_may_be_called_like_what_a_cache_is_made_of() {
    let service = Service::new();
    for _ in 0..2 {
        assert_eq!(service.plain(1, 2, 3, "d").await, 106);
    }
    assert_eq!(service.put_plain(1, 2, 3, 4, 5, 6).await, 20);
    assert_eq!(service.plain(1, 2, 3, "d").await, 21);
    service.evict_plain(1, 2, 3, 4, 6).await;
    assert_eq!(service.plain(1, 2, 3, "d").await, 21);
    service.evict_plain(1, 2, 3, 4, 5).await;
    assert_eq!(service.plain(1, 2, 3, "d").await, 206);
}

#[tokio::test]
async fn an_argument_may_be_called_result() {
    let service = Service::new();
    assert_eq!((service.result(1, 2).await, service.result(1, 2).await, service.result(2, 1).await), (4, 4, 5));
    assert_eq!(service.put_result(6).await.id, 7);
    assert_eq!(service.item(7).await.r#type, "put", "in a template it is what the function returns");
}

#[tokio::test]
async fn functions_arguments_and_fields_may_have_raw_names() {
    let (service, item) = (Service::new(), Item { id: 1, r#type: "x".to_owned() });
    assert_eq!((service.r#match("a", &item).await, service.r#match("a", &item).await), (1, 1));
    assert_eq!(service.r#match("b", &item).await, 2);
    assert_eq!(service.raw_in_the_default_key("a", 10).await, 13);
    assert_eq!(service.raw_in_the_default_key("a", 20).await, 13);
    service.cache.invalidate_tags(["a"]).await.expect("the cache is in this process");
    assert_eq!(service.r#match("a", &item).await, 4);
}

#[tokio::test]
async fn types_in_the_body_may_be_called_like_those_of_the_standard_library() {
    let service = Service::new();
    assert_eq!((service.shadowed(7).await, service.shadowed(7).await), (Some(8), Some(8)));
}

async fn puts_and_evicts(put: impl AsyncFn(&Service, u64) -> Result<Item, String>) {
    let service = Service::new();
    assert_eq!(service.list().await, 1);
    assert!(put(&service, 0).await.is_err());
    assert_eq!(service.list().await, 1, "an error evicts nothing");
    assert!(put(&service, 7).await.is_ok());
    assert_eq!(service.item(7).await.r#type, "put");
    assert_eq!(service.list().await, 4);
    assert_eq!(service.loads.count(), 4, "the body ran once at each call");
}

#[tokio::test]
async fn cache_put_above_cache_evict() {
    puts_and_evicts(async |service, id| service.put_above_evict(id).await).await;
}

#[tokio::test]
async fn cache_evict_above_cache_put() {
    puts_and_evicts(async |service, id| service.evict_above_put(id).await).await;
}

#[tokio::test]
async fn a_put_whose_tag_the_same_method_evicts_is_not_kept_in_either_order() {
    let service = Service::new();
    assert!(service.put_tagged_above_evict(7).await.is_ok());
    assert_eq!(service.item(7).await.r#type, "load 2");
    assert!(service.evict_above_put_tagged(7).await.is_ok());
    assert_eq!(service.item(7).await.r#type, "load 4");
}

#[tokio::test]
async fn two_cache_evicts() {
    let service = Service::new();
    assert_eq!((service.list().await, service.item(7).await.r#type), (1, "load 2".to_owned()));
    service.evict_twice(7).await;
    assert_eq!((service.list().await, service.item(7).await.r#type), (3, "load 4".to_owned()));
}
