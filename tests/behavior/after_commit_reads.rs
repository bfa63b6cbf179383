//! What is read and put in a transaction: nothing that is not committed comes into the cache.

use std::sync::Arc;

use larder::{Answer, CommitScope, HasCache, bypass, cache_evict, cacheable, observe, refresh};

use crate::in_transaction::{Body, Service};
use crate::support::{held, within};

/// A service around another, in its cache.
#[derive(HasCache)]
struct Outer {
    #[cache]
    service: Arc<Service>,
}

impl Outer {
    /// Finds, or creates what it then returns.
    #[cacheable("found:{id}")]
    async fn find_or_create(&self, id: u64) -> u64 {
        self.service.gate.pass().await;
        self.service.change(id).await;
        self.service.loads.next()
    }

    #[cacheable("maybe:{id}", cache_none)]
    async fn create_none(&self, id: u64) -> Option<u64> {
        self.service.change(id).await;
        self.service.loads.next();
        None
    }

    #[cacheable("list:{ids}", batch)]
    async fn create_many(&self, ids: Vec<u64>) -> Vec<Option<u64>> {
        self.service.put_late(ids[0]).await;
        ids.iter().map(|_| Some(self.service.loads.next())).collect()
    }

    #[cacheable("stacked:{id}")]
    #[cache_evict("item:{id}", namespace = "items", timing = after_commit)]
    async fn stacked(&self, id: u64) -> u64 {
        self.service.loads.next()
    }
}

#[tokio::test]
async fn before_anything_is_changed_calls_hit_and_store_as_ever() {
    let service = Service::having([1]).await;
    let scope = CommitScope::new();
    assert_eq!(scope.run(service.item(1)).await, 1);
    assert_eq!(scope.run(service.item(2)).await, 2);
    drop(scope);
    assert!(service.has(2).await);
}

#[tokio::test]
async fn a_transaction_reads_its_own_writes_and_leaves_them_to_nobody() {
    let service = Service::having([1]).await;
    let scope = CommitScope::new();
    scope.run(service.change(1)).await;
    assert_eq!(scope.run(service.item(1)).await, 2, "its body runs");
    assert_eq!(scope.run(service.item(1)).await, 3, "and it is not stored");
    assert_eq!(scope.run(service.items(vec![1, 2])).await, [Some(4), Some(5)], "neither in a batch");
    assert_eq!(service.item(1).await, 1, "others are given what is committed");
    drop(scope);
    assert_eq!(service.item(1).await, 1);
    assert!(!service.has(2).await);
}

#[tokio::test]
async fn the_body_that_changes_something_reads_its_own_writes_already() {
    let service = Service::having([1]).await;
    let scope = CommitScope::new();
    assert_eq!(scope.run(service.change_and_read(1)).await, 2);
    drop(scope);
    assert_eq!(service.item(1).await, 1);
}

#[tokio::test]
async fn an_observer_is_told_that_the_cache_was_passed_by() {
    let service = Service::having([1]).await;
    let scope = CommitScope::new();
    scope.run(service.change(1)).await;
    let observed = observe(scope.run(service.item(1))).await;
    assert_eq!(observed.outcome().map(|outcome| outcome.answer), Some(Answer::Bypassed));
    drop(scope);
}

#[tokio::test]
async fn a_refresh_inside_stores_nothing() {
    let service = Service::having([1]).await;
    let scope = CommitScope::new();
    scope.run(service.change(1)).await;
    assert_eq!(scope.run(refresh(service.item(1))).await, 2);
    assert_eq!(service.item(1).await, 1);
    drop(scope);
}

#[tokio::test]
async fn an_inner_scope_reads_what_the_outer_one_has_changed() {
    let service = Service::having([1]).await;
    let (outer, inner) = (CommitScope::new(), CommitScope::new());
    outer.run(service.change(1)).await;
    assert_eq!(outer.run(inner.run(service.item(1))).await, 2);
    assert_eq!(inner.run(service.item(1)).await, 1, "alone it has changed nothing");
    drop((outer, inner));
}

/// Its load began as any other, and its value came to be made of what is not committed.
#[tokio::test]
async fn a_load_whose_body_changes_something_is_not_stored_and_given_to_nobody_else() {
    let outer = Outer { service: Service::new() };
    let scope = CommitScope::new();
    let creating = held(scope.run(outer.find_or_create(1))).await;
    let waiting = held(outer.find_or_create(1)).await;
    outer.service.gate.let_through(1);
    assert_eq!(within(creating).await, 1);
    drop(scope);
    outer.service.gate.open();
    assert_eq!(within(waiting).await, 2, "it runs its own body");
}

#[tokio::test]
async fn neither_is_its_none_nor_what_a_batch_brings() {
    let outer = Outer { service: Service::new() };
    let scope = CommitScope::new();
    assert_eq!(scope.run(outer.create_none(1)).await, None);
    drop(scope);
    assert_eq!((outer.create_none(1).await, outer.service.loads.count()), (None, 2));
    let scope = CommitScope::new();
    assert_eq!(scope.run(outer.create_many(vec![1, 2])).await, [Some(3), Some(4)]);
    drop(scope);
    assert_eq!(outer.create_many(vec![1, 2]).await, [Some(5), Some(6)]);
}

#[tokio::test]
async fn a_reader_that_evicts_after_the_commit_stores_nothing_in_the_transaction() {
    let outer = Outer { service: Service::having([1]).await };
    let scope = CommitScope::new();
    assert_eq!(scope.run(outer.stacked(1)).await, 2);
    assert_eq!(scope.run(outer.stacked(1)).await, 3);
    assert!(outer.service.has(1).await);
    scope.commit(async {}).await;
    assert!(!outer.service.has(1).await);
    assert_eq!((outer.stacked(1).await, outer.stacked(1).await), (5, 5), "outside it is stored");
}

#[tokio::test]
async fn a_put_inside_stores_nothing_and_removes_its_key_after_the_commit() {
    let service = Service::having([1, 2]).await;
    let scope = CommitScope::new();
    assert_eq!(scope.run(service.put(1, Body::Succeed)).await, Ok(7));
    assert_eq!(scope.run(service.put_late(2)).await, 2);
    assert_eq!(scope.run(service.item(1)).await, 3, "it reads what was written");
    assert_eq!((service.item(1).await, service.item(2).await), (1, 2), "others do not");
    scope.commit(async {}).await;
    assert!(!service.has(1).await && !service.has(2).await);
}

#[tokio::test]
async fn a_put_that_is_rolled_back_leaves_the_entry() {
    let service = Service::having([1]).await;
    let scope = CommitScope::new();
    assert!(scope.run(service.put(1, Body::Succeed)).await.is_ok());
    drop(scope);
    assert_eq!(service.item(1).await, 1);
}

#[tokio::test]
async fn a_put_that_fails_leaves_the_entry_and_one_that_is_dropped_does_not() {
    let service = Service::having([1, 2]).await;
    let scope = CommitScope::new();
    assert!(scope.run(service.put(1, Body::Fail)).await.is_err());
    drop(held(scope.run(service.put(2, Body::Wait))).await);
    assert!(service.has(2).await);
    scope.commit(async {}).await;
    assert!(service.has(1).await && !service.has(2).await);
}

#[tokio::test]
async fn a_put_inside_of_a_bypass_waits_too() {
    let service = Service::having([1]).await;
    let scope = CommitScope::new();
    assert!(scope.run(bypass(service.put(1, Body::Succeed))).await.is_ok());
    assert!(service.has(1).await);
    scope.commit(async {}).await;
    assert!(!service.has(1).await);
}
