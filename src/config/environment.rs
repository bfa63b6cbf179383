//! What the environment says: the names, and what they mean.

use std::ffi::OsString;

use cache_core::Error;

use crate::config::names;
use crate::config::sections::{Layer, Server};
use crate::config::values::{Plain, Said, Span};

/// Which file is read beside the environment, and which of its profiles.
pub(super) const FILE: &str = "LARDER_CONFIG";
pub(super) const PROFILE: &str = "LARDER_PROFILE";
/// The variables that nobody else has.
const OURS: [&str; 3] = [FILE, PROFILE, "LARDER_KEY_SECRET"];
/// Settings of other libraries' pools, with the prefix of a server.
const POOLS: [&str; 5] = ["POOL_SIZE", "MIN_IDLE_CONNS", "MAX_CONN_AGE", "POOL_TIMEOUT", "IDLE_TIMEOUT"];

/// Names under which others switch encryption on, with the prefix of a server.
const ENCRYPTION: [&str; 5] = ["SSL", "TLS", "USE_SSL", "USE_TLS", "SSL_CA_CERTS"];

/// What a variable says, in its place.
type Place<T> = fn(&mut T, &str) -> Result<(), String>;

/// The variables of the cache.
const GENERAL: &[(&str, Place<Layer>)] = &[
    ("CACHE_BACKEND", |layer, text| said(&mut layer.backend, text)),
    ("LARDER_KEY_SECRET", |layer, text| said(&mut layer.key_secret, text)),
];

/// The variables of a server, behind `REDIS_` and `VALKEY_`.
const SERVER: &[(&str, Place<Server>)] = &[
    ("URL", |server, text| said(&mut server.url, text)),
    ("HOST", |server, text| said(&mut server.host, text)),
    ("PORT", |server, text| said(&mut server.port, text)),
    ("DB", |server, text| said(&mut server.database, text)),
    ("USERNAME", |server, text| said(&mut server.username, text)),
    ("PASSWORD", |server, text| said(&mut server.password, text)),
    ("MAX_CONNECTIONS", |server, text| said(&mut server.max_connections, text)),
    ("RETRY_ON_TIMEOUT", |server, text| said(&mut server.retry_on_timeout, text)),
    ("TIMEOUT", |server, text| seconds(&mut server.timeout, text)),
    ("CACHE_TTL", |server, text| seconds(&mut server.ttl, text)),
    ("PREFIX", |server, text| said(&mut server.prefix, text)),
    ("TLS_CA", |server, text| said(&mut server.tls.get_or_insert_default().ca, text)),
    ("TLS_CERT", |server, text| said(&mut server.tls.get_or_insert_default().certificate, text)),
    ("TLS_KEY", |server, text| said(&mut server.tls.get_or_insert_default().key, text)),
];

fn said<T: Plain>(place: &mut Option<Said<T>>, text: &str) -> Result<(), String> {
    *place = Some(Said(T::read(text).map_err(|error| explained(text, error))?));
    Ok(())
}

/// Why it is wrong, where that is known: Kubernetes sets variables of its own for each service.
fn explained(text: &str, error: String) -> String {
    if text.starts_with("tcp://") {
        return format!(
            "{error}; it seems to come from Kubernetes, for a service of that name: set `enableServiceLinks: false`"
        );
    }
    error
}

/// A number of seconds, as these variables have them everywhere, or a time with its unit.
fn seconds(place: &mut Option<Said<Span>>, text: &str) -> Result<(), String> {
    let number = text.trim().parse::<f64>().ok();
    let span = match number.map(std::time::Duration::try_from_secs_f64) {
        Some(Ok(span)) => Span(span),
        Some(Err(_)) => return Err("it is a number of seconds, as `30`, or a time with its unit, as `5m`".to_owned()),
        None => Span::read(text)?,
    };
    if span.0.is_zero() {
        return Err("zero seconds is no time: write a longer one, `forever`, or switch the cache off".to_owned());
    }
    *place = Some(Said(span));
    Ok(())
}

/// The variables, by their names. What is empty says nothing.
pub(super) struct Variables(Vec<(String, OsString)>);

impl Variables {
    pub(super) fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let named = variables.into_iter().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Self(named.filter(|(_, value)| !value.is_empty()).collect())
    }

    /// What one says.
    pub(super) fn get(&self, name: &str) -> Result<Option<&str>, Error> {
        let Some((_, value)) = self.0.iter().rev().find(|(known, _)| known == name) else { return Ok(None) };
        value.to_str().map(Some).ok_or_else(|| wrong(name, "it is not Unicode"))
    }

    /// All that they say of a cache.
    pub(super) fn layer(&self) -> Result<Layer, Error> {
        let mut layer = Layer::default();
        for (name, _) in self.0.iter().filter(|(name, _)| name.starts_with("LARDER_") && !OURS.contains(&&**name)) {
            if let Some(meant) = names::meant(name, &OURS.map(str::to_lowercase).each_ref().map(|ours| &**ours)) {
                return Err(wrong(name, &format!("there is none (did you mean `{}`?)", meant.to_uppercase())));
            }
        }
        for (name, place) in GENERAL {
            if let Some(text) = self.get(name)? {
                place(&mut layer, text).map_err(|error| wrong(name, &error))?;
            }
        }
        layer.redis = self.server("REDIS_")?;
        layer.valkey = self.server("VALKEY_")?;
        if let Some(prefix) = self.get("BULLMQ_PREFIX")? {
            let redis = layer.redis.get_or_insert_default();
            redis.prefix.get_or_insert_with(|| Said(prefix.to_owned()));
        }
        Ok(layer)
    }

    fn server(&self, prefix: &str) -> Result<Option<Server>, Error> {
        for pool in POOLS {
            if self.get(&[prefix, pool].concat())?.is_some() {
                let instead = names::elsewhere(&pool.to_lowercase()).unwrap_or_default();
                return Err(wrong(
                    &[prefix, pool].concat(),
                    &instead.replace("`max_connections`", &format!("`{prefix}MAX_CONNECTIONS`")),
                ));
            }
        }
        for name in ENCRYPTION.map(|suffix| [prefix, suffix].concat()) {
            if self.get(&name)?.is_some() {
                let ours =
                    format!("write `rediss://` in {prefix}URL, or name the certificates to trust in {prefix}TLS_CA");
                return Err(wrong(&name, &ours));
            }
        }
        let mut server = None;
        for (suffix, place) in SERVER {
            let name = [prefix, suffix].concat();
            if let Some(text) = self.get(&name)? {
                place(server.get_or_insert_default(), text).map_err(|error| wrong(&name, &error))?;
            }
        }
        Ok(server)
    }
}

/// The error of a variable; it quotes nothing of its value.
fn wrong(name: &str, error: &str) -> Error {
    super::error(format!("the environment variable {name} cannot be used: {error}"))
}
