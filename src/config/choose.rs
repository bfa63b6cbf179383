//! Which backend it is to be, and the cache that comes of it.

use cache_core::{CacheBuilder, Error};
#[cfg(feature = "redis")]
use cache_redis::{Redis, ServerKind};

use crate::config::Config;
use crate::config::sections::Layer;
#[cfg(feature = "redis")]
use crate::config::sections::Server;
#[cfg(feature = "redis")]
use crate::config::server;
use crate::config::settled::settled;
#[cfg(feature = "redis")]
use crate::config::sources::Candidate;
use crate::config::sources::{self, Source};
use crate::config::values::{Backend, Said};

/// Where values are to be kept, and all that was said of the cache: what [`Config::choose`] has found.
pub struct Choice {
    backend: Backend,
    layer: Layer,
    #[cfg(feature = "redis")]
    server: Option<Redis>,
}

impl Choice {
    /// Where values are kept. Never [`Backend::Auto`]: that is what was chosen from.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// The builder of the cache, with all that was said. What is set at it now wins.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where a prefix cannot be used.
    ///
    /// ```
    /// use larder::{Backend, Config};
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let choice = Config::new().or_vars([("CACHE_BACKEND", "memory")])?.choose().await?;
    /// assert_eq!(choice.backend(), Backend::Memory);
    /// let cache = choice.builder()?.capacity(50_000).build()?;
    /// # let _ = cache;
    /// # Ok::<(), larder::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn builder(self) -> Result<CacheBuilder, Error> {
        let builder = settled(&self.layer)?;
        #[cfg(feature = "redis")]
        if let Some(server) = self.server {
            return Ok(builder.redis(server));
        }
        Ok(builder)
    }
}

impl std::fmt::Debug for Choice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut choice = f.debug_struct("Choice");
        choice.field("backend", &self.backend);
        #[cfg(feature = "redis")]
        choice.field("server", &self.server);
        choice.finish_non_exhaustive()
    }
}

#[cfg(feature = "redis")]
impl Candidate {
    /// Whether what was found where it would be is something else.
    fn is_missed_by(self, found: ServerKind) -> bool {
        self.backend == Backend::Valkey && !self.is_named && found != ServerKind::Valkey
    }
}

impl Config {
    /// Chooses where values are kept, and says so.
    ///
    /// `redis`, `valkey` and `memory` mean that. With `auto`, which is the default, every server that was named is asked whether it
    /// answers, a Valkey before a Redis, and the first that does is used. Where none does, it is the first that was named all
    /// the same: the cache begins without it and uses it once it is there, for a node that went on by itself would not hear what
    /// the others invalidate. Only where no server was named, and none answers at `localhost:6379`, the cache is in this process alone.
    /// The log says what was chosen. In production name the backend: nodes that choose differently share nothing.
    ///
    /// With `auto` one connection for each server that is asked, bounded by its `timeout`; otherwise no round trip.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where a setting cannot be used.
    ///
    /// # Cancel safety
    /// Nothing is left behind.
    pub async fn choose(&self) -> Result<Choice, Error> {
        let sources = self.sources()?;
        let wanted = sources::backend(&sources);
        let is_off = |layer: &Layer| matches!(layer.enabled, Some(Said(false)));
        let layer = sources::together(&sources, wanted).layer;
        if is_off(&layer) || wanted == Backend::Memory {
            return Ok(self.memory(&sources));
        }
        self.choose_server(&sources, wanted).await
    }

    #[allow(clippy::unused_self, reason = "a step of the choice, as its siblings are")]
    fn memory(&self, sources: &[Source]) -> Choice {
        let layer = sources::together(sources, Backend::Memory).layer;
        Choice {
            backend: Backend::Memory,
            layer,
            #[cfg(feature = "redis")]
            server: None,
        }
    }

    #[cfg(not(feature = "redis"))]
    async fn choose_server(&self, sources: &[Source], wanted: Backend) -> Result<Choice, Error> {
        if wanted == Backend::Auto {
            return Ok(self.memory(sources));
        }
        Err(super::error(format!("the backend `{wanted}` needs the feature `redis` of `larder`: switch it on")))
    }

    #[cfg(feature = "redis")]
    async fn choose_server(&self, sources: &[Source], wanted: Backend) -> Result<Choice, Error> {
        if wanted != Backend::Auto {
            return self.with(sources, wanted);
        }
        let handed = Candidate { backend: Backend::Redis, is_named: true };
        let candidates = if self.server.is_some() { vec![handed] } else { sources::candidates(sources) };
        let mut refused = None;
        for candidate in &candidates {
            let mut choice = self.with(sources, candidate.backend)?;
            let Some(server) = &choice.server else { continue };
            match server.probe(server::timeout(&choice.layer)).await {
                // Settings of a Valkey that nobody says the place of are for a Valkey.
                Ok(found) if candidate.is_missed_by(found.kind()) => {}
                Ok(found) => {
                    tracing::info!("the cache uses {found} ({server:?})");
                    choice.backend = if found.kind() == ServerKind::Valkey { Backend::Valkey } else { Backend::Redis };
                    return Ok(choice);
                }
                Err(error) if error.is_config() => return Err(error),
                Err(error) => {
                    tracing::warn!("a server that the cache might use cannot be used: {error}");
                    // It is there, and the settings for it are wrong, or it is: that is to be mended.
                    if !error.is_unavailable() && !error.is_timeout() {
                        refused = refused.or(Some(candidate.backend));
                    }
                }
            }
        }
        let named = candidates.iter().find(|candidate| candidate.is_named).map(|candidate| candidate.backend);
        if let Some(backend) = refused.or(named) {
            tracing::warn!("no server can be used yet: the cache uses that of `{backend}` once it can");
            return self.with(sources, backend);
        }
        tracing::warn!("no server was named, and none answers at localhost:6379: the cache is in this process alone");
        Ok(self.memory(sources))
    }

    /// A cache with this server.
    #[cfg(feature = "redis")]
    fn with(&self, sources: &[Source], backend: Backend) -> Result<Choice, Error> {
        let layer = sources::together(sources, backend).layer;
        let server = match (&self.server, layer.server()) {
            (Some(server), _) => server.clone(),
            (None, Some(said)) => server::of(said)?,
            (None, None) => server::of(&Server::default())?,
        };
        Ok(Choice { backend, layer, server: Some(server) })
    }
}
