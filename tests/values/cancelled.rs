//! Calls that are given up on their way: nothing old is left in memory, and what was removed is.

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::{FakeRedis, Moment, Op};
use larder::{Cache, ErrorKind};

use crate::following::Following;
use crate::support::within;

/// A node that has `a` in memory, and one without memory.
async fn two() -> (FakeRedis, Arc<Cache>, Cache) {
    let server = FakeRedis::new();
    let builder = || Cache::builder("cancelled").redis(server.clone());
    let (here, there) = (builder().following(), builder().l1_ttl(Duration::ZERO).following());
    here.set("a", 1_u64).await.unwrap();
    assert_eq!(here.get::<u64>("a").await.unwrap(), Some(1));
    (server, Arc::new(here), there)
}

/// Runs a call up to an operation on the server, and drops it there.
async fn dropped(server: &FakeRedis, (op, moment): (Op, Moment), call: impl Future<Output = ()> + Send + 'static) {
    let gate = server.gate(op, moment);
    let call = tokio::spawn(call);
    within(gate.arrived()).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    gate.release();
}

async fn becomes_none(cache: &Cache) {
    within(async {
        while cache.get::<u64>("a").await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_set_that_is_dropped_gives_the_key_up() {
    for moment in [Moment::Before, Moment::After] {
        let (server, here, there) = two().await;
        let setting = Arc::clone(&here);
        let set = async move { setting.set("a", 2_u64).await.unwrap() };
        dropped(&server, (Op::Set, moment), set).await;
        becomes_none(&there).await;
        becomes_none(&here).await;
    }
}

#[tokio::test]
async fn of_many_that_are_dropped_each_key_is_given_up() {
    let (server, here, there) = two().await;
    let setting = Arc::clone(&here);
    let set = async move { drop(setting.set_many([("b", 2_u64), ("a", 2)]).await.unwrap()) };
    dropped(&server, (Op::Set, Moment::After), set).await;
    assert_ne!(here.get::<u64>("a").await.unwrap(), Some(1));
    becomes_none(&there).await;
    within(async {
        while there.contains("b").await.unwrap() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_removal_that_is_dropped_is_done() {
    for moment in [Moment::Before, Moment::After] {
        let (server, here, there) = two().await;
        let removing = Arc::clone(&here);
        let remove = async move { assert!(removing.remove("a").await.unwrap()) };
        dropped(&server, (Op::Evict, moment), remove).await;
        becomes_none(&here).await;
        becomes_none(&there).await;
    }
}

#[tokio::test]
async fn a_take_an_end_and_a_rename_that_are_dropped_when_done_reach_memory() {
    for op in [Op::Take, Op::Expire, Op::Rename] {
        let (server, here, there) = two().await;
        let caller = Arc::clone(&here);
        let call = async move {
            match op {
                Op::Take => assert!(caller.take::<u64>("a").await.unwrap().is_some()),
                Op::Expire => assert!(caller.expire("a", Duration::ZERO).await.unwrap()),
                _ => assert!(caller.rename("a", "b").await.unwrap()),
            }
        };
        dropped(&server, (op, Moment::After), call).await;
        becomes_none(&there).await;
        becomes_none(&here).await;
    }
}

/// Whether it was set nobody knows: nothing is left of it.
#[tokio::test]
async fn a_set_whose_answer_is_lost_is_an_error_and_gives_the_key_up() {
    let (server, here, there) = two().await;
    let gate = server.gate(Op::Set, Moment::After);
    let caller = Arc::clone(&here);
    let set = tokio::spawn(async move { caller.set("a", 2_u64).await });
    within(gate.arrived()).await;
    gate.fail(ErrorKind::Timeout);
    assert_eq!(within(set).await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    becomes_none(&here).await;
    becomes_none(&there).await;
}

#[tokio::test]
async fn an_insert_that_is_dropped_leaves_what_another_has_put_there() {
    for moment in [Moment::Before, Moment::After] {
        let (server, here, there) = two().await;
        let inserting = Arc::clone(&here);
        let insert = async move { assert!(inserting.insert_if_absent("a", 2_u64, larder::Preset::User).await.is_ok()) };
        dropped(&server, (Op::Set, moment), insert).await;
        assert_eq!(here.get::<u64>("a").await.unwrap(), Some(1));
        assert_eq!(there.get::<u64>("a").await.unwrap(), Some(1));
    }
}

#[tokio::test]
async fn an_insert_whose_answer_is_lost_leaves_what_another_has_put_there() {
    let (server, here, there) = two().await;
    server.gate(Op::Set, Moment::After).fail(ErrorKind::Timeout);
    assert!(here.insert_if_absent("a", 2_u64, larder::Preset::User).await.unwrap_err().is_timeout());
    assert_eq!(here.get::<u64>("a").await.unwrap(), Some(1));
    assert_eq!(there.get::<u64>("a").await.unwrap(), Some(1));
}

#[tokio::test]
async fn an_insert_that_was_done_and_dropped_leaves_no_older_copy_in_memory() {
    let (server, here, there) = two().await;
    server.lose(b"cancelled:global:_:a");
    let inserting = Arc::clone(&here);
    let insert = async move { assert!(inserting.insert_if_absent("a", 2_u64, larder::Preset::User).await.is_ok()) };
    dropped(&server, (Op::Set, Moment::After), insert).await;
    assert_eq!(there.get::<u64>("a").await.unwrap(), Some(2));
    assert_eq!(here.get::<u64>("a").await.unwrap(), Some(2));
}
