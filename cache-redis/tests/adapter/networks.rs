//! Networks that swallow, cut and garble.

use std::time::Duration;

use cache_core::ErrorKind;
use cache_core::port::Read;
use larder_test_support::{Fault, Kind, Proxy, ScriptedServer, Server};

use crate::bench::{KEY, LONG, PREFIX, SHORT, SLACK, ask, open, recovery, until};

#[tokio::test]
async fn a_connection_that_swallows_everything_is_replaced() {
    let server = Server::start(Kind::Redis);
    for fault in [Fault::BlackHole, Fault::SwallowReplies] {
        let proxy = Proxy::in_front_of(server.port());
        let store = open(&proxy.url(), PREFIX, SHORT);
        store.stamp(LONG).await.expect("the server is there");
        let before = proxy.accepted();
        proxy.set(fault);
        for _ in 0..3 {
            let (stamp, took) = ask(&*store, SHORT).await;
            stamp.expect_err("nothing arrives");
            assert!(took < SHORT + SLACK, "{took:?}");
        }
        until(&*store, SHORT, |stamp| stamp.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unavailable)).await;
        proxy.clear();
        recovery(&*store).await;
        assert!(proxy.accepted() > before);
    }
}

#[tokio::test]
async fn one_slow_answer_is_no_reason_to_connect_anew() {
    let server = Server::start(Kind::Redis);
    let proxy = Proxy::in_front_of(server.port());
    let store = open(&proxy.url(), PREFIX, LONG);
    store.stamp(LONG).await.expect("the server is there");
    proxy.set(Fault::Delay(Duration::from_millis(100)));
    for _ in 0..5 {
        let (stamp, _) = ask(&*store, Duration::from_millis(20)).await;
        assert_eq!(stamp.expect_err("it is slow").kind(), ErrorKind::Timeout);
    }
    proxy.clear();
    store.stamp(LONG).await.expect("the server is there");
    assert_eq!(proxy.accepted(), 1);
}

#[tokio::test]
async fn whatever_a_connection_is_cut_after_the_next_one_is_used() {
    let server = Server::start(Kind::Redis);
    let proxy = Proxy::in_front_of(server.port());
    // Within a reply, and within each step of the next handshake.
    for bytes in (0..20).chain([50, 100, 500, 1000, 1500]) {
        let store = open(&proxy.url(), PREFIX, SHORT);
        recovery(&*store).await;
        proxy.set(Fault::CutAfter(bytes));
        let read = || store.read(Read { key: KEY, tokens: &[] }, SHORT);
        while let Ok(read) = read().await {
            assert_eq!((read.entry, read.tokens.len()), (None, 0), "after {bytes} bytes");
        }
        proxy.clear();
        recovery(&*store).await;
        read().await.expect("the network is mended");
    }
}

#[tokio::test]
async fn garbage_is_an_error_and_the_next_connection_is_used() {
    let server = Server::start(Kind::Redis);
    let proxy = Proxy::in_front_of(server.port());
    let deep = "*1\r\n".repeat(100_000);
    let garbage =
        ["HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n", ":1\r\n", "$-1\r\n", "*0\r\n", "*-1\r\n", "-\r\n", "-ERR\r\n"];
    let sizes = ["*1000000000\r\n", "*9223372036854775807\r\n", "$9223372036854775806\r\n", "%9223372036854775807\r\n"];
    let odd = [
        "*3\r\n$1\r\na\r\n",
        "\u{0}\u{1}\u{2}",
        ">1\r\n+x\r\n",
        "|1\r\n+a\r\n+b\r\n+c\r\n",
        "=1\r\nx\r\n",
        "!3\r\nabc\r\n",
    ];
    for garbage in garbage.into_iter().chain(sizes).chain(odd).chain([deep.as_str()]) {
        let store = open(&proxy.url(), PREFIX, SHORT);
        recovery(&*store).await;
        proxy.set(Fault::Garbage(garbage.as_bytes().to_vec()));
        let (stamp, took) = ask(&*store, SHORT).await;
        let shown = garbage.chars().take(30).collect::<String>();
        let error = stamp.expect_err(&shown);
        assert!(took < SHORT + SLACK, "{shown:?}: {took:?}");
        assert!(!error.to_string().contains(&shown), "{error}");
        proxy.clear();
        recovery(&*store).await;
    }
}

#[tokio::test]
async fn a_server_that_is_no_redis_is_told() {
    let server = ScriptedServer::start(|_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec());
    let (stamp, _) = ask(&*open(&server.url(), PREFIX, SHORT), LONG).await;
    let error = stamp.expect_err("no Redis");
    assert_eq!(error.kind(), ErrorKind::Server);
    assert!(error.to_string().contains("check that REDIS_URL names a Redis server"), "{error}");
}

#[tokio::test]
async fn errors_in_place_of_answers_have_their_kinds() {
    for (code, kind) in [
        ("LOADING Redis is loading the dataset in memory", ErrorKind::Unavailable),
        ("MASTERDOWN Link with MASTER is down", ErrorKind::Unavailable),
        ("BUSY Redis is busy running a script", ErrorKind::Unavailable),
        ("MISCONF Redis is configured to save RDB snapshots", ErrorKind::Unavailable),
        ("ERR secret", ErrorKind::Server),
    ] {
        let server = ScriptedServer::start(move |command| match command[0].as_slice() {
            b"INFO" => b"$24\r\nredis_version:7.0.15\r\n\r\n\r\n".to_vec(),
            b"CLIENT" | b"SELECT" => b"+OK\r\n".to_vec(),
            _ => format!("-{code}\r\n").into_bytes(),
        });
        let (stamp, _) = ask(&*open(&server.url(), PREFIX, SHORT), LONG).await;
        let error = stamp.expect_err(code);
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
