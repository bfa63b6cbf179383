//! Which entries a server takes for such that may be served, where it judges by itself.

use std::time::Duration;

use cache_core::port::Inspected;

use crate::bench::Bench;
use crate::steps::{KEY, OTHER, TTL, invalidate_keys, invalidate_tokens, names, raise_barriers};
use crate::whole::{BODY, PLAIN, Whole};

crate::conformance! {
    an_entry_is_seen_with_its_key_and_its_time
    an_entry_without_an_end_has_no_time
    where_nothing_is_nothing_is_seen
    what_lies_on_an_invalidated_token_is_not_valid
    what_lies_on_a_lost_token_is_not_valid
    a_barrier_leaves_an_entry_valid
    a_namespace_lies_in_those_above_it
    a_tenants_entry_lies_on_the_tenants_tokens
    an_entry_of_another_history_is_not_valid
    without_a_history_nothing_is_valid_and_none_begins
    an_entry_that_has_ended_is_not_valid
    an_entry_ahead_of_the_history_is_not_valid
    an_entry_whose_end_reads_put_off_is_seen
    the_hash_of_a_long_key_is_not_its_key
    an_entry_under_anothers_name_is_not_valid
    an_altered_header_tag_or_key_is_not_valid
    a_cut_entry_is_not_valid
    another_format_is_not_valid
    a_thousand_tags_are_looked_at
    many_entries_are_seen_each_by_itself
}

crate::conformance! { real:
    an_entry_of_another_type_is_not_valid
    a_token_of_another_type_makes_its_entries_invalid
}

async fn an_entry_is_seen_with_its_key_and_its_time(bench: Bench) {
    bench.put(&Whole::of("global:users:7", &["author:7", "x"])).await;
    let (before, listener) = (bench.names(), bench.listen());
    let seen = bench.inspect(KEY).await.expect("it is valid");
    assert_eq!(&*seen.key, KEY);
    assert!(seen.left.is_some_and(|left| left <= TTL && left + Duration::from_secs(5) > TTL), "{seen:?}");
    assert_eq!((bench.names(), bench.sequence().await, listener.heard().len()), (before, 1, 0));
}

async fn an_entry_without_an_end_has_no_time(bench: Bench) {
    bench.put(&Whole { ttl: None, ..PLAIN }).await;
    assert_eq!(bench.inspect(KEY).await, Some(Inspected { key: KEY.into(), left: None }));
}

async fn where_nothing_is_nothing_is_seen(bench: Bench) {
    bench.put(&PLAIN).await;
    assert!(!bench.is_valid(OTHER).await);
    bench.evict(invalidate_keys(&[KEY.into()])).await;
    assert!(!bench.is_valid(KEY).await);
    for key in [&b""[..], b"global", b"global:users", b"tenant:acme:users"] {
        bench.overwrite(&bench.entry(key), b"something");
        assert!(!bench.is_valid(key).await);
    }
}

async fn what_lies_on_an_invalidated_token_is_not_valid(bench: Bench) {
    let entry = Whole::of("global:users:7", &["author:7", "#across", "##tenant:acme:theirs", ""]);
    for token in entry.tokens() {
        bench.put(&entry).await;
        assert!(bench.is_valid(KEY).await);
        bench.evict(invalidate_tokens(std::slice::from_ref(&token))).await;
        assert!(!bench.is_valid(KEY).await, "{}", token.escape_ascii());
        // The token is there again, and the entry is still older than it.
        bench.put(&Whole { key: "global:users:8", ..entry.clone() }).await;
        assert!(!bench.is_valid(KEY).await && bench.is_valid(OTHER).await, "{}", token.escape_ascii());
    }
}

async fn what_lies_on_a_lost_token_is_not_valid(bench: Bench) {
    let entry = Whole::of("global:users:7", &["author:7"]);
    for token in entry.tokens() {
        bench.put(&entry).await;
        bench.lose(&bench.token(&token));
        assert!(!bench.is_valid(KEY).await, "{}", token.escape_ascii());
    }
}

async fn a_barrier_leaves_an_entry_valid(bench: Bench) {
    bench.put(&PLAIN).await;
    bench.evict(raise_barriers(&names(["global:#users"]))).await;
    assert!(bench.is_valid(KEY).await);
}

async fn a_namespace_lies_in_those_above_it(bench: Bench) {
    let implicit = &["global:#", "global:#a", "global:#a/b", "global:#a/b/c", "*:#a", "*:#a/b", "*:#a/b/c"];
    let entry = Whole { key: "global:a/b/c:7", implicit, ..PLAIN };
    for token in entry.tokens() {
        bench.put(&entry).await;
        assert!(bench.is_valid(b"global:a/b/c:7").await);
        bench.evict(invalidate_tokens(&[token])).await;
        assert!(!bench.is_valid(b"global:a/b/c:7").await);
    }
    bench.put(&entry).await;
    bench.evict(invalidate_tokens(&names(["global:#b", "global:#a/b/c/d", "global:#a/", "*:#", "global:a"]))).await;
    assert!(bench.is_valid(b"global:a/b/c:7").await);
}

async fn a_tenants_entry_lies_on_the_tenants_tokens(bench: Bench) {
    let key = b"tenant:acme:users:7";
    let implicit = &["tenant:acme:#", "tenant:acme:#users", "*:#users"];
    let entry = Whole { key: "tenant:acme:users:7", implicit, tags: &["x", "#y"], ..PLAIN };
    let foreign = ["global:#", "global:#users", "tenant:other:#", "tenant:#acme", "global:x", "tenant:acme:y", "*:x"];
    bench.put(&entry).await;
    bench.evict(invalidate_tokens(&names(foreign))).await;
    assert!(bench.is_valid(key).await);
    for token in entry.tokens() {
        bench.put(&entry).await;
        bench.evict(invalidate_tokens(&[token])).await;
        assert!(!bench.is_valid(key).await);
    }
}

async fn an_entry_of_another_history_is_not_valid(bench: Bench) {
    bench.put(&PLAIN).await;
    bench.lose(&bench.control());
    bench.stamp().await;
    assert!(!bench.is_valid(KEY).await);
}

async fn without_a_history_nothing_is_valid_and_none_begins(bench: Bench) {
    bench.put(&PLAIN).await;
    bench.lose(&bench.control());
    assert!(!bench.is_valid(KEY).await);
    assert!(!bench.has(&bench.control()));
}

/// Writes a number of the header, both times.
fn write(entry: &mut [u8], at: usize, number: u64) {
    for at in [at, at + 24] {
        entry[at..at + 8].copy_from_slice(&number.to_be_bytes());
    }
}

async fn an_entry_that_has_ended_is_not_valid(bench: Bench) {
    bench.put(&PLAIN).await;
    let now = bench.read(KEY, &[]).await.server_now;
    // The name itself is still there, as with a server whose clock was put forward.
    bench.alter(KEY, |entry| write(entry, 35, now.saturating_sub(2000).max(1)));
    bench.pass(Duration::from_millis(2));
    assert!(bench.has(&bench.entry(KEY)) && !bench.is_valid(KEY).await);
}

async fn an_entry_ahead_of_the_history_is_not_valid(bench: Bench) {
    // The load's sequence, the fill's: neither is later than the history, and the load is no later than the fill.
    for (load, fill) in [(1, 2), (2, 2), (1, 0)] {
        bench.lose_everything_but_the_history();
        bench.put(&PLAIN).await;
        let sequence = bench.sequence().await;
        bench.alter(KEY, |entry| {
            write(entry, 19, sequence + load - 1);
            write(entry, 27, sequence + fill - 1);
        });
        assert!(!bench.is_valid(KEY).await, "{load} {fill}");
    }
}

async fn an_entry_whose_end_reads_put_off_is_seen(bench: Bench) {
    let idle = Duration::from_mins(1);
    bench.put(&Whole { idle: Some(idle), tags: &["x"], ..PLAIN }).await;
    let seen = bench.inspect(KEY).await.expect("it is valid");
    assert!(seen.left.is_some_and(|left| left <= idle), "{seen:?}");
    for at in 67..99 {
        bench.alter(KEY, |entry| entry[at] ^= 1);
        assert!(!bench.is_valid(KEY).await, "byte {at}");
        bench.alter(KEY, |entry| entry[at] ^= 1);
    }
    bench.evict(invalidate_tokens(&names(["global:x"]))).await;
    assert!(!bench.is_valid(KEY).await);
}

async fn the_hash_of_a_long_key_is_not_its_key(bench: Bench) {
    let (head, hash) = (format!("global:users:{}", "k".repeat(128)), "0123456789abcdef".repeat(4));
    let (key, full) = (format!("{head}#{hash}"), format!("{head}{}", "k".repeat(100)));
    bench.put(&Whole { key: &key, full_key: Some(&full), ..PLAIN }).await;
    assert_eq!(&*bench.inspect(key.as_bytes()).await.expect("it is valid").key, full.as_bytes());
    bench.put(&Whole { key: &key, full_key: Some("global:users:short"), ..PLAIN }).await;
    assert!(!bench.is_valid(key.as_bytes()).await, "it has another head");
}

async fn an_entry_under_anothers_name_is_not_valid(bench: Bench) {
    bench.put(&PLAIN).await;
    bench.put(&Whole::of("global:users:8", &[])).await;
    let other = bench.get(&bench.entry(OTHER)).expect("it is there");
    bench.overwrite(&bench.entry(KEY), &other);
    assert!(!bench.is_valid(KEY).await && bench.is_valid(OTHER).await);
}

/// But for the flags and what a server cannot check: the checksum, the shape of the value, and the value.
async fn an_altered_header_tag_or_key_is_not_valid(bench: Bench) {
    let entry = Whole::of("global:users:7", &["author:7", "x"]);
    bench.put(&entry).await;
    let body = entry.sealed().body.len() - b"payload".len();
    for at in (0..2).chain(3..BODY).chain(BODY + 24..BODY + body) {
        for flip in [0x01, 0x80, 0xff] {
            bench.alter(KEY, |entry| entry[at] ^= flip);
            assert!(!bench.is_valid(KEY).await, "byte {at}, {flip:x}");
            bench.alter(KEY, |entry| entry[at] ^= flip);
        }
    }
    assert!(bench.is_valid(KEY).await);
}

async fn a_cut_entry_is_not_valid(bench: Bench) {
    for entry in [Whole::of("global:users:7", &["author:7", "x"]), Whole { idle: Some(TTL), ..PLAIN }] {
        bench.put(&entry).await;
        let bytes = bench.get(&bench.entry(KEY)).expect("it is there");
        for length in 0..bytes.len() - b"payload".len() {
            bench.overwrite(&bench.entry(KEY), &bytes[..length]);
            assert!(!bench.is_valid(KEY).await, "{length} bytes");
        }
        bench.overwrite(&bench.entry(KEY), &bytes);
        assert!(bench.is_valid(KEY).await);
    }
}

async fn another_format_is_not_valid(bench: Bench) {
    // Of a value: two bits of codec, and none, lz4 or zstd. No value and an error have neither.
    let values = (0..4).flat_map(|codec| [0x00, 0x10, 0x20].map(|compression| 1 | codec << 2 | compression));
    let known: Vec<u8> = values.chain([0, 2]).collect();
    for flags in 0..0x80 {
        bench.put(&Whole { flags, ..PLAIN }).await;
        assert_eq!(bench.is_valid(KEY).await, known.contains(&flags), "flags {flags:x}");
    }
}

async fn a_thousand_tags_are_looked_at(bench: Bench) {
    let tags: Vec<_> = (0..1024).map(|tag| format!("{tag}:{}", "t".repeat(tag % 40))).collect();
    let mut tags: Vec<_> = tags.iter().map(String::as_str).collect();
    bench.put(&Whole::of("global:users:7", &tags)).await;
    assert_eq!(&*bench.inspect(KEY).await.expect("it is valid").key, KEY);
    let last = format!("global:{}", tags[1023]);
    bench.evict(invalidate_tokens(&names([last.as_str()]))).await;
    assert!(!bench.is_valid(KEY).await);
    tags.push("one more");
    bench.put(&Whole::of("global:users:7", &tags)).await;
    assert!(!bench.is_valid(KEY).await, "more than any node writes");
}

async fn many_entries_are_seen_each_by_itself(bench: Bench) {
    let keys: Vec<_> = (0..300).map(|number| format!("global:users:{number}")).collect();
    for number in [0, 127, 128, 299] {
        bench.put(&Whole::of(&keys[number], &["x"])).await;
    }
    bench.put(&Whole::of(&keys[5], &["y"])).await;
    bench.evict(invalidate_tokens(&names(["global:y"]))).await;
    let asked: Vec<_> = keys.iter().map(String::as_bytes).collect();
    let seen = bench.inspect_all(&asked).await;
    assert_eq!(seen.len(), 300);
    for (number, seen) in seen.into_iter().enumerate() {
        let key = seen.map(|seen| seen.key);
        let there = [0, 127, 128, 299].contains(&number);
        assert_eq!(key.as_deref(), there.then_some(asked[number]), "{number}");
    }
    assert_eq!(bench.inspect_all(&[]).await, []);
}

impl Bench {
    fn lose_everything_but_the_history(&self) {
        for name in self.names() {
            if name != self.control() {
                self.lose(&name);
            }
        }
    }
}

async fn an_entry_of_another_type_is_not_valid(bench: Bench) {
    bench.put(&PLAIN).await;
    bench.put_list(&bench.entry(KEY));
    assert!(!bench.is_valid(KEY).await);
}

async fn a_token_of_another_type_makes_its_entries_invalid(bench: Bench) {
    bench.put(&PLAIN).await;
    bench.put_list(&bench.token(b"global:#users"));
    assert!(!bench.is_valid(KEY).await);
}
