//! What a load stores, and for how long.

use std::time::Duration;

use cache_core::port::{Lease, Stamp};

use crate::bench::{Bench, Life};
use crate::record::{HEADER, Header};
use crate::steps::{KEY, LEASE, OTHER, TTL, granted, names, new_id, refused, stored};

crate::conformance! {
    a_fill_under_a_live_lease_is_read_back_byte_for_byte
    any_bytes_are_a_key_a_token_and_a_value
    a_fill_says_where_the_history_stands
    the_end_of_an_entry_is_the_servers_time_and_its_ttl
    an_entry_ends_when_its_ttl_is_over
    an_entry_without_a_ttl_does_not_end
    the_shortest_ttl_is_a_ttl
    the_longest_ttl_is_not_refused
    a_fill_without_a_lease_is_refused
    a_lease_is_good_for_one_fill
    a_fill_with_another_lease_leaves_the_right_one_alone
    a_fill_after_the_lease_has_ended_is_refused
    a_lease_is_good_for_its_own_key_only
    an_entry_of_a_megabyte_is_stored
    an_entry_on_many_tokens_is_stored
    a_fill_is_refused_where_a_token_was_minted_after_what_the_entry_is_made_of
    a_fill_is_stored_where_each_token_was_minted_by_its_own_number
    no_number_is_later_than_the_leases
}

async fn a_fill_under_a_live_lease_is_read_back_byte_for_byte(bench: Bench) {
    let tokens = names(["global:#", "global:#users", "global:author:7"]);
    let lease = bench.begin(KEY, &tokens).await;
    let stamp = stored(bench.fill(KEY, &tokens, &lease, b"body").await);
    let snapshot = bench.read(KEY, &tokens).await;
    let entry = snapshot.entry.expect("it was stored");
    let Header { generation, load, fill, expires_at } = bench.header(KEY);
    let numbers: Vec<u8> = [load, fill, expires_at].iter().flat_map(|number| number.to_be_bytes()).collect();
    assert_eq!(entry, [b"L1\x01", &generation[..], &numbers, &numbers, b"body"].concat());
    assert_eq!((generation, load, fill), (stamp.generation, lease.granted.sequence, stamp.sequence));
    assert_eq!(bench.served(KEY, &tokens).await.as_deref(), Some(&b"body"[..]));
}

async fn any_bytes_are_a_key_a_token_and_a_value(bench: Bench) {
    let every: Vec<u8> = (0..=255).collect();
    let tokens = [every.clone().into_boxed_slice(), b"\r\n{}\0".as_slice().into()];
    let key = [b"global:\0\r\n{x}:".as_slice(), &every].concat();
    bench.load(&key, &tokens, &every).await;
    assert_eq!(bench.served(&key, &tokens).await, Some(every));
    assert!(bench.has(&bench.entry(&key)) && bench.has(&bench.token(&tokens[1])));
}

async fn a_fill_says_where_the_history_stands(bench: Bench) {
    let lease = bench.begin(KEY, &[]).await;
    bench.set(OTHER, &[], b"set", None).await;
    let stamp = stored(bench.fill(KEY, &[], &lease, b"body").await);
    assert_eq!(stamp, bench.stamp().await);
    assert_eq!((stamp.sequence, bench.header(KEY).load, bench.header(KEY).fill), (1, 0, 1));
}

async fn the_end_of_an_entry_is_the_servers_time_and_its_ttl(bench: Bench) {
    bench.pass(Duration::from_millis(5));
    let before = bench.read(KEY, &[]).await.server_now;
    bench.load(KEY, &[], b"body").await;
    let after = bench.read(KEY, &[]).await.server_now;
    let ttl = 600_000;
    let end = bench.header(KEY).expires_at;
    // A read's time may be rounded up by a millisecond; the end may not.
    assert!((before - 1 + ttl..=after + ttl).contains(&end), "{before} {end} {after}");
    assert!(matches!(bench.life(&bench.entry(KEY)), Life::For(left) if left <= TTL && left > TTL / 2));
}

async fn an_entry_ends_when_its_ttl_is_over(bench: Bench) {
    let ttl = Duration::from_millis(40);
    let lease = bench.begin(KEY, &[]).await;
    stored(bench.fill_for(KEY, &[], &lease, b"body", Some(ttl)).await);
    bench.pass(ttl + Duration::from_millis(2));
    assert_eq!(bench.read(KEY, &[]).await.entry, None);
    assert_eq!(bench.life(&bench.entry(KEY)), Life::Gone);
}

async fn an_entry_without_a_ttl_does_not_end(bench: Bench) {
    let lease = bench.begin(KEY, &[]).await;
    stored(bench.fill_for(KEY, &[], &lease, b"body", None).await);
    assert_eq!(bench.header(KEY).expires_at, 0);
    assert_eq!(bench.life(&bench.entry(KEY)), Life::Endless);
    assert!(bench.served(KEY, &[]).await.is_some());
}

async fn the_shortest_ttl_is_a_ttl(bench: Bench) {
    let tokens = names(["global:author:7"]);
    let lease = bench.begin(KEY, &tokens).await;
    stored(bench.fill_for(KEY, &tokens, &lease, b"body", Some(Duration::from_nanos(1))).await);
    bench.pass(Duration::from_millis(3));
    assert_eq!(bench.life(&bench.entry(KEY)), Life::Gone);
}

async fn the_longest_ttl_is_not_refused(bench: Bench) {
    let tokens = names(["global:author:7"]);
    let lease = bench.begin(KEY, &tokens).await;
    stored(bench.fill_for(KEY, &tokens, &lease, b"body", Some(Duration::MAX)).await);
    assert!(bench.served(KEY, &tokens).await.is_some());
}

async fn a_fill_without_a_lease_is_refused(bench: Bench) {
    let stamp = bench.stamp().await;
    let forged = Lease { id: [7; 16], granted: stamp };
    assert_eq!(refused(bench.fill(KEY, &[], &forged, b"body").await), stamp);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_lease_is_good_for_one_fill(bench: Bench) {
    let lease = bench.begin(KEY, &[]).await;
    stored(bench.fill(KEY, &[], &lease, b"once").await);
    assert!(!bench.has(&bench.lease(KEY)));
    refused(bench.fill(KEY, &[], &lease, b"again").await);
    assert_eq!(bench.served(KEY, &[]).await.as_deref(), Some(&b"once"[..]));
}

async fn a_fill_with_another_lease_leaves_the_right_one_alone(bench: Bench) {
    let lease = bench.begin(KEY, &[]).await;
    let forged = Lease { id: [7; 16], granted: lease.granted };
    refused(bench.fill(KEY, &[], &forged, b"forged").await);
    stored(bench.fill(KEY, &[], &lease, b"right").await);
    assert_eq!(bench.served(KEY, &[]).await.as_deref(), Some(&b"right"[..]));
}

async fn a_fill_after_the_lease_has_ended_is_refused(bench: Bench) {
    let at = cache_core::port::Read { key: KEY, tokens: &[] };
    let time = Duration::from_millis(30);
    let kind = cache_core::port::Kind::Load;
    let acquire = cache_core::port::Acquire { at, id: new_id(), kind, lease: time, ttl: Some(TTL), seen: b"" };
    let lease = granted(bench.acquire_with(acquire).await);
    bench.pass(time + Duration::from_millis(2));
    refused(bench.fill(KEY, &[], &lease, b"late").await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_lease_is_good_for_its_own_key_only(bench: Bench) {
    let lease = bench.begin(KEY, &[]).await;
    refused(bench.fill(OTHER, &[], &lease, b"body").await);
    assert!(!bench.has(&bench.entry(OTHER)));
    assert!(matches!(bench.life(&bench.lease(KEY)), Life::For(left) if left <= LEASE));
}

async fn an_entry_of_a_megabyte_is_stored(bench: Bench) {
    let body = vec![0xa5; 1 << 20];
    let Stamp { sequence, .. } = bench.load(KEY, &[], &body).await;
    assert_eq!(sequence, 0);
    assert_eq!(bench.read(KEY, &[]).await.entry.map(|entry| entry.len()), Some(HEADER + body.len()));
}

async fn an_entry_on_many_tokens_is_stored(bench: Bench) {
    let tokens: Vec<Box<[u8]>> = (0..1024).map(|tag| format!("global:tag:{tag}").into_bytes().into()).collect();
    bench.load(KEY, &tokens, b"body").await;
    assert!(bench.served(KEY, &tokens).await.is_some());
}

/// The token is older than the lease, and younger than what the entry was made of: that may be stale.
async fn a_fill_is_refused_where_a_token_was_minted_after_what_the_entry_is_made_of(bench: Bench) {
    let tokens = names(["global:#", "global:inner"]);
    bench.set(OTHER, &tokens[..1], b"set", None).await;
    bench.set(OTHER, &tokens, b"set", None).await;
    let lease = bench.begin(KEY, &tokens[..1]).await;
    refused(bench.fill_of(KEY, &tokens, &lease, &[lease.granted.sequence, 0]).await);
    assert_eq!(bench.served(KEY, &tokens).await, None);
}

async fn a_fill_is_stored_where_each_token_was_minted_by_its_own_number(bench: Bench) {
    let tokens = names(["global:#", "global:inner"]);
    bench.set(OTHER, &tokens[1..], b"set", None).await;
    bench.set(OTHER, &tokens, b"set", None).await;
    let lease = bench.begin(KEY, &tokens).await;
    stored(bench.fill_of(KEY, &tokens, &lease, &[lease.granted.sequence, 1]).await);
    assert_eq!(bench.served(KEY, &tokens).await.as_deref(), Some(&b"body"[..]));
}

async fn no_number_is_later_than_the_leases(bench: Bench) {
    let tokens = names(["global:inner"]);
    let lease = bench.begin(KEY, &[]).await;
    bench.set(OTHER, &[], b"set", None).await;
    bench.set(OTHER, &tokens, b"set", None).await;
    refused(bench.fill_of(KEY, &tokens, &lease, &[u64::MAX]).await);
}
