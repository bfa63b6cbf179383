//! However many values: everything is sent before the first answer is needed.

use std::time::Duration;

use larder::{Cache, Redis};
use larder_test_support::{Fault, Kind, Proxy, Server};

use crate::following::Following;
use crate::support::within;

const KEYS: std::ops::Range<u64> = 0..1_000;
/// Until everything has arrived on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many commands of ours the server has done, those of its scripts apart.
fn commands(server: &Server) -> u64 {
    let stats = server.command(&["INFO", "commandstats"]).text();
    let calls = |name: &str| {
        let line = stats.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{name}:calls=")));
        line.map_or(0, |line| line.split(',').next().and_then(|calls| calls.parse().ok()).expect("a number"))
    };
    calls("evalsha") + calls("mget")
}

/// Runs a call twice on a thousand values, the second time with every answer held back until the server has been asked
/// everything that it was asked the first time: a second round trip would never begin.
async fn takes_one_round_trip<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    kind: Kind,
    protocol: &str,
    call: impl Fn(Cache) -> F,
) -> T {
    let server = Server::start(kind);
    let proxy = Proxy::in_front_of(server.port());
    let url = format!("{}/?protocol={protocol}", proxy.url());
    let builder = Cache::builder("many").budget(PATIENCE).redis(Redis::at(url));
    let cache = builder.l1_ttl(Duration::ZERO).following();
    let mut needed = 0;
    for _ in 0..2 {
        fill(&cache).await;
        let before = commands(&server);
        call(cache.clone()).await;
        needed = commands(&server) - before;
    }
    fill(&cache).await;
    let before = commands(&server);
    proxy.set(Fault::Hold);
    let running = tokio::spawn(call(cache));
    within(async {
        while commands(&server) < before + needed {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
    proxy.clear();
    let answer = within(running).await.expect("it does not panic");
    assert_eq!(commands(&server), before + needed);
    answer
}

async fn fill(cache: &Cache) {
    let outcomes = cache.set_many(KEYS.map(|id| (id, id))).await.unwrap();
    assert!(outcomes.iter().all(Result::is_ok));
}

/// On both servers with both protocols.
macro_rules! takes_one_round_trip {
    ($(async fn $name:ident() { $call:expr, $check:expr })*) => {$(
        mod $name {
            use super::*;

            async fn behaviour(kind: Kind, protocol: &str) {
                let answer = takes_one_round_trip(kind, protocol, $call).await;
                assert!($check(answer));
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn redis2() {
                behaviour(Kind::Redis, "resp2").await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn redis3() {
                behaviour(Kind::Redis, "resp3").await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn valkey2() {
                behaviour(Kind::Valkey, "resp2").await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn valkey3() {
                behaviour(Kind::Valkey, "resp3").await;
            }
        }
    )*};
}

takes_one_round_trip! {
    async fn a_thousand_values_are_set_in_one() {
        |cache: Cache| async move { cache.set_many(KEYS.map(|id| (id, id + 1))).await.unwrap() },
        |outcomes: Vec<Result<(), _>>| outcomes.len() == 1_000 && outcomes.iter().all(Result::is_ok)
    }

    async fn a_thousand_values_are_found_in_one() {
        |cache: Cache| async move { cache.get_many::<u64>(KEYS).await.unwrap() },
        |values: Vec<Result<Option<u64>, _>>| KEYS.zip(values).all(|(id, value)| value.unwrap() == Some(id))
    }

    async fn a_thousand_values_are_removed_in_one() {
        |cache: Cache| async move { cache.remove_many(KEYS).await.unwrap() },
        |removed: Vec<bool>| removed == [true; 1_000]
    }

    async fn a_thousand_values_are_counted_in_one() {
        |cache: Cache| async move { cache.contains_many(KEYS).await.unwrap() },
        |count: usize| count == 1_000
    }
}
