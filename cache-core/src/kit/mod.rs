//! Floor 5: [`Kit`], what the tests of a service's caching are written with.
//!
//! | what | file |
//! |---|---|
//! | caches whose time, server and trouble are the test's | `mod.rs` |
//! | a load that is held | `held.rs` |
//! | until all caches have heard what the others have done | `settle.rs` |
//! | `assert_hit!` and `assert_miss!` | `asserts.rs` |
//! | what a call was, in words | `words.rs` |

pub(crate) mod asserts;
pub(crate) mod held;
mod settle;
mod words;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::builder::CacheBuilder;
use crate::cache::Cache;
use crate::engine::probe::{Point, Probe};
use crate::fake::{FakeRedis, Fault};
use crate::kit::held::Held;
use crate::model::clock::ManualClock;
use crate::model::evicted::Evicted;

/// What hashed arguments are hashed with; a test has no secrets.
const SECRET: &str = "nobody reads the keys of this test: 32 bytes";

/// Caches of one test: their time, their server and its trouble are the test's, and what they do can be seen.
///
/// Each kit is a world of its own, so tests that run beside each other do not see each other, and there is nothing to clean
/// up. In front of its server, a faithful Redis in this process, stand as many nodes as a test wants, each with memory of its
/// own.
///
/// ```
/// use std::time::Duration;
/// use cache_core::testing::{Fault, Kit};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let kit = Kit::new();
/// let (here, there) = (kit.cache(), kit.node());
/// here.set("a", 1).await?;
/// assert_eq!(there.get::<i32>("a").await?, Some(1));
///
/// kit.advance(Duration::from_secs(3601));
/// assert_eq!(here.get::<i32>("a").await?, None);
///
/// kit.fault(Fault::Down);
/// assert!(here.get::<i32>("a").await.is_err());
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
pub struct Kit {
    name: String,
    clock: ManualClock,
    server: Option<FakeRedis>,
    probe: Arc<Probe>,
    first: OnceLock<Cache>,
}

impl Kit {
    /// A kit with a server.
    pub fn new() -> Self {
        Self::with(Some(FakeRedis::new()))
    }

    /// A kit without a server: each of its caches is in this process only.
    pub fn in_process() -> Self {
        Self::with(None)
    }

    fn with(server: Option<FakeRedis>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let name = format!("kit-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let (clock, probe, first) = (ManualClock::new(), Arc::default(), OnceLock::new());
        Self { name, clock, server, probe, first }
    }

    /// The cache of the test, the same each time.
    pub fn cache(&self) -> Cache {
        self.first.get_or_init(|| self.node()).clone()
    }

    /// Another node: a cache with memory of its own in front of the same server.
    pub fn node(&self) -> Cache {
        let built = self.builder().build();
        let cache = built.unwrap_or_else(|error| unreachable!("its settings are the defaults: {error}"));
        self.settle();
        cache
    }

    /// The same with settings of one's own: what is built is a node of the kit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cache_core::testing::Kit;
    ///
    /// let kit = Kit::new();
    /// let cache = kit.builder().ttl(Duration::from_secs(60)).budget(Duration::from_millis(50)).build()?;
    /// assert_eq!(cache.name(), kit.cache().name());
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn builder(&self) -> CacheBuilder {
        let builder = Cache::builder(self.name.clone()).clock(self.clock.clock()).key_secret(SECRET);
        let builder = builder.probed(Arc::clone(&self.probe));
        match &self.server {
            Some(server) => builder.redis(server.clone()),
            None => builder,
        }
    }

    /// Moves the clock on, and with it the end of whatever the kit's caches and their server hold: entries on both levels,
    /// leases, locks, counters, limits. Then it [settles](Self::settle).
    ///
    /// Budgets and the time that a call waits for another one's load are real time.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.settle();
    }

    /// Has something go wrong with the server until [`heal`](Self::heal), in place of what went wrong before.
    ///
    /// # Panics
    /// Where the kit has no server.
    pub fn fault(&self, fault: Fault) {
        self.server().fault(fault);
        self.settle();
    }

    /// Ends what goes wrong. Then it [settles](Self::settle): every node knows again whether what it holds is true.
    ///
    /// # Panics
    /// Where the kit has no server.
    pub fn heal(&self) {
        self.server().heal();
        self.settle();
    }

    /// Holds the next load, or `#[cache_put]`, of any function that comes to a point. Several are held in the order in which
    /// they were asked for.
    ///
    /// The function is one of the service's, as it is: asynchronous or not, a batch, with `l2 = off` or without. One that is
    /// not asynchronous holds its thread. What is held keeps its lease, and whoever else wants the value waits for it as
    /// ever.
    ///
    /// ```
    /// use cache_core::testing::{Kit, Point};
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    /// # runtime.block_on(async {
    /// let kit = Kit::new();
    /// let cache = kit.cache();
    /// let held = kit.hold(Point::BeforeStore);
    /// let load = cache.get_or_load("a", std::time::Duration::from_secs(60), async || Ok::<_, std::io::Error>(1));
    /// let (late, ()) = tokio::join!(load, async {
    ///     held.reached().await;
    ///     cache.remove("a").await.unwrap();
    ///     held.release();
    /// });
    /// // It has its value, and the cache does not keep what was removed.
    /// assert_eq!((late.unwrap(), cache.get::<i32>("a").await.unwrap()), (1, None));
    /// # });
    /// ```
    pub fn hold(&self, point: Point) -> Held {
        Held::new(self.probe.hold(point, None), point)
    }

    /// The same for one function, by its name.
    pub fn hold_of(&self, function: impl Into<String>, point: Point) -> Held {
        Held::new(self.probe.hold(point, Some(function.into())), point)
    }

    /// What was invalidated on all nodes since this was asked for the last time: by annotated functions, by hand or by an event,
    /// in the order in which it was asked for, whether the server was told or not.
    ///
    /// Not what is gone for other reasons: its time was over, or a put has replaced it.
    ///
    /// ```
    /// use cache_core::testing::{Evicted, Kit};
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let kit = Kit::new();
    /// kit.cache().invalidate_tags(["users"]).await?;
    /// assert_eq!(kit.evicted(), [Evicted::tag("users")]);
    /// assert_eq!(kit.evicted(), []);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn evicted(&self) -> Vec<Evicted> {
        self.probe.take_evicted()
    }

    /// How often a body has run to fill a cache of the kit; a batch is one. Bodies that ran without the cache, as inside of
    /// [`bypass`](crate::bypass), do not count, and those of puts neither.
    pub fn loads(&self) -> u64 {
        self.probe.loads(None)
    }

    /// The same of one function, by its name.
    pub fn loads_of(&self, function: &str) -> u64 {
        self.probe.loads(Some(function))
    }

    /// The clock, for whatever else goes by it.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// The server, to look at what it keeps or to do more to it.
    ///
    /// # Panics
    /// Where the kit has none.
    pub fn server(&self) -> &FakeRedis {
        self.server.as_ref().expect("`Kit::in_process()` has no second level: use `Kit::new()`")
    }
}

impl Default for Kit {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Kit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kit")
            .field("name", &self.name)
            .field("has_server", &self.server.is_some())
            .finish_non_exhaustive()
    }
}
