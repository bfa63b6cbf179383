//! A server that is not there: at the start, or from some moment on.

use larder_test_support::Kind;

use crate::bench::{Bench, on_every_server};
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
