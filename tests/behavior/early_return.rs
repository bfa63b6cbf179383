//! `return` and `?` in a body pass through the policy, whichever attribute stands on the function.

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::Loads;

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
    async fn item(&self, id: u64) -> Result<u64, String> {
        let load = self.loads.next();
        if id > 0 {
            return Ok(load);
        }
        Err("no such item".to_owned())
    }

    #[cacheable]
    async fn parsed(&self, text: &str) -> Result<u64, String> {
        self.loads.next();
        let number = number(text)?;
        Ok(number)
    }

    #[cacheable]
    async fn found(&self, text: &str) -> Option<u64> {
        self.loads.next();
        let first = text.chars().next()?;
        Some(u64::from(first))
    }

    #[cache_put("item:{id}")]
    async fn put(&self, id: u64, text: &str) -> Result<u64, String> {
        if text == "early" {
            return Ok(100);
        }
        let number = number(text)?;
        Ok(number)
    }

    #[cache_evict(key = "item:{id}")]
    async fn evict(&self, id: u64, text: &str) -> Result<(), String> {
        if text == "early" {
            return Ok(());
        }
        number(text)?;
        Ok(())
    }
}

#[tokio::test]
async fn cacheable_stores_what_an_early_return_returns() {
    let service = Service::new();
    assert_eq!(service.item(7).await, Ok(1));
    assert_eq!(service.item(7).await, Ok(1));
}

#[tokio::test]
async fn cacheable_stores_after_a_question_mark_that_went_well() {
    let service = Service::new();
    assert_eq!(service.parsed("5").await, Ok(5));
    assert_eq!(service.parsed("5").await, Ok(5));
    assert_eq!(service.loads.count(), 1);
}

#[tokio::test]
async fn cacheable_stores_no_error_of_a_question_mark() {
    let service = Service::new();
    for load in [1, 2] {
        assert!(service.parsed("x").await.is_err());
        assert_eq!(service.loads.count(), load);
    }
}

#[tokio::test]
async fn cacheable_stores_no_none_of_a_question_mark() {
    let service = Service::new();
    for load in [1, 2] {
        assert_eq!(service.found("").await, None);
        assert_eq!(service.loads.count(), load);
    }
}

#[tokio::test]
async fn cache_put_stores_what_an_early_return_returns() {
    let service = Service::new();
    assert_eq!(service.item(7).await, Ok(1));
    assert_eq!(service.put(7, "early").await, Ok(100));
    assert_eq!(service.item(7).await, Ok(100));
}

#[tokio::test]
async fn cache_put_stores_after_a_question_mark_that_went_well() {
    let service = Service::new();
    assert_eq!(service.put(7, "55").await, Ok(55));
    assert_eq!(service.item(7).await, Ok(55));
}

#[tokio::test]
async fn cache_put_leaves_the_entry_after_the_error_of_a_question_mark() {
    let service = Service::new();
    assert_eq!(service.item(7).await, Ok(1));
    assert!(service.put(7, "x").await.is_err());
    assert_eq!(service.item(7).await, Ok(1));
}

#[tokio::test]
async fn cache_evict_evicts_after_an_early_return() {
    let service = Service::new();
    assert_eq!(service.item(7).await, Ok(1));
    assert_eq!(service.evict(7, "early").await, Ok(()));
    assert_eq!(service.item(7).await, Ok(2));
}

#[tokio::test]
async fn cache_evict_evicts_nothing_after_the_error_of_a_question_mark() {
    let service = Service::new();
    assert_eq!(service.item(7).await, Ok(1));
    assert!(service.evict(7, "x").await.is_err());
    assert_eq!(service.item(7).await, Ok(1));
}
