//! However many are asked about, everything is sent before the first answer is needed.

use std::sync::Arc;
use std::time::Duration;

use cache_core::Error;
use cache_core::port::{Evict, Filled, Read, RemoteStore, Set, When};
use larder_test_support::{Fault, Kind, Proxy, Server};

use crate::bench::{LONG, PREFIX, TTL, entry, open};

fn keys() -> Vec<Box<[u8]>> {
    (0..1000).map(|number| format!("global:users:{number}").into_bytes().into()).collect()
}

/// How often the server was asked to run a script that it knows.
fn scripts_run(server: &Server) -> u64 {
    let stats = server.command(&["INFO", "commandstats"]).text();
    let line = stats.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
    line.map_or(0, |line| line.split(',').next().and_then(|calls| calls.parse().ok()).expect("a number"))
}

/// Holds every answer back until the server was asked so often: a second round trip would never begin.
async fn takes_one_round_trip<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    commands: u64,
    operation: impl Fn(Arc<dyn RemoteStore>) -> F,
) -> T {
    let server = Server::start(Kind::Redis);
    let proxy = Proxy::in_front_of(server.port());
    let store = open(&proxy.url(), PREFIX, LONG);
    // From then on the server knows the script.
    operation(Arc::clone(&store)).await;
    let before = scripts_run(&server);
    proxy.set(Fault::Hold);
    let running = tokio::spawn(operation(store));
    let arrived = async {
        while scripts_run(&server) < before + commands {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(LONG, arrived).await.expect("everything is sent without an answer");
    assert_eq!(scripts_run(&server), before + commands);
    proxy.clear();
    running.await.expect("it does not panic")
}

fn all<T>(answers: Vec<Result<T, Error>>) -> Vec<T> {
    answers.into_iter().map(|answer| answer.expect("the server is there")).collect()
}

#[tokio::test]
async fn an_invalidation_of_a_thousand_keys_takes_one() {
    let evict = |store: Arc<dyn RemoteStore>| async move {
        let keys = keys();
        let evict = Evict { keys: &keys, message: b"m", judges: true, ..Evict::default() };
        store.evict(evict, LONG).await.expect("the server is there")
    };
    let evicted = takes_one_round_trip(8, evict).await;
    assert_eq!((evicted.stamp.sequence, evicted.valid.len()), (16, 1000));
}

#[tokio::test]
async fn a_thousand_values_set_by_hand_take_one() {
    let set = |store: Arc<dyn RemoteStore>| async move {
        let (keys, entry) = (keys(), entry());
        let set = |key| {
            let at = Read { key, tokens: &[] };
            Set { at, entry: &entry, ttl: Some(TTL), when: When::Always, message: b"m" }
        };
        let sets: Vec<_> = keys.iter().map(|key| set(key)).collect();
        all(store.set_many(&sets, LONG).await)
    };
    let filled = takes_one_round_trip(1000, set).await;
    assert!(filled.iter().all(|filled| matches!(filled, Filled::Stored(_))) && filled.len() == 1000);
}

#[tokio::test]
async fn a_look_at_a_thousand_entries_takes_one() {
    let inspect = |store: Arc<dyn RemoteStore>| async move {
        let keys = keys();
        let keys: Vec<_> = keys.iter().map(|key| &**key).collect();
        all(store.inspect_many(&keys, LONG).await)
    };
    assert_eq!(takes_one_round_trip(8, inspect).await, vec![None; 1000]);
}
