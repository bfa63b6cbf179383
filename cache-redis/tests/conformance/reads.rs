//! What one read sees, and where the history stands.

use std::time::Duration;

use crate::bench::{Bench, Life};
use crate::record;
use crate::steps::{KEY, OTHER, invalidate_keys, names};

crate::conformance! {
    a_read_of_nothing_sees_nothing_and_writes_nothing
    a_read_sees_tokens_in_the_order_asked_for
    a_read_sees_bytes_as_they_are
    a_read_tells_the_servers_time
    a_stamp_begins_a_history_where_there_is_none
    a_stamp_stays_until_something_is_invalidated
    the_control_record_does_not_end
    histories_are_never_the_same
}

async fn a_read_of_nothing_sees_nothing_and_writes_nothing(bench: Bench) {
    let snapshot = bench.read(KEY, &names(["global:#users", "global:author:7"])).await;
    assert_eq!((snapshot.control, snapshot.entry, snapshot.tokens), (None, None, vec![None, None]));
    assert!(bench.names().is_empty());
}

async fn a_read_sees_tokens_in_the_order_asked_for(bench: Bench) {
    let [one, two, three, four] = names(["global:1", "global:2", "global:3", "global:4"]);
    bench.load(KEY, std::slice::from_ref(&two), b"mints one").await;
    bench.evict(invalidate_keys(&[KEY.into()])).await;
    bench.load(OTHER, std::slice::from_ref(&four), b"mints another, later").await;
    let snapshot = bench.read(KEY, &[four, three, two.clone(), two, one]).await;
    let minted = |bytes: &Option<Vec<u8>>| bytes.as_deref().map(|bytes| record::token(bytes).expect("intact").minted);
    let minted: Vec<_> = snapshot.tokens.iter().map(minted).collect();
    assert_eq!(minted, [Some(1), None, Some(0), Some(0), None]);
}

async fn a_read_sees_bytes_as_they_are(bench: Bench) {
    let tokens = names(["global:author:7", "global:author:8"]);
    let garbage = b"\0garbage\xff\r\n".to_vec();
    let named = bench.token(&tokens[0]);
    for name in [bench.control(), bench.entry(KEY), bench.token(&tokens[1])] {
        bench.overwrite(&name, &garbage);
    }
    bench.overwrite(&named, &[&*garbage, &*named].concat());
    let snapshot = bench.read(KEY, &tokens).await;
    let garbage = Some(garbage);
    assert_eq!((snapshot.control, snapshot.entry), (garbage.clone(), garbage.clone()));
    assert_eq!(snapshot.tokens, [garbage, None], "a token ends with its name");
}

async fn a_read_tells_the_servers_time(bench: Bench) {
    let before = bench.read(KEY, &[]).await.server_now;
    bench.pass(Duration::from_millis(25));
    let after = bench.read(KEY, &[]).await.server_now;
    assert!(after >= before + 25, "{before} {after}");
    assert!(after < before + 60_000, "{before} {after}");
}

async fn a_stamp_begins_a_history_where_there_is_none(bench: Bench) {
    let stamp = bench.stamp().await;
    let sequence = 0_u64.to_be_bytes();
    assert_eq!(bench.get(&bench.control()), Some([&stamp.generation[..], &sequence, &sequence].concat()));
    assert_ne!(stamp.generation, [0; 16]);
}

async fn a_stamp_stays_until_something_is_invalidated(bench: Bench) {
    let stamp = bench.stamp().await;
    bench.load(KEY, &names(["global:author:7"]), b"body").await;
    assert_eq!(bench.stamp().await, stamp);
    bench.set(KEY, &[], b"set", None).await;
    assert_eq!(bench.sequence().await, stamp.sequence + 1);
}

async fn the_control_record_does_not_end(bench: Bench) {
    bench.stamp().await;
    assert_eq!(bench.life(&bench.control()), Life::Endless);
    bench.set(KEY, &[], b"set", None).await;
    assert_eq!(bench.life(&bench.control()), Life::Endless);
}

async fn histories_are_never_the_same(bench: Bench) {
    let mut generations = Vec::new();
    for _ in 0..5 {
        generations.push(bench.stamp().await.generation);
        bench.lose(&bench.control());
    }
    generations.sort_unstable();
    generations.dedup();
    assert_eq!(generations.len(), 5);
}
