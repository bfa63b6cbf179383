//! A cache that may hold few connections.

use larder::Redis;
use larder_test_support::Kind;

use crate::bench::{Items, all_connections, connections, on_every_server, start, within};

on_every_server! { a_lock_is_waited_for_without_a_connection_of_its_own }

async fn a_lock_is_waited_for_without_a_connection_of_its_own(kind: Kind) {
    let server = start(kind);
    let few = Items::at(Redis::at(server.url()).max_connections(3)).await;
    assert_eq!(all_connections(&server).await, 3);
    let held = few.cache.lock("invoices").acquire().await.expect("it is free");
    let lock = few.cache.lock("invoices");
    let waiting = tokio::spawn(async move { lock.acquire().await });
    for _ in 0..20 {
        assert_eq!(connections(&server).len(), 3);
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    held.release().await.expect("it is held");
    drop(within(waiting).await.expect("it runs").expect("it is free"));
    assert_eq!(connections(&server).len(), 3);
}
