//! A cache over encrypted connections, on Debian's Redis: the Valkey that the tests fetch is built without TLS.

use larder::{Redis, Tls};
use larder_test_support::{Authority, Kind, Server};

use crate::bench::{Items, builder, connections, eventually, within};

fn trusting(server: &Server, authority: &Authority) -> Redis {
    let tls = Tls::new().root_certificate(authority.root());
    Redis::at(format!("rediss://localhost:{}", server.tls_port())).tls(tls)
}

fn encrypted() -> (Authority, Server) {
    let authority = Authority::new();
    let server = Server::options(Kind::Redis).tls(&authority.issue(), None).start();
    (authority, server)
}

#[tokio::test]
async fn nodes_share_entries_and_hear_of_each_others_evictions() {
    let (authority, server) = encrypted();
    let (one, two) = (Items::at(trusting(&server, &authority)).await, Items::at(trusting(&server, &authority)).await);
    within(async {
        // Until memory follows.
        while two.cache.stats().hits == 0 {
            two.item(7).await;
        }
    })
    .await;
    assert_eq!(one.item(7).await, "item 7");
    assert_eq!((one.loads(), one.cache.stats().remote_hits), (0, 1));
    one.remove(7).await;
    let before = two.loads();
    within(async { while two.item(7).await.is_empty() || two.loads() == before {} }).await;
    let at = format!("laddr=127.0.0.1:{} ", server.tls_port());
    let list = connections(&server);
    assert!(list.len() >= 6 && list.iter().all(|line| line.contains(&at)), "{list:?}");
}

#[tokio::test]
async fn a_lock_is_waited_for() {
    let (authority, server) = encrypted();
    let (one, two) = (Items::at(trusting(&server, &authority)).await, Items::at(trusting(&server, &authority)).await);
    let held = one.cache.lock("invoices").acquire().await.expect("it is free");
    let lock = two.cache.lock("invoices");
    let waiting = tokio::spawn(async move { lock.acquire().await });
    // Three each, and one to hear of locks.
    eventually(|| connections(&server).len() == 7).await;
    held.release().await.expect("it is held");
    drop(within(waiting).await.expect("it runs").expect("it is free"));
}

#[tokio::test]
async fn a_cache_goes_on_without_a_server_that_is_not_trusted() {
    let (authority, other) = (Authority::new(), Authority::new());
    for certificate in [authority.issue_expired(), authority.issue_for("cache.example"), other.issue()] {
        let server = Server::options(Kind::Redis).tls(&certificate, None).start();
        let node = Items::new(builder(trusting(&server, &authority)).build().expect("it can be built"));
        let error = node.cache.ready().await.expect_err("it is not trusted");
        assert!(error.is_unavailable() && error.to_string().contains("certificate"), "{error}");
        assert_eq!(node.item(7).await, "item 7");
        assert_eq!(server.command(&["DBSIZE"]).int(), 0);
    }
}

#[tokio::test]
async fn a_connection_that_is_closed_is_made_anew() {
    let (authority, server) = encrypted();
    let node = Items::at(trusting(&server, &authority)).await;
    server.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]);
    server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]);
    within(async { while node.cache.ready().await.is_err() {} }).await;
    node.item(7).await;
    eventually(|| server.command(&["EXISTS", "shop:global:items:item:7"]).int() == 1).await;
}
