//! Several attributes on one function: one fixed order, whichever way they are written.

use std::sync::Arc;

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable, caching};
use tokio::task::yield_now;

use crate::support::{Gate, Loads, held, within};

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct User {
    id: u64,
    email: String,
    load: u64,
}

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
}

impl Service {
    fn new() -> Arc<Self> {
        let gate = Gate::closed();
        gate.open();
        Self::with_gate(gate)
    }

    fn with_gate(gate: Gate) -> Arc<Self> {
        Arc::new(Self { cache: Cache::in_process(), loads: Loads::default(), gate })
    }

    fn user(&self, id: u64) -> User {
        User { id, email: format!("{id}@x"), load: self.loads.next() }
    }

    #[cacheable("user:{id}")]
    async fn by_id(&self, id: u64) -> User {
        self.user(id)
    }

    #[cacheable("email:{email}")]
    async fn by_email(&self, email: &str) -> User {
        User { id: 0, email: email.to_owned(), load: self.loads.next() }
    }

    #[cacheable("list", tags = ["users"])]
    async fn list(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("report:{id}")]
    #[cache_evict(tags = ["users"])]
    async fn report(&self, id: u64) -> Result<u64, String> {
        self.gate.pass().await;
        if id == 0 { Err("no".to_owned()) } else { Ok(self.loads.next()) }
    }

    #[cache_evict(tags = ["users"])]
    #[cacheable("report:{id}")]
    async fn report_written_the_other_way(&self, id: u64) -> Result<u64, String> {
        if id == 0 { Err("no".to_owned()) } else { Ok(self.loads.next()) }
    }

    #[cacheable("own:{id}")]
    #[cache_evict(pattern = "other:*")]
    async fn evicts_a_pattern_beside_its_key(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_put("user:{id}")]
    #[cache_put("email:{result.email}")]
    #[cache_evict(tags = ["users"])]
    #[cache_evict(key = "list-of:{result.email}")]
    async fn save(&self, id: u64) -> Result<User, String> {
        self.gate.pass().await;
        if id == 0 { Err("no".to_owned()) } else { Ok(self.user(id)) }
    }

    #[caching(cache_evict(tags = ["users"]), cache_put("email:{result.email}"), cache_put("user:{id}"))]
    async fn save_in_one_list(&self, id: u64) -> User {
        self.user(id)
    }

    #[cache_evict(key = "user:{id}")]
    #[cache_put("user:{id}")]
    async fn puts_and_evicts_the_same_key(&self, id: u64) -> User {
        self.user(id)
    }

    #[cache_put("user:{id}")]
    #[cache_evict(key = "user:{id}")]
    async fn evicts_and_puts_the_same_key(&self, id: u64) -> User {
        self.user(id)
    }

    #[cache_evict(key = "user:{id}", unless = |user| user.load > 2)]
    #[cache_evict(tags = ["users"], condition = id != 9)]
    async fn evicts_each_under_its_own_condition(&self, id: u64) -> User {
        self.user(id)
    }
}

#[tokio::test]
async fn a_hit_evicts_nothing() {
    let service = Service::new();
    assert_eq!((service.report(7).await, service.list().await), (Ok(1), 2));
    assert_eq!((service.report(7).await, service.list().await), (Ok(1), 2));
    assert_eq!((service.report_written_the_other_way(7).await, service.list().await), (Ok(1), 2));
}

#[tokio::test]
async fn a_miss_evicts_after_its_body_succeeded() {
    let service = Service::new();
    assert_eq!((service.list().await, service.report(7).await, service.list().await), (1, Ok(2), 3));
    assert_eq!((service.report(0).await, service.list().await), (Err("no".to_owned()), 3));
    assert_eq!((service.report_written_the_other_way(8).await, service.list().await), (Ok(4), 5));
}

#[tokio::test]
async fn a_call_that_another_load_answers_evicts_nothing() {
    let service = Service::with_gate(Gate::closed());
    let mut leader = held(service.report(7)).await;
    let waiting = held(service.report(7)).await;
    service.gate.open();
    assert_eq!(within(&mut leader).await, Ok(1));
    assert_eq!(service.list().await, 2);
    assert_eq!(within(waiting).await, Ok(1));
    assert_eq!(service.list().await, 2, "the call that waited has run no body");
}

#[tokio::test]
async fn a_load_that_is_dropped_in_its_body_evicts_and_one_that_waits_does_not() {
    let service = Service::with_gate(Gate::closed());
    assert_eq!(service.list().await, 1);
    let leader = held(service.report(7)).await;
    drop(held(service.report(7)).await);
    assert_eq!(service.list().await, 1, "the call that waited has run no body");
    drop(leader);
    yield_now().await;
    assert_eq!(service.list().await, 2);
}

#[tokio::test]
async fn an_eviction_beside_the_key_leaves_the_load_in_place() {
    let service = Service::new();
    assert_eq!(service.evicts_a_pattern_beside_its_key(7).await, 1);
    assert_eq!(service.evicts_a_pattern_beside_its_key(7).await, 1);
}

#[tokio::test]
async fn several_puts_and_several_evictions_act_on_one_result() {
    let service = Service::new();
    assert_eq!(service.list().await, 1);
    let saved = service.save(7).await.expect("it is saved");
    assert_eq!((service.by_id(7).await, service.by_email("7@x").await), (saved.clone(), saved));
    assert_eq!(service.list().await, 3);
    assert_eq!(service.cache.stats().invalidations, 2);
}

#[tokio::test]
async fn a_list_is_the_same_as_attributes_below_each_other() {
    let service = Service::new();
    assert_eq!(service.list().await, 1);
    let saved = service.save_in_one_list(7).await;
    assert_eq!(
        (service.by_id(7).await, service.by_email("7@x").await, service.list().await),
        (saved.clone(), saved, 3)
    );
}

#[tokio::test]
async fn a_failed_body_neither_stores_nor_evicts() {
    let service = Service::new();
    let old = service.by_id(0).await;
    assert_eq!(service.list().await, 2);
    assert_eq!(service.save(0).await, Err("no".to_owned()));
    assert_eq!((service.by_id(0).await, service.list().await), (old, 2));
}

#[tokio::test]
async fn a_write_that_is_dropped_gives_up_what_is_known_of_it() {
    let service = Service::with_gate(Gate::closed());
    assert_eq!((service.by_id(7).await.load, service.list().await), (1, 2));
    drop(held(service.save(7)).await);
    assert_eq!((service.by_id(7).await.load, service.list().await), (3, 4));
}

#[tokio::test]
async fn what_is_put_and_evicted_is_evicted_in_either_order() {
    let service = Service::new();
    service.puts_and_evicts_the_same_key(7).await;
    assert_eq!(service.by_id(7).await.load, 2);
    service.evicts_and_puts_the_same_key(7).await;
    assert_eq!(service.by_id(7).await.load, 4);
}

#[tokio::test]
async fn each_eviction_has_its_own_conditions() {
    let service = Service::new();
    assert_eq!((service.list().await, service.by_id(9).await.load), (1, 2));
    service.evicts_each_under_its_own_condition(9).await;
    assert_eq!((service.list().await, service.by_id(9).await.load), (1, 2));
    service.evicts_each_under_its_own_condition(7).await;
    assert_eq!((service.list().await, service.by_id(9).await.load), (5, 2));
}
