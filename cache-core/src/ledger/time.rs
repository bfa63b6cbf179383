//! [`UnixTime`]: the time as a server tells it, by a clock that may be moved by hand.

use std::time::Duration;

use crate::model::clock::{self, Clock};

/// Unix time: as the system has it when this begins, and from then on by the clock.
#[derive(Debug)]
pub(crate) struct UnixTime {
    clock: Clock,
    /// What the clock lacks of it, in milliseconds.
    base: u64,
}

impl UnixTime {
    pub(crate) fn by(clock: Clock) -> Self {
        let base = clock::unix_now().saturating_sub(clock.now().millis());
        Self { clock, base }
    }

    /// In milliseconds, rounded up.
    pub(crate) fn millis(&self) -> u64 {
        self.base.saturating_add(self.clock.now().millis())
    }

    /// Since 1970.
    pub(crate) fn now(&self) -> Duration {
        Duration::from_millis(self.base).saturating_add(self.clock.now().since_origin())
    }
}
