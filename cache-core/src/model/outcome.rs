//! What [`observe`](crate::observe) reports of a call.

use std::sync::Arc;
use std::time::Duration;

/// A value, and what became of the cached calls on the way to it: the result of [`observe`](crate::observe).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Observed<T> {
    /// What the future returned.
    pub value: T,
    /// The calls that ended, in the order in which they did: those inside a body before the call whose body it is.
    pub outcomes: Vec<Outcome>,
}

impl<T> Observed<T> {
    pub(crate) fn new(value: T, outcomes: Vec<Outcome>) -> Self {
        Self { value, outcomes }
    }

    /// The outcome of the outermost call; of several, the last one that ended. `None` where no cached function was called.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.outcomes.iter().rfind(|outcome| outcome.depth == 0)
    }
}

/// What became of one call of a `#[cacheable]` function. It names no key and no value, which may be secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Outcome {
    /// The module of the function.
    pub module: &'static str,
    /// The name of the function.
    pub function: &'static str,
    /// The name of the cache.
    pub cache: Arc<str>,
    /// How many bodies of cached functions the call was made in, within the observed future; 0: in none.
    pub depth: u32,
    /// How it was answered.
    pub answer: Answer,
    /// Which level had the value.
    pub level: Level,
    /// How long ago its load or put began, in this process. `None` where another one did, or where it is new.
    pub age: Option<Duration>,
    /// Why memory did not answer. `None` where it did, or was not asked.
    pub not_in_memory: Option<Reason>,
    /// Why the second level did not answer. `None` where it did, was not asked, or where there is none.
    pub not_remote: Option<Reason>,
}

/// How a call was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answer {
    /// With what a level had.
    Hit,
    /// With what memory had, though for longer than [`max_staleness`](crate::CacheBuilder::max_staleness) nobody could say
    /// whether it is still true: see [`Unreachable::Stale`](crate::Unreachable::Stale).
    Stale,
    /// With the `None`, or the error, that a level had.
    Negative,
    /// With the result of its own body.
    Miss,
    /// With the result of another call's load.
    Collapsed,
    /// With the result of its own body, because it was inside of [`refresh`](crate::refresh).
    Refreshed,
    /// With the result of its own body, because it was inside of [`bypass`](crate::bypass), or of a
    /// [transaction](crate::CommitScope) that had changed something.
    Bypassed,
    /// With trouble with the cache, as `on_cache_error = fail` wants it.
    Failed,
}

/// A level of the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Level {
    /// The memory of this process.
    Memory,
    /// The second level.
    Remote,
    /// None: a body was run, by this call or by another.
    None,
}

/// Why a level did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// There was nothing: never stored, evicted by its key or by a pattern, or given up to make room.
    Nothing,
    /// The entry's time was over.
    Expired,
    /// One of its tags, its namespace or everything was evicted since its load began.
    Invalidated,
    /// The entry held a value of another type or `version`, or one whose type has another shape in the build that stored
    /// it.
    OtherType,
    /// The entry lacked a tag that this code gives it.
    FewerTags,
    /// The entry's bytes were damaged, too many, of another format, or could not be read as the value.
    Unreadable,
    /// Whether it was still true was not known: the second level's last word is too long ago, or is not the word that
    /// [`at_least`](crate::at_least) asks for.
    Unconfirmed,
    /// The level did not say: it did not answer in time, or must not be asked at the moment.
    Unreachable,
}
