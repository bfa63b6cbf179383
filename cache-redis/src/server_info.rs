//! What a server's `INFO` says that decides whether we can work with it.

use std::fmt;

use cache_core::{Error, ErrorKind};

/// The first versions with everything that the scripts need.
const REDIS: (u64, u64) = (7, 0);
const VALKEY: (u64, u64) = (7, 2);

/// Which server answers, and in which version: see [`Redis::probe`](crate::Redis::probe). Written as in `Redis 7.0.15`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerVersion {
    kind: ServerKind,
    version: String,
}

/// The kinds of servers that can stand behind a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServerKind {
    /// Redis, and what says it is compatible with it and gives no other name.
    Redis,
    /// Valkey.
    Valkey,
}

impl ServerVersion {
    /// Which kind of server it is.
    pub fn kind(&self) -> ServerKind {
        self.kind
    }

    /// Its own version, as in `7.0.15`.
    pub fn version(&self) -> &str {
        &self.version
    }
}

impl fmt::Display for ServerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Redis => "Redis",
            Self::Valkey => "Valkey",
        })
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.version)
    }
}

/// The text of an `INFO` reply: lines of `name:value`.
pub(crate) struct ServerInfo<'a>(pub(crate) &'a str);

impl<'a> ServerInfo<'a> {
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let value = |line: &'a str| line.strip_prefix(name)?.strip_prefix(':');
        self.0.lines().find_map(value).map(str::trim)
    }

    /// The server's kind and version; an error where it is too old or cannot be told.
    pub(crate) fn supported(&self) -> Result<ServerVersion, Error> {
        // Valkey says a version of Redis too, which is the one it was compatible with when it was forked.
        let valkey = self.get("valkey_version").map(|version| (ServerKind::Valkey, version, VALKEY));
        let redis = self.get("redis_version").map(|version| (ServerKind::Redis, version, REDIS));
        let Some((kind, version, least)) = valkey.or(redis) else {
            return Err(unsupported(
                "the server does not say its version: Larder needs Redis 7.0 or Valkey 7.2 or newer",
            ));
        };
        let version: String = version.chars().filter(char::is_ascii_graphic).take(32).collect();
        let server = ServerVersion { kind, version };
        let mut numbers = server.version.split('.').map(|number| number.parse::<u64>().ok());
        let parsed = numbers.next().flatten().zip(numbers.next().flatten());
        if parsed.is_none_or(|parsed| parsed < least) {
            let cure = "Larder needs Redis 7.0 or Valkey 7.2 or newer";
            return Err(unsupported(format!("{server} is too old: {cure}")));
        }
        if self.get("redis_mode") == Some("cluster") {
            return Err(unsupported(format!(
                "{server} runs as a cluster, which Larder cannot use yet: name a server that is none"
            )));
        }
        Ok(server)
    }

    /// An error where the server follows another one, and so takes no writes.
    pub(crate) fn takes_writes(&self, server: &ServerVersion) -> Result<(), Error> {
        if self.get("role") != Some("slave") {
            return Ok(());
        }
        let message = format!("{server} is a replica and takes no writes: name the primary in REDIS_URL");
        Err(Error::new(ErrorKind::Unavailable, message))
    }

    /// Whether the server throws away any key when its memory is full, however often it is read.
    pub(crate) fn evicts_at_random(&self) -> bool {
        let limited = self.get("maxmemory").is_some_and(|limit| limit != "0");
        limited && self.get("maxmemory_policy") == Some("allkeys-random")
    }
}

fn unsupported(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Unsupported, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(info: &str) -> String {
        let error = ServerInfo(info).supported().expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        error.to_string()
    }

    #[test]
    fn versions_from_the_least_on_are_taken() {
        let name = |info| ServerInfo(info).supported().expect("taken").to_string();
        assert_eq!(name("# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n"), "Redis 7.0.15");
        assert_eq!(name("redis_version:10.0.0\r\n"), "Redis 10.0.0");
        assert_eq!(name("redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\n"), "Valkey 9.1.2");
    }

    #[test]
    fn older_versions_are_refused_by_name() {
        let cure = "Larder needs Redis 7.0 or Valkey 7.2 or newer";
        assert_eq!(refusal("redis_version:6.0.16\r\n"), format!("Redis 6.0.16 is too old: {cure}"));
        assert_eq!(refusal("redis_version:6.2.99\r\n"), format!("Redis 6.2.99 is too old: {cure}"));
        let valkey = "redis_version:7.2.4\r\nvalkey_version:7.1.0\r\n";
        assert_eq!(refusal(valkey), format!("Valkey 7.1.0 is too old: {cure}"));
        assert!(refusal("redis_version:unknown\r\n").starts_with("Redis unknown is too old"));
        assert!(refusal("").contains("does not say its version"));
    }

    #[test]
    fn a_cluster_is_refused() {
        assert!(refusal("redis_version:7.0.15\r\nredis_mode:cluster\r\n").contains("cluster"));
    }

    #[test]
    fn roles_and_policies_are_read() {
        let server = ServerInfo("redis_version:7.0.15\r\n").supported().expect("taken");
        let error = ServerInfo("role:slave\r\n").takes_writes(&server).expect_err("a replica");
        assert_eq!(error.to_string(), "Redis 7.0.15 is a replica and takes no writes: name the primary in REDIS_URL");
        ServerInfo("role:master\r\n").takes_writes(&server).expect("a primary");
        assert!(ServerInfo("maxmemory:1000\r\nmaxmemory_policy:allkeys-random\r\n").evicts_at_random());
        assert!(!ServerInfo("maxmemory:0\r\nmaxmemory_policy:allkeys-random\r\n").evicts_at_random());
        assert!(!ServerInfo("maxmemory:1000\r\nmaxmemory_policy:allkeys-lru\r\n").evicts_at_random());
    }
}
