//! The process-wide cache, for functions that have no `self`, and another in its place for a task.

use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;
use std::pin::pin;
use std::sync::{Arc, OnceLock};

use crate::cache::Cache;
use crate::has_cache::HasCache;
use crate::model::around::Mark;
use crate::model::error::Error;

static GLOBAL: OnceLock<Cache> = OnceLock::new();

thread_local! {
    static CURRENT: RefCell<Option<Arc<Cache>>> = const { RefCell::new(None) };
}

impl Cache {
    /// Makes this the cache that [`global`](crate::global()) returns and that `cache = global` names.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadySet`](crate::ErrorKind::AlreadySet) where one was installed, or where
    /// [`global`](crate::global()) has been used already outside of a [`global::scope`](crate::global::scope): a second
    /// cache would leave its entries behind.
    pub fn install_global(self) -> Result<(), Error> {
        GLOBAL
            .set(self)
            .map_err(|_| Error::already_set("a global cache is in use already: install yours first in `main`, once"))
    }
}

/// What [`global`](crate::global()) returns: a [`Cache`], whose methods it has by `Deref`.
pub struct GlobalCache(Which);

enum Which {
    Process(&'static Cache),
    Scoped(Arc<Cache>),
}

impl Deref for GlobalCache {
    type Target = Cache;

    #[inline]
    fn deref(&self) -> &Cache {
        match &self.0 {
            Which::Process(cache) => cache,
            Which::Scoped(cache) => cache,
        }
    }
}

impl HasCache for GlobalCache {
    #[inline]
    fn cache(&self) -> &Cache {
        self
    }
}

impl fmt::Debug for GlobalCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Cache::fmt(self, f)
    }
}

/// The cache that `cache = global` names: that of the [`global::scope`](crate::global::scope) around the call, or the one
/// that [`Cache::install_global`] has installed, or one in this process with the default settings.
///
/// Where none was installed, the first use outside of a scope says so in the log. `global().clone()` is the [`Cache`] itself.
///
/// ```
/// assert!(cache_core::global().is_enabled());
/// ```
#[inline]
pub fn global() -> GlobalCache {
    let scoped = if Mark::Global.is_set() { scoped() } else { None };
    GlobalCache(scoped.map_or_else(|| Which::Process(of_process()), Which::Scoped))
}

#[cold]
fn scoped() -> Option<Arc<Cache>> {
    CURRENT.with_borrow(Clone::clone)
}

fn of_process() -> &'static Cache {
    GLOBAL.get_or_init(|| {
        tracing::warn!(
            "no global cache was installed: using one in this process; call `Cache::install_global` in `main`"
        );
        Cache::in_process()
    })
}

/// Runs a future in which [`global`](crate::global()), and so `cache = global`, is this cache: in a test that has its own.
///
/// It reaches everything that the future awaits, however deep. Tasks that it spawns are not inside: put a scope of
/// `larder::global().clone()` into the task. Of scopes inside each other the innermost counts. Costs a hit nothing outside of
/// a scope, and inside of one a thread-local and a counter.
///
/// ```
/// use cache_core::{Cache, global};
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let mine = Cache::builder("mine").build()?;
/// global::scope(mine, async {
///     assert_eq!(global().name(), "mine");
///     let task = tokio::spawn(global::scope(global().clone(), async { global().name().to_owned() }));
///     assert_eq!(task.await.unwrap(), "mine");
/// })
/// .await;
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
///
/// # Cancel safety
/// As the future's.
pub async fn scope<F: IntoFuture>(cache: Cache, future: F) -> F::Output {
    let cache = Arc::new(cache);
    let mut future = pin!(enter(&cache, || future.into_future()));
    std::future::poll_fn(|context| enter(&cache, || future.as_mut().poll(context))).await
}

/// The same for code that is not asynchronous.
///
/// ```
/// use cache_core::{Cache, global};
///
/// let mine = Cache::builder("mine").build()?;
/// assert_eq!(global::sync_scope(mine, || global().name().to_owned()), "mine");
/// # Ok::<(), cache_core::Error>(())
/// ```
///
/// # Panics
/// Where `run` does.
pub fn sync_scope<R>(cache: Cache, run: impl FnOnce() -> R) -> R {
    enter(&Arc::new(cache), run)
}

fn enter<R>(cache: &Arc<Cache>, run: impl FnOnce() -> R) -> R {
    struct Restore(Option<Arc<Cache>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            CURRENT.set(self.0.take());
        }
    }
    let _restore = Restore(CURRENT.replace(Some(Arc::clone(cache))));
    Mark::Global.with(true, run)
}
