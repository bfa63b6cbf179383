//! The end of one cache's way to the server.

use cache_core::ErrorKind;

use crate::bench::{Bench, LIMIT};

crate::conformance! {
    a_store_that_was_closed_answers_nothing_and_runs_nothing
}

async fn a_store_that_was_closed_answers_nothing_and_runs_nothing(bench: Bench) {
    let (dropped, told) = tokio::sync::oneshot::channel::<()>();
    bench.store.stamp(LIMIT).await.expect("the server is there");
    bench.store.spawn(Box::pin(async move {
        std::future::pending::<()>().await;
        drop(dropped);
    }));
    bench.store.close().await;
    tokio::time::timeout(LIMIT, told).await.expect("the task is dropped").expect_err("it did not end by itself");
    for _ in 0..2 {
        assert_eq!(bench.store.stamp(LIMIT).await.expect_err("closed").kind(), ErrorKind::Unavailable);
        assert_eq!(bench.store.poll(LIMIT).await.expect_err("closed").kind(), ErrorKind::Unavailable);
        let subscribed = bench.store.subscribe(LIMIT).await;
        assert_eq!(subscribed.err().expect("closed").kind(), ErrorKind::Unavailable);
        bench.store.close().await;
    }
    // A task that comes too late is dropped.
    let (dropped, told) = tokio::sync::oneshot::channel::<()>();
    bench.store.spawn(Box::pin(async move {
        std::future::pending::<()>().await;
        drop(dropped);
    }));
    tokio::time::timeout(LIMIT, told).await.expect("the task is dropped").expect_err("it did not end by itself");
}
