//! [`Repository`]: one kind of thing, where it comes from, and how it is cached.

use std::collections::HashMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::pin::Pin;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::{CacheKey, CacheValue, Error, KeyWriter, Namespace, Policy};

/// How many things are loaded at a time where one loader brings one.
const AT_A_TIME: usize = 8;

type Loading<T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send>>;
type WriteKey<K> = Arc<dyn Fn(&K, &mut KeyWriter<'_>) + Send + Sync>;
type Load<K, V, E> = Arc<dyn Fn(K) -> Loading<V, E> + Send + Sync>;
type LoadMany<K, V, E> = Arc<dyn Fn(Vec<K>) -> Loading<HashMap<K, V>, E> + Send + Sync>;

/// One kind of thing as one object: the namespace and the keys that it has in the cache, how long it stays there, and what loads
/// it where it is missing.
///
/// Give it a namespace of its own. A clone is cheap and shares everything. The loader is given its *source*, which is whatever
/// it needs, such as a pool of connections, cloned for each load, and the key; so a function is one, and so is a closure:
///
/// ```
/// use larder::recipes::Repository;
/// use larder::{Cache, Preset};
///
/// #[derive(Clone)]
/// struct Pool { /* connections */ }
/// #[derive(Clone, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
/// struct User { id: u64, name: String }
///
/// impl Pool {
///     async fn user(self, id: u64) -> Result<User, std::io::Error> {
///         Ok(User { id, name: "Ada".to_owned() })
///     }
///     async fn rename(&self, id: u64, name: &str) -> Result<User, std::io::Error> {
///         Ok(User { id, name: name.to_owned() })
///     }
/// }
///
/// struct Service { pool: Pool, users: Repository<u64, User, std::io::Error> }
///
/// impl Service {
///     fn new(cache: &Cache, pool: Pool) -> Self {
///         let users = Repository::new(cache.namespace("users"), pool.clone(), Pool::user).policy(Preset::User);
///         Self { pool, users }
///     }
///
///     async fn rename(&self, id: u64, name: &str) -> Result<User, std::io::Error> {
///         self.users.save(&id, || self.pool.rename(id, name)).await
///     }
/// }
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let service = Service::new(&Cache::in_process(), Pool {});
/// assert_eq!(service.users.get(&7).await?.name, "Ada"); // from the pool
/// assert_eq!(service.users.get(&7).await?.name, "Ada"); // from the cache
/// service.rename(7, "Grace").await?;
/// assert_eq!(service.users.get(&7).await?.name, "Grace"); // from the cache
/// # Ok::<(), std::io::Error>(())
/// # }).unwrap();
/// ```
///
/// # Consistency
/// That of [`Namespace::get_or_load`] and [`put_with`](Namespace::put_with): one of all nodes loads, no load that began before a
/// [`save`](Self::save) or a [`remove`](Self::remove) is stored after it, and trouble with the cache is none of its users'.
/// Annotated functions with the same namespace, keys and type read the same entries.
pub struct Repository<K, V, E> {
    entries: Namespace,
    policy: Policy,
    write_key: WriteKey<K>,
    load: Load<K, V, E>,
    load_many: Option<LoadMany<K, V, E>>,
}

impl<K, V, E> Repository<K, V, E>
where
    K: Clone + Eq + Hash + Send + 'static,
    V: CacheValue,
    E: Send + 'static,
{
    /// What a loader brings, under its own key.
    pub fn new<S, F>(entries: Namespace, source: S, load: impl Fn(S, K) -> F + Send + Sync + 'static) -> Self
    where
        K: CacheKey,
        S: Clone + Send + Sync + 'static,
        F: Future<Output = Result<V, E>> + Send + 'static,
    {
        Self::written(entries, Arc::new(K::write_whole_key), source, load)
    }

    /// What a loader brings, under the key that a function makes: for keys that are none for a cache, or that others use too.
    ///
    /// ```
    /// # use larder::Cache;
    /// use larder::recipes::Repository;
    ///
    /// #[derive(Clone, PartialEq, Eq, Hash)]
    /// struct Place { city: String, street: String }
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let key = |place: &Place| (place.city.clone(), place.street.clone());
    /// let load = |(), place: Place| async move { Ok::<_, larder::Error>(place.street.len()) };
    /// let houses = Repository::keyed(Cache::in_process().namespace("houses"), key, (), load);
    /// let place = Place { city: "Oslo".to_owned(), street: "Karl Johans gate".to_owned() };
    /// assert_eq!(houses.get(&place).await?, 16);
    /// # Ok::<(), larder::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn keyed<C, S, F>(
        entries: Namespace,
        key: impl Fn(&K) -> C + Send + Sync + 'static,
        source: S,
        load: impl Fn(S, K) -> F + Send + Sync + 'static,
    ) -> Self
    where
        C: CacheKey,
        S: Clone + Send + Sync + 'static,
        F: Future<Output = Result<V, E>> + Send + 'static,
    {
        Self::written(entries, Arc::new(move |of, writer| key(of).write_whole_key(writer)), source, load)
    }

    fn written<S, F>(
        entries: Namespace,
        write_key: WriteKey<K>,
        source: S,
        load: impl Fn(S, K) -> F + Send + Sync + 'static,
    ) -> Self
    where
        S: Clone + Send + Sync + 'static,
        F: Future<Output = Result<V, E>> + Send + 'static,
    {
        let load: Load<K, V, E> = Arc::new(move |key| Box::pin(load(source.clone(), key)));
        Self { entries, policy: Policy::new(), write_key, load, load_many: None }
    }

    /// How long things stay, and under which tags: a `Duration`, a [`Preset`](crate::Preset) or a [`Policy`]. Without it as long
    /// as the cache says.
    #[must_use]
    pub fn policy(mut self, policy: impl Into<Policy>) -> Self {
        self.policy = policy.into();
        self
    }

    /// What loads many things at once, for [`get_many`](Self::get_many). A key that its map lacks has no thing.
    #[must_use]
    pub fn load_many<S, F>(mut self, source: S, load: impl Fn(S, Vec<K>) -> F + Send + Sync + 'static) -> Self
    where
        S: Clone + Send + Sync + 'static,
        F: Future<Output = Result<HashMap<K, V>, E>> + Send + 'static,
    {
        self.load_many = Some(Arc::new(move |keys| Box::pin(load(source.clone(), keys))));
        self
    }

    /// The thing of a key, which is loaded where it is missing. Round trips as for [`Namespace::get_or_load`].
    ///
    /// # Errors
    /// What the loader returned, which is not stored.
    ///
    /// # Panics
    /// Where the loader does.
    ///
    /// # Cancel safety
    /// As [`Namespace::get_or_load`].
    pub async fn get(&self, key: &K) -> Result<V, E> {
        let load = || (self.load)(key.clone());
        self.entries.get_or_load(self.key(key), self.policy.clone(), load).await
    }

    /// The things of many keys, of which those that are missing are loaded together: by [`load_many`](Self::load_many) where
    /// that was said, else one by one, eight at a time. Round trips as for one key.
    ///
    /// # Errors
    /// What a loader returned: then nothing that was loaded with it is stored.
    ///
    /// # Panics
    /// Where a loader does.
    ///
    /// # Cancel safety
    /// As [`Namespace::get_or_load_many`].
    pub async fn get_many(&self, keys: impl IntoIterator<Item = K>) -> Result<HashMap<K, V>, E> {
        let keys: Vec<_> = keys.into_iter().map(|key| self.key(&key)).collect();
        let found = self.entries.get_or_load_many(keys, self.policy.clone(), |missing| self.bring(missing)).await?;
        Ok(found.into_iter().map(|(key, value)| (key.key, value)).collect())
    }

    /// Loads what `get_many` lacks.
    async fn bring(&self, missing: Vec<Key<K>>) -> Result<HashMap<Key<K>, V>, E> {
        let keys = missing.into_iter().map(|missing| missing.key);
        let brought: HashMap<K, V> = if let Some(load) = &self.load_many {
            load(keys.collect()).await?
        } else {
            let loads = keys.map(|key| async move { Ok((key.clone(), (self.load)(key).await?)) });
            stream::iter(loads).buffer_unordered(AT_A_TIME).try_collect().await?
        };
        Ok(brought.into_iter().map(|(key, value)| (self.key(&key), value)).collect())
    }

    /// Runs `write`, which writes to the source, and gives the key what it returns: as [`Namespace::put_with`] does it.
    ///
    /// # Errors
    /// What `write` returned: then nothing changes here.
    ///
    /// # Panics
    /// Where `write` does; the key is given up then.
    ///
    /// # Cancel safety
    /// Dropped after `write` began, the key is given up.
    pub async fn save<F: Future<Output = Result<V, E>>>(&self, key: &K, write: impl FnOnce() -> F) -> Result<V, E> {
        self.entries.put_with(self.key(key), self.policy.clone(), write).await
    }

    /// Loads anew, and stores in the place of what is there. Three round trips.
    ///
    /// # Errors
    /// What the loader returned: what is there stays.
    ///
    /// # Panics
    /// Where the loader does.
    ///
    /// # Cancel safety
    /// As [`refresh`](crate::refresh()).
    pub async fn refresh(&self, key: &K) -> Result<V, E> {
        crate::refresh(self.get(key)).await
    }

    /// Removes the thing of a key from the cache, not from its source; says whether there was one. Call it after the source has
    /// changed. One round trip.
    ///
    /// # Errors
    /// As [`Namespace::remove`].
    ///
    /// # Cancel safety
    /// Once polled it is done, though nobody waits for it.
    pub async fn remove(&self, key: &K) -> Result<bool, Error> {
        self.entries.remove(self.key(key)).await
    }

    /// Removes everything in the repository's namespace from the cache, in one step and one round trip.
    ///
    /// # Errors
    /// As [`Namespace::clear`].
    ///
    /// # Cancel safety
    /// Once polled it is done, though nobody waits for it.
    pub async fn clear(&self) -> Result<(), Error> {
        self.entries.clear().await
    }

    fn key(&self, key: &K) -> Key<K> {
        Key { key: key.clone(), write: Arc::clone(&self.write_key) }
    }
}

/// A key of the repository as one of the cache.
struct Key<K> {
    key: K,
    write: WriteKey<K>,
}

impl<K> CacheKey for Key<K> {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        (self.write)(&self.key, key);
    }
}

impl<K: Clone> Clone for Key<K> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), write: Arc::clone(&self.write) }
    }
}

impl<K: PartialEq> PartialEq for Key<K> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<K: Eq> Eq for Key<K> {}

impl<K: Hash> Hash for Key<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

impl<K, V, E> Clone for Repository<K, V, E> {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
            policy: self.policy.clone(),
            write_key: Arc::clone(&self.write_key),
            load: Arc::clone(&self.load),
            load_many: self.load_many.clone(),
        }
    }
}

/// Without what it holds.
impl<K, V, E> fmt::Debug for Repository<K, V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entries, policy, .. } = self;
        f.debug_struct("Repository").field("entries", entries).field("policy", policy).finish_non_exhaustive()
    }
}
