//! A value that is removed and handed out.

use cache_core::port::{Stamp, Take, Taken};

use crate::bench::{Bench, LIMIT};
use crate::steps::{KEY, MESSAGE, OTHER, TTL, invalidate_tokens, names, refused, stored};
use crate::whole::{FINGERPRINT, PLAIN, Whole};

crate::conformance! {
    a_value_is_taken_once
    what_may_not_be_served_is_not_taken
    a_value_of_another_shape_is_not_taken
    what_is_no_value_is_not_taken
    a_take_ends_a_load
    a_take_leaves_everything_else
    a_take_hands_out_every_byte
}

async fn take(bench: &Bench, key: &[u8]) -> Taken {
    let take = Take { key, fingerprint: FINGERPRINT, message: MESSAGE };
    bench.store.take(take, LIMIT).await.expect("the server is there")
}

#[track_caller]
fn taken(taken: Taken) -> (Stamp, Vec<u8>) {
    match taken {
        Taken::Entry(stamp, bytes) => (stamp, bytes),
        Taken::Nothing => panic!("the value should be taken"),
    }
}

async fn a_value_is_taken_once(bench: Bench) {
    let before = bench.put(&PLAIN).await;
    let (entry, listener) = (bench.get(&bench.entry(KEY)).expect("it is there"), bench.listen());
    let (stamp, bytes) = taken(take(&bench, KEY).await);
    assert_eq!((stamp, bytes), (Stamp { sequence: 2, ..before }, entry));
    assert!(!bench.has(&bench.entry(KEY)));
    assert_eq!(take(&bench, KEY).await, Taken::Nothing);
    assert_eq!(bench.stamp().await, stamp);
    assert_eq!(listener.heard(), [[&stamp.generation[..], &stamp.sequence.to_be_bytes(), MESSAGE].concat()]);
}

async fn what_may_not_be_served_is_not_taken(bench: Bench) {
    let entry = Whole::of("global:users:7", &["author:7"]);
    assert_eq!(take(&bench, KEY).await, Taken::Nothing);
    assert!(bench.names().is_empty(), "no history begins");
    bench.put(&entry).await;
    bench.evict(invalidate_tokens(&names(["global:author:7"]))).await;
    let listener = bench.listen();
    assert_eq!(take(&bench, KEY).await, Taken::Nothing);
    assert_eq!((bench.sequence().await, listener.heard().len(), bench.has(&bench.entry(KEY))), (2, 0, true));
    bench.put(&entry).await;
    bench.alter(KEY, |entry| entry[40] ^= 1);
    assert_eq!(take(&bench, KEY).await, Taken::Nothing);
    bench.put(&entry).await;
    bench.lose(&bench.control());
    assert_eq!(take(&bench, KEY).await, Taken::Nothing);
    assert!(!bench.has(&bench.control()));
}

async fn a_value_of_another_shape_is_not_taken(bench: Bench) {
    bench.put(&PLAIN).await;
    let take = Take { key: KEY, fingerprint: [7; 16], message: MESSAGE };
    assert_eq!(bench.store.take(take, LIMIT).await.expect("the server is there"), Taken::Nothing);
    assert!(bench.is_valid(KEY).await && bench.sequence().await == 1);
}

async fn what_is_no_value_is_not_taken(bench: Bench) {
    for flags in [0, 2] {
        bench.put(&Whole { flags, ..PLAIN }).await;
        assert_eq!(take(&bench, KEY).await, Taken::Nothing);
        assert!(bench.is_valid(KEY).await);
    }
}

async fn a_take_ends_a_load(bench: Bench) {
    let lease = bench.begin(KEY, &[]).await;
    assert_eq!(take(&bench, KEY).await, Taken::Nothing);
    stored(bench.fill(KEY, &[], &lease, b"loaded").await);
    bench.put(&PLAIN).await;
    let lease = bench.begin(KEY, &[]).await;
    taken(take(&bench, KEY).await);
    assert!(!bench.has(&bench.lease(KEY)));
    refused(bench.fill(KEY, &[], &lease, b"loaded").await);
}

async fn a_take_leaves_everything_else(bench: Bench) {
    bench.put(&PLAIN).await;
    bench.put(&Whole::of("global:users:8", &[])).await;
    taken(take(&bench, KEY).await);
    assert!(bench.is_valid(OTHER).await);
}

async fn a_take_hands_out_every_byte(bench: Bench) {
    let key = "tenant:acme:users:7";
    let implicit = &["tenant:acme:#", "tenant:acme:#users", "*:#users"];
    let tags: Vec<_> = (0..500).map(|tag| format!("a tag as any other, but the number: {tag}")).collect();
    let tags: Vec<_> = tags.iter().map(String::as_str).collect();
    bench.put(&Whole { key, implicit, tags: &tags, idle: Some(TTL), ..PLAIN }).await;
    let entry = bench.get(&bench.entry(key.as_bytes())).expect("it is there");
    assert_eq!(taken(take(&bench, key.as_bytes()).await).1, entry);
}
