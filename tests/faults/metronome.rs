//! Time as this process has it: what a machine takes away from it, busy with something else, does not count.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

const TICK: Duration = Duration::from_millis(5);

static TICKS: AtomicU32 = AtomicU32::new(0);

/// A moment of this process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watch(u32);

impl Watch {
    pub(crate) fn start() -> Self {
        static RUNS: OnceLock<()> = OnceLock::new();
        RUNS.get_or_init(|| {
            thread::spawn(|| {
                loop {
                    thread::sleep(TICK);
                    TICKS.fetch_add(1, Ordering::Relaxed);
                }
            });
        });
        Self(TICKS.load(Ordering::Relaxed))
    }

    /// Never more than went by on the wall.
    pub(crate) fn elapsed(self) -> Duration {
        TICK * (TICKS.load(Ordering::Relaxed) - self.0)
    }
}
