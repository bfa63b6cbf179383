//! A value that is written by hand, in one step.

use cache_core::port::{Filled, Read, Set, Stamp, When};

use crate::bench::{Bench, LIMIT};
use crate::steps::{KEY, MESSAGE, OTHER, TTL, invalidate_tokens, names, refused, stored};
use crate::whole::{PLAIN, Whole};

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
    a_set_where_nothing_is_is_stored_where_nothing_is
    a_set_where_nothing_is_does_nothing_where_something_is
    a_set_where_nothing_is_takes_the_place_of_what_may_not_be_served
    a_set_where_nothing_is_ends_a_load
    many_sets_are_stored_each_by_itself
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

/// Stores each entry where none is.
async fn set_absent(bench: &Bench, entries: &[Whole<'_>]) -> Vec<Filled> {
    let all: Vec<_> = entries.iter().map(|entry| (entry.sealed(), entry.tokens())).collect();
    let sets = entries.iter().zip(&all).map(|(entry, (sealed, tokens))| {
        let at = Read { key: entry.key.as_bytes(), tokens };
        Set { at, entry: sealed, ttl: entry.ttl, when: When::Absent, message: MESSAGE }
    });
    let answers = bench.store.set_many(&sets.collect::<Vec<_>>(), LIMIT).await.into_iter();
    answers.map(|answer| answer.expect("the server is there")).collect()
}

async fn a_set_where_nothing_is_is_stored_where_nothing_is(bench: Bench) {
    let listener = bench.listen();
    let stamp = stored(set_absent(&bench, &[PLAIN]).await.remove(0));
    assert_eq!((stamp.sequence, bench.stamp().await), (1, stamp));
    assert_eq!((bench.header(KEY).load, bench.header(KEY).fill), (1, 1));
    assert!(bench.is_valid(KEY).await);
    assert_eq!(listener.heard(), [[&stamp.generation[..], &stamp.sequence.to_be_bytes(), MESSAGE].concat()]);
}

async fn a_set_where_nothing_is_does_nothing_where_something_is(bench: Bench) {
    bench.put(&PLAIN).await;
    let lease = bench.begin(KEY, &[]).await;
    let (before, listener) = (bench.get(&bench.entry(KEY)), bench.listen());
    assert_eq!(set_absent(&bench, &[Whole { tags: &["new"], ttl: None, ..PLAIN }]).await, [Filled::Present]);
    assert_eq!((bench.sequence().await, listener.heard().len()), (1, 0));
    assert_eq!(bench.get(&bench.entry(KEY)), before);
    assert!(!bench.has(&bench.token(b"global:new")));
    stored(bench.fill(KEY, &[], &lease, b"loaded").await);
}

async fn a_set_where_nothing_is_takes_the_place_of_what_may_not_be_served(bench: Bench) {
    let entry = Whole::of("global:users:7", &["author:7"]);
    bench.put(&entry).await;
    bench.evict(invalidate_tokens(&names(["global:author:7"]))).await;
    stored(set_absent(&bench, std::slice::from_ref(&entry)).await.remove(0));
    bench.lose(&bench.token(b"*:#users"));
    stored(set_absent(&bench, std::slice::from_ref(&entry)).await.remove(0));
    bench.lose(&bench.control());
    stored(set_absent(&bench, std::slice::from_ref(&entry)).await.remove(0));
    bench.overwrite(&bench.entry(KEY), b"something else");
    stored(set_absent(&bench, std::slice::from_ref(&entry)).await.remove(0));
    assert_eq!(set_absent(&bench, &[entry]).await, [Filled::Present]);
}

async fn a_set_where_nothing_is_ends_a_load(bench: Bench) {
    let lease = bench.begin(KEY, &[]).await;
    stored(set_absent(&bench, &[PLAIN]).await.remove(0));
    refused(bench.fill(KEY, &[], &lease, b"loaded").await);
    assert!(bench.is_valid(KEY).await);
}

async fn many_sets_are_stored_each_by_itself(bench: Bench) {
    bench.put(&PLAIN).await;
    let lease = bench.begin(OTHER, &[]).await;
    let (other, gone) = (Whole::of("global:users:8", &[]), bench.stamp().await);
    bench.put(&Whole::of("global:users:9", &[])).await;
    let (sealed, tokens) = (other.sealed(), other.tokens());
    let set = |key: &'static [u8], when| Set {
        at: Read { key, tokens: &tokens },
        entry: &sealed,
        ttl: Some(TTL),
        when,
        message: MESSAGE,
    };
    let sets = [
        set(KEY, When::Absent),
        set(OTHER, When::Absent),
        set(OTHER, When::Absent),
        set(OTHER, When::Always),
        set(b"global:users:9", When::At(gone)),
    ];
    let answers = bench.store.set_many(&sets, LIMIT).await.into_iter();
    let answers: Vec<_> = answers.map(|answer| answer.expect("the server is there")).collect();
    assert_eq!((answers[0], answers[2]), (Filled::Present, Filled::Present));
    assert_eq!((stored(answers[1]).sequence, stored(answers[3]).sequence), (3, 4));
    assert_eq!(refused(answers[4]).sequence, 5);
    assert!(bench.is_valid(OTHER).await && !bench.has(&bench.entry(b"global:users:9")));
    refused(bench.fill(OTHER, &[], &lease, b"loaded").await);
    assert_eq!(bench.store.set_many(&[], LIMIT).await.len(), 0);
}
