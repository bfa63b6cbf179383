//! A server that hangs: it is there and answers nothing.

use futures::future::join;
use larder_test_support::Kind;

use crate::bench::{BUDGET, Bench, cheap, fresh, margin, on_every_server};
use crate::metronome::Watch;
use crate::support::{Gate, within};
use crate::trouble::Expected;

/// The first calls wait in vain; then the connection is given up, and no new one can be made.
const HUNG: Expected<'static> = Expected {
    counter: "timeout",
    beside: &["unavailable"],
    says: "did not answer in time: check whether it is overloaded or far away, or raise the cache's budget",
};

on_every_server! {
    async fn a_server_that_hangs_at_the_start_is_used_once_it_goes_on(kind: Kind) {
        let bench = Bench::start(kind);
        bench.server.stop();
        let node = bench.node();
        let expected = Expected { says: "still connecting to Redis at", ..HUNG };
        expected.is_survived(&bench, &node).await;
        expected.is_told(&node).await;
        bench.server.cont();
        bench.recovers(&node).await;
    }

    async fn a_server_that_hangs_at_a_read_is_used_once_it_goes_on(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_node().await;
        let id = fresh("arg");
        let value = within(node.item(&id)).await;
        bench.server.stop();
        let watch = Watch::start();
        assert_eq!(within(node.item(&id)).await, value);
        assert!(watch.elapsed() < BUDGET, "what is in memory asks nobody");
        HUNG.is_survived(&bench, &node).await;
        HUNG.is_told(&node).await;
        bench.server.cont();
        bench.recovers(&node).await;
    }

    /// Reads are answered; what writes is not, a script for one.
    async fn a_server_that_hangs_at_the_lease_is_used_once_it_goes_on(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_node().await;
        bench.told(&["CLIENT", "PAUSE", "60000", "WRITE"]);
        HUNG.is_survived(&bench, &node).await;
        bench.told(&["CLIENT", "UNPAUSE"]);
        bench.recovers(&node).await;
    }

    async fn a_server_that_hangs_at_a_fill_costs_one_budget_and_the_value_is_returned(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_node().await;
        let (id, gate, before) = (fresh("arg"), Gate::closed(), node.cache.stats());
        let number = node.loads.count() + 1;
        let hang = async {
            gate.arrival().await;
            bench.server.stop();
            gate.open();
        };
        let (value, ()) = cheap(join(node.gated(&id, &gate), hang)).await;
        assert_eq!(value, node.value(number));
        HUNG.is_counted(&before.trouble, &node);
        assert_eq!(node.cache.stats().unstored, before.unstored + 1);
        HUNG.is_said(&bench, &node);
        bench.server.cont();
        bench.recovers(&node).await;
    }

    /// A call that comes while another's fill hangs has to ask anew. It has one budget for both waits.
    async fn a_call_behind_a_fill_that_hangs_costs_one_budget(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_node().await;
        let (id, gate) = (fresh("arg"), Gate::closed());
        let first = node.gated(&id, &gate);
        let behind = async {
            gate.arrival().await;
            bench.server.stop();
            gate.let_through(1);
            // The first call goes on to its fill before this one is begun.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            let (calls, third) = (join(cheap(node.item(&id)), cheap(node.item(&id))), cheap(node.item(&id)));
            join(calls, third).await
        };
        let (_, ((second, third), fourth)) = within(join(first, behind)).await;
        assert_eq!((&second, &third), (&third, &fourth), "those who wait together share a load");
        assert_eq!(node.cache.stats().unstored, 1);
        bench.server.cont();
        bench.recovers(&node).await;
    }

    async fn a_server_that_hangs_at_an_eviction_costs_one_budget(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_node().await;
        for way in 0..4 {
            let (id, before) = (fresh("arg"), node.cache.stats());
            let old = within(node.item(&id)).await;
            bench.server.stop();
            match way {
                0 => assert_eq!(cheap(node.evict(&id)).await, Ok(7)),
                1 => assert_eq!(cheap(node.evict_tag(&id)).await, None),
                2 => assert_eq!(cheap(node.evict_all()).await, 9),
                _ => assert_eq!(cheap(node.evict_pattern(&id)).await, 11),
            }
            assert!(node.cache.stats().undelivered > 0, "eviction {way} waits");
            let watch = Watch::start();
            assert_ne!(within(node.item(&id)).await, old, "eviction {way} reaches memory at once");
            assert!(watch.elapsed() < margin(), "and while it waits nobody is asked");
            HUNG.is_counted(&before.trouble, &node);
            bench.server.cont();
            bench.recovers(&node).await;
        }
        HUNG.is_said(&bench, &node);
    }

    async fn a_server_that_hangs_at_a_put_costs_one_budget(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_node().await;
        for way in 0..4 {
            let (id, before) = (fresh("arg"), node.cache.stats());
            if way == 1 {
                // Hangs between the intent and the write.
                let gate = Gate::closed();
                let hang = async {
                    gate.arrival().await;
                    bench.server.stop();
                    gate.open();
                };
                assert_eq!(cheap(join(node.put_gated(&id, "value", &gate), hang)).await.0, "value");
            } else {
                bench.server.stop();
                match way {
                    0 => assert_eq!(cheap(node.put(&id, "value")).await, "value"),
                    2 => assert_eq!(cheap(node.put_late(&id, "value")).await, (id, "value".to_owned())),
                    _ => assert!(cheap(node.put_failing(&id)).await.is_err()),
                }
            }
            HUNG.is_counted(&before.trouble, &node);
            bench.server.cont();
            bench.recovers(&node).await;
        }
        HUNG.is_said(&bench, &node);
    }
}
