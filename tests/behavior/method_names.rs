//! Methods and fields that are called like what the generated code calls.

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::Loads;

/// Its methods are called like ours, and do something else.
#[derive(HasCache)]
struct Service {
    #[cache]
    kept: Cache,
    cache: &'static str,
    key: Loads,
}

/// A method of a trait that every type has; so method calls of ours could meet it.
trait Everywhere {
    fn cache(&self) -> &'static str {
        "not a cache"
    }

    fn write_key(&self) -> &'static str {
        "not a key"
    }

    fn look_up(&self) -> &'static str {
        "not an entry"
    }
}

impl<T: ?Sized> Everywhere for T {}

impl Service {
    fn new() -> Self {
        Self { kept: Cache::in_process(), cache: "a field", key: Loads::default() }
    }

    #[cacheable]
    async fn key(&self, id: u64) -> u64 {
        self.key.next()
    }

    #[cacheable("load:{id}")]
    async fn load(&self, id: u64) -> u64 {
        self.key(id).await
    }

    #[cacheable("plan:{self.cache}:{id}")]
    fn plan(&self, id: u64) -> u64 {
        self.key.next()
    }

    #[cacheable("clone:{id}")]
    async fn clone(&self, id: u64) -> u64 {
        self.key.next()
    }

    #[cacheable("result")]
    async fn result(&self) -> u64 {
        self.key.next()
    }

    #[cache_put("clone:{result}")]
    async fn tags(&self, value: u64) -> u64 {
        value
    }

    #[cache_evict("clone:{id}")]
    #[cache_evict(of = Self::load, args(id = id))]
    async fn invalidate(&self, id: u64) -> u64 {
        id
    }
}

#[tokio::test]
async fn methods_are_called_like_what_an_expansion_calls() {
    let service = Service::new();
    assert_eq!((service.key(7).await, service.load(7).await, service.load(7).await), (1, 1, 1));
    assert_eq!((service.plan(7), service.plan(7)), (2, 2));
    assert_eq!((service.clone(7).await, service.clone(7).await), (3, 3));
    assert_eq!((service.result().await, service.result().await), (4, 4));
}

#[tokio::test]
async fn methods_that_write_are_called_like_what_an_expansion_calls() {
    let service = Service::new();
    assert_eq!((service.tags(7).await, service.clone(7).await), (7, 7));
    assert_eq!((service.load(7).await, service.invalidate(7).await), (1, 7));
    assert_eq!((service.clone(7).await, service.load(8).await, service.load(7).await), (2, 3, 1));
}

#[tokio::test]
async fn a_method_that_every_type_has_is_not_taken_for_ours() {
    let service = Service::new();
    assert_eq!(Everywhere::cache(&service), "not a cache");
    assert_eq!((service.write_key(), service.look_up()), ("not a key", "not an entry"));
    assert_eq!((service.key(7).await, service.key(7).await), (1, 1));
    assert_eq!((service.kept.stats().hits, service.kept.stats().stored), (1, 1));
}
