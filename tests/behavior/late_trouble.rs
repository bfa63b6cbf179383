//! Trouble after the body: closures and copies that panic, tags that only the value knows, puts that fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt;
use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};
use tokio::task::JoinSet;

use crate::support::{Gate, Loads, held, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
    source: AtomicU64,
}

impl Service {
    fn new() -> Arc<Self> {
        let (loads, source) = Default::default();
        Arc::new(Self { cache: Cache::in_process(), loads, gate: Gate::closed(), source })
    }

    #[cacheable("broken", unless = |_| panic!("the closure panics"))]
    async fn broken_closure(&self) -> u64 {
        self.gate.pass().await;
        self.loads.next()
    }

    #[cacheable("tagged", tags = |value| [format!("value:{value}")])]
    async fn tagged(&self) -> u64 {
        let load = self.loads.next();
        self.gate.pass().await;
        load
    }

    #[cache_evict(tags = ["unrelated"])]
    async fn evict_something_else(&self) {}

    #[cache_evict(tags = ["value:2"])]
    async fn evict_the_second(&self) {}

    #[cacheable("number")]
    async fn number(&self) -> u64 {
        self.source.load(Ordering::SeqCst)
    }

    #[cache_put("number")]
    async fn write(&self, number: u64, gate: &Gate) -> Result<u64, String> {
        gate.pass().await;
        self.source.store(number, Ordering::SeqCst);
        gate.pass().await;
        if number == 3 { Err("the answer was lost".to_owned()) } else { Ok(number) }
    }

    #[cache_put("num{result.0}", value = |_| -> u64 { panic!("the closure panics") })]
    async fn write_under_a_late_key(&self, number: u64) -> (&'static str, u64) {
        self.source.store(number, Ordering::SeqCst);
        ("ber", number)
    }
}

#[tokio::test]
async fn when_a_closure_panics_every_waiting_call_is_told() {
    let service = Service::new();
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let service = Arc::clone(&service);
        calls.spawn(async move { service.broken_closure().await });
    }
    service.gate.arrival().await;
    service.gate.open();
    let mut told = 0;
    while let Some(call) = within(calls.join_next()).await {
        told += u32::from(call.is_err());
    }
    assert_eq!((told, service.loads.count()), (50, 1));
    assert_eq!(service.cache.stats().misses + service.cache.stats().collapsed, 50);
}

#[tokio::test]
async fn unrelated_evictions_do_not_keep_a_load_with_tags_of_its_value_from_being_stored() {
    let service = Service::new();
    let first = held(service.tagged()).await;
    service.evict_something_else().await;
    let second = held(service.tagged()).await;
    service.gate.let_through(1);
    assert_eq!(within(first).await, 1);
    assert_eq!(within(service.tagged()).await, 1, "the first load was stored, though a later call did not join it");
    service.gate.let_through(1);
    assert_eq!(within(second).await, 2);
    assert_eq!(within(service.tagged()).await, 2, "and the second replaced it");
}

#[tokio::test]
async fn an_older_load_does_not_replace_what_a_newer_one_stored() {
    let service = Service::new();
    let mut first = held(service.tagged()).await;
    service.evict_something_else().await;
    let mut second = held(service.tagged()).await;
    service.gate.let_through(2);
    assert!(futures::poll!(&mut second).is_ready());
    assert!(futures::poll!(&mut first).is_ready());
    assert_eq!(within(service.tagged()).await, 2);
    service.evict_the_second().await;
    service.gate.open();
    assert_eq!(within(service.tagged()).await, 3);
}

#[tokio::test]
async fn a_put_that_failed_takes_the_value_of_one_that_overlapped_along() {
    let (service, first_gate, second_gate) = (Service::new(), Gate::closed(), Gate::closed());
    let (mut first, mut second) =
        (held(service.write(2, &first_gate)).await, held(service.write(3, &second_gate)).await);
    first_gate.let_through(1);
    assert!(futures::poll!(&mut first).is_pending());
    second_gate.open();
    assert!(within(second.as_mut()).await.is_err(), "it wrote 3, and its answer was lost");
    first_gate.open();
    assert_eq!(within(first).await, Ok(2));
    assert_eq!(service.number().await, 3);
}

#[tokio::test]
async fn a_put_that_fails_after_one_that_overlapped_removes_its_value() {
    let (service, first_gate, second_gate) = (Service::new(), Gate::closed(), Gate::closed());
    let (first, mut second) = (held(service.write(2, &first_gate)).await, held(service.write(3, &second_gate)).await);
    first_gate.open();
    assert_eq!(within(first).await, Ok(2));
    second_gate.open();
    assert!(within(second.as_mut()).await.is_err());
    assert_eq!(service.number().await, 3);
}

#[tokio::test]
async fn a_put_whose_closure_panics_gives_its_late_key_up() {
    let service = Service::new();
    assert_eq!(service.number().await, 0);
    let panicked = std::panic::AssertUnwindSafe(service.write_under_a_late_key(5)).catch_unwind().await;
    assert!(panicked.is_err());
    assert_eq!(service.number().await, 5);
}
