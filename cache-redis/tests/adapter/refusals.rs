//! What is not stored, and records that count as missing.

use cache_core::port::{Acquired, Evict, Filled, Kind, Stamp};

use crate::bench::{Bench, heard, names};
use crate::each_kind;

const CONTROL: &str = "shop:#c";
const ENTRY: &str = "shop:global:users:7";
const LEASE: &str = "shop:#l:global:users:7";
const TOKEN: &str = "shop:#t:global:#users";

each_kind! {
    without_its_lease
    in_another_history
    after_its_tag_was_invalidated
    below_a_barrier
    beside_an_unrelated_invalidation
    set_at_another_place_in_the_history
    an_altered_lease_is_none
    an_altered_control_record_is_none
    an_altered_token_is_none
    records_of_the_future_are_none
    a_lease_without_an_end_is_none
}

async fn without_its_lease(bench: &Bench) {
    let lease = bench.lease(&[]).await;
    bench.evict(Evict { keys: &names(["global:users:7"]), message: b"", ..Evict::default() }).await;
    assert!(matches!(bench.fill(&lease, &[]).await, Filled::Refused(stamp) if stamp.sequence == 1));
    assert!(!bench.exists(ENTRY));
}

async fn in_another_history(bench: &Bench) {
    let lease = bench.lease(&[]).await;
    bench.server.command(&["DEL", CONTROL]);
    let refused = bench.fill(&lease, &[]).await;
    assert!(matches!(refused, Filled::Refused(stamp) if stamp.generation != lease.granted.generation));
    assert!(!bench.exists(ENTRY));
    // The void lease is nobody's.
    bench.lease(&[]).await;
}

async fn after_its_tag_was_invalidated(bench: &Bench) {
    for late in [false, true] {
        let tags = names(["global:#users", "global:author:7"]);
        // A tag may be known from the result only.
        let lease = bench.lease(if late { &tags[..1] } else { &tags }).await;
        bench.evict(Evict { tokens: &tags[1..], message: b"", ..Evict::default() }).await;
        assert!(matches!(bench.fill(&lease, &tags).await, Filled::Refused(_)), "late: {late}");
        // All tokens are there for the next load.
        let lease = bench.lease(&tags).await;
        assert!(matches!(bench.fill(&lease, &tags).await, Filled::Stored(_)), "late: {late}");
        bench.server.command(&["FLUSHALL"]);
    }
}

async fn below_a_barrier(bench: &Bench) {
    let tokens = names(["global:#users"]);
    let lease = bench.lease(&tokens).await;
    bench.evict(Evict { barriers: &tokens, message: b"", ..Evict::default() }).await;
    assert!(matches!(bench.fill(&lease, &tokens).await, Filled::Refused(_)));
    let lease = bench.lease(&tokens).await;
    assert!(matches!(bench.fill(&lease, &tokens).await, Filled::Stored(_)));
}

async fn beside_an_unrelated_invalidation(bench: &Bench) {
    let tokens = names(["global:#users"]);
    let lease = bench.lease(&tokens).await;
    bench.evict_another().await;
    assert!(matches!(bench.fill(&lease, &tokens).await, Filled::Stored(stamp) if stamp.sequence == 1));
    let entry = bench.get(ENTRY).expect("it was stored");
    assert_eq!(entry[19..35], [0, 1].map(u64::to_be_bytes).concat());
}

async fn set_at_another_place_in_the_history(bench: &Bench) {
    let here = bench.store.stamp(crate::bench::LONG).await.expect("the server is there");
    assert!(matches!(bench.set(Some(here)).await, Ok(Filled::Stored(stamp)) if stamp.sequence == 1));
    bench.acquire(Kind::Write, &[], b"").await;
    let mut listener = bench.listen();
    assert!(matches!(bench.set(Some(here)).await, Ok(Filled::Refused(stamp)) if stamp.sequence == 2));
    assert_eq!(heard(&mut listener), b"set");
    assert!(!bench.exists(ENTRY) && !bench.exists(LEASE));
    let elsewhere = Stamp { generation: [0; 16], sequence: 2 };
    assert!(matches!(bench.set(Some(elsewhere)).await, Ok(Filled::Refused(_))));
}

async fn an_altered_lease_is_none(bench: &Bench) {
    for at in [33, 41] {
        let lease = bench.lease(&[]).await;
        alter(bench, LEASE, at);
        assert!(matches!(bench.fill(&lease, &[]).await, Filled::Refused(_)));
    }
    bench.put(LEASE, b"short");
    let lease = bench.lease(&[]).await;
    assert!(matches!(bench.fill(&lease, &[]).await, Filled::Stored(_)));
}

async fn an_altered_control_record_is_none(bench: &Bench) {
    for at in [16, 24] {
        let lease = bench.lease(&[]).await;
        bench.evict_another().await;
        alter(bench, CONTROL, at);
        let Filled::Refused(stamp) = bench.fill(&lease, &[]).await else { panic!("its history is lost") };
        assert!(stamp.generation != lease.granted.generation && stamp.sequence == 0);
    }
    let before = bench.get(CONTROL).expect("there is one");
    bench.put(CONTROL, &[&before[..], b"x"].concat());
    bench.evict_another().await;
    assert_ne!(bench.get(CONTROL).expect("there is one")[..16], before[..16]);
}

async fn an_altered_token_is_none(bench: &Bench) {
    let tokens = names(["global:#users"]);
    for at in [16, 24, 32, 40] {
        let lease = bench.lease(&tokens).await;
        bench.evict_another().await;
        alter(bench, TOKEN, at);
        // It is minted at the present, which the load is older than.
        assert!(matches!(bench.fill(&lease, &tokens).await, Filled::Refused(_)));
        let token = bench.get(TOKEN).expect("it is minted");
        assert_eq!(token[16..32], token[32..48]);
    }
}

async fn records_of_the_future_are_none(bench: &Bench) {
    let tokens = names(["global:#users"]);
    let lease = bench.lease(&tokens).await;
    let ahead = |record: &str, at: &[usize]| {
        let mut bytes = bench.get(record).expect("it is there");
        for at in at {
            bytes[*at] = 1;
        }
        bench.put(record, &bytes);
    };
    ahead(TOKEN, &[30, 46]);
    assert!(matches!(bench.fill(&lease, &tokens).await, Filled::Stored(_)));
    assert_eq!(bench.get(TOKEN).expect("it is minted")[16..48], [0; 32]);
    bench.server.command(&["DEL", ENTRY]);
    let lease = bench.lease(&tokens).await;
    ahead(LEASE, &[38, 46]);
    assert!(matches!(bench.fill(&lease, &tokens).await, Filled::Refused(_)));
    // Lua cannot count so far.
    ahead(CONTROL, &[16, 24]);
    let stamp = bench.store.stamp(crate::bench::LONG).await.expect("the server is there");
    assert!(stamp.generation != lease.granted.generation && stamp.sequence == 0);
}

async fn a_lease_without_an_end_is_none(bench: &Bench) {
    bench.lease(&[]).await;
    bench.server.command(&["PERSIST", LEASE]);
    assert!(matches!(bench.acquire(Kind::Load, &[], b"").await, Acquired::Granted(_)));
}

/// Changes one byte, and leaves the record's end as it is.
fn alter(bench: &Bench, name: &str, at: usize) {
    let mut bytes = bench.get(name).expect("it is there");
    bytes[at] ^= 1;
    bench.server.command(&[&b"SETRANGE"[..], name.as_bytes(), b"0", &bytes]);
}
