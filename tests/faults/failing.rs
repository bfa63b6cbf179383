//! Functions that were told to fail with trouble: the error says what is wrong, and it comes within one budget.

use larder::{Cache, ErrorKind, HasCache, cache_evict, cache_put, cacheable};
use larder_test_support::Kind;

use crate::bench::{Bench, cheap, on_every_server};
use crate::support::{Loads, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    bodies: Loads,
}

impl Service {
    #[cacheable("thing:{id}", on_cache_error = fail)]
    async fn read(&self, id: u64) -> Result<u64, larder::Error> {
        Ok(self.bodies.next())
    }

    #[cache_put("thing:{id}", on_cache_error = fail)]
    async fn write(&self, id: u64) -> Result<u64, larder::Error> {
        Ok(self.bodies.next())
    }

    #[cache_evict(key = "thing:{id}", on_cache_error = fail)]
    async fn evict(&self, id: u64) -> Result<u64, larder::Error> {
        Ok(self.bodies.next())
    }

    #[cacheable("other:{id}", on_cache_error = fail)]
    fn read_sync(&self, id: u64) -> Result<u64, larder::Error> {
        Ok(self.bodies.next())
    }
}

/// Every kind of call fails, with an error of one of these kinds. What needs no answer before its body runs that.
async fn fails(service: &Service, kinds: &[ErrorKind]) {
    let before = service.bodies.count();
    let calls =
        [cheap(service.read(7)).await, cheap(service.write(7)).await, cheap(async { service.read_sync(7) }).await];
    assert_eq!(service.bodies.count(), before);
    for call in calls.into_iter().chain([cheap(service.evict(7)).await]) {
        let error = call.expect_err("there is trouble");
        assert!(kinds.contains(&error.kind()), "{error:?}");
    }
    assert_eq!(service.bodies.count(), before + 1, "that of the eviction");
}

on_every_server! {
    async fn a_server_that_is_gone_is_the_error_until_it_is_back(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_node().await;
        let service = Service { cache: node.cache.clone(), bodies: Loads::default() };
        bench.server.kill();
        fails(&service, &[ErrorKind::Unavailable, ErrorKind::Timeout]).await;
        bench.server.restart();
        bench.recovers(&node).await;
        let read = within(service.read(7)).await.expect("the server is back");
        assert_eq!(within(service.read(7)).await.expect("it is a hit"), read);
        within(service.write(7)).await.expect("the server is back");
        within(service.evict(7)).await.expect("the server is back");
    }

    async fn a_server_that_hangs_is_the_error(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_node().await;
        let service = Service { cache: node.cache.clone(), bodies: Loads::default() };
        bench.server.stop();
        fails(&service, &[ErrorKind::Timeout, ErrorKind::Unavailable]).await;
        bench.server.cont();
        bench.recovers(&node).await;
        within(service.read(7)).await.expect("the server goes on");
    }
}
