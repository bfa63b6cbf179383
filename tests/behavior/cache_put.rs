//! `#[cache_put]`: the body always runs, and what it returned is what a reader finds.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};
use serde::{Deserialize, Serialize};

use crate::support::{Gate, Loads, held, within};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

/// A service whose source is one name for all users.
#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    #[cacheable("user:{id}")]
    async fn user(&self, id: u64) -> Result<User, String> {
        Ok(User { id, name: format!("loaded {}", self.loads.next()) })
    }

    #[cacheable("{tenant}:{id}")]
    async fn user_of(&self, tenant: &str, id: u64) -> Result<User, String> {
        Ok(User { id, name: format!("loaded {}", self.loads.next()) })
    }

    async fn name(&self, id: u64) -> String {
        self.user(id).await.expect("every user is there").name
    }

    async fn name_of(&self, tenant: &str, id: u64) -> String {
        self.user_of(tenant, id).await.expect("every user is there").name
    }

    #[cache_put("user:{id}")]
    async fn save(&self, id: u64, name: &str) -> Result<User, String> {
        self.loads.next();
        if name.is_empty() {
            return Err("no name".to_owned());
        }
        Ok(User { id, name: name.to_owned() })
    }

    #[cache_put("user:{result.id}")]
    async fn create(&self, name: String) -> Result<User, String> {
        Ok(User { id: 7, name })
    }

    #[cache_put("{tenant}:{result.id}")]
    async fn create_for(&self, tenant: String, name: String) -> Result<User, String> {
        drop(tenant);
        Ok(User { id: 7, name })
    }

    #[cache_put(key = format!("user:{}", user.id))]
    async fn save_whole(&self, user: User) -> User {
        user
    }

    #[cache_put("user:{id}", value = |answer| User { id: answer.0, name: answer.1.to_uppercase() })]
    async fn save_and_answer(&self, id: u64, name: &str) -> Result<(u64, String, bool), String> {
        Ok((id, name.to_owned(), true))
    }

    #[cache_put("user:{id}", value = |()| User { id: 7, name: "made up".to_owned() })]
    async fn save_and_return_nothing(&self, id: u64) {
        self.loads.next();
    }

    #[cache_put("user:{id}", unless = |user| user.name == "secret")]
    async fn save_unless_secret(&self, id: u64, name: &str) -> Option<User> {
        (!name.is_empty()).then(|| User { id, name: name.to_owned() })
    }

    #[cache_put("user:{id}", condition = id != 7)]
    async fn save_unless_seven(&self, id: u64, name: &str) -> User {
        User { id, name: name.to_owned() }
    }

    #[cache_put("user:{id}", tags = ["users"])]
    async fn save_tagged(&self, id: u64, name: &str) -> User {
        User { id, name: name.to_owned() }
    }

    #[cache_evict(tags = ["users"])]
    async fn flush(&self) {}

    #[cache_put]
    async fn under_the_default_key(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_put("user:{id}")]
    async fn save_and_panic(&self, id: u64) -> User {
        panic!("the body of {id} panics")
    }

    #[cache_put("user:{id}")]
    async fn save_at_gate(&self, id: u64, gate: &Gate) -> User {
        gate.pass().await;
        User { id, name: "put".to_owned() }
    }
}

#[tokio::test]
async fn the_body_runs_at_every_call() {
    let service = Service::new();
    for load in 1..=3 {
        assert_eq!(service.under_the_default_key(7).await, load);
    }
}

#[tokio::test]
async fn a_reader_finds_the_value_that_was_put() {
    let service = Service::new();
    assert_eq!(service.name(7).await, "loaded 1");
    assert!(service.save(7, "ada").await.is_ok());
    assert_eq!(service.name(7).await, "ada");
}

#[tokio::test]
async fn a_put_fills_an_empty_cache() {
    let service = Service::new();
    assert!(service.create("ada".to_owned()).await.is_ok());
    assert_eq!(service.name(7).await, "ada");
    assert_eq!(service.cache.stats().stored, 1);
}

#[tokio::test]
async fn a_key_may_be_made_of_an_argument_that_the_body_moves_and_of_the_result() {
    let service = Service::new();
    assert!(service.create_for("acme".to_owned(), "ada".to_owned()).await.is_ok());
    assert_eq!(service.name_of("acme", 7).await, "ada");
    assert_eq!(service.name_of("other", 7).await, "loaded 1");
}

#[tokio::test]
async fn a_key_may_be_an_expression() {
    let service = Service::new();
    service.save_whole(User { id: 7, name: "ada".to_owned() }).await;
    assert_eq!(service.name(7).await, "ada");
}

#[tokio::test]
async fn a_closure_picks_what_is_stored_from_what_is_returned() {
    let service = Service::new();
    assert_eq!(service.save_and_answer(7, "ada").await, Ok((7, "ada".to_owned(), true)));
    assert_eq!(service.name(7).await, "ADA");
}

#[tokio::test]
async fn a_closure_makes_a_value_where_nothing_is_returned() {
    let service = Service::new();
    service.save_and_return_nothing(7).await;
    assert_eq!(service.name(7).await, "made up");
}

#[tokio::test]
async fn err_leaves_the_old_entry() {
    let service = Service::new();
    assert_eq!(service.name(7).await, "loaded 1");
    assert!(service.save(7, "").await.is_err());
    assert_eq!(service.name(7).await, "loaded 1");
}

#[tokio::test]
async fn success_that_unless_keeps_out_removes_the_old_entry() {
    let service = Service::new();
    assert_eq!(service.name(7).await, "loaded 1");
    service.save_unless_secret(7, "secret").await.expect("the name is not empty");
    assert_eq!(service.name(7).await, "loaded 2");
}

#[tokio::test]
async fn success_without_a_value_removes_the_old_entry() {
    let service = Service::new();
    assert_eq!(service.name(7).await, "loaded 1");
    assert_eq!(service.save_unless_secret(7, "").await, None);
    assert_eq!(service.name(7).await, "loaded 2");
}

#[tokio::test]
async fn where_the_condition_is_false_the_entry_stays() {
    let service = Service::new();
    assert_eq!(service.name(7).await, "loaded 1");
    assert_eq!(service.save_unless_seven(7, "ada").await.name, "ada");
    assert_eq!(service.name(7).await, "loaded 1");
    service.save_unless_seven(8, "bob").await;
    assert_eq!(service.name(8).await, "bob");
}

#[tokio::test]
async fn a_value_that_was_put_carries_its_tags() {
    let service = Service::new();
    service.save_tagged(7, "ada").await;
    assert_eq!(service.name(7).await, "ada");
    service.flush().await;
    assert_eq!(service.name(7).await, "loaded 1");
}

#[tokio::test]
async fn a_put_that_is_dropped_in_its_body_removes_the_old_entry() {
    let (service, gate) = (Service::new(), Gate::closed());
    assert_eq!(service.name(7).await, "loaded 1");
    drop(held(service.save_at_gate(7, &gate)).await);
    assert_eq!(service.name(7).await, "loaded 2", "the body may have written");
}

#[tokio::test]
async fn a_put_whose_body_panics_removes_the_old_entry() {
    let service = Service::new();
    assert_eq!(service.name(7).await, "loaded 1");
    assert!(AssertUnwindSafe(service.save_and_panic(7)).catch_unwind().await.is_err());
    assert_eq!(service.name(7).await, "loaded 2", "the body may have written");
}

#[tokio::test]
async fn a_put_that_was_never_polled_changes_nothing() {
    let (service, gate) = (Service::new(), Gate::closed());
    assert_eq!(service.name(7).await, "loaded 1");
    drop(service.save_at_gate(7, &gate));
    assert_eq!(service.name(7).await, "loaded 1");
}

#[tokio::test]
async fn a_reader_meanwhile_is_served_the_old_entry() {
    let (service, gate) = (Service::new(), Gate::closed());
    assert_eq!(service.name(7).await, "loaded 1");
    let put = held(service.save_at_gate(7, &gate)).await;
    assert_eq!(service.name(7).await, "loaded 1");
    gate.open();
    within(put).await;
    assert_eq!(service.name(7).await, "put");
}
