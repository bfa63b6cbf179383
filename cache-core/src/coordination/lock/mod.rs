//! [`Lock`]: mutual exclusion between nodes.

mod guard;

pub use guard::LockGuard;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::look_up::Call;
use crate::locks::acquire::{acquire, try_acquire};
use crate::locks::hold::Hold;
use crate::locks::place::Place;
use crate::model::error::Error;
use crate::model::key::CacheKey;
use crate::model::operation::Operation;
use crate::namespace::{Namespace, StoredKey};

static LOCK: Operation = Operation::new("larder::Namespace", "lock", None);

/// How long a lock is held where nobody extends it.
const TTL: Duration = Duration::from_secs(30);
/// How long it is waited for.
const WAIT: Duration = Duration::from_secs(5);
/// Below this a ttl would be over before the answer is there.
const SHORTEST: Duration = Duration::from_millis(100);

/// A lock that one holder has at a time, among all nodes: a cheap handle, made by [`Namespace::lock`].
///
/// # What it promises
/// A holder has the lock for its [`ttl`](Self::ttl), and as long as it is [renewed](Renewal) beyond that; who dies holding it
/// keeps it until then. The holder learns that it has lost the lock before the server gives it to another: see
/// [`LockGuard::lost`] and [`LockGuard::run`].
///
/// That saves work and keeps order, and it cannot protect data by itself: a process may be stopped between a look at the lock and
/// the write that follows, and a server that fails over or loses its memory grants the lock again while it is held. Where two
/// writers would do harm, hand the [fencing token](LockGuard::fencing_token) to what is written to, and have that refuse a token
/// smaller than the largest it has seen ([Redis, Distributed locks](https://redis.io/docs/latest/develop/use/patterns/distributed-locks/);
/// M. Kleppmann, How to do distributed locking). It is no Redlock: one server decides.
///
/// The server counts a ttl by its own wall clock, and the holder by this machine's monotonic one. So a server's clock that is *set*
/// forward ends locks early, and one that is set back keeps those of the dead for longer; a machine that is suspended counts no time
/// meanwhile. Let clocks be slewed, and see the fencing token.
///
/// A lock is not re-entrant: who holds it and asks again waits for itself.
///
/// # Whose lock
/// That of the tenant around the *acquiring*, as the cache's or the namespace's [`Tenancy`](crate::Tenancy) says. Locks of two
/// namespaces or two tenants do not meet, nor do a lock and an entry of the same key. Nothing that clears, purges or invalidates
/// touches a lock.
///
/// # Where it holds
/// On the second level, for all nodes with the same server and cache name. **Without a second level it holds in this cache in this
/// process only**, for its handle and all clones of it, by the same rules. So it does in a cache that is switched off.
///
/// # Server settings
/// The server must not evict keys to make room, or a lock may be granted twice: `maxmemory-policy noeviction`, or a `volatile-*`
/// policy with memory to spare, or a server of its own.
///
/// ```
/// use std::time::Duration;
/// use cache_core::Cache;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let cache = Cache::in_process();
/// let lock = cache.lock(("invoice-number", "acme")).ttl(Duration::from_secs(10)).wait(Duration::from_secs(5));
/// let guard = lock.acquire().await?;
/// let _fencing = guard.fencing_token();
/// // Whatever only one may do.
/// guard.release().await?;
///
/// // The same in one: acquires, runs, gives back; stops the work where the lock is lost.
/// let number = lock.with_lock(|_fencing| async { 7 }).await?;
/// assert_eq!(number, 7);
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Lock {
    namespace: Namespace,
    key: StoredKey,
    ttl: Duration,
    wait: Duration,
    renewal: Renewal,
}

/// Whether a lock that is held is extended by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Renewal {
    /// At each third of its ttl, as long as its guard lives. A holder that hangs keeps it.
    #[default]
    Automatic,
    /// Only by [`LockGuard::extend`]: a holder that hangs loses it with its ttl.
    ByHand,
}

impl Namespace {
    /// The lock of a name: see [`Lock`]. Nothing is asked yet.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let orders = Cache::in_process().namespace("orders");
    /// let guard = orders.lock("process").try_acquire().await?;
    /// assert!(orders.lock("process").try_acquire().await.unwrap_err().is_not_acquired());
    /// drop(guard);
    /// orders.lock("process").try_acquire().await?;
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use = "nothing is locked before it is acquired"]
    pub fn lock(&self, name: impl CacheKey) -> Lock {
        let key = StoredKey::written(self, |writer| name.write_whole_key(writer));
        Lock { namespace: self.clone(), key, ttl: TTL, wait: WAIT, renewal: Renewal::Automatic }
    }
}

impl Lock {
    /// Sets for how long the lock is held where nobody extends it; 30 seconds by default, 100 milliseconds at least.
    ///
    /// Who dies holding it keeps it for so long, and a holder that cannot reach the server loses it within this time.
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = ttl;
        self
    }

    /// Sets for how long [`acquire`](Self::acquire) waits while another holds the lock; 5 seconds by default.
    #[must_use]
    pub fn wait(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// Sets whether the lock is extended by itself while it is held; it is by default.
    #[must_use]
    pub fn renewal(mut self, renewal: Renewal) -> Self {
        self.renewal = renewal;
        self
    }

    /// Acquires the lock if nobody has it. One round trip.
    ///
    /// # Errors
    /// [`ErrorKind::NotAcquired`](crate::ErrorKind::NotAcquired) where another holds it. Others as for [`acquire`](Self::acquire), at
    /// once.
    ///
    /// # Cancel safety
    /// Dropped before its end, it gives back what the server may have granted.
    pub async fn try_acquire(&self) -> Result<LockGuard, Error> {
        let place = self.place()?;
        self.guarded(try_acquire(place, self.ttl).await)
    }

    /// Acquires the lock, and waits for it where another holds it.
    ///
    /// Those who wait in one process stand in line, and one of them asks: at once when the lock is given back, which the server tells,
    /// and otherwise four times a second. Between processes nobody is first. One round trip, and one for each time that it asks
    /// again; the first one that has to wait opens a connection to hear on, which stays.
    ///
    /// # Errors
    /// [`ErrorKind::NotAcquired`](crate::ErrorKind::NotAcquired) where another holds it until the end of the wait. Where the server
    /// cannot be reached or does not answer it is asked again until then, and after that
    /// [`Unavailable`](crate::ErrorKind::Unavailable) or [`Timeout`](crate::ErrorKind::Timeout). At once
    /// [`TenantMissing`](crate::ErrorKind::TenantMissing); [`Config`](crate::ErrorKind::Config), of a ttl that is too short, a
    /// namespace that is none, or a hashed piece of the name without a [`key_secret`](crate::CacheBuilder::key_secret);
    /// [`Full`](crate::ErrorKind::Full); [`Foreign`](crate::ErrorKind::Foreign), where something stands in the lock's place that is
    /// none; and whatever else the server refuses.
    ///
    /// # Cancel safety
    /// Dropped before its end, it gives back what the server may have granted. One that is kept and not polled holds up those who
    /// stand in line behind it in this process: poll it, or drop it.
    pub async fn acquire(&self) -> Result<LockGuard, Error> {
        let place = self.place()?;
        self.guarded(acquire(&self.namespace.engine().waiting, place, self.ttl, self.wait).await)
    }

    /// Acquires the lock, runs `work` with the fencing token, and gives the lock back: [`acquire`](Self::acquire),
    /// [`LockGuard::run`] and [`LockGuard::release`] in one.
    ///
    /// # Errors
    /// As for [`acquire`](Self::acquire): `work` was not begun then. [`ErrorKind::NotHeld`](crate::ErrorKind::NotHeld) where the lock
    /// was lost meanwhile: `work` was dropped then where it stood. That the lock could not be given back is none: it ends with its
    /// ttl.
    ///
    /// # Panics
    /// Where `work` does; the lock is given back.
    ///
    /// # Cancel safety
    /// Dropped, it drops `work` and gives the lock back.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let lock = Cache::in_process().lock("stock:42");
    /// let saved = lock.with_lock(|fencing| async move {
    ///     // update stock set amount = amount - 1, fencing = :fencing where id = 42 and fencing <= :fencing
    ///     fencing > 0
    /// });
    /// assert!(saved.await?);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn with_lock<F: Future>(&self, work: impl FnOnce(u64) -> F) -> Result<F::Output, Error> {
        let guard = self.acquire().await?;
        let output = guard.run(work(guard.fencing_token())).await?;
        if let Err(error) = guard.release().await {
            tracing::warn!(%error, "a lock was not given back after its work was done");
        }
        Ok(output)
    }

    fn place(&self) -> Result<Place, Error> {
        let call = self.namespace.call(&LOCK)?;
        long_enough(self.ttl)?;
        let name = call.key_of(&self.key)?;
        Ok(place(&call, name.bytes().into()))
    }

    fn guarded(&self, acquired: Result<Hold, Error>) -> Result<LockGuard, Error> {
        let hold = self.namespace.engine().told(acquired)?;
        if self.renewal == Renewal::Automatic {
            hold.keep();
        }
        Ok(LockGuard::new(hold))
    }
}

/// Where a claim of this name is asked for: `<space>:<namespace>:<name>`.
pub(crate) fn place(call: &Call, name: Arc<[u8]>) -> Place {
    let engine = &call.engine;
    Place {
        coordination: Arc::clone(&engine.coordination),
        clock: engine.settings.clock.clone(),
        budget: engine.patience(),
        chores: engine.chores.clone(),
        name,
    }
}

fn long_enough(ttl: Duration) -> Result<Duration, Error> {
    if ttl < SHORTEST {
        return Err(Error::config("a lock's `ttl` is at least 100 ms, or it would end before it is acquired"));
    }
    Ok(ttl)
}

/// Without the name.
impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lock")
            .field("namespace", &self.namespace)
            .field("ttl", &self.ttl)
            .field("wait", &self.wait)
            .field("renewal", &self.renewal)
            .finish_non_exhaustive()
    }
}
