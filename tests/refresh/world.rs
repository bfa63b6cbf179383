//! A server and a clock of a test's own, and a source whose loads are counted.

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::FakeRedis;
use larder::{Cache, CacheBuilder, ManualClock, Namespace, Refresh};
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use crate::following::Following as _;
use crate::support::{Gate, Loads, within};

pub(crate) const EVERY: Duration = Duration::from_secs(10);

/// What the loader does.
#[derive(Debug, Clone, Default)]
pub(crate) enum Manner {
    #[default]
    Brings,
    Fails,
    Panics,
    /// Brings its value when the gate lets it through.
    Waits(Arc<Gate>),
}

/// What is loaded: each value is the number of its load.
#[derive(Debug, Default)]
pub(crate) struct Source {
    loads: Loads,
    manner: Mutex<Manner>,
}

impl Source {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    pub(crate) async fn load(&self) -> Result<u64, String> {
        let (number, manner) = (self.loads.next(), self.manner.lock().clone());
        match manner {
            Manner::Brings => {}
            Manner::Fails => return Err("no rates today".to_owned()),
            Manner::Panics => panic!("on purpose"),
            Manner::Waits(gate) => gate.pass().await,
        }
        Ok(number)
    }

    pub(crate) fn count(&self) -> u64 {
        self.loads.count()
    }

    pub(crate) fn behaves(&self, manner: Manner) {
        *self.manner.lock() = manner;
    }

    /// Has loads wait from now on.
    pub(crate) fn gate(&self) -> Arc<Gate> {
        let gate = Arc::new(Gate::closed());
        self.behaves(Manner::Waits(Arc::clone(&gate)));
        gate
    }
}

/// The rate of this source, refreshed at each period.
pub(crate) fn rate(cache: &Namespace, source: &Arc<Source>, every: Duration) -> Refresh<u64, String> {
    let source = Arc::clone(source);
    cache.refresh_every("rate", every, move || {
        let source = Arc::clone(&source);
        async move { source.load().await }
    })
}

pub(crate) struct World {
    pub(crate) server: FakeRedis,
    pub(crate) clock: ManualClock,
    pub(crate) source: Arc<Source>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { server: FakeRedis::new(), clock: ManualClock::new(), source: Source::new() }
    }

    pub(crate) fn builder(&self) -> CacheBuilder {
        Cache::builder("rates").clock(self.clock.clock()).redis(self.server.clone())
    }

    pub(crate) fn node(&self) -> Cache {
        self.builder().following()
    }

    /// A node's handle of the rate.
    pub(crate) fn rate(&self) -> Refresh<u64, String> {
        rate(&self.node(), &self.source, EVERY)
    }
}

/// A refresh that runs. Dropped, it stops.
pub(crate) struct Running {
    pub(crate) rate: Refresh<u64, String>,
    task: JoinHandle<larder::Error>,
}

impl Running {
    pub(crate) fn start(rate: Refresh<u64, String>) -> Self {
        Self { task: tokio::spawn(rate.clone().run()), rate }
    }

    /// Waits until it has brought so many values.
    pub(crate) async fn refreshed(&self, count: u64) {
        until(|| self.rate.status().refreshed >= count).await;
        assert_eq!(self.rate.status().refreshed, count);
    }

    /// Waits until so many have failed.
    pub(crate) async fn failed(&self, count: u64) {
        until(|| self.rate.status().failed >= count).await;
    }

    /// Waits until so many were left out.
    pub(crate) async fn skipped(&self, count: u64) {
        until(|| self.rate.status().skipped >= count).await;
    }

    /// How many times it was due.
    pub(crate) fn turns(&self) -> u64 {
        let status = self.rate.status();
        status.refreshed + status.failed + status.skipped
    }

    /// Stops it, and waits until it is dropped.
    pub(crate) async fn stop(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}

/// Waits until something is so.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    within(async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Lets every task come as far as it can without time.
pub(crate) async fn settled() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}
