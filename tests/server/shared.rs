//! A client and a connection handed in, and one handed out.

use std::time::Duration;

use larder::redis_client::aio::MultiplexedConnection;
use larder::redis_client::{Client, cmd};
use larder::{Cache, Redis};
use larder_test_support::{Kind, Server};

use crate::bench::{Items, all_connections, builder, connections, eventually, on_every_server, start, within};

on_every_server! {
    a_client_is_connected_by
    a_connection_of_the_application_carries_the_calls_while_it_lives
    the_connection_is_handed_out_while_it_lives
    a_command_on_the_handed_out_connection_is_bounded_in_time
}

fn client(server: &Server, database: u8) -> Client {
    Client::open(format!("{}/{database}", server.url())).expect("a URL")
}

async fn connect(client: &Client) -> MultiplexedConnection {
    client.get_multiplexed_async_connection().await.expect("the server is there")
}

/// The server's own number of a connection.
async fn id(connection: &mut MultiplexedConnection) -> u64 {
    cmd("CLIENT").arg("ID").query_async(connection).await.expect("it is answered")
}

fn is_connected(server: &Server, id: u64) -> bool {
    connections(server).iter().any(|line| line.starts_with(&format!("id={id} ")))
}

async fn a_client_is_connected_by(kind: Kind) {
    let server = start(kind);
    let (one, two) =
        (Items::at(Redis::from_client(client(&server, 3))).await, Items::at(Redis::at(client_url(&server))).await);
    one.item(7).await;
    two.item(7).await;
    assert_eq!((two.loads(), two.cache.stats().remote_hits), (0, 1));
}

fn client_url(server: &Server) -> String {
    format!("{}/3", server.url())
}

async fn a_connection_of_the_application_carries_the_calls_while_it_lives(kind: Kind) {
    let server = start(kind);
    let client = client(&server, 3);
    let mut own = connect(&client).await;
    let before = id(&mut own).await;
    let node = Items::at(Redis::from_connection(client, own.clone())).await;
    node.item(7).await;
    // The application's, one to ask where the history stands, and one to hear.
    assert_eq!(all_connections(&server).await, 3);
    assert!(is_connected(&server, before));
    // It is as it was.
    let database: String = cmd("CLIENT").arg("INFO").query_async(&mut own).await.expect("it is answered");
    assert!(database.contains(" db=3 ") && database.contains(" sub=0 "), "{database}");

    server.command(&["CLIENT", "KILL", "ID", &before.to_string()]);
    within(async { while node.cache.ready().await.is_err() {} }).await;
    node.remove(7).await;
    eventually(|| connections(&server).len() == 3).await;
    assert!(!is_connected(&server, before));
    node.item(7).await;
    eventually(|| server.command(&["INFO", "keyspace"]).text().contains("db3:")).await;
}

#[tokio::test]
async fn a_connection_to_another_database_than_the_clients_is_refused() {
    let server = start(Kind::Redis);
    let own = connect(&client(&server, 4)).await;
    let error = builder(Redis::from_connection(client(&server, 3), own)).build().expect_err("another database");
    assert!(error.is_config() && error.to_string().contains("another database"), "{error}");
    let own = connect(&client(&server, 3)).await;
    let moved = Redis::from_connection(client(&server, 3), own).database(4);
    assert!(builder(moved).build().expect_err("another database").is_config());
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn a_connection_that_is_not_encrypted_is_not_taken_for_one_that_is() {
    let server = start(Kind::Redis);
    let client = client(&server, 0);
    let own = connect(&client).await;
    let encrypted = Redis::from_connection(client, own).tls(larder::Tls::new());
    let error = builder(encrypted).build().expect_err("it is plain");
    assert!(error.is_config() && error.to_string().contains("handed in"), "{error}");
}

#[tokio::test]
async fn a_cache_that_was_left_holds_no_connection_of_the_application() {
    let server = start(Kind::Redis);
    let client = client(&server, 0);
    let mut own = connect(&client).await;
    let number = id(&mut own).await;
    let node = Items::at(Redis::from_connection(client, own)).await;
    let redis = Redis::of(&node.cache).expect("it has a server");
    assert!(is_connected(&server, number));
    node.cache.shutdown().await.expect("nothing waits");
    eventually(|| !is_connected(&server, number)).await;
    drop((node, redis));
}

async fn the_connection_is_handed_out_while_it_lives(kind: Kind) {
    let server = start(kind);
    let node = Items::at(Redis::at(server.url())).await;
    assert_eq!(all_connections(&server).await, 3);
    let redis = Redis::of(&node.cache).expect("it was built with one");
    let mut lent = redis.connection().await.expect("there is one");
    let before = id(&mut lent).await;
    () = cmd("RPUSH").arg("jobs").arg(1).query_async(&mut lent).await.expect("it is answered");
    assert_eq!(connections(&server).len(), 3);

    server.command(&["CLIENT", "KILL", "ID", &before.to_string()]);
    within(async { while node.cache.ready().await.is_err() {} }).await;
    let mut again = redis.connection().await.expect("there is another");
    assert_ne!(id(&mut again).await, before);
    let length: u64 = cmd("LLEN").arg("jobs").query_async(&mut again).await.expect("it is answered");
    assert_eq!(length, 1);

    node.cache.shutdown().await.expect("nothing waits");
    let error = redis.connection().await.expect_err("it was left");
    assert!(error.is_unavailable(), "{error}");
}

async fn a_command_on_the_handed_out_connection_is_bounded_in_time(kind: Kind) {
    let server = start(kind);
    let cache = Cache::builder("shop").redis(Redis::at(server.url())).budget(Duration::from_millis(100));
    let cache = cache.build().expect("it can be built");
    within(async { while cache.ready().await.is_err() {} }).await;
    let mut lent = Redis::of(&cache).expect("it has a server").connection().await.expect("there is one");
    server.stop();
    let answer: Result<u64, _> = within(cmd("LLEN").arg("jobs").query_async(&mut lent)).await;
    assert!(answer.expect_err("it hangs").is_timeout());
}

#[tokio::test]
async fn a_server_that_no_cache_has_opened_hands_out_nothing() {
    assert!(Redis::of(&Cache::in_process()).is_none());
    let error = Redis::at("redis://localhost").connection().await.expect_err("nobody has opened it");
    assert!(error.is_config(), "{error}");
}

#[cfg(feature = "testing")]
#[test]
fn a_fake_server_is_none() {
    let cache = Cache::builder("shop").redis(larder::testing::FakeRedis::new()).build().expect("it can be built");
    assert!(Redis::of(&cache).is_none());
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn a_clients_certificates_are_used() {
    use larder::redis_client::TlsCertificates;
    use larder_test_support::Authority;

    let authority = Authority::new();
    let server = Server::options(Kind::Redis).tls(&authority.issue(), None).start();
    let trust = TlsCertificates { client_tls: None, root_cert: Some(authority.root().into_bytes()) };
    let client = Client::build_with_tls(format!("rediss://localhost:{}", server.tls_port()), trust).expect("a client");
    Items::at(Redis::from_client(client)).await.item(7).await;
    assert_eq!(server.command(&["EXISTS", "shop:global:items:item:7"]).int(), 1);
}
