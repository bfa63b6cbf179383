//! The engine for functions that are not asynchronous.

use tokio::task::coop;

/// Drives a call to its end on this thread, inside an executor or outside.
///
/// Nothing that the engine waits for needs this thread: the servers' adapters and the clock have threads of their own,
/// and such a call never waits for a load that an asynchronous one leads. An executor may have given the task around it a
/// budget of steps, which nobody would renew before the end, so it does not count here.
#[doc(hidden)]
pub fn block_on<F: Future>(call: F) -> F::Output {
    pollster::block_on(coop::unconstrained(call))
}
