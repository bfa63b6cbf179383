//! The server that settings describe.

use std::time::Duration;

use cache_core::Error;
use cache_redis::Redis;

use crate::config::defaults::{HOST, PORT, TIMEOUT};
use crate::config::error;
use crate::config::sections::{Files, Layer, Server};
use crate::config::values::{Host, Said, Secret, Span};

/// How long it may take at most to find out whether a server answers, whatever was said.
const LONGEST: Duration = Duration::from_secs(10);

/// How long it may take to find out whether a server answers.
pub(super) fn timeout(layer: &Layer) -> Duration {
    layer
        .server()
        .and_then(|server| server.timeout.as_ref())
        .map_or(TIMEOUT, |Said(Span(timeout))| (*timeout).min(LONGEST))
}

/// The server that settings describe.
pub(super) fn of(said: &Server) -> Result<Redis, Error> {
    let of_url = said.url.as_ref().map(|Said(Secret(url))| (Redis::at(url), parts(url)));
    let (mut redis, has) = of_url.unwrap_or_else(|| {
        let host = said.host.as_ref().map_or(HOST, |Said(Host(host))| host);
        let port = said.port.as_ref().map_or(PORT, |Said(port)| *port);
        (Redis::at_host(host, port), Parts::default())
    });
    // What a URL says of itself stands.
    if let (Some(Said(number)), false) = (&said.database, has.database) {
        redis = redis.database(*number);
    }
    if let (Some(Said(Secret(name))), false) = (&said.username, has.username) {
        redis = redis.username(name);
    }
    if let (Some(Said(Secret(password))), false) = (&said.password, has.password) {
        redis = redis.password(password);
    }
    if let Some(Said(Span(timeout))) = said.timeout {
        redis = redis.connect_timeout(timeout);
    }
    if let Some(Said(count)) = said.max_connections {
        redis = redis.max_connections(usize::try_from(count).unwrap_or(usize::MAX));
    }
    if let Some(Said(Span(pause))) = said.retry_delay {
        redis = redis.retry_delay(pause);
    }
    if let Some(Said(false)) = said.retry_on_timeout {
        redis = redis.without_retry_on_timeout();
    }
    if let Some(breaker) = &said.circuit_breaker {
        let (Some(Said(threshold)), Some(Said(Span(timeout)))) = (&breaker.threshold, &breaker.timeout) else {
            return Err(error("a `circuit_breaker` has a `threshold` and a `timeout`: write both"));
        };
        redis = redis.circuit_breaker(*threshold, *timeout);
    }
    match &said.tls {
        Some(files) => encrypted(redis, files),
        None => Ok(redis),
    }
}

#[cfg(feature = "tls")]
fn encrypted(redis: Redis, files: &Files) -> Result<Redis, Error> {
    let mut tls = crate::Tls::new();
    if let Some(Said(ca)) = &files.ca {
        tls = tls.root_certificate(read(ca)?);
    }
    match (&files.certificate, &files.key) {
        (Some(Said(certificate)), Some(Said(key))) => tls = tls.client_certificate(read(certificate)?, read(key)?),
        (None, None) => {}
        _ => return Err(error("a client's certificate goes with its key: write both `certificate` and `key`")),
    }
    Ok(redis.tls(tls))
}

#[cfg(not(feature = "tls"))]
fn encrypted(_: Redis, _: &Files) -> Result<Redis, Error> {
    Err(error("connections are encrypted with the feature `tls` of `larder`: switch it on"))
}

/// A file of PEM. Its path is no secret, what is in it may be.
#[cfg(feature = "tls")]
fn read(path: &str) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|error| self::error(format!("{path} cannot be read: {}", error.kind())))
}

/// What a URL says beside host and port.
#[derive(Default)]
struct Parts {
    database: bool,
    username: bool,
    password: bool,
}

fn parts(url: &str) -> Parts {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let asks = |name: &str| query.split('&').any(|pair| pair.strip_prefix(name).is_some_and(|value| value.len() > 1));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let identity = authority.rsplit_once('@').map_or("", |(identity, _)| identity);
    let (username, password) = identity.split_once(':').unwrap_or((identity, ""));
    Parts {
        // Behind a socket's `unix:///` stands its path.
        database: asks("db") || !authority.is_empty() && !path.is_empty(),
        username: asks("user") || !username.is_empty(),
        password: asks("pass") || !password.is_empty(),
    }
}
