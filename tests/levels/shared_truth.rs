//! What one node does, the others see.

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::level::on_every_level;
use crate::support::{Gate, Loads, within};

/// A node, over a source that all nodes share.
#[derive(HasCache)]
struct Node<'a> {
    cache: Cache,
    source: &'a Source,
}

#[derive(Debug, Default)]
struct Source {
    loads: Loads,
}

impl Node<'_> {
    #[cacheable("item:{id}", namespace = "items", tags = ["odd:{odd}"], skip(odd))]
    async fn item(&self, id: u64, odd: u64) -> u64 {
        let _ = odd;
        self.source.loads.next()
    }

    #[cacheable("item:{id}", namespace = "items")]
    async fn slow(&self, id: u64, gate: &Gate) -> u64 {
        let load = self.source.loads.next();
        gate.pass().await;
        load
    }

    #[cache_evict(key = "item:{id}", namespace = "items")]
    async fn evict(&self, id: u64) {}

    #[cache_evict(tags = ["odd:{odd}"])]
    async fn evict_tag(&self, odd: u64) {}

    #[cache_evict(namespace = "items", pattern = "item:*")]
    async fn evict_pattern(&self) {}

    #[cache_evict(namespace = "items", all)]
    async fn evict_all(&self) {}

    #[cache_put("item:{id}", namespace = "items")]
    async fn put(&self, id: u64, value: u64) -> u64 {
        value
    }
}

on_every_level! {
    async fn an_item_that_one_node_loaded_is_a_hit_at_the_other(level: Level) {
        let source = Source::default();
        let (a, b) = (Node { cache: level.node(), source: &source }, Node { cache: level.node(), source: &source });
        assert_eq!(within(a.item(7, 1)).await, 1);
        assert_eq!(within(b.item(7, 1)).await, 1);
        assert_eq!(b.cache.stats().remote_hits, 1);
        assert_eq!(within(b.item(7, 1)).await, 1);
        assert_eq!(b.cache.stats().hits, 1, "the second time it is in memory");
    }

    async fn every_kind_of_eviction_reaches_the_other_node(level: Level) {
        let source = Source::default();
        let a = Node { cache: level.node(), source: &source };
        let b = Node { cache: level.node_without_memory(), source: &source };
        let mut expected = 1;
        for kind in 0..5 {
            assert_eq!(within(b.item(7, 1)).await, expected, "before {kind}");
            assert_eq!(within(b.item(7, 1)).await, expected, "it is stored");
            match kind {
                0 => within(a.evict(7)).await,
                1 => within(a.evict_tag(1)).await,
                2 => within(a.evict_pattern()).await,
                3 => within(a.evict_all()).await,
                _ => within(a.cache.clear()).await.expect("the server is there"),
            }
            expected += 1;
        }
        assert_eq!(within(b.item(7, 1)).await, expected);
    }

    async fn what_one_node_puts_the_other_serves(level: Level) {
        let source = Source::default();
        let (a, b) = (Node { cache: level.node(), source: &source }, Node { cache: level.node(), source: &source });
        within(a.put(7, 42)).await;
        assert_eq!(within(b.slow(7, &Gate::closed())).await, 42);
        assert_eq!(source.loads.count(), 0);
    }

    /// Two seconds of real time for the first, for the wait itself is what is shown.
    async fn a_lease_that_one_call_waited_for_in_vain_is_not_waited_for_again(level: Level) {
        let (slow, quick) = (Source::default(), Source::default());
        let (a, b) = (Node { cache: level.node(), source: &slow }, Node { cache: level.node(), source: &quick });
        let (closed, open) = (Gate::closed(), Gate::closed());
        open.open();
        let mut hangs = std::pin::pin!(a.slow(7, &closed));
        assert!(futures::poll!(&mut hangs).is_pending());
        within(futures::future::select(hangs.as_mut(), std::pin::pin!(closed.arrival()))).await;
        within(b.slow(7, &open)).await;
        let again = tokio::time::timeout(std::time::Duration::from_millis(1500), async {
            for load in 2..5 {
                assert_eq!(b.slow(7, &open).await, load, "it loads for itself, and does not store");
            }
        });
        again.await.expect("nobody waits for that lease again");
    }

    async fn a_load_that_an_eviction_elsewhere_overtook_is_not_stored(level: Level) {
        let source = Source::default();
        let (a, b) = (Node { cache: level.node(), source: &source }, Node { cache: level.node(), source: &source });
        let gate = Gate::closed();
        let load = a.slow(7, &gate);
        let evict = async {
            gate.arrival().await;
            b.evict(7).await;
            gate.let_through(1);
        };
        assert_eq!(within(futures::future::join(load, evict)).await.0, 1, "its own caller is given the value");
        gate.open();
        assert_eq!(within(a.slow(7, &gate)).await, 2);
        // Where the message comes during the second load, memory does not keep that either.
        assert!((1..=2).contains(&a.cache.stats().refused));
    }
}
