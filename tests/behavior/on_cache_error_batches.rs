//! `on_cache_error = fail` on batches: trouble with one element is the whole call's error.

use std::collections::HashMap;
use std::time::Duration;

use cache_core::testing::{FakeRedis, Moment, Op};
use larder::{Cache, ErrorKind, HasCache, cacheable};

use crate::failed::SECRET;
use crate::following::Following;
use crate::support::{Gate, Loads, held, within};

#[derive(Debug, PartialEq)]
struct Failed(ErrorKind);

impl From<larder::Error> for Failed {
    fn from(error: larder::Error) -> Self {
        Self(error.kind())
    }
}

#[derive(HasCache)]
struct Service {
    cache: Cache,
    runs: Loads,
    gate: Gate,
}

impl Service {
    fn new(server: &FakeRedis) -> Self {
        let cache = Cache::builder("test").key_secret(SECRET).budget(Duration::from_secs(10)).redis(server.clone());
        let cache = cache.following();
        Self { cache, runs: Loads::default(), gate: Gate::closed() }
    }

    #[cacheable("item:{ids}", batch, on_cache_error = fail)]
    async fn items(&self, ids: &[u64]) -> Result<HashMap<u64, u64>, Failed> {
        let run = self.runs.next();
        self.gate.pass().await;
        Ok(ids.iter().map(|id| (*id, run)).collect())
    }

    #[cacheable("item:{id}", on_cache_error = fail)]
    async fn item(&self, id: u64) -> Result<u64, Failed> {
        Ok(self.runs.next())
    }

    #[cacheable("item:{ids}", batch)]
    async fn tolerant(&self, ids: &[u64]) -> Result<HashMap<u64, u64>, Failed> {
        let run = self.runs.next();
        Ok(ids.iter().map(|id| (*id, run)).collect())
    }
}

const FULL: Failed = Failed(ErrorKind::Full);

#[tokio::test]
async fn a_look_up_without_an_answer_fails_before_the_body() {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    service.gate.open();
    within(service.items(&[1])).await.expect("it is loaded");
    server.fail_with(Some(ErrorKind::Full));
    assert_eq!(within(service.items(&[1, 2, 3])).await, Err(FULL));
    assert_eq!(service.runs.count(), 1);
    assert_eq!(within(service.items(&[1])).await, Ok(HashMap::from([(1, 1)])), "a hit in memory");
}

#[tokio::test]
async fn an_element_that_is_not_stored_fails_the_call_and_those_that_wait_for_it() {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    let batch = held(service.items(&[1])).await;
    let (single, other, tolerant) =
        (held(service.item(1)).await, held(service.items(&[1])).await, held(service.tolerant(&[1])).await);
    server.gate(Op::Fill, Moment::Before).fail(ErrorKind::Full);
    service.gate.open();
    assert_eq!(within(batch).await, Err(FULL));
    assert_eq!(within(single).await, Err(FULL));
    assert_eq!(within(other).await, Err(FULL));
    assert_eq!(service.runs.count(), 1);
    assert_eq!(within(tolerant).await, Ok(HashMap::from([(1, 2)])));
}

#[tokio::test]
async fn trouble_of_a_single_call_fails_a_batch_that_waits_for_it() {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    // The second call asks next, and the batch waits for it.
    let read = server.gate(Op::Read, Moment::Before);
    let single = held(service.item(1)).await;
    within(read.arrived()).await;
    let queued = held(service.item(1)).await;
    let batch = held(service.items(&[1])).await;
    server.fail_with(Some(ErrorKind::Full));
    read.fail(ErrorKind::Timeout);
    assert_eq!(within(single).await, Err(Failed(ErrorKind::Timeout)));
    assert_eq!(within(queued).await, Err(FULL));
    assert_eq!(within(batch).await, Err(FULL));
    assert_eq!((service.runs.count(), server.operations().read), (0, 2));
}
