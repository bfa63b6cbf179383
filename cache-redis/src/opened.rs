//! The server of a cache, for those who have the cache.

use std::any::Any;

use cache_core::port::HasSecondLevel;

use crate::settings::Redis;
use crate::store::Store;

impl Redis {
    /// The server that a cache was built with; `None` where its second level is no Redis, or there is none.
    ///
    /// Its [`Debug`](std::fmt::Debug) output has the address, without user and password, for logs. With the feature `redis-client` it
    /// hands out the cache's own connection.
    ///
    /// ```
    /// use cache_core::Cache;
    /// use cache_redis::Redis;
    ///
    /// let cache = Cache::builder("erp").redis(Redis::at("redis://localhost/2")).build()?;
    /// let redis = Redis::of(&cache).expect("it was built with one");
    /// assert!(format!("{redis:?}").contains("localhost:6379/2"));
    /// assert!(Redis::of(&Cache::in_process()).is_none());
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn of(cache: &impl HasSecondLevel) -> Option<Self> {
        let store: &dyn Any = cache.second_level()?;
        store.downcast_ref::<Store>().map(Store::origin)
    }
}
