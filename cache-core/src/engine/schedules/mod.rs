//! Calls that meet, in thousands of orders: `shuttle` decides at each lock and each atomic which of them goes on.
//!
//! The calls are the engine's own, as expansions make them, on one cache in memory; behind it is a row that stands for the
//! database, or for what other nodes have. A schedule that finds a stale value, two loads where one would do, or calls that
//! wait for each other ends with a panic, which says what to replay it with.
//!
//! | file | what meets |
//! |---|---|
//! | `invalidations.rs` | calls and an invalidation; a load that is dropped or panics |
//! | `messages.rs` | calls, and what others have invalidated: messages, polls |
//! | `puts.rs` | puts, invalidations and calls |
//! | `world.rs` | the cache, the row, and the calls |
//!
//! Beside what holds stands what must not: with a protection taken away some schedule finds out. They need
//! `--cfg larder_shuttle`: see CONTRIBUTING.md.

mod invalidations;
mod messages;
mod puts;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, FailurePersistence, Runner};

/// What the schedules are drawn from. `SHUTTLE_RANDOM_SEED` says another.
const SEED: u64 = 20_261_121;
/// How many unlucky moments there are at most.
const DEPTH: usize = 3;

/// How many schedules of each kind there are; as many times more as `LARDER_SCHEDULES` says.
fn schedules(usually: usize) -> usize {
    let times = std::env::var("LARDER_SCHEDULES").ok().and_then(|times| times.parse().ok());
    usually * times.unwrap_or(1)
}

fn config(persistence: FailurePersistence) -> Config {
    let mut config = Config::new();
    // The engine's calls are deeper than shuttle expects, and a debug build's frames are large.
    config.stack_size = 1 << 20;
    config.failure_persistence = persistence;
    // All orderings are as the strictest here: weaker ones are not what these schedules are about.
    config.silence_warnings = true;
    config
}

/// Shows that something holds in every schedule that is tried: most of them let every call run on but for a few unlucky
/// moments, which finds what is rare; the others switch at random.
fn holds(usually: usize, run: impl Fn() + Send + Sync + Clone + 'static) {
    let (count, print) = (schedules(usually), FailurePersistence::Print);
    try_all("unlucky moments", PctScheduler::new_from_seed(SEED, DEPTH, count), print.clone(), run.clone());
    try_all("switches at random", RandomScheduler::new_from_seed(SEED, count.div_ceil(4)), print, run);
}

fn try_all(
    how: &str,
    scheduler: impl Scheduler + 'static,
    print: FailurePersistence,
    run: impl Fn() + Send + Sync + 'static,
) {
    let runner = Runner::new(scheduler, config(print));
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| runner.run(run))) {
        eprintln!("one of the schedules with {how} from the seed {SEED} has failed");
        resume_unwind(panic);
    }
}

/// Shows that the schedules find out when something does not hold.
fn is_found_out(run: impl Fn() + Send + Sync + 'static) {
    let unlucky = PctScheduler::new_from_seed(SEED, DEPTH, 5000);
    let runner = Runner::new(unlucky, config(FailurePersistence::None));
    let tried = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&tried);
    let counted = move || {
        count.fetch_add(1, Ordering::Relaxed);
        run();
    };
    let found = catch_unwind(AssertUnwindSafe(|| runner.run(counted))).is_err();
    assert!(found, "no schedule has found out that a protection is gone");
    println!("found out by schedule {}", tried.load(Ordering::Relaxed));
}
