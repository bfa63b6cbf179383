//! [`Address`]: a server's URL, read.

use std::fmt;
use std::time::Duration;

use cache_core::{Error, ErrorKind};
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisConnectionInfo};

#[cfg(feature = "tls")]
use crate::client::encryption::encrypt;
#[cfg(feature = "tls")]
use crate::tls::Tls;

/// What a URL looks like.
const FORM: &str = "write redis://[user:password@]host[:port][/database], rediss://.. for TLS, or unix:///path/to/socket[?db=database]";
/// The schemes of connections that are encrypted.
const ENCRYPTED: [&str; 2] = ["rediss", "valkeys"];
/// How the crate would spell that every certificate is trusted.
const INSECURE: &str = "#insecure";
/// A peer that says nothing is asked after this time, and given up after three questions.
const KEEPALIVE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(3);
/// Sent bytes that nobody acknowledges for this long end the connection.
const UNACKNOWLEDGED: Duration = Duration::from_secs(5);

/// Where a server is, and who we are to it. It is written without user and password.
#[derive(Clone)]
pub(crate) struct Address {
    info: ConnectionInfo,
}

impl Address {
    /// Reads a URL. The error quotes nothing of it, for it may hold a password.
    pub(crate) fn parse(url: &str) -> Result<Self, Error> {
        let config = |message: String| Error::new(ErrorKind::Config, message);
        let url = url.trim();
        let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
        let is_encrypted = ENCRYPTED.iter().any(|encrypted| encrypted.eq_ignore_ascii_case(scheme));
        if is_encrypted && !cfg!(feature = "tls") {
            let cure = "switch on the feature `tls` of the crate `larder`, or name a server that is reached without";
            return Err(config(format!("the Redis URL asks for TLS, which this program is built without: {cure}")));
        }
        if url.ends_with(INSECURE) {
            return Err(trusts_everybody());
        }
        let info = url.into_connection_info().map_err(|_| config(format!("the Redis URL cannot be read: {FORM}")))?;
        if info.redis_settings().db() < 0 {
            return Err(config(format!("the Redis URL has a negative database: {FORM}")));
        }
        // RESP2 unless the URL says `?protocol=resp3`: nothing that is asked here needs it.
        Ok(Self { info: info.set_tcp_settings(tcp()) })
    }

    /// A host by name or by number, where an address of the sixth version may stand in brackets.
    pub(crate) fn of_host(host: &str, port: u16) -> Result<Self, Error> {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).trim();
        let is_name =
            !bare.is_empty() && !bare.contains(|letter: char| "/@[]".contains(letter) || letter.is_whitespace());
        if !is_name || port == 0 {
            let cure = "write a name or an address without a scheme, and a port from 1 to 65535";
            return Err(Error::new(ErrorKind::Config, format!("the Redis host or its port cannot be read: {cure}")));
        }
        let info = ConnectionAddr::Tcp(bare.to_owned(), port).into_connection_info();
        let info = info.map_err(|_| Error::new(ErrorKind::Config, "the Redis host cannot be used"))?;
        Ok(Self { info: info.set_tcp_settings(tcp()) })
    }

    /// Where the application's own client connects to, as who, and how it is encrypted.
    #[cfg(feature = "redis-client")]
    pub(crate) fn of_client(client: &redis::Client) -> Result<Self, Error> {
        let info = client.get_connection_info().clone();
        if info.redis_settings().db() < 0 {
            return Err(Error::new(ErrorKind::Config, "the client has a negative database: give it one from 0 on"));
        }
        if matches!(info.addr(), ConnectionAddr::TcpTls { insecure: true, .. }) {
            return Err(trusts_everybody());
        }
        Ok(Self { info: info.set_tcp_settings(tcp()) })
    }

    /// The same over encrypted connections; without settings for them as it is.
    #[cfg(feature = "tls")]
    pub(crate) fn encrypted(self, tls: Option<&Tls>) -> Result<Self, Error> {
        match tls {
            None if !self.is_encrypted() => Ok(self),
            tls => Ok(Self { info: encrypt(self.info, tls)? }),
        }
    }

    /// Whether connections are encrypted.
    pub(crate) fn is_encrypted(&self) -> bool {
        matches!(self.info.addr(), ConnectionAddr::TcpTls { .. })
    }

    /// The number of the database.
    pub(crate) fn database(&self) -> i64 {
        self.info.redis_settings().db()
    }

    /// The same with other settings of the connection: its database, user or password.
    pub(crate) fn with(self, settings: impl FnOnce(RedisConnectionInfo) -> RedisConnectionInfo) -> Self {
        let changed = settings(self.info.redis_settings().clone());
        Self { info: self.info.set_redis_settings(changed) }
    }

    pub(crate) fn info(&self) -> &ConnectionInfo {
        &self.info
    }
}

fn trusts_everybody() -> Error {
    let cure =
        "leave it out, and name the server's issuer with `Tls::root_certificate` where the system does not trust it";
    Error::new(
        ErrorKind::Config,
        format!("`{INSECURE}` would let anybody answer in the server's place, and is refused: {cure}"),
    )
}

fn tcp() -> TcpSettings {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE_INTERVAL);
    #[cfg(unix)]
    let keepalive = keepalive.with_retries(3);
    let settings = TcpSettings::default().set_nodelay(true).set_keepalive(keepalive);
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    let settings = settings.set_user_timeout(UNACKNOWLEDGED);
    settings
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.info.addr() {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } if host.contains(':') => {
                write!(f, "[{host}]:{port}")
            }
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => write!(f, "{host}:{port}"),
            ConnectionAddr::Unix(path) => write!(f, "{}", path.display()),
            _ => f.write_str("?"),
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}/{}", self.database())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(url: &str) -> String {
        format!("{:?}", Address::parse(url).expect(url))
    }

    #[test]
    fn urls_are_read_and_written_without_secrets() {
        assert_eq!(written("redis://localhost"), "localhost:6379/0");
        assert_eq!(written("redis://user:p%40ss@example.org:7000/3"), "example.org:7000/3");
        assert_eq!(written(" redis://:secret@[::1]:7000\n"), "[::1]:7000/0");
        assert_eq!(written("valkey://localhost/2?protocol=resp3"), "localhost:6379/2");
        assert_eq!(written("unix:///run/redis.sock?db=4&pass=secret"), "/run/redis.sock/4");
        assert_eq!(written("redis+unix:///run/redis.sock"), "/run/redis.sock/0");
    }

    #[test]
    fn a_url_that_cannot_be_read_is_not_quoted() {
        for url in
            ["", "localhost", "http://:secret@host", "redis://:secret@host/x", "redis://:secret@host:99999", "redis://"]
        {
            let error = Address::parse(url).expect_err(url);
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(error.to_string().contains("write redis://"), "{error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        assert!(Address::parse("redis://localhost/-1").expect_err("a negative database").is_config());
    }

    #[test]
    fn the_protocol_is_the_second_unless_the_url_says_otherwise() {
        let is_third = |url: &str| Address::parse(url).expect(url).info().redis_settings().protocol().supports_resp3();
        assert!(!is_third("redis://localhost"));
        assert!(is_third("redis://localhost/0?protocol=resp3"));
        assert!(is_third("valkey://localhost?protocol=3"));
        assert!(Address::parse("redis://localhost?protocol=4").expect_err("there is none").is_config());
    }

    #[test]
    fn hosts_are_written_as_in_a_url() {
        let written = |host: &str| format!("{:?}", Address::of_host(host, 7000).expect(host));
        assert_eq!(written("cache.internal"), "cache.internal:7000/0");
        assert_eq!(written("10.0.0.1"), "10.0.0.1:7000/0");
        assert_eq!(written("::1"), "[::1]:7000/0");
        assert_eq!(written("[::1]"), "[::1]:7000/0");
        let host = Address::of_host("host", 7000).expect("a host").with(|it| it.set_db(3).set_password("secret"));
        assert_eq!(format!("{host:?}"), "host:7000/3");
    }

    #[test]
    fn a_host_that_is_none_is_not_quoted() {
        for host in ["", " ", "redis://:secret@host", "secret host", "user:secret@host", "["] {
            let error = Address::of_host(host, 6379).expect_err(host);
            assert!(error.is_config() && !error.to_string().contains("secret"), "{error}");
        }
        assert!(Address::of_host("host", 0).expect_err("no port").is_config());
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn tls_is_refused_with_the_feature_that_it_needs() {
        for url in ["rediss://:secret@host", "VALKEYS://:secret@host"] {
            let error = Address::parse(url).expect_err("TLS");
            assert!(error.is_config() && error.to_string().contains("feature `tls`"), "{error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn encrypted_servers_are_written_like_others() {
        assert_eq!(written("rediss://:secret@example.org/3"), "example.org:6379/3");
        assert_eq!(written("valkeys://[::1]:7000"), "[::1]:7000/0");
        assert!(Address::parse("rediss://host").expect("a URL").is_encrypted());
        assert!(!Address::parse("redis://host").expect("a URL").is_encrypted());
    }

    #[test]
    fn nobody_is_trusted_without_a_certificate() {
        for url in ["rediss://:secret@host#insecure", "redis://host#insecure", "valkeys://host/1#insecure"] {
            let error = Address::parse(url).expect_err("insecure");
            assert!(error.is_config() && !error.to_string().contains("secret@"), "{error}");
        }
    }
}
