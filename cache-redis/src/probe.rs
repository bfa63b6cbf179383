//! Whether a server answers, before anything is built on it.

use std::time::Duration;

use cache_core::Error;
use tokio::time::timeout;

use crate::client::{Address, Command, Connection, Failure};
use crate::reply::Reply;
use crate::runtime::Runtime;
use crate::server_info::{ServerInfo, ServerVersion};
use crate::settings::Redis;

impl Redis {
    /// Asks whether a server that a cache can use answers there, and which one: Redis or Valkey.
    ///
    /// For programs that choose by what is there, and for checks of a deployment. A cache needs no such question: it starts without
    /// its server, and `Cache::ready` says whether it can be used. One connection, which is closed again, and
    /// two round trips beside those of the connection itself; nothing is written. Works under every executor.
    ///
    /// # Errors
    /// What a cache would meet, with what to do next in the message: [`ErrorKind::Unavailable`](cache_core::ErrorKind::Unavailable) where
    /// nobody answers within `limit`, or a replica does; [`Denied`](cache_core::ErrorKind::Denied) where the password is wrong;
    /// [`Unsupported`](cache_core::ErrorKind::Unsupported) where the server is too old, or a cluster;
    /// [`Server`](cache_core::ErrorKind::Server) where something else answers; [`Config`](cache_core::ErrorKind::Config) where the
    /// settings cannot be used.
    ///
    /// # Cancel safety
    /// The connection is closed.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cache_redis::Redis;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// // Nobody listens on port 1.
    /// let error = Redis::at_host("127.0.0.1", 1).probe(Duration::from_secs(1)).await.unwrap_err();
    /// assert!(error.is_unavailable());
    /// # });
    /// ```
    pub async fn probe(&self, limit: Duration) -> Result<ServerVersion, Error> {
        let address = self.checked()?;
        let runtime = Runtime::start()?;
        let found = runtime.tasks().run(async move { look(&address, limit).await }).await;
        runtime.end().await;
        found
    }
}

async fn look(address: &Address, limit: Duration) -> Result<ServerVersion, Error> {
    let at = address.to_string();
    let asked = async {
        let connection = Connection::open(address, limit).await?;
        Ok((info(&connection, "server", &at).await?, info(&connection, "replication", &at).await?))
    };
    let answer = timeout(limit, asked).await.unwrap_or_else(|_| Err(Failure::silent(address)));
    let (server, replication) = answer.map_err(|failure| failure.error)?;
    let server = ServerInfo(&server).supported()?;
    ServerInfo(&replication).takes_writes(&server)?;
    Ok(server)
}

async fn info(connection: &Connection, section: &str, at: &str) -> Result<String, Failure> {
    let reply = connection.send(&Command::new("INFO").arg(section.as_bytes())).await?;
    Reply::text(reply).ok_or_else(|| Failure::nonsense(at))
}
