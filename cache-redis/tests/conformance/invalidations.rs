//! What an invalidation takes away, and which loads it keeps out.

use cache_core::port::Evict;

use crate::bench::{Bench, Life};
use crate::steps::{
    KEY, MESSAGE, OTHER, TTL, invalidate_keys, invalidate_tokens, names, raise_barriers, refused, stored,
};
use crate::whole::{PLAIN, Whole};

crate::conformance! {
    a_load_is_refused_after_its_key_was_invalidated
    a_load_is_refused_after_its_tag_was_invalidated
    a_load_is_refused_after_its_namespace_was_invalidated
    a_load_is_refused_after_its_barrier_was_raised
    a_load_is_refused_after_a_missing_barrier_was_raised
    a_load_is_refused_after_a_tag_that_it_learned_of_late_was_invalidated
    a_load_that_began_after_an_invalidation_is_stored
    an_unrelated_invalidation_refuses_nothing_that_was_known_at_the_grant
    what_lies_on_an_invalidated_tag_is_not_served_again
    a_barrier_leaves_what_is_stored
    a_barrier_keeps_the_end_of_its_token
    an_invalidation_of_a_key_takes_the_entry_and_the_lease
    an_invalidation_is_one_step_however_much_it_names
    an_invalidation_that_names_nothing_is_one_too
    an_invalidation_counts_the_entries_that_it_removed
    an_invalidation_is_published_with_its_place_in_the_history
    an_invalidation_can_be_sent_again
    an_invalidation_of_thousands_of_keys_takes_them_all
    an_invalidation_says_which_entries_might_have_been_served
    an_invalidation_of_many_keys_says_of_each_what_stood_there_before_all_of_it
    an_invalidation_judges_nothing_that_nobody_asks_about
}

async fn a_load_is_refused_after_its_key_was_invalidated(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    let lease = bench.begin(KEY, &tokens).await;
    let evicted = bench.evict(invalidate_keys(&[KEY.into()])).await;
    assert_eq!(refused(bench.fill(KEY, &tokens, &lease, b"old").await), evicted.stamp);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_load_is_refused_after_its_tag_was_invalidated(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    let lease = bench.begin(KEY, &tokens).await;
    bench.evict(invalidate_tokens(&tokens[1..])).await;
    refused(bench.fill(KEY, &tokens, &lease, b"old").await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_load_is_refused_after_its_namespace_was_invalidated(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    let lease = bench.begin(KEY, &tokens).await;
    bench.evict(invalidate_tokens(&tokens[..1])).await;
    refused(bench.fill(KEY, &tokens, &lease, b"old").await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_load_is_refused_after_its_barrier_was_raised(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    let lease = bench.begin(KEY, &tokens).await;
    let raised = bench.evict(raise_barriers(&tokens[..1])).await.stamp.sequence;
    let token = bench.minted(&tokens[0]);
    assert_eq!((token.minted, token.barrier), (0, raised));
    refused(bench.fill(KEY, &tokens, &lease, b"old").await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_load_is_refused_after_a_missing_barrier_was_raised(bench: Bench) {
    let tokens = names(["global:#users"]);
    let lease = bench.begin(KEY, &tokens).await;
    bench.lose(&bench.token(&tokens[0]));
    bench.evict(raise_barriers(&tokens)).await;
    refused(bench.fill(KEY, &tokens, &lease, b"old").await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_load_is_refused_after_a_tag_that_it_learned_of_late_was_invalidated(bench: Bench) {
    let late = names(["global:author:7"]);
    bench.load(OTHER, &late, b"mints the token").await;
    let lease = bench.begin(KEY, &[]).await;
    bench.evict(invalidate_tokens(&late)).await;
    refused(bench.fill(KEY, &late, &lease, b"old").await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_load_that_began_after_an_invalidation_is_stored(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    bench.load(KEY, &tokens, b"old").await;
    bench.evict(Evict { keys: &[KEY.into()], tokens: &tokens, ..Evict::default() }).await;
    bench.evict(raise_barriers(&tokens)).await;
    bench.load(KEY, &tokens, b"new").await;
    assert_eq!(bench.served(KEY, &tokens).await.as_deref(), Some(&b"new"[..]));
}

async fn an_unrelated_invalidation_refuses_nothing_that_was_known_at_the_grant(bench: Bench) {
    let tokens = names(["global:#", "global:#users", "global:author:7"]);
    let lease = bench.begin(KEY, &tokens).await;
    bench.evict(invalidate_keys(&[OTHER.into()])).await;
    bench.evict(invalidate_tokens(&names(["global:author:8", "global:#orders"]))).await;
    bench.evict(raise_barriers(&names(["global:#orders"]))).await;
    stored(bench.fill(KEY, &tokens, &lease, b"body").await);
    assert_eq!(bench.served(KEY, &tokens).await.as_deref(), Some(&b"body"[..]));
}

async fn what_lies_on_an_invalidated_tag_is_not_served_again(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    bench.load(KEY, &tokens, b"old").await;
    bench.evict(invalidate_tokens(&tokens[1..])).await;
    assert_eq!(bench.served(KEY, &tokens).await, None);
    // The entry is still there, and the tag has a token again.
    bench.load(OTHER, &tokens, b"new").await;
    assert!(bench.has(&bench.entry(KEY)));
    assert_eq!(bench.served(KEY, &tokens).await, None);
    assert_eq!(bench.served(OTHER, &tokens).await.as_deref(), Some(&b"new"[..]));
}

async fn a_barrier_leaves_what_is_stored(bench: Bench) {
    let tokens = names(["global:#users"]);
    bench.load(KEY, &tokens, b"body").await;
    bench.evict(raise_barriers(&tokens)).await;
    assert_eq!(bench.served(KEY, &tokens).await.as_deref(), Some(&b"body"[..]));
}

async fn a_barrier_keeps_the_end_of_its_token(bench: Bench) {
    let tokens = names(["global:#users"]);
    bench.load(KEY, &tokens, b"body").await;
    bench.evict(raise_barriers(&tokens)).await;
    assert!(matches!(bench.life(&bench.token(&tokens[0])), Life::For(left) if left > TTL && left <= TTL * 2));
}

async fn an_invalidation_of_a_key_takes_the_entry_and_the_lease(bench: Bench) {
    bench.load(KEY, &[], b"body").await;
    let lease = bench.begin(KEY, &[]).await;
    bench.evict(invalidate_keys(&[KEY.into()])).await;
    assert!(!bench.has(&bench.entry(KEY)) && !bench.has(&bench.lease(KEY)));
    let newer = bench.begin(KEY, &[]).await;
    assert_ne!(lease.id, newer.id);
}

async fn an_invalidation_is_one_step_however_much_it_names(bench: Bench) {
    let before = bench.stamp().await;
    let keys: Vec<Box<[u8]>> = (0..100).map(|key| format!("global:users:{key}").into_bytes().into()).collect();
    let (tokens, barriers) = (names(["global:a", "global:b", "global:c"]), names(["global:#users", "global:#orders"]));
    let listener = bench.listen();
    let evict = Evict { keys: &keys, tokens: &tokens, barriers: &barriers, message: MESSAGE, judges: false };
    let stamp = bench.evict(evict).await.stamp;
    assert_eq!((stamp.generation, stamp.sequence), (before.generation, before.sequence + 1));
    assert_eq!(bench.stamp().await, stamp);
    assert_eq!(listener.heard().len(), 1);
}

async fn an_invalidation_that_names_nothing_is_one_too(bench: Bench) {
    let before = bench.sequence().await;
    let listener = bench.listen();
    let evicted = bench.evict(Evict { message: MESSAGE, ..Evict::default() }).await;
    assert_eq!((evicted.stamp.sequence, evicted.removed), (before + 1, 0));
    assert_eq!(listener.heard().len(), 1);
}

async fn an_invalidation_counts_the_entries_that_it_removed(bench: Bench) {
    let tokens = names(["global:author:7"]);
    bench.load(KEY, &tokens, b"body").await;
    bench.load(OTHER, &tokens, b"body").await;
    let absent: Box<[u8]> = b"global:users:absent".as_slice().into();
    bench.begin(&absent, &tokens).await;
    let keys = [KEY.into(), OTHER.into(), absent];
    let evict =
        Evict { keys: &keys, tokens: &tokens, barriers: &names(["global:#users"]), message: MESSAGE, judges: false };
    assert_eq!(bench.evict(evict).await.removed, 2);
    assert_eq!(bench.evict(evict).await.removed, 0);
}

async fn an_invalidation_is_published_with_its_place_in_the_history(bench: Bench) {
    let listener = bench.listen();
    let first = bench.evict(invalidate_keys(&[KEY.into()])).await.stamp;
    let message = b"any\0bytes\r\n\xff";
    let second = bench.evict(Evict { message, ..Evict::default() }).await.stamp;
    let expected = [(first, MESSAGE), (second, message.as_slice())]
        .map(|(stamp, message)| [&stamp.generation[..], &stamp.sequence.to_be_bytes(), message].concat());
    assert_eq!(listener.heard(), expected);
}

async fn an_invalidation_can_be_sent_again(bench: Bench) {
    let tokens = names(["global:author:7"]);
    bench.load(KEY, &tokens, b"old").await;
    let evict = Evict {
        keys: &[KEY.into()],
        tokens: &tokens,
        barriers: &names(["global:#users"]),
        message: MESSAGE,
        judges: false,
    };
    let (first, second) = (bench.evict(evict).await.stamp, bench.evict(evict).await.stamp);
    assert_eq!((second.generation, second.sequence), (first.generation, first.sequence + 1));
    bench.load(KEY, &tokens, b"new").await;
    assert_eq!(bench.served(KEY, &tokens).await.as_deref(), Some(&b"new"[..]));
}

async fn an_invalidation_of_thousands_of_keys_takes_them_all(bench: Bench) {
    // More than fit on a script's stack at once. How many steps this takes is the adapter's affair.
    let keys: Vec<Box<[u8]>> = (0..12_000).map(|key| format!("global:many:{key}").into_bytes().into()).collect();
    let sample = [&keys[0], &keys[127], &keys[128], &keys[11_999]];
    for key in sample {
        bench.load(key, &[], b"body").await;
    }
    let lease = bench.begin(&keys[6000], &[]).await;
    assert_eq!(bench.evict(invalidate_keys(&keys)).await.removed, 4);
    assert!(!sample.iter().any(|key| bench.has(&bench.entry(key))));
    refused(bench.fill(&keys[6000], &[], &lease, b"old").await);
}

async fn an_invalidation_says_which_entries_might_have_been_served(bench: Bench) {
    bench.put(&PLAIN).await;
    bench.put(&Whole::of("global:users:8", &["author:7"])).await;
    bench.put(&Whole::of("global:users:9", &["author:8"])).await;
    bench.evict(invalidate_tokens(&names(["global:author:7"]))).await;
    let lease = bench.begin(OTHER, &[]).await;
    let keys = names(["global:users:7", "global:users:8", "global:users:9", "global:users:none"]);
    // What goes with the same invalidation was valid before.
    let tokens = names(["global:author:8"]);
    let evict = Evict { keys: &keys, tokens: &tokens, message: MESSAGE, judges: true, ..Evict::default() };
    let evicted = bench.evict(evict).await;
    assert_eq!((evicted.removed, evicted.valid), (3, vec![true, false, true, false]));
    assert_eq!(evicted.stamp, bench.stamp().await);
    let evicted = bench.evict(evict).await;
    assert_eq!((evicted.removed, evicted.valid), (0, vec![false; 4]));
    refused(bench.fill(OTHER, &[], &lease, b"old").await);
}

async fn an_invalidation_of_many_keys_says_of_each_what_stood_there_before_all_of_it(bench: Bench) {
    let keys: Vec<_> = (0..300).map(|number| format!("global:users:{number}")).collect();
    let there = [0, 127, 128, 299];
    for number in there {
        bench.put(&Whole::of(&keys[number], &["x"])).await;
    }
    bench.put(&Whole::of(&keys[1], &["y"])).await;
    bench.lose(&bench.token(b"global:y"));
    let keys: Vec<Box<[u8]>> = keys.iter().map(|key| key.as_bytes().into()).collect();
    let tokens = names(["global:x", "global:#users"]);
    let evict = Evict { keys: &keys, tokens: &tokens, barriers: &tokens[1..], message: MESSAGE, judges: true };
    let evicted = bench.evict(evict).await;
    assert_eq!((evicted.removed, evicted.stamp), (5, bench.stamp().await));
    let valid: Vec<_> = (0..300).map(|number| there.contains(&number)).collect();
    assert_eq!(evicted.valid, valid);
    assert!(!bench.has(&bench.token(b"global:x")));
}

async fn an_invalidation_judges_nothing_that_nobody_asks_about(bench: Bench) {
    bench.put(&PLAIN).await;
    let evicted = bench.evict(invalidate_keys(&[KEY.into()])).await;
    assert_eq!((evicted.removed, evicted.valid), (1, vec![]));
}
