//! [`Cache`]: the handle that services hold.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::builder::CacheBuilder;
use crate::engine::Engine;
use crate::engine::invalidate::Invalidation;
use crate::model::error::Error;
use crate::model::stats::Stats;
use crate::namespace::Namespace;
use crate::port::{HasSecondLevel, RemoteStore};

/// A cache: one cheap handle, the same for every key and value type.
///
/// Clones share their entries. Put it in a field of the service and derive [`HasCache`](crate::HasCache), or name it
/// with `cache = self.users_cache` in the annotation.
///
/// # Consistency
/// A load that began before an invalidation of its key, tag, pattern, namespace or space is never stored and never
/// joined by a later call: in this process, and through a second level in every process. What other processes hold in
/// memory ends with their [`l1_ttl`](CacheBuilder::l1_ttl).
///
/// ```
/// use cache_core::Cache;
///
/// let cache = Cache::in_process();
/// assert_eq!(cache.stats().hits, 0);
/// ```
#[derive(Clone)]
pub struct Cache {
    root: Namespace,
}

/// A cache is the namespace of the keys that name none.
impl Deref for Cache {
    type Target = Namespace;

    fn deref(&self) -> &Namespace {
        &self.root
    }
}

impl Cache {
    /// A cache in this process with the default settings: 10 000 entries, which live for one hour.
    pub fn in_process() -> Self {
        CacheBuilder::defaults().into_cache("cache")
    }

    /// A cache that does nothing: every annotated function runs its body. For tests of the code around it.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// let cache = Cache::disabled();
    /// assert!(!cache.is_enabled());
    /// ```
    pub fn disabled() -> Self {
        CacheBuilder::defaults().disabled().into_cache("disabled")
    }

    /// Starts to build a cache with settings of its own.
    ///
    /// The name stands in [`Debug`](std::fmt::Debug) output and tells caches apart. It is 1 to 64 ASCII letters,
    /// digits, `_`, `.` and `-`, which [`build`](CacheBuilder::build) checks.
    pub fn builder(name: impl Into<String>) -> CacheBuilder {
        CacheBuilder::new(name.into())
    }

    pub(crate) fn from_parts(engine: Arc<Engine>) -> Self {
        #[cfg(any(test, feature = "testing"))]
        if let Some(probe) = &engine.settings.probe {
            probe.watch(&engine);
        }
        Self { root: Namespace::root(engine) }
    }

    #[inline]
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        self.root.engine()
    }

    /// The name that the cache was built with.
    pub fn name(&self) -> &str {
        &self.engine().name
    }

    /// Invalidates every entry of the current space, in one step, and with a second level in one round trip.
    ///
    /// # Errors
    /// None while the cache is in this process only. With a second level: why it did not take the invalidation, as
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable), [`Timeout`](crate::ErrorKind::Timeout) and others say.
    /// This process has invalidated then all the same, and delivers it as soon as it can; until then other nodes may
    /// still be given what the second level holds.
    ///
    /// # Cancel safety
    /// Once polled it is done, though nobody waits for it.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.clear().await?;
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn clear(&self) -> Result<(), Error> {
        self.invalidate(Invalidation {
            everything: true,
            ..Invalidation::new(
                &self.engine().space_by(self.engine().settings.tenancy).ok_or_else(Error::tenant_missing)?,
            )
        })
        .await
    }

    /// Asks the second level whether it can be used, and says what is wrong where it cannot.
    ///
    /// A cache starts without its second level and goes on without it, so nobody has to ask; a service that would rather
    /// not start can. One round trip; without a second level none.
    ///
    /// # Errors
    /// What an operation would meet: [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable),
    /// [`Timeout`](crate::ErrorKind::Timeout), [`Denied`](crate::ErrorKind::Denied) or
    /// [`Unsupported`](crate::ErrorKind::Unsupported), with what to do next in the message.
    ///
    /// # Cancel safety
    /// It changes nothing.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// Cache::in_process().ready().await?;
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn ready(&self) -> Result<(), Error> {
        match &self.engine().level2 {
            Some(level) => level.store.stamp(level.limits.budget).await.map(drop),
            None => Ok(()),
        }
    }

    /// Ends this cache's part: what it still has to tell is told, and then it leaves its second level, for good.
    ///
    /// From the call on every clone of the handle is as of a cache that is [switched off](CacheBuilder::disabled): annotated functions
    /// run their bodies, and calls by hand find and change nothing. So a service calls it when nobody is served any more: **what a
    /// function would invalidate from now on is not invalidated**. Then it waits for what is under way: invalidations that wait for
    /// their delivery, also those in the background, and leases and locks that are given back; for 5 s at most. At last the connections
    /// are closed, and the tasks and the thread that served them end. The second level, and other caches on it, are not touched.
    ///
    /// * Loads that run go on: their callers are given their values. A value is stored on the second level where the load ends before that
    ///   is left, and else not; whoever waits for a load's lease on another node waits until that ends.
    /// * Puts and evictions whose bodies run meanwhile are delivered until the second level is left. What comes later is in vain: its
    ///   `Error` says so where there is one, and other nodes may serve what is old until its ttl is over.
    /// * A lock that is held is not given back: others have it when its time is over. What is asked of locks, counters and rate
    ///   limiters later is an error of the kind [`Unavailable`](crate::ErrorKind::Unavailable), where there is a second level.
    /// * [`Events::run`](crate::Events::run) and [`Refresh::run`](crate::Refresh::run) do nothing any more, and do not return. Events
    ///   that this node was handed and has not done are given to another node.
    ///
    /// Calling it again, or from many tasks, waits for the same end and gives the same answer. In a cache without a second level it
    /// ends at once. Without it, a cache that is dropped ends in the background, and loses what it has not delivered.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) where not all invalidations were delivered in time, with how many: other
    /// nodes may serve what they name until its ttl is over. The cache is shut down all the same.
    ///
    /// # Cancel safety
    /// Once polled the cache is off. Dropped, the rest is not done; calling it again does it.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.shutdown().await?;
    /// assert!(!cache.is_enabled());
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn shutdown(&self) -> Result<(), Error> {
        self.engine().shut_down().await
    }

    /// What the cache has counted since it was built.
    pub fn stats(&self) -> Stats {
        self.engine().stats()
    }
}

impl HasSecondLevel for Cache {
    fn second_level(&self) -> Option<&dyn RemoteStore> {
        self.engine().level2.as_ref().map(|level| &*level.store)
    }
}

/// Without keys, tags and values, which may be secret, and however many entries there are.
impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("name", &self.engine().name)
            .field("settings", &self.engine().settings)
            .field("second_level", &self.engine().level2.as_ref().map(|level| &level.store))
            .finish_non_exhaustive()
    }
}
