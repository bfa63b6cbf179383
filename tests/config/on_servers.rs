//! What settings do to a cache on a real server.

use std::time::Duration;

use larder::{Backend, Config};
use larder_test_support::{Authority, Kind, Server};

use crate::of;

/// A port that nobody listens on.
const NOBODY: &str = "1";

#[tokio::test]
async fn the_server_that_pieces_describe_is_the_one_that_is_used() {
    let password = "p@ss:/#%";
    let server = Server::options(Kind::Redis).password(password).start();
    let port = server.port().to_string();
    let config = of(&[
        ("CACHE_BACKEND", "redis"),
        ("REDIS_HOST", "127.0.0.1"),
        ("REDIS_PORT", &port),
        ("REDIS_DB", "3"),
        ("REDIS_PASSWORD", password),
        ("REDIS_PREFIX", "erp:"),
        ("REDIS_CACHE_TTL", "100"),
    ]);
    let cache = config.connect().await.expect("a cache");
    assert_eq!(cache.name(), "erp");
    cache.set("7", 7_u64).await.expect("the server is there");
    server.command(&["SELECT", "3"]);
    let keyspace = server.command(&["INFO", "keyspace"]).text();
    assert!(keyspace.contains("db3:") && !keyspace.contains("db0:"), "{keyspace}");
    let left = cache.ttl("7").await.expect("the server is there").expect("it is there");
    assert!(format!("{left:?}").contains("99.") || format!("{left:?}").contains("100"), "{left:?}");
}

#[tokio::test]
async fn what_a_url_does_not_say_the_other_variables_say() {
    let server = Server::options(Kind::Valkey).password("sesame").start();
    let url = format!("redis://127.0.0.1:{}", server.port());
    let config =
        of(&[("CACHE_BACKEND", "redis"), ("REDIS_URL", &url), ("REDIS_DB", "5"), ("REDIS_PASSWORD", "sesame")]);
    config.connect().await.expect("a cache").set("7", 7_u64).await.expect("the password is right");
    let keyspace = server.command(&["INFO", "keyspace"]).text();
    assert!(keyspace.contains("db5:"), "{keyspace}");
    let url = format!("redis://:sesame@127.0.0.1:{}/4", server.port());
    let config = of(&[("CACHE_BACKEND", "redis"), ("REDIS_URL", &url), ("REDIS_DB", "6"), ("REDIS_PASSWORD", "wrong")]);
    config.connect().await.expect("a cache").set("7", 7_u64).await.expect("the URL's own password is right");
    let keyspace = server.command(&["INFO", "keyspace"]).text();
    assert!(keyspace.contains("db4:") && !keyspace.contains("db6:"), "{keyspace}");
}

#[tokio::test]
async fn auto_uses_what_answers_and_says_which() {
    let (redis, valkey) = (Server::start(Kind::Redis), Server::start(Kind::Valkey));
    let (of_redis, of_valkey) = (redis.port().to_string(), valkey.port().to_string());
    let chosen = async |redis: &str, valkey: &str| {
        let both =
            [("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", redis), ("VALKEY_HOST", "127.0.0.1"), ("VALKEY_PORT", valkey)];
        of(&both).choose().await.expect("one is chosen").backend()
    };
    assert_eq!(chosen(&of_redis, &of_valkey).await, Backend::Valkey);
    assert_eq!(chosen(&of_redis, NOBODY).await, Backend::Redis);
    assert_eq!(chosen(NOBODY, &of_valkey).await, Backend::Valkey);
    // It says what is there, whatever it was called.
    assert_eq!(chosen(&of_valkey, NOBODY).await, Backend::Valkey);
    let url = format!("redis://127.0.0.1:{of_redis}");
    let choice = of(&[("REDIS_URL", &url)]).choose().await.expect("it answers");
    assert_eq!(choice.backend(), Backend::Redis);
    choice.builder().expect("a builder").build().expect("a cache").ready().await.expect("it is used");
}

/// A node that went on by itself would not hear what the others invalidate.
#[tokio::test]
async fn a_server_that_was_named_and_does_not_answer_yet_is_used_once_it_is_there() {
    let server = Server::start(Kind::Redis);
    let port = server.port().to_string();
    server.kill();
    let config = of(&[("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", &port)]);
    let choice = config.choose().await.expect("it was named");
    assert_eq!(choice.backend(), Backend::Redis);
    let cache = choice.builder().expect("a builder").build().expect("a cache");
    assert!(cache.ready().await.expect_err("it is not there").is_unavailable());
    server.restart();
    while cache.ready().await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_program_hands_its_own_server_over() {
    let server = Server::start(Kind::Valkey);
    let config =
        Config::new().redis(larder::Redis::at(server.url())).or_vars([("REDIS_PORT", NOBODY)]).expect("a port");
    let choice = config.choose().await.expect("it answers");
    assert_eq!(choice.backend(), Backend::Valkey);
    choice.builder().expect("a builder").build().expect("a cache").ready().await.expect("it is there");
}

#[tokio::test]
async fn what_is_switched_off_asks_no_server_and_keeps_nothing() {
    let config = Config::new().or_toml("enabled = false\n[redis]\nhost = \"127.0.0.1\"\nport = 1").expect("settings");
    let cache = config.connect().await.expect("a cache");
    cache.set("7", 7_u64).await.expect("nothing is done");
    assert_eq!(cache.get::<u64>("7").await.expect("nothing is asked"), None);
}

#[tokio::test]
async fn connections_are_as_many_as_the_settings_allow() {
    let server = Server::start(Kind::Redis);
    let port = server.port().to_string();
    let settings = [
        ("CACHE_BACKEND", "redis"),
        ("REDIS_HOST", "127.0.0.1"),
        ("REDIS_PORT", &port),
        ("REDIS_MAX_CONNECTIONS", "3"),
    ];
    let cache = of(&settings).connect().await.expect("a cache");
    cache.ready().await.expect("the server is there");
    while !cache.stats().coherence.is_following {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let connections = server.command(&["CLIENT", "LIST"]).text().lines().count() - 1;
    assert_eq!(connections, 3);
}

#[tokio::test]
async fn an_encrypted_server_is_used_with_the_certificates_that_the_settings_name() {
    let (servers, clients) = (Authority::new(), Authority::new());
    let server = Server::options(Kind::Redis).tls(&servers.issue(), Some(&clients.root())).start();
    let (own, port) = (clients.issue(), server.tls_port().to_string());
    let folder = std::env::temp_dir().join(format!("larder-config-tls-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = |name: &str, pem: &str| {
        let path = folder.join(name);
        std::fs::write(&path, pem).expect("a file");
        path.to_str().expect("a path").to_owned()
    };
    let (ca, certificate, key) =
        (file("ca.pem", &servers.root()), file("node.pem", &own.certificate), file("node.key", &own.key));
    let trusted =
        [("CACHE_BACKEND", "redis"), ("REDIS_HOST", "localhost"), ("REDIS_PORT", &port), ("REDIS_TLS_CA", &ca)];
    let shown = [&trusted[..], &[("REDIS_TLS_CERT", &certificate), ("REDIS_TLS_KEY", &key)]].concat();
    of(&shown).connect().await.expect("a cache").set("7", 7_u64).await.expect("the certificates are right");
    let error = of(&trusted).connect().await.expect("a cache").ready().await;
    error.expect_err("the server wants a certificate");
    std::fs::remove_dir_all(&folder).expect("it is ours");
}

#[tokio::test]
async fn auto_uses_what_is_said_of_a_valkey_for_a_valkey() {
    let (redis, valkey) = (Server::start(Kind::Redis), Server::options(Kind::Valkey).password("sesame").start());
    let (of_redis, of_valkey) = (redis.port().to_string(), valkey.port().to_string());
    // Where it is the variables of Redis say.
    let settings = [
        ("REDIS_HOST", "127.0.0.1"),
        ("REDIS_PORT", &*of_valkey),
        ("VALKEY_PASSWORD", "sesame"),
        ("VALKEY_PREFIX", "erp"),
    ];
    let choice = of(&settings).choose().await.expect("it answers");
    assert_eq!(choice.backend(), Backend::Valkey);
    assert_eq!(choice.builder().expect("a builder").build().expect("a cache").name(), "erp");
    let settings = [("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", &*of_redis), ("VALKEY_PREFIX", "erp")];
    let choice = of(&settings).choose().await.expect("it answers");
    assert_eq!(choice.backend(), Backend::Redis);
    assert_eq!(choice.builder().expect("a builder").build().expect("a cache").name(), "cache");
}

/// To go on in memory would hide that, and share nothing.
#[tokio::test]
async fn a_server_that_refuses_us_is_the_one_all_the_same() {
    let server = Server::options(Kind::Redis).password("sesame").start();
    let port = server.port().to_string();
    let settings = [("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", &*port), ("REDIS_PASSWORD", "wrong")];
    let choice = of(&settings).choose().await.expect("it was named");
    assert_eq!(choice.backend(), Backend::Redis);
    choice.builder().expect("a builder").build().expect("a cache").ready().await.expect_err("the password is wrong");
}

#[tokio::test]
async fn every_setting_of_a_server_reaches_it() {
    let config = of(&[
        ("CACHE_BACKEND", "redis"),
        ("REDIS_HOST", "cache.internal"),
        ("REDIS_PORT", "7000"),
        ("REDIS_DB", "3"),
        ("REDIS_TIMEOUT", "7"),
        ("REDIS_MAX_CONNECTIONS", "11"),
        ("REDIS_RETRY_ON_TIMEOUT", "false"),
    ]);
    let config =
        config.or_toml("[redis]\nretry_delay = \"13s\"\ncircuit_breaker = { threshold = 17, timeout = \"19s\" }");
    let shown = format!("{:?}", config.expect("settings").choose().await.expect("no server is asked"));
    for setting in ["cache.internal:7000/3", "7s", "11", "Late", "13s", "17", "19s"] {
        assert!(shown.contains(setting), "{setting}: {shown}");
    }
}

#[tokio::test]
async fn the_user_that_the_settings_name_is_the_one_that_connects() {
    let server = Server::start(Kind::Redis);
    server.command(&["ACL", "SETUSER", "app", "on", ">open", "~*", "&*", "+@all"]);
    let port = server.port().to_string();
    let settings = [
        ("CACHE_BACKEND", "redis"),
        ("REDIS_HOST", "127.0.0.1"),
        ("REDIS_PORT", &*port),
        ("REDIS_USERNAME", "app"),
        ("REDIS_PASSWORD", "open"),
    ];
    let cache = of(&settings).connect().await.expect("a cache");
    cache.ready().await.expect("the server is there");
    assert!(server.command(&["CLIENT", "LIST"]).text().contains("user=app"));
}

/// The process's own variables, in a process of its own.
#[test]
fn the_environment_of_the_process_is_what_is_read() {
    let this = std::env::current_exe().expect("this test");
    let child = std::process::Command::new(this)
        .args(["--exact", "on_servers::a_child_says_what_its_environment_says", "--nocapture"])
        .envs([("CACHE_BACKEND", "memory"), ("REDIS_PREFIX", "of-a-child"), ("REDIS_CACHE_TTL", "77")])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(said.contains("the cache is of-a-child, \"1m 17s\"  # environment"), "{said}");
}

#[tokio::test]
async fn a_child_says_what_its_environment_says() {
    let cache = larder::from_env().await.expect("the environment can be used");
    let config = Config::new().or_env().expect("the environment can be used");
    println!("the cache is {}, {}", cache.name(), crate::line(&config, "ttl"));
}
