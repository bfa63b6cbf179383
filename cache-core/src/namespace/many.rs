//! Many values in one round trip.

use crate::engine::values::enter::Present;
use crate::model::error::Error;
use crate::model::key::CacheKey;
use crate::model::operation::Operation;
use crate::model::plan::Plan;
use crate::namespace::{Item, Namespace};
use crate::wire::value::{CacheValue, Stored};

static GET_MANY: Operation = Operation::new("larder::Namespace", "get_many", None);
static SET_MANY: Operation = Operation::new("larder::Namespace", "set_many", None).without_inherited_tags();
static REMOVE_MANY: Operation = Operation::new("larder::Namespace", "remove_many", None);

impl Namespace {
    /// The values of many keys, in their order: each as [`get`](Self::get) gives it.
    ///
    /// Those that memory lacks in one round trip, however many; where entries among them have tags, in one more for those.
    ///
    /// # Errors
    /// The outer one where nothing could be asked, of a tenant or a key, as for [`get`](Self::get); the inner ones where the
    /// second level did not answer for a key.
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
    /// let values = cache.get_many::<u64>(["a", "b"]).await?;
    /// assert_eq!(values.into_iter().collect::<Result<Vec<_>, _>>()?, [Some(1), None]);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn get_many<T: CacheValue>(
        &self,
        keys: impl IntoIterator<Item = impl CacheKey>,
    ) -> Result<Vec<Result<Option<T>, Error>>, Error> {
        let call = self.call(&GET_MANY)?;
        let keys = keys.into_iter().map(|key| call.key_of(&key)).collect::<Result<Vec<_>, _>>()?;
        Ok(call.find_many(&Stored::<T>::new(), &keys).await)
    }

    /// Gives many keys their values, each with its own lifetime and tags; says of each what became of it, in their order.
    ///
    /// Each is one step, as [`set`](Self::set) is; all of them travel in one round trip. Of a key that is named twice the last
    /// value stays.
    ///
    /// # Errors
    /// The outer one where nothing was sent, of a tenant or a key; the inner ones as for [`set`](Self::set).
    ///
    /// # Cancel safety
    /// Dropped before its end, each key has its new value or none.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// for outcome in cache.set_many([("a", 1_u64), ("b", 2)]).await? {
    ///     outcome?;
    /// }
    /// assert_eq!(cache.get::<u64>("b").await?, Some(2));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn set_many<K: CacheKey, T: CacheValue>(
        &self,
        items: impl IntoIterator<Item = impl Into<Item<K, T>>>,
    ) -> Result<Vec<Result<(), Error>>, Error> {
        let (call, stored) = (self.call(&SET_MANY)?, Stored::<T>::new());
        let mut entering = Vec::new();
        for item in items {
            let Item { key, value, policy } = item.into();
            let mut plan = Plan::new(Some(call.secret()));
            plan.preset(policy);
            entering.push(call.entering(&stored, call.key_of(&key)?, value, &plan)?);
        }
        let entered = call.enter(entering, Present::Replaced).await;
        Ok(entered.into_iter().map(|entered| entered.map(drop)).collect())
    }

    /// Removes many entries; says of each key, in their order, whether it had one before: of one that is named twice both times.
    ///
    /// One round trip, however many.
    ///
    /// # Errors
    /// As [`remove`](Self::remove), for all of them.
    ///
    /// # Cancel safety
    /// Once polled it is done, though nobody waits for it.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.set("a", 1_u64).await?;
    /// assert_eq!(cache.remove_many(["a", "b"]).await?, [true, false]);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn remove_many<K: CacheKey>(&self, keys: impl IntoIterator<Item = K>) -> Result<Vec<bool>, Error> {
        let call = self.call(&REMOVE_MANY)?;
        let keys = keys.into_iter().map(|key| call.key_of(&key)).collect::<Result<Vec<_>, _>>()?;
        call.remove(keys).await
    }
}
