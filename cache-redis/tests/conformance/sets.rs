//! A value that is written by hand, in one step.

use cache_core::port::Stamp;

use crate::bench::Bench;
use crate::steps::{KEY, MESSAGE, names, refused, stored};

crate::conformance! {
    a_set_is_stored_and_published_in_one_step
    a_set_ends_a_load
    a_set_ends_a_write
    a_set_is_served_also_where_its_tokens_were_missing
    a_set_with_the_stamp_that_stands_is_stored
    a_set_with_another_sequence_stores_nothing_and_removes
    a_set_with_another_generation_stores_nothing_and_removes
    a_set_after_the_control_record_was_lost_needs_no_stamp
    the_later_of_two_sets_stays
}

async fn a_set_is_stored_and_published_in_one_step(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    let before = bench.stamp().await;
    let listener = bench.listen();
    let stamp = stored(bench.set(KEY, &tokens, b"set", None).await);
    assert_eq!(stamp, Stamp { sequence: before.sequence + 1, ..before });
    assert_eq!(stamp, bench.stamp().await);
    assert_eq!((bench.header(KEY).load, bench.header(KEY).fill), (stamp.sequence, stamp.sequence));
    assert_eq!(bench.served(KEY, &tokens).await.as_deref(), Some(&b"set"[..]));
    assert_eq!(listener.heard(), [[&stamp.generation[..], &stamp.sequence.to_be_bytes(), MESSAGE].concat()]);
}

async fn a_set_ends_a_load(bench: Bench) {
    let lease = bench.begin(KEY, &[]).await;
    stored(bench.set(KEY, &[], b"set", None).await);
    refused(bench.fill(KEY, &[], &lease, b"loaded").await);
    assert_eq!(bench.served(KEY, &[]).await.as_deref(), Some(&b"set"[..]));
}

async fn a_set_ends_a_write(bench: Bench) {
    let lease = bench.begin_write(KEY, &[]).await;
    stored(bench.set(KEY, &[], b"set", None).await);
    assert!(!bench.has(&bench.lease(KEY)));
    // The two overlapped, so neither stays.
    refused(bench.fill_write(KEY, &[], &lease, b"written").await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_set_is_served_also_where_its_tokens_were_missing(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    stored(bench.set(KEY, &tokens, b"one", None).await);
    bench.lose(&bench.token(&tokens[0]));
    stored(bench.set(KEY, &tokens, b"two", None).await);
    assert_eq!(bench.served(KEY, &tokens).await.as_deref(), Some(&b"two"[..]));
}

async fn a_set_with_the_stamp_that_stands_is_stored(bench: Bench) {
    let stamp = bench.stamp().await;
    let next = stored(bench.set(KEY, &[], b"one", Some(stamp)).await);
    stored(bench.set(KEY, &[], b"two", Some(next)).await);
    assert_eq!(bench.served(KEY, &[]).await.as_deref(), Some(&b"two"[..]));
}

async fn a_set_with_another_sequence_stores_nothing_and_removes(bench: Bench) {
    let old = bench.stamp().await;
    stored(bench.set(KEY, &[], b"one", None).await);
    let lease = bench.begin(KEY, &[]).await;
    let listener = bench.listen();
    let stamp = refused(bench.set(KEY, &[], b"two", Some(old)).await);
    assert_eq!(stamp.sequence, old.sequence + 2);
    assert!(!bench.has(&bench.entry(KEY)) && !bench.has(&bench.lease(KEY)));
    assert_eq!(listener.heard(), [[&stamp.generation[..], &stamp.sequence.to_be_bytes(), MESSAGE].concat()]);
    refused(bench.fill(KEY, &[], &lease, b"loaded").await);
}

async fn a_set_with_another_generation_stores_nothing_and_removes(bench: Bench) {
    bench.load(KEY, &[], b"old").await;
    let stamp = bench.stamp().await;
    refused(bench.set(KEY, &[], b"new", Some(Stamp { generation: [7; 16], ..stamp })).await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_set_after_the_control_record_was_lost_needs_no_stamp(bench: Bench) {
    let old = bench.stamp().await;
    bench.lose(&bench.control());
    refused(bench.set(KEY, &[], b"one", Some(old)).await);
    stored(bench.set(KEY, &[], b"two", None).await);
    assert_eq!(bench.served(KEY, &[]).await.as_deref(), Some(&b"two"[..]));
}

async fn the_later_of_two_sets_stays(bench: Bench) {
    stored(bench.set(KEY, &[], b"one", None).await);
    stored(bench.set(KEY, &[], b"two", None).await);
    assert_eq!(bench.served(KEY, &[]).await.as_deref(), Some(&b"two"[..]));
}
