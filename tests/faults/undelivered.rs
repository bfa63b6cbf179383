//! Evictions that the second level does not take: they are kept and delivered later, and until then this node reads
//! nothing that they reach.

use std::time::Duration;

use futures::future::{join, join_all};
use larder::ErrorKind;
use larder_test_support::{Fault, Kind, Proxy};

use crate::bench::{Bench, assert_discreet, cheap, eventually, fresh, margin, on_every_server};
use crate::metronome::Watch;
use crate::node::Node;
use crate::support::within;

/// The ways to evict an item.
const WAYS: [&str; 6] = ["key", "tag", "all", "pattern", "tags by hand", "everything by hand"];

/// Evicts an item that the server does not hear of.
async fn evict(node: &Node, way: &str, id: &str) {
    let by_hand = |outcome: Result<(), larder::Error>| {
        let error = outcome.expect_err("it is not delivered");
        assert!(matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Unavailable), "{error}");
        assert_discreet(&format!("{error} {error:?}"));
    };
    match way {
        "key" => assert_eq!(cheap(node.evict(id)).await, Ok(7)),
        "tag" => assert_eq!(cheap(node.evict_tag(id)).await, None),
        "all" => assert_eq!(cheap(node.evict_all()).await, 9),
        "pattern" => assert_eq!(cheap(node.evict_pattern(id)).await, 11),
        "tags by hand" => by_hand(cheap(node.cache.invalidate_tags([format!("item:{id}")])).await),
        _ => by_hand(cheap(node.cache.clear()).await),
    }
}

/// Asks again and again until nothing waits any more: never for the value that was evicted.
async fn is_delivered_without_the_old_value(node: &Node, id: &str, old: &str) {
    let watch = Watch::start();
    loop {
        let waits = node.cache.stats().undelivered > 0;
        assert_ne!(within(node.item(id)).await, old, "what was evicted is back after {:?}", watch.elapsed());
        if !waits {
            return;
        }
        assert!(watch.elapsed() < Duration::from_secs(2) + margin(), "not delivered after {:?}", watch.elapsed());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A node for each way to evict, and its own prefix.
type Nodes = Vec<(Bench, Node)>;

/// Evicts in every way while the server does not hear of it: no value that was evicted is ever seen again.
async fn never_comes_back(
    nodes: &Nodes,
    breaks: impl FnOnce(),
    others: impl AsyncFnOnce(&[String], &[String]),
    mends: impl FnOnce(),
) {
    let ids: Vec<_> = nodes.iter().map(|_| fresh("arg")).collect();
    let each = || nodes.iter().map(|(_, node)| node).zip(&ids);
    let old = within(join_all(each().map(|(node, id)| node.item(id)))).await;
    assert!(nodes.iter().zip(&ids).all(|((bench, _), id)| bench.has(&bench.entry(id))), "the server has them");
    breaks();
    within(join_all(each().zip(WAYS).map(|((node, id), way)| evict(node, way, id)))).await;
    for ((_, node), way) in nodes.iter().zip(WAYS) {
        assert!(node.cache.stats().undelivered > 0, "{way}");
    }
    let new = cheap(join_all(each().map(|(node, id)| node.item(id)))).await;
    assert!(new.iter().zip(&old).all(|(new, old)| new != old), "memory is cleared at once");
    others(&ids, &old).await;
    mends();
    let deliveries = each().zip(&old).map(|((node, id), old)| is_delivered_without_the_old_value(node, id, old));
    within(join_all(deliveries)).await;
    for ((((bench, node), id), old), way) in nodes.iter().zip(&ids).zip(&old).zip(WAYS) {
        let other = bench.other().await;
        assert_ne!(within(other.item(id)).await, *old, "{way}: nor do other nodes see it after the delivery");
        bench.recovers(node).await;
    }
}

async fn nodes(bench: &Bench, node: impl Fn(&Bench) -> Node) -> Nodes {
    let nodes = WAYS.map(|_| {
        let bench = bench.again();
        let node = node(&bench);
        async move {
            let node = bench.warm(node).await;
            (bench, node)
        }
    });
    within(join_all(nodes)).await
}

on_every_server! {
    /// The old entry is still on the server, which comes back with it.
    async fn what_was_evicted_while_the_server_hung_never_comes_back(kind: Kind) {
        let bench = Bench::start(kind);
        let (stops, goes_on) = (|| bench.server.stop(), || bench.server.cont());
        never_comes_back(&nodes(&bench, Bench::node).await, stops, async |_, _| (), goes_on).await;
    }

    /// Without memory each look-up asks the server.
    async fn what_was_evicted_while_the_server_hung_never_comes_back_without_memory(kind: Kind) {
        let bench = Bench::start(kind);
        let (stops, goes_on) = (|| bench.server.stop(), || bench.server.cont());
        never_comes_back(&nodes(&bench, Bench::node_without_memory).await, stops, async |_, _| (), goes_on).await;
    }

    async fn what_was_evicted_while_the_server_was_away_never_comes_back(kind: Kind) {
        let bench = Bench::start(kind);
        let (dies, returns) = (|| bench.server.kill(), || bench.server.restart());
        never_comes_back(&nodes(&bench, Bench::node).await, dies, async |_, _| (), returns).await;
    }

    /// The server hears of nothing at all: the old entry is there until the delivery.
    async fn what_was_evicted_while_the_network_was_away_never_comes_back(kind: Kind) {
        let bench = Bench::start(kind);
        let proxy = Proxy::in_front_of(bench.server.port());
        let without_memory = |bench: &Bench| bench.builder(proxy.port()).l1_ttl(Duration::ZERO);
        let nodes = nodes(&bench, |bench| Node::new(without_memory(bench), proxy.port())).await;
        let others = async |ids: &[String], old: &[String]| {
            for (((bench, _), id), old) in nodes.iter().zip(ids).zip(old) {
                let other = bench.other().await;
                assert_eq!(within(other.item(id)).await, *old, "other nodes have not heard of it yet");
            }
        };
        let mends = || {
            proxy.clear();
            proxy.cut();
        };
        never_comes_back(&nodes, || proxy.set(Fault::BlackHole), others, mends).await;
    }

    /// A put that could not be written must not leave the older value behind.
    async fn what_a_put_replaced_while_the_server_hung_never_comes_back(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm(bench.node_without_memory()).await;
        for late in [false, true] {
            let id = fresh("arg");
            let old = within(node.item(&id)).await;
            bench.server.stop();
            if late {
                cheap(node.put_late(&id, "new")).await;
            } else {
                cheap(node.put(&id, "new")).await;
            }
            assert_eq!(node.cache.stats().undelivered, 1);
            assert_ne!(cheap(node.item(&id)).await, old);
            bench.server.cont();
            is_delivered_without_the_old_value(&node, &id, &old).await;
            let other = bench.other().await;
            assert_ne!(within(other.item(&id)).await, old);
        }
    }

    /// While something waits nothing is read from the server, not even what it does not reach.
    async fn nothing_is_read_while_something_waits(kind: Kind) {
        let bench = Bench::start(kind);
        let proxy = Proxy::in_front_of(bench.server.port());
        let node = bench.warm(bench.node_at(proxy.port())).await;
        let other = bench.warm_node().await;
        let ids: Vec<_> = (0..20).map(|_| fresh("arg")).collect();
        for id in &ids {
            within(other.put(id, "shared")).await;
        }
        proxy.set(Fault::SwallowReplies);
        assert_eq!(cheap(node.evict(&fresh("arg"))).await, Ok(7));
        assert_eq!(node.cache.stats().undelivered, 1);
        let before = node.cache.stats();
        let values = cheap(join_all(ids.iter().map(|id| node.item(id)))).await;
        assert!(values.iter().all(|value| value != "shared"));
        assert_eq!(node.cache.stats().remote_hits, before.remote_hits);
        proxy.clear();
        bench.recovers(&node).await;
    }

    async fn more_than_1024_that_wait_become_the_whole_space(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_node().await;
        let bystander = fresh("arg");
        let proxy = Proxy::in_front_of(bench.server.port());
        let away = bench.warm(bench.node_at(proxy.port())).await;
        let old = within(node.item(&bystander)).await;
        proxy.set(Fault::BlackHole);
        // The first ones find out that nobody answers; the rest does not wait for that any more.
        let ids: Vec<_> = (0..1100).map(|_| fresh("arg")).collect();
        let (first, rest) = ids.split_at(1000);
        within(join_all(first.iter().map(|id| away.evict(id)))).await;
        assert_eq!(away.cache.stats().undelivered, 1000);
        within(join_all(rest.iter().map(|id| away.evict(id)))).await;
        let waits = away.cache.stats().undelivered;
        assert!(waits <= 100, "more than 1024 names become one, and {waits} wait");
        proxy.clear();
        proxy.cut();
        eventually("it is delivered", || away.cache.stats().undelivered == 0).await;
        let other = bench.other().await;
        assert_ne!(within(other.item(&bystander)).await, old, "everything was invalidated");
        bench.recovers(&away).await;
    }

    /// What is evicted during the delivery is delivered too.
    async fn evictions_during_the_recovery_are_delivered(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm(bench.node_without_memory()).await;
        let ids: Vec<_> = (0..200).map(|_| fresh("arg")).collect();
        let old = within(join_all(ids.iter().map(|id| node.item(id)))).await;
        bench.server.stop();
        let evictions = async {
            for ids in ids.chunks(20) {
                join_all(ids.iter().map(|id| node.evict(id))).await;
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let goes_on = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            bench.server.cont();
        };
        within(join(evictions, goes_on)).await;
        eventually("all are delivered", || node.cache.stats().undelivered == 0).await;
        let other = bench.other().await;
        for node in [&node, &other] {
            let new = within(join_all(ids.iter().map(|id| node.item(id)))).await;
            assert!(new.iter().all(|value| !old.contains(value)));
        }
    }
}
