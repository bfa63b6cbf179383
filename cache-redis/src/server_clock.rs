//! The server's time without asking it: a reading, carried on by our own stopwatch.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_core::port::Stopwatch;

/// How far the server's clock is ahead of a stopwatch of ours.
///
/// It never says an earlier time than the server's own, so that no entry is served beyond its end: a reading counts from
/// the moment at which it was asked for, and everything is rounded up. It may say a later one, by the time of a round
/// trip.
#[derive(Debug)]
pub(crate) struct ServerClock {
    running: Stopwatch,
    /// Microseconds.
    ahead: AtomicU64,
}

impl ServerClock {
    /// A clock that says 0 until it is [set](Self::set).
    pub(crate) fn new() -> Self {
        Self { running: Stopwatch::start(), ahead: AtomicU64::new(0) }
    }

    /// The moment at which a reading is asked for.
    pub(crate) fn asked(&self) -> Duration {
        self.running.elapsed()
    }

    /// Takes a reading: the server's time in microseconds, and when it was asked for.
    pub(crate) fn set(&self, server: u64, asked: Duration) {
        self.ahead.store(server.saturating_sub(micros(asked)), Ordering::Relaxed);
    }

    /// The server's time in milliseconds.
    pub(crate) fn now(&self) -> u64 {
        let micros = self.ahead.load(Ordering::Relaxed).saturating_add(micros(self.running.elapsed()));
        // One more: the stopwatch's own nanoseconds were cut off.
        micros.saturating_add(1).div_ceil(1000)
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_runs_on_from_the_moment_at_which_it_was_asked_for() {
        let clock = ServerClock::new();
        let asked = clock.asked();
        std::thread::sleep(Duration::from_millis(20));
        clock.set(5_000_000, asked);
        let now = clock.now();
        assert!((5_020..9_000).contains(&now), "{now}");
        std::thread::sleep(Duration::from_millis(20));
        assert!(clock.now() >= now + 20);
    }

    #[test]
    fn a_server_at_the_end_of_time_is_no_overflow() {
        let clock = ServerClock::new();
        clock.set(u64::MAX, Duration::ZERO);
        assert!(clock.now() > 0);
        clock.set(0, Duration::from_secs(5));
        assert!(clock.now() < 5_000);
    }
}
