//! An eviction overtakes a load: the caller is given its value, and nobody else is.

use std::sync::Arc;

use crate::level::{Level, on_every_level};
use crate::nodes::{Evict, Node, begin, end, entry};

/// Evicts at `evicting` while `loading` loads; the next read at `reading` must load.
async fn overtaken(level: &Level, [loading, evicting, reading]: [&Arc<Node>; 3]) {
    let source = &loading.source;
    for kind in Evict::EACH {
        let before = source.write();
        loading.evict(Evict::Key, 7).await;
        let load = begin(Arc::clone(loading).slow(7));
        source.gate.arrival().await;
        let after = source.write();
        evicting.evict(kind, 7).await;
        source.gate.let_through(1);
        assert_eq!(end(load).await, before, "{kind:?}: its caller is given what it read");
        assert_eq!(level.bytes(&entry(7)), None, "{kind:?}");
        assert_eq!(reading.loads(7).await, (true, after), "{kind:?}");
        assert_eq!(reading.loads(7).await, (false, after), "{kind:?}: the next load is stored");
    }
    // Each of them; and where another node has evicted, its message may come while the next load runs, which memory then does
    // not keep either.
    let refused = loading.cache.stats().refused;
    assert!((7..=14).contains(&refused), "{refused}");
}

on_every_level! {
    async fn an_eviction_during_a_load_on_the_same_node_keeps_it_out_of_both_levels(level: Level) {
        let (_, a, _) = Node::two(&level);
        overtaken(&level, [&a, &a, &a]).await;
    }

    async fn an_eviction_during_a_load_on_the_same_node_keeps_it_from_the_other_node(level: Level) {
        let (_, a, b) = Node::two_without_memory(&level);
        overtaken(&level, [&a, &a, &b]).await;
    }

    async fn an_eviction_on_another_node_during_a_load_keeps_it_out_of_both_levels(level: Level) {
        let (_, a, b) = Node::two(&level);
        overtaken(&level, [&a, &b, &a]).await;
    }

    async fn an_eviction_on_another_node_during_a_load_keeps_it_from_that_node(level: Level) {
        let (_, a, b) = Node::two(&level);
        // Memory of the node that evicts holds nothing that its own eviction has not reached.
        overtaken(&level, [&a, &b, &b]).await;
    }

    async fn a_call_after_the_eviction_does_not_wait_for_the_load_before_it(level: Level) {
        let (source, a, _) = Node::two(&level);
        for kind in Evict::EACH {
            let load = begin(Arc::clone(&a).slow(7));
            source.gate.arrival().await;
            let after = source.write();
            a.evict(kind, 7).await;
            assert_eq!(a.loads(7).await, (true, after), "{kind:?}");
            source.gate.let_through(1);
            assert_eq!(end(load).await, after - 1, "{kind:?}");
            assert_eq!(a.loads(7).await, (false, after), "{kind:?}: the late value has not replaced it");
            a.evict(kind, 7).await;
        }
    }

    async fn an_eviction_of_another_item_lets_a_load_be_stored(level: Level) {
        let (source, a, b) = Node::two(&level);
        for kind in [Evict::Key, Evict::Keys, Evict::Tag] {
            let load = begin(Arc::clone(&a).slow(7));
            source.gate.arrival().await;
            b.evict(kind, 8).await;
            source.gate.let_through(1);
            end(load).await;
            assert!(!b.loads(7).await.0, "{kind:?}");
            b.evict(Evict::Clear, 7).await;
            a.evict(Evict::Clear, 7).await;
        }
    }

    async fn a_write_during_an_eviction_by_tag_is_covered_by_the_next_one(level: Level) {
        let (source, a, b) = Node::two_without_memory(&level);
        let load = begin(Arc::clone(&a).slow(7));
        source.gate.arrival().await;
        b.evict(Evict::Tags, 7).await;
        source.gate.let_through(1);
        end(load).await;
        // Loaded anew, and stored under the token that was minted after the eviction.
        a.loads(7).await;
        assert!(!b.loads(7).await.0);
        let after = source.write();
        b.evict(Evict::Tags, 7).await;
        assert_eq!(a.loads(7).await, (true, after));
    }
}
