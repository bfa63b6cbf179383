//! What one node invalidates reaches the memory of the others.

use std::sync::Arc;
use std::time::Duration;

use larder::{Cache, HasCache, cache_put, cacheable};

use crate::following::Following;
use crate::level::{Level, on_every_level};
use crate::nodes::{Evict, Node, Source};
use crate::support::{Loads, within};

/// Waits until a node has heard so many messages more than it had.
async fn hears(cache: &Cache, before: u64, messages: u64) {
    within(async {
        while cache.stats().coherence.messages < before + messages {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

fn heard(cache: &Cache) -> u64 {
    cache.stats().coherence.messages
}

#[derive(HasCache)]
struct Writer {
    #[cache]
    cache: Cache,
    loads: Loads,
}

impl Writer {
    #[cacheable("item:{id}")]
    async fn get(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_put("item:{id}")]
    async fn write(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("{name}")]
    async fn named(&self, name: &str) -> u64 {
        self.loads.next()
    }

    #[larder::cache_evict(key = "{name}")]
    async fn evict_named(&self, name: &str) {}

    #[larder::cache_evict(tags = [across_tenants("rates")])]
    async fn evict_rates(&self) {}

    #[cacheable("rate", tags = [across_tenants("rates")])]
    async fn rate(&self) -> u64 {
        self.loads.next()
    }
}

impl Writer {
    fn two(level: &Level) -> [Self; 2] {
        [(); 2].map(|()| Self { cache: level.node(), loads: Loads::default() })
    }
}

on_every_level! {
    async fn an_eviction_of_any_kind_reaches_the_memory_of_another_node_by_its_message(level: Level) {
        let (source, a, b) = Node::two(&level);
        for kind in Evict::EACH {
            a.loads(7).await;
            assert!(!a.loads(7).await.0, "{kind:?}: it is in memory");
            let before = heard(&a.cache);
            let after = source.write();
            b.evict(kind, 7).await;
            hears(&a.cache, before, 1).await;
            // A pattern is told before and after the walk: until the last word nobody knows.
            within(async { while a.loads(7).await.1 != after {} }).await;
        }
    }

    /// What it invalidates it drops by itself; its own message must not take the new value away again.
    async fn what_a_node_has_put_stays_in_its_memory_when_its_own_message_comes(level: Level) {
        let [a, _] = Writer::two(&level);
        let before = heard(&a.cache);
        within(a.write(1)).await;
        hears(&a.cache, before, 1).await;
        assert_eq!(within(a.get(1)).await, 1);
        assert_eq!(a.cache.stats().hits, 1);
    }

    async fn what_is_put_on_one_node_replaces_what_another_has_in_memory(level: Level) {
        let [a, b] = Writer::two(&level);
        within(a.get(1)).await;
        let before = heard(&a.cache);
        within(b.write(1)).await;
        hears(&a.cache, before, 1).await;
        assert_eq!(within(a.get(1)).await, 1);
        assert_eq!(a.cache.stats().remote_hits, 1);
    }

    async fn a_long_key_that_is_named_by_its_hash_is_reached(level: Level) {
        let [a, b] = Writer::two(&level);
        let name = "n".repeat(1_000);
        within(a.named(&name)).await;
        within(a.named(&"m".repeat(1_000))).await;
        let before = heard(&a.cache);
        within(b.evict_named(&name)).await;
        hears(&a.cache, before, 1).await;
        assert_eq!(within(a.named(&name)).await, 3);
        assert_eq!(within(a.named(&"m".repeat(1_000))).await, 2);
    }

    async fn a_tag_that_belongs_to_all_tenants_is_reached(level: Level) {
        let [a, b] = Writer::two(&level);
        within(a.rate()).await;
        let before = heard(&a.cache);
        within(b.evict_rates()).await;
        hears(&a.cache, before, 1).await;
        assert_eq!(within(a.rate()).await, 2);
    }

    async fn other_entries_stay_in_memory(level: Level) {
        let (_, a, b) = Node::two(&level);
        a.loads(7).await;
        a.loads(8).await;
        let before = heard(&a.cache);
        b.evict(Evict::Key, 7).await;
        hears(&a.cache, before, 1).await;
        let hits = a.cache.stats().hits;
        a.loads(8).await;
        assert_eq!(a.cache.stats().hits, hits + 1);
        assert_eq!(a.cache.stats().coherence.gaps, 0);
    }

    /// Nothing but the poll tells this node: its peer's messages reach nobody.
    async fn without_messages_the_poll_makes_memory_true(level: Level) {
        let source = Source::new();
        let a = Node::new(level.builder().at_most_behind(Duration::from_millis(300)), &source);
        let b = Node::new(level.mute_node(), &source);
        a.loads(7).await;
        let after = source.write();
        b.evict(Evict::Key, 7).await;
        let evicted = cache_core::port::Stopwatch::start();
        within(async {
            while a.loads(7).await.1 != after {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
        assert!(evicted.elapsed() < Duration::from_millis(300 + 200), "{:?}", evicted.elapsed());
    }

    async fn a_node_that_is_dropped_leaves_the_others_as_they_are(level: Level) {
        let (source, a, b) = Node::two(&level);
        let third = Node::new(level.node(), &source);
        third.loads(7).await;
        drop(third);
        a.loads(7).await;
        let before = heard(&a.cache);
        let after = source.write();
        b.evict(Evict::Key, 7).await;
        hears(&a.cache, before, 1).await;
        assert_eq!(a.loads(7).await, (true, after));
        assert_eq!(Arc::strong_count(&a), 1);
    }
}
