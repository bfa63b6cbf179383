//! `on_cache_error = fail` on readers: trouble with the second level is the method's error.

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::{FakeRedis, Moment, Op};
use larder::{Answer, Cache, ErrorKind, HasCache, Reason, bypass, cacheable, observe, refresh};

use crate::failed::{FULL, Failed, GONE, SECRET};
use crate::following::Following;
use crate::support::{Gate, Loads, held, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
}

impl Service {
    fn new(server: &FakeRedis) -> Arc<Self> {
        let cache = Cache::builder("test")
            .key_secret(SECRET)
            .budget(Duration::from_secs(10))
            .value_limit(64)
            .redis(server.clone());
        let cache = cache.following();
        Arc::new(Self { cache, loads: Loads::default(), gate: Gate::closed() })
    }

    #[cacheable("item:{id}", on_cache_error = fail)]
    async fn item(&self, id: u64) -> Result<u64, Failed> {
        Ok(self.loads.next())
    }

    #[cacheable("item:{id}", on_cache_error = fail)]
    async fn slow(&self, id: u64) -> Result<u64, Failed> {
        let load = self.loads.next();
        self.gate.pass().await;
        Ok(load)
    }

    #[cacheable("item:{id}", on_cache_error = bypass)]
    async fn tolerant(&self, id: u64) -> Result<u64, Failed> {
        Ok(self.loads.next())
    }

    #[cacheable("item:{id}")]
    async fn tolerant_and_slow(&self, id: u64) -> Result<u64, Failed> {
        let load = self.loads.next();
        self.gate.pass().await;
        Ok(load)
    }

    #[cacheable("broken:{id}", on_cache_error = fail)]
    async fn broken(&self, id: u64) -> Result<u64, Failed> {
        self.gate.pass().await;
        Err(Failed::Body)
    }

    #[cacheable("kept:{id}", on_cache_error = fail, cache_err = |_| Some(Duration::from_secs(9)))]
    async fn kept(&self, id: u64) -> Result<u64, Failed> {
        Err(Failed::Body)
    }

    #[cacheable("large:{id}", on_cache_error = fail)]
    async fn large(&self, id: u64) -> Result<String, Failed> {
        Ok("x".repeat(65))
    }

    #[cacheable("outer:{id}", on_cache_error = fail)]
    async fn outer(&self, id: u64) -> Result<u64, Failed> {
        self.item(id).await
    }

    #[cacheable("item:{id}", on_cache_error = fail)]
    fn sync(&self, id: u64) -> Result<u64, Failed> {
        Ok(self.loads.next())
    }
}

#[async_trait::async_trait]
trait Repository {
    async fn find(&self, id: u64) -> Result<u64, Failed>;
}

#[async_trait::async_trait]
impl Repository for Service {
    #[cacheable("found:{id}", on_cache_error = fail)]
    async fn find(&self, id: u64) -> Result<u64, Failed> {
        Ok(self.loads.next())
    }
}

fn failing(kind: ErrorKind) -> (FakeRedis, Arc<Service>) {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    server.fail_with(Some(kind));
    (server, service)
}

#[tokio::test]
async fn a_look_up_without_an_answer_fails_before_the_body() {
    let (server, service) = failing(ErrorKind::Unavailable);
    assert_eq!(within(service.item(7)).await, GONE);
    assert_eq!(service.loads.count(), 0);
    assert_eq!(service.cache.stats().trouble.unavailable, 1);
    server.fail_with(None);
    assert_eq!(within(service.item(7)).await, Ok(1));
}

#[tokio::test]
async fn unless_it_is_asked_for_trouble_changes_nothing() {
    let (_, service) = failing(ErrorKind::Denied);
    assert_eq!(within(service.tolerant(7)).await, Ok(1));
}

#[tokio::test]
async fn a_hit_in_memory_stays_a_hit() {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    assert_eq!(within(service.item(7)).await, Ok(1));
    server.fail_with(Some(ErrorKind::Timeout));
    assert_eq!(within(service.item(7)).await, Ok(1));
}

#[tokio::test]
async fn functions_that_hold_their_thread_and_boxed_ones_fail_too() {
    let (_, service) = failing(ErrorKind::Unavailable);
    assert_eq!(service.sync(7), GONE);
    assert_eq!(within(service.find(7)).await, GONE);
    assert_eq!(service.loads.count(), 0);
}

#[tokio::test]
async fn calls_that_wait_for_a_look_up_share_its_trouble() {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    let gate = server.gate(Op::Read, Moment::Before);
    let asks = held(service.item(7)).await;
    within(gate.arrived()).await;
    // This one asks next, and the others wait for it.
    let queues = held(service.item(7)).await;
    let waits = [held(service.item(7)).await, held(service.item(7)).await];
    server.fail_with(Some(ErrorKind::Unavailable));
    gate.fail(ErrorKind::Full);
    assert_eq!(within(asks).await, FULL);
    assert_eq!(within(queues).await, GONE);
    for wait in waits {
        assert_eq!(within(wait).await, GONE);
    }
    assert_eq!((service.loads.count(), server.operations().read), (0, 2));
}

#[tokio::test]
async fn a_store_that_fails_fails_the_call_and_those_that_waited() {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    let loads = held(service.slow(7)).await;
    let waits = held(service.item(7)).await;
    server.gate(Op::Fill, Moment::Before).fail(ErrorKind::Full);
    service.gate.open();
    assert_eq!((within(loads).await, within(waits).await), (FULL, FULL));
    assert_eq!(service.loads.count(), 1);
    assert_eq!(within(service.item(7)).await, Ok(2), "nothing was kept");
}

#[tokio::test]
async fn trouble_of_another_function_is_none_of_one_that_goes_on() {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    let loads = held(service.slow(7)).await;
    let waits = held(service.tolerant(7)).await;
    server.gate(Op::Fill, Moment::Before).fail(ErrorKind::Full);
    service.gate.open();
    assert_eq!((within(loads).await, within(waits).await), (FULL, Ok(2)));
}

#[tokio::test]
async fn after_trouble_of_another_function_they_load_in_turns() {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    let loads = held(service.slow(7)).await;
    let mut waits = Vec::new();
    for _ in 0..20 {
        waits.push(held(service.tolerant_and_slow(7)).await);
    }
    server.gate(Op::Fill, Moment::Before).fail(ErrorKind::Full);
    service.gate.let_through(1);
    assert_eq!(within(loads).await, FULL);
    let mut waits = Box::pin(futures::future::join_all(waits));
    assert!(futures::poll!(&mut waits).is_pending());
    assert_eq!(service.loads.count(), 1 + 16);
    service.gate.open();
    within(waits).await;
}

#[tokio::test]
async fn a_value_that_is_too_large_fails() {
    let service = Service::new(&FakeRedis::new());
    assert_eq!(within(service.large(7)).await, Err(Failed::Cache(ErrorKind::TooLarge)));
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_is_a_miss_and_no_trouble() {
    let server = FakeRedis::new();
    within(Service::new(&server).item(7)).await.expect("it is loaded");
    server.overwrite("test:global:_:item:7", "no entry of ours");
    let service = Service::new(&server);
    assert_eq!(within(service.item(7)).await, Ok(1));
}

#[tokio::test]
async fn the_error_of_the_body_comes_first() {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    let call = held(service.broken(7)).await;
    server.fail_with(Some(ErrorKind::Unavailable));
    service.gate.open();
    assert_eq!(within(call).await, Err(Failed::Body));
    server.fail_with(None);
    server.gate(Op::Fill, Moment::Before).fail(ErrorKind::Full);
    assert_eq!(within(service.kept(7)).await, Err(Failed::Body));
}

#[tokio::test]
async fn in_a_bypass_nothing_fails() {
    let (_, service) = failing(ErrorKind::Unavailable);
    assert_eq!(within(bypass(service.item(7))).await, Ok(1));
}

#[tokio::test]
async fn a_refresh_that_the_second_level_does_not_take_fails_before_the_body() {
    let (_, service) = failing(ErrorKind::Unavailable);
    assert_eq!(within(refresh(service.item(7))).await, GONE);
    assert_eq!(service.loads.count(), 0);
}

#[tokio::test]
async fn a_function_around_it_gets_the_error_and_stores_nothing() {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    // The outer call's question is answered, the inner one's is not.
    let inner = [server.gate(Op::Read, Moment::Before), server.gate(Op::Read, Moment::Before)];
    let call = held(service.outer(7)).await;
    let [outer, inner] = inner;
    outer.release();
    inner.fail(ErrorKind::Unavailable);
    assert_eq!(within(call).await, GONE);
    assert_eq!(within(service.outer(7)).await, Ok(1));
}

#[tokio::test]
async fn it_is_observed() {
    let (_, service) = failing(ErrorKind::Unavailable);
    let observed = within(observe(service.item(7))).await;
    let outcome = observed.outcome().expect("a cached function was called");
    assert_eq!((outcome.answer, outcome.not_remote), (Answer::Failed, Some(Reason::Unreachable)));
}

#[tokio::test]
async fn without_a_second_level_there_is_no_trouble() {
    let service = Service { cache: Cache::in_process(), loads: Loads::default(), gate: Gate::closed() };
    assert_eq!(within(service.item(7)).await, Ok(1));
    assert_eq!(service.sync(8), Ok(2));
}
