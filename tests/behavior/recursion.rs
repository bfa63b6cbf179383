//! Cached functions that call themselves and each other, in every shape of a function: each ends, and loads each key once.

use async_trait::async_trait;
use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Loads, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    #[cacheable(skip(depth))]
    fn itself(&self, key: u64, depth: u64) -> u64 {
        self.loads.next();
        if depth == 0 { key } else { self.itself(key, depth - 1) + 1 }
    }

    #[cacheable]
    fn even(&self, n: u64) -> bool {
        self.loads.next();
        n == 0 || self.odd(n - 1)
    }

    #[cacheable]
    fn odd(&self, n: u64) -> bool {
        self.loads.next();
        n != 0 && self.even(n - 1)
    }

    /// A writer that calls itself boxes the call, as every asynchronous function does; a reader need not.
    #[cache_put("sum:{n}")]
    async fn put(&self, n: u64) -> u64 {
        self.loads.next();
        if n == 0 { 0 } else { Box::pin(self.put(n - 1)).await + n }
    }

    #[cacheable("sum:{n}")]
    async fn sum(&self, n: u64) -> u64 {
        let _ = n;
        self.loads.next()
    }

    #[cache_evict("sum:{n}")]
    async fn evict_down_from(&self, n: u64) {
        if n > 0 {
            Box::pin(self.evict_down_from(n - 1)).await;
        }
    }

    #[cacheable("folder:{id}")]
    #[cache_evict("listing:{id}")]
    async fn folder(&self, id: u64) -> Result<Option<u64>, String> {
        self.loads.next();
        if id == 0 {
            return Ok(Some(0));
        }
        let Some(above) = self.folder(id - 1).await? else { return Ok(None) };
        Ok(Some(above + 1))
    }
}

#[cacheable("binomial:{n}:{k}", cache = cache, skip(loads))]
async fn binomial(cache: &Cache, loads: &Loads, n: u64, k: u64) -> u64 {
    loads.next();
    if k == 0 || k == n {
        return 1;
    }
    binomial(cache, loads, n - 1, k - 1).await + binomial(cache, loads, n - 1, k).await
}

/// An asynchronous default body cannot call itself, with or without an attribute: the compiler's E0792.
trait Native: HasCache {
    fn loads(&self) -> &Loads;

    async fn fibonacci(&self, n: u64) -> u64;

    #[cacheable("factorial:{n}")]
    fn factorial(&self, n: u64) -> u64 {
        self.loads().next();
        if n < 2 { 1 } else { n * self.factorial(n - 1) }
    }
}

impl Native for Service {
    fn loads(&self) -> &Loads {
        &self.loads
    }

    #[cacheable]
    async fn fibonacci(&self, n: u64) -> u64 {
        self.loads.next();
        if n < 2 { n } else { self.fibonacci(n - 1).await + self.fibonacci(n - 2).await }
    }
}

#[async_trait]
trait Boxed {
    async fn ping(&self, n: u64) -> u64;
    async fn pong(&self, n: u64) -> u64;
}

#[async_trait]
impl Boxed for Service {
    #[cacheable]
    async fn ping(&self, n: u64) -> u64 {
        self.loads.next();
        if n == 0 { 0 } else { self.pong(n - 1).await + 1 }
    }

    #[tracing::instrument(skip_all)]
    #[cacheable]
    async fn pong(&self, n: u64) -> u64 {
        self.loads.next();
        if n == 0 { 0 } else { self.ping(n - 1).await + 1 }
    }
}

#[test]
fn a_function_that_is_not_asynchronous_may_call_itself_with_its_own_key() {
    let service = Service::new();
    assert_eq!((service.itself(1, 3), service.loads.count()), (4, 4));
    assert!(service.itself(1, 3) <= 4);
    assert_eq!(service.loads.count(), 4, "it is a hit now");
}

#[test]
fn functions_that_are_not_asynchronous_may_call_each_other() {
    let service = Service::new();
    assert_eq!((service.even(20), service.loads.count()), (true, 21));
    assert_eq!((service.even(18), service.loads.count()), (true, 21), "it is a hit");
}

#[tokio::test]
async fn a_put_may_call_itself() {
    let service = Service::new();
    assert_eq!(within(service.put(4)).await, 10);
    assert_eq!((service.sum(4).await, service.sum(2).await, service.loads.count()), (10, 3, 5));
}

#[tokio::test]
async fn an_eviction_may_call_itself() {
    let service = Service::new();
    within(service.put(4)).await;
    within(service.evict_down_from(2)).await;
    assert_eq!((service.sum(3).await, service.sum(2).await, service.sum(0).await), (6, 6, 7));
}

#[tokio::test]
async fn a_function_under_several_attributes_may_call_itself() {
    let service = Service::new();
    assert_eq!(within(service.folder(5)).await, Ok(Some(5)));
    assert_eq!((within(service.folder(3)).await, service.loads.count()), (Ok(Some(3)), 6));
}

#[tokio::test]
async fn a_free_function_may_call_itself() {
    let (cache, loads) = (Cache::in_process(), Loads::default());
    assert_eq!(within(binomial(&cache, &loads, 20, 10)).await, 184_756);
    assert_eq!(loads.count(), 11 * 11 - 1, "each pair once");
}

#[test]
fn a_default_body_of_a_trait_may_call_itself() {
    let service = Service::new();
    assert_eq!((service.factorial(10), service.loads.count()), (3_628_800, 10));
    assert_eq!((service.factorial(5), service.loads.count()), (120, 10));
}

#[tokio::test]
async fn a_method_of_a_trait_may_call_itself() {
    let service = Service::new();
    assert_eq!((within(service.fibonacci(20)).await, service.loads.count()), (6765, 21));
}

#[tokio::test]
async fn methods_under_async_trait_may_call_each_other() {
    let service = Service::new();
    assert_eq!((within(service.ping(20)).await, service.loads.count()), (20, 21));
    assert_eq!((within(service.ping(18)).await, service.loads.count()), (18, 21));
}
