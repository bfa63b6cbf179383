//! The clock that all processes share.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A moment, in nanoseconds since the machine was started: the same number means the same moment in every process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) u64);

impl Moment {
    /// Later than everything that happens.
    pub(crate) const NEVER: Self = Self(u64::MAX);

    /// The kernel's monotonic clock. It costs some 30 ns, and never goes back, on whichever processor it is read.
    pub(crate) fn now() -> Self {
        let now = clock_gettime(ClockId::Monotonic);
        let [seconds, nanos] = [now.tv_sec, now.tv_nsec].map(|part| u64::try_from(part).expect("it is positive"));
        Self(seconds * 1_000_000_000 + nanos)
    }

    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    pub(crate) fn plus(self, after: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(after.as_nanos()).unwrap_or(u64::MAX)))
    }
}
