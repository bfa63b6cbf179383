//! Encrypted connections: whom they trust, and that nothing is said to anybody else.
//!
//! On Debian's Redis: the Valkey that the tests fetch is built without TLS, and says so when it is given a `tls-port`.

use std::time::Duration;

use cache_core::port::{SecondLevel, Setup};
use cache_core::{Clock, Error, ErrorKind};
use cache_redis::{Redis, Tls};
use larder_test_support::{Authority, Certificate, Kind, Server};

use crate::bench::{LONG, PREFIX, SHORT, until};

fn server(certificate: &Certificate) -> Server {
    Server::options(Kind::Redis).tls(certificate, None).start()
}

fn redis(server: &Server) -> Redis {
    Redis::at(format!("rediss://localhost:{}", server.tls_port()))
}

fn trusting(server: &Server, authority: &Authority) -> Redis {
    redis(server).tls(Tls::new().root_certificate(authority.root()))
}

/// Why a call finds no connection.
async fn refusal(redis: Redis) -> Error {
    let store = redis.open(&Setup::new(PREFIX, LONG, Clock::system())).expect("it can be used").expect("a store");
    store.stamp(LONG).await.expect_err("refused")
}

/// Why a call finds no connection, once the attempts have come to this.
async fn becomes(redis: Redis, kind: ErrorKind) -> Error {
    let store = redis.open(&Setup::new(PREFIX, LONG, Clock::system())).expect("it can be used").expect("a store");
    until(&*store, LONG, |stamp| stamp.as_ref().is_err_and(|error| error.kind() == kind)).await;
    store.stamp(LONG).await.expect_err("refused")
}

#[tokio::test]
async fn every_connection_is_encrypted() {
    let authority = Authority::new();
    let server = server(&authority.issue());
    for redis in [
        trusting(&server, &authority),
        Redis::at(format!("valkeys://127.0.0.1:{}", server.tls_port()))
            .tls(Tls::new().root_certificate(authority.root())),
        // Whatever the scheme says.
        Redis::at(format!("redis://localhost:{}", server.tls_port()))
            .tls(Tls::new().root_certificate(authority.root())),
        Redis::at_host("localhost", server.tls_port()).tls(Tls::new().root_certificate(authority.root())),
    ] {
        assert!(redis.probe(LONG).await.expect("it is there").to_string().starts_with("Redis 7"));
        let store = redis.open(&Setup::new(PREFIX, LONG, Clock::system())).expect("it can be used").expect("a store");
        store.stamp(LONG).await.expect("calls");
        store.poll(LONG).await.expect("the poll");
        let heard = [store.subscribe(LONG).await, store.freed(LONG).await, store.told(b"t", LONG).await];
        assert!(heard.iter().all(Result::is_ok));
        let list = server.command(&["CLIENT", "LIST"]).text();
        let encrypted = list.matches(&format!("laddr=127.0.0.1:{} ", server.tls_port())).count();
        assert_eq!((encrypted, list.lines().count()), (5, 6), "{list}");
        store.close().await;
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_to_be_trusted_is_refused_by_what_is_wrong_with_it() {
    let authority = Authority::new();
    let cases = [
        (authority.issue_expired(), authority.root(), "has a certificate that has expired: renew it"),
        (authority.issue_for("cache.example"), authority.root(), "has a certificate for another host"),
        (authority.issue(), Authority::new().root(), "has a certificate of an issuer that is not trusted here"),
    ];
    for (certificate, root, expected) in cases {
        let server = server(&certificate);
        let error = refusal(redis(&server).tls(Tls::new().root_certificate(root))).await;
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        let expected = format!("Redis at localhost:{} {expected}", server.tls_port());
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
    // The system trusts no authority of a test.
    let server = server(&authority.issue());
    let error = refusal(redis(&server)).await;
    assert!(error.to_string().contains("is not trusted here"), "{error}");
}

#[tokio::test]
async fn a_server_may_want_a_certificate_of_ours() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let server = Server::options(Kind::Redis).tls(&authority.issue(), Some(&clients.root())).start();
    let with = |identity: &Certificate| {
        let tls = Tls::new().root_certificate(authority.root());
        redis(&server).tls(tls.client_certificate(&identity.certificate, &identity.key))
    };
    let store = with(&clients.issue()).open(&Setup::new(PREFIX, LONG, Clock::system()));
    store.expect("it can be used").expect("a store").stamp(LONG).await.expect("a certificate that it trusts");
    for redis in [trusting(&server, &authority), with(&Authority::new().issue()), with(&clients.issue_expired())] {
        // The server's last word may be lost with the connection, now and then.
        let error = becomes(redis, ErrorKind::Denied).await;
        assert!(error.to_string().contains("certificate"), "{error}");
    }
}

#[tokio::test]
async fn a_server_without_encryption_is_not_spoken_to_in_plain_text() {
    let server = Server::start(Kind::Redis);
    let redis = Redis::at(format!("rediss://localhost:{}", server.port())).connect_timeout(SHORT);
    for _ in 0..3 {
        let error = refusal(redis.clone()).await;
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(error.to_string().contains("TLS"), "{error}");
    }
    assert_eq!(server.command(&["DBSIZE"]).int(), 0);
}

#[tokio::test]
async fn plain_text_to_an_encrypted_port_is_an_error() {
    let server = server(&Authority::new().issue());
    let error = refusal(Redis::at(format!("redis://localhost:{}", server.tls_port()))).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
}

#[test]
fn what_cannot_be_used_is_told_when_a_cache_opens_it() {
    let (one, other) = (Authority::new().issue(), Authority::new().issue());
    let host = || Redis::at("rediss://:secret@localhost");
    let none = "no certificate, but s3cr3t";
    let cases = [
        (host().tls(Tls::new().root_certificate(none)), "a `Tls::root_certificate` cannot be read"),
        (host().tls(Tls::new().client_certificate(none, &one.key)), "a `Tls::client_certificate` cannot be read"),
        (
            host().tls(Tls::new().client_certificate(&one.certificate, none)),
            "a `Tls::client_certificate` cannot be read",
        ),
        (host().tls(Tls::new().client_certificate(&one.certificate, &other.key)), "do not belong together"),
        (Redis::at("unix:///run/redis.sock").tls(Tls::new()), "a Unix socket cannot be encrypted"),
        (Redis::at("rediss://localhost#insecure"), "is refused"),
        (Redis::at_host("not/a host", 6379).tls(Tls::new()), "cannot be read"),
    ];
    for (redis, expected) in cases {
        let error = redis.clone().open(&Setup::new(PREFIX, LONG, Clock::system())).expect_err(expected);
        assert!(error.is_config() && error.to_string().contains(expected), "{error}");
        let shown = format!("{redis:?} {error}");
        assert!(!shown.contains("s3cr3t") && !shown.contains("secret") && !shown.contains("PRIVATE"), "{shown}");
    }
}

#[tokio::test]
async fn a_broken_connection_is_made_anew() {
    let authority = Authority::new();
    let server = server(&authority.issue());
    let store = trusting(&server, &authority).open(&Setup::new(PREFIX, LONG, Clock::system()));
    let store = store.expect("it can be used").expect("a store");
    store.stamp(LONG).await.expect("the server is there");
    server.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    until(&*store, Duration::from_secs(5), Result::is_ok).await;
    server.restart();
    until(&*store, Duration::from_secs(5), Result::is_ok).await;
}
