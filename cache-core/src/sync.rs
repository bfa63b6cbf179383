//! The locks, atomics and thread-locals that calls on several threads meet at: those of `parking_lot` and of the standard
//! library.
//!
//! Tests that are built with `--cfg larder_shuttle` have `shuttle`'s in their place, of the same signatures: at each of them
//! a schedule of `engine/schedules/` decides which call goes on. Everything else is a single step there, whatever it locks
//! inside: `moka`, tokio's `Notify`, counters, the graph of waits. So nothing here may be locked or read from inside of such a
//! step.

#[cfg(not(all(test, larder_shuttle)))]
pub(crate) use {
    parking_lot::{Mutex, MutexGuard},
    std::sync::atomic::{AtomicBool, AtomicU64},
    std::thread::LocalKey,
    std::thread_local,
};
#[cfg(all(test, larder_shuttle))]
pub(crate) use {
    shuttle::sync::atomic::{AtomicBool, AtomicU64},
    shuttle::thread::LocalKey,
    shuttle::thread_local,
    shuttle_parking_lot::{Mutex, MutexGuard},
};

/// Lets a schedule go on with another call here, in front of a step that it knows nothing of. Nothing otherwise.
#[inline(always)]
#[allow(clippy::inline_always, reason = "it is nothing, also where the code is not optimised")]
pub(crate) fn step() {
    // Every operation on an atomic is such a place.
    #[cfg(all(test, larder_shuttle))]
    AtomicBool::new(false).load(std::sync::atomic::Ordering::SeqCst);
}
