//! `refresh` beside other calls that are on their way, and a node whose server is gone: interleavings that a gate of the
//! server holds still.

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::{FakeRedis, Moment, Op};
use larder::{Cache, ErrorKind, HasCache, ManualClock, cacheable, refresh};
use tokio::sync::Semaphore;

use crate::level::Level;
use crate::support::{Loads, held, within};

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    loads: Arc<Loads>,
}

impl Node {
    fn of(cache: Cache, loads: &Arc<Loads>) -> Self {
        Self { cache, loads: Arc::clone(loads) }
    }

    #[cacheable("item", ttl = "1h")]
    async fn item(&self) -> u64 {
        self.loads.next()
    }
}

fn fake() -> (FakeRedis, Node) {
    let server = FakeRedis::new();
    (server.clone(), Node::of(Level::on(server).node_without_memory(), &Arc::default()))
}

/// Such a call is given what the server has, and that is older than the refresh.
#[tokio::test]
async fn a_refresh_does_not_wait_for_a_call_that_reads() {
    let (server, node) = fake();
    assert_eq!(within(node.item()).await, 1);
    let go = Semaphore::new(0);
    let fresh = held(refresh(async {
        go.acquire().await.expect("it is never closed").forget();
        node.item().await
    }))
    .await;
    let gate = server.gate(Op::Read, Moment::After);
    let usual = held(node.item()).await;
    within(gate.arrived()).await;
    go.add_permits(1);
    assert_eq!(within(fresh).await, 2);
    gate.release();
    within(usual).await;
    assert_eq!(within(node.item()).await, 2);
}

#[tokio::test]
async fn a_refresh_takes_what_another_one_loads_whose_body_has_not_begun() {
    let (server, node) = fake();
    let gate = server.gate(Op::Acquire, Moment::Before);
    let first = held(refresh(node.item())).await;
    within(gate.arrived()).await;
    let second = held(refresh(node.item())).await;
    gate.release();
    assert_eq!(within(futures::future::join(first, second)).await, (1, 1));
}

#[tokio::test]
async fn a_node_without_its_server_keeps_values_for_a_second() {
    let (server, clock) = (FakeRedis::new(), ManualClock::new());
    let level = Level::on(server.clone());
    let cache = level.builder().clock(clock.clock()).build().expect("the settings are valid");
    let node = Node::of(cache, &Arc::default());
    server.fail_with(Some(ErrorKind::Unavailable));
    assert_eq!(within(node.item()).await, 1);
    clock.advance(Duration::from_millis(999));
    assert_eq!(within(node.item()).await, 1);
    clock.advance(Duration::from_millis(1));
    assert_eq!(within(node.item()).await, 2);
}
