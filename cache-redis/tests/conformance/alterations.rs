//! Bytes that were altered behind the store's back cost misses, and never let an earlier load in.

use crate::bench::Bench;
use crate::steps::{KEY, OTHER, invalidate_keys, invalidate_tokens, names, raise_barriers, refused};

crate::conformance! {
    no_altered_record_lets_a_load_in_after_its_tag_was_invalidated
    no_altered_record_lets_a_load_in_after_its_barrier_was_raised
    no_altered_lease_lets_a_load_in_after_its_key_was_invalidated
    no_altered_record_lets_an_invalidated_entry_be_served
    after_every_alteration_the_next_load_is_stored
    a_token_under_anothers_name_is_none
}

/// The bytes with one altered, some missing, some more, and others in their place.
fn alterations(bytes: &[u8]) -> Vec<Vec<u8>> {
    let flips = (0..bytes.len()).flat_map(|at| [(at, 0x01), (at, 0x80), (at, 0xff)]);
    let flipped = flips.map(|(at, flip)| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= flip;
        bytes
    });
    let cut = (0..bytes.len()).map(|length| bytes[..length].to_vec());
    let longer = [[bytes, b"\0"].concat(), [bytes, bytes].concat()];
    let garbage = [b"garbage".to_vec(), vec![0; bytes.len()], vec![0xff; bytes.len()]];
    flipped.chain(cut).chain(longer).chain(garbage).collect()
}

async fn no_altered_record_lets_a_load_in_after_its_tag_was_invalidated(bench: Bench) {
    let tokens = names(["global:author:7"]);
    for record in [bench.control(), bench.lease(KEY), bench.token(&tokens[0])] {
        let mut at = 0;
        loop {
            // With small numbers, the next smaller one is an altered bit away.
            bench.lose_everything();
            let lease = bench.begin(KEY, &tokens).await;
            bench.evict(invalidate_tokens(&tokens)).await;
            bench.load(OTHER, &tokens, b"mints the token").await;
            let altered = alterations(&bench.get(&record).expect("the record is there"));
            let Some(altered) = altered.get(at) else {
                break;
            };
            bench.overwrite(&record, altered);
            refused(bench.fill(KEY, &tokens, &lease, b"old").await);
            assert!(!bench.has(&bench.entry(KEY)), "altered as {at}: {}", record.escape_ascii());
            at += 1;
        }
    }
}

async fn no_altered_record_lets_a_load_in_after_its_barrier_was_raised(bench: Bench) {
    let tokens = names(["global:#users"]);
    for record in [bench.control(), bench.lease(KEY), bench.token(&tokens[0])] {
        let mut at = 0;
        loop {
            // With small numbers, the next smaller one is an altered bit away.
            bench.lose_everything();
            let lease = bench.begin(KEY, &tokens).await;
            bench.evict(raise_barriers(&tokens)).await;
            let altered = alterations(&bench.get(&record).expect("the record is there"));
            let Some(altered) = altered.get(at) else {
                break;
            };
            bench.overwrite(&record, altered);
            refused(bench.fill(KEY, &tokens, &lease, b"old").await);
            assert!(!bench.has(&bench.entry(KEY)), "altered as {at}: {}", record.escape_ascii());
            at += 1;
        }
    }
}

async fn no_altered_lease_lets_a_load_in_after_its_key_was_invalidated(bench: Bench) {
    let lease = bench.begin(KEY, &[]).await;
    let record = bench.get(&bench.lease(KEY)).expect("the lease is there");
    for altered in alterations(&record) {
        bench.evict(invalidate_keys(&[KEY.into()])).await;
        bench.begin(KEY, &[]).await;
        // Another's lease in place of ours, in which only the first bytes are looked at.
        let same_id = altered[..altered.len().min(16)] == record[..altered.len().min(16)];
        if altered.len() == record.len() && same_id {
            continue;
        }
        bench.overwrite(&bench.lease(KEY), &altered);
        refused(bench.fill(KEY, &[], &lease, b"old").await);
        assert!(!bench.has(&bench.entry(KEY)));
    }
}

async fn no_altered_record_lets_an_invalidated_entry_be_served(bench: Bench) {
    let tokens = names(["global:author:7"]);
    bench.load(KEY, &tokens, b"old").await;
    bench.evict(invalidate_tokens(&tokens)).await;
    bench.load(OTHER, &tokens, b"mints the token").await;
    for record in [bench.control(), bench.token(&tokens[0]), bench.entry(KEY)] {
        let bytes = bench.get(&record).expect("the record is there");
        for altered in alterations(&bytes) {
            bench.overwrite(&record, &altered);
            assert_eq!(bench.served(KEY, &tokens).await, None, "{}", altered.escape_ascii());
        }
        bench.overwrite(&record, &bytes);
    }
}

async fn after_every_alteration_the_next_load_is_stored(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    bench.load(KEY, &tokens, b"first").await;
    for record in bench.names() {
        for altered in alterations(&bench.get(&record).expect("the record is there")) {
            bench.overwrite(&record, &altered);
            bench.load(KEY, &tokens, b"next").await;
            let served = bench.served(KEY, &tokens).await;
            assert_eq!(served.as_deref(), Some(&b"next"[..]), "{}", record.escape_ascii());
        }
    }
}

impl Bench {
    /// Exchanges what stands under two names.
    fn exchange(&self, one: &[u8], other: &[u8]) {
        let (ones, others) = (self.get(one).expect("it is there"), self.get(other).expect("it is there"));
        self.overwrite(one, &others);
        self.overwrite(other, &ones);
    }
}

/// The other was minted earlier: in place of the one that its tag's invalidation left, it would allow what that forbids.
async fn a_token_under_anothers_name_is_none(bench: Bench) {
    let (tag, other) = (names(["global:author:7"]), names(["global:author:8"]));
    bench.load(OTHER, &other, b"mints the other").await;
    bench.load(KEY, &tag, b"old").await;
    let lease = bench.begin(b"global:users:9", &tag).await;
    bench.evict(invalidate_tokens(&tag)).await;
    bench.load(OTHER, &tag, b"mints the token anew").await;
    bench.exchange(&bench.token(&tag[0]), &bench.token(&other[0]));
    assert_eq!(bench.served(KEY, &tag).await, None);
    refused(bench.fill(b"global:users:9", &tag, &lease, b"old").await);
}
