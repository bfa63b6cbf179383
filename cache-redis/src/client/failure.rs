//! [`Failure`]: what an error of the `redis` crate or of a server means for us.

use std::error::Error as _;
use std::io;
use std::sync::Arc;

use cache_core::{Error, ErrorKind};
use redis::RedisError;

use crate::client::address::Address;

/// What is to be done with the connection on which a command failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// Nothing: the server answered.
    Keep,
    /// Perhaps nothing: the server was silent.
    Doubt,
    /// Give it up and make another.
    Replace,
    /// Send the script in full.
    SendScript,
}

/// Why a command failed.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) then: Then,
}

impl Failure {
    pub(crate) fn new(kind: ErrorKind, message: String, then: Then) -> Self {
        Self { error: Error::new(kind, message), then }
    }

    /// No answer in time. `at` is the server's address, here as in the others.
    pub(crate) fn timeout(at: &str) -> Self {
        let cure = "check whether it is overloaded or far away, or raise the cache's budget";
        Self::new(ErrorKind::Timeout, format!("Redis at {at} did not answer in time: {cure}"), Then::Doubt)
    }

    /// An answer that is none to what was asked. The next one may belong to another command too.
    pub(crate) fn nonsense(at: &str) -> Self {
        let message = format!("{at} answered what Redis does not: check that REDIS_URL names a Redis server");
        Self::new(ErrorKind::Server, message, Then::Replace)
    }

    /// Why no connection could be made.
    pub(crate) fn connecting(error: &RedisError, address: &Address) -> Self {
        let at = &address.to_string();
        match error.kind() {
            _ if encrypted(error).is_some() => Self::of(error, at),
            _ if error.is_timeout() => Self::silent(address),
            redis::ErrorKind::Io if address.is_encrypted() && was_cut(error) => Self::cut_off(at).because_of(error),
            redis::ErrorKind::Io => Self::unreachable(at, &cause(error)).because_of(error),
            _ => Self::of(error, at),
        }
    }

    /// Nobody has answered an attempt to connect.
    pub(crate) fn silent(address: &Address) -> Self {
        let at = &address.to_string();
        // A server that waits for a line of text, and takes what opens an encrypted connection for the beginning of one.
        let cause = if address.is_encrypted() { "no answer, perhaps it speaks no TLS there" } else { "no answer" };
        Self::unreachable(at, cause)
    }

    /// The server has hung up on an encrypted connection without a word, or its last word was lost with the connection.
    fn cut_off(at: &str) -> Self {
        let cure = "where it wants a certificate give it one with `Tls::client_certificate`, else check that it speaks TLS there";
        Self::new(ErrorKind::Unavailable, format!("Redis at {at} ends encrypted connections: {cure}"), Then::Replace)
    }

    pub(crate) fn unreachable(at: &str, cause: &str) -> Self {
        let message = format!("cannot reach Redis at {at} ({cause}): start it, or check REDIS_URL");
        Self::new(ErrorKind::Unavailable, message, Then::Replace)
    }

    /// Why a command failed. No text of the server's is passed on but the error's code: the rest may name keys.
    pub(crate) fn of(error: &RedisError, at: &str) -> Self {
        if error.is_timeout() {
            return Self::timeout(at);
        }
        if let Some((kind, what)) = encrypted(error) {
            return Self::new(kind, format!("Redis at {at} {what}"), Then::Replace);
        }
        match error.kind() {
            redis::ErrorKind::Io => {
                let cure = "it is made anew; where it breaks again, look at the server's log";
                let message = format!("the connection to Redis at {at} broke ({}): {cure}", cause(error));
                Self::new(ErrorKind::Unavailable, message, Then::Replace).because_of(error)
            }
            redis::ErrorKind::AuthenticationFailed => Self::denied(at),
            redis::ErrorKind::Server(_) | redis::ErrorKind::Extension => {
                Self::answered(error.code().unwrap_or("ERR"), error.detail().unwrap_or(""), at)
            }
            _ => Self::nonsense(at),
        }
    }

    /// With what the system said, where it said something.
    fn because_of(self, error: &RedisError) -> Self {
        let Some(io) = said(error) else { return self };
        Self { error: self.error.caused_by(io::Error::from(io)), ..self }
    }

    fn denied(at: &str) -> Self {
        let message = format!("Redis at {at} refuses the user or the password: check REDIS_URL");
        Self::new(ErrorKind::Denied, message, Then::Replace)
    }

    fn answered(code: &str, detail: &str, at: &str) -> Self {
        let away = |cause: &str, then| Self::new(ErrorKind::Unavailable, format!("Redis at {at} {cause}"), then);
        let kept = |kind, cause: &str| Self::new(kind, format!("Redis at {at} {cause}"), Then::Keep);
        match code {
            "NOSCRIPT" => Self::new(ErrorKind::Server, format!("Redis at {at} forgets its scripts"), Then::SendScript),
            "NOAUTH" | "WRONGPASS" => Self::denied(at),
            "NOPERM" => not_permitted(at),
            // Before 7.0.6 a script that may not run a command is told so under the common code.
            "ERR" if detail.contains("The user executing the script") || detail.contains("ACL failure") => {
                not_permitted(at)
            }
            "ERR" if detail.contains("max number of clients") => {
                away("has no connection left: raise its maxclients", Then::Replace)
            }
            "ERR" if detail.contains("DB index is out of range") => {
                kept(ErrorKind::Config, "has no such database: check the number in REDIS_URL")
            }
            "OOM" => {
                kept(ErrorKind::Full, "has no memory left: raise its maxmemory, or set maxmemory-policy allkeys-lru")
            }
            "WRONGTYPE" => kept(
                ErrorKind::Foreign,
                "holds something of another type under our names: remove it, or take another prefix",
            ),
            "LOADING" => away("is still loading its data: wait until it has", Then::Replace),
            "READONLY" => away("is a replica and takes no writes: name the primary in REDIS_URL", Then::Replace),
            "MASTERDOWN" => {
                away("is a replica that has lost its primary: name the primary in REDIS_URL", Then::Replace)
            }
            "CLUSTERDOWN" => away("belongs to a cluster that is down: look at its log", Then::Replace),
            "BUSY" => {
                away("is busy with somebody's script: wait until it ends, or stop it with SCRIPT KILL", Then::Keep)
            }
            "MISCONF" => away("takes no writes, for it cannot save to disk: look at its log", Then::Keep),
            "NOREPLICAS" => away(
                "takes no writes, for it has too few replicas: start them, or lower min-replicas-to-write",
                Then::Keep,
            ),
            "MOVED" | "ASK" | "CROSSSLOT" => {
                kept(ErrorKind::Unsupported, "is a cluster, which Larder cannot use yet: name a server that is none")
            }
            code => {
                let readable = (1..=32).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_uppercase());
                let code = if readable { code } else { "ERR" };
                kept(ErrorKind::Server, &format!("answered with the error {code}: look at its log"))
            }
        }
    }
}

fn not_permitted(at: &str) -> Failure {
    let cure = "grant it what the documentation of cache-redis lists";
    Failure::new(ErrorKind::Denied, format!("Redis at {at} does not permit its user a command: {cure}"), Then::Keep)
}

/// What the operating system says.
fn cause(error: &RedisError) -> String {
    said(error).map_or_else(|| "connection lost".to_owned(), |io| io.to_string())
}

/// Of what the system said the kind alone: the rest may name what is nobody's business.
fn said(error: &RedisError) -> Option<io::ErrorKind> {
    system(error).map(io::Error::kind)
}

fn system(error: &RedisError) -> Option<&io::Error> {
    // The crate hands out the shared pointer, not what it points to.
    let source = error.source().and_then(|source| source.downcast_ref::<Arc<dyn std::error::Error + Send + Sync>>());
    source.and_then(|source| source.downcast_ref::<io::Error>())
}

/// Whether the other side hung up.
fn was_cut(error: &RedisError) -> bool {
    let kinds = [
        io::ErrorKind::UnexpectedEof,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::BrokenPipe,
    ];
    said(error).is_none_or(|kind| kinds.contains(&kind))
}

/// What went wrong with the encryption, as it follows the name of the server.
#[cfg(feature = "tls")]
fn encrypted(error: &RedisError) -> Option<(ErrorKind, &'static str)> {
    let inner = system(error)?.get_ref()?;
    crate::client::encryption::trouble(inner)
}

#[cfg(not(feature = "tls"))]
fn encrypted(_: &RedisError) -> Option<(ErrorKind, &'static str)> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(reply: &str) -> Failure {
        let value = redis::parse_redis_value(format!("-{reply}\r\n").as_bytes()).expect("a reply");
        Failure::of(&value.extract_error().expect_err("an error"), "host:1")
    }

    #[test]
    fn errors_of_the_server_have_kinds() {
        let cases = [
            ("NOSCRIPT No matching script", ErrorKind::Server, Then::SendScript),
            ("NOAUTH Authentication required.", ErrorKind::Denied, Then::Replace),
            ("WRONGPASS invalid username-password pair", ErrorKind::Denied, Then::Replace),
            ("NOPERM this user has no permissions", ErrorKind::Denied, Then::Keep),
            ("ERR The user executing the script can't run this command", ErrorKind::Denied, Then::Keep),
            ("OOM command not allowed", ErrorKind::Full, Then::Keep),
            ("WRONGTYPE Operation against a key", ErrorKind::Foreign, Then::Keep),
            ("LOADING Redis is loading", ErrorKind::Unavailable, Then::Replace),
            ("READONLY You can't write", ErrorKind::Unavailable, Then::Replace),
            ("MASTERDOWN Link with MASTER is down", ErrorKind::Unavailable, Then::Replace),
            ("CLUSTERDOWN The cluster is down", ErrorKind::Unavailable, Then::Replace),
            ("BUSY Redis is busy running a script", ErrorKind::Unavailable, Then::Keep),
            ("MISCONF Redis is configured to save RDB", ErrorKind::Unavailable, Then::Keep),
            ("MOVED 1 other:1", ErrorKind::Unsupported, Then::Keep),
            ("ERR max number of clients reached", ErrorKind::Unavailable, Then::Replace),
            ("ERR value is not an integer", ErrorKind::Server, Then::Keep),
            ("STRANGE secret", ErrorKind::Server, Then::Keep),
        ];
        for (reply, kind, then) in cases {
            let failure = of(reply);
            assert_eq!((failure.error.kind(), failure.then), (kind, then), "{reply}: {}", failure.error);
            assert!(!failure.error.to_string().contains("secret"));
        }
        assert_eq!(
            of("STRANGE x").error.to_string(),
            "Redis at host:1 answered with the error STRANGE: look at its log"
        );
        assert_eq!(of("secret:1 x").error.to_string(), "Redis at host:1 answered with the error ERR: look at its log");
    }

    #[test]
    fn errors_of_the_connection_have_kinds() {
        let io = |kind: io::ErrorKind| RedisError::from(io::Error::from(kind));
        let broke = Failure::of(&io(io::ErrorKind::ConnectionReset), "host:1");
        let message = "the connection to Redis at host:1 broke (connection reset): it is made anew";
        assert!(broke.error.to_string().starts_with(message));
        assert_eq!((broke.error.kind(), broke.then), (ErrorKind::Unavailable, Then::Replace));
        assert_eq!(broke.error.source().map(ToString::to_string).as_deref(), Some("connection reset"));
        let address = Address::parse("redis://host:1").expect("a URL");
        let refused = Failure::connecting(&io(io::ErrorKind::ConnectionRefused), &address);
        let message = "cannot reach Redis at host:1 (connection refused): start it, or check REDIS_URL";
        assert_eq!(refused.error.to_string(), message);
        assert_eq!(Failure::of(&io(io::ErrorKind::TimedOut), "host:1").then, Then::Doubt);
    }
}
