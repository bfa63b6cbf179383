//! Who says it first, counts.

use std::time::Duration;

use larder::{Backend, Config, NamespaceSettings};
use serde::Deserialize;

use crate::{line, of};

#[test]
fn the_program_stands_before_the_environment_and_that_before_a_file() {
    let file = "prefix = \"of-file\"\nttl = \"1m\"\ncapacity = 5";
    let config = of(&[("REDIS_PREFIX", "of-environment"), ("REDIS_CACHE_TTL", "120")]).or_toml(file).expect("a file");
    assert_eq!(line(&config, "prefix"), "\"of-environment\"  # environment");
    assert_eq!(line(&config, "ttl"), "\"2m\"  # environment");
    assert_eq!(line(&config, "capacity"), "5  # TOML");
    assert_eq!(line(&config.prefix("of-program"), "prefix"), "\"of-program\"  # program");
}

#[tokio::test]
async fn what_is_set_at_the_builder_wins_over_everything() {
    let config = of(&[("CACHE_BACKEND", "memory"), ("REDIS_CACHE_TTL", "120")]);
    let config = config.or_toml("[namespaces.users]\nttl = \"1s\"\ncapacity = 0").expect("a file");
    let clock = larder::ManualClock::new();
    let builder = config.choose().await.expect("in this process").builder().expect("a builder");
    let users = NamespaceSettings::new().ttl(Duration::from_secs(10));
    let cache =
        builder.ttl(Duration::from_secs(5)).namespace("users", users).clock(clock.clock()).build().expect("a cache");
    cache.set("1", 1_u64).await.expect("in this process");
    clock.advance(Duration::from_secs(5));
    assert_eq!(cache.get::<u64>("1").await.expect("in this process"), None);
    // What the file says beside that still holds.
    cache.namespace("users").set("1", 1_u64).await.expect("in this process");
    assert_eq!(cache.namespace("users").get::<u64>("1").await.expect("in this process"), None);
}

#[tokio::test]
async fn the_program_says_where_values_are_kept() {
    let config = of(&[("CACHE_BACKEND", "redis")]).backend(Backend::Memory);
    assert_eq!(config.choose().await.expect("no server is asked").backend(), Backend::Memory);
}

#[test]
fn a_url_says_where_the_server_is_and_host_and_port_say_it_elsewhere() {
    let config = of(&[("REDIS_URL", "redis://a")]).or_toml("[redis]\nhost = \"b\"\nport = 1").expect("a file");
    let described = config.describe().expect("no profile");
    assert!(!described.contains("host") && !described.contains("port"), "{described}");
    let config = of(&[("REDIS_HOST", "a")]).or_toml("[redis]\nurl = \"redis://b\"").expect("a file");
    let described = config.describe().expect("no profile");
    assert!(!described.contains("url"), "{described}");
    assert_eq!(line(&config, "redis.host"), "\"a\"  # environment");
}

#[test]
fn what_a_file_says_of_a_server_beside_what_the_environment_says_holds() {
    let config = of(&[("REDIS_HOST", "a")]).or_toml("[redis]\ndatabase = 3\ntimeout = \"1s\"").expect("a file");
    assert_eq!(line(&config, "redis.database"), "3  # TOML");
    assert_eq!(line(&config, "redis.timeout"), "\"1s\"  # TOML");
}

/// With `auto`, of those that are asked the first.
#[test]
fn what_is_described_is_the_server_that_is_named() {
    let config = of(&[("VALKEY_HOST", "a"), ("REDIS_PORT", "7")]);
    assert_eq!(
        (line(&config, "valkey.host"), line(&config, "valkey.port")),
        ("\"a\"  # environment".into(), "7  # environment".into())
    );
    assert!(!config.describe().expect("no profile").contains("redis."));
    let config = config.redis(larder::Redis::at("redis://:sesame@b"));
    assert!(line(&config, "server").starts_with("Redis { at: b:6379/0,"));
    let described = config.describe().expect("no profile");
    assert!(!described.contains("valkey.") && !described.contains("sesame"), "{described}");
}

#[test]
fn what_is_said_of_a_server_holds_while_that_is_used() {
    let file = "ttl = \"1h\"\nprefix = \"a\"\n[valkey]\nttl = \"5m\"\nprefix = \"b\"";
    let config = |backend| Config::new().backend(backend).or_toml(file).expect("a file");
    assert_eq!(line(&config(Backend::Valkey), "ttl"), "\"5m\"  # TOML");
    assert_eq!(line(&config(Backend::Valkey), "prefix"), "\"b\"  # TOML");
    assert_eq!(line(&config(Backend::Redis), "ttl"), "\"1h\"  # TOML");
}

#[test]
fn a_url_beside_a_host_in_one_place_is_what_counts() {
    let config = of(&[("REDIS_URL", "redis://a"), ("REDIS_HOST", "b"), ("REDIS_PORT", "7")]);
    let described = config.describe().expect("no profile");
    assert!(!described.contains("redis.host") && !described.contains("redis.port"), "{described}");
}

#[test]
fn a_service_keeps_it_in_its_own_settings() {
    #[derive(Deserialize)]
    struct Service {
        threads: u8,
        cache: Config,
    }
    let service: Service =
        serde_json::from_str(r#"{"threads": 4, "cache": {"prefix": "erp", "ttl": "5m"}}"#).expect("JSON");
    assert_eq!(service.threads, 4);
    assert_eq!(line(&service.cache, "ttl"), "\"5m\"  # settings");
    let config = Config::new().or_vars([("REDIS_PREFIX", "crm")]).expect("a prefix");
    assert_eq!(line(&config, "prefix"), "\"crm\"  # environment");
}
