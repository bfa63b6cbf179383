//! Whatever is lost costs misses, and never lets an earlier load in.

use crate::bench::Bench;
use crate::steps::{KEY, OTHER, invalidate_tokens, names, refused, stored};

crate::conformance! {
    a_load_is_refused_after_its_tag_was_invalidated_and_minted_by_another_load
    a_token_that_was_lost_is_minted_too_late_for_a_load_that_began_before_an_invalidation
    a_token_that_was_lost_costs_a_miss
    a_lease_that_was_lost_fills_nothing
    an_entry_that_was_lost_is_not_there
    a_load_is_refused_after_the_control_record_was_lost
    what_was_stored_before_the_control_record_was_lost_is_not_served
    a_read_after_the_control_record_was_lost_sees_another_history
    a_load_is_refused_after_everything_was_lost
    after_every_loss_the_next_load_is_stored
}

async fn a_load_is_refused_after_its_tag_was_invalidated_and_minted_by_another_load(bench: Bench) {
    let tokens = names(["global:author:7"]);
    let lease = bench.begin(KEY, &tokens).await;
    bench.evict(invalidate_tokens(&tokens)).await;
    bench.load(OTHER, &tokens, b"new").await;
    refused(bench.fill(KEY, &tokens, &lease, b"old").await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_token_that_was_lost_is_minted_too_late_for_a_load_that_began_before_an_invalidation(bench: Bench) {
    let tokens = names(["global:author:7"]);
    let lease = bench.begin(KEY, &tokens).await;
    bench.lose(&bench.token(&tokens[0]));
    // Whether it was this tag's, nobody can tell any more.
    bench.evict(invalidate_tokens(&names(["global:author:8"]))).await;
    refused(bench.fill(KEY, &tokens, &lease, b"old").await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_token_that_was_lost_costs_a_miss(bench: Bench) {
    let tokens = names(["global:author:7"]);
    bench.load(KEY, &tokens, b"old").await;
    bench.evict(invalidate_tokens(&names(["global:author:8"]))).await;
    bench.lose(&bench.token(&tokens[0]));
    assert_eq!(bench.served(KEY, &tokens).await, None);
    bench.load(OTHER, &tokens, b"mints the token").await;
    assert_eq!(bench.served(KEY, &tokens).await, None);
}

async fn a_lease_that_was_lost_fills_nothing(bench: Bench) {
    let lease = bench.begin(KEY, &[]).await;
    bench.lose(&bench.lease(KEY));
    refused(bench.fill(KEY, &[], &lease, b"old").await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn an_entry_that_was_lost_is_not_there(bench: Bench) {
    bench.load(KEY, &[], b"body").await;
    bench.lose(&bench.entry(KEY));
    assert_eq!(bench.read(KEY, &[]).await.entry, None);
}

async fn a_load_is_refused_after_the_control_record_was_lost(bench: Bench) {
    let tokens = names(["global:author:7"]);
    let lease = bench.begin(KEY, &tokens).await;
    bench.lose(&bench.control());
    let stamp = refused(bench.fill(KEY, &tokens, &lease, b"old").await);
    assert_ne!(stamp.generation, lease.granted.generation);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn what_was_stored_before_the_control_record_was_lost_is_not_served(bench: Bench) {
    let tokens = names(["global:author:7"]);
    bench.load(KEY, &tokens, b"old").await;
    bench.lose(&bench.control());
    assert_eq!(bench.served(KEY, &tokens).await, None);
    bench.stamp().await;
    assert_eq!(bench.served(KEY, &tokens).await, None);
    // The tokens of the lost history are none of the new one's.
    bench.load(OTHER, &tokens, b"new").await;
    assert_eq!(bench.served(KEY, &tokens).await, None);
    assert_eq!(bench.served(OTHER, &tokens).await.as_deref(), Some(&b"new"[..]));
}

async fn a_read_after_the_control_record_was_lost_sees_another_history(bench: Bench) {
    bench.load(KEY, &[], b"old").await;
    let before = bench.read(KEY, &[]).await.control;
    bench.lose(&bench.control());
    assert_eq!(bench.read(KEY, &[]).await.control, None);
    let stamp = bench.stamp().await;
    let after = bench.read(KEY, &[]).await.control;
    assert_eq!(stamp.sequence, 0);
    assert!(after.is_some() && after != before);
}

async fn a_load_is_refused_after_everything_was_lost(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    let lease = bench.begin(KEY, &tokens).await;
    bench.lose_everything();
    refused(bench.fill(KEY, &tokens, &lease, b"old").await);
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn after_every_loss_the_next_load_is_stored(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    bench.load(KEY, &tokens, b"first").await;
    for name in bench.names() {
        bench.lose(&name);
        let lease = bench.begin(KEY, &tokens).await;
        stored(bench.fill(KEY, &tokens, &lease, b"next").await);
        assert!(bench.served(KEY, &tokens).await.is_some(), "after the loss of {}", name.escape_ascii());
    }
}
