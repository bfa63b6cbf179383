//! Asking whether a server answers, before anything is built on it.

use std::time::Duration;

use cache_core::{Error, ErrorKind};
use cache_redis::{Redis, ServerKind};
use larder_test_support::{Kind, OldServer, ScriptedServer, Server};

use crate::bench::{LONG, SHORT, SLACK};

async fn refusal(redis: &Redis, limit: Duration) -> Error {
    redis.probe(limit).await.expect_err("refused")
}

#[tokio::test]
async fn it_says_which_server_answers_and_leaves_nothing_behind() {
    for (kind, expected) in [(Kind::Redis, ServerKind::Redis), (Kind::Valkey, ServerKind::Valkey)] {
        let server = Server::start(kind);
        let found = Redis::at(server.url()).probe(LONG).await.expect("it is there");
        assert_eq!(found.kind(), expected);
        assert!(found.version().starts_with(|first: char| first.is_ascii_digit()), "{found}");
        assert_eq!(found.to_string(), format!("{expected} {}", found.version()));
        assert_eq!(server.command(&["DBSIZE"]).int(), 0);
        let others = || server.command(&["CLIENT", "LIST"]).text().lines().count() - 1;
        while others() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn it_says_what_a_cache_would_meet() {
    let server = Server::options(Kind::Redis).password("right").start();
    let wrong = Redis::at_host("127.0.0.1", server.port()).password("wrong");
    assert_eq!(refusal(&wrong, LONG).await.kind(), ErrorKind::Denied);
    let primary = Server::start(Kind::Redis);
    let replica = Server::start(Kind::Redis);
    replica.command(&["REPLICAOF", "127.0.0.1", &primary.port().to_string()]);
    assert_eq!(refusal(&Redis::at(replica.url()), LONG).await.kind(), ErrorKind::Unavailable);
    let old = OldServer::start("6.0.16", None);
    assert_eq!(refusal(&Redis::at(old.url()), LONG).await.kind(), ErrorKind::Unsupported);
    let other = ScriptedServer::start(|_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec());
    assert_eq!(refusal(&Redis::at(other.url()), LONG).await.kind(), ErrorKind::Server);
    assert!(refusal(&Redis::at("redis://:secret@host:x"), LONG).await.is_config());
}

#[tokio::test]
async fn nobody_is_waited_for_longer_than_asked() {
    let server = Server::start(Kind::Redis);
    let redis = Redis::at(server.url());
    server.stop();
    let began = cache_core::port::Stopwatch::start();
    assert_eq!(refusal(&redis, SHORT).await.kind(), ErrorKind::Unavailable);
    assert!(began.elapsed() < SHORT + SLACK, "{:?}", began.elapsed());
    server.kill();
    let error = refusal(&redis, LONG).await;
    assert!(error.to_string().contains("connection refused"), "{error}");
}

#[test]
fn it_needs_no_executor() {
    let server = Server::start(Kind::Redis);
    let redis = Redis::at(server.url());
    let mut probe = std::pin::pin!(redis.probe(LONG));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let found = loop {
        match probe.as_mut().poll(&mut context) {
            std::task::Poll::Ready(found) => break found,
            std::task::Poll::Pending => std::thread::yield_now(),
        }
    };
    found.expect("it is there");
}
