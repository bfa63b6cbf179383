//! When tokens are minted, and how long they live.

use std::time::Duration;

use cache_core::port::{Acquire, Kind, Read, Set, When};

use crate::bench::{Bench, LIMIT, Life};
use crate::steps::{
    KEY, LEASE, MESSAGE, Names, OTHER, TTL, granted, invalidate_keys, names, new_id, refused, sealed, stored,
};

crate::conformance! {
    every_missing_token_is_minted_at_the_grant
    a_token_that_is_there_is_not_minted_again
    every_token_that_is_missing_at_the_fill_is_minted_there
    a_refused_fill_mints_every_token_and_the_next_load_is_stored
    a_set_mints_and_keeps_tokens
    a_token_ahead_of_the_history_is_minted_again
    a_token_is_minted_to_live_twice_as_long_as_its_entry
    a_token_is_minted_to_live_twice_as_long_as_a_long_lease
    a_fill_extends_a_token_that_would_end_before_its_entry
    a_grant_extends_a_token_that_would_end_before_its_entry
    a_grant_extends_a_token_that_would_end_before_the_lease
    a_set_extends_a_token_that_would_end_before_its_entry
    a_token_that_lives_long_enough_is_left_alone
    a_token_of_an_entry_without_a_ttl_does_not_end
    a_token_is_made_endless_by_an_entry_without_a_ttl
    an_endless_token_stays_endless
}

const LONG: Duration = Duration::from_mins(100);

async fn every_missing_token_is_minted_at_the_grant(bench: Bench) {
    let tokens = names(["global:#", "global:#users", "global:author:7"]);
    bench.evict(invalidate_keys(&[KEY.into()])).await;
    bench.load(OTHER, &tokens[1..2], b"mints one").await;
    bench.evict(invalidate_keys(&[KEY.into()])).await;
    let lease = bench.begin(KEY, &tokens).await;
    let minted = tokens.each_ref().map(|token| bench.minted(token));
    assert_eq!(minted.map(|token| (token.minted, token.barrier)), [(2, 2), (1, 1), (2, 2)]);
    assert!(minted.iter().all(|token| token.generation == lease.granted.generation));
}

async fn a_token_that_is_there_is_not_minted_again(bench: Bench) {
    let tokens = names(["global:author:7"]);
    bench.load(KEY, &tokens, b"body").await;
    let before = bench.get(&bench.token(&tokens[0]));
    bench.evict(invalidate_keys(&[OTHER.into()])).await;
    bench.load(OTHER, &tokens, b"body").await;
    stored(bench.set(OTHER, &tokens, b"body", None).await);
    assert_eq!(bench.get(&bench.token(&tokens[0])), before);
    assert!(bench.served(KEY, &tokens).await.is_some());
}

async fn every_token_that_is_missing_at_the_fill_is_minted_there(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7", "global:author:8"]);
    let lease = bench.begin(KEY, &tokens[..1]).await;
    stored(bench.fill(KEY, &tokens, &lease, b"body").await);
    let minted = tokens.each_ref().map(|token| bench.minted(token).minted);
    assert_eq!(minted, [0, 0, 0]);
    assert!(bench.served(KEY, &tokens).await.is_some());
}

async fn a_refused_fill_mints_every_token_and_the_next_load_is_stored(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7", "global:author:8", "global:author:9"]);
    let lease = bench.begin(KEY, &tokens[..1]).await;
    bench.evict(invalidate_keys(&[OTHER.into()])).await;
    refused(bench.fill(KEY, &tokens, &lease, b"body").await);
    let minted = tokens.each_ref().map(|token| bench.minted(token).minted);
    assert_eq!(minted, [0, 1, 1, 1]);
    // As it was with the first, but now every token is there.
    let lease = bench.begin(KEY, &tokens[..1]).await;
    bench.evict(invalidate_keys(&[OTHER.into()])).await;
    stored(bench.fill(KEY, &tokens, &lease, b"body").await);
    assert!(bench.served(KEY, &tokens).await.is_some());
}

async fn a_set_mints_and_keeps_tokens(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    bench.load(OTHER, &tokens[..1], b"mints one").await;
    stored(bench.set(KEY, &tokens, b"body", None).await);
    assert_eq!(bench.minted(&tokens[0]).minted, 0);
    assert!(bench.served(KEY, &tokens).await.is_some() && bench.served(OTHER, &tokens[..1]).await.is_some());
}

async fn a_token_ahead_of_the_history_is_minted_again(bench: Bench) {
    let tokens = names(["global:author:7"]);
    bench.stamp().await;
    let control = bench.get(&bench.control()).expect("it is there");
    bench.evict(invalidate_keys(&[OTHER.into()])).await;
    bench.load(KEY, &tokens, b"body").await;
    // A server that took over from another may have missed the last invalidations.
    bench.overwrite(&bench.control(), &control);
    bench.load(OTHER, &tokens, b"body").await;
    assert!(bench.served(OTHER, &tokens).await.is_some());
    assert_eq!(bench.minted(&tokens[0]).minted, 0);
}

async fn a_token_is_minted_to_live_twice_as_long_as_its_entry(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    let lease = bench.begin(KEY, &tokens[..1]).await;
    stored(bench.fill(KEY, &tokens, &lease, b"body").await);
    for token in &tokens {
        assert_lives(&bench, token, TTL * 2);
    }
}

async fn a_token_is_minted_to_live_twice_as_long_as_a_long_lease(bench: Bench) {
    let tokens = names(["global:author:7"]);
    acquire(&bench, &tokens, LONG, Some(TTL)).await;
    assert_lives(&bench, &tokens[0], LONG * 2);
}

async fn a_fill_extends_a_token_that_would_end_before_its_entry(bench: Bench) {
    let tokens = names(["global:author:7"]);
    let lease = bench.begin(KEY, &tokens).await;
    stored(bench.fill_for(KEY, &tokens, &lease, b"body", Some(LONG)).await);
    assert_lives(&bench, &tokens[0], LONG * 2);
    assert_eq!(bench.minted(&tokens[0]).minted, 0);
}

async fn a_grant_extends_a_token_that_would_end_before_its_entry(bench: Bench) {
    let tokens = names(["global:author:7"]);
    bench.load(OTHER, &tokens, b"body").await;
    acquire(&bench, &tokens, LEASE, Some(LONG)).await;
    assert_lives(&bench, &tokens[0], LONG * 2);
}

async fn a_grant_extends_a_token_that_would_end_before_the_lease(bench: Bench) {
    let tokens = names(["global:author:7"]);
    bench.load(OTHER, &tokens, b"body").await;
    acquire(&bench, &tokens, LONG, Some(TTL)).await;
    assert_lives(&bench, &tokens[0], LONG * 2);
}

async fn a_set_extends_a_token_that_would_end_before_its_entry(bench: Bench) {
    let tokens = names(["global:author:7"]);
    bench.load(OTHER, &tokens, b"body").await;
    set_for(&bench, &tokens, Some(LONG)).await;
    assert_lives(&bench, &tokens[0], LONG * 2);
}

async fn a_token_that_lives_long_enough_is_left_alone(bench: Bench) {
    let tokens = names(["global:author:7"]);
    acquire(&bench, &tokens, LEASE, Some(LONG)).await;
    stored(bench.set(OTHER, &tokens, b"body", None).await);
    bench.load(OTHER, &tokens, b"body").await;
    assert_lives(&bench, &tokens[0], LONG * 2);
}

async fn a_token_of_an_entry_without_a_ttl_does_not_end(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7", "global:author:8"]);
    let lease = acquire(&bench, &tokens[..1], LEASE, None).await;
    stored(bench.fill_for(KEY, &tokens[..2], &lease, b"body", None).await);
    set_for(&bench, &tokens[2..], None).await;
    for token in &tokens {
        assert_eq!(bench.life(&bench.token(token)), Life::Endless);
    }
}

async fn a_token_is_made_endless_by_an_entry_without_a_ttl(bench: Bench) {
    let tokens = names(["global:author:7", "global:author:8", "global:author:9"]);
    bench.load(OTHER, &tokens, b"body").await;
    acquire(&bench, &tokens[..1], LEASE, None).await;
    let lease = bench.begin_write(KEY, &[]).await;
    stored(bench.fill_for(KEY, &tokens[1..2], &lease, b"body", None).await);
    set_for(&bench, &tokens[2..], None).await;
    for token in &tokens {
        assert_eq!(bench.life(&bench.token(token)), Life::Endless);
    }
}

async fn an_endless_token_stays_endless(bench: Bench) {
    let tokens = names(["global:author:7"]);
    set_for(&bench, &tokens, None).await;
    bench.load(OTHER, &tokens, b"body").await;
    stored(bench.set(OTHER, &tokens, b"body", None).await);
    assert_eq!(bench.life(&bench.token(&tokens[0])), Life::Endless);
}

async fn acquire(bench: &Bench, tokens: &Names, lease: Duration, ttl: Option<Duration>) -> cache_core::port::Lease {
    let acquire = Acquire { at: Read { key: KEY, tokens }, id: new_id(), kind: Kind::Load, lease, ttl, seen: b"" };
    granted(bench.acquire_with(acquire).await)
}

async fn set_for(bench: &Bench, tokens: &Names, ttl: Option<Duration>) {
    let set = Set { at: Read { key: KEY, tokens }, entry: &sealed(b"body"), ttl, when: When::Always, message: MESSAGE };
    stored(bench.store.set(set, LIMIT).await.expect("the server is there"));
}

/// Exactly so long on a clock that stands; on a real one a little has passed.
#[track_caller]
fn assert_lives(bench: &Bench, token: &[u8], time: Duration) {
    let life = bench.life(&bench.token(token));
    let lives = matches!(life, Life::For(left) if left <= time && left + LIMIT > time);
    assert!(lives, "it should live for {time:?}: {life:?}");
}
