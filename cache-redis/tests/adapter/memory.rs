//! A full server: what would need memory is refused in whole, and invalidations get through.

use cache_core::ErrorKind;
use cache_core::port::{Evict, Kind, Release};
use larder_test_support::{Kind as Server, Value};

use crate::bench::{Bench, KEY, LONG, names, open};
use crate::each_kind;

each_kind! {
    a_full_server_stores_nothing_and_invalidates
    a_full_server_is_connected_to
}

async fn a_full_server_stores_nothing_and_invalidates(bench: &Bench) {
    let tokens = names(["global:#users"]);
    let lease = bench.lease(&tokens).await;
    bench.fill(&lease, &tokens).await;
    let seen = bench.read(&[]).await.entry.expect("it was stored");
    let lease = bench.acquire(Kind::Load, &tokens, &seen[..67]).await;
    let cache_core::port::Acquired::Granted(lease) = lease else { panic!("{lease:?}") };
    fill_up(bench);
    let full = |error: cache_core::Error| assert_eq!(error.kind(), ErrorKind::Full, "{error}");
    full(bench.try_fill(&lease, &tokens, None).await.expect_err("full"));
    full(bench.try_fill(&lease, &tokens, Some(b"m")).await.expect_err("full"));
    full(bench.try_acquire(Kind::Write, &tokens, b"").await.expect_err("full"));
    full(bench.set(None).await.expect_err("full"));
    // Nothing was done by halves.
    let read = bench.read(&tokens).await;
    assert_eq!(read.entry, Some(seen));
    assert!(bench.exists("shop:#l:global:users:7"));
    let keys = names(["global:users:7"]);
    let evicted =
        bench.evict(Evict { keys: &keys, tokens: &tokens, barriers: &tokens, message: b"m", judges: true }).await;
    assert_eq!((evicted.removed, evicted.stamp.sequence), (1, 1));
    bench.store.inspect_many(&[KEY], LONG).await.remove(0).expect("looking needs no memory");
    bench.store.release_many(&[Release { key: KEY, id: &lease.id }], LONG).await.expect("giving back needs no memory");
    bench.store.stamp(LONG).await.expect("asking needs no memory");
}

async fn a_full_server_is_connected_to(bench: &Bench) {
    fill_up(bench);
    let store = open(&bench.server.url(), "other", LONG);
    let evict = Evict { keys: &names(["global:users:7"]), message: b"m", ..Evict::default() };
    store.evict(evict, LONG).await.expect("it needs next to no memory");
}

fn fill_up(bench: &Bench) {
    bench.server.command(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    bench.server.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let refused = bench.server.command(&["SET", "more", "x"]);
    assert!(matches!(refused, Value::Error(ref error) if error.contains("OOM")), "{refused:?}");
}

#[tokio::test]
async fn a_server_that_evicts_at_random_is_used() {
    let server = larder_test_support::Server::options(Server::Redis).max_memory("100mb", "allkeys-random").start();
    Bench::on(server).lease(&[]).await;
}
