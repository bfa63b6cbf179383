//! What goes between the application's own use of the crate `redis` and ours. The one place where its types are public.

use std::time::Duration;

use cache_core::{Error, ErrorKind};
use redis::Client;
use redis::aio::MultiplexedConnection;

use crate::client::{Address, Connection};
use crate::link::Link;
use crate::runtime::Tasks;
use crate::settings::Redis;

/// The crate `redis` in the version that this one uses, so that the types are the same; all of it but `ValueType`.
///
/// That has a variant called `String`. Where it can be named through a crate, the compiler writes `std::string::String` instead of
/// `String` in all of its messages, those of the annotations among them.
#[expect(hidden_glob_reexports, reason = "hiding one name is what is meant")]
pub mod redis_client {
    pub use redis::*;

    /// Stands before the one of the glob.
    #[expect(dead_code, reason = "its name is what it is for")]
    enum ValueType {}
}

/// The way to the server that a cache uses. It keeps neither the cache nor its connections alive.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) link: Link,
    pub(crate) tasks: Tasks,
    /// How long a call may wait.
    pub(crate) budget: Duration,
}

impl Redis {
    /// The server that a client of the application's own connects to, with its user, password, database, protocol and certificates.
    ///
    /// All connections are made anew by that, with our settings for the socket. Needs the feature `redis-client`; the types are those of
    /// `redis_client`, which this crate re-exports. A client that trusts every certificate is refused: an error of the kind
    /// [`Config`](ErrorKind::Config) when a cache opens it.
    ///
    /// ```
    /// use cache_redis::{Redis, redis_client};
    ///
    /// let client = redis_client::Client::open("redis://localhost/2").unwrap();
    /// let redis = Redis::from_client(client);
    /// assert!(format!("{redis:?}").contains("localhost:6379/2"));
    /// ```
    #[allow(clippy::needless_pass_by_value, reason = "whoever hands it in keeps a clone, as everywhere in that crate")]
    pub fn from_client(client: Client) -> Self {
        Self::by(Address::of_client(&client))
    }

    /// The same, where a connection that the application has made carries the calls for as long as it lives.
    ///
    /// Commands of the application and ours travel on it together; nothing that we send changes its state. Each of our calls is bounded by the
    /// cache's budget as ever. What asks where the history stands, and what hears other nodes, has connections of its own, made by
    /// the client. When the connection breaks, or is silent for too long, ours is made by the client, and the handed one is let go.
    ///
    /// The connection is driven by the executor that it was made on, which must live as long as it is used. Where it has another database
    /// than the client, that is an error of the kind [`Config`](ErrorKind::Config) when a cache opens it; a `SELECT` that was sent on it
    /// since cannot be seen, and would put the entries elsewhere than other nodes look for them.
    ///
    /// ```no_run
    /// use cache_redis::{Redis, redis_client};
    ///
    /// # async fn service() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = redis_client::Client::open("redis://localhost/2")?;
    /// let connection = client.get_multiplexed_async_connection().await?;
    /// let redis = Redis::from_connection(client, connection);
    /// # let _ = redis;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_connection(client: Client, connection: MultiplexedConnection) -> Self {
        let mut redis = Self::from_client(client);
        let at = redis.address.as_ref().map(ToString::to_string).unwrap_or_default();
        redis.handed = Some(Connection::handed(connection, at));
        redis
    }

    /// The connection that the cache's calls travel on now, for commands of the application's own: of what [`Redis::of`] gives.
    ///
    /// It is of the cache's database, and shared: send nothing on it that blocks, subscribes, or changes its state (`SELECT`, `MULTI` in
    /// pieces, `CLIENT REPLY`), and no command under the cache's prefix. Each command is answered within the cache's budget or is an
    /// error, unless another limit is set on the handle, which is this one's alone. It is driven by the cache's thread, and its limits by
    /// Tokio. After it breaks, ask again: the cache makes another. It ends with the cache.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where no cache has opened this, and why there is no connection, as for a call of the cache's:
    /// [`Unavailable`](ErrorKind::Unavailable), [`Timeout`](ErrorKind::Timeout) after a budget, and others.
    ///
    /// # Cancel safety
    /// It changes nothing.
    ///
    /// ```no_run
    /// use cache_redis::{Redis, redis_client};
    ///
    /// # async fn service(cache: cache_core::Cache) -> Result<(), Box<dyn std::error::Error>> {
    /// let redis = Redis::of(&cache).expect("it has a server");
    /// let mut connection = redis.connection().await?;
    /// let length: u64 = redis_client::cmd("LLEN").arg("jobs").query_async(&mut connection).await?;
    /// # let _ = length;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connection(&self) -> Result<MultiplexedConnection, Error> {
        let Some(opened) = self.opened.clone() else {
            return Err(Error::new(
                ErrorKind::Config,
                "no cache has opened this server: ask what `Redis::of(&cache)` gives",
            ));
        };
        let (link, budget) = (opened.link, opened.budget);
        opened.tasks.run(async move { Ok(link.live(budget).await?.lent(budget)) }).await
    }
}
