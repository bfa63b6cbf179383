//! [`Redis`]: where the server is.

use std::env;
use std::fmt;
use std::sync::Arc;

use cache_core::port::{RemoteStore, SecondLevel, Setup};
use cache_core::{Error, ErrorKind};

use crate::bounds::Bounds;
use crate::client::{Address, Connection, Identity};
#[cfg(feature = "redis-client")]
use crate::handed::Opened;
use crate::store::Store;
#[cfg(feature = "tls")]
use crate::tls::Tls;

const VARIABLE: &str = "REDIS_URL";

/// A Redis or Valkey server as a cache's second level.
///
/// The server must be Redis 7.0 or Valkey 7.2 or newer; an older one, and a cluster, is refused by name. A cache starts
/// without waiting for its server, uses it once it is there, and goes on without it whenever it is not; a connection
/// that breaks or goes silent is made anew. There are three: for calls, for asking where the history stands, and for what
/// other nodes tell. They are driven by a thread of their own, so caches work under every executor; the thread ends with
/// the cache, or when that is shut down.
///
/// # Permissions
/// A server with access control lists must permit the user
/// `+mget +get +set +del +unlink +getrange +setrange +pttl +pexpire +persist +time +info +scan +eval +evalsha`
/// `+publish +subscribe +select`, keys `~<prefix>:*` and channels `&<prefix>:*`. Without `+publish`, `+subscribe` or the
/// channels, memory follows by asking alone, within `max_staleness`.
///
/// # Examples
/// ```
/// use cache_redis::Redis;
///
/// let redis = Redis::at("redis://:secret@cache.internal:6379/2");
/// assert!(format!("{redis:?}").starts_with("Redis { at: cache.internal:6379/2,"));
/// ```
#[derive(Clone)]
pub struct Redis {
    /// Why it cannot be read is told when a cache opens it.
    pub(crate) address: Result<Address, Error>,
    pub(crate) bounds: Bounds,
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<Tls>,
    /// What carries calls while it lives, where the application has handed it in.
    pub(crate) handed: Option<Connection>,
    /// The way to the server of the cache that has opened it.
    #[cfg(feature = "redis-client")]
    pub(crate) opened: Option<Opened>,
}

impl Redis {
    /// The server at a URL: `redis://[user:password@]host[:port][/database]`, or
    /// `unix:///path/to/socket[?db=database&user=name&pass=password]`.
    ///
    /// The port is 6379 where none is given, the database 0. The schemes `valkey`, `redis+unix` and `valkey+unix` mean
    /// the same. `rediss` and `valkeys` mean that connections are encrypted, which needs the feature `tls`; whom to trust can be said
    /// with `tls`. The second version of the protocol (RESP2) is spoken unless the URL ends in `?protocol=resp3`; nothing but the
    /// bytes on the way depends on it. The URL is checked when a cache opens it: one that cannot be read is then an error of the kind
    /// [`Config`](ErrorKind::Config).
    ///
    /// ```
    /// let redis = cache_redis::Redis::at("redis://localhost");
    /// # let _ = redis;
    /// ```
    pub fn at(url: impl AsRef<str>) -> Self {
        Self::by(Address::parse(url.as_ref()))
    }

    /// The server at a host, by name or by number, for programs whose settings are in pieces: nothing has to be written as in a URL.
    ///
    /// The database is 0, and there is neither user nor password, until they are given: [`database`](Self::database),
    /// [`username`](Self::username), [`password`](Self::password). An address of the sixth version may stand in brackets. A host
    /// that cannot be used is an error of the kind [`Config`](ErrorKind::Config) when a cache opens it.
    ///
    /// ```
    /// use cache_redis::Redis;
    ///
    /// let redis = Redis::at_host("::1", 6379).database(2).username("app").password("p@ss:/#%");
    /// assert!(format!("{redis:?}").starts_with("Redis { at: [::1]:6379/2,"));
    /// ```
    pub fn at_host(host: impl AsRef<str>, port: u16) -> Self {
        Self::by(Address::of_host(host.as_ref(), port))
    }

    /// The number of the database, in place of the URL's. All nodes of a service must name the same.
    ///
    /// ```
    /// # use cache_redis::Redis;
    /// let redis = Redis::at_host("localhost", 6379).database(2);
    /// # let _ = redis;
    /// ```
    #[must_use]
    pub fn database(self, number: u32) -> Self {
        self.with(|settings| settings.set_db(number.into()))
    }

    /// The user of the server's access control lists, in place of the URL's. Without one it is the server's default user.
    ///
    /// ```
    /// # use cache_redis::Redis;
    /// let redis = Redis::at_host("localhost", 6379).username("app").password("secret");
    /// # let _ = redis;
    /// ```
    #[must_use]
    pub fn username(self, name: impl AsRef<str>) -> Self {
        self.with(|settings| settings.set_username(name))
    }

    /// The password, in place of the URL's, exactly as it is: nothing is escaped. It is never shown.
    ///
    /// ```
    /// # use cache_redis::Redis;
    /// let redis = Redis::at_host("localhost", 6379).password("p@ss:/#%");
    /// assert!(!format!("{redis:?}").contains("p@ss"));
    /// ```
    #[must_use]
    pub fn password(self, password: impl AsRef<str>) -> Self {
        self.with(|settings| settings.set_password(password))
    }

    /// The server that the environment variable `REDIS_URL` names; `None` where it is not set or empty, so that the same
    /// program runs without a server.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where the variable is not Unicode, or no URL of a server.
    ///
    /// ```
    /// let redis = cache_redis::Redis::from_env()?;
    /// # let _ = redis;
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn from_env() -> Result<Option<Self>, Error> {
        let Some(url) = env::var_os(VARIABLE).filter(|url| !url.is_empty()) else {
            tracing::info!("{VARIABLE} is not set: the cache has no second level");
            return Ok(None);
        };
        let broken = |_| Error::new(ErrorKind::Config, format!("the value of {VARIABLE} is not Unicode"));
        let redis = Self::at(url.into_string().map_err(broken)?);
        redis.checked()?;
        Ok(Some(redis))
    }

    pub(crate) fn by(address: Result<Address, Error>) -> Self {
        Self {
            address,
            bounds: Bounds::default(),
            #[cfg(feature = "tls")]
            tls: None,
            handed: None,
            #[cfg(feature = "redis-client")]
            opened: None,
        }
    }

    fn with(self, settings: impl FnOnce(Identity) -> Identity) -> Self {
        Self { address: self.address.map(|address| address.with(settings)), ..self }
    }

    /// The address, where everything that was set can be used.
    pub(crate) fn checked(&self) -> Result<Address, Error> {
        self.bounds.check()?;
        let address = self.address.clone()?;
        if let Some(handed) = &self.handed {
            self.check(handed, &address)?;
        }
        #[cfg(feature = "tls")]
        let address = address.encrypted(self.tls.as_ref())?;
        Ok(address)
    }
}

impl Redis {
    /// An error where a connection that was handed in is not to the place that was named, or not in the way.
    #[cfg_attr(not(feature = "tls"), allow(clippy::unused_self, reason = "with `tls` there is more to look at"))]
    fn check(&self, handed: &Connection, address: &Address) -> Result<(), Error> {
        let config = |message| Err(Error::new(ErrorKind::Config, message));
        if handed.database() != address.database() {
            return config(
                "the connection that was handed in has another database than its client, and what other nodes tell is told by \
                 database: make both of the same URL",
            );
        }
        #[cfg(feature = "tls")]
        if self.tls.is_some() {
            return config(
                "`tls` cannot encrypt a connection that was handed in: leave it out, and have its client encrypt",
            );
        }
        Ok(())
    }
}

/// Without user and password.
impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut redis = f.debug_struct("Redis");
        match &self.address {
            Ok(address) => redis.field("at", address),
            Err(_) => redis.field("at", &format_args!("an address that cannot be used")),
        };
        redis.field("bounds", &self.bounds);
        #[cfg(feature = "tls")]
        redis.field("tls", &self.tls);
        redis.field("has_connection", &self.handed.is_some()).finish_non_exhaustive()
    }
}

impl SecondLevel for Redis {
    fn open(self, setup: &Setup) -> Result<Option<Arc<dyn RemoteStore>>, Error> {
        Ok(Some(Arc::new(Store::open(self, setup)?)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_shown_of_an_address_is_no_secret() {
        let shown = |redis: Redis| format!("{redis:?}");
        assert!(shown(Redis::at("redis://user:secret@host/1")).starts_with("Redis { at: host:6379/1,"));
        let unread = shown(Redis::at("redis://user:secret@host/x"));
        assert!(unread.starts_with("Redis { at: an address that cannot be used,"), "{unread}");
        let pieces = shown(Redis::at_host("host", 6379).username("hidden").password("secret"));
        assert!(!pieces.contains("hidden") && !pieces.contains("secret"), "{pieces}");
    }

    #[test]
    fn bounds_are_shown() {
        let redis = Redis::at("redis://host").connect_timeout(Duration::from_secs(7)).max_connections(11);
        let shown =
            format!("{:?}", redis.circuit_breaker(13, Duration::from_secs(17)).retry_delay(Duration::from_secs(5)));
        for bound in ["7s", "11", "13", "17s", "5s"] {
            assert!(shown.contains(bound), "{shown}");
        }
    }
}
