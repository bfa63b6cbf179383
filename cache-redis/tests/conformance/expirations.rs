//! An entry that is given another end.

use std::time::Duration;

use cache_core::port::{Acquire, Acquired, Expire, Kind, Moved, Read, Until};

use crate::bench::{Bench, LIMIT, Life};
use crate::record::HEADER;
use crate::steps::{KEY, LEASE, MESSAGE, TTL, invalidate_tokens, names, new_id, refused};
use crate::whole::{PLAIN, Whole};

crate::conformance! {
    a_later_end_is_told_nobody
    an_earlier_end_is_an_invalidation_of_copies
    the_same_end_is_told_nobody
    an_end_may_be_a_moment
    an_end_that_is_past_removes_the_entry
    what_never_ends_lies_on_what_never_ends
    what_never_ended_can_end
    what_may_not_be_served_is_left_as_it_is
    the_limit_of_an_entry_that_reads_keep_is_moved
    the_limit_of_an_entry_that_reads_keep_comes_nearer
    the_limit_of_an_entry_that_reads_keep_is_taken_away
    an_entry_whose_end_was_moved_has_changed
    an_end_is_moved_for_tenants_and_behind_many_tags
}

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);

async fn expire(bench: &Bench, to: Until) -> Moved {
    expire_of(bench, KEY, to).await
}

async fn expire_of(bench: &Bench, key: &[u8], to: Until) -> Moved {
    bench.store.expire(Expire { key, to, message: MESSAGE }, LIMIT).await.expect("the server is there")
}

#[track_caller]
fn earlier(moved: Moved) -> u64 {
    match moved {
        Moved::Earlier(stamp) => stamp.sequence,
        other => panic!("the end should come nearer, but: {other:?}"),
    }
}

#[track_caller]
fn is_about(found: Life, expected: Duration) {
    match found {
        // What a store takes for the server's time may be a little ahead of it.
        Life::For(left) => assert!(left.abs_diff(expected) < Duration::from_secs(5), "{left:?}"),
        other => panic!("{other:?} in place of {expected:?}"),
    }
}

impl Bench {
    /// A number in an entry.
    fn number(&self, at: usize) -> u64 {
        let entry = self.get(&self.entry(KEY)).expect("it is there");
        u64::from_be_bytes(entry[at..at + 8].try_into().expect("eight bytes"))
    }

    async fn now(&self) -> u64 {
        self.read(KEY, &[]).await.server_now
    }
}

async fn a_later_end_is_told_nobody(bench: Bench) {
    let entry = Whole { ttl: Some(MINUTE), tags: &["x", "#y"], ..PLAIN };
    bench.put(&entry).await;
    let (before, listener, payload) = (bench.header(KEY), bench.listen(), bench.get(&bench.entry(KEY)));
    assert_eq!(expire(&bench, Until::In(HOUR)).await, Moved::Later);
    let after = bench.header(KEY);
    assert_eq!((after.load, after.fill), (before.load, before.fill));
    assert!(after.expires_at >= before.expires_at + 59 * 60_000);
    assert_eq!((bench.sequence().await, listener.heard().len()), (1, 0));
    let (before, after) = (payload.expect("it was there"), bench.get(&bench.entry(KEY)).expect("it is there"));
    assert_eq!(before[HEADER..], after[HEADER..]);
    is_about(bench.life(&bench.entry(KEY)), HOUR);
    for token in entry.tokens() {
        is_about(bench.life(&bench.token(&token)), HOUR * 2);
    }
    // What lives long enough is left as it is.
    assert_eq!(expire(&bench, Until::In(HOUR + MINUTE)).await, Moved::Later);
    is_about(bench.life(&bench.token(b"global:x")), HOUR * 2);
    assert!(bench.is_valid(KEY).await);
}

async fn an_earlier_end_is_an_invalidation_of_copies(bench: Bench) {
    bench.put(&PLAIN).await;
    let (before, listener) = (bench.stamp().await, bench.listen());
    assert_eq!(earlier(expire(&bench, Until::In(MINUTE)).await), 2);
    assert_eq!((bench.header(KEY).load, bench.header(KEY).fill), (1, 2));
    is_about(bench.life(&bench.entry(KEY)), MINUTE);
    is_about(bench.life(&bench.token(b"global:#users")), TTL * 2);
    assert!(bench.is_valid(KEY).await);
    assert_eq!(listener.heard(), [[&before.generation[..], &2_u64.to_be_bytes(), MESSAGE].concat()]);
}

async fn the_same_end_is_told_nobody(bench: Bench) {
    bench.put(&PLAIN).await;
    let end = bench.header(KEY).expires_at;
    assert_eq!(expire(&bench, Until::At(end)).await, Moved::Later);
    assert_eq!((bench.header(KEY).expires_at, bench.sequence().await), (end, 1));
    earlier(expire(&bench, Until::At(end - 1)).await);
}

async fn an_end_may_be_a_moment(bench: Bench) {
    bench.put(&PLAIN).await;
    let end = bench.now().await + 3_600_000;
    assert_eq!(expire(&bench, Until::At(end)).await, Moved::Later);
    assert_eq!(bench.header(KEY).expires_at, end);
    is_about(bench.life(&bench.entry(KEY)), HOUR);
}

async fn an_end_that_is_past_removes_the_entry(bench: Bench) {
    // A fake's time has only begun.
    bench.pass(Duration::from_millis(2));
    for (to, sequence) in [(Until::In(Duration::ZERO), 2), (Until::At(0), 4), (Until::At(1), 6)] {
        bench.put(&PLAIN).await;
        let (lease, listener) = (bench.begin(KEY, &[]).await, bench.listen());
        assert_eq!(earlier(expire(&bench, to).await), sequence);
        assert!(!bench.has(&bench.entry(KEY)) && !bench.has(&bench.lease(KEY)));
        refused(bench.fill(KEY, &[], &lease, b"old").await);
        assert_eq!(listener.heard().len(), 1);
    }
}

async fn what_never_ends_lies_on_what_never_ends(bench: Bench) {
    let entry = Whole::of("global:users:7", &["x", "#y"]);
    bench.put(&entry).await;
    assert_eq!(expire(&bench, Until::Never).await, Moved::Later);
    assert_eq!((bench.header(KEY).expires_at, bench.life(&bench.entry(KEY))), (0, Life::Endless));
    for token in entry.tokens() {
        assert_eq!(bench.life(&bench.token(&token)), Life::Endless);
    }
    assert_eq!(bench.sequence().await, 1);
    assert_eq!(bench.inspect(KEY).await.map(|seen| seen.left), Some(None));
}

async fn what_never_ended_can_end(bench: Bench) {
    bench.put(&Whole { ttl: None, ..PLAIN }).await;
    assert_eq!(expire(&bench, Until::Never).await, Moved::Later);
    assert_eq!(earlier(expire(&bench, Until::In(HOUR)).await), 2);
    is_about(bench.life(&bench.entry(KEY)), HOUR);
}

async fn what_may_not_be_served_is_left_as_it_is(bench: Bench) {
    for to in [Until::In(HOUR), Until::In(Duration::ZERO), Until::Never] {
        bench.lose_everything();
        assert_eq!(expire(&bench, to).await, Moved::Missing);
        assert!(bench.names().is_empty(), "no history begins");
        bench.put(&Whole::of("global:users:7", &["x"])).await;
        bench.evict(invalidate_tokens(&names(["global:x"]))).await;
        let (entry, listener) = (bench.get(&bench.entry(KEY)), bench.listen());
        assert_eq!(expire(&bench, to).await, Moved::Missing);
        assert_eq!((bench.get(&bench.entry(KEY)), bench.sequence().await), (entry, 2));
        assert_eq!(listener.heard().len(), 0);
        is_about(bench.life(&bench.entry(KEY)), TTL);
        is_about(bench.life(&bench.token(b"global:#users")), TTL * 2);
    }
}

async fn the_limit_of_an_entry_that_reads_keep_is_moved(bench: Bench) {
    bench.put(&Whole { ttl: Some(MINUTE * 2), idle: Some(MINUTE), ..PLAIN }).await;
    assert_eq!(expire(&bench, Until::In(HOUR)).await, Moved::Later);
    let [end, same_end, limit, idle, same_limit, same_idle] = [35, 59, 67, 75, 83, 91].map(|at| bench.number(at));
    assert_eq!((end, limit, idle), (same_end, same_limit, same_idle));
    assert_eq!((limit - end, idle), (59 * 60_000, 60_000));
    is_about(bench.life(&bench.entry(KEY)), MINUTE);
    is_about(bench.life(&bench.token(b"global:#users")), HOUR * 2);
    assert!(bench.is_valid(KEY).await && bench.sequence().await == 1);
    assert!(bench.store.touch(KEY, LIMIT).await.expect("the server is there").is_some());
}

async fn the_limit_of_an_entry_that_reads_keep_comes_nearer(bench: Bench) {
    bench.put(&Whole { idle: Some(MINUTE), ..PLAIN }).await;
    // Behind the end, which the next reads will put off less far.
    assert_eq!(expire(&bench, Until::In(MINUTE * 2)).await, Moved::Later);
    assert_eq!(bench.number(67), bench.number(35) + 60_000);
    assert_eq!(earlier(expire(&bench, Until::In(MINUTE / 2)).await), 2);
    assert_eq!((bench.number(67), bench.number(83)), (bench.number(35), bench.number(59)));
    assert_eq!((bench.number(27), bench.number(51)), (2, 2));
    let lasts = bench.store.touch(KEY, LIMIT).await.expect("the server is there");
    assert!(lasts.is_some_and(|lasts| lasts <= MINUTE / 2), "{lasts:?}");
}

async fn the_limit_of_an_entry_that_reads_keep_is_taken_away(bench: Bench) {
    bench.put(&Whole { idle: Some(MINUTE), ..PLAIN }).await;
    assert_eq!(expire(&bench, Until::Never).await, Moved::Later);
    assert_eq!((bench.number(67), bench.number(83)), (0, 0));
    is_about(bench.life(&bench.entry(KEY)), MINUTE);
    assert_eq!(bench.life(&bench.token(b"global:#users")), Life::Endless);
}

/// Who has read it before must read it again before a load.
async fn an_entry_whose_end_was_moved_has_changed(bench: Bench) {
    bench.put(&PLAIN).await;
    let seen = bench.get(&bench.entry(KEY)).expect("it is there");
    expire(&bench, Until::In(HOUR)).await;
    let (at, id, kind) = (Read { key: KEY, tokens: &[] }, new_id(), Kind::Load);
    let acquire = Acquire { at, id, kind, lease: LEASE, ttl: Some(TTL), seen: &seen[..HEADER] };
    assert_eq!(bench.acquire_with(acquire).await, Acquired::Changed);
}

async fn an_end_is_moved_for_tenants_and_behind_many_tags(bench: Bench) {
    let key = "tenant:acme:users:7";
    let implicit = &["tenant:acme:#", "tenant:acme:#users", "*:#users"];
    let tags: Vec<_> = (0..300).map(|tag| format!("a tag: {tag}")).collect();
    let tags: Vec<_> = tags.iter().map(String::as_str).collect();
    let entry = Whole { key, implicit, tags: &tags, ..PLAIN };
    bench.put(&entry).await;
    assert_eq!(expire_of(&bench, key.as_bytes(), Until::In(HOUR)).await, Moved::Later);
    for token in entry.tokens() {
        is_about(bench.life(&bench.token(&token)), HOUR * 2);
    }
}
