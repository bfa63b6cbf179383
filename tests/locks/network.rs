//! What a holder learns when the network fails, on real servers: that it has lost the lock, while the server still keeps it.

use std::time::Duration;

use cache_core::port::Stopwatch;
use larder::{Cache, Redis};
use larder_test_support::{Fault, Kind, Proxy, Server};

use crate::support::within;

const TTL: Duration = Duration::from_millis(1_500);
const OWNER: &str = "locks:#k:global:_:a";

fn through(proxy: &Proxy) -> Cache {
    let builder = Cache::builder("locks").budget(Duration::from_millis(300));
    builder.redis(Redis::at(proxy.url())).build().unwrap()
}

fn direct(server: &Server) -> Cache {
    Cache::builder("locks").redis(Redis::at(server.url())).build().unwrap()
}

/// How long the server keeps the lock, in milliseconds; below zero: it does not.
fn left(server: &Server) -> i64 {
    server.command(&["PTTL", OWNER]).int()
}

/// The fault strikes right after a renewal, so that a whole ttl is left to the server.
async fn is_told_before_the_server_gives_it_away(kind: Kind, fault: Fault) {
    let server = Server::start(kind);
    let proxy = Proxy::in_front_of(server.port());
    let cache = through(&proxy);
    let guard = cache.lock("a").ttl(TTL).acquire().await.unwrap();
    let granted = Stopwatch::start();
    proxy.set(fault);
    within(guard.lost()).await;
    assert!(!guard.is_held());
    assert!(left(&server) > 0 || granted.elapsed() > TTL, "the server has given it away: {}", left(&server));
    let next = direct(&server).lock("a").wait(TTL * 3).acquire().await.unwrap();
    assert!(next.fencing_token() > guard.fencing_token());
    // What was held back arrives now, and takes nothing away from the next holder.
    proxy.clear();
    drop(guard);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(next.is_held() && left(&server) > 0);
    next.release().await.unwrap();
}

macro_rules! told_before {
    ($($name:ident: $fault:expr;)*) => {
        $(mod $name {
            use super::*;

            #[tokio::test]
            async fn redis() {
                is_told_before_the_server_gives_it_away(Kind::Redis, $fault).await;
            }

            #[tokio::test]
            async fn valkey() {
                is_told_before_the_server_gives_it_away(Kind::Valkey, $fault).await;
            }
        })*
    };
}

told_before! {
    a_holder_whose_network_swallows_everything_is_told_in_time: Fault::BlackHole;
    a_holder_whose_connection_is_refused_is_told_in_time: Fault::CutAfter(0);
}

/// The server has extended it and the answer is lost: only the holder knows of no extension.
async fn counts_no_extension_that_it_did_not_hear_of(kind: Kind) {
    let server = Server::start(kind);
    let proxy = Proxy::in_front_of(server.port());
    let cache = through(&proxy);
    let guard = cache.lock("a").ttl(TTL).acquire().await.unwrap();
    proxy.set(Fault::Hold);
    within(guard.lost()).await;
    // Extended at each third of the ttl by what the holder did not hear of.
    assert!(left(&server) > 0);
    proxy.clear();
    assert!(guard.extend(TTL).await.unwrap_err().is_not_held());
}

#[tokio::test]
async fn an_answer_that_is_late_extends_nothing_on_redis() {
    counts_no_extension_that_it_did_not_hear_of(Kind::Redis).await;
}

#[tokio::test]
async fn an_answer_that_is_late_extends_nothing_on_valkey() {
    counts_no_extension_that_it_did_not_hear_of(Kind::Valkey).await;
}

/// It comes back before the ttl ends.
#[tokio::test]
async fn a_network_that_fails_for_a_moment_loses_no_lock() {
    let server = Server::start(Kind::Redis);
    let proxy = Proxy::in_front_of(server.port());
    let cache = through(&proxy);
    let guard = cache.lock("a").ttl(TTL * 2).acquire().await.unwrap();
    for _ in 0..3 {
        proxy.cut();
        tokio::time::sleep(TTL / 2).await;
        assert!(guard.is_held());
    }
    proxy.set(Fault::BlackHole);
    tokio::time::sleep(TTL / 2).await;
    proxy.clear();
    tokio::time::sleep(TTL * 2).await;
    assert!(guard.is_held() && left(&server) > 0);
    guard.release().await.unwrap();
}

/// A server that begins again with nothing knows of no lock: the holder is told by its next renewal.
#[tokio::test]
async fn a_server_that_begins_again_with_nothing_has_lost_the_lock() {
    let server = Server::start(Kind::Redis);
    let cache = direct(&server);
    let guard = cache.lock("a").ttl(TTL * 2).acquire().await.unwrap();
    server.kill();
    server.restart();
    within(guard.lost()).await;
    let next = cache.lock("a").acquire().await.unwrap();
    assert!(next.fencing_token() > guard.fencing_token());
    assert!(guard.release().await.unwrap_err().is_not_held());
}
