//! [`Address`]: a server's URL, read.

use std::fmt;
use std::time::Duration;

use cache_core::{Error, ErrorKind};
use redis::io::tcp::{TcpSettings, socket2::TcpKeepalive};
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};

/// What a URL looks like.
const FORM: &str = "write redis://[user:password@]host[:port][/database], or unix:///path/to/socket[?db=database]";
/// The schemes of connections that are encrypted.
const ENCRYPTED: [&str; 2] = ["rediss", "valkeys"];
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
        if ENCRYPTED.iter().any(|encrypted| encrypted.eq_ignore_ascii_case(scheme)) {
            return Err(config("TLS is not built in yet: use redis:// within a trusted network".to_owned()));
        }
        let info = url.into_connection_info().map_err(|_| config(format!("the Redis URL cannot be read: {FORM}")))?;
        if info.redis_settings().db() < 0 {
            return Err(config(format!("the Redis URL has a negative database: {FORM}")));
        }
        // RESP2 unless the URL says `?protocol=resp3`: nothing that is asked here needs it.
        Ok(Self { info: info.set_tcp_settings(tcp()) })
    }

    /// The number of the database.
    pub(crate) fn database(&self) -> i64 {
        self.info.redis_settings().db()
    }

    pub(crate) fn info(&self) -> &ConnectionInfo {
        &self.info
    }
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
            ConnectionAddr::Tcp(host, port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            ConnectionAddr::Tcp(host, port) => write!(f, "{host}:{port}"),
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
    fn tls_is_refused_by_name() {
        let error = Address::parse("rediss://:secret@host").expect_err("TLS");
        assert_eq!(error.to_string(), "TLS is not built in yet: use redis:// within a trusted network");
    }
}
