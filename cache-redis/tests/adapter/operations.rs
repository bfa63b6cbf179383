//! Each operation, on each kind of server.

use std::time::Duration;

use cache_core::port::{Acquired, Evict, Filled, Kind, Read, Release, Set, When};

use crate::bench::{Bench, KEY, LEASE, LONG, TTL, entry, heard, names};
use crate::each_kind;

each_kind! {
    what_was_loaded_is_read
    the_servers_time_is_known
    a_lease_is_waited_for_until_it_is_given_back
    an_entry_that_changed_is_read_again
    a_write_takes_the_lease
    a_write_is_told
    a_set_is_stored_and_told
    an_invalidation_takes_entries_leases_and_tokens
    many_keys_go_in_pieces
    an_entry_without_an_end_has_none
    a_ttl_below_the_servers_least_is_its_least
    a_lost_history_is_another_one
    scripts_that_the_server_forgot_are_sent_again
}

async fn what_was_loaded_is_read(bench: &Bench) {
    let tokens = names(["global:#", "global:#users"]);
    let nothing = bench.read(&tokens).await;
    assert_eq!((nothing.entry, nothing.control, nothing.tokens), (None, None, vec![None, None]));
    let lease = bench.lease(&tokens).await;
    assert_eq!(bench.fill(&lease, &tokens).await, Filled::Stored(lease.granted));
    let read = bench.read(&tokens).await;
    let generation = lease.granted.generation;
    let token = [&generation[..], &[0; 32]].concat();
    assert_eq!(read.control, Some(token[..32].to_vec()));
    assert_eq!(read.tokens, [Some(token.clone()), Some(token)]);
    let entry = read.entry.expect("it was stored");
    assert_eq!(entry[..3], *b"L1\x01");
    assert_eq!(entry[3..19], generation);
    assert_eq!(entry[19..43], entry[43..67]);
    assert_eq!(&entry[67..], b"body");
    let ends = u64::from_be_bytes(entry[35..43].try_into().expect("eight bytes"));
    let left = Duration::from_millis(ends.saturating_sub(read.server_now));
    assert!(left <= TTL && left + LONG > TTL, "{left:?}");
    let life = bench.server.command(&["PTTL", "shop:global:users:7"]).int();
    assert!((50_000..=60_000).contains(&life), "{life}");
    let life = bench.server.command(&["PTTL", "shop:#t:global:#users"]).int();
    assert!((110_000..=120_000).contains(&life), "{life}");
    assert!(!bench.exists("shop:#l:global:users:7"));
}

async fn the_servers_time_is_known(bench: &Bench) {
    let time = || match bench.server.command(&["TIME"]).array() {
        [seconds, micros] => {
            let number = |value: &larder_test_support::Value| value.text().parse::<u64>().expect("a number");
            number(seconds) * 1000 + number(micros) / 1000
        }
        other => panic!("{other:?}"),
    };
    let before = time();
    let read = bench.read(&[]).await.server_now;
    let after = time();
    assert!(read >= before, "{read} is earlier than {before}");
    assert!(read <= after + 1000, "{read} is much later than {after}");
}

async fn a_lease_is_waited_for_until_it_is_given_back(bench: &Bench) {
    let lease = bench.lease(&[]).await;
    match bench.acquire(Kind::Load, &[], b"").await {
        Acquired::Busy(left, Kind::Load) => assert!(left <= LEASE && left + LONG > LEASE, "{left:?}"),
        other => panic!("{other:?}"),
    }
    bench.store.release_many(&[Release { key: KEY, id: &[0; 16] }], LONG).await.expect("another id is no error");
    assert!(matches!(bench.acquire(Kind::Load, &[], b"").await, Acquired::Busy(..)));
    bench.store.release_many(&[Release { key: KEY, id: &lease.id }], LONG).await.expect("the server is there");
    bench.lease(&[]).await;
}

async fn an_entry_that_changed_is_read_again(bench: &Bench) {
    let lease = bench.lease(&[]).await;
    bench.fill(&lease, &[]).await;
    assert_eq!(bench.acquire(Kind::Load, &[], b"").await, Acquired::Changed);
    let seen = bench.read(&[]).await.entry.expect("it was stored");
    assert!(matches!(bench.acquire(Kind::Load, &[], &seen[..67]).await, Acquired::Granted(_)));
}

async fn a_write_takes_the_lease(bench: &Bench) {
    let load = bench.lease(&[]).await;
    let Acquired::Granted(write) = bench.acquire(Kind::Write, &[], b"").await else {
        panic!("a write waits for nobody")
    };
    assert!(matches!(bench.acquire(Kind::Load, &[], b"").await, Acquired::Busy(_, Kind::Write)));
    assert_eq!(bench.fill(&load, &[]).await, Filled::Refused(load.granted));
    assert!(matches!(bench.fill(&write, &[]).await, Filled::Stored(_)));
}

async fn a_write_is_told(bench: &Bench) {
    let mut listener = bench.listen();
    let Acquired::Granted(write) = bench.acquire(Kind::Write, &[], b"").await else {
        panic!("a write waits for nobody")
    };
    let stored = bench.try_fill(&write, &[], Some(b"first")).await.expect("the server is there");
    assert!(matches!(stored, Filled::Stored(stamp) if stamp.sequence == 1));
    assert_eq!(heard(&mut listener), b"first");
    let refused = bench.try_fill(&write, &[], Some(b"second")).await.expect("the server is there");
    assert!(matches!(refused, Filled::Refused(stamp) if stamp.sequence == 2));
    assert_eq!(heard(&mut listener), b"second");
    assert_eq!(bench.read(&[]).await.entry, None);
}

async fn a_set_is_stored_and_told(bench: &Bench) {
    let mut listener = bench.listen();
    let load = bench.lease(&[]).await;
    let stored = bench.set(None).await.expect("the server is there");
    assert!(matches!(stored, Filled::Stored(stamp) if stamp.sequence == 1));
    assert_eq!(heard(&mut listener), b"set");
    assert!(matches!(bench.fill(&load, &[]).await, Filled::Refused(_)));
    let entry = bench.read(&[]).await.entry.expect("it was stored");
    assert_eq!(entry[19..35], [1_u64.to_be_bytes(), 1_u64.to_be_bytes()].concat());
}

async fn an_invalidation_takes_entries_leases_and_tokens(bench: &Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    let lease = bench.lease(&tokens).await;
    bench.fill(&lease, &tokens).await;
    bench.acquire(Kind::Write, &[], b"").await;
    let mut listener = bench.listen();
    let keys = names(["global:users:7", "global:users:8"]);
    let (gone, barriers) = (names(["global:author:7"]), names(["global:#users", "global:#missing"]));
    let evicted =
        bench.evict(Evict { keys: &keys, tokens: &gone, barriers: &barriers, message: b"m", judges: false }).await;
    assert_eq!((evicted.removed, evicted.stamp.sequence), (1, 1));
    assert_eq!(evicted.stamp.generation, lease.granted.generation);
    assert_eq!(heard(&mut listener), b"m");
    let read = bench.read(&tokens).await;
    let numbers = [0, 1, 0, 1].map(u64::to_be_bytes).concat();
    let raised = [&lease.granted.generation[..], &numbers].concat();
    assert_eq!((read.entry, read.tokens), (None, vec![Some(raised), None]));
    assert!(!bench.exists("shop:#l:global:users:7") && !bench.exists("shop:#t:global:#missing"));
    assert!(bench.server.command(&["PTTL", "shop:#t:global:#users"]).int() > 0);
}

async fn many_keys_go_in_pieces(bench: &Bench) {
    let keys: Vec<Box<[u8]>> = (0..300).map(|n| format!("global:users:{n}").into_bytes().into()).collect();
    for key in &keys {
        let at = Read { key, tokens: &[] };
        let set = Set { at, entry: &entry(), ttl: Some(TTL), when: When::Always, message: b"" };
        bench.store.set(set, LONG).await.expect("the server is there");
    }
    let mut listener = bench.listen();
    let evicted = bench.evict(Evict { keys: &keys, message: b"all", ..Evict::default() }).await;
    assert_eq!((evicted.removed, evicted.stamp.sequence), (300, 303));
    for _ in 0..3 {
        assert_eq!(heard(&mut listener), b"all");
    }
    assert_eq!(bench.server.command(&["KEYS", "shop:global:*"]).array().len(), 0);
}

async fn an_entry_without_an_end_has_none(bench: &Bench) {
    let tokens = names(["global:#users"]);
    let lease = bench.lease(&tokens).await;
    for (ttl, message) in [(None, b"1"), (Some(Duration::MAX), b"2")] {
        let at = Read { key: KEY, tokens: &tokens };
        let set = Set { at, entry: &entry(), ttl, when: When::Always, message };
        assert!(matches!(bench.store.set(set, LONG).await, Ok(Filled::Stored(_))), "{lease:?}");
        assert_eq!(bench.server.command(&["PTTL", "shop:global:users:7"]).int(), -1);
        assert_eq!(bench.server.command(&["PTTL", "shop:#t:global:#users"]).int(), -1);
        let entry = bench.read(&[]).await.entry.expect("it was stored");
        assert_eq!(entry[35..43], [0; 8]);
    }
}

async fn a_ttl_below_the_servers_least_is_its_least(bench: &Bench) {
    let at = Read { key: KEY, tokens: &names(["global:#users"]) };
    let set = Set { at, entry: &entry(), ttl: Some(Duration::ZERO), when: When::Always, message: b"" };
    assert!(matches!(bench.store.set(set, LONG).await, Ok(Filled::Stored(_))));
}

async fn a_lost_history_is_another_one(bench: &Bench) {
    let stamp = || async { bench.store.stamp(LONG).await.expect("the server is there") };
    let first = stamp().await;
    assert_eq!(stamp().await, first);
    bench.server.command(&["FLUSHALL"]);
    let second = stamp().await;
    bench.server.command(&["FLUSHALL"]);
    let third = stamp().await;
    assert!(first.generation != second.generation && second.generation != third.generation);
    assert_eq!(third.sequence, 0);
}

async fn scripts_that_the_server_forgot_are_sent_again(bench: &Bench) {
    bench.store.stamp(LONG).await.expect("the server is there");
    for _ in 0..2 {
        bench.server.command(&["SCRIPT", "FLUSH"]);
        let lease = bench.lease(&[]).await;
        assert!(matches!(bench.fill(&lease, &[]).await, Filled::Stored(_)));
        bench.evict(Evict { keys: &names(["global:users:7"]), message: b"", ..Evict::default() }).await;
    }
}
