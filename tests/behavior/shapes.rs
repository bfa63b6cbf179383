//! The shapes of a function: arguments, patterns, generics, lifetimes.

use std::fmt::Display;
use std::rc::Rc;

use larder::{Cache, CacheKey, HasCache, cacheable};

use crate::support::Loads;

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

struct Point {
    x: u32,
    y: u32,
}

struct Id(u64);

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    #[cacheable]
    async fn without_arguments(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable]
    async fn mutable_argument(&self, mut id: u64) -> (u64, u64) {
        id += 100;
        (id, self.loads.next())
    }

    #[cacheable]
    async fn tuple(&self, (a, b): (u32, u32)) -> (u32, u64) {
        (a - b, self.loads.next())
    }

    #[cacheable("{x}:{y}:{id}", skip(first))]
    async fn patterns(&self, Point { x, y }: Point, Id(id): Id, [first, ..]: [u32; 3]) -> (u32, u64) {
        (x + y + first, self.loads.next())
    }

    #[cacheable]
    async fn borrowed<'a>(&'a self, name: &'a str, list: &'a [u64]) -> (String, u64) {
        (format!("{name}{}", list.len()), self.loads.next())
    }

    #[cacheable]
    async fn impl_trait(&self, id: impl CacheKey + Display, list: &impl AsRefStr) -> (String, u64) {
        (format!("{id}{}", list.text()), self.loads.next())
    }

    #[cacheable]
    async fn bounded<K, T: CacheKey, const N: usize>(&self, key: K, list: [T; N]) -> (String, usize, u64)
    where
        K: CacheKey + Display + Clone,
    {
        (key.clone().to_string(), list.len(), self.loads.next())
    }

    #[cacheable(skip(log))]
    async fn mutable_reference(&self, id: u64, log: &mut Vec<u64>) -> u64 {
        log.push(id);
        self.loads.next()
    }

    #[cacheable(skip(name))]
    async fn not_send(&self, id: u64, name: Rc<str>) -> String {
        tokio::task::yield_now().await;
        format!("{name}{}", self.loads.next())
    }

    #[cacheable("{name}", tags = ["{name}"], ttl = ttl)]
    async fn moved(&self, name: String, ttl: std::time::Duration) -> String {
        self.loads.next();
        name
    }

    #[cacheable("limited", unless = |load| *load > limit, tags = |_| [format!("limit:{limit}")], skip(limit))]
    async fn limited(&self, limit: u64) -> u64 {
        assert!(limit > 0);
        self.loads.next()
    }
}

trait AsRefStr: CacheKey {
    fn text(&self) -> String;
}

impl AsRefStr for String {
    fn text(&self) -> String {
        self.clone()
    }
}

#[tokio::test]
async fn no_arguments_and_mutable_ones() {
    let service = Service::new();
    assert_eq!((service.without_arguments().await, service.without_arguments().await), (1, 1));
    assert_eq!((service.mutable_argument(7).await, service.mutable_argument(7).await), ((107, 2), (107, 2)));
    assert_eq!(service.mutable_argument(107).await, (207, 3), "the key holds what the caller gave");
}

#[tokio::test]
async fn patterns_for_arguments() {
    let service = Service::new();
    assert_eq!((service.tuple((5, 2)).await, service.tuple((5, 2)).await), ((3, 1), (3, 1)));
    assert_eq!(service.tuple((6, 3)).await, (3, 2));
    assert_eq!(service.patterns(Point { x: 1, y: 2 }, Id(3), [4, 5, 6]).await, (7, 3));
    assert_eq!(service.patterns(Point { x: 1, y: 2 }, Id(3), [9, 9, 9]).await, (7, 3));
    assert_eq!(service.patterns(Point { x: 2, y: 1 }, Id(3), [4, 5, 6]).await, (7, 4));
}

#[tokio::test]
async fn lifetimes() {
    let service = Service::new();
    assert_eq!(service.borrowed(&String::from("a"), &Vec::from([1, 2])).await, ("a2".to_owned(), 1));
    assert_eq!(service.borrowed("a", &[1, 2]).await, ("a2".to_owned(), 1));
    assert_eq!(service.borrowed("a", &[2, 1]).await, ("a2".to_owned(), 2));
}

#[tokio::test]
async fn impl_trait_bounds_where_clauses_and_constants() {
    let service = Service::new();
    for _ in 0..2 {
        assert_eq!(service.impl_trait(7, &"x".to_owned()).await, ("7x".to_owned(), 1));
    }
    for _ in 0..2 {
        assert_eq!(service.bounded("k", [0; 3]).await, ("k".to_owned(), 3, 2));
    }
    assert_eq!(service.bounded("k", [0; 4]).await, ("k".to_owned(), 4, 3));
}

#[tokio::test]
async fn arguments_that_the_body_changes_or_moves() {
    let (service, mut log) = (Service::new(), Vec::new());
    for _ in 0..2 {
        assert_eq!(service.mutable_reference(7, &mut log).await, 1);
    }
    assert_eq!(log, [7]);
    for _ in 0..2 {
        assert_eq!(service.moved("ada".to_owned(), std::time::Duration::from_secs(1)).await, "ada");
    }
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn closures_that_use_arguments() {
    let service = Service::new();
    service.loads.next();
    assert_eq!((service.limited(1).await, service.limited(1).await), (2, 3), "above the limit");
    assert_eq!((service.limited(4).await, service.limited(4).await), (4, 4));
    service.cache.invalidate_tags(["limit:4"]).await.expect("the cache is in this process");
    assert_eq!(service.limited(5).await, 5);
}

#[tokio::test]
async fn an_argument_that_must_not_leave_its_thread() {
    let service = Service::new();
    for _ in 0..2 {
        assert_eq!(service.not_send(7, Rc::from("rc")).await, "rc1");
    }
}
