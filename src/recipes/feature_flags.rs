//! [`FeatureFlags`]: what is switched on.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Error, Namespace, Policy};

/// What is switched on: for each name yes or no, until it is said anew.
///
/// A cheap handle. The flags are those of the tenant around the call; with `cache.namespace("..").tenancy(Tenancy::None)` there
/// is one set for all. They stand in the namespace `flags` of what they are made with, and are kept without an end.
///
/// # Consistency
/// A node that has asked for a flag has it in its memory, and hears of a change by a message, within
/// [`max_staleness`](crate::CacheBuilder::max_staleness) whatever becomes of messages.
///
/// # Cost
/// Nothing for a flag that memory has; one round trip otherwise, and each time for a name that was never set: set it to `false`.
///
/// ```
/// use larder::Cache;
/// use larder::recipes::FeatureFlags;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let flags = FeatureFlags::new(&Cache::in_process());
/// assert!(!flags.is_enabled("new-checkout").await?);
/// flags.set("new-checkout", true).await?;
/// assert!(flags.is_enabled("new-checkout").await?);
/// // Off where nobody can be asked, if that is what is wanted:
/// let shows = flags.is_enabled("new-checkout").await.unwrap_or(false);
/// # assert!(shows);
/// # Ok::<(), larder::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct FeatureFlags {
    flags: Namespace,
}

/// A flag as it is stored. Its name stands in it, for in a key that is escaped.
#[derive(Clone, Serialize, Deserialize)]
struct Flag {
    name: String,
    enabled: bool,
}

impl FeatureFlags {
    /// The flags of a cache, or of a namespace.
    pub fn new(namespace: &Namespace) -> Self {
        Self { flags: namespace.namespace("flags") }
    }

    /// Switches on or off. One round trip.
    ///
    /// # Errors
    /// As [`Set`](crate::Set): after one the flag is what it should be, or not set.
    ///
    /// # Cancel safety
    /// As [`Set`](crate::Set).
    pub async fn set(&self, name: &str, enabled: bool) -> Result<(), Error> {
        let flag = Flag { name: name.to_owned(), enabled };
        self.flags.set(name, flag).policy(Policy::new().for_ever()).await
    }

    /// Whether it is switched on: not where it was never set.
    ///
    /// # Errors
    /// As [`Namespace::get`].
    ///
    /// # Cancel safety
    /// It changes nothing.
    pub async fn is_enabled(&self, name: &str) -> Result<bool, Error> {
        Ok(self.get(name).await? == Some(true))
    }

    /// What was set; `None` where nothing was.
    ///
    /// # Errors
    /// As [`Namespace::get`].
    ///
    /// # Cancel safety
    /// It changes nothing.
    pub async fn get(&self, name: &str) -> Result<Option<bool>, Error> {
        Ok(self.flags.get::<Flag>(name).await?.map(|flag| flag.enabled))
    }

    /// Forgets a flag; says whether it was set. One round trip.
    ///
    /// # Errors
    /// As [`Namespace::remove`].
    ///
    /// # Cancel safety
    /// Once polled it is done, though nobody waits for it.
    pub async fn remove(&self, name: &str) -> Result<bool, Error> {
        self.flags.remove(name).await
    }

    /// All that are set, by name. It looks at every key of the server, as [`Namespace::keys`] does: for people, not for requests.
    ///
    /// # Errors
    /// As [`Namespace::keys`] and [`Namespace::get_many`].
    ///
    /// # Cancel safety
    /// It changes nothing.
    ///
    /// ```
    /// # use larder::Cache;
    /// # use larder::recipes::FeatureFlags;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let flags = FeatureFlags::new(&Cache::in_process());
    /// flags.set("dark", true).await?;
    /// flags.set("beta", false).await?;
    /// let all: Vec<_> = flags.all().await?.into_iter().collect();
    /// assert_eq!(all, [("beta".to_owned(), false), ("dark".to_owned(), true)]);
    /// # Ok::<(), larder::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn all(&self) -> Result<BTreeMap<String, bool>, Error> {
        let keys = self.flags.keys("*").await?;
        let found = self.flags.get_many::<Flag>(keys).await?.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().flatten().map(|flag| (flag.name, flag.enabled)).collect())
    }
}
