//! `on_cache_error = fail` on writers: what could not be told to the second level is the method's error.

use std::time::Duration;

use cache_core::testing::{FakeRedis, Moment, Op};
use larder::{Cache, ErrorKind, HasCache, bypass, cache_evict, cache_put, cacheable, caching};

use crate::failed::{FULL, Failed, GONE, SECRET};
use crate::following::Following;
use crate::support::{Loads, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    writes: Loads,
}

impl Service {
    fn new(server: &FakeRedis) -> Self {
        let cache = Cache::builder("test").key_secret(SECRET).budget(Duration::from_millis(200)).redis(server.clone());
        let cache = cache.following();
        Self { cache, loads: Loads::default(), writes: Loads::default() }
    }

    #[cacheable("item:{id}", tags = ["items"])]
    async fn item(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("other:{id}", tags = ["others"])]
    async fn other(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_put("item:{id}", on_cache_error = fail)]
    async fn put(&self, id: u64, value: u64) -> Result<u64, Failed> {
        self.writes.next();
        if value == 0 { Err(Failed::Body) } else { Ok(value) }
    }

    #[cache_put("item:{result}", on_cache_error = fail)]
    async fn put_late(&self, id: u64) -> Result<u64, Failed> {
        self.writes.next();
        Ok(id)
    }

    #[cache_put("item:{id}", l2 = off, on_cache_error = fail)]
    async fn put_here(&self, id: u64, value: u64) -> Result<u64, Failed> {
        self.writes.next();
        Ok(value)
    }

    #[caching(cache_put("item:{id}", on_cache_error = fail), cache_evict(tags = ["others"]))]
    async fn put_and_evict(&self, id: u64, value: u64) -> Result<u64, Failed> {
        self.writes.next();
        Ok(value)
    }

    #[cache_evict("item:{id}", on_cache_error = fail)]
    async fn evict(&self, id: u64) -> Result<u64, Failed> {
        Ok(self.writes.next())
    }

    #[cache_evict("item:{id}", timing = before, on_cache_error = fail)]
    async fn evict_before(&self, id: u64) -> Result<u64, Failed> {
        Ok(self.writes.next())
    }

    #[cache_evict("item:{id}", timing = always, on_cache_error = fail)]
    async fn evict_always(&self, id: u64) -> Result<u64, Failed> {
        Err(Failed::Body)
    }

    #[cache_evict("item:{id}", timing = before, on_cache_error = fail)]
    #[cacheable("read:{id}")]
    async fn read_and_evict(&self, id: u64) -> Result<u64, Failed> {
        Ok(self.loads.next())
    }

    #[cache_put("item:{id}", on_cache_error = fail)]
    fn put_sync(&self, id: u64, value: u64) -> Result<u64, Failed> {
        self.writes.next();
        Ok(value)
    }

    #[cache_evict("item:{id}", on_cache_error = fail)]
    fn evict_sync(&self, id: u64) -> Result<u64, Failed> {
        Ok(self.writes.next())
    }
}

/// A server that is gone, and a service that has read one item before.
async fn gone() -> (FakeRedis, Service) {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    assert_eq!(within(service.item(7)).await, 1);
    server.fail_with(Some(ErrorKind::Unavailable));
    (server, service)
}

#[tokio::test]
async fn a_put_that_cannot_be_announced_fails_before_its_body() {
    let (_, service) = gone().await;
    assert_eq!(within(service.put(7, 20)).await, GONE);
    assert_eq!(within(service.put_late(7)).await, GONE);
    assert_eq!(service.put_sync(7, 20), GONE);
    assert_eq!(service.writes.count(), 0);
    assert_eq!(within(service.item(7)).await, 1, "nothing was written, so the entry stays");
}

#[tokio::test]
async fn a_put_that_cannot_be_stored_fails_after_its_body() {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    assert_eq!(within(service.item(7)).await, 1);
    server.gate(Op::Fill, Moment::Before).fail(ErrorKind::Full);
    assert_eq!(within(service.put(7, 20)).await, FULL);
    assert_eq!(service.writes.count(), 1);
    assert_eq!(within(service.item(7)).await, 2, "the old value is gone");
}

#[tokio::test]
async fn what_else_the_call_does_is_done_all_the_same() {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    assert_eq!(within(service.other(7)).await, 1);
    server.gate(Op::Fill, Moment::Before).fail(ErrorKind::Full);
    assert_eq!(within(service.put_and_evict(7, 20)).await, FULL);
    assert_eq!(within(service.other(7)).await, 2);
}

#[tokio::test]
async fn a_put_of_memory_alone_fails_where_the_old_value_stays_on_the_second_level() {
    let (_, service) = gone().await;
    assert_eq!(within(service.put_here(7, 20)).await, GONE);
    assert_eq!(service.writes.count(), 1);
}

#[tokio::test]
async fn a_body_that_fails_is_not_hidden_by_trouble() {
    let (server, service) = gone().await;
    assert_eq!(within(service.evict_always(7)).await, Err(Failed::Body));
    server.fail_with(None);
    within(async {
        while service.cache.stats().undelivered > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(within(service.put(7, 0)).await, Err(Failed::Body));
}

#[tokio::test]
async fn an_eviction_that_is_not_delivered_fails_and_is_delivered_later() {
    let (server, service) = gone().await;
    assert_eq!(within(service.evict(7)).await, GONE);
    assert_eq!(service.writes.count(), 1);
    assert_eq!(service.cache.stats().undelivered, 1);
    assert_eq!(within(service.item(7)).await, 2, "in memory it was done");
    server.fail_with(None);
    within(async {
        while service.cache.stats().undelivered > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(within(service.evict(7)).await, Ok(2));
}

#[tokio::test]
async fn a_thread_is_told_of_an_eviction_that_is_not_delivered() {
    let (_, service) = gone().await;
    assert_eq!(service.evict_sync(7), GONE);
}

#[tokio::test]
async fn an_eviction_before_the_body_that_is_not_delivered_keeps_it_from_running() {
    let (_, service) = gone().await;
    assert_eq!(within(service.evict_before(7)).await, GONE);
    assert_eq!(service.writes.count(), 0);
}

#[tokio::test]
async fn a_reader_that_evicts_before_its_body_fails_with_it() {
    let (_, service) = gone().await;
    assert_eq!(within(service.read_and_evict(7)).await, GONE);
    assert_eq!(service.loads.count(), 1, "that of `gone`");
}

#[tokio::test]
async fn in_a_bypass_no_writer_fails() {
    let (_, service) = gone().await;
    assert_eq!(Box::pin(within(bypass(service.put(7, 20)))).await, Ok(20));
    assert_eq!(within(bypass(service.evict(7))).await, Ok(2));
    assert_eq!(within(bypass(service.evict_before(7))).await, Ok(3));
}

#[tokio::test]
async fn without_a_second_level_no_writer_fails() {
    let service = Service { cache: Cache::in_process(), loads: Loads::default(), writes: Loads::default() };
    assert_eq!(within(service.put(7, 20)).await, Ok(20));
    assert_eq!(within(service.evict(7)).await, Ok(2));
}
