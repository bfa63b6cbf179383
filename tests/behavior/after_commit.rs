//! `timing = after_commit`: what is evicted in a transaction waits for its commit, and is forgotten without one.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use larder::{Cache, CommitScope, HasCache, cacheable};

use crate::in_transaction::{Body, Service};
use crate::support::{held, within};

#[tokio::test]
async fn nothing_is_evicted_before_the_commit_and_everything_when_it_returns() {
    let service = Service::having([1, 2]).await;
    let scope = CommitScope::new();
    scope.run(service.change(1)).await;
    scope.run(service.change(2)).await;
    assert!(service.has(1).await && service.has(2).await);
    let said = scope.commit(async { service.has(3).await }).await;
    assert!(!said, "what the commit says is given back");
    assert!(!service.has(1).await && !service.has(2).await);
}

#[tokio::test]
async fn without_a_commit_everything_is_forgotten() {
    let service = Service::having([1]).await;
    let scope = CommitScope::new();
    scope.run(service.change(1)).await;
    drop(scope);
    assert!(service.has(1).await);
    assert_eq!(service.cache.stats().invalidations, 0);
}

#[tokio::test]
async fn what_others_load_between_the_change_and_the_commit_is_evicted_too() {
    let service = Service::new();
    let scope = CommitScope::new();
    scope.run(service.change(1)).await;
    assert_eq!(service.item(1).await, 1, "the old value, for nothing is committed");
    assert!(service.has(1).await);
    scope.commit(async {}).await;
    assert!(!service.has(1).await);
}

#[tokio::test]
async fn a_load_that_runs_across_the_commit_is_not_stored() {
    #[derive(HasCache)]
    struct Slow {
        #[cache]
        service: std::sync::Arc<Service>,
    }
    impl Slow {
        #[cacheable("item:{id}", namespace = "items")]
        async fn item(&self, id: u64) -> u64 {
            self.service.gate.pass().await;
            self.service.loads.next()
        }
    }
    let service = Service::new();
    let slow = Slow { service: service.clone() };
    let scope = CommitScope::new();
    scope.run(service.change(1)).await;
    let load = held(slow.item(1)).await;
    scope.commit(async {}).await;
    service.gate.open();
    assert_eq!(within(load).await, 1);
    assert!(!service.has(1).await);
}

#[tokio::test]
async fn outside_of_every_scope_it_is_evicted_after_success() {
    let service = Service::having([1]).await;
    assert!(service.change_with(1, Body::Fail).await.is_err() && service.has(1).await);
    assert!(service.change_with(1, Body::Succeed).await.is_ok() && !service.has(1).await);
    drop(held(service.change_with(1, Body::Wait)).await);
    assert!(!service.has(1).await);
}

#[tokio::test]
async fn a_body_that_fails_evicts_nothing_at_the_commit() {
    let service = Service::having([1]).await;
    let scope = CommitScope::new();
    assert!(scope.run(service.change_with(1, Body::Fail)).await.is_err());
    scope.commit(async {}).await;
    assert!(service.has(1).await);
}

#[tokio::test]
async fn a_body_that_is_dropped_or_panics_may_have_written_what_is_committed_later() {
    let service = Service::having([1, 2]).await;
    let scope = CommitScope::new();
    drop(held(scope.run(service.change_with(1, Body::Wait))).await);
    assert!(AssertUnwindSafe(scope.run(service.change_with(2, Body::Panic))).catch_unwind().await.is_err());
    assert!(service.has(1).await && service.has(2).await, "nothing is committed yet");
    scope.commit(async {}).await;
    assert!(!service.has(1).await && !service.has(2).await);
}

#[tokio::test]
async fn a_commit_that_fails_may_have_come_through_and_evicts() {
    let service = Service::having([1]).await;
    let scope = CommitScope::new();
    scope.run(service.change(1)).await;
    assert_eq!(scope.commit(async { Err::<(), _>("the connection was lost") }).await, Err("the connection was lost"));
    assert!(!service.has(1).await);
}

#[tokio::test]
async fn a_commit_that_is_dropped_on_its_way_evicts() {
    let service = Service::having([1]).await;
    let scope = CommitScope::new();
    scope.run(service.change(1)).await;
    drop(held(scope.commit(service.gate.pass())).await);
    assert!(!service.has(1).await);
}

#[tokio::test]
async fn a_commit_that_is_dropped_before_it_began_evicts_nothing() {
    let service = Service::having([1]).await;
    let scope = CommitScope::new();
    scope.run(service.change(1)).await;
    drop(scope.commit(async {}));
    assert!(service.has(1).await);
}

#[tokio::test]
async fn a_commit_that_panics_evicts() {
    let service = Service::having([1]).await;
    let scope = CommitScope::new();
    scope.run(service.change(1)).await;
    let commit = AssertUnwindSafe(scope.commit(async { panic!("on purpose") })).catch_unwind();
    assert!(commit.await.is_err());
    assert!(!service.has(1).await);
}

/// As with diesel's `transaction(|connection| ..)`: the body and the commit are one call.
#[tokio::test]
async fn a_transaction_that_is_one_call_is_run_as_its_commit() {
    let service = Service::having([1, 2]).await;
    let transaction = async {
        service.change(1).await;
        assert!(service.cache.stats().invalidations == 0);
    };
    CommitScope::new().commit(transaction).await;
    assert!(!service.has(1).await);
    let dropped = async {
        service.change(2).await;
        service.gate.pass().await;
    };
    drop(held(CommitScope::new().commit(dropped)).await);
    assert!(!service.has(2).await);
}

#[tokio::test]
async fn what_a_dropped_commit_leaves_behind_in_its_calls_is_evicted_too() {
    let service = Service::having([1]).await;
    let commit = CommitScope::new().commit(service.change_with(1, Body::Wait));
    drop(held(commit).await);
    assert!(!service.has(1).await);
}

#[tokio::test]
async fn of_scopes_inside_each_other_the_innermost_waits() {
    let service = Service::having([1, 2]).await;
    let (outer, inner) = (CommitScope::new(), CommitScope::new());
    outer
        .run(async {
            service.change(1).await;
            inner.run(service.change(2)).await;
        })
        .await;
    inner.commit(async {}).await;
    assert!(service.has(1).await && !service.has(2).await);
    outer.commit(async {}).await;
    assert!(!service.has(1).await);
}

#[tokio::test]
async fn tasks_that_are_spawned_inside_are_not_inside() {
    let service = Service::having([1]).await;
    let scope = CommitScope::new();
    let spawned = service.clone();
    scope.run(async { tokio::spawn(async move { spawned.change(1).await }).await.expect("it ends") }).await;
    assert!(!service.has(1).await);
}

#[test]
fn functions_that_are_not_asynchronous_wait_too_and_need_no_runtime() {
    let service = futures::executor::block_on(Service::having([1]));
    let has = || futures::executor::block_on(service.has(1));
    let scope = CommitScope::new();
    futures::executor::block_on(scope.run(async { service.change_sync(1) }));
    assert!(has());
    futures::executor::block_on(scope.commit(async {}));
    assert!(!has());
}

/// Another scope's future must not be polled elsewhere; where it is, nothing is lost.
#[tokio::test]
async fn a_call_that_ends_after_its_scope_evicts_at_once() {
    let service = Service::having([1, 2]).await;
    let scope = CommitScope::new();
    let mut moved = Box::pin(service.change_with(1, Body::Wait));
    scope.run(async { assert!(futures::poll!(&mut moved).is_pending()) }).await;
    scope.commit(async {}).await;
    service.gate.open();
    assert!(service.has(1).await);
    assert_eq!(within(moved).await, Ok(7));
    assert!(!service.has(1).await);
}

#[tokio::test]
async fn another_timing_evicts_at_once_inside_too() {
    let service = Service::having([1]).await;
    let scope = CommitScope::new();
    scope.run(service.change_at_once(1)).await;
    assert!(!service.has(1).await);
    drop(scope);
}

#[tokio::test]
async fn a_cache_that_is_switched_off_has_nothing_to_wait_for() {
    let service = Service::with(Cache::disabled());
    let scope = CommitScope::new();
    scope.run(service.change(1)).await;
    scope.commit(async {}).await;
    assert_eq!(service.cache.stats().invalidations, 0);
}
