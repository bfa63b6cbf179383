//! A server that hangs, under functions that are not asynchronous: they wait no longer than the others.

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};
use larder_test_support::Kind;

use crate::bench::{Bench, cheap, on_every_server};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cacheable("thing:{id}")]
    fn read(&self, id: u64) -> u64 {
        id
    }

    #[cache_put("thing:{id}")]
    fn write(&self, id: u64) -> u64 {
        id
    }

    #[cache_evict(key = "thing:{id}")]
    fn evict(&self, id: u64) {}
}

on_every_server! {
    async fn a_thread_waits_one_budget_for_a_server_that_hangs(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_node().await;
        let service = Service { cache: node.cache.clone() };
        bench.server.stop();
        assert_eq!(cheap(async { service.read(7) }).await, 7);
        assert_eq!(cheap(async { service.write(7) }).await, 7);
        cheap(async { service.evict(7) }).await;
        bench.server.cont();
        bench.recovers(&node).await;
        assert_eq!(cheap(async { service.read(7) }).await, 7);
    }
}
