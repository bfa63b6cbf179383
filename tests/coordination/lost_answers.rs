//! What becomes of a step whose answer is lost, or which does not arrive: it is an error, and counted once at most.

use std::time::Duration;

use cache_core::testing::{FakeRedis, Moment, Op};
use larder::{Cache, Counter, Error, ErrorKind, RateLimit, Redis};
use larder_test_support::{Fault, Kind, Proxy, Server, Value};

use crate::support::within;

/// A node behind a network that fails, and the server.
struct Bench {
    server: Server,
    proxy: Proxy,
    cache: Cache,
    counter: Counter,
}

impl Bench {
    /// With a counter that stands at 1, so that the node is connected and its script is on the server.
    async fn start(kind: Kind) -> Self {
        let server = Server::start(kind);
        let proxy = Proxy::in_front_of(server.port());
        let cache = Cache::builder("lost").redis(Redis::at(proxy.url())).build().unwrap();
        let counter = cache.counter("a");
        let bench = Self { server, proxy, cache, counter };
        bench.recovers().await;
        bench.counter.set(1).await.unwrap();
        bench.counter.set(1).await.unwrap();
        bench
    }

    /// What the server has.
    fn number(&self) -> i64 {
        match self.server.command(&["GET", "lost:#n:global:_:a"]) {
            Value::Bytes(text) => String::from_utf8(text).unwrap().parse().unwrap(),
            other => panic!("no counter: {other:?}"),
        }
    }

    /// Waits until the server has counted so far.
    async fn counts(&self, number: i64) {
        within(async {
            while self.number() != number {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }

    /// Nothing is wrong any more: waits until the node uses its server again.
    async fn recovers(&self) {
        self.proxy.clear();
        within(async {
            while self.cache.counter("other").get().await.is_err() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    }
}

fn is_about_the_way(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout)
}

macro_rules! on_both_servers {
    ($($(#[$doc:meta])* async fn $name:ident($kind:ident: Kind) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn behaviour($kind: Kind) $body

            #[tokio::test]
            async fn redis() {
                behaviour(Kind::Redis).await;
            }

            #[tokio::test]
            async fn valkey() {
                behaviour(Kind::Valkey).await;
            }
        }
    )*};
}

on_both_servers! {
    async fn a_step_whose_answer_is_lost_is_an_error_and_counted_once(kind: Kind) {
        let bench = Bench::start(kind).await;
        bench.proxy.set(Fault::SwallowReplies);
        assert!(is_about_the_way(&within(bench.counter.increment()).await.unwrap_err()));
        bench.counts(2).await;
        bench.recovers().await;
        assert_eq!(bench.counter.increment().await.unwrap(), 3);
    }

    /// Whatever is sent once more arrives: nothing is lost on this way, but all answers are late.
    async fn a_step_whose_answer_is_late_is_an_error_and_counted_once(kind: Kind) {
        let bench = Bench::start(kind).await;
        bench.proxy.set(Fault::Hold);
        assert!(within(bench.counter.increment()).await.unwrap_err().is_timeout());
        assert_eq!(bench.number(), 2);
        bench.recovers().await;
        assert_eq!(bench.counter.increment().await.unwrap(), 3);
    }

    async fn a_step_whose_connection_is_cut_before_the_answer_is_an_error_and_counted_once(kind: Kind) {
        let bench = Bench::start(kind).await;
        bench.proxy.set(Fault::Hold);
        let counter = bench.counter.clone();
        let step = tokio::spawn(async move { counter.increment().await });
        bench.counts(2).await;
        bench.proxy.cut();
        assert!(is_about_the_way(&within(step).await.unwrap().unwrap_err()));
        bench.recovers().await;
        assert_eq!(bench.counter.increment().await.unwrap(), 3);
    }

    async fn a_step_that_does_not_arrive_is_an_error_and_not_counted(kind: Kind) {
        let bench = Bench::start(kind).await;
        bench.proxy.set(Fault::BlackHole);
        assert!(is_about_the_way(&within(bench.counter.increment()).await.unwrap_err()));
        bench.recovers().await;
        assert_eq!(bench.counter.increment().await.unwrap(), 2);
    }

    /// Wherever in its answer the connection breaks: what is told is what was done, and nothing is done twice.
    async fn no_step_is_counted_twice_wherever_the_connection_is_cut(kind: Kind) {
        let bench = Bench::start(kind).await;
        for bytes in [0, 1, 3, 4, 6, 8, 12, 14, 15, 16, 17, 18, 20, 24] {
            let before = bench.number();
            bench.proxy.set(Fault::CutAfter(bytes));
            let answer = within(bench.counter.increment()).await;
            bench.recovers().await;
            let counted = bench.number() - before;
            assert!((0..=1).contains(&counted), "{counted} steps, cut after {bytes} bytes");
            if let Ok(number) = answer {
                assert_eq!((number, counted), (before + 1, 1), "cut after {bytes} bytes");
            }
        }
    }

    async fn a_step_on_a_server_that_has_forgotten_its_script_is_counted_once(kind: Kind) {
        let bench = Bench::start(kind).await;
        bench.server.command(&["SCRIPT", "FLUSH"]);
        assert_eq!(bench.counter.increment().await.unwrap(), 2);
        assert_eq!(bench.number(), 2);
    }

    async fn a_check_whose_answer_is_lost_is_an_error_and_counted_once(kind: Kind) {
        let bench = Bench::start(kind).await;
        for limit in [RateLimit::fixed_window(5, Duration::from_mins(9)), RateLimit::gcra(5, Duration::from_mins(9))] {
            let limiter = bench.cache.rate_limiter(format!("{limit:?}"), limit);
            assert_eq!(limiter.check("ada").await.unwrap().remaining(), 4);
            bench.proxy.set(Fault::SwallowReplies);
            assert!(is_about_the_way(&within(limiter.check("ada")).await.unwrap_err()));
            bench.recovers().await;
            assert_eq!(limiter.check_n("ada", 0).await.unwrap().remaining(), 3);
        }
    }
}

#[tokio::test]
async fn a_step_that_is_dropped_on_its_way_is_counted_or_not_but_never_twice() {
    let server = FakeRedis::new();
    let counter = Cache::builder("lost").redis(server.clone()).build().unwrap().counter("a");
    for (moment, number) in [(Moment::Before, None), (Moment::After, Some(1))] {
        let gate = server.gate(Op::Count, moment);
        let step = tokio::spawn({
            let counter = counter.clone();
            async move { counter.increment().await }
        });
        within(gate.arrived()).await;
        step.abort();
        assert!(step.await.unwrap_err().is_cancelled());
        gate.release();
        assert_eq!(counter.get().await.unwrap(), number);
    }
}
