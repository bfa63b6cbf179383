//! [`scope`]: the tenant whose data the running task works with.
//!
//! Beside the other scopes and not one of them, for what a tenant's call costs a hit must be little.

use std::cell::RefCell;
use std::pin::pin;
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use crate::model::around;
use crate::model::space::Space;
use crate::model::tenant::Tenant;

thread_local! {
    static CURRENT: RefCell<Option<Arc<TenantScope>>> = const { RefCell::new(None) };
}

/// A tenant, and which space it has in which cache.
#[derive(Debug)]
pub(crate) struct TenantScope {
    tenant: Tenant,
    /// In the first cache that was called.
    first: OnceLock<Resolved>,
    others: Mutex<Vec<Resolved>>,
}

/// The number of a cache, and the tenant's space there; `None` where the cache knows no such tenant.
type Resolved = (u64, Option<Space>);

impl TenantScope {
    /// The tenant's space in a cache, which is asked once.
    pub(crate) fn space(&self, cache: u64, resolve: impl FnOnce(&Tenant) -> Option<Space>) -> Option<Space> {
        if let Some((_, space)) = self.first.get().filter(|(of, _)| *of == cache) {
            return space.clone();
        }
        let known = self.others.lock().iter().find(|(of, _)| *of == cache).map(|(_, space)| space.clone());
        known.unwrap_or_else(|| {
            // Without a lock: it is the user's code that says which tenant that is.
            let space = resolve(&self.tenant);
            if let Err(resolved) = self.first.set((cache, space.clone())) {
                self.others.lock().push(resolved);
            }
            space
        })
    }
}

/// The scope that the running call is in, where that is a tenant's.
pub(crate) fn current_scope() -> Option<Arc<TenantScope>> {
    if around::Mark::Tenant.is_set() { CURRENT.with_borrow(Clone::clone) } else { None }
}

/// The tenant whose data the running task works with, as [`scope`] was given it.
///
/// Tasks that are spawned begin without a tenant; this is how to take it along.
///
/// ```
/// use cache_core::{Tenant, tenant};
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// tenant::scope(Tenant::from_id("acme")?, async {
///     let task = tokio::spawn(tenant::scope(tenant::current(), async { tenant::current() }));
///     assert_eq!(task.await.unwrap(), tenant::current());
/// })
/// .await;
/// assert_eq!(tenant::current(), None);
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
#[must_use]
pub fn current() -> Option<Tenant> {
    current_scope().map(|scope| scope.tenant.clone())
}

/// Runs a future with the data of a tenant, or whatever else can be awaited: every cached function and every call by hand
/// inside works with the tenant's entries, and reaches nobody else's. `None` runs it without a tenant, also inside of one.
///
/// What the future awaits is inside, however deep; tasks that it spawns are not, see [`current`]. Of scopes inside each other the
/// innermost counts. Which cache and which function cares is a matter of their [`Tenancy`](crate::Tenancy).
///
/// ```
/// use cache_core::{Cache, Tenant, tenant};
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let cache = Cache::in_process();
/// tenant::scope(Tenant::from_id("acme")?, cache.clear()).await?; // what Acme has, and nothing else
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
///
/// # Cancel safety
/// As the future's.
pub async fn scope<F: IntoFuture>(tenant: impl Into<Option<Tenant>>, future: F) -> F::Output {
    let scope = new(tenant.into());
    let mut future = pin!(enter(scope.as_ref(), || future.into_future()));
    std::future::poll_fn(|context| enter(scope.as_ref(), || future.as_mut().poll(context))).await
}

/// The same for code that is not asynchronous.
///
/// ```
/// use cache_core::{Tenant, tenant};
///
/// let id = tenant::sync_scope(Tenant::from_id(7)?, || tenant::current().and_then(|tenant| Some(tenant.id()?.to_owned())));
/// assert_eq!(id.as_deref(), Some("7"));
/// # Ok::<(), cache_core::Error>(())
/// ```
///
/// # Panics
/// Where `run` does.
pub fn sync_scope<R>(tenant: impl Into<Option<Tenant>>, run: impl FnOnce() -> R) -> R {
    enter(new(tenant.into()).as_ref(), run)
}

fn new(tenant: Option<Tenant>) -> Option<Arc<TenantScope>> {
    tenant.map(|tenant| Arc::new(TenantScope { tenant, first: OnceLock::new(), others: Mutex::default() }))
}

fn enter<R>(scope: Option<&Arc<TenantScope>>, run: impl FnOnce() -> R) -> R {
    struct Restore(Option<Arc<TenantScope>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            CURRENT.set(self.0.take());
        }
    }
    let _restore = Restore(CURRENT.replace(scope.map(Arc::clone)));
    around::Mark::Tenant.with(scope.is_some(), run)
}
