//! An entry whose end reads put off.

use std::time::Duration;

use cache_core::port::{Read, Sealed, Set, When};

use crate::bench::{Bench, LIMIT, Life};
use crate::steps::{KEY, MESSAGE, TTL, names, stored};
use crate::whole::{PLAIN, Whole};

crate::conformance! {
    an_entry_ends_when_it_is_not_touched
    a_touch_puts_the_end_off_in_the_entry_and_on_the_server
    no_touch_puts_the_end_off_beyond_the_limit
    a_touch_never_brings_the_end_nearer
    the_tokens_outlast_what_any_touch_can_do
    what_does_not_slide_is_not_touched
    altered_times_are_not_touched
    an_entry_that_may_stay_unread_for_ever_is_one_all_the_same
}

const IDLE: Duration = Duration::from_secs(3);
/// Where the node's bytes begin.
const BODY: usize = 99;

/// Stores an entry that ends after `ttl`, and when nobody reads it for so long.
async fn store(bench: &Bench, ttl: Option<Duration>, idle: Duration) {
    let entry = Sealed { mark: *b"L1\x81", body: b"body".to_vec(), idle: Some(idle) };
    let tokens = names(["global:author:7"]);
    let set = Set { at: Read { key: KEY, tokens: &tokens }, entry: &entry, ttl, when: When::Always, message: MESSAGE };
    stored(bench.store.set(set, LIMIT).await.expect("the server is there"));
}

async fn touch(bench: &Bench) -> Option<Duration> {
    bench.store.touch(KEY, LIMIT).await.expect("the server is there")
}

fn number(bench: &Bench, at: usize) -> u64 {
    let entry = bench.get(&bench.entry(KEY)).expect("it is there");
    u64::from_be_bytes(entry[at..at + 8].try_into().expect("eight bytes"))
}

fn left(bench: &Bench) -> Duration {
    match bench.life(&bench.entry(KEY)) {
        Life::For(left) => left,
        other => panic!("{other:?}"),
    }
}

fn is_about(found: Duration, expected: Duration) -> bool {
    found <= expected && found + Duration::from_secs(1) > expected
}

async fn an_entry_ends_when_it_is_not_touched(bench: Bench) {
    store(&bench, Some(TTL), IDLE).await;
    assert!(is_about(left(&bench), IDLE));
    let numbers = [35, 59, 67, 75, 83, 91].map(|at| number(&bench, at));
    let [end, same_end, limit, idle, same_limit, same_idle] = numbers;
    assert_eq!((end, limit, idle), (same_end, same_limit, same_idle));
    assert_eq!((limit - end, idle), (597_000, 3000));
    assert_eq!(bench.get(&bench.entry(KEY)).expect("it is there")[BODY..], *b"body");
}

async fn a_touch_puts_the_end_off_in_the_entry_and_on_the_server(bench: Bench) {
    store(&bench, Some(TTL), IDLE).await;
    let before = number(&bench, 35);
    bench.pass(Duration::from_millis(300));
    assert!(is_about(touch(&bench).await.expect("it is there"), IDLE));
    assert!(number(&bench, 35) >= before + 300);
    assert_eq!(number(&bench, 35), number(&bench, 59));
    assert!(is_about(left(&bench), IDLE));
}

async fn no_touch_puts_the_end_off_beyond_the_limit(bench: Bench) {
    store(&bench, Some(Duration::from_millis(3300)), IDLE).await;
    bench.pass(Duration::from_millis(700));
    let lasts = touch(&bench).await.expect("it is there");
    assert!(lasts <= Duration::from_millis(2600), "{lasts:?}");
    assert_eq!(number(&bench, 35), number(&bench, 67));
    assert!(left(&bench) <= lasts);
    store(&bench, None, IDLE).await;
    assert_eq!(number(&bench, 67), 0, "it has no limit");
    assert!(touch(&bench).await.is_some());
}

async fn a_touch_never_brings_the_end_nearer(bench: Bench) {
    store(&bench, Some(TTL), IDLE).await;
    let later = number(&bench, 35) + 60_000;
    let name = bench.entry(KEY);
    let mut entry = bench.get(&name).expect("it is there");
    for at in [35, 59] {
        entry[at..at + 8].copy_from_slice(&later.to_be_bytes());
    }
    bench.overwrite(&name, &entry);
    assert!(touch(&bench).await.expect("it is there") > Duration::from_mins(1));
    assert_eq!(number(&bench, 35), later);
}

async fn the_tokens_outlast_what_any_touch_can_do(bench: Bench) {
    store(&bench, Some(TTL), IDLE).await;
    touch(&bench).await;
    let token = bench.token(b"global:author:7");
    assert!(
        matches!(bench.life(&token), Life::For(life) if life > TTL),
        "from the start longer than the entry can last"
    );
}

async fn what_does_not_slide_is_not_touched(bench: Bench) {
    assert_eq!(touch(&bench).await, None, "where nothing is");
    bench.load(KEY, &[], &[0; 64]).await;
    let before = bench.get(&bench.entry(KEY));
    assert_eq!(touch(&bench).await, None);
    assert_eq!(bench.get(&bench.entry(KEY)), before);
    bench.overwrite(&bench.entry(KEY), b"L1\x81");
    assert_eq!(touch(&bench).await, None, "what is cut");
}

async fn altered_times_are_not_touched(bench: Bench) {
    store(&bench, Some(TTL), IDLE).await;
    let name = bench.entry(KEY);
    let entry = bench.get(&name).expect("it is there");
    for at in [35, 60, 70, 80, 90, 98] {
        let mut altered = entry.clone();
        altered[at] ^= 1;
        bench.overwrite(&name, &altered);
        assert_eq!(touch(&bench).await, None, "byte {at}");
        assert_eq!(bench.get(&name), Some(altered));
    }
}

/// Its mark says that reads put its end off, so its times must be there.
async fn an_entry_that_may_stay_unread_for_ever_is_one_all_the_same(bench: Bench) {
    for ttl in [Some(TTL), None] {
        bench.put(&Whole { idle: Some(Duration::MAX), ttl, ..PLAIN }).await;
        assert!(bench.is_valid(KEY).await, "{ttl:?}");
    }
}
