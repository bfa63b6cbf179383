//! [`Decision`]: what becomes of a call.

use std::time::Duration;

use crate::model::rate::Limited;

/// What becomes of a call: whether it may go on, and what to tell the caller.
///
/// The names are those of the HTTP headers that carry it: `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset`, and
/// `Retry-After`.
///
/// ```
/// use std::time::Duration;
/// use cache_core::{Cache, RateLimit};
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let logins = Cache::in_process().rate_limiter("logins", RateLimit::fixed_window(1, Duration::from_secs(60)));
/// let allowed = logins.check("ada").await?;
/// assert_eq!((allowed.is_allowed(), allowed.limit(), allowed.remaining()), (true, 1, 0));
/// assert_eq!(allowed.retry_after(), None);
/// let refused = logins.check("ada").await?;
/// assert!(!refused.is_allowed() && refused.retry_after() == Some(refused.reset_after()));
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a call that is refused must not go on"]
pub struct Decision {
    limit: u64,
    limited: Limited,
}

impl Decision {
    pub(super) fn new(limit: u64, limited: Limited) -> Self {
        Self { limit, limited }
    }

    /// Whether the call may go on. Only then it was counted.
    pub fn is_allowed(&self) -> bool {
        self.limited.is_allowed
    }

    /// How many calls may come at once: the limit of a fixed window, the burst of [`gcra`](crate::RateLimit::gcra).
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// How many more might come now.
    pub fn remaining(&self) -> u64 {
        self.limited.remaining
    }

    /// How long it is until as many may come as if none had ever come: until the window ends, or the whole burst is back.
    pub fn reset_after(&self) -> Duration {
        self.limited.reset_after
    }

    /// How long the caller is to wait before it is worth while to come again with as many; `None` where it may go on.
    ///
    /// Whoever waits so long is allowed, unless others came first.
    pub fn retry_after(&self) -> Option<Duration> {
        (!self.limited.is_allowed).then_some(self.limited.retry_after)
    }
}
