//! Puts beside loads, evictions and other puts, on one node and on two: at the end the key holds the last value that
//! was written, or nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};
use serde::{Deserialize, Serialize};

use crate::level::{Level, on_every_level};
use crate::nodes::{begin, end};
use crate::support::{Gate, Loads, within};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Item {
    id: u64,
    number: u64,
}

/// One number, that all nodes write and read.
#[derive(Debug)]
struct Source {
    number: AtomicU64,
    loads: Loads,
    /// Held on the way back from a read.
    read: Gate,
}

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    source: Arc<Source>,
}

/// Where a put is held: before it writes, and after.
#[derive(Debug)]
struct Steps {
    before: Gate,
    after: Gate,
}

impl Steps {
    fn new() -> Arc<Self> {
        Arc::new(Self { before: Gate::closed(), after: Gate::closed() })
    }
}

impl Node {
    fn on(caches: [Cache; 2]) -> [Arc<Self>; 2] {
        let source = Source { number: AtomicU64::new(0), loads: Loads::default(), read: Gate::closed() };
        let source = Arc::new(source);
        caches.map(|cache| Arc::new(Self { cache, source: Arc::clone(&source) }))
    }

    fn two(level: &Level) -> [Arc<Self>; 2] {
        Self::on([level.node(), level.node()])
    }

    fn two_without_memory(level: &Level) -> [Arc<Self>; 2] {
        Self::on([level.node_without_memory(), level.node_without_memory()])
    }

    #[cacheable("item:{id}", namespace = "items")]
    async fn get(&self, id: u64) -> Option<Item> {
        self.source.loads.next();
        Some(Item { id, number: self.source.number.load(Ordering::SeqCst) })
    }

    /// Reads, and is held on its way back.
    #[cacheable("item:{id}", namespace = "items")]
    async fn slow(self: Arc<Self>, id: u64) -> Option<Item> {
        self.source.loads.next();
        let number = self.source.number.load(Ordering::SeqCst);
        self.source.read.pass().await;
        Some(Item { id, number })
    }

    fn write(&self, id: u64, number: u64) -> Item {
        self.source.number.store(number, Ordering::SeqCst);
        Item { id, number }
    }

    #[cache_put("item:{id}", namespace = "items")]
    async fn put(&self, id: u64, number: u64) -> Item {
        self.write(id, number)
    }

    #[cache_put("item:{id}", namespace = "items")]
    async fn put_in_steps(self: Arc<Self>, id: u64, number: u64, steps: Arc<Steps>) -> Item {
        steps.before.pass().await;
        let item = self.write(id, number);
        steps.after.pass().await;
        item
    }

    #[cache_put("item:{result.id}", namespace = "items")]
    async fn create_in_steps(self: Arc<Self>, number: u64, steps: Arc<Steps>) -> Item {
        steps.before.pass().await;
        let item = self.write(7, number);
        steps.after.pass().await;
        item
    }

    #[cache_put("item:{id}", namespace = "items")]
    async fn failing(self: Arc<Self>, id: u64, steps: Arc<Steps>) -> Result<Item, String> {
        steps.before.pass().await;
        Err(format!("{id} could not be written"))
    }

    #[cache_put("item:{id}", namespace = "items")]
    async fn panicking(self: Arc<Self>, id: u64, number: u64) -> Item {
        panic!("{:?} was written", self.write(id, number))
    }

    #[cache_put("item:{id}", namespace = "items", unless = |item| item.number > 100)]
    async fn put_unless_large(&self, id: u64, number: u64) -> Item {
        self.write(id, number)
    }

    #[cache_put("item:{id}", namespace = "items")]
    async fn delete(&self, id: u64) -> Option<Item> {
        self.write(id, 0);
        None
    }

    #[cache_evict(key = "item:{id}", namespace = "items")]
    async fn evict(&self, id: u64) {}

    #[cache_evict(namespace = "items", all)]
    async fn evict_all(&self) {}

    /// What a reader is told now must be what was written last.
    async fn assert_fresh(&self) {
        let number = self.source.number.load(Ordering::SeqCst);
        assert_eq!(within(self.get(7)).await, Some(Item { id: 7, number }));
    }

    async fn is_stored(&self) -> bool {
        let before = self.source.loads.count();
        self.assert_fresh().await;
        self.source.loads.count() == before
    }
}

const ENTRY: &str = "global:items:item:7";

/// Begins two puts, lets them write in one order and end in another.
async fn two_puts(nodes: [&Arc<Node>; 2], [first_key_is_known, second_key_is_known]: [bool; 2]) {
    for writes in [[0, 1], [1, 0]] {
        for ends in [[0, 1], [1, 0]] {
            let steps = [Steps::new(), Steps::new()];
            let mut puts = Vec::new();
            for (at, is_known) in [(0, first_key_is_known), (1, second_key_is_known)] {
                let (node, steps, number) = (Arc::clone(nodes[at]), Arc::clone(&steps[at]), at as u64 + 1);
                puts.push(Some(if is_known {
                    begin(node.put_in_steps(7, number, Arc::clone(&steps)))
                } else {
                    begin(node.create_in_steps(number, Arc::clone(&steps)))
                }));
                steps.before.arrival().await;
            }
            for at in writes {
                steps[at].before.open();
                steps[at].after.arrival().await;
            }
            for at in ends {
                steps[at].after.open();
                end(puts[at].take().expect("each ends once")).await;
            }
            for node in nodes {
                node.assert_fresh().await;
            }
            nodes[0].evict(7).await;
        }
    }
}

on_every_level! {
    async fn what_was_put_is_a_hit_on_both_levels(level: Level) {
        let [a, b] = Node::two(&level);
        within(a.put(7, 1)).await;
        assert!(a.is_stored().await);
        assert!(b.is_stored().await);
        assert_eq!((a.cache.stats().hits, b.cache.stats().remote_hits), (1, 1));
    }

    async fn what_was_put_under_a_key_of_the_result_is_a_hit_on_both_levels(level: Level) {
        let [a, b] = Node::two(&level);
        let steps = Steps::new();
        steps.before.open();
        steps.after.open();
        within(Arc::clone(&a).create_in_steps(1, steps)).await;
        assert!(a.is_stored().await);
        assert!(b.is_stored().await);
    }

    async fn a_put_replaces_what_was_there(level: Level) {
        let [a, b] = Node::two_without_memory(&level);
        for number in 1..5 {
            within(a.put(7, number)).await;
            assert!(b.is_stored().await);
        }
        assert_eq!(b.source.loads.count(), 0);
    }

    async fn two_puts_of_one_node_leave_nothing_old(level: Level) {
        for known in [[true, true], [true, false], [false, true], [false, false]] {
            let [a, _] = Node::two(&level);
            two_puts([&a, &a], known).await;
        }
    }

    async fn two_puts_of_two_nodes_leave_nothing_old(level: Level) {
        for known in [[true, true], [true, false], [false, true], [false, false]] {
            let [a, b] = Node::two_without_memory(&level);
            two_puts([&a, &b], known).await;
        }
    }

    async fn a_load_that_began_before_a_put_never_overwrites_it(level: Level) {
        let nodes = Node::two_without_memory(&level);
        for (loading, putting) in [(0, 0), (0, 1)] {
            let (loading, putting) = (&nodes[loading], &nodes[putting]);
            putting.evict(7).await;
            let load = begin(Arc::clone(loading).slow(7));
            loading.source.read.arrival().await;
            let number = putting.source.number.load(Ordering::SeqCst) + 1;
            within(putting.put(7, number)).await;
            loading.source.read.let_through(1);
            assert_eq!(end(load).await, Some(Item { id: 7, number: number - 1 }), "it is given what it read");
            assert!(nodes[0].is_stored().await && nodes[1].is_stored().await, "the put had stored");
        }
    }

    async fn a_load_during_a_put_is_not_stored(level: Level) {
        let nodes = Node::two_without_memory(&level);
        for (loading, putting) in [(0, 0), (0, 1)] {
            let (loading, putting, steps) = (&nodes[loading], &nodes[putting], Steps::new());
            putting.evict(7).await;
            let number = putting.source.number.load(Ordering::SeqCst) + 1;
            let put = begin(Arc::clone(putting).put_in_steps(7, number, Arc::clone(&steps)));
            steps.before.arrival().await;
            loading.assert_fresh().await;
            assert_eq!(level.bytes(ENTRY), None, "nothing is stored while the put runs");
            let load = begin(Arc::clone(loading).slow(7));
            loading.source.read.arrival().await;
            steps.before.open();
            steps.after.open();
            end(put).await;
            loading.source.read.let_through(1);
            assert_eq!(end(load).await, Some(Item { id: 7, number: number - 1 }));
            assert!(nodes[0].is_stored().await && nodes[1].is_stored().await);
        }
    }

    async fn an_eviction_during_a_put_leaves_nothing_old(level: Level) {
        let nodes = Node::two_without_memory(&level);
        for (evicting, putting) in [(0, 0), (0, 1)] {
            for is_key_known in [true, false] {
                for is_whole in [true, false] {
                    let (evicting, putting, steps) = (&nodes[evicting], &nodes[putting], Steps::new());
                    let (node, held) = (Arc::clone(putting), Arc::clone(&steps));
                    let number = putting.source.number.load(Ordering::SeqCst) + 1;
                    let put = if is_key_known {
                        begin(node.put_in_steps(7, number, held))
                    } else {
                        begin(node.create_in_steps(number, held))
                    };
                    steps.before.arrival().await;
                    steps.before.open();
                    steps.after.arrival().await;
                    // Somebody else has written meanwhile, and says so.
                    evicting.write(7, number + 1);
                    within(async { if is_whole { evicting.evict_all().await } else { evicting.evict(7).await } }).await;
                    steps.after.open();
                    end(put).await;
                    assert!(!nodes[0].is_stored().await, "known {is_key_known}, whole {is_whole}");
                    nodes[1].assert_fresh().await;
                }
            }
        }
    }

    async fn an_eviction_before_or_after_a_put_does_not_hinder_it(level: Level) {
        let [a, b] = Node::two_without_memory(&level);
        within(b.evict(7)).await;
        within(a.put(7, 1)).await;
        assert!(b.is_stored().await);
        within(b.evict(7)).await;
        assert!(!a.is_stored().await);
    }

    async fn a_put_that_failed_gives_its_intent_back(level: Level) {
        let [a, b] = Node::two_without_memory(&level);
        let steps = Steps::new();
        let put = begin(Arc::clone(&a).failing(7, Arc::clone(&steps)));
        steps.before.arrival().await;
        assert!(level.names().contains(&format!("#l:{ENTRY}")));
        b.assert_fresh().await;
        assert_eq!(level.bytes(ENTRY), None, "nothing is stored while it runs");
        steps.before.open();
        end(put).await.expect_err("it fails");
        level.until_no_lease_is_left().await;
        b.assert_fresh().await;
        assert!(a.is_stored().await);
    }

    async fn a_put_that_failed_leaves_what_was_there(level: Level) {
        let [a, b] = Node::two_without_memory(&level);
        within(a.put(7, 1)).await;
        let steps = Steps::new();
        steps.before.open();
        within(Arc::clone(&a).failing(7, steps)).await.expect_err("it fails");
        assert!(b.is_stored().await);
    }

    async fn a_put_that_was_cancelled_removes_what_was_there(level: Level) {
        let [a, b] = Node::two(&level);
        within(a.put(7, 1)).await;
        let steps = Steps::new();
        let put = begin(Arc::clone(&a).put_in_steps(7, 2, Arc::clone(&steps)));
        steps.before.arrival().await;
        steps.before.open();
        steps.after.arrival().await;
        put.abort();
        within(put).await.expect_err("it was cancelled");
        level.until(|level| level.bytes(ENTRY).is_none()).await;
        a.assert_fresh().await;
        b.assert_fresh().await;
        level.until_no_lease_is_left().await;
    }

    async fn a_put_that_panicked_removes_what_was_there(level: Level) {
        let [a, b] = Node::two(&level);
        within(a.put(7, 1)).await;
        within(begin(Arc::clone(&a).panicking(7, 2))).await.expect_err("it panics");
        level.until(|level| level.bytes(ENTRY).is_none()).await;
        a.assert_fresh().await;
        b.assert_fresh().await;
        level.until_no_lease_is_left().await;
    }

    async fn a_put_that_unless_rejects_removes_from_both_levels(level: Level) {
        let [a, b] = Node::two(&level);
        within(a.put(7, 1)).await;
        within(a.put_unless_large(7, 101)).await;
        assert_eq!(level.bytes(ENTRY), None);
        assert!(!a.is_stored().await);
        assert!(b.is_stored().await, "the load after it is stored");
        level.until_no_lease_is_left().await;
    }

    async fn a_put_without_a_value_removes_from_both_levels(level: Level) {
        let [a, b] = Node::two(&level);
        within(a.put(7, 1)).await;
        within(a.delete(7)).await;
        assert_eq!(level.bytes(ENTRY), None);
        assert!(!a.is_stored().await);
        assert!(b.is_stored().await, "the load after it is stored");
    }
}
