//! [`Redis`]: where the server is.

use std::env;
use std::fmt;
use std::sync::Arc;

use cache_core::port::{RemoteStore, SecondLevel, Setup};
use cache_core::{Error, ErrorKind};

use crate::client::Address;
use crate::store::Store;

const VARIABLE: &str = "REDIS_URL";

/// A Redis or Valkey server as a cache's second level.
///
/// The server must be Redis 7.0 or Valkey 7.2 or newer; an older one, and a cluster, is refused by name. A cache starts
/// without waiting for its server, uses it once it is there, and goes on without it whenever it is not; a connection
/// that breaks or goes silent is made anew. There are three: for calls, for asking where the history stands, and for what
/// other nodes tell. They are driven by a thread of their own, so caches work under every executor; the thread ends with
/// the cache.
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
/// assert_eq!(format!("{redis:?}"), "Redis(cache.internal:6379/2)");
/// ```
#[derive(Clone)]
pub struct Redis {
    url: String,
}

impl Redis {
    /// The server at a URL: `redis://[user:password@]host[:port][/database]`, or
    /// `unix:///path/to/socket[?db=database&user=name&pass=password]`.
    ///
    /// The port is 6379 where none is given, the database 0. The schemes `valkey`, `redis+unix` and `valkey+unix` mean
    /// the same. The second version of the protocol (RESP2) is spoken unless the URL ends in `?protocol=resp3`; nothing but the
    /// bytes on the way depends on it. The URL is checked when a cache opens it: one that cannot be read is then an error of the kind
    /// [`Config`](ErrorKind::Config), and so is `rediss://`, for TLS is not built in yet.
    ///
    /// ```
    /// let redis = cache_redis::Redis::at("redis://localhost");
    /// # let _ = redis;
    /// ```
    pub fn at(url: impl Into<String>) -> Self {
        Self { url: url.into() }
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
        Address::parse(&redis.url)?;
        Ok(Some(redis))
    }
}

/// Without user and password.
impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Address::parse(&self.url) {
            Ok(address) => f.debug_tuple("Redis").field(&address).finish(),
            Err(_) => f.write_str("Redis(a URL that cannot be read)"),
        }
    }
}

impl SecondLevel for Redis {
    fn open(self, setup: &Setup) -> Result<Option<Arc<dyn RemoteStore>>, Error> {
        let store = Store::open(Address::parse(&self.url)?, setup)?;
        Ok(Some(Arc::new(store)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_url_is_no_secret() {
        let shown = |url: &str| format!("{:?}", Redis::at(url));
        assert_eq!(shown("redis://user:secret@host/1"), "Redis(host:6379/1)");
        assert_eq!(shown("redis://user:secret@host/x"), "Redis(a URL that cannot be read)");
    }
}
