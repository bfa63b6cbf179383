//! What holds where nobody says.

use std::time::Duration;

use crate::config::sections::{Layer, Server};
use crate::config::values::{Backend, Host, Said, Span};

/// What a cache is called, and a server's names begin with, where nobody says.
pub(super) const PREFIX: &str = "cache";
pub(super) const HOST: &str = "localhost";
pub(super) const PORT: u16 = 6379;
const TTL: Duration = Duration::from_hours(1);
/// How long a connection may take where the settings come from outside.
pub(super) const TIMEOUT: Duration = Duration::from_secs(4);
const CONNECTIONS: u32 = 50;

impl Layer {
    /// What holds where nobody says: the defaults of the variables, and the cache's own.
    pub(super) fn defaults(backend: Backend) -> Self {
        let server = Server {
            host: Some(Said(Host(HOST.to_owned()))),
            port: Some(Said(PORT)),
            database: Some(Said(0)),
            timeout: Some(Said(Span(TIMEOUT))),
            max_connections: Some(Said(CONNECTIONS)),
            retry_on_timeout: Some(Said(true)),
            ..Server::default()
        };
        let (redis, valkey) = match backend {
            Backend::Memory => (None, None),
            Backend::Valkey => (None, Some(server)),
            Backend::Auto | Backend::Redis => (Some(server), None),
        };
        Self {
            backend: Some(Said(Backend::Auto)),
            prefix: Some(Said(PREFIX.to_owned())),
            ttl: Some(Said(Span(TTL))),
            redis,
            valkey,
            ..Self::default()
        }
    }
}
