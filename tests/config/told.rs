//! What the log says of a choice.

use larder::Config;
use larder_test_support::{Kind, Server};

use crate::{log, of};

#[tokio::test]
async fn auto_says_which_server_it_uses() {
    log::record();
    for kind in [Kind::Redis, Kind::Valkey] {
        let server = Server::start(kind);
        let port = server.port().to_string();
        of(&[("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", &port)]).choose().await.expect("it answers");
        let said = format!("the cache uses {kind:?} ");
        let of_this = log::everything().lines().any(|line| line.contains(&said) && line.contains(&port));
        assert!(of_this, "{said}: {}", log::everything());
    }
}

#[tokio::test]
async fn auto_says_that_a_server_that_was_named_does_not_answer() {
    log::record();
    of(&[("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", "1")]).choose().await.expect("it was named");
    assert!(log::everything().contains("no server can be used yet: the cache uses that of `redis` once it can"));
}

/// No other test of this program uses the cache of the process.
#[tokio::test]
async fn without_an_installed_cache_one_in_the_process_is_used_and_that_is_said_once() {
    log::record();
    for _ in 0..2 {
        larder::global().set("7", 7_u64).await.expect("in this process");
    }
    assert_eq!(larder::global().get::<u64>("7").await.expect("in this process"), Some(7));
    let said = log::everything();
    assert_eq!(said.matches("no global cache was installed").count(), 1, "{said}");
    let config = Config::new().or_vars([("CACHE_BACKEND", "memory")]).expect("a backend");
    let late = config.connect().await.expect("a cache").install_global();
    assert_eq!(late.expect_err("it is used already").kind(), larder::ErrorKind::AlreadySet);
}
