//! `Result` and `Option` behind aliases and inside each other, in writers, batches, traits and without async: what is
//! `Err` or `None` is not stored, puts nothing and evicts nothing.

use std::collections::HashMap;

use async_trait::async_trait;
use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Loads, within};

#[derive(Debug)]
struct Error(Box<dyn std::error::Error + Send + Sync>);

impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

/// As `anyhow::Result` is.
type R<T, E = Error> = std::result::Result<T, E>;
type Maybe<T> = Option<T>;
type Found<T> = R<Maybe<T>>;
type Users = R<HashMap<u64, u64>>;
type Places = R<Vec<Maybe<u64>>>;

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

/// A text of a number is found, an empty one is not, and anything else fails.
fn read(text: &str) -> Found<u64> {
    if text.is_empty() {
        return Ok(None);
    }
    Ok(Some(text.parse::<u64>()?))
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    #[cacheable("item", skip(text))]
    fn sync(&self, text: &str) -> Found<u64> {
        self.loads.next();
        read(text)
    }

    #[cacheable("item")]
    async fn item(&self) -> u64 {
        self.loads.next()
    }

    #[cache_put("item")]
    async fn put(&self, text: &str) -> Found<u64> {
        read(text)
    }

    #[cache_put("item")]
    fn put_in_place(&self, text: &str) -> Found<u64> {
        read(text)
    }

    #[cache_evict("item")]
    async fn evict(&self, text: &str) -> Found<u64> {
        read(text)
    }

    #[cache_evict("item")]
    fn evict_in_place(&self, text: &str) -> Found<u64> {
        read(text)
    }

    #[cacheable("user:{ids}", batch, skip(text))]
    async fn users(&self, ids: &[u64], text: &str) -> Users {
        self.loads.next();
        let found = read(text)?;
        Ok(ids.iter().filter_map(|id| Some((*id, found?))).collect())
    }

    #[cacheable("place:{ids}", batch, skip(text))]
    fn places(&self, ids: &[u64], text: &str) -> Places {
        self.loads.next();
        let found = read(text)?;
        Ok(ids.iter().map(|_| found).collect())
    }
}

#[async_trait]
trait Repo {
    async fn boxed(&self, text: &str) -> Found<u64>;
}

#[async_trait]
impl Repo for Service {
    #[cacheable("item", skip(text))]
    async fn boxed(&self, text: &str) -> Found<u64> {
        self.loads.next();
        read(text)
    }
}

#[cacheable("item", cache = service.cache, skip(text))]
async fn free(service: &Service, text: &str) -> Found<u64> {
    service.loads.next();
    read(text)
}

/// Fails, finds nothing, finds 5, and is a hit then.
async fn only_some_is_stored(call: impl AsyncFn(&Service, &str) -> Found<u64>) {
    let service = Service::new();
    let error = within(call(&service, "x")).await.expect_err("`x` is no number");
    assert_eq!(error.0.to_string(), "invalid digit found in string");
    assert_eq!(within(call(&service, "")).await.expect("it succeeds"), None);
    assert_eq!(within(call(&service, "5")).await.expect("it succeeds"), Some(5));
    assert_eq!(within(call(&service, "6")).await.expect("it succeeds"), Some(5));
    assert_eq!(service.loads.count(), 3);
}

#[tokio::test]
async fn a_function_that_is_not_asynchronous() {
    only_some_is_stored(async |service, text| service.sync(text)).await;
}

#[tokio::test]
async fn a_free_function() {
    only_some_is_stored(async |service, text| free(service, text).await).await;
}

#[tokio::test]
async fn a_method_under_async_trait() {
    only_some_is_stored(async |service, text| service.boxed(text).await).await;
}

/// An error leaves the old entry, no value removes it, a value replaces it.
async fn a_put_follows_what_it_returned(put: impl AsyncFn(&Service, &str) -> Found<u64>) {
    let service = Service::new();
    assert_eq!(service.item().await, 1);
    assert!(within(put(&service, "x")).await.is_err());
    assert_eq!(service.item().await, 1);
    assert!(within(put(&service, "")).await.is_ok());
    assert_eq!(service.item().await, 2);
    assert!(within(put(&service, "50")).await.is_ok());
    assert_eq!(service.item().await, 50);
}

#[tokio::test]
async fn a_put() {
    a_put_follows_what_it_returned(async |service, text| service.put(text).await).await;
}

#[tokio::test]
async fn a_put_that_is_not_asynchronous() {
    a_put_follows_what_it_returned(async |service, text| service.put_in_place(text)).await;
}

/// An error evicts nothing; that there is no value is a success.
async fn an_eviction_follows_what_it_returned(evict: impl AsyncFn(&Service, &str) -> Found<u64>) {
    let service = Service::new();
    assert_eq!(service.item().await, 1);
    assert!(within(evict(&service, "x")).await.is_err());
    assert_eq!(service.item().await, 1);
    assert!(within(evict(&service, "")).await.is_ok());
    assert_eq!(service.item().await, 2);
    assert!(within(evict(&service, "5")).await.is_ok());
    assert_eq!(service.item().await, 3);
}

#[tokio::test]
async fn an_eviction() {
    an_eviction_follows_what_it_returned(async |service, text| service.evict(text).await).await;
}

#[tokio::test]
async fn an_eviction_that_is_not_asynchronous() {
    an_eviction_follows_what_it_returned(async |service, text| service.evict_in_place(text)).await;
}

#[tokio::test]
async fn a_batch_by_map() {
    let service = Service::new();
    assert!(within(service.users(&[1, 2], "x")).await.is_err());
    assert!(within(service.users(&[1, 2], "")).await.expect("it succeeds").is_empty());
    for _ in 0..2 {
        assert_eq!(within(service.users(&[1, 2], "5")).await.expect("it succeeds"), HashMap::from([(1, 5), (2, 5)]));
    }
    assert_eq!(service.loads.count(), 3);
}

#[test]
fn a_batch_by_position_that_is_not_asynchronous() {
    let service = Service::new();
    assert!(service.places(&[1, 2], "x").is_err());
    assert_eq!(service.places(&[1, 2], "").expect("it succeeds"), [None, None]);
    for _ in 0..2 {
        assert_eq!(service.places(&[1, 2], "5").expect("it succeeds"), [Some(5), Some(5)]);
    }
    assert_eq!(service.loads.count(), 3);
}
