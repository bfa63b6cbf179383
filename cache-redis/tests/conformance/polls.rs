//! What a node is told that asks where the history stands.

use cache_core::port::Stamp;

use crate::bench::{Bench, LIMIT};
use crate::steps::{KEY, OTHER, invalidate_keys, invalidate_tokens, names, raise_barriers, refused, stored};

crate::conformance! {
    a_poll_of_an_empty_server_begins_a_history
    the_run_of_a_server_stays_the_same
    a_poll_leaves_nothing_but_the_control_record
    a_poll_says_where_every_script_that_invalidates_has_left_the_history
    what_invalidates_nothing_does_not_move_the_history
    a_poll_under_another_prefix_sees_another_history
    a_poll_after_the_control_record_was_lost_sees_another_history
    a_poll_after_an_altered_control_record_begins_another_history
}

async fn poll(bench: &Bench) -> Stamp {
    bench.store.poll(LIMIT).await.expect("the server is there").stamp
}

async fn a_poll_of_an_empty_server_begins_a_history(bench: Bench) {
    let stamp = poll(&bench).await;
    assert_eq!(stamp.sequence, 0);
    assert_eq!(poll(&bench).await, stamp);
    assert_eq!(bench.stamp().await, stamp);
}

async fn the_run_of_a_server_stays_the_same(bench: Bench) {
    let before = bench.store.poll(LIMIT).await.expect("the server is there").run;
    bench.evict(invalidate_keys(&[KEY.into()])).await;
    let after = bench.store.poll(LIMIT).await.expect("the server is there").run;
    assert!(!before.is_empty());
    assert_eq!(before, after);
}

async fn a_poll_leaves_nothing_but_the_control_record(bench: Bench) {
    poll(&bench).await;
    assert_eq!(bench.names(), [bench.control()]);
}

async fn a_poll_says_where_every_script_that_invalidates_has_left_the_history(bench: Bench) {
    let tokens = names(["global:#users"]);
    let before = poll(&bench).await;
    let lease = bench.begin_write(KEY, &tokens).await;
    let steps = [
        bench.evict(invalidate_keys(&[OTHER.into()])).await.stamp,
        bench.evict(invalidate_tokens(&names(["global:author:7"]))).await.stamp,
        bench.evict(raise_barriers(&names(["global:#orders"]))).await.stamp,
        stored(bench.fill_write(KEY, &tokens, &lease, b"put").await),
        refused(bench.fill_write(KEY, &tokens, &lease, b"without a lease").await),
        stored(bench.set(KEY, &tokens, b"set", None).await),
        refused(bench.set(KEY, &tokens, b"too late", Some(before)).await),
    ];
    for (stamp, steps) in steps.into_iter().zip(1..) {
        assert_eq!((stamp.generation, stamp.sequence), (before.generation, before.sequence + steps));
    }
    assert_eq!(Some(&poll(&bench).await), steps.last());
}

async fn what_invalidates_nothing_does_not_move_the_history(bench: Bench) {
    let tokens = names(["global:author:7"]);
    let before = poll(&bench).await;
    bench.load(KEY, &tokens, b"body").await;
    let lease = bench.begin(OTHER, &tokens).await;
    bench.release(OTHER, &lease).await;
    bench.read(KEY, &tokens).await;
    bench.walk(b"global:").await;
    refused(bench.fill(OTHER, &tokens, &lease, b"given back").await);
    assert_eq!(poll(&bench).await, before);
}

async fn a_poll_under_another_prefix_sees_another_history(bench: Bench) {
    let beside = bench.beside(&format!("{}x", bench.prefix));
    let before = poll(&beside).await;
    bench.evict(invalidate_keys(&[KEY.into()])).await;
    assert_eq!(poll(&beside).await, before);
    assert_ne!(poll(&bench).await.generation, before.generation);
}

async fn a_poll_after_the_control_record_was_lost_sees_another_history(bench: Bench) {
    let before = bench.evict(invalidate_keys(&[KEY.into()])).await.stamp;
    bench.lose(&bench.control());
    let after = poll(&bench).await;
    assert_eq!(after.sequence, 0);
    assert_ne!(after.generation, before.generation);
}

async fn a_poll_after_an_altered_control_record_begins_another_history(bench: Bench) {
    let before = poll(&bench).await;
    bench.overwrite(&bench.control(), b"altered");
    let after = poll(&bench).await;
    assert_eq!(after.sequence, 0);
    assert_ne!(after.generation, before.generation);
    assert_eq!(poll(&bench).await, after);
}
