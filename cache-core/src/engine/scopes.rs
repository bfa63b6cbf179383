//! The scopes that a caller puts around calls: [`bypass`], [`refresh`] and [`observe`].

use crate::flight::load::LoadId;
use crate::model::outcome::Observed;
use crate::scope::{Scope, Since, Use, Wish};

/// Runs a future as if the caches were switched off: cached functions inside neither read nor store, and run their bodies.
///
/// What is written still takes effect: `#[cache_evict]` evicts, and `#[cache_put]` removes its key instead of storing, so
/// that no older value stays behind. Nothing inside counts in [`Stats`](crate::Stats) but those invalidations.
///
/// It reaches everything that the future awaits, however deep, and nothing that it spawns as a task of its own. Of several
/// scopes around a call the innermost of `bypass` and [`refresh`] counts.
///
/// # Cancel safety
/// As the future's.
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// # async fn rate() -> u64 { 108 } // annotated with `#[cacheable(..)]`
/// let rate = cache_core::bypass(rate()).await;
/// assert_eq!(rate, 108);
/// # });
/// ```
pub async fn bypass<F: Future>(future: F) -> F::Output {
    Scope::new(Wish::Use(Use::None)).around(future).await
}

/// Runs a future with fresh values: cached functions inside run their bodies, and store what they return.
///
/// Also those that are called in the bodies of others: a value that is made of old values is not fresh. Calls inside that
/// ask for the same key at once share one load; none is given the result of a load whose body ran already when the refresh
/// began.
///
/// Others are given the present entry meanwhile. Loads of it that began before the refresh are not stored. Afterwards
/// the key holds the fresh value or, as after a `#[cache_put]`, nothing: nothing where the body returned `None`, where
/// `unless` objected, or where something was evicted meanwhile. Where the body failed, the entry stays as it was. On the
/// second level two round trips beside the body, one more where nothing was stored. The memory of other processes follows
/// as after an eviction.
///
/// It reaches everything that the future awaits, and nothing that it spawns as a task of its own. Of several scopes
/// around a call the innermost of [`bypass`] and `refresh` counts.
///
/// # Cancel safety
/// As the future's.
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// # async fn rate() -> u64 { 108 } // annotated with `#[cacheable(..)]`
/// let rate = cache_core::refresh(rate()).await;
/// assert_eq!(rate, 108);
/// # });
/// ```
pub async fn refresh<F: Future>(future: F) -> F::Output {
    Scope::new(Wish::Use(Use::Fresh(Since(LoadId::next().0)))).around(future).await
}

/// Runs a future, and tells what became of the cached calls in it: whether each was a hit, on which level, and if not, why.
///
/// Every scope around a call is told, also through [`bypass`] and [`refresh`]. Calls in the bodies of others are told too,
/// with their depth; where a body did not run in this task, as on a hit or behind another call's load, there is nothing to
/// tell of what it calls. A call that is dropped or panics is not told, and neither is one whose `condition` is false or
/// whose cache is switched off. Each call costs some 100 bytes until the future ends.
///
/// # Cancel safety
/// As the future's.
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// # async fn rate() -> u64 { 108 } // annotated with `#[cacheable(..)]`
/// let observed = cache_core::observe(rate()).await;
/// if let Some(outcome) = observed.outcome() {
///     println!("{}: {:?} on {:?}", outcome.function, outcome.answer, outcome.level);
/// }
/// assert_eq!(observed.value, 108);
/// # });
/// ```
pub async fn observe<F: Future>(future: F) -> Observed<F::Output> {
    let scope = Scope::watch();
    let value = scope.around(future).await;
    Observed::new(value, scope.told())
}
