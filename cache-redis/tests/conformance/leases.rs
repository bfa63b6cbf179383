//! Who may fill an entry.

use std::time::Duration;

use cache_core::port::{Acquire, Acquired, Kind, Lease, Read};

use crate::bench::{Bench, Life};
use crate::record::HEADER;
use crate::steps::{
    KEY, LEASE, OTHER, TTL, granted, invalidate_keys, invalidate_tokens, names, new_id, raise_barriers, refused, stored,
};

crate::conformance! {
    a_lease_says_where_the_history_stood
    a_lease_lasts_as_long_as_it_was_asked_for
    a_request_that_is_sent_again_is_granted_again
    a_request_that_is_sent_again_is_told_of_no_change
    a_request_that_is_sent_again_late_takes_nothing
    a_second_load_is_told_who_loads_and_for_how_long
    a_load_that_can_no_longer_store_keeps_nobody_out
    a_load_that_can_still_store_keeps_others_out
    a_load_is_told_of_a_write
    a_lease_that_has_ended_is_granted_again
    a_lease_in_altered_bytes_is_granted_again
    a_lease_of_a_lost_history_is_granted_again
    a_lease_ahead_of_the_history_is_worth_nothing
    a_write_takes_the_lease_from_a_load
    the_later_of_two_writes_has_the_lease
    loads_of_two_keys_do_not_meet
    a_load_is_not_granted_when_the_entry_changed_since_it_was_seen
    a_load_is_granted_when_the_entry_that_was_seen_is_still_there
    a_change_is_told_before_another_load
    a_write_does_not_ask_what_was_seen
    an_entry_shorter_than_a_header_is_seen_as_it_is
    a_released_lease_is_granted_again
    a_release_frees_its_own_lease_only
    a_release_of_what_is_not_there_is_no_error
}

async fn a_lease_says_where_the_history_stood(bench: Bench) {
    bench.set(OTHER, &[], b"body", None).await;
    let lease = bench.begin(KEY, &[]).await;
    assert_eq!(lease.granted, bench.stamp().await);
    let record = bench.get(&bench.lease(KEY)).expect("the lease is there");
    let sequence = 1_u64.to_be_bytes();
    assert_eq!(record, [&lease.id[..], &lease.granted.generation, &sequence, &sequence, b"R"].concat());
    let write = bench.begin_write(KEY, &[]).await;
    let record = bench.get(&bench.lease(KEY)).expect("the lease is there");
    assert_eq!((&record[..16], record[48]), (&write.id[..], b'W'));
}

async fn a_lease_lasts_as_long_as_it_was_asked_for(bench: Bench) {
    bench.begin(KEY, &[]).await;
    assert!(matches!(bench.life(&bench.lease(KEY)), Life::For(left) if left <= LEASE && left > LEASE / 2));
}

async fn a_request_that_is_sent_again_is_granted_again(bench: Bench) {
    let tokens = names(["global:author:7"]);
    for kind in [Kind::Load, Kind::Write] {
        let at = Read { key: KEY, tokens: &tokens };
        let acquire = Acquire { at, id: new_id(), kind, lease: LEASE, ttl: Some(TTL), seen: b"" };
        let lease = granted(bench.acquire_with(acquire).await);
        bench.evict(invalidate_tokens(&tokens)).await;
        // With the history as it stood at first: what was invalidated meanwhile keeps the load out.
        assert_eq!(granted(bench.acquire_with(acquire).await), lease);
        refused(bench.fill(KEY, &tokens, &lease, b"old").await);
    }
}

async fn a_request_that_is_sent_again_is_told_of_no_change(bench: Bench) {
    let at = Read { key: KEY, tokens: &[] };
    let acquire = Acquire { at, id: new_id(), kind: Kind::Load, lease: LEASE, ttl: Some(TTL), seen: b"" };
    let lease = granted(bench.acquire_with(acquire).await);
    bench.overwrite(&bench.entry(KEY), b"somebody else's");
    assert_eq!(granted(bench.acquire_with(acquire).await), lease);
}

async fn a_request_that_is_sent_again_late_takes_nothing(bench: Bench) {
    let at = Read { key: KEY, tokens: &[] };
    let acquire = Acquire { at, id: new_id(), kind: Kind::Load, lease: LEASE, ttl: Some(TTL), seen: b"" };
    granted(bench.acquire_with(acquire).await);
    bench.evict(invalidate_keys(&[KEY.into()])).await;
    let newer = bench.begin(KEY, &[]).await;
    busy(bench.acquire_with(acquire).await, Kind::Load);
    stored(bench.fill(KEY, &[], &newer, b"body").await);
}

async fn a_second_load_is_told_who_loads_and_for_how_long(bench: Bench) {
    bench.begin(KEY, &[]).await;
    let left = busy(bench.acquire(KEY, &[], Kind::Load).await, Kind::Load);
    assert!(left <= LEASE && left > LEASE / 2, "{left:?}");
}

/// Whoever waited for it would wait for nothing.
async fn a_load_that_can_no_longer_store_keeps_nobody_out(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    for evict in [invalidate_tokens(&tokens[..1]), invalidate_tokens(&tokens[1..]), raise_barriers(&tokens[..1])] {
        let late = bench.begin(KEY, &tokens).await;
        bench.evict(evict).await;
        let lease = bench.begin(KEY, &tokens).await;
        refused(bench.fill(KEY, &tokens, &late, b"old").await);
        stored(bench.fill(KEY, &tokens, &lease, b"new").await);
        bench.evict(invalidate_keys(&[KEY.into()])).await;
    }
}

async fn a_load_that_can_still_store_keeps_others_out(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    let lease = bench.begin(KEY, &tokens).await;
    bench.evict(invalidate_keys(&[OTHER.into()])).await;
    busy(bench.acquire(KEY, &tokens, Kind::Load).await, Kind::Load);
    let write = bench.begin_write(OTHER, &tokens).await;
    bench.evict(invalidate_tokens(&tokens[1..])).await;
    busy(bench.acquire(OTHER, &tokens, Kind::Load).await, Kind::Write);
    refused(bench.fill(KEY, &tokens, &lease, b"old").await);
    refused(bench.fill(OTHER, &tokens, &write, b"old").await);
}

async fn a_load_is_told_of_a_write(bench: Bench) {
    bench.begin_write(KEY, &[]).await;
    let left = busy(bench.acquire(KEY, &[], Kind::Load).await, Kind::Write);
    assert!(left <= LEASE && left > LEASE / 2, "{left:?}");
}

async fn a_lease_that_has_ended_is_granted_again(bench: Bench) {
    let time = Duration::from_millis(30);
    let at = Read { key: KEY, tokens: &[] };
    let acquire = Acquire { at, id: new_id(), kind: Kind::Load, lease: time, ttl: Some(TTL), seen: b"" };
    granted(bench.acquire_with(acquire).await);
    bench.pass(time + Duration::from_millis(2));
    let lease = bench.begin(KEY, &[]).await;
    stored(bench.fill(KEY, &[], &lease, b"body").await);
}

async fn a_lease_in_altered_bytes_is_granted_again(bench: Bench) {
    bench.begin(KEY, &[]).await;
    let mut record = bench.get(&bench.lease(KEY)).expect("the lease is there");
    record[40] ^= 1;
    bench.overwrite(&bench.lease(KEY), &record);
    let lease = bench.begin(KEY, &[]).await;
    stored(bench.fill(KEY, &[], &lease, b"body").await);
}

async fn a_lease_of_a_lost_history_is_granted_again(bench: Bench) {
    bench.begin(KEY, &[]).await;
    bench.lose(&bench.control());
    let lease = bench.begin(KEY, &[]).await;
    stored(bench.fill(KEY, &[], &lease, b"body").await);
}

async fn a_lease_ahead_of_the_history_is_worth_nothing(bench: Bench) {
    let before = bench.stamp().await;
    let control = bench.get(&bench.control()).expect("it is there");
    bench.set(OTHER, &[], b"set", None).await;
    let lease = bench.begin(KEY, &[]).await;
    // A server that took over from another may have missed the last invalidations.
    bench.overwrite(&bench.control(), &control);
    assert_eq!(bench.stamp().await, before);
    refused(bench.fill(KEY, &[], &lease, b"body").await);
    bench.begin(KEY, &[]).await;
}

async fn a_write_takes_the_lease_from_a_load(bench: Bench) {
    let load = bench.begin(KEY, &[]).await;
    let write = bench.begin_write(KEY, &[]).await;
    refused(bench.fill(KEY, &[], &load, b"loaded").await);
    stored(bench.fill_write(KEY, &[], &write, b"written").await);
    assert_eq!(bench.served(KEY, &[]).await.as_deref(), Some(&b"written"[..]));
}

async fn the_later_of_two_writes_has_the_lease(bench: Bench) {
    let first = bench.begin_write(KEY, &[]).await;
    let second = bench.begin_write(KEY, &[]).await;
    let record = bench.get(&bench.lease(KEY)).expect("the lease is there");
    assert!(record[..16] == second.id && first.id != second.id);
}

async fn loads_of_two_keys_do_not_meet(bench: Bench) {
    let tokens = names(["global:#users"]);
    let (one, two) = (bench.begin(KEY, &tokens).await, bench.begin(OTHER, &tokens).await);
    stored(bench.fill(OTHER, &tokens, &two, b"two").await);
    stored(bench.fill(KEY, &tokens, &one, b"one").await);
    assert_eq!(bench.served(KEY, &tokens).await.as_deref(), Some(&b"one"[..]));
    assert_eq!(bench.served(OTHER, &tokens).await.as_deref(), Some(&b"two"[..]));
}

async fn a_load_is_not_granted_when_the_entry_changed_since_it_was_seen(bench: Bench) {
    bench.load(KEY, &[], b"one").await;
    let seen = bench.get(&bench.entry(KEY)).expect("it was stored")[..HEADER].to_vec();
    assert_eq!(seeing(&bench, b"").await, Acquired::Changed, "an entry where none was seen");
    bench.set(KEY, &[], b"two", None).await;
    assert_eq!(seeing(&bench, &seen).await, Acquired::Changed, "another entry than was seen");
    bench.lose(&bench.entry(KEY));
    assert_eq!(seeing(&bench, &seen).await, Acquired::Changed, "none where an entry was seen");
    assert!(!bench.has(&bench.lease(KEY)));
}

async fn a_load_is_granted_when_the_entry_that_was_seen_is_still_there(bench: Bench) {
    bench.load(KEY, &[], b"one").await;
    let seen = bench.get(&bench.entry(KEY)).expect("it was stored")[..HEADER].to_vec();
    granted(seeing(&bench, &seen).await);
}

async fn a_change_is_told_before_another_load(bench: Bench) {
    bench.load(KEY, &[], b"one").await;
    bench.begin_write(KEY, &[]).await;
    assert_eq!(seeing(&bench, b"").await, Acquired::Changed);
}

async fn a_write_does_not_ask_what_was_seen(bench: Bench) {
    bench.load(KEY, &[], b"one").await;
    let at = Read { key: KEY, tokens: &[] };
    let acquire = Acquire { at, id: new_id(), kind: Kind::Write, lease: LEASE, ttl: Some(TTL), seen: b"" };
    granted(bench.acquire_with(acquire).await);
}

async fn an_entry_shorter_than_a_header_is_seen_as_it_is(bench: Bench) {
    bench.overwrite(&bench.entry(KEY), b"short");
    assert_eq!(seeing(&bench, b"").await, Acquired::Changed);
    let lease = granted(seeing(&bench, b"short").await);
    stored(bench.fill(KEY, &[], &lease, b"body").await);
}

async fn a_released_lease_is_granted_again(bench: Bench) {
    let lease = bench.begin(KEY, &[]).await;
    bench.release(KEY, &lease).await;
    assert!(!bench.has(&bench.lease(KEY)));
    refused(bench.fill(KEY, &[], &lease, b"late").await);
    bench.begin(KEY, &[]).await;
}

async fn a_release_frees_its_own_lease_only(bench: Bench) {
    let load = bench.begin(KEY, &[]).await;
    let write = bench.begin_write(KEY, &[]).await;
    bench.release(KEY, &load).await;
    busy(bench.acquire(KEY, &[], Kind::Load).await, Kind::Write);
    bench.release(OTHER, &write).await;
    busy(bench.acquire(KEY, &[], Kind::Load).await, Kind::Write);
}

async fn a_release_of_what_is_not_there_is_no_error(bench: Bench) {
    let granted = bench.stamp().await;
    bench.release(KEY, &Lease { id: [7; 16], granted }).await;
    assert_eq!(bench.stamp().await, granted);
}

async fn seeing(bench: &Bench, seen: &[u8]) -> Acquired {
    let at = Read { key: KEY, tokens: &[] };
    bench.acquire_with(Acquire { at, id: new_id(), kind: Kind::Load, lease: LEASE, ttl: Some(TTL), seen }).await
}

#[track_caller]
fn busy(acquired: Acquired, with: Kind) -> Duration {
    match acquired {
        Acquired::Busy(left, kind) if kind == with => left,
        other => panic!("it should be busy with a {with:?}, but: {other:?}"),
    }
}
