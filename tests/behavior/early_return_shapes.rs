//! `return` and `?` in a body pass through the policy in every other shape of a function too: not asynchronous, a batch,
//! under several attributes, a method of a trait, and one that names its entry by a reader.

use std::collections::HashMap;

use async_trait::async_trait;
use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Loads, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    #[cacheable("item:{id}")]
    fn item(&self, id: u64) -> Result<u64, String> {
        if id > 0 {
            return Ok(self.loads.next());
        }
        Err("no such item".to_owned())
    }

    #[cache_put("item:{id}")]
    fn put(&self, id: u64, text: &str) -> Result<u64, String> {
        if text == "early" {
            return Ok(100);
        }
        let number = number(text)?;
        Ok(number)
    }

    #[cache_evict(key = "item:{id}")]
    fn evict(&self, id: u64, text: &str) -> Result<u64, String> {
        if text == "early" {
            return Ok(1);
        }
        let number = number(text)?;
        Ok(number)
    }

    #[cacheable("item:{ids}", batch, skip(text))]
    async fn items(&self, ids: &[u64], text: &str) -> Result<HashMap<u64, u64>, String> {
        let load = self.loads.next();
        if text == "early" {
            return Ok(ids.iter().map(|id| (*id, load)).collect());
        }
        let number = number(text)?;
        Ok(ids.iter().map(|id| (*id, number)).collect())
    }

    #[cache_put("item:{id}")]
    #[cache_evict(key = "item:{other}")]
    async fn both(&self, id: u64, other: u64, text: &str) -> Result<u64, String> {
        if text == "early" {
            return Ok(100);
        }
        let number = number(text)?;
        Ok(number)
    }

    #[cacheable(namespace = "named")]
    async fn named(&self, id: u64) -> u64 {
        let _ = id;
        self.loads.next()
    }

    #[cache_put(of = Self::named, args(id = id))]
    async fn put_named(&self, id: u64, text: &str) -> Result<u64, String> {
        if text == "early" {
            return Ok(100);
        }
        let number = number(text)?;
        Ok(number)
    }
}

#[async_trait]
trait Repo {
    async fn store(&self, id: u64, text: &str) -> Result<u64, String>;
    async fn forget(&self, id: u64, text: &str) -> Result<u64, String>;
}

#[async_trait]
impl Repo for Service {
    #[cache_put("item:{id}")]
    async fn store(&self, id: u64, text: &str) -> Result<u64, String> {
        if text == "early" {
            return Ok(100);
        }
        let number = number(text)?;
        Ok(number)
    }

    #[cache_evict(key = "item:{id}")]
    async fn forget(&self, id: u64, text: &str) -> Result<u64, String> {
        if text == "early" {
            return Ok(1);
        }
        let number = number(text)?;
        Ok(number)
    }
}

#[test]
fn a_function_that_is_not_asynchronous_stores_and_evicts() {
    let service = Service::new();
    assert_eq!((service.item(7), service.item(7)), (Ok(1), Ok(1)));
    assert_eq!((service.put(7, "early"), service.item(7)), (Ok(100), Ok(100)));
    assert!(service.put(7, "x").is_err());
    assert!(service.evict(7, "x").is_err());
    assert_eq!(service.item(7), Ok(100), "a failure changes nothing");
    assert_eq!((service.evict(7, "early"), service.item(7)), (Ok(1), Ok(2)));
}

#[tokio::test]
async fn a_batch_stores_what_it_returns_early_and_nothing_of_a_failure() {
    let service = Service::new();
    within(service.items(&[1, 2], "x")).await.expect_err("it is no number");
    assert_eq!(within(service.items(&[1, 2], "early")).await, Ok(HashMap::from([(1, 2), (2, 2)])));
    assert_eq!(within(service.items(&[2, 3], "5")).await, Ok(HashMap::from([(2, 2), (3, 5)])));
}

#[tokio::test]
async fn several_attributes_act_on_the_same_result() {
    let service = Service::new();
    assert_eq!((service.item(7), service.item(8)), (Ok(1), Ok(2)));
    service.both(7, 8, "x").await.expect_err("it is no number");
    assert_eq!((service.item(7), service.item(8)), (Ok(1), Ok(2)));
    assert_eq!(service.both(7, 8, "early").await, Ok(100));
    assert_eq!((service.item(7), service.item(8)), (Ok(100), Ok(3)));
}

#[tokio::test]
async fn a_method_of_a_trait_stores_and_evicts() {
    let service = Service::new();
    assert_eq!((service.store(7, "early").await, service.item(7)), (Ok(100), Ok(100)));
    service.store(7, "x").await.expect_err("it is no number");
    service.forget(7, "x").await.expect_err("it is no number");
    assert_eq!(service.item(7), Ok(100));
    assert_eq!((service.forget(7, "early").await, service.item(7)), (Ok(1), Ok(1)));
}

#[tokio::test]
async fn the_entry_of_a_reader_is_put() {
    let service = Service::new();
    service.put_named(7, "x").await.expect_err("it is no number");
    assert_eq!(service.put_named(7, "early").await, Ok(100));
    assert_eq!(service.named(7).await, 100);
}
