//! A network that is slow, loses what it is given, breaks off, or delivers something else.

use std::time::Duration;

use futures::future::{join, join_all};
use larder_test_support::{Fault, Kind, Proxy};

use crate::bench::{Bench, cheap, eventually, fresh, on_every_server};
use crate::node::Node;
use crate::support::{Gate, within};
use crate::trouble::Expected;

const SILENT: Expected<'static> = Expected {
    counter: "timeout",
    beside: &["unavailable"],
    says: "did not answer in time: check whether it is overloaded or far away, or raise the cache's budget",
};
const BROKEN: Expected<'static> = Expected { counter: "unavailable", beside: &["timeout"], says: "it is made anew" };
const NONSENSE: Expected<'static> = Expected {
    counter: "server",
    beside: &["unavailable", "timeout"],
    says: "answered what Redis does not: check that REDIS_URL names a Redis server",
};

async fn through_a_network(kind: Kind) -> (Bench, Proxy, Node) {
    behind_a_network(Bench::start(kind)).await
}

async fn behind_a_network(bench: Bench) -> (Bench, Proxy, Node) {
    let proxy = Proxy::in_front_of(bench.server.port());
    let node = bench.warm(bench.node_at(proxy.port())).await;
    (bench, proxy, node)
}

/// Entries that some node stored, each with the value that it must have.
async fn stored(bench: &Bench, count: usize) -> Vec<(String, String)> {
    let other = bench.warm_node().await;
    let items: Vec<_> = (0..count).map(|_| fresh("arg")).map(|id| (id.clone(), format!("value of {id}"))).collect();
    within(join_all(items.iter().map(|(id, value)| other.put(id, value)))).await;
    items
}

on_every_server! {
    async fn a_server_whose_replies_take_100_ms_is_used(kind: Kind) {
        let (bench, proxy, node) = through_a_network(kind).await;
        let items = stored(&bench, 100).await;
        proxy.set(Fault::Delay(Duration::from_millis(100)));
        let mut read = 0;
        for round in items.chunks(20) {
            // A call that comes just when the adapter asks for the server's time waits for that reply too: 200 ms.
            let before = node.cache.stats().remote_hits;
            cheap(join_all(round.iter().map(|(id, _)| node.item(id)))).await;
            read = read.max(node.cache.stats().remote_hits - before);
        }
        assert_eq!(read, 20, "all are read from the server: {:?}", node.cache.stats());
        // Three replies take longer than a budget, so that the last one, the fill's, is not waited for.
        node.unconfirmed_loads_run().await;
        assert_eq!(node.cache.stats().trouble.unavailable, 0, "the connection is kept: {:?}", node.cache.stats());
        proxy.clear();
        bench.recovers(&node).await;
    }

    async fn a_server_whose_replies_take_300_ms_is_not_waited_for(kind: Kind) {
        let (bench, proxy, node) = through_a_network(kind).await;
        let items = stored(&bench, 4).await;
        proxy.set(Fault::Delay(Duration::from_millis(300)));
        SILENT.is_survived(&bench, &node).await;
        for (id, value) in &items {
            assert_ne!(cheap(node.item(id)).await, *value, "it is loaded");
        }
        proxy.clear();
        bench.recovers(&node).await;
    }

    async fn a_network_that_loses_everything_is_survived(kind: Kind) {
        let (bench, proxy, node) = through_a_network(kind).await;
        proxy.set(Fault::BlackHole);
        SILENT.is_survived(&bench, &node).await;
        SILENT.is_told(&node).await;
        proxy.clear();
        bench.recovers(&node).await;
    }

    async fn a_network_that_loses_replies_is_survived(kind: Kind) {
        let (bench, proxy, node) = through_a_network(kind).await;
        proxy.set(Fault::SwallowReplies);
        SILENT.is_survived(&bench, &node).await;
        proxy.clear();
        bench.recovers(&node).await;
    }

    /// Behind a router that has forgotten it a connection stays silent for ever; a new one does not.
    async fn a_connection_that_stays_silent_is_replaced(kind: Kind) {
        let (bench, proxy, node) = through_a_network(kind).await;
        let accepted = proxy.accepted();
        proxy.set(Fault::BlackHole);
        for _ in 0..3 {
            cheap(node.item(&fresh("arg"))).await;
        }
        proxy.clear();
        bench.recovers(&node).await;
        assert!(proxy.accepted() > accepted, "another connection was made");
    }

    async fn a_connection_that_breaks_off_within_a_reply_is_made_anew(kind: Kind) {
        let all = Bench::start(kind);
        for bytes in [0, 1, 3, 6, 12, 40, 90, 150] {
            let (bench, proxy, node) = behind_a_network(all.again()).await;
            let (id, value) = stored(&bench, 1).await.remove(0);
            let before = node.cache.stats().trouble;
            proxy.set(Fault::CutAfter(bytes));
            let (read, loads) = (cheap(node.item(&id)).await, node.loads.count());
            assert!(read == *value || read == node.value(loads), "after {bytes} bytes: {read}");
            node.loads_run().await;
            assert_eq!(cheap(node.evict(&id)).await, Ok(7));
            BROKEN.is_counted(&before, &node);
            BROKEN.is_said(&bench, &node);
            proxy.clear();
            bench.recovers(&node).await;
        }
    }

    async fn a_connection_that_breaks_gives_no_call_the_reply_to_another(kind: Kind) {
        let (bench, proxy, node) = through_a_network(kind).await;
        let items = stored(&bench, 100).await;
        for round in items.chunks(20) {
            let calls = join_all(round.iter().map(|(id, _)| node.item(id)));
            let cut = async {
                tokio::task::yield_now().await;
                proxy.cut();
            };
            for (read, (_, value)) in cheap(join(calls, cut)).await.0.iter().zip(round) {
                assert!(read == value || !read.starts_with("value of"), "{read} is not {value}");
            }
            bench.recovers(&node).await;
        }
    }

    /// The fill and the lease's return were lost with the network: the lease stands on the server still.
    async fn a_lease_whose_return_was_lost_is_returned_later(kind: Kind) {
        let (bench, proxy, node) = through_a_network(kind).await;
        let (id, gate) = (fresh("arg"), Gate::closed());
        let lease = bench.full(&format!("#l:global:items:item:{id}"));
        let loses = async {
            gate.arrival().await;
            proxy.set(Fault::BlackHole);
            gate.open();
        };
        cheap(join(node.gated(&id, &gate), loses)).await;
        assert!(bench.has(&lease), "it stands on the server");
        proxy.clear();
        bench.recovers(&node).await;
        eventually("it is returned", || !bench.has(&lease)).await;
        cheap(node.item(&id)).await;
        assert!(bench.has(&bench.entry(&id)), "the next load is stored");
    }

    async fn what_is_no_reply_is_survived(kind: Kind) {
        let all = Bench::start(kind);
        let garbage = [
            b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n".to_vec(),
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\0\0\0\0".to_vec(),
            b"+OK\r\n".to_vec(),
            b":4711\r\n".to_vec(),
            b"*2\r\n*-1\r\n$-7\r\nx\r\n".to_vec(),
            b"*1\r\n".repeat(100_000),
            b"$99999999999999999999\r\n".to_vec(),
        ];
        for garbage in garbage {
            let (bench, proxy, node) = behind_a_network(all.again()).await;
            let before = node.cache.stats().trouble;
            proxy.set(Fault::Garbage(garbage));
            node.loads_run().await;
            assert_eq!(cheap(node.evict(&fresh("arg"))).await, Ok(7));
            NONSENSE.is_counted(&before, &node);
            NONSENSE.is_said(&bench, &node);
            proxy.clear();
            bench.recovers(&node).await;
        }
    }

    /// A length that never comes is no nonsense that could be told: it is waited for.
    async fn a_reply_that_promises_more_than_comes_is_survived(kind: Kind) {
        let (bench, proxy, node) = through_a_network(kind).await;
        proxy.set(Fault::Garbage(b"$400000000\r\nthat was all".to_vec()));
        SILENT.is_survived(&bench, &node).await;
        proxy.clear();
        bench.recovers(&node).await;
    }
}
