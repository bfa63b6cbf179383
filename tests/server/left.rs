//! The end of a cache's part, before real servers.

use std::time::Duration;

use larder::{Cache, Redis};
use larder_test_support::Kind;

use crate::bench::{Items, all_connections, connections, on_every_server, start, within};

on_every_server! {
    no_connection_is_left_and_other_caches_are_not_touched
    an_eviction_that_the_server_did_not_take_is_delivered
}

async fn no_connection_is_left_and_other_caches_are_not_touched(kind: Kind) {
    let server = start(kind);
    let (node, other) = (Items::at(Redis::at(server.url())).await, Items::at(Redis::at(server.url())).await);
    node.item(7).await;
    within(async { while all_connections(&server).await < 6 {} }).await;
    within(node.cache.shutdown()).await.expect("nothing waits");
    let closed = async { while connections(&server).len() > 3 {} };
    within(closed).await;
    assert_eq!(other.item(7).await, "item 7");
    assert_eq!((other.loads(), other.cache.stats().remote_hits), (0, 1));
    within(other.cache.shutdown()).await.expect("nothing waits");
    within(async { while !connections(&server).is_empty() {} }).await;
    assert!(node.cache.ready().await.expect_err("it was left").is_unavailable());
}

async fn an_eviction_that_the_server_did_not_take_is_delivered(kind: Kind) {
    let server = start(kind);
    let cache = Cache::builder("shop").redis(Redis::at(server.url())).budget(Duration::from_millis(100));
    let node = Items::new(cache.build().expect("it can be built"));
    within(async { while node.cache.ready().await.is_err() {} }).await;
    let other = Items::at(Redis::at(server.url())).await;
    node.item(7).await;
    server.stop();
    node.remove(7).await;
    assert_eq!(node.cache.stats().undelivered, 1);
    let ends = tokio::spawn({
        let cache = node.cache.clone();
        async move { cache.shutdown().await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!ends.is_finished());
    server.cont();
    within(ends).await.expect("it runs").expect("it was delivered");
    other.item(7).await;
    assert_eq!(other.loads(), 1, "it was evicted");
}
