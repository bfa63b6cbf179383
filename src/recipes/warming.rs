//! [`Warming`]: a list of entries that are to be there before anybody asks, and what it tells on its way.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::future::FutureExt;
use futures_util::stream::{self, Stream, StreamExt};

use crate::{CacheKey, CacheValue, Error, ErrorKind, Namespace, Policy, tenant};

/// How many loaders run at a time unless it is said.
const AT_A_TIME: usize = 8;

/// Why an item is not in the cache: what its loader returned, or an [`Error`] of the cache's own.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

type Warm = Pin<Box<dyn Future<Output = Result<Warmed, Failure>> + Send>>;
type Item = Box<dyn FnOnce(Existing) -> Warm + Send>;

/// A list of entries that are to be in the cache before anybody asks for them: each a key, how long it lives, and what loads it.
///
/// Loaders run a few at a time, in the task that waits. An item that fails or panics is told of and does not stop the others.
/// Dropped before its end it stops: what is loaded by then stays, and the loaders that run are given up. The entries belong to the
/// tenant around the call of [`run`](Self::run) or [`progress`](Self::progress).
///
/// An item costs what [`Namespace::get_or_load`] does, and one round trip to see that what was loaded is there.
///
/// ```
/// use std::time::Duration;
/// use larder::recipes::Warming;
/// use larder::{Cache, Preset};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let lookups = Cache::in_process().namespace("lookups");
/// lookups.set("currencies", 180_u64).await?;
/// let report = Warming::new(&lookups)
///     .item("countries", Preset::Lookup, || async { Ok::<_, larder::Error>(195_u64) })
///     .item("currencies", Preset::Lookup, || async { Ok::<_, larder::Error>(181_u64) })
///     .item("planets", Duration::from_secs(60), || async { Err::<u64, _>("no telescope") })
///     .concurrency(4)
///     .run()
///     .await;
/// assert_eq!((report.loaded, report.present, report.failed.len()), (1, 1, 1));
/// assert_eq!(report.failed[0].1.to_string(), "no telescope"); // of the item 2
/// assert_eq!(lookups.get::<u64>("countries").await?, Some(195));
/// # Ok::<(), larder::Error>(())
/// # }).unwrap();
/// ```
#[must_use = "nothing is loaded until it runs"]
pub struct Warming {
    entries: Namespace,
    items: Vec<Item>,
    concurrency: usize,
    existing: Existing,
}

/// What becomes of items that are in the cache already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// They stay as they are, and their loaders do not run.
    #[default]
    Kept,
    /// They are loaded anew, and with them what their loaders ask the cache for; where that fails they stay as they are.
    Refreshed,
}

/// How an item came to be in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warmed {
    /// Its loader brought it.
    Loaded,
    /// It was there, or another call was loading it.
    Present,
}

/// How far it has come: one for each item that is done, in the order in which they are.
#[derive(Debug)]
#[non_exhaustive]
pub struct Progress {
    /// Which item was done: its place in the list, from 0.
    pub item: usize,
    /// What became of it.
    pub outcome: Result<Warmed, Failure>,
    /// How many are done, this one included.
    pub done: usize,
    /// How many of those have failed.
    pub failed: usize,
    /// How many there are.
    pub total: usize,
}

/// What became of all items.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// How many were loaded.
    pub loaded: usize,
    /// How many were there.
    pub present: usize,
    /// Those that failed, by their places in the list from 0, and why.
    pub failed: Vec<(usize, Failure)>,
}

impl Warming {
    /// An empty list, for the entries of a cache or of a namespace.
    pub fn new(entries: &Namespace) -> Self {
        Self { entries: entries.clone(), items: Vec::new(), concurrency: AT_A_TIME, existing: Existing::Kept }
    }

    /// Adds an item: its key, how long it lives and under which tags, and what loads it where it is missing.
    pub fn item<T, E, F>(
        mut self,
        key: impl CacheKey + Send + Sync + 'static,
        policy: impl Into<Policy>,
        loader: impl FnOnce() -> F + Send + 'static,
    ) -> Self
    where
        T: CacheValue,
        E: Into<Failure> + Send + 'static,
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let (entries, policy) = (self.entries.clone(), policy.into());
        self.items.push(Box::new(move |existing| {
            Box::pin(async move {
                let mut is_loaded = false;
                let load = || {
                    is_loaded = true;
                    loader()
                };
                let got = entries.get_or_load(&key, policy, load);
                match existing {
                    Existing::Kept => got.await,
                    Existing::Refreshed => crate::refresh(got).await,
                }
                .map_err(Into::into)?;
                if !is_loaded {
                    return Ok(Warmed::Present);
                }
                // Who loads is given the value whatever became of it.
                if entries.contains(&key).await? { Ok(Warmed::Loaded) } else { Err(not_stored().into()) }
            })
        }));
        self
    }

    /// How many loaders run at a time: 8 unless it is said, and never fewer than one.
    pub fn concurrency(mut self, loaders: usize) -> Self {
        self.concurrency = loaders.max(1);
        self
    }

    /// What becomes of items that are there: they are kept unless it is said.
    pub fn existing(mut self, existing: Existing) -> Self {
        self.existing = existing;
        self
    }

    /// Loads, and tells of each item when it is done. Nothing happens while nobody asks the stream for more.
    ///
    /// # Cancel safety
    /// Dropped, it stops: what is loaded by then stays.
    ///
    /// ```
    /// use futures::StreamExt;
    /// # use larder::recipes::Warming;
    /// # use larder::{Cache, Preset};
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let mut warming = Warming::new(&Cache::in_process());
    /// for id in 1..=3_u64 {
    ///     warming = warming.item(("user", id), Preset::User, move || async move { Ok::<_, larder::Error>(id * id) });
    /// }
    /// let mut progress = std::pin::pin!(warming.progress());
    /// while let Some(step) = progress.next().await {
    ///     println!("{} of {}, {} failed", step.done, step.total, step.failed);
    /// #   assert_eq!((step.total, step.failed), (3, 0));
    /// }
    /// # });
    /// ```
    pub fn progress(self) -> impl Stream<Item = Progress> + Send {
        let Self { items, concurrency, existing, .. } = self;
        let (total, around) = (items.len(), tenant::current());
        let warmed = stream::iter(items.into_iter().enumerate()).map(move |(item, warm)| {
            let around = around.clone();
            async move { (item, caught(tenant::scope(around, async { warm(existing).await })).await) }
        });
        let mut so_far = (0, 0);
        warmed.buffer_unordered(concurrency).map(move |(item, outcome)| {
            so_far = (so_far.0 + 1, so_far.1 + usize::from(outcome.is_err()));
            Progress { item, outcome, done: so_far.0, failed: so_far.1, total }
        })
    }

    /// Loads, and says what became of all items when they are done.
    ///
    /// # Cancel safety
    /// Dropped, it stops: what is loaded by then stays.
    pub async fn run(self) -> Report {
        let count = |mut report: Report, step: Progress| {
            match step.outcome {
                Ok(Warmed::Loaded) => report.loaded += 1,
                Ok(Warmed::Present) => report.present += 1,
                Err(failure) => report.failed.push((step.item, failure)),
            }
            async { report }
        };
        let mut report = self.progress().fold(Report::default(), count).await;
        report.failed.sort_by_key(|(item, _)| *item);
        report
    }
}

/// What an item comes to, where a panic is a failure.
async fn caught(warm: impl Future<Output = Result<Warmed, Failure>>) -> Result<Warmed, Failure> {
    AssertUnwindSafe(warm).catch_unwind().await.unwrap_or_else(|_| Err("its loader panicked".into()))
}

fn not_stored() -> Error {
    let message = "it was loaded, and is not in the cache: it was invalidated meanwhile, is too large, or the server did not take it";
    Error::new(ErrorKind::Unavailable, message)
}

/// Without the keys.
impl fmt::Debug for Warming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entries, items, concurrency, existing } = self;
        f.debug_struct("Warming")
            .field("entries", entries)
            .field("items", &items.len())
            .field("concurrency", concurrency)
            .field("existing", existing)
            .finish()
    }
}
