//! A value that an annotated method writes: under a lease, and told to the other nodes.

use crate::bench::Bench;
use crate::steps::{KEY, MESSAGE, OTHER, invalidate_keys, invalidate_tokens, names, refused, stored};

crate::conformance! {
    a_write_is_an_invalidation_and_is_published
    a_load_that_fills_is_no_invalidation
    a_superseded_write_removes_the_entry_and_is_published
    a_superseded_write_takes_the_newer_lease_along
    a_write_is_refused_after_its_key_was_invalidated
    a_write_is_refused_after_its_tag_was_invalidated
    a_write_is_refused_after_the_control_record_was_lost
    of_two_overlapping_writes_neither_or_the_later_stays
    a_load_that_begins_during_a_write_waits_for_it
}

async fn a_write_is_an_invalidation_and_is_published(bench: Bench) {
    let tokens = names(["global:author:7"]);
    let lease = bench.begin_write(KEY, &tokens).await;
    let listener = bench.listen();
    let stamp = stored(bench.fill_write(KEY, &tokens, &lease, b"written").await);
    assert_eq!(stamp.sequence, lease.granted.sequence + 1);
    assert_eq!(stamp, bench.stamp().await);
    assert_eq!((bench.header(KEY).load, bench.header(KEY).fill), (lease.granted.sequence, stamp.sequence));
    assert_eq!(bench.served(KEY, &tokens).await.as_deref(), Some(&b"written"[..]));
    assert_eq!(listener.heard(), [[&stamp.generation[..], &stamp.sequence.to_be_bytes(), MESSAGE].concat()]);
}

async fn a_load_that_fills_is_no_invalidation(bench: Bench) {
    let listener = bench.listen();
    bench.load(KEY, &[], b"loaded").await;
    assert_eq!(bench.sequence().await, 0);
    assert!(listener.heard().is_empty());
}

async fn a_superseded_write_removes_the_entry_and_is_published(bench: Bench) {
    bench.load(KEY, &[], b"old").await;
    let first = bench.begin_write(KEY, &[]).await;
    bench.begin_write(KEY, &[]).await;
    let before = bench.sequence().await;
    let listener = bench.listen();
    let stamp = refused(bench.fill_write(KEY, &[], &first, b"first").await);
    assert_eq!(stamp.sequence, before + 1);
    assert!(!bench.has(&bench.entry(KEY)));
    assert_eq!(listener.heard(), [[&stamp.generation[..], &stamp.sequence.to_be_bytes(), MESSAGE].concat()]);
}

async fn a_superseded_write_takes_the_newer_lease_along(bench: Bench) {
    let first = bench.begin_write(KEY, &[]).await;
    let second = bench.begin_write(KEY, &[]).await;
    refused(bench.fill_write(KEY, &[], &first, b"first").await);
    // Nobody can tell which of the two the source took last.
    assert!(!bench.has(&bench.lease(KEY)));
    refused(bench.fill_write(KEY, &[], &second, b"second").await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_write_is_refused_after_its_key_was_invalidated(bench: Bench) {
    let lease = bench.begin_write(KEY, &[]).await;
    bench.evict(invalidate_keys(&[KEY.into()])).await;
    refused(bench.fill_write(KEY, &[], &lease, b"written").await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_write_is_refused_after_its_tag_was_invalidated(bench: Bench) {
    let tokens = names(["global:author:7"]);
    bench.load(KEY, &tokens, b"old").await;
    let lease = bench.begin_write(KEY, &tokens).await;
    bench.evict(invalidate_tokens(&tokens)).await;
    refused(bench.fill_write(KEY, &tokens, &lease, b"written").await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_write_is_refused_after_the_control_record_was_lost(bench: Bench) {
    let lease = bench.begin_write(KEY, &[]).await;
    bench.lose(&bench.control());
    let stamp = refused(bench.fill_write(KEY, &[], &lease, b"written").await);
    assert_eq!((stamp.sequence, stamp.generation == lease.granted.generation), (1, false));
}

async fn of_two_overlapping_writes_neither_or_the_later_stays(bench: Bench) {
    let first = bench.begin_write(KEY, &[]).await;
    let second = bench.begin_write(KEY, &[]).await;
    stored(bench.fill_write(KEY, &[], &second, b"second").await);
    refused(bench.fill_write(KEY, &[], &first, b"first").await);
    assert!(!bench.has(&bench.entry(KEY)));
    bench.load(KEY, &[], b"loaded").await;
    bench.load(OTHER, &[], b"other").await;
    assert_eq!(bench.served(KEY, &[]).await.as_deref(), Some(&b"loaded"[..]));
}

async fn a_load_that_begins_during_a_write_waits_for_it(bench: Bench) {
    let write = bench.begin_write(KEY, &[]).await;
    let load = bench.acquire(KEY, &[], cache_core::port::Kind::Load).await;
    assert!(matches!(load, cache_core::port::Acquired::Busy(_, cache_core::port::Kind::Write)));
    stored(bench.fill_write(KEY, &[], &write, b"written").await);
}
