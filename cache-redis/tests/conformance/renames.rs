//! An entry that is put under another key.

use std::time::Duration;

use cache_core::port::{Read, Rename, Renamed};

use crate::bench::{Bench, LIMIT, Life};
use crate::record::HEADER;
use crate::steps::{KEY, MESSAGE, OTHER, TTL, invalidate_tokens, names, refused};
use crate::whole::{PLAIN, Whole};

crate::conformance! {
    a_renamed_entry_stands_under_its_other_key_alone
    a_renamed_entry_ends_when_it_would_have
    a_renamed_entry_that_does_not_end_does_not
    a_renamed_entry_is_kept_by_reads_as_before
    a_renamed_entry_lies_on_its_new_tokens
    a_rename_overwrites_what_stands_there
    a_rename_ends_the_loads_of_both_keys
    an_entry_that_is_not_the_one_that_was_read_is_not_renamed
    what_may_not_be_served_is_not_renamed
    an_entry_is_renamed_to_its_own_key
}

const NEW: Whole<'static> =
    Whole { key: "global:people:7", implicit: &["global:#", "global:#people", "*:#people"], ..PLAIN };

/// Renames, having read the entry.
async fn rename(bench: &Bench, from: &[u8], to: &Whole<'_>) -> Renamed {
    let seen = bench.get(&bench.entry(from)).unwrap_or_default();
    rename_seen(bench, from, to, &seen[..seen.len().min(HEADER)]).await
}

async fn rename_seen(bench: &Bench, from: &[u8], to: &Whole<'_>, seen: &[u8]) -> Renamed {
    let (entry, tokens) = (to.sealed(), to.tokens());
    let to = Read { key: to.key.as_bytes(), tokens: &tokens };
    let rename = Rename { from, to, seen, entry: &entry, message: MESSAGE };
    bench.store.rename(rename, LIMIT).await.expect("the server is there")
}

#[track_caller]
fn done(renamed: Renamed) -> u64 {
    match renamed {
        Renamed::Done(stamp) => stamp.sequence,
        other => panic!("it should be renamed, but: {other:?}"),
    }
}

async fn a_renamed_entry_stands_under_its_other_key_alone(bench: Bench) {
    let before = bench.put(&PLAIN).await;
    let listener = bench.listen();
    assert_eq!(done(rename(&bench, KEY, &NEW).await), 2);
    assert!(!bench.has(&bench.entry(KEY)) && bench.is_valid(NEW.key.as_bytes()).await);
    let header = bench.header(NEW.key.as_bytes());
    assert_eq!((header.generation, header.load, header.fill), (before.generation, 2, 2));
    let entry = bench.get(&bench.entry(NEW.key.as_bytes())).expect("it is there");
    assert_eq!(entry[HEADER..], NEW.sealed().body);
    assert_eq!(bench.sequence().await, 2);
    assert_eq!(listener.heard(), [[&before.generation[..], &2_u64.to_be_bytes(), MESSAGE].concat()]);
}

async fn a_renamed_entry_ends_when_it_would_have(bench: Bench) {
    bench.put(&PLAIN).await;
    let end = bench.header(KEY).expires_at;
    done(rename(&bench, KEY, &NEW).await);
    assert_eq!(bench.header(NEW.key.as_bytes()).expires_at, end);
    assert!(matches!(bench.life(&bench.entry(NEW.key.as_bytes())), Life::For(left) if left <= TTL && left > TTL / 2));
    for token in NEW.tokens() {
        assert!(matches!(bench.life(&bench.token(&token)), Life::For(left) if left > TTL && left <= TTL * 2));
    }
}

async fn a_renamed_entry_that_does_not_end_does_not(bench: Bench) {
    // Its new tokens did.
    bench.put(&NEW).await;
    bench.put(&Whole { ttl: None, ..PLAIN }).await;
    done(rename(&bench, KEY, &NEW).await);
    assert_eq!(bench.life(&bench.entry(NEW.key.as_bytes())), Life::Endless);
    for token in NEW.tokens() {
        assert_eq!(bench.life(&bench.token(&token)), Life::Endless);
    }
    assert!(bench.is_valid(NEW.key.as_bytes()).await);
}

async fn a_renamed_entry_is_kept_by_reads_as_before(bench: Bench) {
    let idle = Some(Duration::from_mins(1));
    bench.put(&Whole { idle, ..PLAIN }).await;
    let times = |key: &[u8]| bench.get(&bench.entry(key)).expect("it is there")[35..43].to_vec();
    let sliding = |key: &[u8]| bench.get(&bench.entry(key)).expect("it is there")[HEADER..99].to_vec();
    let before = (times(KEY), sliding(KEY));
    let new = Whole { idle, ..NEW };
    // An entry that reads do not keep would be another one.
    assert_eq!(rename(&bench, KEY, &NEW).await, Renamed::Changed);
    done(rename(&bench, KEY, &new).await);
    assert_eq!((times(new.key.as_bytes()), sliding(new.key.as_bytes())), before);
    assert!(matches!(bench.life(&bench.token(b"global:#people")), Life::For(left) if left > TTL));
    assert!(bench.is_valid(new.key.as_bytes()).await);
    assert!(bench.store.touch(new.key.as_bytes(), LIMIT).await.expect("the server is there").is_some());
}

async fn a_renamed_entry_lies_on_its_new_tokens(bench: Bench) {
    let (old, new) = (Whole::of("global:users:7", &["x"]), Whole { tags: &["x"], ..NEW });
    for token in new.tokens() {
        bench.put(&old).await;
        done(rename(&bench, KEY, &new).await);
        bench.evict(invalidate_tokens(&names(["global:#users", "*:#users"]))).await;
        assert!(bench.is_valid(new.key.as_bytes()).await);
        bench.evict(invalidate_tokens(&[token])).await;
        assert!(!bench.is_valid(new.key.as_bytes()).await);
    }
}

async fn a_rename_overwrites_what_stands_there(bench: Bench) {
    bench.put(&PLAIN).await;
    bench.put(&Whole { ttl: None, tags: &["old"], ..NEW }).await;
    done(rename(&bench, KEY, &NEW).await);
    bench.evict(invalidate_tokens(&names(["global:old"]))).await;
    assert!(bench.is_valid(NEW.key.as_bytes()).await);
    assert!(matches!(bench.life(&bench.entry(NEW.key.as_bytes())), Life::For(_)));
}

async fn a_rename_ends_the_loads_of_both_keys(bench: Bench) {
    bench.put(&PLAIN).await;
    let (old, new) = (bench.begin(KEY, &[]).await, bench.begin(OTHER, &[]).await);
    done(rename(&bench, KEY, &Whole::of("global:users:8", &[])).await);
    assert!(!bench.has(&bench.lease(KEY)) && !bench.has(&bench.lease(OTHER)));
    refused(bench.fill(KEY, &[], &old, b"old").await);
    refused(bench.fill(OTHER, &[], &new, b"old").await);
    assert!(!bench.has(&bench.entry(KEY)) && bench.is_valid(OTHER).await);
}

async fn an_entry_that_is_not_the_one_that_was_read_is_not_renamed(bench: Bench) {
    bench.put(&PLAIN).await;
    let seen = bench.get(&bench.entry(KEY)).expect("it is there");
    bench.put(&PLAIN).await;
    let (before, listener) = (bench.names(), bench.listen());
    for seen in [&seen[..HEADER], b"", &bench.get(&bench.entry(KEY)).expect("it is there")] {
        assert_eq!(rename_seen(&bench, KEY, &NEW, seen).await, Renamed::Changed);
    }
    assert_eq!((bench.names(), bench.sequence().await, listener.heard().len()), (before, 2, 0));
    assert!(bench.is_valid(KEY).await);
}

async fn what_may_not_be_served_is_not_renamed(bench: Bench) {
    assert_eq!(rename(&bench, KEY, &NEW).await, Renamed::Missing);
    assert!(bench.names().is_empty(), "no history begins");
    bench.put(&Whole::of("global:users:7", &["x"])).await;
    bench.evict(invalidate_tokens(&names(["global:x"]))).await;
    let (before, listener) = (bench.names(), bench.listen());
    assert_eq!(rename(&bench, KEY, &NEW).await, Renamed::Missing);
    assert_eq!((bench.names(), bench.sequence().await, listener.heard().len()), (before, 2, 0));
    bench.put(&PLAIN).await;
    bench.lose(&bench.control());
    assert_eq!(rename(&bench, KEY, &NEW).await, Renamed::Missing);
}

async fn an_entry_is_renamed_to_its_own_key(bench: Bench) {
    bench.put(&PLAIN).await;
    done(rename(&bench, KEY, &PLAIN).await);
    assert!(bench.is_valid(KEY).await);
    assert_eq!(bench.header(KEY).load, 2);
}
