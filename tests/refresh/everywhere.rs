//! In memory, on the fake and on real servers, in real time.

use std::time::Duration;

use crate::backend::{on_every_backend, on_every_shared_backend};
use crate::world::{Manner, Running, Source, rate};

/// As short as it may be.
const SHORT: Duration = Duration::from_millis(200);
/// Longer than a test.
const LONG: Duration = Duration::from_hours(1);

/// Reads until somebody sees a value that is as new.
async fn read_until(running: &Running, least: u64) {
    while running.rate.get().await.unwrap() < least {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

on_every_backend! {
    async fn a_value_is_loaded_again_and_again(backend: Backend) {
        let source = Source::new();
        let running = Running::start(rate(&backend.node(), &source, SHORT));
        read_until(&running, 4).await;
    }

    async fn after_an_error_and_a_panic_it_goes_on_with_the_old_value(backend: Backend) {
        let source = Source::new();
        let running = Running::start(rate(&backend.node(), &source, SHORT).stop_after(LONG));
        read_until(&running, 1).await;
        source.behaves(Manner::Fails);
        running.failed(1).await;
        let last = running.rate.get().await.unwrap();
        source.behaves(Manner::Panics);
        running.failed(2).await;
        let status = running.rate.status();
        assert_eq!(running.rate.get().await, Ok(last), "{status:?}");
        source.behaves(Manner::Brings);
        read_until(&running, last + 3).await;
    }

    /// Nobody can tell whether what is loaded was read before or after.
    async fn what_is_removed_while_it_is_loaded_stays_away(backend: Backend) {
        let (node, source) = (backend.node(), Source::new());
        node.set("rate", 0_u64).await.unwrap();
        let gate = source.gate();
        let running = Running::start(rate(&node, &source, LONG));
        gate.arrival().await;
        assert_eq!(running.rate.get().await, Ok(0));
        assert!(node.remove("rate").await.unwrap());
        gate.open();
        running.refreshed(1).await;
        assert_eq!(node.get::<u64>("rate").await.unwrap(), None);
    }
}

on_every_shared_backend! {
    async fn what_one_node_loads_the_other_reads(backend: Backend) {
        let source = Source::new();
        let (one, other) = (Running::start(rate(&backend.node(), &source, SHORT)), rate(&backend.node(), &source, SHORT));
        read_until(&one, 2).await;
        while other.get().await.unwrap() < 4 {
            one.rate.get().await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(other.status().refreshed, 0);
    }
}
