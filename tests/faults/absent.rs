//! A server that is not there: at the start, or from some moment on.

use std::time::Duration;

use futures::future::join;
use larder::{Cache, Redis};
use larder_test_support::{Fault, Kind, Proxy};

use crate::bench::{BUDGET, Bench, PASSWORD, fresh, margin, on_every_server};
use crate::metronome::Watch;
use crate::node::Node;
use crate::support::{Gate, within};
use crate::trouble::Expected;

const REFUSED: Expected<'static> = Expected {
    counter: "unavailable",
    beside: &["timeout"],
    says: "(connection refused): start it, or check REDIS_URL",
};

on_every_server! {
    async fn a_server_that_is_absent_at_the_start_is_used_once_it_is_there(kind: Kind) {
        let bench = Bench::start(kind);
        bench.server.kill();
        let node = bench.node();
        REFUSED.is_told(&node).await;
        REFUSED.is_survived(&bench, &node).await;
        bench.server.restart();
        bench.recovers(&node).await;
    }

    async fn a_server_that_is_killed_during_loads_and_puts_costs_one_budget(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_node().await;
        for restarts in [false, true] {
            let before = node.cache.stats();
            let (load, put, gates) = (fresh("arg"), fresh("arg"), [Gate::closed(), Gate::closed()]);
            let number = node.loads.count() + 1;
            let calls = join(node.gated(&load, &gates[0]), node.put_gated(&put, "value", &gates[1]));
            let dies = async {
                join(gates[0].arrival(), gates[1].arrival()).await;
                bench.server.kill();
                if restarts {
                    bench.server.restart();
                }
                gates.iter().for_each(Gate::open);
                Watch::start()
            };
            let ((loaded, written), since) = within(join(calls, dies)).await;
            assert!(since.elapsed() <= BUDGET + margin(), "it took {:?}", since.elapsed());
            assert_eq!((loaded, &*written), (node.value(number), "value"));
            REFUSED.is_counted(&before.trouble, &node);
            if !restarts {
                bench.server.restart();
            }
            assert!(!bench.has(&bench.entry(&load)), "its lease is lost");
            bench.recovers(&node).await;
        }
    }

    async fn a_server_that_refuses_us_is_not_stormed(kind: Kind) {
        let bench = Bench::start(kind);
        for fault in [Some(Fault::Refuse), None] {
            let bench = bench.again();
            let proxy = Proxy::in_front_of(bench.server.port());
            let password = if fault.is_some() { PASSWORD } else { "s3cr3twrong" };
            if let Some(fault) = fault.clone() {
                proxy.set(fault);
            }
            let redis = Redis::at(format!("redis://:{password}@127.0.0.1:{}", proxy.port()));
            let node = Node::new(Cache::builder(&bench.name).redis(redis), proxy.port());
            let began = tokio::time::Instant::now();
            let mut calls = 0;
            while began.elapsed() < Duration::from_secs(1) {
                within(node.item(&fresh("arg"))).await;
                calls += 1;
                tokio::task::yield_now().await;
            }
            assert!(calls > 10, "calls go on: {calls}");
            // On three ways: calls, polls and messages.
            assert!(proxy.accepted() <= 3 * 8, "{} connections for {calls} calls", proxy.accepted());
        }
    }

    async fn a_server_that_is_killed_and_restarted_empty_is_used_again(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_node().await;
        bench.server.kill();
        REFUSED.is_survived(&bench, &node).await;
        REFUSED.is_told(&node).await;
        bench.server.restart();
        bench.recovers(&node).await;
    }
}
