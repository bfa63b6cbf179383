//! Every variable: its default, its meaning, what it falls back to, and what is told of a value that is none.

use larder::Backend;

use crate::{has, line, of, said};

/// A variable behind `REDIS_` and `VALKEY_`.
struct Variable {
    suffix: &'static str,
    setting: &'static str,
    /// What holds where nobody says; `None`: nothing.
    default: Option<&'static str>,
    /// What is said, and how the description has it.
    said: (&'static str, &'static str),
    other: (&'static str, &'static str),
    /// What cannot be used, and a piece of what is told of it.
    wrong: Option<(&'static str, &'static str)>,
}

const SERVER: &[Variable] = &[
    Variable {
        suffix: "URL",
        setting: "url",
        default: None,
        said: ("redis://a/1", "(not shown)"),
        other: ("redis://b/2", "(not shown)"),
        wrong: None,
    },
    Variable {
        suffix: "HOST",
        setting: "host",
        default: Some("\"localhost\""),
        said: ("cache.internal", "\"cache.internal\""),
        other: ("10.0.0.7", "\"10.0.0.7\""),
        wrong: None,
    },
    Variable {
        suffix: "PORT",
        setting: "port",
        default: Some("6379"),
        said: ("7000", "7000"),
        other: (" 7001 ", "7001"),
        wrong: Some(("70000", "a whole number from 0 to 65535")),
    },
    Variable {
        suffix: "DB",
        setting: "database",
        default: Some("0"),
        said: ("3", "3"),
        other: ("4", "4"),
        wrong: Some(("-1", "a whole number from 0")),
    },
    Variable {
        suffix: "USERNAME",
        setting: "username",
        default: None,
        said: ("app", "(not shown)"),
        other: ("other", "(not shown)"),
        wrong: None,
    },
    Variable {
        suffix: "PASSWORD",
        setting: "password",
        default: None,
        said: ("sesame", "(not shown)"),
        other: ("opensesame", "(not shown)"),
        wrong: None,
    },
    Variable {
        suffix: "MAX_CONNECTIONS",
        setting: "max_connections",
        default: Some("50"),
        said: ("10", "10"),
        other: ("20", "20"),
        wrong: Some(("many", "a whole number")),
    },
    Variable {
        suffix: "RETRY_ON_TIMEOUT",
        setting: "retry_on_timeout",
        default: Some("true"),
        said: ("False", "false"),
        other: ("1", "true"),
        wrong: Some(("perhaps", "`true` or `false`")),
    },
    Variable {
        suffix: "TIMEOUT",
        setting: "timeout",
        default: Some("\"4s\""),
        said: ("2", "\"2s\""),
        other: ("0.5", "\"500ms\""),
        wrong: Some(("-1", "a number of seconds")),
    },
    Variable {
        suffix: "CACHE_TTL",
        setting: "ttl",
        default: Some("\"1h\""),
        said: ("300", "\"5m\""),
        other: ("90s", "\"1m 30s\""),
        wrong: Some(("soon", "a time has a unit")),
    },
    Variable {
        suffix: "TLS_CA",
        setting: "tls.ca",
        default: None,
        said: ("/etc/ca.pem", "\"/etc/ca.pem\""),
        other: ("/etc/other.pem", "\"/etc/other.pem\""),
        wrong: None,
    },
    Variable {
        suffix: "TLS_CERT",
        setting: "tls.certificate",
        default: None,
        said: ("/etc/node.pem", "\"/etc/node.pem\""),
        other: ("/etc/other.pem", "\"/etc/other.pem\""),
        wrong: None,
    },
    Variable {
        suffix: "TLS_KEY",
        setting: "tls.key",
        default: None,
        said: ("/etc/node.key", "\"/etc/node.key\""),
        other: ("/etc/other.key", "\"/etc/other.key\""),
        wrong: None,
    },
    Variable {
        suffix: "PREFIX",
        setting: "prefix",
        default: Some("\"cache\""),
        said: ("erp:", "\"erp:\""),
        other: ("crm", "\"crm\""),
        wrong: None,
    },
];

impl Variable {
    fn name(&self, server: &str) -> String {
        format!("{}_{}", server.to_uppercase(), self.suffix)
    }

    /// Where the description has it: what is said of a server's cache is said of the cache.
    fn place(&self, server: &str) -> String {
        match self.setting {
            "ttl" | "prefix" => self.setting.to_owned(),
            setting => format!("{server}.{setting}"),
        }
    }
}

#[test]
fn every_variable_has_its_default() {
    for server in ["redis", "valkey"] {
        let config = of(&[("CACHE_BACKEND", server)]);
        for variable in SERVER {
            let place = variable.place(server);
            match variable.default {
                Some(default) => assert_eq!(line(&config, &place), format!("{default}  # default"), "{place}"),
                None => assert!(!has(&config, &place), "{place}"),
            }
        }
    }
}

#[test]
fn every_variable_says_what_it_means() {
    for server in ["redis", "valkey"] {
        for variable in SERVER {
            for (text, shown) in [variable.said, variable.other] {
                let config = of(&[("CACHE_BACKEND", server), (&variable.name(server), text)]);
                assert_eq!(
                    line(&config, &variable.place(server)),
                    format!("{shown}  # environment"),
                    "{}",
                    variable.suffix
                );
            }
        }
    }
}

#[test]
fn a_variable_of_valkey_falls_back_to_that_of_redis() {
    for variable in SERVER {
        let (text, shown) = variable.said;
        let config = of(&[("CACHE_BACKEND", "valkey"), (&variable.name("redis"), text)]);
        assert_eq!(line(&config, &variable.place("valkey")), format!("{shown}  # environment"), "{}", variable.suffix);
    }
}

#[test]
fn a_variable_of_valkey_stands_before_that_of_redis() {
    for variable in SERVER.iter().filter(|variable| variable.said.1 != variable.other.1) {
        let names = (variable.name("valkey"), variable.name("redis"));
        let config = of(&[("CACHE_BACKEND", "valkey"), (&names.0, variable.other.0), (&names.1, variable.said.0)]);
        assert_eq!(line(&config, &variable.place("valkey")), format!("{}  # environment", variable.other.1));
    }
}

#[test]
fn a_variable_of_valkey_says_nothing_of_a_redis() {
    for variable in SERVER {
        let with = of(&[("CACHE_BACKEND", "redis"), (&variable.name("valkey"), variable.said.0)]);
        let without = of(&[("CACHE_BACKEND", "redis")]);
        assert_eq!(
            with.describe().expect("no profile"),
            without.describe().expect("no profile"),
            "{}",
            variable.suffix
        );
    }
}

#[test]
fn in_memory_the_ttl_and_the_prefix_hold_too() {
    for server in ["REDIS", "VALKEY"] {
        let names = (format!("{server}_CACHE_TTL"), format!("{server}_PREFIX"), format!("{server}_PORT"));
        let config = of(&[("CACHE_BACKEND", "memory"), (&names.0, "60"), (&names.1, "erp"), (&names.2, "7")]);
        assert_eq!(
            (line(&config, "ttl"), line(&config, "prefix")),
            ("\"1m\"  # environment".to_owned(), "\"erp\"  # environment".to_owned(),)
        );
        assert!(!config.describe().expect("no profile").contains("port"));
    }
}

#[test]
fn in_memory_those_of_valkey_stand_before_those_of_redis_too() {
    let config = of(&[
        ("CACHE_BACKEND", "memory"),
        ("REDIS_CACHE_TTL", "60"),
        ("VALKEY_CACHE_TTL", "300"),
        ("BULLMQ_PREFIX", "queue"),
        ("VALKEY_PREFIX", "erp"),
    ]);
    assert_eq!(line(&config, "ttl"), "\"5m\"  # environment");
    assert_eq!(line(&config, "prefix"), "\"erp\"  # environment");
}

#[test]
fn a_value_that_is_none_is_refused_by_the_name_of_its_variable() {
    for server in ["redis", "valkey"] {
        for variable in SERVER {
            let Some((text, told)) = variable.wrong else { continue };
            let name = variable.name(server);
            let error = said(&[(&name, text)]).expect_err(text);
            assert!(error.is_config(), "{error}");
            let message = error.to_string();
            assert!(message.contains(&name) && message.contains(told) && !message.contains(text), "{message}");
        }
    }
}

#[test]
fn a_variable_that_is_empty_says_nothing() {
    for variable in SERVER {
        let config = of(&[("CACHE_BACKEND", "redis"), (&variable.name("redis"), "")]);
        assert_eq!(
            config.describe().expect("no profile"),
            of(&[("CACHE_BACKEND", "redis")]).describe().expect("no profile")
        );
    }
}

#[tokio::test]
async fn the_backend_is_what_it_says() {
    for (text, backend) in [
        ("memory", Backend::Memory),
        ("MEMORY", Backend::Memory),
        ("redis", Backend::Redis),
        ("valkey", Backend::Valkey),
    ] {
        let choice = of(&[("CACHE_BACKEND", text)]).choose().await.expect("no server is asked");
        assert_eq!(choice.backend(), backend, "{text}");
    }
    let error = said(&[("CACHE_BACKEND", "reddis")]).expect_err("no backend");
    assert!(
        error.to_string().contains("CACHE_BACKEND") && error.to_string().contains("did you mean `redis`?"),
        "{error}"
    );
}

#[test]
fn the_prefix_of_the_queue_is_that_of_the_cache_where_it_has_none_of_its_own() {
    assert_eq!(line(&of(&[("BULLMQ_PREFIX", "dripiq")]), "prefix"), "\"dripiq\"  # environment");
    assert_eq!(line(&of(&[("BULLMQ_PREFIX", "dripiq"), ("REDIS_PREFIX", "erp")]), "prefix"), "\"erp\"  # environment");
    let valkey = of(&[("CACHE_BACKEND", "valkey"), ("BULLMQ_PREFIX", "dripiq")]);
    assert_eq!(line(&valkey, "prefix"), "\"dripiq\"  # environment");
}

#[test]
fn the_secret_for_hashed_keys_is_said_and_not_shown() {
    let config = of(&[("LARDER_KEY_SECRET", "0123456789abcdef0123456789abcdef")]);
    assert_eq!(line(&config, "key_secret"), "(not shown)  # environment");
}

#[test]
fn variables_that_switch_encryption_on_elsewhere_are_refused() {
    for server in ["REDIS", "VALKEY"] {
        for name in ["SSL", "TLS", "USE_SSL", "USE_TLS", "SSL_CA_CERTS"] {
            let name = format!("{server}_{name}");
            let error = said(&[(&name, "true")]).expect_err("it would be ignored");
            assert!(error.is_config() && error.to_string().contains("`rediss://`"), "{error}");
        }
    }
}

#[test]
fn a_variable_of_ours_that_is_misspelt_is_refused() {
    let error = said(&[("LARDER_PROFLIE", "production")]).expect_err("there is none");
    assert!(error.to_string().contains("did you mean `LARDER_PROFILE`?"), "{error}");
    let _ = of(&[("LARDER_SOMETHING_ELSE", "1")]);
}

#[test]
fn a_port_that_kubernetes_sets_is_told_to_be_one() {
    let error = said(&[("REDIS_PORT", "tcp://10.96.0.1:6379")]).expect_err("no port");
    assert!(error.to_string().contains("enableServiceLinks: false"), "{error}");
}

#[test]
fn a_time_of_zero_is_refused() {
    for name in ["REDIS_TIMEOUT", "REDIS_CACHE_TTL"] {
        let error = said(&[(name, "0")]).expect_err("zero");
        assert!(error.is_config() && error.to_string().contains(name), "{error}");
    }
}

#[test]
fn settings_of_pools_are_refused_with_what_there_is_instead() {
    for server in ["REDIS", "VALKEY"] {
        for pool in ["POOL_SIZE", "MIN_IDLE_CONNS", "MAX_CONN_AGE", "POOL_TIMEOUT", "IDLE_TIMEOUT"] {
            let name = format!("{server}_{pool}");
            let error = said(&[(&name, "5")]).expect_err("there is no pool");
            let ours = format!("`{server}_MAX_CONNECTIONS`");
            assert!(error.is_config() && error.to_string().contains(&name), "{error}");
            assert!(error.to_string().contains(&ours), "{error}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_unicode_is_refused_by_the_name_of_its_variable() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let value = OsStr::from_bytes(b"\xff").to_owned();
    let error = larder::Config::new().or_vars([("REDIS_HOST", value)]).expect_err("not Unicode");
    assert!(error.is_config() && error.to_string().contains("REDIS_HOST"), "{error}");
}

/// What is not ours may be anything.
#[cfg(unix)]
#[test]
fn other_variables_are_not_looked_at() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let odd = OsStr::from_bytes(b"\xff").to_owned();
    let _ =
        larder::Config::new().or_vars([(odd.clone(), odd.clone()), ("REDIS".into(), odd)]).expect("these are not ours");
}
