//! The end of a cache's part, before a server that a test holds in its hands.

use std::time::Duration;

use cache_core::port::Stopwatch;
use futures::FutureExt as _;
use larder::testing::{FakeRedis, Moment, Op};
use larder::{Cache, ErrorKind};

use crate::bench::{Items, PATIENCE, within};

/// As documented, with what a machine may add that runs all tests at once.
const LIMIT: Duration = Duration::from_secs(5);
const SLACK: Duration = Duration::from_secs(5);
const ENTRY: &str = "shop:global:items:item:7";

fn node(server: &FakeRedis) -> Items {
    let cache = Cache::builder("shop").redis(server.clone()).budget(PATIENCE);
    Items::new(cache.build().expect("it can be built"))
}

/// Ends the part of a cache in a task of its own.
fn ending(node: &Items) -> tokio::task::JoinHandle<Result<(), larder::Error>> {
    let cache = node.cache.clone();
    tokio::spawn(async move { cache.shutdown().await })
}

#[tokio::test]
async fn every_handle_is_switched_off() {
    let server = FakeRedis::new();
    let node = node(&server);
    let clone = node.clone();
    node.item(7).await;
    node.cache.set("note", "kept".to_owned()).await.expect("stored");
    within(node.cache.shutdown()).await.expect("nothing waits");
    assert!(!clone.cache.is_enabled());
    clone.item(7).await;
    clone.item(7).await;
    assert_eq!(clone.loads(), 3, "each call runs the body");
    assert_eq!(clone.cache.get::<String>("note").await.expect("a miss"), None);
    clone.remove(7).await;
    assert!(server.bytes(ENTRY).is_some(), "nobody reaches the server");
    within(clone.cache.shutdown()).await.expect("it was");
}

#[tokio::test]
async fn in_the_process_it_ends_at_once() {
    let node = Items::new(Cache::in_process());
    node.item(7).await;
    node.cache.shutdown().now_or_never().expect("it waits for nothing").expect("there is nothing to deliver");
    node.item(7).await;
    assert_eq!(node.loads(), 2);
}

#[tokio::test]
async fn an_eviction_under_way_is_waited_for() {
    let server = FakeRedis::new();
    let node = node(&server);
    node.item(7).await;
    let gate = server.gate(Op::Evict, Moment::Before);
    let evicts = tokio::spawn({
        let node = node.clone();
        async move { node.remove(7).await }
    });
    within(gate.arrived()).await;
    let mut ends = ending(&node);
    assert!(tokio::time::timeout(Duration::from_millis(50), &mut ends).await.is_err(), "it waits");
    gate.release();
    within(ends).await.expect("it runs").expect("it was delivered");
    within(evicts).await.expect("it runs");
    assert_eq!(server.bytes(ENTRY), None);
}

#[tokio::test]
async fn an_eviction_whose_caller_is_gone_is_waited_for() {
    let server = FakeRedis::new();
    let node = node(&server);
    node.item(7).await;
    let gate = server.gate(Op::Evict, Moment::Before);
    {
        let mut evicts = Box::pin(node.remove(7));
        assert!(futures::poll!(&mut evicts).is_pending());
    }
    within(gate.arrived()).await;
    let ends = ending(&node);
    gate.release();
    within(ends).await.expect("it runs").expect("it was delivered");
    assert_eq!(server.bytes(ENTRY), None);
}

#[tokio::test]
async fn an_eviction_that_the_server_did_not_take_is_delivered_once_it_does() {
    let server = FakeRedis::new();
    let node = node(&server);
    node.item(7).await;
    server.fail_with(Some(ErrorKind::Unavailable));
    node.remove(7).await;
    assert_eq!(node.cache.stats().undelivered, 1);
    let mut ends = ending(&node);
    assert!(tokio::time::timeout(Duration::from_millis(300), &mut ends).await.is_err(), "it waits");
    server.fail_with(None);
    within(ends).await.expect("it runs").expect("it was delivered");
    assert_eq!(server.bytes(ENTRY), None);
}

#[tokio::test]
async fn a_server_that_stays_away_is_waited_for_no_longer_than_documented() {
    let server = FakeRedis::new();
    let node = node(&server);
    node.item(7).await;
    node.item(8).await;
    server.fail_with(Some(ErrorKind::Unavailable));
    node.remove(7).await;
    node.remove(8).await;
    let began = Stopwatch::start();
    let others = [ending(&node), ending(&node)];
    let error = within(node.cache.shutdown()).await.expect_err("two are left");
    let took = began.elapsed();
    assert!(took >= LIMIT && took < LIMIT + SLACK, "{took:?}");
    assert!(error.is_unavailable() && error.to_string().contains("took 2 of its invalidations"), "{error}");
    for other in others {
        within(other).await.expect("it runs").expect_err("the same answer");
    }
    // The answer does not change, and nobody delivers any more.
    server.fail_with(None);
    node.cache.shutdown().now_or_never().expect("at once").expect_err("the same answer");
    server.take_operations();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(server.operations(), server.take_operations());
    assert!(server.bytes(ENTRY).is_some());
}

#[tokio::test]
async fn a_lease_is_given_back_first() {
    let server = FakeRedis::new();
    let node = node(&server);
    let acquired = server.gate(Op::Acquire, Moment::After);
    let released = server.gate(Op::Release, Moment::Before);
    {
        let mut loads = Box::pin(node.item(7));
        assert!(futures::poll!(&mut loads).is_pending());
        let arrived = async {
            tokio::select! {
                _ = &mut loads => panic!("it was held"),
                () = acquired.arrived() => {}
            }
        };
        within(arrived).await;
    }
    acquired.release();
    within(released.arrived()).await;
    let mut ends = ending(&node);
    assert!(tokio::time::timeout(Duration::from_millis(50), &mut ends).await.is_err(), "it waits");
    released.release();
    within(ends).await.expect("it runs").expect("nothing else waits");
    assert_eq!(server.bytes(format!("shop:#l:{}", &ENTRY[5..])), None, "the lease");
}

#[tokio::test]
async fn a_lock_that_is_being_given_back_is_waited_for() {
    let server = FakeRedis::new();
    let node = node(&server);
    let held = node.cache.lock("invoices").acquire().await.expect("it is free");
    let gate = server.gate(Op::Free, Moment::Before);
    drop(held);
    within(gate.arrived()).await;
    let mut ends = ending(&node);
    assert!(tokio::time::timeout(Duration::from_millis(50), &mut ends).await.is_err(), "it waits");
    gate.release();
    within(ends).await.expect("it runs").expect("nothing else waits");
    assert!(server.names().iter().all(|name| !name.starts_with(b"shop:#k:")), "{:?}", server.names());
}

#[tokio::test]
async fn dropped_and_called_again_it_does_the_rest() {
    let server = FakeRedis::new();
    let node = node(&server);
    node.item(7).await;
    let gate = server.gate(Op::Evict, Moment::Before);
    let evicts = tokio::spawn({
        let node = node.clone();
        async move { node.remove(7).await }
    });
    within(gate.arrived()).await;
    assert!(node.cache.shutdown().now_or_never().is_none(), "it waits");
    assert!(!node.cache.is_enabled());
    gate.release();
    within(evicts).await.expect("it runs");
    within(node.cache.shutdown()).await.expect("it was delivered");
    assert_eq!(server.bytes(ENTRY), None);
    assert!(node.cache.ready().await.expect_err("it was left").is_unavailable());
}

#[tokio::test]
async fn a_load_that_ends_later_gives_its_caller_the_value_and_stores_nothing() {
    let server = FakeRedis::new();
    let node = node(&server);
    let gate = server.gate(Op::Acquire, Moment::After);
    let loads = tokio::spawn({
        let node = node.clone();
        async move { node.item(7).await }
    });
    within(gate.arrived()).await;
    within(node.cache.shutdown()).await.expect("no invalidation waits");
    gate.release();
    assert_eq!(within(loads).await.expect("it runs"), "item 7");
    assert_eq!(server.bytes(ENTRY), None);
}

#[tokio::test]
async fn another_cache_on_the_server_goes_on() {
    let server = FakeRedis::new();
    let (one, two) = (node(&server), node(&server));
    one.item(7).await;
    within(one.cache.shutdown()).await.expect("nothing waits");
    two.item(7).await;
    assert_eq!((two.loads(), two.cache.stats().remote_hits), (0, 1));
    two.remove(7).await;
    assert_eq!(server.bytes(ENTRY), None);
}

#[tokio::test]
async fn locks_and_counters_are_not_served_any_more() {
    let node = node(&FakeRedis::new());
    within(node.cache.shutdown()).await.expect("nothing waits");
    assert!(node.cache.lock("invoices").try_acquire().await.expect_err("it was left").is_unavailable());
    assert!(node.cache.counter("views").increment().await.expect_err("it was left").is_unavailable());
}
