//! Values that are loaded where they are missing, and values that are written along with their source.

use std::collections::HashMap;
use std::hash::Hash;

use crate::engine::batch::load::{Body, Typed, load_batch};
use crate::engine::batch::look_up::look_up_in;
use crate::engine::load::load;
use crate::engine::look_up::Call;
use crate::engine::on_error::OnError;
use crate::engine::put::{Put, deliver, fail, intend};
use crate::model::batched::Mapped;
use crate::model::key::{CacheKey, KeyWriter};
use crate::model::operation::Operation;
use crate::model::plan::Plan;
use crate::model::policy::Policy;
use crate::model::returned::Fallible;
use crate::namespace::Namespace;
use crate::wire::value::{CacheValue, Stored};

static GET_OR_LOAD: Operation = Operation::new("larder::Namespace", "get_or_load", None);
static GET_OR_LOAD_MANY: Operation = Operation::new("larder::Namespace", "get_or_load_many", None);
static PUT_WITH: Operation = Operation::new("larder::Namespace", "put_with", None);

/// No key of the result.
type NoKey<T> = fn(&T, &mut KeyWriter<'_>);

impl Namespace {
    /// The value of a key, which is loaded where it is missing, and stored: what `#[cacheable]` is by annotation.
    ///
    /// Of all calls for the key, on all nodes and of annotated functions with the same key and type, one loads and the others
    /// wait for it. A load that began before the key, one of its tags or its namespace was invalidated is returned and not
    /// stored. An error is returned and not stored; calls that waited for it load themselves. With
    /// [`Policy::for_ever`](crate::Policy::for_ever) the value stays until it is invalidated.
    ///
    /// Round trips as for an annotated function: none from memory, one from the second level, three around a load.
    ///
    /// # Errors
    /// What `loader` returned. Trouble with the cache is none: the value is loaded then.
    ///
    /// # Panics
    /// Where `loader` does, and where the load did that this call waited for.
    ///
    /// # Cancel safety
    /// Dropped while it loads, a call that waits loads in its place.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// use std::time::Duration;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let users = Cache::in_process().namespace("users");
    /// let load = || async { Ok::<_, std::io::Error>("Ada".to_owned()) };
    /// let user = users.get_or_load("42", Duration::from_secs(60), load).await?;
    /// assert_eq!(user, "Ada");
    /// # Ok::<(), std::io::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn get_or_load<T, E, F>(
        &self,
        key: impl CacheKey,
        policy: impl Into<Policy>,
        loader: impl FnOnce() -> F,
    ) -> Result<T, E>
    where
        T: CacheValue,
        E: 'static,
        F: Future<Output = Result<T, E>>,
    {
        let Some(call) = self.call_or_none(&GET_OR_LOAD) else { return loader().await };
        let stored = Stored::<T>::new();
        if let Some(value) = call.recall(&stored, &key) {
            return Ok(value);
        }
        let Some(miss) = call.miss_for(&stored, &key) else { return loader().await };
        let mut plan = Plan::new(Some(call.secret()));
        plan.preset(policy);
        let errors = OnError::not_stored(None, None);
        // The loader is called inside of its load, so that what it does before it waits is too.
        let body = async { loader().await };
        load(Some(Box::new(miss)), Fallible::new(), stored, errors, plan, |_, _| (), body).await
    }

    /// The values of many keys, of which those that are missing are loaded together, and stored.
    ///
    /// `loader` is given the keys that no other call loads, and may be called once more with keys whose load another call gave
    /// up. A key that its map lacks has no value. Flights, round trips and all else as for [`get_or_load`](Self::get_or_load), for
    /// all keys together; a key that is named twice is asked for once.
    ///
    /// # Errors
    /// What `loader` returned.
    ///
    /// # Panics
    /// Where `loader` does, and where a load did that this call waited for.
    ///
    /// # Cancel safety
    /// Dropped while it loads, calls that wait load in its place.
    ///
    /// ```
    /// # use cache_core::{Cache, Preset};
    /// # use std::collections::HashMap;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let squares = Cache::in_process().namespace("squares");
    /// let load = |missing: Vec<u64>| async move {
    ///     Ok::<_, std::io::Error>(missing.into_iter().map(|n| (n, n * n)).collect::<HashMap<_, _>>())
    /// };
    /// assert_eq!(squares.get_or_load_many([2, 3], Preset::Lookup, load).await?[&3], 9);
    /// # Ok::<(), std::io::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn get_or_load_many<K, T, E, F>(
        &self,
        keys: impl IntoIterator<Item = K>,
        policy: impl Into<Policy>,
        loader: impl Fn(Vec<K>) -> F,
    ) -> Result<HashMap<K, T>, E>
    where
        K: CacheKey + Clone + Eq + Hash,
        T: CacheValue,
        E: 'static,
        F: Future<Output = Result<HashMap<K, T>, E>>,
    {
        let (keys, stored) = (keys.into_iter().collect::<Vec<_>>(), Stored::<T>::new());
        let Some(call) = self.call_or_none(&GET_OR_LOAD_MANY) else { return loader(keys).await };
        let batch = look_up_in(call, &stored, &keys, CacheKey::write_whole_key);
        let policy = policy.into();
        let prepared = batch.prepare(&keys, |_| {
            let mut plan = Plan::new(batch.secret());
            plan.preset(policy.clone());
            (plan, ())
        });
        let typed = Typed::new(Fallible::new(), Mapped::new(), stored, None, None);
        let body = Body::new(&keys, true, |missing| Some(loader(missing)));
        load_batch(Some(batch), typed, &keys, prepared, |_, (), _, _| (), body).await
    }

    /// Runs `body`, which writes to the source, and gives the key what it returns: what `#[cache_put]` is by annotation.
    ///
    /// The second level is told before the body runs, so that nothing which was read in between stays. Where it overlaps with
    /// another write or an invalidation of the key, the key has nothing afterwards, for nobody can tell which of the two
    /// was last. A body that fails changes nothing here. Two round trips, without a second level none.
    ///
    /// # Errors
    /// What `body` returned. Trouble with the cache is none: what could not be stored is removed, as soon as that can be.
    ///
    /// # Panics
    /// Where `body` does; the key is given up then.
    ///
    /// # Cancel safety
    /// Dropped after the body began, the key is given up.
    ///
    /// ```
    /// # use cache_core::{Cache, Preset};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let users = Cache::in_process().namespace("users");
    /// let write = || async { Ok::<_, std::io::Error>("Ada".to_owned()) };
    /// users.put_with("42", Preset::User, write).await?;
    /// assert_eq!(users.get::<String>("42").await.unwrap().as_deref(), Some("Ada"));
    /// # Ok::<(), std::io::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn put_with<T, E, F>(
        &self,
        key: impl CacheKey,
        policy: impl Into<Policy>,
        body: impl FnOnce() -> F,
    ) -> Result<T, E>
    where
        T: CacheValue,
        F: Future<Output = Result<T, E>>,
    {
        let Some(call) = self.call_or_none(&PUT_WITH).filter(Call::is_on) else { return body().await };
        let mut put = Put::of(call, false, |secret| {
            let mut plan = Plan::new(secret);
            plan.preset(policy);
            plan
        });
        put.key(|writer| key.write_whole_key(writer));
        let mut puts = [Some(put)];
        // Trouble is counted and said there, and nothing is stored then.
        drop(intend(&mut puts).await);
        let result = body().await;
        match &result {
            Ok(value) => {
                for put in puts.iter_mut().flatten() {
                    put.settle(
                        Fallible::<T, E>::new(),
                        &Stored::<T>::new(),
                        value,
                        None::<NoKey<T>>,
                        T::clone,
                        |_, _| (),
                    );
                }
                drop(deliver(puts).await);
            }
            Err(_) => fail(puts),
        }
        result
    }
}
