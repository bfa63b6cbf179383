//! Puts beside loads and other puts: at the end the cache holds what the source holds, or nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Gate, held, within};

/// A service over a source of one number, whose reads and writes are held where a test wants them.
#[derive(HasCache)]
struct Service {
    cache: Cache,
    source: AtomicU64,
    load: Gate,
    reads: AtomicU64,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), source: AtomicU64::new(0), load: Gate::closed(), reads: AtomicU64::new(0) }
    }

    /// Reads the source, and is held on its way back.
    #[cacheable("number")]
    async fn read(&self) -> u64 {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let number = self.source.load(Ordering::SeqCst);
        self.load.pass().await;
        number
    }

    /// Writes the source between two gates.
    #[cache_put("number")]
    async fn write(&self, number: u64, before: &Gate, after: &Gate) -> u64 {
        before.pass().await;
        self.source.store(number, Ordering::SeqCst);
        after.pass().await;
        number
    }

    #[cache_put("number")]
    async fn write_at_once(&self, number: u64) -> u64 {
        self.source.store(number, Ordering::SeqCst);
        number
    }

    #[cache_evict(key = "number")]
    async fn evict(&self) {}

    /// What a reader is told now, which must be what the source holds.
    async fn assert_fresh(&self) {
        self.load.open();
        assert_eq!(within(self.read()).await, self.source.load(Ordering::SeqCst));
    }
}

#[tokio::test]
async fn a_load_that_began_earlier_never_overwrites_a_put() {
    let service = Service::new();
    let load = held(service.read()).await;
    service.write_at_once(1).await;
    service.load.let_through(1);
    assert_eq!(within(load).await, 0, "its caller is given what it read");
    assert_eq!(within(service.read()).await, 1);
    assert_eq!(service.reads.load(Ordering::SeqCst), 1, "which the put had stored");
}

#[tokio::test]
async fn a_call_after_a_put_does_not_join_the_load_that_began_before_it() {
    let service = Service::new();
    let load = held(service.read()).await;
    service.write_at_once(1).await;
    assert_eq!(within(service.read()).await, 1);
    service.load.let_through(1);
    assert_eq!(within(load).await, 0);
}

#[tokio::test]
async fn a_load_that_read_while_a_put_ran_never_overwrites_it() {
    let (service, before, after) = (Service::new(), Gate::closed(), Gate::closed());
    let put = held(service.write(1, &before, &after)).await;
    let load = held(service.read()).await;
    before.open();
    after.open();
    assert_eq!(within(put).await, 1);
    service.load.let_through(1);
    assert_eq!(within(load).await, 0);
    assert_eq!(within(service.read()).await, 1);
}

#[tokio::test]
async fn a_load_that_was_stored_while_a_put_ran_is_overwritten() {
    let (service, before, after) = (Service::new(), Gate::closed(), Gate::closed());
    let put = held(service.write(1, &before, &after)).await;
    service.load.let_through(1);
    assert_eq!(within(service.read()).await, 0);
    before.open();
    after.open();
    assert_eq!(within(put).await, 1);
    assert_eq!(within(service.read()).await, 1);
}

#[tokio::test]
async fn a_cancelled_put_takes_the_running_load_along() {
    let (service, before, after) = (Service::new(), Gate::closed(), Gate::closed());
    let load = held(service.read()).await;
    let mut put = held(service.write(1, &before, &after)).await;
    before.open();
    assert!(futures::poll!(&mut put).is_pending(), "it has written, and is held");
    drop(put);
    service.load.let_through(1);
    assert_eq!(within(load).await, 0);
    service.assert_fresh().await;
}

/// Begins two puts, lets them write in the order `first, second` and end in the order `ends`.
async fn two_puts(writes: [usize; 2], ends: [usize; 2]) {
    let service = Service::new();
    let gates: [_; 2] = std::array::from_fn(|_| (Gate::closed(), Gate::closed()));
    let mut puts = Vec::new();
    for (number, (before, after)) in [1, 2].into_iter().zip(&gates) {
        puts.push(held(service.write(number, before, after)).await);
    }
    for put in writes {
        gates[put].0.open();
        assert!(futures::poll!(&mut puts[put]).is_pending(), "it has written, and is held");
    }
    for put in ends {
        gates[put].1.open();
        within(&mut puts[put]).await;
    }
    service.assert_fresh().await;
}

#[tokio::test]
async fn two_puts_that_write_and_end_in_turn_leave_nothing_old() {
    two_puts([0, 1], [0, 1]).await;
}

#[tokio::test]
async fn two_puts_of_which_the_last_writer_ends_first_leave_nothing_old() {
    two_puts([0, 1], [1, 0]).await;
}

#[tokio::test]
async fn two_puts_of_which_the_last_to_begin_writes_first_leave_nothing_old() {
    two_puts([1, 0], [0, 1]).await;
}

#[tokio::test]
async fn two_puts_of_which_the_last_to_begin_writes_and_ends_first_leave_nothing_old() {
    two_puts([1, 0], [1, 0]).await;
}

#[tokio::test]
async fn a_put_inside_the_time_of_another_leaves_nothing_old() {
    let (service, before, after) = (Service::new(), Gate::closed(), Gate::closed());
    let put = held(service.write(1, &before, &after)).await;
    service.write_at_once(2).await;
    before.open();
    after.open();
    within(put).await;
    service.assert_fresh().await;
}

#[tokio::test]
async fn an_eviction_while_a_put_runs_keeps_its_value_out() {
    let (service, before, after) = (Service::new(), Gate::closed(), Gate::closed());
    let mut put = held(service.write(1, &before, &after)).await;
    before.open();
    assert!(futures::poll!(&mut put).is_pending(), "it has written, and is held");
    service.source.store(2, Ordering::SeqCst);
    service.evict().await;
    after.open();
    within(put).await;
    assert_eq!(service.cache.stats().refused, 1);
    service.assert_fresh().await;
}
