//! [`Pace`]: when the next refresh is due, and whether anybody reads.

use std::pin::pin;
use std::time::Duration;

use tokio::sync::Notify;

use crate::model::clock::{Clock, Deadline, Timestamp};

/// The pace of a refresh on this node. It moves by what runs it, and by those who read and load.
#[derive(Debug)]
pub(super) struct Pace {
    clock: Clock,
    every: Duration,
    due: Deadline,
    /// Until when it goes on if nobody reads any more.
    goes_on: Deadline,
    was_read: Notify,
}

/// A refresh is due.
pub(super) struct Due {
    /// The present moment: the next one counts from it, for were that due any sooner, its claim might meet this one's.
    pub(super) from: Timestamp,
    /// Whether nobody read before, so that a load may have begun just now.
    pub(super) rested: bool,
}

/// Somebody reads. Dropped, it wakes what rests: not before, so that what a reader loads need not be loaded once more.
#[must_use = "dropped at once it is no read"]
pub(super) struct Reading<'pace>(&'pace Pace);

impl Pace {
    pub(super) fn new(clock: Clock, every: Duration) -> Self {
        let now = clock.now();
        Self { clock, every, due: Deadline::at(now), goes_on: Deadline::at(now), was_read: Notify::new() }
    }

    pub(super) fn read(&self, stop_after: Duration) -> Reading<'_> {
        self.goes_on.put_off(self.clock.now().plus(stop_after));
        Reading(self)
    }

    /// Where a load brings a value, the next one is due a period after it began.
    pub(super) async fn loading<T, E>(&self, load: impl Future<Output = Result<T, E>>) -> Result<T, E> {
        let began = self.clock.now();
        let loaded = load.await;
        if loaded.is_ok() {
            self.due.put_off(began.plus(self.every));
        }
        loaded
    }

    /// Waits until a refresh is due and somebody reads.
    pub(super) async fn next(&self) -> Due {
        let mut rested = false;
        loop {
            let mut read = pin!(self.was_read.notified());
            // Heard from here on, so that no read is missed.
            read.as_mut().enable();
            let (now, due) = (self.clock.now(), self.due.get());
            if now < due {
                self.clock.sleep_until(due).await;
            } else if now < self.goes_on.get() {
                return Due { from: now, rested };
            } else {
                rested = true;
                read.await;
            }
        }
    }

    /// Whether one is due, or was: nobody has loaded since.
    pub(super) fn is_due(&self) -> bool {
        self.clock.now() >= self.due.get()
    }

    /// Has the next refresh be due a period after that moment; more of them, where the last one took longer.
    pub(super) fn done(&self, from: Timestamp) {
        let periods = self.clock.now().since(from).as_nanos() / self.every.as_nanos().max(1) + 1;
        self.due.put_off(from.plus(self.every.saturating_mul(u32::try_from(periods).unwrap_or(u32::MAX))));
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.was_read.notify_waiters();
    }
}
