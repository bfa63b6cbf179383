//! What the tests share: a source that counts its loads, a gate that holds them, and a time limit for every wait.

use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder::{Cache, ManualClock};
use tokio::sync::Semaphore;

/// How long anything may take; only a hang comes near.
const LIMIT: Duration = Duration::from_secs(10);

/// Waits for an event that must come.
pub(crate) async fn within<F: Future>(event: F) -> F::Output {
    tokio::time::timeout(LIMIT, event).await.expect("nothing may hang: 10 s are over")
}

/// Begins a call that must come to a stop: at a gate, or behind another call's load.
pub(crate) async fn held<F: Future>(call: F) -> Pin<Box<F>> {
    let mut call = Box::pin(call);
    assert!(futures::poll!(&mut call).is_pending(), "the call should be held, but it is through");
    call
}

/// Counts the loads of a source. Each gets its number, so a value tells which load it came from.
#[derive(Debug, Default)]
pub(crate) struct Loads(AtomicU64);

impl Loads {
    /// One more load: its number, beginning with 1.
    pub(crate) fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Holds whoever passes until a test lets it through, in the order of arrival.
#[derive(Debug)]
pub(crate) struct Gate {
    arrived: Semaphore,
    opened: Semaphore,
}

impl Gate {
    pub(crate) fn closed() -> Self {
        Self { arrived: Semaphore::new(0), opened: Semaphore::new(0) }
    }

    /// Stops here.
    pub(crate) async fn pass(&self) {
        self.arrived.add_permits(1);
        self.opened.acquire().await.expect("a gate's semaphore is never closed").forget();
    }

    /// Waits until one more has come to the gate.
    pub(crate) async fn arrival(&self) {
        within(self.arrived.acquire()).await.expect("a gate's semaphore is never closed").forget();
    }

    /// Lets so many through, now or when they come.
    pub(crate) fn let_through(&self, count: usize) {
        self.opened.add_permits(count);
    }

    /// Lets everybody through from now on.
    pub(crate) fn open(&self) {
        self.let_through(Semaphore::MAX_PERMITS / 2);
    }
}

/// A cache whose time the test moves.
pub(crate) fn cache_with_clock() -> (Cache, ManualClock) {
    let clock = ManualClock::new();
    let cache = Cache::builder("test").clock(clock.clock()).build().expect("the name is valid");
    (cache, clock)
}
