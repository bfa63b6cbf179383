//! A server that takes no writes: its memory is full, it cannot save, it has become a replica; and one that forgets.

use std::fs;

use futures::future::{join, join_all};
use larder::Trouble;
use larder_test_support::{Fault, Kind, Proxy, Server, Value};

use crate::bench::{Bench, cheap, eventually, fresh, on_every_server};
use crate::support::{Gate, within};
use crate::trouble::Expected;

const FULL: Expected<'static> = Expected {
    counter: "full",
    beside: &[],
    says: "has no memory left: raise its maxmemory, or set maxmemory-policy allkeys-lru",
};

on_every_server! {
    async fn a_full_server_stores_nothing_and_still_evicts(kind: Kind) {
        let bench = Bench::start(kind);
        let (node, other) = (bench.warm_patient_node().await, bench.other().await);
        let (id, unstored) = (fresh("arg"), fresh("arg"));
        bench.told(&["CONFIG", "SET", "maxmemory", "1"]);
        FULL.is_survived(&bench, &node).await;
        assert_eq!(node.cache.stats().undelivered, 0, "the server takes every eviction");
        bench.told(&["CONFIG", "SET", "maxmemory", "0"]);
        let old = within(node.item(&id)).await;
        assert_eq!(within(other.item(&id)).await, old);
        bench.told(&["CONFIG", "SET", "maxmemory", "1"]);
        assert_eq!(within(other.item(&id)).await, old, "what is there is read");
        assert!(cheap(node.item(&unstored)).await.contains("value"));
        assert!(!bench.has(&bench.entry(&unstored)), "nothing is stored");
        assert_eq!(cheap(node.evict(&id)).await, Ok(7));
        assert_eq!(node.cache.stats().undelivered, 0, "the server takes it");
        let loads = other.loads.count();
        assert!(cheap(other.item(&id)).await.contains("value"));
        assert_eq!(other.loads.count(), loads + 1, "the eviction reaches other nodes");
        bench.told(&["CONFIG", "SET", "maxmemory", "0"]);
        bench.recovers(&node).await;
    }

    async fn a_server_that_fills_up_during_a_load_is_counted_once(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_patient_node().await;
        let (id, gate, before) = (fresh("arg"), Gate::closed(), node.cache.stats());
        let fills_up = async {
            gate.arrival().await;
            bench.told(&["CONFIG", "SET", "maxmemory", "1"]);
            gate.open();
        };
        let (value, ()) = cheap(join(node.gated(&id, &gate), fills_up)).await;
        assert!(value.contains("value"));
        let stats = node.cache.stats();
        assert_eq!((stats.unstored, stats.trouble.full), (before.unstored + 1, 1));
        FULL.is_counted(&before.trouble, &node);
        assert!(!bench.has(&bench.entry(&id)));
        bench.told(&["CONFIG", "SET", "maxmemory", "0"]);
        bench.recovers(&node).await;
    }

    async fn a_node_that_starts_with_a_full_server_uses_it_once_it_has_room(kind: Kind) {
        let bench = Bench::start(kind);
        bench.told(&["CONFIG", "SET", "maxmemory", "1"]);
        let node = bench.patient_node();
        FULL.is_survived(&bench, &node).await;
        bench.told(&["CONFIG", "SET", "maxmemory", "0"]);
        bench.recovers(&node).await;
    }

    async fn a_server_that_cannot_save_takes_evictions_later(kind: Kind) {
        let options = Server::options(kind).config("save", "3600 1").config("dbfilename", "taken");
        let bench = Bench::start_with(options);
        let node = bench.warm_patient_node().await;
        let file = bench.server.folder().join("taken");
        fs::create_dir_all(file.join("by a folder")).expect("the folder is ours");
        bench.told(&["BGSAVE"]);
        let failed = || bench.server.command(&["INFO", "persistence"]).text().contains("rdb_last_bgsave_status:err");
        eventually("the server cannot save", failed).await;
        let expected = Expected {
            counter: "unavailable",
            beside: &[],
            says: "takes no writes, for it cannot save to disk: look at its log",
        };
        expected.is_survived(&bench, &node).await;
        assert!(node.cache.stats().undelivered > 0);
        fs::remove_dir_all(&file).expect("the folder is ours");
        bench.told(&["BGSAVE"]);
        eventually("the server can save", || !failed()).await;
        bench.recovers(&node).await;
    }

    async fn a_server_that_becomes_a_replica_is_used_once_it_is_none(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_patient_node().await;
        bench.told(&["REPLICAOF", "127.0.0.1", "1"]);
        let expected = Expected {
            counter: "unavailable",
            beside: &[],
            says: "is a replica and takes no writes: name the primary in REDIS_URL",
        };
        expected.is_survived(&bench, &node).await;
        expected.is_told(&node).await;
        bench.told(&["REPLICAOF", "NO", "ONE"]);
        bench.recovers(&node).await;
    }

    async fn a_server_that_is_busy_with_a_script_is_used_once_it_ends(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_node().await;
        bench.told(&["CONFIG", "SET", "busy-reply-threshold", "20"]);
        let mut client = bench.server.client().expect("the server is there");
        client.send(&["EVAL", "while true do end", "0"]).expect("the server takes it");
        let busy = || matches!(bench.server.command(&["GET", "x"]), Value::Error(error) if error.starts_with("BUSY"));
        eventually("the server is busy", busy).await;
        let expected = Expected {
            counter: "unavailable",
            beside: &["timeout"],
            says: "is busy with somebody's script: wait until it ends, or stop it with SCRIPT KILL",
        };
        expected.is_survived(&bench, &node).await;
        expected.is_told(&node).await;
        bench.told(&["SCRIPT", "KILL"]);
        bench.recovers(&node).await;
    }

    /// What a server answers in states that it is not easily brought into.
    async fn refusals_of_a_server_have_kinds_and_cures(kind: Kind) {
        let all = Bench::start(kind);
        let refusals = [
            ("LOADING Redis is loading the dataset in memory", "unavailable", "wait until it has"),
            ("MASTERDOWN Link with MASTER is down", "unavailable", "name the primary"),
            ("CLUSTERDOWN The cluster is down", "unavailable", "look at its log"),
            ("NOREPLICAS Not enough good replicas to write.", "unavailable", "start them"),
            ("ERR max number of clients reached", "unavailable", "raise its maxclients"),
            ("TRYAGAIN Multiple keys request during rehashing of slot", "server", "the error TRYAGAIN: look at its log"),
            ("MOVED 3999 127.0.0.1:6381", "unsupported", "is a cluster"),
            ("NOAUTH Authentication required.", "denied", "check REDIS_URL"),
        ];
        for (refusal, counter, says) in refusals {
            let bench = all.again();
            let proxy = Proxy::in_front_of(bench.server.port());
            let node = bench.warm(bench.node_at(proxy.port())).await;
            let before = node.cache.stats().trouble;
            proxy.set(Fault::Garbage(format!("-{refusal}\r\n").into_bytes()));
            node.loads_run().await;
            node.puts_run().await;
            node.evictions_run().await;
            let expected = Expected { counter, beside: &["unavailable", "timeout"], says };
            expected.is_counted(&before, &node);
            expected.is_said(&bench, &node);
            proxy.clear();
            bench.recovers(&node).await;
        }
    }

    async fn a_server_that_forgets_its_scripts_is_not_noticed(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_patient_node().await;
        for _ in 0..5 {
            bench.told(&["SCRIPT", "FLUSH"]);
            let (id, gate) = (fresh("arg"), Gate::closed());
            let flush = async {
                gate.arrival().await;
                bench.told(&["SCRIPT", "FLUSH"]);
                gate.open();
            };
            cheap(join(node.gated(&id, &gate), flush)).await;
            assert!(bench.has(&bench.entry(&id)), "it is stored");
            bench.told(&["SCRIPT", "FLUSH"]);
            node.puts_run().await;
            bench.told(&["SCRIPT", "FLUSH"]);
            assert_eq!(within(node.evict(&id)).await, Ok(7));
            assert!(!bench.has(&bench.entry(&id)), "it is evicted");
        }
        let ids: Vec<_> = (0..100).map(|_| fresh("arg")).collect();
        let loads = join_all(ids.iter().map(|id| node.item(id)));
        let flushes = async {
            for _ in 0..10 {
                bench.told(&["SCRIPT", "FLUSH"]);
                tokio::task::yield_now().await;
            }
        };
        cheap(join(loads, flushes)).await;
        assert!(ids.iter().all(|id| bench.has(&bench.entry(id))), "each is stored");
        assert_eq!(node.cache.stats().trouble, Trouble::default());
    }

    async fn a_server_that_forgets_everything_costs_misses_only(kind: Kind) {
        let bench = Bench::start(kind);
        let (node, other) = (bench.warm_patient_node().await, bench.other().await);
        let (id, gate, before) = (fresh("arg"), Gate::closed(), node.cache.stats());
        let stored = fresh("arg");
        let old = within(node.item(&stored)).await;
        let flush = async {
            gate.arrival().await;
            bench.told(&["FLUSHALL"]);
            gate.open();
        };
        let (value, ()) = cheap(join(node.gated(&id, &gate), flush)).await;
        assert!(value.contains("value"));
        assert_eq!(node.cache.stats().refused, before.refused + 1, "its lease was lost");
        assert!(!bench.has(&bench.entry(&id)));
        let loads = other.loads.count();
        assert!(cheap(other.item(&stored)).await.contains("value"));
        assert_eq!(other.loads.count(), loads + 1, "what was there is loaded anew");
        assert_eq!(cheap(node.item(&stored)).await, old, "memory is not asked to forget");
        assert_eq!(cheap(node.evict(&stored)).await, Ok(7));
        bench.recovers(&node).await;
        assert_eq!(node.cache.stats().trouble, Trouble::default());
        assert_eq!(other.cache.stats().trouble, Trouble::default());
    }
}
