//! What a node hears of the invalidations of all nodes, and when it hears no more.

use std::time::Duration;

use cache_core::port::{Evict, Stamp, Subscription};
use cache_core::{Error, ErrorKind};

use crate::bench::{Bench, LIMIT};
use crate::steps::{KEY, MESSAGE, OTHER, invalidate_keys, invalidate_tokens, names, raise_barriers, refused, stored};

crate::conformance! {
    every_script_that_invalidates_is_heard_in_order_with_its_number
    a_message_comes_with_every_byte_that_its_sender_wrote
    whoever_has_subscribed_hears_the_same_in_the_same_order
    what_was_said_before_is_not_heard
    what_invalidates_nothing_says_nothing
    what_is_said_under_another_prefix_is_not_heard
    wildcards_in_a_prefix_do_not_widen_what_is_heard
}

crate::conformance! {
    fake_and_own:
    a_subscription_ends_when_its_connection_is_cut
    after_a_cut_another_subscription_hears_what_comes
}

crate::conformance! {
    real:
    what_is_said_in_another_database_is_not_heard
}

async fn subscribe(bench: &Bench) -> Box<dyn Subscription> {
    bench.store.subscribe(LIMIT).await.expect("the server is there")
}

async fn next(subscription: &mut Box<dyn Subscription>) -> Result<Vec<u8>, Error> {
    tokio::time::timeout(LIMIT, subscription.next()).await.expect("a message, or the end, comes in time")
}

/// The next messages: as many as there are stamps.
async fn heard<const N: usize>(subscription: &mut Box<dyn Subscription>) -> [Vec<u8>; N] {
    let mut heard = [const { Vec::new() }; N];
    for message in &mut heard {
        *message = next(subscription).await.expect("the connection is there");
    }
    heard
}

/// A message's bytes: generation (16), sequence (8), and what its sender wrote.
fn message(stamp: Stamp, sent: &[u8]) -> Vec<u8> {
    [&stamp.generation[..], &stamp.sequence.to_be_bytes(), sent].concat()
}

/// Says something that is heard last.
async fn last_word(bench: &Bench) -> Vec<u8> {
    let stamp = bench.evict(Evict { message: b"the last word", ..Evict::default() }).await.stamp;
    message(stamp, b"the last word")
}

async fn every_script_that_invalidates_is_heard_in_order_with_its_number(bench: Bench) {
    let tokens = names(["global:#users"]);
    let before = bench.stamp().await;
    let lease = bench.begin_write(KEY, &tokens).await;
    let mut subscription = subscribe(&bench).await;
    let stamps = [
        bench.evict(invalidate_keys(&[OTHER.into()])).await.stamp,
        bench.evict(invalidate_tokens(&names(["global:author:7"]))).await.stamp,
        bench.evict(raise_barriers(&names(["global:#orders"]))).await.stamp,
        stored(bench.fill_write(KEY, &tokens, &lease, b"put").await),
        refused(bench.fill_write(KEY, &tokens, &lease, b"without a lease").await),
        stored(bench.set(KEY, &tokens, b"set", None).await),
        refused(bench.set(KEY, &tokens, b"too late", Some(before)).await),
    ];
    assert_eq!(heard(&mut subscription).await, stamps.map(|stamp| message(stamp, MESSAGE)));
}

async fn a_message_comes_with_every_byte_that_its_sender_wrote(bench: Bench) {
    let mut subscription = subscribe(&bench).await;
    // Its sender's number comes first, and both are any bytes.
    let sent = b"node\0\xff\r\n of 16 b\x01\x02k\0\x01\xfe";
    let stamp = bench.evict(Evict { message: sent, ..Evict::default() }).await.stamp;
    assert_eq!(heard(&mut subscription).await, [message(stamp, sent)]);
}

async fn whoever_has_subscribed_hears_the_same_in_the_same_order(bench: Bench) {
    let beside = bench.beside(&bench.prefix);
    let (mut here, mut there) = (subscribe(&bench).await, subscribe(&beside).await);
    let stamps = [
        bench.evict(invalidate_keys(&[KEY.into()])).await.stamp,
        beside.evict(invalidate_keys(&[KEY.into()])).await.stamp,
        bench.evict(invalidate_keys(&[OTHER.into()])).await.stamp,
    ];
    let expected = stamps.map(|stamp| message(stamp, MESSAGE));
    assert_eq!(heard(&mut here).await, expected);
    assert_eq!(heard(&mut there).await, expected);
}

async fn what_was_said_before_is_not_heard(bench: Bench) {
    bench.evict(invalidate_keys(&[KEY.into()])).await;
    let mut subscription = subscribe(&bench).await;
    let last = last_word(&bench).await;
    assert_eq!(heard(&mut subscription).await, [last]);
}

async fn what_invalidates_nothing_says_nothing(bench: Bench) {
    let tokens = names(["global:author:7"]);
    let mut subscription = subscribe(&bench).await;
    bench.load(KEY, &tokens, b"body").await;
    let lease = bench.begin(OTHER, &tokens).await;
    bench.release(OTHER, &lease).await;
    refused(bench.fill(OTHER, &tokens, &lease, b"given back").await);
    bench.read(KEY, &tokens).await;
    let last = last_word(&bench).await;
    assert_eq!(heard(&mut subscription).await, [last]);
}

async fn what_is_said_under_another_prefix_is_not_heard(bench: Bench) {
    let beside = bench.beside(&format!("{}x", bench.prefix));
    let mut subscription = subscribe(&bench).await;
    beside.evict(invalidate_keys(&[KEY.into()])).await;
    let last = last_word(&bench).await;
    assert_eq!(heard(&mut subscription).await, [last]);
}

async fn wildcards_in_a_prefix_do_not_widen_what_is_heard(bench: Bench) {
    let wild = bench.beside(&format!("{}*", bench.prefix));
    let mut subscription = subscribe(&wild).await;
    bench.evict(invalidate_keys(&[KEY.into()])).await;
    let last = last_word(&wild).await;
    assert_eq!(heard(&mut subscription).await, [last]);
}

async fn what_is_said_in_another_database_is_not_heard(bench: Bench) {
    let beside = bench.in_database(1);
    let mut subscription = subscribe(&bench).await;
    beside.evict(invalidate_keys(&[KEY.into()])).await;
    let last = last_word(&bench).await;
    assert_eq!(heard(&mut subscription).await, [last]);
}

async fn a_subscription_ends_when_its_connection_is_cut(bench: Bench) {
    let mut subscription = subscribe(&bench).await;
    let last = last_word(&bench).await;
    assert_eq!(heard(&mut subscription).await, [last]);
    bench.cut_subscriptions();
    for _ in 0..2 {
        let error = next(&mut subscription).await.expect_err("it has ended, and does not begin again by itself");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
}

async fn after_a_cut_another_subscription_hears_what_comes(bench: Bench) {
    let mut first = subscribe(&bench).await;
    bench.cut_subscriptions();
    next(&mut first).await.expect_err("it has ended");
    bench.evict(invalidate_keys(&[KEY.into()])).await;
    let mut second = tokio::time::timeout(Duration::from_secs(10), subscribe(&bench)).await.expect("in time");
    let last = last_word(&bench).await;
    assert_eq!(heard(&mut second).await, [last]);
}
