//! How long and how often a server is tried, and over how many connections.

use std::sync::Arc;
use std::time::Duration;

use cache_core::port::{RemoteStore, SecondLevel, Setup};
use cache_core::{Clock, ErrorKind};
use cache_redis::Redis;
use larder_test_support::{Kind, OldServer, ScriptedServer, Server};

use crate::bench::{LONG, PREFIX, SHORT, SLACK, ask};

fn open(redis: Redis, budget: Duration) -> Arc<dyn RemoteStore> {
    let store = redis.open(&Setup::new(PREFIX, budget, Clock::system())).expect("it can be used");
    store.expect("a server has a store")
}

/// How many connections there are beside the one that asks.
fn connections(server: &Server) -> usize {
    server.command(&["CLIENT", "LIST"]).text().lines().count() - 1
}

#[tokio::test]
async fn an_attempt_to_connect_takes_as_long_as_it_may() {
    let server = Server::start(Kind::Redis);
    server.stop();
    let store = open(Redis::at(server.url()).connect_timeout(SHORT), LONG);
    let (stamp, took) = ask(&*store, LONG).await;
    assert_eq!(stamp.expect_err("it hangs").kind(), ErrorKind::Unavailable);
    assert!(took < SHORT + SLACK, "{took:?}");
}

#[tokio::test]
async fn there_are_no_more_connections_than_allowed() {
    let server = Server::start(Kind::Redis);
    let store = open(Redis::at(server.url()).max_connections(4), LONG);
    store.stamp(LONG).await.expect("the server is there");
    store.poll(LONG).await.expect("the server is there");
    let messages = store.subscribe(LONG).await.expect("the server is there");
    assert_eq!(connections(&server), 3);
    let freed = store.freed(LONG).await.expect("one more is allowed");
    assert_eq!(connections(&server), 4);
    let error = store.told(b"billing", LONG).await.err().expect("no more is allowed");
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert_eq!(connections(&server), 4);
    drop(freed);
    let told = store.told(b"billing", LONG).await.expect("one is free again");
    drop((messages, told));
}

#[tokio::test]
async fn without_a_bound_there_are_as_many_connections_as_are_asked_for() {
    let server = Server::start(Kind::Redis);
    let store = open(Redis::at(server.url()), LONG);
    let freed = store.freed(LONG).await.expect("it is there");
    let told = store.told(b"billing", LONG).await.expect("it is there");
    drop((freed, told));
}

#[tokio::test]
async fn silences_up_to_the_threshold_end_a_connection() {
    let server = Server::start(Kind::Redis);
    let redis = |threshold| Redis::at(server.url()).circuit_breaker(threshold, SHORT);
    let (one, many) = (open(redis(1), SHORT), open(redis(100), SHORT));
    for store in [&one, &many] {
        store.stamp(LONG).await.expect("the server is there");
    }
    server.stop();
    for _ in 0..5 {
        let (stamp, _) = ask(&*many, SHORT).await;
        assert_eq!(stamp.expect_err("it hangs").kind(), ErrorKind::Timeout);
    }
    let mut timeouts = 0;
    while ask(&*one, SHORT).await.0.expect_err("it hangs").kind() == ErrorKind::Timeout {
        timeouts += 1;
    }
    // None where the reading of the clock was the one.
    assert!(timeouts <= 1, "{timeouts}");
}

#[tokio::test]
async fn a_server_that_refuses_is_tried_after_the_longest_pause() {
    let server = OldServer::start("6.0.16", None);
    let store = open(Redis::at(server.url()).circuit_breaker(3, Duration::from_millis(10)), LONG);
    let began = cache_core::port::Stopwatch::start();
    while server.accepted() < 20 {
        assert!(began.elapsed() < Duration::from_secs(5), "{} attempts", server.accepted());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(store);
}

#[tokio::test]
async fn the_first_pause_is_as_long_as_told() {
    let loading = || ScriptedServer::start(|_| b"-LOADING it reads its data\r\n".to_vec());
    let (late, soon) = (loading(), loading());
    let store = |server: &ScriptedServer, first| open(Redis::at(server.url()).retry_delay(first), LONG);
    let stores = (store(&late, Duration::from_mins(1)), store(&soon, Duration::from_millis(10)));
    while soon.accepted() < 4 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(late.accepted() <= 1, "{} attempts", late.accepted());
    drop(stores);
}

#[tokio::test]
async fn a_server_that_says_nothing_rests_where_it_is_not_to_be_tried_soon() {
    let silent = || ScriptedServer::start(|_| Vec::new());
    let (late, soon) = (silent(), silent());
    let redis = |server: &ScriptedServer| {
        let redis = Redis::at(server.url()).connect_timeout(SHORT).retry_delay(Duration::from_millis(10));
        redis.circuit_breaker(3, Duration::from_mins(1))
    };
    let stores = (open(redis(&late).without_retry_on_timeout(), SHORT), open(redis(&soon), SHORT));
    while soon.accepted() < 8 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // Calls, and the poll.
    assert!(late.accepted() <= 2, "{} attempts", late.accepted());
    drop(stores);
}

#[tokio::test]
async fn pieces_of_an_address_are_taken_as_they_are() {
    let password = "p@ss:/#%";
    let server = Server::options(Kind::Redis).password(password).config("bind", "127.0.0.1 -::1").start();
    // Not every machine has the sixth version.
    let has_sixth = std::net::TcpListener::bind(("::1", 0)).is_ok();
    let hosts = ["127.0.0.1", "localhost", "::1", "[::1]"].into_iter().filter(|host| has_sixth || !host.contains(':'));
    for host in hosts {
        let redis = Redis::at_host(host, server.port()).database(5).username("default").password(password);
        open(redis, LONG).stamp(LONG).await.unwrap_or_else(|error| panic!("{host}: {error}"));
    }
    let keyspace = server.command(&["INFO", "keyspace"]).text();
    assert!(keyspace.contains("db5:") && !keyspace.contains("db0:"), "{keyspace}");
    let url = format!("redis://:wrong@127.0.0.1:{}/5", server.port());
    open(Redis::at(url).password(password), LONG).stamp(LONG).await.expect("in place of the URL's");
}

#[test]
fn what_cannot_be_kept_is_told_when_a_cache_opens_it() {
    let few = Redis::at("redis://localhost").max_connections(2);
    let error = few.open(&Setup::new(PREFIX, LONG, Clock::system())).expect_err("too few");
    assert!(error.is_config() && error.to_string().contains("write 3 or more"), "{error}");
}
