//! [`UserValues`]: what is kept for each user, and goes with the user.

use std::fmt;

use crate::recipes::by_user::ByUser;
use crate::{Cache, CacheValue, Error, Policy};

/// Values of many users, each under a name: a basket, settings, what was seen last. All of one user's go in one step.
///
/// A cheap handle. What it keeps belongs to the tenant around the call, and stands in the namespace `user-values`. Users and names
/// may be any text: no user's value is ever another's, and `7` is not the beginning of `77`.
///
/// ```
/// use std::time::Duration;
/// use larder::Cache;
/// use larder::recipes::UserValues;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let values = UserValues::new(&Cache::in_process());
/// let ada = values.for_user(7);
/// ada.set("theme", "dark".to_owned(), Duration::from_secs(3600)).await?;
/// assert_eq!(ada.get::<String>("theme").await?.as_deref(), Some("dark"));
/// assert_eq!(values.for_user(77).get::<String>("theme").await?, None);
///
/// values.clear(7).await?;
/// assert_eq!(ada.get::<String>("theme").await?, None);
/// # Ok::<(), larder::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct UserValues {
    by_user: ByUser,
}

/// The values of one user: made by [`UserValues::for_user`].
#[derive(Clone)]
pub struct ForUser {
    by_user: ByUser,
    user: String,
}

impl UserValues {
    /// The values that a cache has of users.
    pub fn new(cache: &Cache) -> Self {
        Self { by_user: ByUser::new("larder:user-values", cache.namespace("user-values")) }
    }

    /// Others than those without a name, or of another name: they never meet, and are cleared apart.
    ///
    /// A name is a namespace inside of `user-values`: up to three levels of letters, digits, `_`, `.` and `-`. With anything else
    /// every call fails with [`ErrorKind::Config`](crate::ErrorKind::Config), and `get_or_load` loads each time.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.by_user = self.by_user.named(name);
        self
    }

    /// The values of a user. Asks nobody.
    #[allow(clippy::needless_pass_by_value, reason = "numbers and text are handed in as they are, here as elsewhere")]
    pub fn for_user(&self, user: impl ToString) -> ForUser {
        ForUser { by_user: self.by_user.clone(), user: user.to_string() }
    }

    /// Removes everything of a user, in one step and one round trip, however much it is; every node follows.
    ///
    /// # Errors
    /// As [`Namespace::remove`](crate::Namespace::remove).
    ///
    /// # Cancel safety
    /// Once polled it is done, though nobody waits for it.
    pub async fn clear(&self, user: impl ToString) -> Result<(), Error> {
        self.by_user.remove_all_of(&user.to_string()).await
    }
}

impl ForUser {
    fn key<'a>(&'a self, name: &'a str) -> (&'a str, &'a str) {
        (&self.user, name)
    }

    /// The policy, under the user's tag.
    fn of_user(&self, policy: impl Into<Policy>) -> Policy {
        policy.into().tags([self.by_user.tag(&self.user)])
    }

    /// Gives the user a value: for a `Duration`, or as a preset or a policy says. One round trip.
    ///
    /// # Errors
    /// As [`Set`](crate::Set).
    ///
    /// # Cancel safety
    /// As [`Set`](crate::Set).
    pub async fn set<T: CacheValue>(&self, name: &str, value: T, policy: impl Into<Policy>) -> Result<(), Error> {
        self.by_user.entries.set(self.key(name), value).policy(self.of_user(policy)).await
    }

    /// The user's value of a name. No round trip from memory, two from the server.
    ///
    /// # Errors
    /// As [`Namespace::get`](crate::Namespace::get).
    ///
    /// # Cancel safety
    /// It changes nothing.
    pub async fn get<T: CacheValue>(&self, name: &str) -> Result<Option<T>, Error> {
        self.by_user.entries.get(self.key(name)).await
    }

    /// The user's value of a name, which is loaded where it is missing: as [`Namespace::get_or_load`](crate::Namespace::get_or_load)
    /// does it. What began to be loaded before the user was cleared is returned and not stored.
    ///
    /// # Errors
    /// What `loader` returned. Trouble with the cache is none: the value is loaded then.
    ///
    /// # Panics
    /// Where `loader` does, and where the load did that this call waited for.
    ///
    /// # Cancel safety
    /// As [`Namespace::get_or_load`](crate::Namespace::get_or_load).
    pub async fn get_or_load<T: CacheValue, E: 'static, F: Future<Output = Result<T, E>>>(
        &self,
        name: &str,
        policy: impl Into<Policy>,
        loader: impl FnOnce() -> F,
    ) -> Result<T, E> {
        self.by_user.entries.get_or_load(self.key(name), self.of_user(policy), loader).await
    }

    /// Removes the user's value of a name; says whether there was one. One round trip.
    ///
    /// # Errors
    /// As [`Namespace::remove`](crate::Namespace::remove).
    ///
    /// # Cancel safety
    /// Once polled it is done, though nobody waits for it.
    pub async fn remove(&self, name: &str) -> Result<bool, Error> {
        self.by_user.entries.remove(self.key(name)).await
    }
}

/// Without what they hold.
impl fmt::Debug for UserValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserValues").field("entries", &self.by_user.entries).finish()
    }
}

/// Without the user.
impl fmt::Debug for ForUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForUser").field("entries", &self.by_user.entries).finish_non_exhaustive()
    }
}
