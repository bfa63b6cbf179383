//! Methods of traits, native and through `#[async_trait]`, and other attributes above and below ours.

use std::sync::Arc;

use async_trait::async_trait;
use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};
use tracing::instrument;

use crate::support::{Loads, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Loads {
    /// One more load, of an item.
    fn of(&self, _id: u64) -> u64 {
        self.next()
    }
}

impl Service {
    fn new() -> Arc<Self> {
        Arc::new(Self { cache: Cache::in_process(), loads: Loads::default() })
    }
}

trait Counts: HasCache {
    fn loads(&self) -> &Loads;
}

impl Counts for Service {
    fn loads(&self) -> &Loads {
        &self.loads
    }
}

trait Native: Counts {
    async fn find(&self, id: u64) -> Result<u64, String>;

    #[cacheable("native:{id}")]
    async fn find_by_default(&self, id: u64) -> Result<u64, String> {
        Ok(self.loads().next())
    }

    #[cache_put("native:{id}")]
    async fn put_by_default(&self, id: u64) -> Result<u64, String> {
        Ok(self.loads().next())
    }

    #[cache_evict(key = "native:{id}")]
    async fn evict_by_default(&self, id: u64) {}
}

impl Native for Service {
    #[cacheable]
    async fn find(&self, id: u64) -> Result<u64, String> {
        Ok(self.loads.next())
    }
}

#[async_trait]
trait Boxed: Counts + Send + Sync {
    async fn find(&self, id: u64, name: &str) -> Result<Option<u64>, String>;

    async fn put(&self, id: u64) -> u64;

    async fn evict(&self, id: u64) -> Result<(), String>;

    async fn shared(self: Arc<Self>, id: u64) -> u64;

    #[cacheable("boxed:{id}")]
    async fn find_by_default(&self, id: u64) -> u64 {
        self.loads().of(id)
    }

    #[cacheable]
    async fn under_the_default_key(&self, id: u64) -> u64 {
        self.loads().of(id)
    }
}

#[async_trait]
impl Boxed for Service {
    #[cacheable]
    async fn find(&self, id: u64, name: &str) -> Result<Option<u64>, String> {
        let load = self.loads.of(id);
        if name.is_empty() {
            return Err("no name".to_owned());
        }
        let _checked: u64 = name.parse().map_err(|_| "no number".to_owned())?;
        Ok((load > 3).then_some(load))
    }

    #[cache_put("boxed:{id}")]
    async fn put(&self, id: u64) -> u64 {
        self.loads.of(id)
    }

    #[cache_evict(key = "boxed:{id}")]
    async fn evict(&self, id: u64) -> Result<(), String> {
        if id == 0 { Err("no".to_owned()) } else { Ok(()) }
    }

    #[cacheable("boxed:{id}")]
    async fn shared(self: Arc<Self>, id: u64) -> u64 {
        self.loads.of(id)
    }
}

#[async_trait]
trait Instrumented {
    async fn above(&self, id: u64) -> Option<u64>;
    async fn below(&self, id: u64) -> Option<u64>;
}

#[async_trait]
impl Instrumented for Service {
    #[instrument(skip(self))]
    #[cacheable]
    async fn above(&self, id: u64) -> Option<u64> {
        Some(self.loads.of(id)).filter(|load| *load > 1)
    }

    #[cacheable]
    #[instrument(skip(self))]
    async fn below(&self, id: u64) -> Option<u64> {
        Some(self.loads.of(id)).filter(|load| *load > 1)
    }
}

impl Service {
    #[instrument(skip(self))]
    #[cacheable]
    async fn instrumented_above(&self, id: u64) -> Option<u64> {
        Some(self.loads.next()).filter(|load| *load > 1)
    }

    #[cacheable]
    #[instrument(skip(self), err)]
    async fn instrumented_below(&self, id: u64) -> Result<u64, String> {
        Some(self.loads.next()).filter(|load| *load > 1).ok_or_else(|| "the first".to_owned())
    }

    #[instrument(skip_all)]
    #[cache_put("{id}")]
    async fn instrumented_put(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict(key = "{id}")]
    #[instrument(skip_all)]
    async fn instrumented_evict(&self, id: u64) {}

    #[cacheable("{id}")]
    #[doc = "Other attributes stay where they are."]
    #[cfg(not(any()))]
    #[must_use]
    async fn with_other_attributes(&self, id: u64) -> u64 {
        self.loads.next()
    }
}

#[tokio::test]
async fn native_trait_methods() {
    let service = Service::new();
    assert_eq!((Native::find(&*service, 7).await, Native::find(&*service, 7).await), (Ok(1), Ok(1)));
    assert_eq!(service.cache.stats().hits, 1);
}

#[tokio::test]
async fn native_default_bodies() {
    let service = Service::new();
    assert_eq!(Native::find_by_default(&*service, 7).await, Ok(1));
    assert_eq!(Native::find_by_default(&*service, 7).await, Ok(1));
    assert_eq!(service.put_by_default(7).await, Ok(2));
    assert_eq!(Native::find_by_default(&*service, 7).await, Ok(2));
    service.evict_by_default(7).await;
    assert_eq!(Native::find_by_default(&*service, 7).await, Ok(3));
}

#[tokio::test]
async fn async_trait_methods() {
    let service: Arc<dyn Boxed> = Service::new();
    assert_eq!(service.find(7, "").await, Err("no name".to_owned()));
    assert_eq!(service.find(7, "x").await, Err("no number".to_owned()));
    assert_eq!(service.find(7, "5").await, Ok(None));
    assert_eq!(service.find(7, "5").await, Ok(Some(4)));
    assert_eq!(service.find(7, "5").await, Ok(Some(4)));
}

#[tokio::test]
async fn async_trait_methods_that_write() {
    let service: Arc<dyn Boxed> = Service::new();
    assert_eq!((service.put(7).await, service.find_by_default(7).await), (1, 1));
    assert_eq!(service.evict(7).await, Ok(()));
    assert_eq!(service.find_by_default(7).await, 2);
    assert_eq!((service.put(0).await, service.evict(0).await), (3, Err("no".to_owned())));
    assert_eq!(service.find_by_default(0).await, 3);
}

#[tokio::test]
async fn async_trait_default_bodies_and_shared_receivers() {
    let service: Arc<dyn Boxed> = Service::new();
    assert_eq!((service.find_by_default(7).await, Arc::clone(&service).shared(7).await), (1, 1));
    assert_eq!((service.under_the_default_key(7).await, service.under_the_default_key(7).await), (2, 2));
    let task = tokio::spawn(async move { service.find_by_default(7).await });
    assert_eq!(within(task).await.expect("the task ends"), 1);
}

#[tokio::test]
async fn instrument_above_and_below_on_async_trait_methods() {
    let service = Service::new();
    assert_eq!((service.above(7).await, service.above(7).await, service.above(7).await), (None, Some(2), Some(2)));
    assert_eq!((service.below(7).await, service.below(7).await), (Some(3), Some(3)));
}

#[tokio::test]
async fn instrument_above_and_below_on_methods() {
    let service = Service::new();
    assert_eq!(service.instrumented_below(7).await, Err("the first".to_owned()));
    assert_eq!((service.instrumented_below(7).await, service.instrumented_below(7).await), (Ok(2), Ok(2)));
    assert_eq!((service.instrumented_above(7).await, service.instrumented_above(7).await), (Some(3), Some(3)));
}

#[tokio::test]
async fn instrument_above_and_below_on_methods_that_write() {
    let service = Service::new();
    assert_eq!((service.instrumented_put(7).await, service.with_other_attributes(7).await), (1, 1));
    service.instrumented_evict(7).await;
    assert_eq!(service.with_other_attributes(7).await, 2);
}
