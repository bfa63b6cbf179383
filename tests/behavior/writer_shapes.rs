//! The shapes of a function that writes: patterns, `mut`, `impl Trait`, generics, lifetimes, and what it does not own.

use std::fmt::Display;
use std::marker::PhantomData;

use larder::{Cache, CacheKey, HasCache, cache_evict, cache_put, cacheable};

use crate::support::Loads;

struct Point {
    x: u32,
    y: u32,
}

#[derive(HasCache)]
struct Service<'s, T> {
    #[cache]
    cache: &'s Cache,
    loads: Loads,
    of: PhantomData<T>,
}

impl<'s, T> Service<'s, T>
where
    T: CacheKey + Copy + Display,
{
    fn new(cache: &'s Cache) -> Self {
        Self { cache, loads: Loads::default(), of: PhantomData }
    }

    #[cacheable("item:{id}")]
    async fn item(&self, id: &str) -> u64 {
        self.loads.next()
    }

    /// Whether the entry is gone, and loads it anew.
    async fn is_gone(&self, id: &str) -> bool {
        let before = self.loads.count();
        self.item(id).await;
        self.loads.count() > before
    }

    #[cache_put("item:{x}-{y}")]
    async fn put_by_pattern(&self, Point { x, y }: Point, (mut value, _): (u64, u64)) -> u64 {
        value += 1;
        value
    }

    #[cache_evict("item:{x}-{y}")]
    async fn evict_by_pattern(&self, Point { x, y }: Point) -> u32 {
        x + y
    }

    #[cache_put("item:{id}", value = |text| text.len() as u64)]
    async fn put_impl_trait(&self, id: impl CacheKey + Display, mut text: String) -> String {
        text += &id.to_string();
        text
    }

    #[cache_evict("item:{id}")]
    async fn evict_impl_trait(&self, id: impl CacheKey + Display) -> String {
        id.to_string()
    }

    #[cache_put("item:{of}-{id}")]
    async fn put_generic<K, const N: usize>(&self, of: T, id: K) -> u64
    where
        K: CacheKey,
    {
        (of.to_string().len() + N) as u64
    }

    #[cache_evict("item:{of}-{id}")]
    async fn evict_generic<K: CacheKey>(&self, of: T, id: K) {}

    #[cache_put("item:{id}")]
    async fn put_borrowed<'a>(&'a self, id: &'a str, values: &'a [u64]) -> Result<u64, &'a str> {
        values.first().copied().ok_or(id)
    }

    #[cache_evict(keys = ids.iter().map(|id| format!("item:{id}")))]
    async fn evict_borrowed<'a>(&self, ids: &'a [&'a str]) -> Option<&'a str> {
        ids.first().copied()
    }

    #[cache_put("item:{id}")]
    async fn put_while_changing(&self, id: &str, log: &mut Vec<u64>) -> u64 {
        log.push(70);
        log.len() as u64
    }

    #[cache_evict("item:{id}")]
    async fn evict_while_changing(&self, id: &str, log: &mut Vec<u64>) {
        log.clear();
    }
}

#[tokio::test]
async fn patterns_for_arguments() {
    let cache = Cache::in_process();
    let service = Service::<u8>::new(&cache);
    assert_eq!(service.put_by_pattern(Point { x: 1, y: 2 }, (69, 0)).await, 70);
    assert_eq!(service.item("1-2").await, 70);
    assert_eq!(service.evict_by_pattern(Point { x: 1, y: 2 }).await, 3);
    assert!(service.is_gone("1-2").await);
}

#[tokio::test]
async fn impl_trait_and_mut() {
    let cache = Cache::in_process();
    let service = Service::<u8>::new(&cache);
    assert_eq!(service.put_impl_trait(7, "abc".to_owned()).await, "abc7");
    assert_eq!(service.item("7").await, 4);
    assert_eq!(service.evict_impl_trait("7").await, "7");
    assert!(service.is_gone("7").await);
}

#[tokio::test]
async fn generics_and_where_clauses() {
    let cache = Cache::in_process();
    let service = Service::<u64>::new(&cache);
    assert_eq!(service.put_generic::<_, 4>(100, 'k').await, 7);
    assert_eq!(service.item("100-k").await, 7);
    service.evict_generic(100, "k").await;
    assert!(service.is_gone("100-k").await);
}

#[tokio::test]
async fn lifetimes() {
    let cache = Cache::in_process();
    let service = Service::<u8>::new(&cache);
    assert_eq!(service.put_borrowed("a", &[70]).await, Ok(70));
    assert_eq!(service.put_borrowed("a", &[]).await, Err("a"), "and leaves the entry");
    assert_eq!(service.item("a").await, 70);
    assert_eq!(service.evict_borrowed(&["a", "b"]).await, Some("a"));
    assert!(service.is_gone("a").await);
}

#[tokio::test]
async fn arguments_that_the_body_changes() {
    let (cache, mut log) = (Cache::in_process(), Vec::new());
    let service = Service::<u8>::new(&cache);
    assert_eq!(service.put_while_changing("a", &mut log).await, 1);
    assert_eq!(service.put_while_changing("a", &mut log).await, 2);
    assert_eq!(service.item("a").await, 2);
    service.evict_while_changing("a", &mut log).await;
    assert!(log.is_empty() && service.is_gone("a").await);
}
