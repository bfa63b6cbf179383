//! [`LockGuard`]: a lock that is held.

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use crate::coordination::lock::long_enough;
use crate::locks::hold::{Hold, not_held};
use crate::model::error::Error;

/// A lock that is held, until it is given back, dropped or lost.
///
/// Dropping it gives it back in the background; where the server cannot be reached then, it ends with its ttl. To know that it
/// was given back, [`release`](Self::release) it.
#[must_use = "what is dropped at once protects nothing"]
pub struct LockGuard {
    hold: Hold,
}

impl LockGuard {
    pub(super) fn new(hold: Hold) -> Self {
        Self { hold }
    }

    /// A number that is larger than that of every earlier holder of this lock, on all nodes.
    ///
    /// What is written to under the lock should keep the largest it has seen and refuse a smaller one. It is the server's time in
    /// microseconds when the lock was granted, or one more than the last token where that is not larger: so it grows also where the
    /// server has lost the last one, unless its clock was put back by more than has passed since. Below 2^53.
    pub fn fencing_token(&self) -> u64 {
        self.hold.token()
    }

    /// Whether the lock is held for sure. Costs no round trip.
    ///
    /// Judged by this process's clock from the moment on at which the last claim was *sent*, and by a hundredth of the ttl and 12
    /// milliseconds too early; an answer that never comes makes it false in time. The clock is the monotonic one, which stands
    /// still while a machine is suspended.
    pub fn is_held(&self) -> bool {
        self.hold.is_held()
    }

    /// Ends when the lock is not held any more: it was lost, has ended, or was given back.
    ///
    /// It ends before the ttl on the server does, whatever happens to the connection. It does not keep the lock, and may outlive
    /// the guard.
    ///
    /// # Cancel safety
    /// It changes nothing.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use cache_core::{Cache, ManualClock, Renewal};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let clock = ManualClock::new();
    /// let cache = Cache::builder("test").clock(clock.clock()).build()?;
    /// let guard = cache.lock("report").ttl(Duration::from_secs(10)).renewal(Renewal::ByHand).acquire().await?;
    /// let lost = guard.lost();
    /// clock.advance(Duration::from_secs(10));
    /// lost.await;
    /// assert!(!guard.is_held());
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn lost(&self) -> impl Future<Output = ()> + Send + use<> + 'static {
        self.hold.over()
    }

    /// Runs `work` while the lock is held, and drops it where it stands when the lock is lost.
    ///
    /// Before each step, that is each time that `work` is polled, it looks whether the lock is held; so what was stopped with its
    /// process, and goes on after the ttl, does nothing more. Within a step nothing can stop it: hand the
    /// [fencing token](Self::fencing_token) to what it writes to.
    ///
    /// # Errors
    /// [`ErrorKind::NotHeld`](crate::ErrorKind::NotHeld) where the lock was lost before `work` had ended, also in its last step: how
    /// far it came is unknown.
    ///
    /// # Cancel safety
    /// Dropped, it drops `work`.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let guard = Cache::in_process().lock("report").acquire().await?;
    /// let rows = guard.run(async { 3 }).await?;
    /// assert_eq!(rows, 3);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn run<F: Future>(&self, work: F) -> Result<F::Output, Error> {
        let (mut lost, mut work) = (pin!(self.lost()), pin!(work));
        poll_fn(|context| {
            // By the clock, not by its timer: after a stop that may come later than this.
            if !self.is_held() || lost.as_mut().poll(context).is_ready() {
                return Poll::Ready(Err(not_held()));
            }
            match work.as_mut().poll(context) {
                Poll::Ready(_) if !self.is_held() => Poll::Ready(Err(not_held())),
                polled => polled.map(Ok),
            }
        })
        .await
    }

    /// Has the lock last this long from now on, or longer where it would anyway. One round trip.
    ///
    /// Where it is renewed by itself, it is renewed for this long from then on. 100 milliseconds at least.
    ///
    /// # Errors
    /// [`ErrorKind::NotHeld`](crate::ErrorKind::NotHeld) where it is lost. After another error, that the server did not answer or
    /// could not be reached, it is held as long as before.
    ///
    /// # Cancel safety
    /// Dropped before its end, the server may have extended it; here it counts as held as long as before.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let guard = Cache::in_process().lock("long:task").acquire().await?;
    /// guard.extend(Duration::from_secs(60)).await?;
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn extend(&self, ttl: Duration) -> Result<(), Error> {
        self.hold.extend(long_enough(ttl)?).await
    }

    /// Gives the lock back, and waits for the server's word. One round trip.
    ///
    /// # Errors
    /// [`ErrorKind::NotHeld`](crate::ErrorKind::NotHeld) where it was lost before: another may have held it. Another error says that the
    /// server did not answer or could not be reached; it is asked once more in the background, and else the lock ends with its ttl.
    ///
    /// # Cancel safety
    /// Dropped before its end, it goes on in the background.
    pub async fn release(self) -> Result<(), Error> {
        self.hold.release().await
    }

    /// Why the last attempt to extend the lock came to nothing, until one succeeds. The attempts go on while it is held.
    pub fn trouble(&self) -> Option<Error> {
        self.hold.trouble()
    }
}

/// Without the name, and with nothing that proves the claim.
impl fmt::Debug for LockGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LockGuard")
            .field("fencing_token", &self.fencing_token())
            .field("is_held", &self.is_held())
            .finish_non_exhaustive()
    }
}
