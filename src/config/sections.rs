//! The settings there are. The names of the fields are the names in a file.

use cache_core::{Codec, NamespaceSettings, Tenancy};

use crate::config::section::{Named, Setting, section};
use crate::config::smaller::Smaller;
use crate::config::values::{Backend, Beyond, Host, Said, Secret, Span};

section! {
    /// Everything that one place says.
    struct Layer {
        backend: Said<Backend>,
        prefix: Said<String>,
        enabled: Said<bool>,
        ttl: Said<Span>,
        l1_ttl: Said<Span>,
        capacity: Said<u64>,
        tenant_share: Said<u64>,
        tenancy: Said<Tenancy>,
        max_staleness: Said<Span>,
        unreachable: Beyond,
        budget: Said<Span>,
        lease: Said<Span>,
        value_limit: Said<u64>,
        codec: Said<Codec>,
        compression: Smaller,
        verify_hits: Said<u32>,
        key_secret: Said<Secret>,
        redis: Server,
        valkey: Server,
        namespaces: Named<Namespace>,
        profiles: Named<Layer>,
    }
}

section! {
    /// A server, and what holds while it is the one that is used.
    struct Server {
        url: Said<Secret>,
        host: Said<Host>,
        port: Said<u16>,
        database: Said<u32>,
        username: Said<Secret>,
        password: Said<Secret>,
        timeout: Said<Span>,
        max_connections: Said<u32>,
        retry_on_timeout: Said<bool>,
        retry_delay: Said<Span>,
        circuit_breaker: Breaker,
        tls: Files,
        ttl: Said<Span>,
        prefix: Said<String>,
    }
}

section! {
    /// When calls stop asking a server that does not answer.
    struct Breaker {
        threshold: Said<u32>,
        timeout: Said<Span>,
    }
}

section! {
    /// Where the certificates are that an encrypted connection needs.
    struct Files {
        ca: Said<String>,
        certificate: Said<String>,
        key: Said<String>,
    }
}

section! {
    /// What holds for one namespace.
    struct Namespace {
        ttl: Said<Span>,
        l1_ttl: Said<Span>,
        capacity: Said<u64>,
        tenancy: Said<Tenancy>,
        codec: Said<Codec>,
        compression: Smaller,
    }
}

impl Layer {
    /// What it says for a cache of this backend: of the server's part in which Valkey's
    /// settings stand before those of Redis, and in memory what is said of a cache's ttl and prefix.
    pub(super) fn of(mut self, backend: Backend) -> Self {
        let (redis, valkey) = (self.redis.take(), self.valkey.take());
        let server = match backend {
            Backend::Memory | Backend::Valkey => Server::before(valkey, redis),
            Backend::Auto | Backend::Redis => Server::before(redis, None),
        };
        let Some(server) = server else { return self };
        // What one place says of a cache with this server it says more exactly than what it says of a cache.
        self.ttl = server.ttl.clone().or(self.ttl);
        self.prefix = server.prefix.clone().or(self.prefix);
        let server = Some(Server { ttl: None, prefix: None, ..server });
        match backend {
            Backend::Memory => self,
            Backend::Valkey => Self { valkey: server, ..self },
            Backend::Auto | Backend::Redis => Self { redis: server, ..self },
        }
    }

    /// This, and what it leaves open the other.
    pub(super) fn before(self, mut other: Self) -> Self {
        let redis = Server::before(self.redis.clone(), other.redis.take());
        let valkey = Server::before(self.valkey.clone(), other.valkey.take());
        Self { redis, valkey, ..self.or(Some(other)) }
    }

    /// What it says of the server.
    #[cfg(feature = "redis")]
    pub(super) fn server(&self) -> Option<&Server> {
        self.valkey.as_ref().or(self.redis.as_ref())
    }
}

impl Server {
    /// Whether it says where the server is.
    pub(super) fn is_named(&self) -> bool {
        self.url.is_some() || self.host.is_some() || self.port.is_some()
    }

    /// This before the other. A URL says host and port, so whoever says where the server is says all of it.
    fn before(this: Option<Self>, other: Option<Self>) -> Option<Self> {
        let (mut this, mut other) = (this, other);
        for one in [&mut this, &mut other].into_iter().flatten() {
            if one.url.is_some() {
                (one.host, one.port) = (None, None);
            }
        }
        if let (Some(this), Some(other)) = (&this, &mut other) {
            if this.url.is_some() {
                (other.host, other.port) = (None, None);
            } else if this.is_named() {
                other.url = None;
            }
        }
        crate::config::section::or(this, other)
    }
}

impl Namespace {
    pub(super) fn settings(&self) -> NamespaceSettings {
        let mut settings = NamespaceSettings::new();
        if let Some(Said(Span(ttl))) = self.ttl {
            settings = settings.ttl(ttl);
        }
        if let Some(Said(Span(ttl))) = self.l1_ttl {
            settings = settings.l1_ttl(ttl);
        }
        if let Some(Said(capacity)) = self.capacity {
            settings = settings.capacity(capacity);
        }
        if let Some(Said(tenancy)) = self.tenancy {
            settings = settings.tenancy(tenancy);
        }
        if let Some(Said(codec)) = &self.codec {
            settings = settings.codec(codec.clone());
        }
        if let Some(said) = &self.compression {
            settings = settings.compression(said.compression);
        }
        settings
    }
}
