//! Names that are no settings, and what is to be written instead.

use serde::de::Error;

/// What others call it, and what it is here.
const ELSEWHERE: &[(&[&str], &str)] = &[
    (
        &["pool_size", "min_idle_conns", "min_idle_connections", "max_conn_age", "pool_timeout", "idle_timeout"],
        "there is no pool, for all calls share one connection; `max_connections` bounds how many there are",
    ),
    (&["max_retries", "retries"], "an invalidation is repeated until it is delivered; `retry_delay` says how soon"),
    (&["key_prefix", "namespace", "name", "bullmq_prefix"], "it is called `prefix` here"),
    (&["default_ttl", "cache_ttl", "expiration"], "it is called `ttl` here"),
    (&["db"], "it is called `database` here"),
    (&["user"], "it is called `username` here"),
    (
        &["max_keys", "max_size", "max_entries", "l1_size", "memory_cache_max_size", "enable_memory_cache"],
        "how many entries stay in memory is `capacity`",
    ),
    (&["memory_cache_default_ttl"], "it is called `l1_ttl` here"),
    (
        &["memory_cache_cleanup_interval"],
        "what has ended is never served, and goes when there is no room: nothing is swept; `capacity` bounds the memory",
    ),
    (
        &["enable_compression", "compression_level", "compression_threshold"],
        "write `compression = \"off\"`, `\"lz4\"`, or a table of `algorithm`, `level` and `above`",
    ),
    (&["serializer", "serialization", "format"], "it is called `codec` here"),
    (
        &["enable_circuit_breaker", "circuit_breaker_threshold", "circuit_breaker_timeout"],
        "write `circuit_breaker = { threshold = 5, timeout = \"30s\" }`",
    ),
    (
        &["require_tenant_context", "allow_global_operations", "tenant"],
        "write `tenancy = \"required\"`, `\"optional\"` or `\"none\"`",
    ),
    (
        &["connect_timeout", "connection_timeout", "socket_timeout", "time_out"],
        "how long a connection may take is `timeout` of the server; how long a call waits is `budget`",
    ),
    (&["provider"], "it is called `backend` here"),
];

/// The setting of ours that a name of others means.
pub(super) fn elsewhere(name: &str) -> Option<&'static str> {
    let meant = ELSEWHERE.iter().find(|(names, _)| names.contains(&name));
    meant.map(|(_, instead)| *instead)
}

/// The one of these that somebody may have meant.
pub(super) fn meant<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let name = name.to_lowercase();
    let close = known.iter().map(|known| (strsim::damerau_levenshtein(&name, known), *known));
    close.filter(|(steps, known)| *steps <= 1 + known.len() / 4).min().map(|(_, known)| known)
}

/// The error of a name that is no setting.
pub(super) fn unknown<E: Error>(name: &str, known: &[&str]) -> E {
    // Whatever it is, it is no value, and no secret is so short and plain.
    let name: String = name.chars().take(40).map(|letter| if letter.is_control() { '?' } else { letter }).collect();
    let hint = match (meant(&name, known), elsewhere(&name)) {
        (_, Some(instead)) => format!(": {instead}"),
        (Some(meant), None) => format!(" (did you mean `{meant}`?)"),
        (None, None) => format!("; there are {}", list(known)),
    };
    E::custom(format!("there is no setting `{name}`{hint}"))
}

/// `a`, `b`, `c`.
pub(super) fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde::de::value::Error;

    use super::*;

    #[test]
    fn a_name_that_is_nearly_a_setting_is_guessed() {
        let said = |name: &str| unknown::<Error>(name, &["ttl", "capacity"]).to_string();
        assert_eq!(said("capacty"), "there is no setting `capacty` (did you mean `capacity`?)");
        assert_eq!(said("tll"), "there is no setting `tll` (did you mean `ttl`?)");
        assert_eq!(said("colour"), "there is no setting `colour`; there are `ttl`, `capacity`");
    }

    #[test]
    fn what_others_call_it_is_named_as_it_is_here() {
        let said = unknown::<Error>("pool_size", &["max_connections"]).to_string();
        assert!(said.contains("`max_connections` bounds"), "{said}");
    }
}
