//! Time for expiry: the only place in the workspace that reads a clock.
//!
//! The hit path reads the kernel's coarse monotonic clock (about 10 ns, a step of 1 to 4 ms) on every look-up. A ticker
//! thread of our own would be cheaper still and wrong: after a process was stopped and continued, it is old.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64 as Nanos, Ordering};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use tokio::sync::Notify;

use crate::sync::AtomicU64;

/// A moment, in nanoseconds since an origin that only this process knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(u64);

impl Timestamp {
    /// The end of time.
    #[cfg(test)]
    pub(crate) const END: Self = Self(u64::MAX);

    /// The moment `after` from this one; the end of time where that overflows.
    pub(crate) fn plus(self, after: Duration) -> Self {
        let nanos = u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(nanos))
    }

    /// The moment `before` this one; the beginning of time where there is none.
    pub(crate) fn minus(self, before: Duration) -> Self {
        let nanos = u64::try_from(before.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_sub(nanos))
    }

    /// How long ago `earlier` was.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// How long after the origin it is.
    pub(crate) fn since_origin(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    /// As a server counts: whole milliseconds, rounded up, so that nothing seems younger than it is.
    pub(crate) fn millis(self) -> u64 {
        self.0.div_ceil(1_000_000)
    }
}

/// Until when what memory holds counts as true: until the next word of the second level is overdue.
///
/// Read before the floors of an entry, and set after them: whoever sees the new moment sees what was dropped before it.
#[derive(Debug)]
pub(crate) struct Freshness {
    served: AtomicU64,
    /// The same without what it was stretched by.
    confirmed: AtomicU64,
}

impl Freshness {
    /// For ever: there is no second level.
    pub(crate) fn unlimited() -> Self {
        Self::until_then(u64::MAX)
    }

    /// Not at all, so far.
    pub(crate) fn none() -> Self {
        Self::until_then(0)
    }

    fn until_then(moment: u64) -> Self {
        Self { served: AtomicU64::new(moment), confirmed: AtomicU64::new(moment) }
    }

    #[inline]
    pub(crate) fn until(&self) -> Timestamp {
        Timestamp(self.served.load(Ordering::Acquire))
    }

    /// Until when it would be, had nobody stretched it.
    pub(crate) fn confirmed_until(&self) -> Timestamp {
        Timestamp(self.confirmed.load(Ordering::Acquire))
    }

    /// Answers overtake each other: the later moment counts.
    pub(crate) fn extend(&self, to: Timestamp) {
        self.confirmed.fetch_max(to.0, Ordering::AcqRel);
        self.served.fetch_max(to.0, Ordering::AcqRel);
    }

    pub(crate) fn end(&self) {
        self.confirmed.store(0, Ordering::Release);
        self.served.store(0, Ordering::Release);
    }

    /// Serves what nobody confirms.
    pub(crate) fn stretch(&self, to: Timestamp) {
        self.served.fetch_max(to.0, Ordering::AcqRel);
    }

    /// The end of that. Called where nobody else extends or stretches it at the same time.
    pub(crate) fn relax(&self) {
        self.served.store(self.confirmed.load(Ordering::Acquire), Ordering::Release);
    }
}

/// A moment that can be put off, and never comes earlier.
#[derive(Debug)]
pub(crate) struct Deadline(AtomicU64);

impl Deadline {
    pub(crate) fn at(moment: Timestamp) -> Self {
        Self(AtomicU64::new(moment.0))
    }

    #[inline]
    pub(crate) fn get(&self) -> Timestamp {
        // Nothing else is read by its order.
        Timestamp(self.0.load(Ordering::Relaxed))
    }

    pub(crate) fn set(&self, to: Timestamp) {
        self.0.store(to.0, Ordering::Relaxed);
    }

    pub(crate) fn put_off(&self, to: Timestamp) {
        self.0.fetch_max(to.0, Ordering::Relaxed);
    }
}

/// A moment of the system's clock in Unix time.
pub(crate) fn since_epoch(moment: SystemTime) -> Duration {
    moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

/// Unix time in milliseconds, by the system's clock. Of what stands in a server's place only.
pub(crate) fn unix_now() -> u64 {
    #[allow(clippy::disallowed_methods, reason = "this is where clocks are read")]
    let since = since_epoch(SystemTime::now());
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// How long it is from now to a moment of the system's clock; none where that is past.
pub(crate) fn until(moment: SystemTime) -> Duration {
    #[allow(clippy::disallowed_methods, reason = "this is where clocks are read")]
    moment.duration_since(SystemTime::now()).unwrap_or_default()
}

/// Where a cache takes the time from.
///
/// The default is the system's coarse monotonic clock. Tests take a [`ManualClock`] and move it by hand.
#[derive(Debug, Clone, Default)]
pub struct Clock(Source);

#[derive(Debug, Clone, Default)]
enum Source {
    #[default]
    System,
    Manual(Arc<Hand>),
}

/// What moves by hand.
#[derive(Debug, Default)]
struct Hand {
    nanos: Nanos,
    moved: Notify,
}

impl Clock {
    /// The system's coarse monotonic clock.
    ///
    /// Its step is the kernel's tick, 1 to 4 ms, so an entry may be served that much longer than its ttl.
    pub fn system() -> Self {
        Self(Source::System)
    }

    #[inline]
    pub(crate) fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => {
                let ticks = coarsetime::Instant::now_without_cache_update().as_ticks();
                Timestamp(coarsetime::Duration::from_ticks(ticks).as_nanos())
            }
            Source::Manual(hand) => Timestamp(hand.nanos.load(Ordering::Acquire)),
        }
    }

    /// Waits until a moment has come by this clock, on any runtime or none.
    pub(crate) async fn sleep_until(&self, moment: Timestamp) {
        match &self.0 {
            Source::System => loop {
                let left = moment.since(self.now());
                if left.is_zero() {
                    return;
                }
                sleep(left).await;
            },
            Source::Manual(hand) => loop {
                let mut moved = pin!(hand.moved.notified());
                // Heard from here on, so that no move is missed.
                moved.as_mut().enable();
                if self.now() >= moment {
                    return;
                }
                moved.await;
            },
        }
    }
}

impl Clock {
    /// Waits for something until a moment has come; `None`: it has come first.
    pub(crate) async fn or_until<T>(&self, moment: Timestamp, awaited: impl Future<Output = T>) -> Option<T> {
        let (mut awaited, mut end) = (pin!(awaited), pin!(self.sleep_until(moment)));
        poll_fn(|context| match awaited.as_mut().poll(context) {
            Poll::Pending => end.as_mut().poll(context).map(|()| None),
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
        })
        .await
    }
}

/// Measures real time, for limits on waiting and for adapters; not for expiry.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// A stopwatch that runs from now on.
    pub fn start() -> Self {
        #[allow(clippy::disallowed_methods, reason = "this is the file that reads the clock")]
        Self(std::time::Instant::now())
    }

    /// How long it has been running.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Waits on real time, on any runtime or none. For limits on waiting, which no test moves; not for expiry.
pub(crate) async fn sleep(time: Duration) {
    futures_timer::Delay::new(time).await;
}

/// A clock that moves only when told to, for tests of ttl without sleeping.
///
/// ```
/// use std::time::Duration;
/// use cache_core::{Cache, ManualClock};
///
/// let clock = ManualClock::new();
/// let cache = Cache::builder("test").clock(clock.clock()).build()?;
/// clock.advance(Duration::from_secs(60));
/// # let _ = cache;
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ManualClock(Arc<Hand>);

impl ManualClock {
    /// A clock that stands still until [`advance`](Self::advance) is called.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the clock on; every cache built with it sees the new time at once, and what waits for a moment by it goes on.
    pub fn advance(&self, by: Duration) {
        let nanos = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        self.0.nanos.fetch_add(nanos, Ordering::AcqRel);
        self.0.moved.notify_waiters();
    }

    /// The handle that [`CacheBuilder::clock`](crate::CacheBuilder::clock) takes.
    pub fn clock(&self) -> Clock {
        Clock(Source::Manual(Arc::clone(&self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let manual = ManualClock::new();
        let clock = manual.clock();
        let before = clock.now();
        assert_eq!(clock.now(), before);
        manual.advance(Duration::from_millis(5));
        assert_eq!(clock.now(), before.plus(Duration::from_millis(5)));
    }

    #[test]
    fn the_system_clock_counts_nanoseconds() {
        let before = Clock::system().now();
        std::thread::sleep(Duration::from_millis(40));
        let after = Clock::system().now();
        assert!(after >= before.plus(Duration::from_millis(20)));
        assert!(after <= before.plus(Duration::from_secs(30)));
    }

    #[test]
    fn a_ttl_beyond_the_end_of_time_is_the_end_of_time() {
        let clock = ManualClock::new();
        clock.advance(Duration::from_secs(1));
        assert_eq!(clock.clock().now().plus(Duration::MAX), Timestamp(u64::MAX));
    }
}
