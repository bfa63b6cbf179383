//! Applications that share a server do not see each other.

use crate::bench::Bench;
use crate::steps::{KEY, invalidate_keys, invalidate_tokens, names, stored};

crate::conformance! {
    two_prefixes_have_entries_and_histories_of_their_own
    a_walk_stays_under_its_prefix
    wildcards_in_a_prefix_are_taken_as_they_are
}

async fn two_prefixes_have_entries_and_histories_of_their_own(bench: Bench) {
    let beside = bench.beside(&format!("{}x", bench.prefix));
    let tokens = names(["global:author:7"]);
    bench.load(KEY, &tokens, b"here").await;
    let lease = beside.begin(KEY, &tokens).await;
    bench.evict(invalidate_keys(&[KEY.into()])).await;
    bench.evict(invalidate_tokens(&tokens)).await;
    stored(beside.fill(KEY, &tokens, &lease, b"there").await);
    assert_eq!(beside.served(KEY, &tokens).await.as_deref(), Some(&b"there"[..]));
    assert_eq!(bench.served(KEY, &tokens).await, None);
    assert_eq!((bench.sequence().await, beside.sequence().await), (2, 0));
    assert_ne!(bench.stamp().await.generation, beside.stamp().await.generation);
}

async fn a_walk_stays_under_its_prefix(bench: Bench) {
    let beside = bench.beside(&format!("{}x", bench.prefix));
    bench.load(KEY, &[], b"here").await;
    beside.load(b"global:users:there", &[], b"there").await;
    assert_eq!(bench.walk(b"").await, [KEY.into()]);
    assert_eq!(beside.walk(b"").await, names(["global:users:there"]));
}

async fn wildcards_in_a_prefix_are_taken_as_they_are(bench: Bench) {
    for wildcard in ["*", "?", "[a-z]", "\\"] {
        let wild = bench.beside(&format!("{}{wildcard}", bench.prefix));
        let plain = bench.beside(&format!("{}a", bench.prefix));
        wild.load(KEY, &[], b"wild").await;
        plain.load(b"global:users:plain", &[], b"plain").await;
        assert_eq!(wild.walk(b"global:users:").await, [KEY.into()], "{wildcard}");
        plain.lose_everything();
    }
}
