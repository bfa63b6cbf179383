//! [`Connection`]: one connection to a server, which many tasks use at once.

use std::fmt;
use std::time::Duration;

use redis::aio::{ConnectionLike as _, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client, RedisError, Value};

use crate::client::address::Address;
use crate::client::command::Command;
use crate::client::failure::Failure;
use crate::reply::Reply;

/// So many commands may wait to be written; more wait outside.
const WAITING: usize = 512;

/// One connection. Commands that are sent at the same time travel together.
#[derive(Clone)]
pub(crate) struct Connection {
    inner: MultiplexedConnection,
    at: String,
}

impl Connection {
    /// Connects, says who we are and chooses the database, within the limit.
    pub(crate) async fn open(address: &Address, limit: Duration) -> Result<Self, Failure> {
        let at = address.to_string();
        // Each call has a limit of its own, so the connection needs none for replies.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(limit))
            .set_response_timeout(None)
            .set_pipeline_buffer_size(WAITING);
        let connected =
            async { Client::open(address.info().clone())?.get_multiplexed_async_connection_with_config(&config).await };
        // The crate's own limit does not cover everything it waits for.
        match tokio::time::timeout(limit, connected).await {
            Ok(Ok(inner)) => Ok(Self { inner, at }),
            Ok(Err(error)) => Err(Failure::connecting(&error, address)),
            Err(_) => Err(Failure::silent(address)),
        }
    }

    /// A connection that somebody else has made, and whose state is not ours to change.
    #[cfg(feature = "redis-client")]
    pub(crate) fn handed(mut inner: MultiplexedConnection, at: String) -> Self {
        // Each call has a limit of its own.
        inner.set_response_timeout(Duration::from_hours(24));
        Self { inner, at }
    }

    /// The number of the database that it was made for.
    pub(crate) fn database(&self) -> i64 {
        self.inner.get_db()
    }

    /// A handle for somebody else, whose commands are answered within the limit.
    #[cfg(feature = "redis-client")]
    pub(crate) fn lent(&self, limit: Duration) -> MultiplexedConnection {
        let mut inner = self.inner.clone();
        inner.set_response_timeout(limit);
        inner
    }

    /// Sends a command and waits for its reply, without a limit. Dropping the future is harmless to other commands.
    pub(crate) async fn send(&self, command: &Command) -> Result<Reply, Failure> {
        let answer = self.inner.clone().send_packed_command(command.cmd()).await;
        answer.and_then(reply).map_err(|error| Failure::of(&error, &self.at))
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Connection").field(&self.at).finish()
    }
}

fn reply(value: Value) -> Result<Reply, RedisError> {
    match value {
        Value::ServerError(error) => Err(error.into()),
        value => Ok(nested(value)),
    }
}

/// The parser has bounded the depth.
fn nested(value: Value) -> Reply {
    match value {
        Value::Nil => Reply::Nil,
        Value::Int(number) => Reply::Int(number),
        Value::BulkString(bytes) => Reply::Bytes(bytes),
        Value::Array(values) => Reply::List(values.into_iter().map(nested).collect()),
        // How the third protocol writes what is to be read by people.
        Value::VerbatimString { text, .. } => Reply::Bytes(text.into_bytes()),
        _ => Reply::Other,
    }
}
