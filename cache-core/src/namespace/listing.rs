//! Which keys there are, and another name for one.

use futures_util::{Stream, StreamExt, TryStreamExt, stream};

use crate::engine::look_up::Call;
use crate::engine::values::list::Walk;
use crate::model::error::Error;
use crate::model::key::CacheKey;
use crate::model::operation::Operation;
use crate::model::pattern::KeyPattern;
use crate::namespace::{Namespace, StoredKey};

static SCAN: Operation = Operation::new("larder::Namespace", "scan", None);
static RENAME: Operation = Operation::new("larder::Namespace", "rename", None);

/// Where a stream of keys stands.
enum Step {
    Begin(Result<Call, Error>),
    Next(Call, Walk),
    End,
}

impl Namespace {
    /// The keys that match a pattern and have an entry, in no order, each once; `"*"` for all.
    ///
    /// As [`scan`](Self::scan), with all of them in memory.
    ///
    /// # Errors
    /// As [`scan`](Self::scan).
    ///
    /// # Cancel safety
    /// It changes nothing.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.set("user:7", 1_u64).await?;
    /// let keys = cache.keys("user:*").await?;
    /// assert_eq!(keys[0].as_str(), "user:7");
    /// assert_eq!(cache.get::<u64>(&keys[0]).await?, Some(1));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn keys(&self, pattern: &str) -> Result<Vec<StoredKey>, Error> {
        let mut keys: Vec<_> = self.scan(pattern).try_collect().await?;
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }

    /// The keys that match a pattern and have an entry, as they are found; `"*"` for all.
    ///
    /// The pattern is that of [`remove_matching`](Self::remove_matching), and compared with the whole of long keys too. What is there from the first step to the last is found,
    /// some perhaps twice; what comes or goes meanwhile may be or not. With a second level the walk goes over all keys of the
    /// server by `SCAN`, a page of some thousand in two round trips, and holds up nobody; entries that are in memory only are not
    /// found then. The tenant is the one around *this* call.
    ///
    /// # Errors
    /// An item is an error, and the last one, where a page could not be read, and where [`get`](Self::get) would fail.
    ///
    /// # Cancel safety
    /// It changes nothing.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// use futures_util::TryStreamExt;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let sessions = Cache::in_process().namespace("sessions");
    /// sessions.set("a", 1_u64).await?;
    /// let mut found = std::pin::pin!(sessions.scan("*"));
    /// while let Some(key) = found.try_next().await? {
    ///     sessions.remove(&key).await?;
    /// }
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn scan(&self, pattern: &str) -> impl Stream<Item = Result<StoredKey, Error>> + Send + use<> + 'static {
        let mut glob = KeyPattern::default();
        glob.push_glob(pattern);
        let begin = Step::Begin(self.call(&SCAN));
        let pages = stream::unfold((glob, begin), |(glob, step)| async move {
            let (call, walk) = match step {
                Step::Begin(Ok(call)) => {
                    let walk = call.walk();
                    (call, walk)
                }
                Step::Begin(Err(error)) => return Some((Err(error), (glob, Step::End))),
                Step::Next(call, walk) => (call, walk),
                Step::End => return None,
            };
            Some(match call.page(&glob, &walk).await {
                Ok((keys, next)) => (Ok(keys), (glob, next.map_or(Step::End, |walk| Step::Next(call, walk)))),
                Err(error) => (Err(error), (glob, Step::End)),
            })
        });
        pages.flat_map(|page| {
            stream::iter(match page {
                Ok(keys) => keys.into_iter().map(|key| Ok(StoredKey::new(key))).collect(),
                Err(error) => vec![Err(error)],
            })
        })
    }

    /// Gives an entry another key in the namespace, in the place of what stands there; says whether there is one.
    ///
    /// It keeps its value, its tags and its end, whatever its type. A load of either key that runs is not stored. Two round trips.
    /// In memory alone neither key has it for a moment in between.
    ///
    /// # Errors
    /// As [`get`](Self::get), and [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) for a key that is too long. After an error of
    /// the second level it may have been done or not.
    ///
    /// # Cancel safety
    /// Dropped before its end, it may have been done or not.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.set("old", 1_u64).await?;
    /// assert!(cache.rename("old", "new").await?);
    /// assert_eq!((cache.get::<u64>("old").await?, cache.get::<u64>("new").await?), (None, Some(1)));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn rename(&self, from: impl CacheKey, to: impl CacheKey) -> Result<bool, Error> {
        let call = self.call(&RENAME)?;
        let (from, to) = (call.key_of(&from)?, call.key_of(&to)?);
        call.rename(&from, to).await
    }
}
