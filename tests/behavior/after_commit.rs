//! `timing = after_commit`: what is evicted in a transaction waits for its commit, and is forgotten without one.

use std::panic::AssertUnwindSafe;

use futures::FutureExt;
use larder::{Cache, CommitScope, HasCache, cache_evict, cacheable, caching};

use crate::in_transaction::{Body, Service};
use crate::support::{Loads, held, within};

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

#[derive(HasCache)]
struct Selectors {
    #[cache]
    cache: Cache,
    other: Cache,
    loads: Loads,
}

impl Selectors {
    #[cacheable("a:{id}", namespace = "space/a", tags = ["tag-{id}", across_tenants("all")])]
    async fn a(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable(namespace = "space/b", cache = self.other)]
    async fn b(&self, id: u64) -> u64 {
        self.loads.next()
    }

    /// Which of them are in the caches.
    async fn have(&self, ids: [u64; 3]) -> [bool; 6] {
        let mut have = [false; 6];
        for (at, id) in ids.into_iter().enumerate() {
            let before = self.loads.count();
            self.a(id).await;
            have[at] = self.loads.count() == before;
            let before = self.loads.count();
            self.b(id).await;
            have[3 + at] = self.loads.count() == before;
        }
        have
    }

    #[cache_evict(keys = ids.iter().map(|id| format!("a:{id}")), namespace = "space/a", timing = after_commit)]
    async fn keys(&self, ids: &[u64]) {}

    #[cache_evict(tags = ["tag-{id}", "tag-{result}"], timing = after_commit)]
    async fn tags(&self, id: u64) -> u64 {
        id + 1
    }

    #[cache_evict(tags = [across_tenants("all")], timing = after_commit)]
    async fn across(&self) {}

    #[cache_evict(tags = |count| (0..*count).map(|id| format!("many-{id}")), timing = after_commit)]
    async fn many_tags(&self, count: u64) -> u64 {
        count
    }

    #[cache_evict(pattern = "a:{id}*", namespace = "space/a", timing = after_commit)]
    async fn pattern(&self, id: u64) {}

    #[cache_evict(all, namespace = "space", timing = after_commit)]
    async fn all(&self) {}

    #[cache_evict(all, across_tenants, namespace = "space/b", cache = self.other, timing = after_commit)]
    async fn all_across(&self) {}

    #[cache_evict(of = Self::b, args(id = id), cache = self.other, timing = after_commit)]
    async fn of(&self, id: u64) {}

    #[cache_evict(of = Self::b, args(id = |id| *id), cache = self.other, timing = after_commit, unless = |id| *id == 3)]
    async fn of_result(&self, id: u64) -> u64 {
        id
    }

    #[caching(
        cache_evict("a:{id}", namespace = "space/a", timing = before),
        cache_evict(of = Self::b, args(id = id), cache = self.other, timing = after_commit),
        cache_evict(tags = ["tag-2"])
    )]
    async fn stacked(&self, id: u64) {}
}

async fn selectors() -> Selectors {
    let selectors = Selectors { cache: Cache::in_process(), other: Cache::in_process(), loads: Loads::default() };
    selectors.have([1, 2, 3]).await;
    assert_eq!(selectors.have([1, 2, 3]).await, [true; 6]);
    selectors
}

/// What is left after the commit of this; nothing was gone before.
async fn left<F: Future>(selectors: &Selectors, change: F) -> [bool; 6] {
    let scope = CommitScope::new();
    scope.run(change).await;
    assert_eq!(selectors.have([1, 2, 3]).await, [true; 6]);
    scope.commit(async {}).await;
    selectors.have([1, 2, 3]).await
}

#[tokio::test]
async fn whatever_names_the_entries_waits() {
    let all = [true; 6];
    let s = &selectors().await;
    assert_eq!(left(s, s.keys(&[1, 3])).await, [false, true, false, true, true, true]);
    assert_eq!(left(s, s.tags(1)).await, [false, false, true, true, true, true]);
    assert_eq!(left(s, s.across()).await, [false, false, false, true, true, true]);
    assert_eq!(left(s, s.pattern(2)).await, [true, false, true, true, true, true]);
    assert_eq!(left(s, s.all()).await, [false, false, false, true, true, true]);
    assert_eq!(left(s, s.all_across()).await, [true, true, true, false, false, false]);
    assert_eq!(left(s, s.of(2)).await, [true, true, true, true, false, true]);
    assert_eq!(left(s, s.of_result(1)).await, [true, true, true, false, true, true]);
    assert_eq!(left(s, s.of_result(3)).await, all, "`unless` objects");
}

#[tokio::test]
async fn of_several_attributes_each_keeps_its_own_time() {
    let selectors = selectors().await;
    let scope = CommitScope::new();
    scope.run(selectors.stacked(1)).await;
    assert_eq!(selectors.have([1, 2, 3]).await, [false, false, true, true, true, true]);
    scope.commit(async {}).await;
    assert_eq!(selectors.have([1, 2, 3]).await, [true, true, true, false, true, true]);
}

#[tokio::test]
async fn the_same_name_waits_once() {
    let selectors = selectors().await;
    let scope = CommitScope::new();
    for _ in 0..3 {
        scope.run(selectors.keys(&[1, 2, 1])).await;
        scope.run(selectors.pattern(1)).await;
        scope.run(selectors.tags(1)).await;
    }
    scope.commit(async {}).await;
    assert_eq!(selectors.cache.stats().invalidations, 2 + 1 + 2);
}

#[tokio::test]
async fn what_lies_in_a_namespace_that_is_evicted_needs_no_name() {
    let selectors = selectors().await;
    let scope = CommitScope::new();
    scope.run(selectors.keys(&[1, 2])).await;
    scope.run(selectors.all()).await;
    scope.run(selectors.pattern(3)).await;
    scope.commit(async {}).await;
    assert_eq!(selectors.cache.stats().invalidations, 1);
    assert_eq!(selectors.have([1, 2, 3]).await, [false, false, false, true, true, true]);
}

#[tokio::test]
async fn more_than_1024_keys_become_their_namespace() {
    let selectors = selectors().await;
    let ids: Vec<u64> = (10..1034).collect();
    assert_eq!(left(&selectors, selectors.keys(&ids)).await, [true; 6]);
    let many = async {
        selectors.keys(&ids).await;
        selectors.keys(&[9]).await;
        selectors.of(1).await;
    };
    assert_eq!(left(&selectors, many).await, [false, false, false, false, true, true]);
    assert_eq!(selectors.cache.stats().invalidations, 1024 + 1);
    assert_eq!(selectors.other.stats().invalidations, 1, "of another cache all are named");
}

#[tokio::test]
async fn more_than_16_patterns_become_their_namespace() {
    let selectors = selectors().await;
    let patterns = async |count: u64| {
        for id in 10..10 + count {
            selectors.pattern(id).await;
        }
    };
    assert_eq!(left(&selectors, patterns(16)).await, [true; 6]);
    assert_eq!(left(&selectors, patterns(17)).await, [false, false, false, true, true, true]);
    assert_eq!(selectors.cache.stats().invalidations, 16 + 1);
}

#[tokio::test]
async fn more_than_1024_tags_become_everything() {
    let selectors = selectors().await;
    assert_eq!(left(&selectors, selectors.many_tags(1024)).await, [true; 6]);
    let many = async {
        selectors.many_tags(1025).await;
        selectors.keys(&[1]).await;
        selectors.across().await;
    };
    assert_eq!(left(&selectors, many).await, [false, false, false, true, true, true]);
    assert_eq!(selectors.cache.stats().invalidations, 1024 + 2, "everything, and what is other tenants' too");
}
