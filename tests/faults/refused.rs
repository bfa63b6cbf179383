//! A server that refuses us: a wrong password, too few permissions, a version or a format that we cannot use.

use std::sync::Arc;
use std::time::Duration;

use larder::{Cache, Redis, Trouble};
use larder_test_support::{Kind, OldServer, Server};

use crate::bench::{Bench, PASSWORD, cheap, eventually, fresh, on_every_server};
use crate::log;
use crate::node::Node;
use crate::support::within;
use crate::trouble::Expected;

const USER: &str = "s3cr3tuser";
/// As `Redis` documents it.
const PERMISSIONS: &str = "+mget +get +set +del +unlink +getrange +setrange +pttl +pexpire +persist +time +info +scan \
                           +eval +evalsha +publish +subscribe +select";

const DENIED: Expected<'static> =
    Expected { counter: "denied", beside: &[], says: "refuses the user or the password: check REDIS_URL" };
const NOT_PERMITTED: Expected<'static> =
    Expected { counter: "denied", beside: &[], says: "does not permit its user a command: grant it" };

/// A node with this in front of the server's address.
fn node_as(bench: &Bench, credentials: &str) -> Node {
    let port = bench.server.port();
    let redis = Redis::at(format!("redis://{credentials}@127.0.0.1:{port}"));
    Node::new(Cache::builder(&bench.name).budget(Duration::from_secs(10)).redis(redis), port)
}

/// Changes what the user may do.
fn permit(bench: &Bench, rules: &str) {
    let rules: Vec<_> = ["ACL", "SETUSER", USER].into_iter().chain(rules.split_whitespace()).collect();
    bench.told(&rules);
}

on_every_server! {
    async fn a_wrong_password_is_told_and_used_once_it_is_right(kind: Kind) {
        let bench = Bench::start(kind);
        let node = node_as(&bench, ":s3cr3twrong");
        DENIED.is_survived(&bench, &node).await;
        DENIED.is_told(&node).await;
        bench.told(&["ACL", "SETUSER", "default", ">s3cr3twrong"]);
        bench.recovers(&node).await;
    }

    async fn an_unknown_user_is_told_and_used_once_there_is_one(kind: Kind) {
        let bench = Bench::start(kind);
        let node = node_as(&bench, &format!("{USER}:{PASSWORD}"));
        DENIED.is_survived(&bench, &node).await;
        DENIED.is_told(&node).await;
        permit(&bench, &format!("on >{PASSWORD} ~* &* +@all"));
        bench.recovers(&node).await;
    }

    async fn a_missing_password_is_told(kind: Kind) {
        let bench = Bench::start(kind);
        let port = bench.server.port();
        let node = Node::new(Cache::builder(&bench.name).redis(Redis::at(format!("redis://127.0.0.1:{port}"))), port);
        DENIED.is_survived(&bench, &node).await;
        DENIED.is_told(&node).await;
        bench.told(&["ACL", "SETUSER", "default", "nopass"]);
        bench.recovers(&node).await;
    }

    async fn the_permissions_that_are_documented_suffice(kind: Kind) {
        let documented = include_str!("../../cache-redis/src/settings.rs");
        let documented: Vec<_> = documented.split(['`', ' ']).filter(|word| word.starts_with('+')).collect();
        for permission in PERMISSIONS.split(' ') {
            assert!(documented.contains(&permission), "{permission} is not documented");
        }
        let bench = Bench::start(kind);
        permit(&bench, &format!("on >{PASSWORD} -@all ~{0}:* resetchannels &{0}:* {PERMISSIONS}", bench.name));
        let node = node_as(&bench, &format!("{USER}:{PASSWORD}"));
        within(node.cache.ready()).await.expect("it is permitted all that is needed");
        node.loads_run().await;
        node.puts_run().await;
        node.evictions_run().await;
        within(node.cache.clear()).await.expect("it is permitted all that is needed");
        assert_eq!(node.cache.stats().trouble, Trouble::default());
        eventually("it hears of what is invalidated", || node.cache.stats().coherence.messages > 0).await;
        assert!(bench.is_used_by(&node).await);
    }

    async fn a_user_without_permissions_is_told_and_used_once_it_has_them(kind: Kind) {
        let bench = Bench::start(kind);
        permit(&bench, &format!("on >{PASSWORD} -@all"));
        let node = node_as(&bench, &format!("{USER}:{PASSWORD}"));
        NOT_PERMITTED.is_survived(&bench, &node).await;
        NOT_PERMITTED.is_told(&node).await;
        permit(&bench, "~* &* +@all");
        bench.recovers(&node).await;
    }

    /// Whatever a command that is taken away is used for, the rest goes on.
    async fn a_command_that_is_taken_away_is_told_and_used_once_it_is_back(kind: Kind) {
        let bench = Bench::start(kind);
        permit(&bench, &format!("on >{PASSWORD} ~* &* +@all"));
        let node = bench.warm(node_as(&bench, &format!("{USER}:{PASSWORD}"))).await;
        for command in ["mget", "evalsha", "get", "set", "getrange", "time", "unlink", "scan"] {
            let before = node.cache.stats().trouble;
            permit(&bench, &format!("-{command}"));
            // Of these only the fill needs the time.
            if command == "time" {
                node.unconfirmed_loads_run().await;
            } else {
                node.loads_run().await;
            }
            node.puts_run().await;
            node.evictions_run().await;
            NOT_PERMITTED.is_counted(&before, &node);
            permit(&bench, &format!("+{command}"));
            bench.recovers(&node).await;
        }
        NOT_PERMITTED.is_said(&bench, &node);
    }

    /// What is told to other nodes makes them quicker, and nothing depends on it.
    async fn a_user_who_may_not_publish_invalidates_all_the_same(kind: Kind) {
        let bench = Bench::start(kind);
        permit(&bench, &format!("on >{PASSWORD} ~* resetchannels +@all -publish"));
        let node = bench.warm(node_as(&bench, &format!("{USER}:{PASSWORD}"))).await;
        node.puts_run().await;
        node.evictions_run().await;
        within(node.cache.clear()).await.expect("it is delivered");
        assert_eq!(node.cache.stats().trouble, Trouble::default());
        assert_eq!(node.cache.stats().undelivered, 0);
    }

    async fn names_that_are_not_permitted_are_told(kind: Kind) {
        let bench = Bench::start(kind);
        permit(&bench, &format!("on >{PASSWORD} ~other:* &* +@all"));
        let node = node_as(&bench, &format!("{USER}:{PASSWORD}"));
        NOT_PERMITTED.is_survived(&bench, &node).await;
        NOT_PERMITTED.is_told(&node).await;
        permit(&bench, "~*");
        bench.recovers(&node).await;
    }

    async fn another_format_under_the_prefix_is_told_and_used_once_it_is_gone(kind: Kind) {
        let bench = Bench::start(kind);
        let meta = bench.full("#meta");
        bench.told(&["SET", &meta, "larder 2 shards 1"]);
        let node = bench.node();
        let expected = Expected {
            counter: "unsupported",
            beside: &[],
            says: "another version of Larder, with another format, uses this prefix on the server: take another prefix",
        };
        expected.is_survived(&bench, &node).await;
        expected.is_told(&node).await;
        bench.told(&["DEL", &meta]);
        bench.recovers(&node).await;
    }

    async fn a_format_that_is_no_text_is_told_and_used_once_it_is_gone(kind: Kind) {
        let bench = Bench::start(kind);
        let meta = bench.full("#meta");
        bench.told(&["LPUSH", &meta, "larder"]);
        let node = bench.node();
        let says = "holds something of another type under our names: remove it, or take another prefix";
        let expected = Expected { counter: "foreign", beside: &[], says };
        expected.is_survived(&bench, &node).await;
        expected.is_told(&node).await;
        bench.told(&["DEL", &meta]);
        bench.recovers(&node).await;
    }
}

async fn is_too_old(server: &OldServer, says: &str) {
    log::record();
    let name = fresh("cache");
    let node = Node::new(Cache::builder(&name).redis(Redis::at(server.url())), server.port());
    let bench = Bench { server: Arc::new(Server::start(Kind::Redis)), name };
    let expected = Expected { counter: "unsupported", beside: &[], says };
    expected.is_survived(&bench, &node).await;
    expected.is_told(&node).await;
    let error = cheap(node.cache.ready()).await.expect_err("it is too old");
    assert!(error.to_string().contains(says), "{error}");
}

#[tokio::test]
async fn a_redis_that_is_too_old_is_refused_by_name() {
    let server = OldServer::start("6.0.16", None);
    is_too_old(&server, "Redis 6.0.16 is too old: Larder needs Redis 7.0 or Valkey 7.2 or newer").await;
}

#[tokio::test]
async fn a_valkey_that_is_too_old_is_refused_by_name() {
    let server = OldServer::start("7.2.4", Some("7.1.9"));
    is_too_old(&server, "Valkey 7.1.9 is too old: Larder needs Redis 7.0 or Valkey 7.2 or newer").await;
}
