//! A new history, in which nothing of the old one counts.

use cache_core::port::Stamp;

use crate::bench::{Bench, LIMIT};
use crate::steps::{KEY, MESSAGE, OTHER, invalidate_keys, names, refused, stored};
use crate::whole::{PLAIN, Whole};

crate::conformance! {
    a_new_history_has_another_generation_and_begins_with_an_invalidation
    nothing_of_the_old_history_is_served
    no_load_that_began_in_the_old_history_is_stored
    the_new_history_goes_on
    a_new_history_can_begin_where_there_was_none
    a_new_history_begins_as_often_as_it_is_asked_for
}

crate::conformance! { real:
    a_new_history_takes_the_place_of_what_is_no_history
}

async fn renew(bench: &Bench) -> Stamp {
    bench.store.renew(MESSAGE, LIMIT).await.expect("the server is there")
}

async fn a_new_history_has_another_generation_and_begins_with_an_invalidation(bench: Bench) {
    let before = bench.put(&PLAIN).await;
    let listener = bench.listen();
    let stamp = renew(&bench).await;
    assert_ne!(stamp.generation, before.generation);
    assert_eq!((stamp.sequence, bench.stamp().await), (1, stamp));
    assert_eq!(listener.heard(), [[&stamp.generation[..], &1_u64.to_be_bytes(), MESSAGE].concat()]);
}

async fn nothing_of_the_old_history_is_served(bench: Bench) {
    let (entry, other) = (Whole::of("global:users:7", &["x"]), Whole { key: "tenant:acme:users:7", ..PLAIN });
    bench.put(&entry).await;
    bench.put(&other).await;
    renew(&bench).await;
    assert!(!bench.is_valid(KEY).await && !bench.is_valid(other.key.as_bytes()).await);
    assert_eq!(bench.served(KEY, &[]).await, None);
    // Nor with tokens of the new one.
    bench.put(&Whole::of("global:users:8", &["x"])).await;
    assert!(!bench.is_valid(KEY).await && bench.is_valid(OTHER).await);
}

async fn no_load_that_began_in_the_old_history_is_stored(bench: Bench) {
    let tokens = names(["global:#users"]);
    let lease = bench.begin(KEY, &tokens).await;
    renew(&bench).await;
    refused(bench.fill(KEY, &tokens, &lease, b"old").await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn the_new_history_goes_on(bench: Bench) {
    bench.put(&PLAIN).await;
    let stamp = renew(&bench).await;
    let lease = bench.begin(KEY, &[]).await;
    assert_eq!(lease.granted, stamp);
    stored(bench.fill(KEY, &[], &lease, b"new").await);
    assert_eq!(bench.served(KEY, &[]).await.as_deref(), Some(&b"new"[..]));
    assert_eq!(bench.evict(invalidate_keys(&[KEY.into()])).await.stamp, Stamp { sequence: 2, ..stamp });
}

async fn a_new_history_can_begin_where_there_was_none(bench: Bench) {
    assert_eq!(renew(&bench).await, bench.stamp().await);
}

async fn a_new_history_begins_as_often_as_it_is_asked_for(bench: Bench) {
    let (first, second) = (renew(&bench).await, renew(&bench).await);
    assert_ne!(first.generation, second.generation);
    assert_eq!((second.sequence, bench.stamp().await), (1, second));
}

async fn a_new_history_takes_the_place_of_what_is_no_history(bench: Bench) {
    bench.put_list(&bench.control());
    assert_eq!(renew(&bench).await, bench.stamp().await);
}
