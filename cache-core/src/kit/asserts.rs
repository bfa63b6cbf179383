//! [`assert_hit!`](crate::assert_hit) and [`assert_miss!`](crate::assert_miss).

use crate::kit::words;
use crate::model::outcome::{Answer, Level, Observed, Outcome};
use crate::scope::Scope;

/// Asserts that a call was answered by the cache, and gives what it returned.
///
/// A call in a closure is not asynchronous; any other is awaited. Of what is called, all calls of `#[cacheable]` functions that are
/// not made in the body of another must be hits: all elements of a batch. A stored `None` or error is a hit too. The value is
/// given back as it is, whatever it is.
///
/// # Panics
/// Where it was none: the message says what it was instead, and why.
///
/// ```
/// use cache_core::Level;
/// use cache_core::testing::{Kit, assert_hit};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let cache = Kit::new().cache();
/// cache.set("a", 1).await?;
/// assert_eq!(assert_hit!(cache.get::<i32>("a"))?, Some(1));
/// assert_hit!(cache.get::<i32>("a"), Level::Memory)?; // and nowhere else
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
#[macro_export]
macro_rules! assert_hit {
    (|| $call:expr $(, $level:expr)? $(,)?) => {
        $crate::testing::__asserts::hit($crate::testing::__asserts::seen(|| $call), &[$($level)?], ::core::stringify!($call))
    };
    ($call:expr $(, $level:expr)? $(,)?) => {
        $crate::testing::__asserts::hit($crate::observe($call).await, &[$($level)?], ::core::stringify!($call))
    };
}

/// Asserts that a call ran its body to fill the cache, and gives what it returned.
///
/// As [`assert_hit!`](crate::testing::assert_hit): all elements of a batch. A call that was given the result of another one's
/// load, or left the cache out, is no miss.
///
/// # Panics
/// Where it was none: the message says what it was instead.
///
/// ```
/// use cache_core::testing::{Kit, assert_hit, assert_miss};
/// # use std::time::Duration;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let cache = Kit::new().cache();
/// let load = || cache.get_or_load("a", Duration::from_secs(60), async || Ok::<_, std::io::Error>(1));
/// assert_eq!(assert_miss!(load())?, 1);
/// assert_eq!(assert_hit!(load())?, 1);
/// # Ok::<(), std::io::Error>(())
/// # }).unwrap();
/// ```
#[macro_export]
macro_rules! assert_miss {
    (|| $call:expr $(,)?) => {
        $crate::testing::__asserts::miss($crate::testing::__asserts::seen(|| $call), ::core::stringify!($call))
    };
    ($call:expr $(,)?) => {
        $crate::testing::__asserts::miss($crate::observe($call).await, ::core::stringify!($call))
    };
}

/// What became of the calls in something that is not asynchronous.
pub fn seen<R>(run: impl FnOnce() -> R) -> Observed<R> {
    let scope = Scope::watch();
    let value = scope.enter(run);
    Observed::new(value, scope.told())
}

/// See [`assert_hit!`](crate::assert_hit). At most one level.
#[track_caller]
pub fn hit<R>(observed: Observed<R>, level: &[Level], call: &str) -> R {
    let is_hit = |outcome: &Outcome| {
        let is_there = level.iter().all(|level| *level == outcome.level);
        matches!(outcome.answer, Answer::Hit | Answer::Stale | Answer::Negative) && is_there
    };
    let wanted = match level {
        [Level::Memory] => "a hit in memory",
        [Level::Remote] => "a hit on the second level",
        [Level::None] => "a hit on no level, which there is none of,",
        _ => "a hit",
    };
    assert_all(&observed, is_hit, wanted, call);
    observed.value
}

/// See [`assert_miss!`](crate::assert_miss).
#[track_caller]
pub fn miss<R>(observed: Observed<R>, call: &str) -> R {
    assert_all(&observed, |outcome| outcome.answer == Answer::Miss, "a miss", call);
    observed.value
}

#[track_caller]
fn assert_all<R>(observed: &Observed<R>, is_wanted: impl Fn(&Outcome) -> bool, wanted: &str, call: &str) {
    let calls: Vec<&Outcome> = observed.outcomes.iter().filter(|outcome| outcome.depth == 0).collect();
    let others: Vec<&Outcome> = calls.iter().copied().filter(|outcome| !is_wanted(outcome)).collect();
    assert!(
        !calls.is_empty(),
        "`{call}` should be {wanted}, but no call of a `#[cacheable]` function ended in it: is the cache switched off, its \
         `condition` false, or the function another one?"
    );
    let Some(first) = others.first() else { return };
    let count = match (calls.len(), others.len()) {
        (1, _) => String::new(),
        (all, other) => format!("{} of {all} were, and {other} were not, of which the first ", all - other),
    };
    panic!("`{call}` should be {wanted}, but {count}{}", words::of(first));
}
