//! What is settled on each new connection before it is used: the server's version, our format, the server's time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cache_core::{Error, ErrorKind};

use crate::client::Command;
use crate::live::Live;
use crate::names::Names;
use crate::reply::Reply;
use crate::server_info::{ServerInfo, ServerVersion};

/// Who shakes hands, and how patiently.
#[derive(Debug)]
pub(crate) struct Handshake {
    pub(crate) names: Names,
    /// How long each step may take.
    pub(crate) limit: Duration,
    /// Whether the server's setting was warned of.
    pub(crate) warned: AtomicBool,
}

impl Handshake {
    /// Settles everything, and says what the server is, as in `Redis 7.0.15`.
    pub(crate) async fn shake(&self, live: &Live) -> Result<ServerVersion, Error> {
        let info = self.info(live, "server").await?;
        let server = ServerInfo(&info).supported()?;
        let info = self.info(live, "replication").await?;
        ServerInfo(&info).takes_writes(&server)?;
        self.agree_on_format(live).await?;
        live.read_clock().await?;
        self.look_at_memory(live).await;
        Ok(server)
    }

    async fn info(&self, live: &Live, section: &str) -> Result<String, Error> {
        live.send(&Command::new("INFO").arg(section.as_bytes()), self.limit, Reply::text).await
    }

    /// Nodes of another format would read what we write as nothing, and we theirs, each removing the other's.
    async fn agree_on_format(&self, live: &Live) -> Result<(), Error> {
        let get = Command::new("GET").arg(&self.names.meta());
        let mut found = live.send(&get, self.limit, Reply::record).await?;
        if found.is_none() {
            let set = Command::new("SET").arg(&self.names.meta()).arg(self.names.format().as_bytes());
            found = match live.send(&set.arg(b"NX").arg(b"GET"), self.limit, Reply::record).await {
                // Invalidations must get through to a full server.
                Err(error) if error.kind() == ErrorKind::Full => None,
                found => found?,
            };
        }
        if found.is_none_or(|found| found == self.names.format().as_bytes()) {
            return Ok(());
        }
        let message = "another version of Larder, with another format, uses this prefix on the server: take another \
                       prefix, or remove everything under this one";
        Err(Error::new(ErrorKind::Unsupported, message))
    }

    /// Warns once of a setting that empties the cache now and then. A server that does not tell is no trouble.
    async fn look_at_memory(&self, live: &Live) {
        let Ok(info) = self.info(live, "memory").await else { return };
        if ServerInfo(&info).evicts_at_random() && !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "the server's maxmemory-policy is allkeys-random: sooner or later it throws away the cache's control \
                 record, and everything is loaded anew; allkeys-lru and allkeys-lfu do not"
            );
        }
    }
}
