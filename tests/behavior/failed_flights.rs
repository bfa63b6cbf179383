//! What waiting calls are given where a load brings no value: an error, nothing, or a panic.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use larder::{Cache, HasCache, cacheable};

use crate::support::{Gate, Loads, held, within};

/// An error that waiting calls cannot be given a copy of.
#[derive(Debug, PartialEq)]
struct NoClone(u64);

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
    /// How many bodies run at this moment, and the most that ever did.
    running: AtomicUsize,
    most: AtomicUsize,
}

impl Service {
    fn new() -> Arc<Self> {
        let (running, most) = Default::default();
        Arc::new(Self { cache: Cache::in_process(), loads: Loads::default(), gate: Gate::closed(), running, most })
    }

    async fn load(&self) -> u64 {
        let load = self.loads.next();
        self.most.fetch_max(self.running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        self.gate.pass().await;
        self.running.fetch_sub(1, Ordering::SeqCst);
        load
    }

    #[cacheable]
    async fn panics_first(self: Arc<Self>) -> u64 {
        let load = self.load().await;
        assert!(load > 1, "the first load panics");
        load
    }

    #[cacheable]
    async fn fails_with_clone(&self) -> Result<u64, String> {
        Err(format!("load {} failed", self.load().await))
    }

    #[cacheable]
    async fn fails_without_clone(&self) -> Result<u64, NoClone> {
        Err(NoClone(self.load().await))
    }

    #[cacheable]
    async fn fails_first_without_clone(&self) -> Result<u64, NoClone> {
        let load = self.load().await;
        if load == 1 { Err(NoClone(load)) } else { Ok(load) }
    }

    #[cacheable]
    async fn outer(&self, id: u64) -> Result<u64, NoClone> {
        Ok(self.fails_without_clone().await? + id)
    }

    #[cacheable]
    async fn absent(&self) -> Result<Option<u64>, String> {
        self.load().await;
        Ok(None)
    }
}

#[tokio::test]
async fn a_panic_reaches_every_waiting_task_and_the_next_call_loads() {
    let service = Service::new();
    let calls = within(join_all((0..5).map(|_| held(Arc::clone(&service).panics_first())))).await;
    service.gate.open();
    for task in within(join_all(calls.into_iter().map(tokio::spawn))).await {
        assert!(task.expect_err("the load panicked").is_panic());
    }
    assert_eq!(service.loads.count(), 1);
    assert_eq!(within(Arc::clone(&service).panics_first()).await, 2);
    assert_eq!(within(Arc::clone(&service).panics_first()).await, 2);
}

#[tokio::test]
async fn waiting_calls_share_an_error_that_can_be_cloned() {
    let service = Service::new();
    let calls = within(join_all((0..20).map(|_| held(service.fails_with_clone())))).await;
    service.gate.let_through(1);
    for result in within(join_all(calls)).await {
        assert_eq!(result, Err("load 1 failed".to_owned()));
    }
    assert_eq!(service.loads.count(), 1);
}

#[tokio::test]
async fn waiting_calls_run_their_own_body_after_an_error_that_cannot_be_cloned() {
    let service = Service::new();
    let calls = within(join_all((0..40).map(|_| held(service.fails_without_clone())))).await;
    service.gate.open();
    let mut loads: Vec<u64> = Vec::new();
    for result in within(join_all(calls)).await {
        loads.push(result.expect_err("every load fails").0);
    }
    loads.sort_unstable();
    assert_eq!(loads, (1..=40).collect::<Vec<_>>());
}

#[tokio::test]
async fn no_more_than_sixteen_bodies_run_at_a_time_after_an_error_that_cannot_be_cloned() {
    let service = Service::new();
    let calls = within(join_all((0..40).map(|_| held(service.fails_without_clone())))).await;
    let mut all = Box::pin(join_all(calls));
    for _ in 0..40 {
        service.gate.let_through(1);
        // Twice: one poll ends a body, the next lets those begin that waited for its turn.
        let _ = futures::poll!(&mut all);
        let _ = futures::poll!(&mut all);
    }
    service.gate.open();
    within(all).await;
    assert_eq!(service.loads.count(), 40);
    assert_eq!(service.most.load(Ordering::SeqCst), 16);
}

#[tokio::test]
async fn a_success_after_an_error_that_cannot_be_cloned_ends_the_attempts() {
    let service = Service::new();
    let calls = within(join_all((0..100).map(|_| held(service.fails_first_without_clone())))).await;
    let mut all = Box::pin(join_all(calls));
    service.gate.let_through(1);
    for _ in 0..2 {
        assert!(futures::poll!(&mut all).is_pending(), "the first load has failed, the next ones are held");
    }
    service.gate.open();
    assert_eq!(within(all).await.into_iter().filter(Result::is_err).count(), 1);
    assert!(service.loads.count() <= 17, "{} loads", service.loads.count());
}

#[tokio::test]
async fn a_call_that_is_dropped_at_its_turn_passes_it_on() {
    let service = Service::new();
    let leader = held(service.fails_without_clone()).await;
    let mut calls = within(join_all((0..39).map(|_| held(service.fails_without_clone())))).await;
    service.gate.let_through(1);
    assert!(within(leader).await.is_err());
    for call in &mut calls {
        assert!(futures::poll!(call).is_pending(), "the first of them are held, the others wait for their turn");
    }
    drop(calls.drain(..30).collect::<Vec<_>>());
    service.gate.open();
    assert!(within(join_all(calls)).await.iter().all(Result::is_err));
}

#[tokio::test]
async fn loads_that_waited_for_a_failed_load_end_too() {
    let service = Service::new();
    let calls = within(join_all((0..40).map(|id| held(service.outer(id))))).await;
    service.gate.open();
    assert!(within(join_all(calls)).await.iter().all(Result::is_err));
    assert_eq!(service.loads.count(), 40);
}

#[tokio::test]
async fn waiting_calls_share_an_absent_value() {
    let service = Service::new();
    let calls = within(join_all((0..20).map(|_| held(service.absent())))).await;
    service.gate.let_through(1);
    for result in within(join_all(calls)).await {
        assert_eq!(result, Ok(None));
    }
    assert_eq!(service.loads.count(), 1);
}
