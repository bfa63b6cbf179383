//! Servers that go and come back, or hang.

use std::time::Duration;

use cache_core::ErrorKind;
use larder_test_support::{Kind, Server};

use crate::bench::{LONG, PREFIX, SHORT, SLACK, ask, open, recovery, until};

#[tokio::test]
async fn a_server_that_comes_later_is_used() {
    let server = Server::start(Kind::Redis);
    server.kill();
    let store = open(&server.url(), PREFIX, SHORT);
    let (stamp, _) = ask(&*store, LONG).await;
    let error = stamp.expect_err("nobody is there");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let cause = "(connection refused): start it, or check REDIS_URL";
    assert_eq!(error.to_string(), format!("cannot reach Redis at 127.0.0.1:{} {cause}", server.port()));
    // While it is away, a call costs nothing.
    let (_, took) = ask(&*store, LONG).await;
    assert!(took < SLACK, "{took:?}");
    server.restart();
    let took = recovery(&*store).await;
    assert!(took < Duration::from_secs(2) + SLACK, "{took:?}");
}

#[tokio::test]
async fn a_server_that_was_killed_is_used_again() {
    let server = Server::start(Kind::Redis);
    let store = open(&server.url(), PREFIX, SHORT);
    let before = store.stamp(LONG).await.expect("the server is there");
    for _ in 0..3 {
        server.kill();
        let (stamp, took) = ask(&*store, LONG).await;
        assert_eq!(stamp.expect_err("killed").kind(), ErrorKind::Unavailable);
        assert!(took < SLACK, "{took:?}");
        server.restart();
        let took = recovery(&*store).await;
        assert!(took < Duration::from_secs(2) + SLACK, "{took:?}");
    }
    let after = store.stamp(LONG).await.expect("the server is there");
    assert_ne!(before.generation, after.generation);
}

#[tokio::test]
async fn a_server_that_hangs_costs_no_call_more_than_its_limit() {
    let server = Server::start(Kind::Redis);
    let store = open(&server.url(), PREFIX, SHORT);
    store.stamp(LONG).await.expect("the server is there");
    server.stop();
    for _ in 0..3 {
        let (stamp, took) = ask(&*store, SHORT).await;
        let kind = stamp.expect_err("it hangs").kind();
        assert!(matches!(kind, ErrorKind::Timeout | ErrorKind::Unavailable), "{kind:?}");
        assert!(took < SHORT + SLACK, "{took:?}");
    }
    // By now it is given up, and calls do not wait.
    until(&*store, SHORT, |stamp| stamp.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unavailable)).await;
    let (_, took) = ask(&*store, LONG).await;
    assert!(took < SLACK, "{took:?}");
    server.cont();
    let took = recovery(&*store).await;
    assert!(took < Duration::from_secs(2) + SLACK, "{took:?}");
}

#[tokio::test]
async fn a_server_that_hangs_from_the_beginning_costs_no_call_more_than_its_limit() {
    let server = Server::start(Kind::Redis);
    server.stop();
    let store = open(&server.url(), PREFIX, LONG);
    let (stamp, took) = ask(&*store, SHORT).await;
    assert_eq!(stamp.expect_err("it hangs").kind(), ErrorKind::Timeout);
    assert!(took >= SHORT && took < SHORT + SLACK, "{took:?}");
    server.cont();
    recovery(&*store).await;
}

#[tokio::test]
async fn a_server_that_is_not_asked_for_anything_is_known_to_be_gone() {
    let server = Server::start(Kind::Redis);
    let store = open(&server.url(), PREFIX, SHORT);
    store.stamp(LONG).await.expect("the server is there");
    server.restart();
    // The clock's reading finds the connection closed, within a second.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    store.stamp(LONG).await.expect("it was connected to again");
}

#[test]
fn a_store_serves_callers_without_a_runtime() {
    let server = Server::start(Kind::Redis);
    let store = open(&server.url(), PREFIX, SHORT);
    block_on(async { store.stamp(LONG).await.map(drop) }).expect("the server is there");
    server.stop();
    let stopped = block_on(async { ask(&*store, SHORT).await });
    assert!(stopped.0.is_err() && stopped.1 < SHORT + SLACK);
}

#[tokio::test]
async fn a_store_may_be_dropped_by_its_own_task() {
    let server = Server::start(Kind::Redis);
    let store = open(&server.url(), PREFIX, SHORT);
    store.stamp(LONG).await.expect("the server is there");
    let (sender, dropped) = tokio::sync::oneshot::channel::<()>();
    let own = std::sync::Arc::clone(&store);
    store.spawn(Box::pin(async move {
        own.stamp(LONG).await.expect("the server is there");
        drop(own);
        std::future::pending::<()>().await;
        drop(sender);
    }));
    drop(store);
    let gone = tokio::time::timeout(LONG, dropped).await.expect("the task is dropped");
    assert!(gone.is_err());
}

/// The least that can run a future.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = std::sync::Arc::new(Unpark(std::thread::current())).into();
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut std::task::Context::from_waker(&waker)) {
            std::task::Poll::Ready(value) => return value,
            std::task::Poll::Pending => std::thread::park(),
        }
    }
}
