//! [`Namespace`]: the entries of a namespace, by hand.

mod item;
mod lifetimes;
mod listing;
mod load;
mod many;
mod set;
mod stored_key;
mod tags;
mod values;

pub use item::Item;
pub use set::Set;
pub use stored_key::StoredKey;

use std::fmt;
use std::sync::Arc;

use crate::engine::Engine;
use crate::engine::look_up::Call;
use crate::engine::values::{say_that_it_is_left_out, variant};
use crate::model::error::Error;
use crate::model::namespace::Namespace as Name;
use crate::model::operation::Operation;
use crate::model::space::Space;
use crate::model::tenancy::Tenancy;

/// The entries of a namespace: the same that annotated functions with `namespace = ".."` read and write.
///
/// A cheap handle; [`Cache`](crate::Cache) is that of the keys which name no namespace, and
/// [`Cache::namespace`](Self::namespace) gives the others. Namespaces are isolated: no key of one is a key of another.
///
/// # Whose entries
/// Those of the tenant around the call, see [`tenant::scope`](crate::tenant::scope), or those of no tenant, as the cache's
/// [`Tenancy`] says, or [`tenancy`](Self::tenancy).
///
/// # Keys
/// A key is written like `key = EXPR` of an annotated function: `"user:42"`, `format!("user:{id}")` and the template
/// `"user:{id}"` meet. A template in which a reserved byte follows a value at once, as in `"[{id}]"`, is written with a separator
/// in between, which no text has.
///
/// # Types
/// A value is found as the type that it was stored as. What stands there of another type is a miss, and stays.
///
/// # Trouble
/// Who asks by hand is told: where the second level does not answer, the call fails, with
/// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable), [`Timeout`](crate::ErrorKind::Timeout) or whatever it was. A miss
/// is no error. [`get_or_load`](Self::get_or_load) and [`put_with`](Self::put_with) go on without the cache instead, for they
/// know where values come from.
///
/// ```
/// use cache_core::Cache;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let users = Cache::in_process().namespace("users");
/// users.set("42", "Ada".to_owned()).await?;
/// assert_eq!(users.get::<String>("42").await?.as_deref(), Some("Ada"));
/// assert!(users.remove("42").await?);
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Namespace {
    engine: Arc<Engine>,
    /// `None`: what was given is no name.
    name: Option<Name>,
    tenancy: Option<Tenancy>,
    version: u32,
    /// Whether memory has copies of what the second level has.
    has_copies: bool,
}

impl Namespace {
    pub(crate) fn root(engine: Arc<Engine>) -> Self {
        Self { engine, name: Some(Name::DEFAULT), tenancy: None, version: 0, has_copies: true }
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// A namespace of the cache; of a namespace, one inside of it.
    ///
    /// Names are those of `namespace = "users"`: up to four levels of ASCII letters, digits, `_`, `.` and `-`, joined by `/`, 64
    /// bytes in all. With another name every call fails with [`ErrorKind::Config`](crate::ErrorKind::Config), and
    /// [`get_or_load`](Self::get_or_load) and [`put_with`](Self::put_with) leave the cache out.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.namespace("users").namespace("admins").set("1", 7_u64).await?;
    /// assert_eq!(cache.namespace("users/admins").get::<u64>("1").await?, Some(7));
    /// assert_eq!(cache.namespace("users").get::<u64>("1").await?, None);
    /// assert!(cache.namespace("users:admins").get::<u64>("1").await.unwrap_err().is_config());
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn namespace(&self, name: impl AsRef<str>) -> Self {
        let (inner, outer) = (name.as_ref(), self.name.as_ref());
        let name = match outer {
            Some(outer) if *outer == Name::DEFAULT => Name::named(inner).ok(),
            Some(outer) => Name::named(&[outer.as_str(), "/", inner].concat()).ok(),
            None => None,
        };
        Self { name, ..self.clone() }
    }

    /// The same entries with another rule for tenants, as `tenant = ..` gives a function.
    ///
    /// ```
    /// # use cache_core::{Cache, Tenancy, Tenant, tenant};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let rates = Cache::in_process().namespace("rates").tenancy(Tenancy::None);
    /// rates.set("eur", 100_u64).await?;
    /// assert_eq!(tenant::scope(Tenant::from_id("acme")?, rates.get::<u64>("eur")).await?, Some(100));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn tenancy(mut self, tenancy: Tenancy) -> Self {
        self.tenancy = Some(tenancy);
        self
    }

    /// The same entries in the version that annotated functions give with `version = N`. Values of other versions are misses.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let users = Cache::in_process().namespace("users");
    /// users.clone().version(2).set("42", 7_u64).await?;
    /// assert_eq!(users.get::<u64>("42").await?, None);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// The same entries without copies of them in memory, as `l1 = off` gives a function: with a second level each read asks it,
    /// in one round trip, and sees what any node has removed as soon as that has returned. In memory alone nothing differs.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let permits = Cache::in_process().namespace("permits").without_copies();
    /// permits.set("7", true).await?;
    /// assert_eq!(permits.get::<bool>("7").await?, Some(true));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn without_copies(mut self) -> Self {
        self.has_copies = false;
        self
    }

    /// Whether its cache does anything: it is neither [switched off](crate::CacheBuilder::disabled) nor
    /// [shut down](crate::Cache::shutdown).
    pub fn is_enabled(&self) -> bool {
        self.engine.is_on()
    }

    /// The call of an operation, where it can be one.
    pub(crate) fn call(&self, operation: &'static Operation) -> Result<Call, Error> {
        let (namespace, space) = self.place()?;
        // In memory alone the entries themselves are there.
        let uses_l1 = self.has_copies || self.engine.level2.is_none();
        let operation = variant(operation, self.version, uses_l1);
        Ok(Call { engine: Arc::clone(&self.engine), operation, space, namespace })
    }

    /// Its name, and the space that its calls are in.
    fn place(&self) -> Result<(Name, Space), Error> {
        let Some(namespace) = self.name.clone() else {
            return Err(Error::config(
                "a namespace is 1 to 4 levels of ASCII letters, digits, `_`, `.`, `-`, joined by `/`, at most 64 bytes",
            ));
        };
        let rule = self.tenancy.unwrap_or_else(|| self.engine.settings.tenancy(&namespace));
        let space = self.engine.space_by(rule).ok_or_else(Error::tenant_missing)?;
        Ok((namespace, space))
    }

    /// The same for a call that goes on without the cache where it cannot be one, which is said once.
    fn call_or_none(&self, operation: &'static Operation) -> Option<Call> {
        self.call(operation).inspect_err(|error| say_that_it_is_left_out(&self.engine, error)).ok()
    }
}

/// Without what is in it.
impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Namespace")
            .field("cache", &self.engine.name)
            .field("name", &self.name.as_ref().map(Name::as_str))
            .field("tenancy", &self.tenancy)
            .field("version", &self.version)
            .field("has_copies", &self.has_copies)
            .finish_non_exhaustive()
    }
}
