//! The scopes that a caller puts around calls: [`bypass`], [`refresh`], [`observe`], [`stamped`] and [`at_least`].

use crate::engine::Engine;
use crate::flight::load::LoadId;
use crate::model::causal::{Stamp, Stamped};
use crate::model::outcome::Observed;
use crate::scope::{self, Scope, Since, Use, Wish, stamps};

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

/// Runs a future, and tells where what was invalidated and put in it stands in the history of the second level, so that
/// reads elsewhere can be made to follow it: see [`at_least`].
///
/// Without a second level the stamp is empty, since all who share the cache are in this process. What was not delivered
/// to the second level makes the stamp an error, as does a call inside that was dropped or panicked.
///
/// It reaches everything that the future awaits, and nothing that it spawns as a task of its own. Costs no round trip.
///
/// # Cancel safety
/// As the future's.
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// # async fn rename(_: u64, _: &str) {} // annotated with `#[cache_evict(..)]`
/// let renamed = cache_core::stamped(rename(7, "Ada")).await;
/// let header = renamed.stamp?.to_string(); // for whoever asks next, perhaps another node
/// # let _ = header;
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
pub async fn stamped<F: Future>(future: F) -> Stamped<F::Output> {
    let scope = Scope::stamping();
    let value = scope.around(future).await;
    Stamped::new(value, scope.stamp())
}

/// Runs a future with values that are at least as new as what the stamp was made of, on whichever node.
///
/// Other nodes follow within one message, at most within [`max_staleness`](crate::CacheBuilder::max_staleness). Inside of
/// this a cached function takes nothing from a memory that has not seen the stamp yet: it asks the second level, in one
/// round trip, or loads. Nor does it share a load that began before it and that nobody can confirm. A node that has
/// restarted its history, or stands in another one than the stamp, counts as one that has not seen it.
///
/// Of several around a call each counts. It reaches everything that the future awaits, and nothing that it spawns as a
/// task of its own.
///
/// # Cancel safety
/// As the future's.
///
/// ```
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// # async fn name(_: u64) -> String { "Ada".to_owned() } // annotated with `#[cacheable(..)]`
/// # let header = "";
/// let stamp = header.parse()?;
/// assert_eq!(cache_core::at_least(stamp, name(7)).await, "Ada");
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
pub async fn at_least<F: Future>(stamp: Stamp, future: F) -> F::Output {
    Scope::new(Wish::AtLeast(stamp)).around(future).await
}

impl Engine {
    /// How the running call uses this cache.
    pub(crate) fn wanted(&self) -> Use {
        match scope::wanted() {
            Use::Usual if !self.has_seen_what_it_must() => Use::PastMemory,
            wanted => wanted,
        }
    }

    fn has_seen_what_it_must(&self) -> bool {
        let Some(level) = &self.level2 else { return true };
        let has_seen = stamps::are_met(|stamp| stamp.is_reached_at(level.standing.position()));
        if !has_seen {
            // The next call may find it there.
            level.standing.hurry();
        }
        has_seen
    }
}
