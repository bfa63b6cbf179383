//! [`AuthCache`]: what a token stands for.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::recipes::by_user::ByUser;
use crate::recipes::digest::digest;
use crate::{Cache, Error, Policy};

/// What a token stands for: its user, and data of type `T`, such as roles, so that not every request has to look them up.
///
/// A cheap handle. What it keeps belongs to the tenant around the call, and stands in the namespace `auth`, under a hash of the
/// token, which says nothing of one that cannot be guessed.
///
/// # Consistency
/// A node that was asked keeps a copy in its memory. Once [`remove`](Self::remove) or [`remove_user`](Self::remove_user) has returned,
/// this node finds it no more, and the others follow by a message, within
/// [`max_staleness`](crate::CacheBuilder::max_staleness), 3 s, whatever becomes of messages. A token that must be refused at
/// once belongs into a [`TokenBlacklist`](crate::recipes::TokenBlacklist), which asks the server each time.
///
/// # Cost
/// No round trip from memory; one from the server by `get_or_load`, two by `get`, which does not know the user; one for each
/// change.
///
/// ```
/// use std::time::Duration;
/// use larder::Cache;
/// use larder::recipes::AuthCache;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let auth = AuthCache::new(&Cache::in_process());
/// let roles = || async { Ok::<_, larder::Error>(vec!["admin".to_owned()]) }; // a query
/// let known = auth.get_or_load("eyJhbGciOi..", "ada", Duration::from_secs(900), roles).await?;
/// assert_eq!((known.user(), known.data()[0].as_str()), ("ada", "admin"));
///
/// auth.remove_user("ada").await?; // her roles have changed: every token of hers is looked up anew
/// assert!(auth.get("eyJhbGciOi..").await?.is_none());
/// # Ok::<(), larder::Error>(())
/// # }).unwrap();
/// ```
pub struct AuthCache<T> {
    by_user: ByUser,
    of: PhantomData<fn() -> T>,
}

/// What a token stands for.
#[derive(Clone, Serialize, Deserialize)]
pub struct Authenticated<T> {
    user: String,
    data: T,
}

impl<T> Authenticated<T> {
    /// Whose token it is, as text.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// What is known of the user.
    pub fn data(&self) -> &T {
        &self.data
    }

    /// The same by value.
    pub fn into_data(self) -> T {
        self.data
    }
}

impl<T: Clone + Send + Sync + Serialize + DeserializeOwned + 'static> AuthCache<T> {
    /// What a cache knows of tokens.
    pub fn new(cache: &Cache) -> Self {
        Self { by_user: ByUser::new("larder:auth", cache.namespace("auth")), of: PhantomData }
    }

    /// Another one than that without a name, or of another name: they never meet.
    ///
    /// A name is a namespace inside of `auth`: up to three levels of letters, digits, `_`, `.` and `-`. With anything else every
    /// call fails with [`ErrorKind::Config`](crate::ErrorKind::Config), and `get_or_load` loads each time.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.by_user = self.by_user.named(name);
        self
    }

    /// Says what a token stands for, and for how long.
    ///
    /// What was read from a database before [`remove_user`](Self::remove_user) and is put after it stays until its time is over:
    /// [`get_or_load`](Self::get_or_load) stores no such thing.
    ///
    /// # Errors
    /// As [`Set`](crate::Set).
    ///
    /// # Cancel safety
    /// As [`Set`](crate::Set).
    pub async fn put(&self, token: &str, user: impl ToString, data: T, ttl: Duration) -> Result<(), Error> {
        let user = user.to_string();
        let tag = self.by_user.tag(&user);
        self.by_user.entries.set(digest(token), Authenticated { user, data }).ttl(ttl).tags([tag]).await
    }

    /// What a token stands for; `None` where nobody has said so.
    ///
    /// # Errors
    /// As [`Namespace::get`](crate::Namespace::get).
    ///
    /// # Cancel safety
    /// It changes nothing.
    pub async fn get(&self, token: &str) -> Result<Option<Authenticated<T>>, Error> {
        self.by_user.entries.get(digest(token)).await
    }

    /// What a token of this user stands for, which is loaded where nobody has said so: by one of all who ask, on all nodes.
    ///
    /// What began to be loaded before [`remove`](Self::remove) or [`remove_user`](Self::remove_user) is returned and not stored.
    /// Check the token first: this takes its word for the user.
    ///
    /// # Errors
    /// What `loader` returned. Trouble with the cache is none: it is loaded then.
    ///
    /// # Panics
    /// Where `loader` does, and where the load did that this call waited for.
    ///
    /// # Cancel safety
    /// As [`Namespace::get_or_load`](crate::Namespace::get_or_load).
    pub async fn get_or_load<E: 'static, F: Future<Output = Result<T, E>>>(
        &self,
        token: &str,
        user: impl ToString,
        ttl: Duration,
        loader: impl FnOnce() -> F,
    ) -> Result<Authenticated<T>, E> {
        let user = user.to_string();
        let policy = Policy::from(ttl).tags([self.by_user.tag(&user)]);
        let load = || async { loader().await.map(|data| Authenticated { user, data }) };
        self.by_user.entries.get_or_load(digest(token), policy, load).await
    }

    /// Forgets a token; says whether it was known. One round trip.
    ///
    /// # Errors
    /// As [`Namespace::remove`](crate::Namespace::remove).
    ///
    /// # Cancel safety
    /// Once polled it is done, though nobody waits for it.
    pub async fn remove(&self, token: &str) -> Result<bool, Error> {
        self.by_user.entries.remove(digest(token)).await
    }

    /// Forgets all tokens of a user, in one step and one round trip.
    ///
    /// # Errors
    /// As [`remove`](Self::remove).
    ///
    /// # Cancel safety
    /// Once polled it is done, though nobody waits for it.
    pub async fn remove_user(&self, user: impl ToString) -> Result<(), Error> {
        self.by_user.remove_all_of(&user.to_string()).await
    }
}

impl<T> Clone for AuthCache<T> {
    fn clone(&self) -> Self {
        Self { by_user: self.by_user.clone(), of: self.of }
    }
}

/// Without what it holds.
impl<T> fmt::Debug for AuthCache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthCache").field("entries", &self.by_user.entries).finish()
    }
}

/// Without the user and the data.
impl<T> fmt::Debug for Authenticated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticated").finish_non_exhaustive()
    }
}
