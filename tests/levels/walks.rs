//! An eviction by pattern walks over all keys: what becomes of it where the server fails on the way.

use std::sync::Arc;
use std::time::Duration;

use cache_core::port::Stopwatch;
use cache_core::testing::{FakeRedis, Moment, Op};
use larder::{Cache, ErrorKind, HasCache, cache_evict, cacheable};

use crate::following::Following;
use crate::level::Level;
use crate::support::{Loads, within};

const KEYS: u64 = 60;

#[derive(Debug, HasCache)]
struct Node {
    #[cache]
    cache: Cache,
    loads: Loads,
}

impl Node {
    #[cacheable("item:{id}", namespace = "items")]
    async fn get(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("other", namespace = "items")]
    async fn other(&self) -> u64 {
        self.loads.next()
    }

    #[cache_evict(namespace = "items", pattern = "item:*")]
    async fn evict(&self) {}

    /// How many of the items are not cached any more.
    async fn missing(&self) -> u64 {
        let before = self.loads.count();
        for id in 0..KEYS {
            within(self.get(id)).await;
        }
        self.loads.count() - before
    }
}

/// A node that keeps nothing in memory, with all items and the other one on the server.
async fn filled() -> (FakeRedis, Arc<Node>) {
    let server = FakeRedis::new();
    let builder = Level::on(server.clone()).builder().l1_ttl(Duration::ZERO);
    let node = Arc::new(Node { cache: builder.following(), loads: Loads::default() });
    assert_eq!(node.missing().await, KEYS);
    within(node.other()).await;
    server.take_operations();
    (server, node)
}

#[tokio::test]
async fn a_step_that_fails_is_tried_again_and_not_the_whole_walk() {
    let (server, node) = filled().await;
    within(node.evict()).await;
    let steps = server.take_operations().scan;
    assert!(steps > 3, "the walk has {steps} steps");
    node.missing().await;

    let third = [(); 3].map(|()| server.gate(Op::Scan, Moment::Before));
    server.take_operations();
    let walk = tokio::spawn({
        let node = Arc::clone(&node);
        async move { node.evict().await }
    });
    let [one, two, three] = third;
    within(one.arrived()).await;
    one.release();
    within(two.arrived()).await;
    two.release();
    within(three.arrived()).await;
    three.fail(ErrorKind::Unavailable);
    within(walk).await.expect("it ends");
    assert_eq!(server.take_operations().scan, steps + 1);
    assert_eq!((node.missing().await, node.cache.stats().undelivered), (KEYS, 0));
    let loads = node.loads.count();
    within(node.other()).await;
    assert_eq!(node.loads.count(), loads, "what the pattern does not match stays");
}

/// Nobody else is served while the server looks at a page: it has as much time for the others.
#[tokio::test]
async fn after_a_step_the_walk_rests_for_as_long_as_it_took() {
    let (server, node) = filled().await;
    let [one, two] = [(); 2].map(|()| server.gate(Op::Scan, Moment::Before));
    let walk = tokio::spawn({
        let node = Arc::clone(&node);
        async move { node.evict().await }
    });
    within(one.arrived()).await;
    let step = Stopwatch::start();
    tokio::time::sleep(Duration::from_millis(60)).await;
    let (took, rest) = (step.elapsed(), Stopwatch::start());
    one.release();
    within(two.arrived()).await;
    assert!(rest.elapsed() >= took.min(Duration::from_millis(100)), "{:?} after {took:?}", rest.elapsed());
    two.release();
    within(walk).await.expect("it ends");
}

/// Where the walk has come to means nothing to it: what it had looked at already might be elsewhere.
#[tokio::test]
async fn a_server_that_begins_again_on_the_way_is_walked_over_anew() {
    let (server, node) = filled().await;
    let before = server.save();
    let gates = [(); 3].map(|()| server.gate(Op::Scan, Moment::Before));
    let walk = tokio::spawn({
        let node = Arc::clone(&node);
        async move { node.evict().await }
    });
    let [one, two, three] = gates;
    within(one.arrived()).await;
    one.release();
    within(two.arrived()).await;
    two.release();
    within(three.arrived()).await;
    // Everything that the walk has removed is back.
    server.restart(&before);
    three.release();
    within(walk).await.expect("it ends");
    within(async {
        while node.cache.stats().undelivered > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(node.missing().await, KEYS);
}

/// What a walk leaves behind is invalidated with its whole namespace, in one step, as soon as the server answers.
#[tokio::test]
async fn a_walk_that_cannot_go_on_becomes_the_whole_namespace() {
    let (server, node) = filled().await;
    let gate = server.gate(Op::Scan, Moment::Before);
    let walk = tokio::spawn({
        let node = Arc::clone(&node);
        async move { node.evict().await }
    });
    within(gate.arrived()).await;
    server.fail_with(Some(ErrorKind::Unavailable));
    gate.fail(ErrorKind::Unavailable);
    within(walk).await.expect("it ends");
    assert!(node.cache.stats().undelivered > 0);
    server.fail_with(None);
    within(async {
        while node.cache.stats().undelivered > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    let loads = node.loads.count();
    within(node.other()).await;
    assert_eq!(node.loads.count(), loads + 1);
    assert_eq!(node.missing().await, KEYS);
}
