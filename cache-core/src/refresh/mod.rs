//! Floor 5: values that are loaded anew every so often.
//!
//! | what | file |
//! |---|---|
//! | the handle, and how it is made | `mod.rs` |
//! | the run on one node | `run.rs` |
//! | when the next one is due, and whether anybody reads | `pace.rs` |
//! | the right to refresh, of one node at a time | `turn.rs` |
//! | what became of them | `status.rs` |

mod pace;
mod run;
mod status;
mod turn;

pub use status::RefreshStatus;

use std::fmt;
use std::future::pending;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::model::error::Error;
use crate::model::key::CacheKey;
use crate::model::policy::Policy;
use crate::namespace::{Namespace, StoredKey};
use crate::refresh::pace::Pace;
use crate::refresh::status::Counts;
use crate::wire::value::CacheValue;

/// Below this a turn would be over before its answer is there.
const SHORTEST: Duration = Duration::from_millis(200);
/// What keeps the turn of a key, and that of a function, apart from locks and from each other.
const OF_KEY: &str = "#refresh";
const OF_CALLS: &str = "#refresh-calls";

type Call<T, E> = dyn Fn() -> Pin<Box<dyn Future<Output = Result<T, E>> + Send>> + Send + Sync;

/// A value that is loaded anew every so often, by one node at a time, while somebody reads it: a cheap handle, made by
/// [`Namespace::refresh_every`] or [`Namespace::refresh_calls_every`].
///
/// [`get`](Self::get) reads it. [`run`](Self::run) refreshes it, on an executor of yours: spawn it once on each node.
///
/// # One node at a time
/// A node that is due asks for the *turn*, a claim as of a [`Lock`](crate::Lock) under a name that no lock has. It lasts for nine
/// tenths of the period, and is left to end where the value was loaded: of all nodes one loads in a period. Where the loader
/// fails it is given back, and the next node that is due tries. A node that dies at it holds the others up for those nine tenths.
/// A load that takes longer has its turn last on, up to the [`lease`](crate::CacheBuilder::lease) of a load.
///
/// The turn saves work, and nothing depends on it: two loads at once leave the value of one of them, or none.
///
/// # What readers see
/// The old value until the new one is there, and nobody waits. A loader that fails or panics leaves the old value, and is called
/// again a period later. What is invalidated while a refresh runs stays away: the key then has nothing, and the next reader loads. A
/// refresh that is dropped changes nothing.
///
/// # Whose value
/// That of the tenant around the call, as ever: to refresh a tenant's value, spawn
/// [`tenant::scope(tenant, refresh.run())`](crate::tenant::scope), of a handle of its own, for the handle knows when it was
/// read and not for whom.
///
/// ```
/// use std::time::Duration;
/// use cache_core::Cache;
/// # let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
/// # runtime.block_on(async {
/// let cache = Cache::in_process();
/// let load = || async { Ok::<_, std::io::Error>(vec!["Austria".to_owned(), "Brazil".to_owned()]) };
/// let countries = cache.namespace("lookups").refresh_every("countries", Duration::from_secs(300), load);
///
/// let refreshing = tokio::spawn(countries.clone().run());
/// assert_eq!(countries.get().await?.len(), 2);
/// refreshing.abort();
/// # Ok::<(), std::io::Error>(())
/// # }).unwrap();
/// ```
pub struct Refresh<T, E> {
    namespace: Namespace,
    key: StoredKey,
    mark: &'static str,
    every: Duration,
    stop_after: Duration,
    call: Arc<Call<T, E>>,
    shared: Arc<Shared>,
}

/// What the clones of a handle share.
#[derive(Debug)]
struct Shared {
    pace: Pace,
    counts: Counts,
}

impl Namespace {
    /// The value of a key, loaded anew at each period while somebody reads it: see [`Refresh`]. Nothing is asked yet.
    ///
    /// The period is 200 milliseconds at least. A value lives for three of them, so that a loader which fails twice leaves it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let load = || async { Ok::<_, std::io::Error>(108_u64) };
    /// let rate = Cache::in_process().refresh_every("rate:eur", Duration::from_secs(60), load);
    /// assert_eq!(rate.get().await?, 108);
    /// # Ok::<(), std::io::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn refresh_every<T, E, F>(
        &self,
        key: impl CacheKey,
        every: Duration,
        loader: impl Fn() -> F + Send + Sync + 'static,
    ) -> Refresh<T, E>
    where
        T: CacheValue,
        E: Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        self.refresh_every_with(key, every, Policy::new(), loader)
    }

    /// The same with a policy: for tags, and for values that live for another time than three periods.
    ///
    /// Where the policy says no ttl, it is those. A value whose ttl is shorter than the period is missing at times, and is then loaded
    /// by whoever reads it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use cache_core::{Cache, Policy};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// let load = || async { Ok::<_, std::io::Error>(108_u64) };
    /// let rate = cache.refresh_every_with("rate:eur", Duration::from_secs(60), Policy::new().tags(["rates"]), load);
    /// assert_eq!(rate.get().await?, 108);
    /// # Ok::<(), std::io::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn refresh_every_with<T, E, F>(
        &self,
        key: impl CacheKey,
        every: Duration,
        policy: impl Into<Policy>,
        loader: impl Fn() -> F + Send + Sync + 'static,
    ) -> Refresh<T, E>
    where
        T: CacheValue,
        E: Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let (key, shared, loader) =
            (StoredKey::written(self, |writer| key.write_whole_key(writer)), self.shared(every), Arc::new(loader));
        let mut policy = policy.into();
        if policy.life().is_none() {
            policy = policy.ttl(every.saturating_mul(3));
        }
        let (namespace, name, own) = (self.clone(), key.clone(), Arc::clone(&shared));
        let call = move || {
            let (namespace, name, policy) = (namespace.clone(), name.clone(), policy.clone());
            let (shared, loader) = (Arc::clone(&own), Arc::clone(&loader));
            let load = async move { shared.pace.loading((*loader)()).await };
            boxed(async move { namespace.get_or_load(name, policy, || load).await })
        };
        self.refresh(key, OF_KEY, every, Arc::new(call), shared)
    }

    /// The value of an annotated function, called anew at each period while somebody reads it: see [`Refresh`]. Nothing is asked
    /// yet.
    ///
    /// `call` calls the function, with arguments that stay the same; [`run`](Refresh::run) calls it as inside of
    /// [`refresh`](crate::refresh()). Of all refreshes of a name in this namespace one runs at a time. The ttl is the function's,
    /// and should be some periods, so that a call which fails leaves the old value. The period is 200 milliseconds at least.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// # async fn top_ten(_: &'static str) -> Result<Vec<u64>, std::io::Error> { Ok(vec![7]) }
    /// // `top_ten` is annotated: #[cacheable("top:{region}", ttl = "5m")]
    /// let top = Cache::in_process().refresh_calls_every("top:eu", Duration::from_secs(60), || top_ten("eu"));
    /// assert_eq!(top.get().await?, [7]);
    /// # Ok::<(), std::io::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn refresh_calls_every<T, E, F>(
        &self,
        name: impl CacheKey,
        every: Duration,
        call: impl Fn() -> F + Send + Sync + 'static,
    ) -> Refresh<T, E>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let (name, shared, call) =
            (StoredKey::written(self, |writer| name.write_whole_key(writer)), self.shared(every), Arc::new(call));
        let call = move || {
            let call = Arc::clone(&call);
            boxed(async move { (*call)().await })
        };
        self.refresh(name, OF_CALLS, every, Arc::new(call), shared)
    }

    fn refresh<T, E>(
        &self,
        key: StoredKey,
        mark: &'static str,
        every: Duration,
        call: Arc<Call<T, E>>,
        shared: Arc<Shared>,
    ) -> Refresh<T, E> {
        let stop_after = every.saturating_mul(2);
        Refresh { namespace: self.clone(), key, mark, every, stop_after, call, shared }
    }

    fn shared(&self, every: Duration) -> Arc<Shared> {
        let pace = Pace::new(self.engine().settings.clock.clone(), every);
        Arc::new(Shared { pace, counts: Counts::default() })
    }
}

/// A future behind a pointer.
fn boxed<F: Future + Send + 'static>(future: F) -> Pin<Box<dyn Future<Output = F::Output> + Send>> {
    Box::pin(future)
}

impl<T, E> Refresh<T, E> {
    /// Sets for how long it goes on on this node after it was read here the last time; two periods by default.
    ///
    /// After that it rests until the next [`get`](Self::get), which is given what is still there, or loads. Other nodes go on as
    /// long as it is read there. A clone that was made before keeps its own time: say it before you clone the handle.
    #[must_use]
    pub fn stop_after(mut self, time: Duration) -> Self {
        self.stop_after = time;
        self
    }

    /// The value: what is there, or what the loader brings where there is nothing. Keeps the refreshing going.
    ///
    /// As [`Namespace::get_or_load`], or as the call of the function; round trips, flights and all.
    ///
    /// # Errors
    /// What the loader returned. Trouble with the cache is none.
    ///
    /// # Panics
    /// Where the loader does, and where a load did that this call waited for.
    ///
    /// # Cancel safety
    /// As of [`Namespace::get_or_load`].
    pub async fn get(&self) -> Result<T, E> {
        let _reading = self.shared.pace.read(self.stop_after);
        (self.call)().await
    }

    /// What became of the refreshes on this node, of all clones of this handle together. Costs no round trip.
    pub fn status(&self) -> RefreshStatus {
        self.shared.counts.status()
    }
}

impl<T, E: fmt::Display> Refresh<T, E> {
    /// Refreshes the value, until it is dropped: spawn it on your executor.
    ///
    /// It begins at once, as if somebody had read it, and goes on at each period by the cache's clock while it is read. One round trip for
    /// each period, and those of [`refresh`](crate::refresh()) where it is this node's turn. Where the server does not answer,
    /// nothing is loaded in this period, for nobody tells whose turn it is; that is said in the log once. In a cache that is
    /// switched off it waits for ever, and so it does once the cache was shut down.
    ///
    /// What it runs it runs as inside of `refresh`: cached functions that the loader calls are refreshed with it.
    ///
    /// Ends by itself only where it never could go on, with the reason, which it has said in the log:
    /// [`ErrorKind::TenantMissing`](crate::ErrorKind::TenantMissing) outside of a tenant that is required, and
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) of a period that is too short, a [`stop_after`](Self::stop_after) of zero, a namespace that is none, or a hashed piece of the key
    /// without a [`key_secret`](crate::CacheBuilder::key_secret).
    ///
    /// # Cancel safety
    /// Dropped, it stops; a load that runs is dropped where it stands, the old value stays, and another node may load at once.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let load = || async { Ok::<_, std::io::Error>(108_u64) };
    /// let rate = Cache::in_process().refresh_every("rate:eur", Duration::from_millis(1), load);
    /// assert!(rate.run().await.is_config());
    /// # });
    /// ```
    pub async fn run(self) -> Error {
        if !self.namespace.engine().is_on() {
            return pending().await;
        }
        let error = self.go_on().await;
        tracing::error!(namespace = ?self.namespace, %error, "a value is not refreshed");
        error
    }
}

impl<T, E> Clone for Refresh<T, E> {
    fn clone(&self) -> Self {
        Self {
            namespace: self.namespace.clone(),
            key: self.key.clone(),
            mark: self.mark,
            every: self.every,
            stop_after: self.stop_after,
            call: Arc::clone(&self.call),
            shared: Arc::clone(&self.shared),
        }
    }
}

/// Without the key and what is there.
impl<T, E> fmt::Debug for Refresh<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refresh")
            .field("namespace", &self.namespace)
            .field("every", &self.every)
            .field("stop_after", &self.stop_after)
            .finish_non_exhaustive()
    }
}
