//! Single values.

use crate::model::error::Error;
use crate::model::key::CacheKey;
use crate::model::operation::Operation;
use crate::model::policy::Policy;
use crate::namespace::{Namespace, Set};
use crate::wire::value::{CacheValue, Stored};

static GET: Operation = Operation::new("larder::Namespace", "get", None);
static SET: Operation = Operation::new("larder::Namespace", "set", None).without_inherited_tags();
static REMOVE: Operation = Operation::new("larder::Namespace", "remove", None);
static TAKE: Operation = Operation::new("larder::Namespace", "take", None);
static CONTAINS: Operation = Operation::new("larder::Namespace", "contains", None);

/// The operation of what sets.
pub(super) fn setting() -> &'static Operation {
    &SET
}

impl Namespace {
    /// The value of a key. Nothing is loaded, and no load that runs is waited for.
    ///
    /// A `None` or an error that a function has stored is no value, and neither is a value of another type. Inside of
    /// [`bypass`](crate::bypass) and of [`refresh`](crate::refresh) nothing is found.
    /// From memory without a round trip; from the second level with one, and with two where the entry has tags. What is read
    /// there stays in memory.
    ///
    /// # Consistency
    /// As a hit of an annotated function: never older than [`max_staleness`](crate::CacheBuilder::max_staleness) says, and
    /// never what was invalidated in this process before the call.
    ///
    /// # Errors
    /// What keeps the second level from answering, as [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) and others;
    /// [`TenantMissing`](crate::ErrorKind::TenantMissing) and [`Config`](crate::ErrorKind::Config), of a namespace that is none or a
    /// hashed piece of the key without a [`key_secret`](crate::CacheBuilder::key_secret). A miss is no error.
    ///
    /// # Cancel safety
    /// It changes nothing.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// assert_eq!(cache.get::<u64>("answer").await?, None);
    /// cache.set("answer", 42_u64).await?;
    /// assert_eq!(cache.get::<u64>("answer").await?, Some(42));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn get<T: CacheValue>(&self, key: impl CacheKey) -> Result<Option<T>, Error> {
        let (call, stored) = (self.call(&GET)?, Stored::<T>::new());
        if let Some(value) = call.recall(&stored, &key) {
            return Ok(Some(value));
        }
        let key = call.key_of(&key)?;
        call.fetch_value(&stored, key).await
    }

    /// Gives a key a value, in the place of what it has: a step that is awaited, and before that told for how long, and under
    /// which tags.
    ///
    /// A load that began before is not stored, on no level and on no node: see [`Set`].
    ///
    /// ```
    /// # use cache_core::Cache;
    /// use std::time::Duration;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.set("user:42", "Ada".to_owned()).ttl(Duration::from_secs(60)).tags(["users"]).await?;
    /// cache.invalidate_tags(["users"]).await?;
    /// assert_eq!(cache.get::<String>("user:42").await?, None);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn set<K: CacheKey, T: CacheValue>(&self, key: K, value: T) -> Set<'_, K, T> {
        Set::new(self, key, value)
    }

    /// Gives a key a value where it has none; says whether it did.
    ///
    /// Judged on the server, in one step: of many nodes that call it one is told `true`. An entry that has ended or was
    /// invalidated is none; one of another type is. One round trip, without a second level none. Inside of
    /// [`bypass`](crate::bypass) and of a changed transaction nothing is stored.
    ///
    /// # Errors
    /// As [`set`](Self::set). After one it may have been stored or not; what was there stays.
    ///
    /// # Cancel safety
    /// Dropped before its end, it may have been stored or not; what was there stays.
    ///
    /// ```
    /// # use cache_core::{Cache, Preset};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let jobs = Cache::in_process().namespace("jobs");
    /// assert!(jobs.insert_if_absent("7", "mine".to_owned(), Preset::Query).await?);
    /// assert!(!jobs.insert_if_absent("7", "yours".to_owned(), Preset::Query).await?);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn insert_if_absent<T: CacheValue>(
        &self,
        key: impl CacheKey,
        value: T,
        policy: impl Into<Policy>,
    ) -> Result<bool, Error> {
        Set::new(self, key, value).policy(policy).if_absent().await
    }

    /// Removes the entry of a key; says whether there was one.
    ///
    /// A load that runs is not stored. One round trip, also where there is nothing; every node follows.
    ///
    /// # Errors
    /// As [`get`](Self::get). Where the second level did not take it, this process has removed it all the same, and delivers it
    /// as soon as it can; until then other nodes may still be given what is there.
    ///
    /// # Cancel safety
    /// Once polled it is done, though nobody waits for it.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.set("answer", 42_u64).await?;
    /// assert!(cache.remove("answer").await?);
    /// assert!(!cache.remove("answer").await?);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn remove(&self, key: impl CacheKey) -> Result<bool, Error> {
        let call = self.call(&REMOVE)?;
        let key = call.key_of(&key)?;
        Ok(call.remove(vec![key]).await? == [true])
    }

    /// Removes the entries whose keys match a pattern; says how many there were.
    ///
    /// `*` stands for anything, `?` for one character, `[ab]` for one of those; it is compared with the whole key as
    /// [`keys`](Self::keys) shows it. It looks at every key of the server, in pages and never in one step: tags and
    /// [`clear`](Self::clear) do the same in one step. Of keys over 200 bytes those go as well whose beginning could match.
    ///
    /// # Errors
    /// As [`remove`](Self::remove).
    ///
    /// # Cancel safety
    /// Once polled it is done, though nobody waits for it.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.set("session:7:a", 1_u64).await?;
    /// cache.set("session:8:b", 2_u64).await?;
    /// assert_eq!(cache.remove_matching("session:7:*").await?, 1);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn remove_matching(&self, pattern: &str) -> Result<u64, Error> {
        self.call(&REMOVE)?.remove_matching(pattern).await
    }

    /// Removes everything in the namespace, and in those inside of it. Of the cache itself: everything, see
    /// [`Cache::clear`](crate::Cache::clear).
    ///
    /// One step however much that is, and with a second level one round trip; every node follows.
    ///
    /// # Errors
    /// As [`remove`](Self::remove).
    ///
    /// # Cancel safety
    /// Once polled it is done, though nobody waits for it.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.namespace("users").set("1", 1_u64).await?;
    /// cache.set("1", 2_u64).await?;
    /// cache.namespace("users").clear().await?;
    /// assert_eq!((cache.namespace("users").contains("1").await?, cache.contains("1").await?), (false, true));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn clear(&self) -> Result<(), Error> {
        self.call(&REMOVE)?.clear().await
    }

    /// Removes the entry of a key and gives its value: of many nodes that call it one is given it.
    ///
    /// One round trip. What stands there of another type stays where it is.
    ///
    /// # Errors
    /// As [`get`](Self::get). After one the value may be gone or not.
    ///
    /// # Cancel safety
    /// Dropped before its end, the value may be gone or not.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.set("code", "8642".to_owned()).await?;
    /// assert_eq!(cache.take::<String>("code").await?.as_deref(), Some("8642"));
    /// assert_eq!(cache.take::<String>("code").await?, None);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn take<T: CacheValue>(&self, key: impl CacheKey) -> Result<Option<T>, Error> {
        let call = self.call(&TAKE)?;
        let key = call.key_of(&key)?;
        call.take(&Stored::<T>::new(), &key).await
    }

    /// Whether a key has an entry, of whatever type: also a `None` or an error that a function has stored.
    ///
    /// With a second level one round trip, in which no value travels.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    ///
    /// # Cancel safety
    /// It changes nothing.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// assert!(!Cache::in_process().contains("answer").await?);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn contains(&self, key: impl CacheKey) -> Result<bool, Error> {
        Ok(self.contains_many([key]).await? == 1)
    }

    /// How many of these keys have an entry. A key that is named twice counts twice. One round trip, however many.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    ///
    /// # Cancel safety
    /// It changes nothing.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.set("a", 1_u64).await?;
    /// assert_eq!(cache.contains_many(["a", "b"]).await?, 1);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn contains_many<K: CacheKey>(&self, keys: impl IntoIterator<Item = K>) -> Result<usize, Error> {
        let call = self.call(&CONTAINS)?;
        let keys = keys.into_iter().map(|key| call.key_of(&key)).collect::<Result<Vec<_>, _>>()?;
        Ok(call.lifetimes(&keys).await?.iter().flatten().count())
    }
}
