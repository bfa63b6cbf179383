//! What is settled before a connection is used: passwords, versions, formats, roles.

use std::time::Duration;

use cache_core::port::{
    Done, Expire, Filled, Follow, Moved, Read, Release, Rename, Renamed, Sealed, SecondLevel, Set, Setup, Stopwatch,
    Take, Taken, Until, When,
};
use cache_core::{Clock, Error, ErrorKind};
use cache_redis::Redis;
use larder_test_support::{Kind, OldServer, Server};

use crate::bench::{Bench, LONG, PREFIX, SLACK, ask, open, until};

/// The first call's error, which waits for the first attempt to connect.
async fn refusal(url: &str) -> Error {
    open(url, PREFIX, LONG).stamp(LONG).await.expect_err("refused")
}

#[tokio::test]
async fn a_wrong_password_is_told_without_it() {
    let server = Server::options(Kind::Redis).password("right").start();
    for url in [format!("redis://:wrong@127.0.0.1:{}", server.port()), format!("redis://127.0.0.1:{}", server.port())] {
        let error = refusal(&url).await;
        assert_eq!(error.kind(), ErrorKind::Denied);
        let expected =
            format!("Redis at 127.0.0.1:{} refuses the user or the password: check REDIS_URL", server.port());
        assert_eq!(error.to_string(), expected);
    }
    open(&server.url(), PREFIX, LONG).stamp(LONG).await.expect("the right password");
}

#[tokio::test]
async fn a_wrong_password_is_no_storm() {
    let server = Server::options(Kind::Redis).password("right").start();
    let store = open(&format!("redis://:wrong@127.0.0.1:{}", server.port()), PREFIX, LONG);
    store.stamp(LONG).await.expect_err("refused");
    for _ in 0..50 {
        let (stamp, took) = ask(&*store, LONG).await;
        assert_eq!(stamp.expect_err("refused").kind(), ErrorKind::Denied);
        assert!(took < SLACK, "{took:?}");
    }
    let attempts = server.command(&["INFO", "stats"]).text();
    let count = attempts.lines().find_map(|line| line.strip_prefix("total_connections_received:"));
    let count: u64 = count.expect("a count").trim().parse().expect("a number");
    assert!(count < 10, "{count} connections");
}

#[tokio::test]
async fn a_user_with_the_documented_permissions_is_enough() {
    let bench = Bench::start(Kind::Redis);
    let permitted = "+mget +get +set +del +unlink +getrange +setrange +pttl +pexpire +persist +time +info +scan +eval \
                     +evalsha +publish +subscribe +select";
    let mut command =
        vec!["ACL", "SETUSER", "app", "on", ">secret", "resetkeys", "~shop:*", "resetchannels", "&shop:*"];
    command.extend(["-@all"]);
    command.extend(permitted.split_whitespace());
    bench.server.command(&command);
    let url = format!("redis://app:secret@127.0.0.1:{}/2", bench.server.port());
    let bench = Bench { store: open(&url, PREFIX, LONG), server: bench.server };
    let tokens = crate::bench::names(["global:#users"]);
    let lease = bench.lease(&tokens).await;
    bench.fill(&lease, &tokens).await;
    bench.set(None).await.expect("permitted");
    bench.store.scan(b"", 0, LONG).await.expect("permitted");
    bench.evict_another().await;
    bench.store.release_many(&[Release { key: crate::bench::KEY, id: &lease.id }], LONG).await.expect("permitted");
    bench.read(&tokens).await;
    by_hand(&bench).await;
    bench.server.command(&["ACL", "SETUSER", "app", "-unlink"]);
    let evict = cache_core::port::Evict { tokens: &tokens, message: b"", ..Default::default() };
    let error = bench.store.evict(evict, LONG).await.expect_err("not permitted");
    assert_eq!(error.kind(), ErrorKind::Denied, "{error}");
    bench.server.command(&["ACL", "SETUSER", "app", "-evalsha"]);
    assert_eq!(bench.store.stamp(LONG).await.expect_err("not permitted").kind(), ErrorKind::Denied);
}

/// The operations that judge an entry, on one that is valid, and one that changes the history.
async fn by_hand(bench: &Bench) {
    let key = "global:users:7";
    let tokens = crate::bench::names(["global:#", "global:#users", "*:#users"]);
    let mut body = [0; 26].to_vec();
    body.extend([&[0, 0, 0, 14], key.as_bytes()].concat());
    let entry = &Sealed { mark: *b"L1\x81", body, idle: Some(LONG) };
    let at = Read { key: key.as_bytes(), tokens: &tokens };
    let set = Set { at, entry, ttl: Some(LONG), when: When::Absent, message: b"" };
    assert!(matches!(bench.store.set(set, LONG).await, Ok(Filled::Stored(_))));
    assert_eq!(bench.store.set(set, LONG).await.expect("permitted"), Filled::Present);
    let expire = async |to| bench.store.expire(Expire { key: at.key, to, message: b"" }, LONG).await;
    assert_eq!(expire(Until::Never).await.expect("permitted"), Moved::Later);
    assert!(matches!(expire(Until::In(LONG / 2)).await, Ok(Moved::Earlier(_))));
    let seen = bench.read(&[]).await.entry.expect("it is there");
    let rename = Rename { from: at.key, to: at, seen: &seen[..67], entry, message: b"" };
    assert!(matches!(bench.store.rename(rename, LONG).await, Ok(Renamed::Done(_))));
    let take = Take { key: at.key, fingerprint: [0; 16], message: b"" };
    assert!(matches!(bench.store.take(take, LONG).await, Ok(Taken::Entry(..))));
    bench.store.inspect_many(&[at.key], LONG).await.remove(0).expect("permitted");
    bench.store.renew(b"", LONG).await.expect("permitted");
}

#[tokio::test]
async fn old_servers_are_refused_by_name() {
    let cure = "is too old: Larder needs Redis 7.0 or Valkey 7.2 or newer";
    for (redis, valkey, name) in [("6.0.16", None, "Redis 6.0.16"), ("7.2.4", Some("7.1.0"), "Valkey 7.1.0")] {
        let server = OldServer::start(redis, valkey);
        let error = refusal(&server.url()).await;
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Unsupported, format!("{name} {cure}")));
    }
}

#[tokio::test]
async fn a_prefix_of_another_format_is_refused_until_it_is_mended() {
    let server = Server::start(Kind::Redis);
    for foreign in [&["SET", "shop:#meta", "larder 2 shards 1"], &["LPUSH", "shop:#meta", "x"]] {
        server.command(foreign);
        let store = open(&server.url(), PREFIX, LONG);
        let error = store.stamp(LONG).await.expect_err("refused");
        assert!(matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::Foreign), "{error}");
        server.command(&["DEL", "shop:#meta"]);
        until(&*store, LONG, Result::is_ok).await;
        assert_eq!(server.command(&["GET", "shop:#meta"]).text(), "larder 1 shards 1");
        server.command(&["DEL", "shop:#meta"]);
    }
}

#[tokio::test]
async fn a_replica_is_given_up_and_its_promotion_noticed() {
    let bench = Bench::start(Kind::Redis);
    bench.store.stamp(LONG).await.expect("a primary");
    let primary = Server::start(Kind::Redis);
    bench.server.command(&["REPLICAOF", "127.0.0.1", &primary.port().to_string()]);
    let away = |stamp: &Result<_, Error>| stamp.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unavailable);
    until(&*bench.store, LONG, away).await;
    let evict = cache_core::port::Evict { message: b"", ..Default::default() };
    assert_eq!(bench.store.evict(evict, LONG).await.expect_err("a replica").kind(), ErrorKind::Unavailable);
    bench.server.command(&["REPLICAOF", "NO", "ONE"]);
    until(&*bench.store, LONG, Result::is_ok).await;
}

/// That gives the history of the server another name, and loses nothing.
#[tokio::test]
async fn a_first_replica_is_no_reason_to_believe_that_events_were_lost() {
    let bench = Bench::start(Kind::Redis);
    let follow = async || {
        let follow = Follow { topic: b"topic", count: 8, idle: LONG };
        bench.store.follow(follow, LONG).await.expect("the server is there")
    };
    let first = follow().await;
    assert!(first.gap.is_some(), "it follows for the first time");
    let done = Done { topic: b"topic", ids: &[], gap: first.gap.as_deref() };
    bench.store.done(done, LONG).await.expect("the server is there");
    let history = || {
        let info = bench.server.command(&["INFO", "replication"]).text();
        info.lines().find(|line| line.starts_with("master_replid:")).expect("it has one").to_owned()
    };
    let before = history();
    let replica = Server::start(Kind::Redis);
    replica.command(&["REPLICAOF", "127.0.0.1", &bench.server.port().to_string()]);
    let began = Stopwatch::start();
    while history() == before {
        assert!(began.elapsed() < LONG, "the replica does not come");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(follow().await.gap, None);
    // One that takes another's place has what that had, which may be less.
    bench.server.command(&["REPLICAOF", "127.0.0.1", "1"]);
    bench.server.command(&["REPLICAOF", "NO", "ONE"]);
    until(&*bench.store, LONG, Result::is_ok).await;
    assert!(follow().await.gap.is_some());
}

#[tokio::test]
async fn databases_have_channels_of_their_own() {
    let bench = Bench::start(Kind::Redis);
    let mut listener = bench.server.client().expect("the server is there");
    listener.command(&["PSUBSCRIBE", "*"]).expect("subscribed");
    let channel = |listener: &mut larder_test_support::Client| {
        let message = listener.receive().expect("a message");
        message.array()[2].text()
    };
    bench.evict_another().await;
    assert_eq!(channel(&mut listener), "shop:#inv:0");
    let url = format!("{}/5", bench.server.url());
    let bench = Bench { store: open(&url, PREFIX, LONG), server: bench.server };
    bench.evict_another().await;
    assert_eq!(channel(&mut listener), "shop:#inv:5");
    assert_eq!(bench.server.command(&["DBSIZE"]).int(), 2);
}

#[tokio::test]
async fn a_unix_socket_is_reached() {
    let server = Server::options(Kind::Redis).unix_socket().start();
    let socket = server.unix_socket().expect("it was asked for");
    let store = open(&format!("unix://{}?db=1", socket.display()), PREFIX, LONG);
    store.stamp(LONG).await.expect("the server is there");
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_told_at_once() {
    let setup = |prefix: &str| Setup::new(prefix, LONG, Clock::system());
    for (url, prefix) in
        [("redis://:secret@host:x", "shop"), ("redis://host#insecure", "shop"), ("redis://host", "{shop}")]
    {
        let error = Redis::at(url).open(&setup(prefix)).expect_err(url);
        assert!(error.is_config() && !error.to_string().contains("secret"), "{error}");
    }
    let store = Redis::at("redis://:secret@localhost:1").open(&setup("shop:")).expect("it can be used");
    assert!(!format!("{store:?}").contains("secret"));
}
