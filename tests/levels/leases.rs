//! The lease to load: nobody keeps it longer than it needs it, and nobody waits longer for it than it is worth.

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::{FakeRedis, Moment, Op};
use futures::future::join_all;
use larder::{Cache, HasCache, cacheable};

use crate::following::Following;
use crate::level::{Level, on_every_level};
use crate::nodes::{begin, end};
use crate::support::{Gate, Loads, held, within};

/// What the first load comes to; every later one brings a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    Value,
    Error,
    Nothing,
    Panic,
    Rejected,
    TooLarge,
}

#[derive(Debug)]
struct Source {
    loads: Loads,
    gate: Gate,
}

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    source: Arc<Source>,
}

impl Node {
    fn on(caches: [Cache; 2]) -> [Arc<Self>; 2] {
        let source = Arc::new(Source { loads: Loads::default(), gate: Gate::closed() });
        caches.map(|cache| Arc::new(Self { cache, source: Arc::clone(&source) }))
    }

    fn two(level: &Level) -> [Arc<Self>; 2] {
        let cache = || level.builder().value_limit(100).following();
        Self::on([cache(), cache()])
    }

    #[cacheable("item:{id}", unless = |text| text == "rejected")]
    async fn get(self: Arc<Self>, id: u64, first: First) -> Result<Option<String>, String> {
        let _ = id;
        let load = self.source.loads.next();
        self.source.gate.pass().await;
        match first {
            First::Value => {}
            _ if load > 1 => {}
            First::Error => return Err("failed".to_owned()),
            First::Nothing => return Ok(None),
            First::Panic => panic!("the first load panics"),
            First::Rejected => return Ok(Some("rejected".to_owned())),
            First::TooLarge => return Ok(Some("x".repeat(200))),
        }
        Ok(Some(load.to_string()))
    }
}

#[allow(clippy::unnecessary_wraps, reason = "it is what a call returns")]
fn text(load: u64) -> Result<Option<String>, String> {
    Ok(Some(load.to_string()))
}

/// The first load ends like this; then no lease is left, and the other node's load is stored.
async fn freed(level: &Level, first: First) {
    let [a, b] = Node::two(level);
    let load = begin(Arc::clone(&a).get(7, first));
    a.source.gate.arrival().await;
    assert!(level.names().iter().any(|name| name.starts_with("#l:")));
    a.source.gate.open();
    let ended = within(load).await;
    assert_eq!(ended.is_err(), first == First::Panic);
    level.until_no_lease_is_left().await;
    assert_eq!(within(Arc::clone(&b).get(7, first)).await, text(2));
    assert_eq!(within(Arc::clone(&a).get(7, first)).await, text(2), "{first:?}: it is stored");
}

/// A node that is given its server's answers by the test.
fn on_fake() -> (FakeRedis, Level, [Arc<Node>; 2]) {
    let server = FakeRedis::new();
    let level = Level::on(server.clone());
    let nodes = Node::on([level.node_without_memory(), level.node_without_memory()]);
    (server, level, nodes)
}

on_every_level! {
    async fn a_load_that_fails_frees_its_lease(level: Level) {
        freed(&level, First::Error).await;
    }

    async fn a_load_that_finds_nothing_frees_its_lease(level: Level) {
        freed(&level, First::Nothing).await;
    }

    async fn a_load_that_panics_frees_its_lease(level: Level) {
        freed(&level, First::Panic).await;
    }

    async fn a_load_that_unless_rejects_frees_its_lease(level: Level) {
        freed(&level, First::Rejected).await;
    }

    async fn a_load_whose_value_is_too_large_frees_its_lease(level: Level) {
        freed(&level, First::TooLarge).await;
    }

    async fn a_load_that_is_cancelled_frees_its_lease(level: Level) {
        let [a, b] = Node::two(&level);
        let load = begin(Arc::clone(&a).get(7, First::Value));
        a.source.gate.arrival().await;
        load.abort();
        within(load).await.expect_err("it was cancelled");
        level.until_no_lease_is_left().await;
        b.source.gate.open();
        assert_eq!(within(Arc::clone(&b).get(7, First::Value)).await, text(2));
        assert_eq!(within(Arc::clone(&a).get(7, First::Value)).await, text(2), "it is stored");
    }

    async fn two_keys_load_at_the_same_time_on_two_nodes(level: Level) {
        let [a, b] = Node::two(&level);
        let loads = [begin(Arc::clone(&a).get(7, First::Value)), begin(Arc::clone(&b).get(8, First::Value))];
        a.source.gate.arrival().await;
        a.source.gate.arrival().await;
        a.source.gate.open();
        for load in loads {
            assert!(end(load).await.is_ok());
        }
        assert_eq!((a.cache.stats().stored, b.cache.stats().stored), (1, 1));
    }

    async fn a_hundred_callers_of_a_cold_key_on_two_nodes_run_the_body_once(level: Level) {
        let [a, b] = Node::two(&level);
        let first = begin(Arc::clone(&a).get(7, First::Value));
        a.source.gate.arrival().await;
        let calls = (0..100).map(|call| begin(Arc::clone(if call % 2 == 0 { &a } else { &b }).get(7, First::Value)));
        let calls: Vec<_> = calls.collect();
        a.source.gate.open();
        assert_eq!(end(first).await, text(1));
        for call in calls {
            assert_eq!(end(call).await, text(1));
        }
        assert_eq!(a.source.loads.count(), 1);
        assert_eq!(b.cache.stats().remote_hits, 1, "the second node has waited for the first");
        assert_eq!(b.cache.stats().misses, 0);
    }

    async fn a_lease_that_its_holder_has_left_behind_is_over_in_its_own_time(level: Level) {
        let left_behind = level.builder().lease(Duration::from_millis(200)).following();
        let [dead, alive] = Node::on([left_behind, level.node()]);
        let holder = begin(Arc::clone(&dead).get(7, First::Value));
        dead.source.gate.arrival().await;
        // It never goes on; the other one waits for what is left of the lease, and not for two seconds.
        let call = begin(Arc::clone(&alive).get(7, First::Value));
        alive.source.gate.arrival().await;
        alive.source.gate.let_through(2);
        assert_eq!(end(call).await, text(2));
        drop(holder);
    }

    /// Two seconds of real time, for the wait itself is what is shown.
    async fn a_caller_waits_two_seconds_for_another_nodes_load_and_then_loads_without_storing(level: Level) {
        let [a, b] = Node::two(&level);
        let holder = begin(Arc::clone(&a).get(7, First::Value));
        a.source.gate.arrival().await;
        let calls: Vec<_> = (0..50).map(|_| begin(Arc::clone(&b).get(7, First::Value))).collect();
        b.source.gate.arrival().await;
        b.source.gate.open();
        for call in calls {
            assert!(end(call).await.is_ok());
        }
        assert_eq!(b.cache.stats().unstored, b.cache.stats().misses);
        assert_eq!(b.cache.stats().misses, 1, "one body for all fifty");
        assert!(end(holder).await.is_ok());
        assert_eq!(a.cache.stats().stored, 1, "the holder stores");
    }
}

/// Dropped at each operation on its way there and back: no lease is left, and the other node loads and stores at once.
#[tokio::test]
async fn a_load_that_is_dropped_at_any_operation_frees_its_lease() {
    for op in [Op::Read, Op::Acquire, Op::Fill] {
        for moment in [Moment::Before, Moment::After] {
            let (server, level, [a, b]) = on_fake();
            a.source.gate.open();
            let gate = server.gate(op, moment);
            let call = held(Arc::clone(&a).get(7, First::Value)).await;
            assert!(gate.has_arrived(), "{op:?} {moment:?}");
            drop(call);
            gate.release();
            level.until_no_lease_is_left().await;
            let load = within(Arc::clone(&b).get(7, First::Value)).await;
            assert_eq!(within(Arc::clone(&a).get(7, First::Value)).await, load, "{op:?} {moment:?}: it is stored");
        }
    }
}

/// The waiting call takes over from a leader that is dropped at any operation, or in its body.
#[tokio::test]
async fn a_waiting_call_takes_over_from_a_leader_that_is_dropped_at_any_operation() {
    for op in [Op::Read, Op::Acquire, Op::Fill] {
        for moment in [Moment::Before, Moment::After] {
            let (server, level, [a, _]) = on_fake();
            a.source.gate.open();
            let gate = server.gate(op, moment);
            let leader = held(Arc::clone(&a).get(7, First::Value)).await;
            assert!(gate.has_arrived());
            let waiting = join_all((0..20).map(|_| held(Arc::clone(&a).get(7, First::Value)))).await;
            drop(leader);
            gate.release();
            let values = within(join_all(waiting)).await;
            assert!(values.iter().all(|value| *value == values[0]), "{op:?} {moment:?}: {values:?}");
            assert!(a.source.loads.count() <= 2, "{op:?} {moment:?}: {} loads", a.source.loads.count());
            level.until_no_lease_is_left().await;
        }
    }
}

#[tokio::test]
async fn a_waiting_call_takes_over_from_a_leader_that_is_dropped_in_its_body() {
    let (_, level, [a, b]) = on_fake();
    let leader = held(Arc::clone(&a).get(7, First::Value)).await;
    let waiting = join_all((0..20).map(|_| held(Arc::clone(&a).get(7, First::Value)))).await;
    drop(leader);
    a.source.gate.open();
    assert!(within(join_all(waiting)).await.iter().all(|value| *value == text(2)));
    assert_eq!(within(Arc::clone(&b).get(7, First::Value)).await, text(2), "it is stored");
    assert_eq!(a.source.loads.count(), 2);
    level.until_no_lease_is_left().await;
}

/// A lease whose answer was lost is given back too.
#[tokio::test]
async fn a_lease_whose_grant_was_lost_is_freed() {
    let (server, level, [a, b]) = on_fake();
    a.source.gate.open();
    server.gate(Op::Acquire, Moment::After).fail(larder::ErrorKind::Timeout);
    assert_eq!(within(Arc::clone(&a).get(7, First::Value)).await, text(1));
    level.until_no_lease_is_left().await;
    assert_eq!(within(Arc::clone(&b).get(7, First::Value)).await, text(2));
    assert_eq!(within(Arc::clone(&a).get(7, First::Value)).await, text(2), "it is stored");
}
