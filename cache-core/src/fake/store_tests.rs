//! The fake server's own matters; that it keeps the protocol is shown by the suite that real servers pass too.

use std::sync::mpsc;

use super::*;
use crate::fake::{FakeRedis, Operations};
use crate::model::clock::ManualClock;
use crate::port::{SecondLevel, Setup};

const LONG: Duration = Duration::from_secs(30);

fn open(server: &FakeRedis) -> Arc<dyn RemoteStore> {
    let setup = Setup::new("app", LONG, ManualClock::new().clock());
    server.clone().open(&setup).expect("it always opens").expect("it is there")
}

async fn evict(store: &dyn RemoteStore, within: Duration) -> Result<u64, ErrorKind> {
    let evicted = store.evict(Evict { message: b"m", ..Evict::default() }, within).await;
    evicted.map(|evicted| evicted.stamp.sequence).map_err(|error| error.kind())
}

#[tokio::test]
async fn an_operation_is_held_before_it_is_done() {
    let server = FakeRedis::new();
    let store = open(&server);
    let gate = server.gate(Op::Evict, Moment::Before);
    let held = tokio::spawn(async move { evict(&*store, LONG).await });
    gate.arrived().await;
    assert_eq!(server.messages().len(), 0);
    gate.release();
    assert_eq!(held.await.expect("it does not panic"), Ok(1));
}

#[tokio::test]
async fn an_operation_is_held_after_it_is_done() {
    let server = FakeRedis::new();
    let store = open(&server);
    let gate = server.gate(Op::Evict, Moment::After);
    let held = tokio::spawn(async move { evict(&*store, LONG).await });
    gate.arrived().await;
    assert!(gate.has_arrived());
    assert_eq!((server.messages().len(), held.is_finished()), (1, false));
    gate.release();
    assert_eq!(held.await.expect("it does not panic"), Ok(1));
}

#[tokio::test]
async fn each_gate_holds_one_operation_of_its_kind() {
    let server = FakeRedis::new();
    let store = open(&server);
    let (first, second) = (server.gate(Op::Evict, Moment::Before), server.gate(Op::Evict, Moment::Before));
    store.stamp(LONG).await.expect("no gate is for it");
    let spawn = |store: &Arc<dyn RemoteStore>| {
        let store = Arc::clone(store);
        tokio::spawn(async move { evict(&*store, LONG).await })
    };
    let one = spawn(&store);
    first.arrived().await;
    let two = spawn(&store);
    second.arrived().await;
    assert_eq!(evict(&*store, LONG).await, Ok(1));
    second.release();
    assert_eq!(two.await.expect("it does not panic"), Ok(2));
    first.release();
    assert_eq!(one.await.expect("it does not panic"), Ok(3));
}

#[tokio::test]
async fn a_gate_that_is_dropped_holds_nobody() {
    let server = FakeRedis::new();
    let store = open(&server);
    drop(server.gate(Op::Evict, Moment::Before));
    assert_eq!(evict(&*store, LONG).await, Ok(1));
}

#[tokio::test]
async fn a_gate_can_lose_the_request_or_the_answer() {
    let server = FakeRedis::new();
    let store = open(&server);
    server.gate(Op::Evict, Moment::Before).fail(ErrorKind::Unavailable);
    assert_eq!(evict(&*store, LONG).await, Err(ErrorKind::Unavailable));
    assert_eq!(server.messages().len(), 0);
    server.gate(Op::Evict, Moment::After).fail(ErrorKind::Timeout);
    assert_eq!(evict(&*store, LONG).await, Err(ErrorKind::Timeout));
    assert_eq!(server.messages().len(), 1);
    assert_eq!(evict(&*store, LONG).await, Ok(2));
}

#[tokio::test]
async fn the_time_limit_holds_at_a_gate() {
    let server = FakeRedis::new();
    let store = open(&server);
    let gate = server.gate(Op::Evict, Moment::Before);
    assert_eq!(evict(&*store, Duration::from_millis(5)).await, Err(ErrorKind::Timeout));
    assert!(gate.has_arrived());
    assert_eq!(server.messages().len(), 0);
}

#[tokio::test]
async fn a_failing_server_does_nothing_and_counts() {
    let server = FakeRedis::new();
    let store = open(&server);
    server.fail_with(Some(ErrorKind::Denied));
    assert_eq!(evict(&*store, LONG).await, Err(ErrorKind::Denied));
    server.fail_with(None);
    assert!(server.names().is_empty());
    assert_eq!(evict(&*store, LONG).await, Ok(1));
    assert_eq!(server.take_operations(), Operations { evict: 2, ..Operations::default() });
    assert_eq!(server.operations(), Operations::default());
}

#[test]
fn background_tasks_run_at_the_same_time_and_may_drop_the_store() {
    let server = FakeRedis::new();
    let store = open(&server);
    let gate = server.gate(Op::Evict, Moment::Before);
    let (told, hears) = mpsc::channel();
    let (evicting, tell) = (Arc::clone(&store), told.clone());
    store.spawn(Box::pin(async move {
        let evicted = evict(&*evicting, LONG).await;
        drop(evicting);
        let _ = tell.send(evicted);
    }));
    store.spawn(Box::pin(async move {
        gate.arrived().await;
        gate.release();
        let _ = told.send(Ok(0));
    }));
    drop(store);
    let mut ends: Vec<_> = (0..2).map(|_| hears.recv_timeout(LONG).expect("both tasks end")).collect();
    ends.sort_unstable_by_key(|told| *told.as_ref().unwrap_or(&u64::MAX));
    assert_eq!(ends, [Ok(0), Ok(1)]);
}

#[test]
fn a_task_that_waits_for_ever_is_dropped_with_the_store() {
    let server = FakeRedis::new();
    let store = open(&server);
    let (held, dropped) = mpsc::channel::<()>();
    store.spawn(Box::pin(async move {
        std::future::pending::<()>().await;
        drop(held);
    }));
    drop(store);
    assert_eq!(dropped.recv_timeout(LONG), Err(mpsc::RecvTimeoutError::Disconnected));
}
