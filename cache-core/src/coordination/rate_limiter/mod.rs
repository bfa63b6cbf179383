//! [`RateLimiter`]: how often something may happen, whichever node it happens on.
//!
//! | what | file |
//! |---|---|
//! | how many calls in which time | `rate_limit.rs` |
//! | what becomes of a call | `decision.rs` |

mod decision;
mod rate_limit;

pub use decision::Decision;
pub use rate_limit::RateLimit;

use std::fmt;

use crate::engine::look_up::Call;
use crate::model::entry_key::EntryKey;
use crate::model::error::Error;
use crate::model::key::{CacheKey, KeyWriter};
use crate::model::operation::Operation;
use crate::namespace::{Namespace, StoredKey};
use crate::port::Limit;

static RATE_LIMITER: Operation = Operation::new("larder::Namespace", "rate_limiter", None);

/// Limits how often something may happen, for each subject by itself and for all nodes together.
///
/// A cheap handle, made by [`Namespace::rate_limiter`]. What it limits is a *subject*: a user, an address, an API key.
///
/// # Whose limit
/// As a [`Counter`](crate::Counter)'s: that of the tenant around the check. Limiters of two names, namespaces or tenants do not
/// meet, whatever their subjects are. Handles with the same name share what was counted; where their limits differ, or a limit
/// was changed, each check goes by its own: a window that runs on for longer than the present one would is cut to it, and of a
/// [`gcra`](RateLimit::gcra) never more is owed than a burst. A limiter that turns from the one kind to the other begins anew.
///
/// # How it decides
/// On the second level, in one script and one round trip, by the server's clock: the nodes' own do not matter. A call that is
/// refused consumes nothing. **Without a second level it limits the calls of this cache in this process only**, of its handle and all clones of it.
///
/// # Trouble
/// A check that the server did not answer is an error, and it is unknown whether it was counted, once at most. What to do then is
/// yours to say:
///
/// ```
/// # use std::time::Duration;
/// # use cache_core::{Cache, RateLimit};
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// # let limiter = Cache::in_process().rate_limiter("api", RateLimit::gcra(10, Duration::from_secs(1)));
/// // Rather too many calls than none:
/// let goes_on = limiter.check("ada").await.map_or(true, |decision| decision.is_allowed());
/// // Rather none than too many:
/// let goes_on = limiter.check("ada").await.is_ok_and(|decision| decision.is_allowed());
/// # let _ = goes_on;
/// # });
/// # Ok::<(), cache_core::Error>(())
/// ```
///
/// # Errors
/// What kept the second level from answering, as [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable),
/// [`Timeout`](crate::ErrorKind::Timeout) or [`Full`](crate::ErrorKind::Full);
/// [`TenantMissing`](crate::ErrorKind::TenantMissing) and [`Config`](crate::ErrorKind::Config), of a limit that cannot be kept
/// exactly, of more calls than ever fit, of a namespace that is none, and of a hashed piece of the subject without a
/// [`key_secret`](crate::CacheBuilder::key_secret).
///
/// # Cancel safety
/// A check that is dropped before its end may be counted or not, as after an error.
#[derive(Clone)]
pub struct RateLimiter {
    namespace: Namespace,
    name: StoredKey,
    limit: RateLimit,
}

/// A name and a subject. The name is written as a value, so it ends at the first `:`, and no two pairs are one key.
struct Subject<'a, K>(&'a StoredKey, &'a K);

impl<K: CacheKey> CacheKey for Subject<'_, K> {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        self.write_whole_key(key);
    }

    fn write_whole_key(&self, key: &mut KeyWriter<'_>) {
        key.push_escaped(self.0.as_str().as_bytes());
        key.part();
        self.1.write_whole_key(key);
    }
}

impl Namespace {
    /// The limiter of a name: see [`RateLimiter`]. Nothing is asked, and nothing is counted yet.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cache_core::{Cache, RateLimit};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let api = Cache::in_process().rate_limiter("api", RateLimit::gcra(100, Duration::from_secs(60)).burst(10));
    /// assert!(api.check(("user", 42)).await?.is_allowed());
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn rate_limiter(&self, name: impl CacheKey, limit: RateLimit) -> RateLimiter {
        let name = StoredKey::written(self, |writer| name.write_key(writer));
        RateLimiter { namespace: self.clone(), name, limit }
    }
}

impl RateLimiter {
    /// Counts one call of a subject, if it is within the limit. One round trip.
    ///
    /// # Errors
    /// As [`RateLimiter`] says.
    ///
    /// # Cancel safety
    /// Dropped before its end, it may be counted or not.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cache_core::{Cache, RateLimit};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let api = Cache::in_process().rate_limiter("api", RateLimit::fixed_window(100, Duration::from_secs(60)));
    /// let decision = api.check("ada").await?;
    /// assert_eq!((decision.is_allowed(), decision.remaining()), (true, 99));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn check(&self, subject: impl CacheKey) -> Result<Decision, Error> {
        self.check_n(subject, 1).await
    }

    /// Counts so many calls of a subject at once, if all of them are within the limit; else none of them. One round trip.
    ///
    /// With 0 nothing is counted: a look at what is left.
    ///
    /// # Errors
    /// As [`RateLimiter`] says; [`ErrorKind::Config`](crate::ErrorKind::Config) where it is more than the limit or the burst, for
    /// these would never be allowed.
    ///
    /// # Cancel safety
    /// Dropped before its end, it may be counted or not.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cache_core::{Cache, RateLimit};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let mails = Cache::in_process().rate_limiter("mails", RateLimit::fixed_window(100, Duration::from_secs(60)));
    /// assert!(mails.check_n("ada", 70).await?.is_allowed());
    /// assert!(!mails.check_n("ada", 70).await?.is_allowed());
    /// assert_eq!(mails.check_n("ada", 0).await?.remaining(), 30);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn check_n(&self, subject: impl CacheKey, calls: u64) -> Result<Decision, Error> {
        let (rate, most) = (self.limit.rate()?, self.limit.most());
        if calls > most {
            return Err(Error::config(
                "more calls at once than the limit or the burst ever has room for: ask for fewer, or raise it",
            ));
        }
        let (call, key) = self.place(&subject)?;
        let limit = Limit { key: key.bytes(), rate, calls };
        let limited = call.engine.told(call.engine.coordination.limit(limit, call.engine.patience()).await)?;
        Ok(Decision::new(most, limited))
    }

    /// Forgets what was counted of a subject; says whether there was anything. One round trip, also where the server's memory is
    /// full.
    ///
    /// # Errors
    /// As [`RateLimiter`] says.
    ///
    /// # Cancel safety
    /// Dropped before its end, it may be done or not.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cache_core::{Cache, RateLimit};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let logins = Cache::in_process().rate_limiter("logins", RateLimit::fixed_window(1, Duration::from_secs(60)));
    /// assert!(logins.check("ada").await?.is_allowed());
    /// assert!(logins.reset("ada").await?);
    /// assert!(logins.check("ada").await?.is_allowed());
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn reset(&self, subject: impl CacheKey) -> Result<bool, Error> {
        let (call, key) = self.place(&subject)?;
        call.engine.told(call.engine.coordination.unlimit(key.bytes(), call.engine.patience()).await)
    }

    /// Where a subject's limit stands, in the space of the task that asks.
    fn place<K: CacheKey>(&self, subject: &K) -> Result<(Call, EntryKey), Error> {
        let call = self.namespace.call(&RATE_LIMITER)?;
        let key = call.key_of(&Subject(&self.name, subject))?;
        Ok((call, key))
    }
}

/// Without its name, a piece of which may be secret.
impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter").field("limit", &self.limit).finish_non_exhaustive()
    }
}
