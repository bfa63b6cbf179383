//! What callers are told of a server that is not there.

use std::time::Duration;

use cache_core::port::Stopwatch;
use cache_core::testing::FakeRedis;
use larder::{Cache, ErrorKind, Preset, Redis};
use larder_test_support::{Kind, Server};

use crate::following::Following;
use crate::support::within;

const BUDGET: Duration = Duration::from_millis(100);
/// Far more than a budget, far less than a hang.
const SOON: Duration = Duration::from_secs(2);

async fn fails_soon(cache: &Cache) {
    let asked = Stopwatch::start();
    let kinds = [
        cache.get::<u64>("b").await.unwrap_err().kind(),
        cache.set("b", 1_u64).await.unwrap_err().kind(),
        cache.insert_if_absent("b", 1_u64, Preset::User).await.unwrap_err().kind(),
        cache.remove("b").await.unwrap_err().kind(),
        cache.take::<u64>("b").await.unwrap_err().kind(),
        cache.contains("b").await.unwrap_err().kind(),
        cache.expire("b", SOON).await.unwrap_err().kind(),
        cache.rename("b", "c").await.unwrap_err().kind(),
        cache.keys("*").await.unwrap_err().kind(),
        cache.remove_matching("b*").await.unwrap_err().kind(),
        cache.purge_everything().await.unwrap_err().kind(),
    ];
    for kind in kinds {
        assert!(matches!(kind, ErrorKind::Unavailable | ErrorKind::Timeout), "{kinds:?}");
    }
    let many = cache.get_many::<u64>(["b", "c"]).await.unwrap();
    assert!(many.len() == 2 && many.iter().all(Result::is_err));
    let many = cache.set_many([("b", 1_u64), ("c", 2)]).await.unwrap();
    assert!(many.len() == 2 && many.iter().all(Result::is_err));
    let loaded = cache.get_or_load("b", Preset::User, async || Ok::<_, ()>(7_u64)).await;
    let put = cache.put_with("b", Preset::User, async || Ok::<_, ()>(8_u64)).await;
    assert_eq!((loaded, put), (Ok(7), Ok(8)));
    assert!(asked.elapsed() < SOON, "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_fake_that_fails_is_an_error_within_the_budget() {
    let server = FakeRedis::new();
    let cache = Cache::builder("fails").budget(BUDGET).redis(server.clone()).following();
    server.fail_with(Some(ErrorKind::Unavailable));
    within(fails_soon(&cache)).await;
}

async fn a_dead_server(kind: Kind, end: impl Fn(&Server)) {
    for protocol in ["resp2", "resp3"] {
        let server = Server::start(kind);
        let url = format!("{}/?protocol={protocol}", server.url());
        let cache = Cache::builder("fails").budget(BUDGET).redis(Redis::at(url)).following();
        cache.set("b", 1_u64).l1_ttl(Duration::ZERO).await.unwrap();
        end(&server);
        within(fails_soon(&cache)).await;
    }
}

#[tokio::test]
async fn a_redis_that_is_gone_is_an_error_within_the_budget() {
    a_dead_server(Kind::Redis, Server::kill).await;
}

#[tokio::test]
async fn a_valkey_that_is_gone_is_an_error_within_the_budget() {
    a_dead_server(Kind::Valkey, Server::kill).await;
}

#[tokio::test]
async fn a_redis_that_hangs_is_an_error_within_the_budget() {
    a_dead_server(Kind::Redis, Server::stop).await;
}

#[tokio::test]
async fn a_valkey_that_hangs_is_an_error_within_the_budget() {
    a_dead_server(Kind::Valkey, Server::stop).await;
}
