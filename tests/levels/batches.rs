//! Batches: what they cost, and that each element is as safe as a call for it alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_core::testing::{FakeRedis, Operations};
use larder::{Cache, HasCache, cache_evict, cacheable};

use crate::following::Following;
use crate::level::{Level, on_every_level};
use crate::nodes::{begin, end};
use crate::support::{Gate, Loads, within};

/// What all nodes read: a version, and a gate that holds bodies in between.
#[derive(Debug)]
struct Source {
    loads: Loads,
    gate: Gate,
    asked: Mutex<Vec<Vec<u64>>>,
}

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    source: Arc<Source>,
}

impl Node {
    fn two(level: &Level) -> (Arc<Source>, [Arc<Self>; 2]) {
        Self::two_on([level.node(), level.node()])
    }

    fn two_on(caches: [Cache; 2]) -> (Arc<Source>, [Arc<Self>; 2]) {
        let source = Source { loads: Loads::default(), gate: Gate::closed(), asked: Mutex::default() };
        let source = Arc::new(source);
        (Arc::clone(&source), caches.map(|cache| Arc::new(Self { cache, source: Arc::clone(&source) })))
    }

    /// A value tells which body it came from.
    fn load(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.source.asked.lock().expect("nobody panics").push(ids.to_vec());
        let load = self.source.loads.next();
        ids.iter().filter(|id| **id < 1000).map(|id| (*id, load)).collect()
    }

    #[cacheable("item:{ids}", namespace = "items", batch, tags = ["items", "item-{ids}"])]
    async fn items(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("item:{ids}", namespace = "items", batch, tags = ["items", "item-{ids}"])]
    async fn held(&self, ids: Vec<u64>) -> HashMap<u64, u64> {
        let found = self.load(&ids);
        self.source.gate.pass().await;
        found
    }

    #[cacheable("item:{id}", namespace = "items", tags = ["items", "item-{id}"])]
    async fn item(&self, id: u64) -> u64 {
        self.load(&[id])[&id]
    }

    #[cacheable("valued:{ids}", namespace = "items", batch, tags = |value| [format!("value-{value}"), format!("{ids}")])]
    async fn valued(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("maybe:{ids}", namespace = "items", batch, cache_none)]
    async fn maybe(&self, ids: &[u64]) -> Vec<Option<u64>> {
        let found = self.load(ids);
        ids.iter().map(|id| found.get(id).copied()).collect()
    }

    #[cacheable("item:{ids}", namespace = "items", batch, l2 = off)]
    async fn in_memory(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("item:{ids}", namespace = "items", batch, tags = ["items", "item-{ids}"], single_flight = local)]
    async fn local(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("vetoed:{ids}", namespace = "items", batch, unless = |load| *load == 1)]
    async fn vetoed(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("jittered:{ids}", namespace = "items", batch, ttl = "100s", jitter = "50%")]
    async fn jittered(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("failing:{ids}", namespace = "items", batch)]
    async fn failing(&self, ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
        Err(format!("{ids:?}"))
    }

    #[cache_evict(key = "item:{id}", namespace = "items")]
    async fn evict(&self, id: u64) {}

    #[cache_evict(tags = ["item-{id}"])]
    async fn evict_tag(&self, id: u64) {}
}

impl Source {
    fn asked(&self) -> Vec<Vec<u64>> {
        std::mem::take(&mut *self.asked.lock().expect("nobody panics"))
    }
}

const MISS: Operations = Operations { read: 1, acquire: 1, fill: 1, ..Operations::NONE };

fn fake() -> (FakeRedis, Level, Arc<Source>, [Arc<Node>; 2]) {
    let server = FakeRedis::new();
    let level = Level::on(server.clone());
    let (source, nodes) = Node::two(&level);
    (server, level, source, nodes)
}

fn ids(range: std::ops::Range<u64>) -> Vec<u64> {
    range.collect()
}

#[tokio::test]
async fn a_batch_costs_the_round_trips_of_one_call() {
    let (server, _, _, [a, b]) = fake();
    within(a.items(&ids(0..500))).await;
    assert_eq!(server.take_operations(), MISS, "a miss of all");
    within(b.items(&ids(0..500))).await;
    assert_eq!(server.take_operations(), Operations { read: 1, ..Operations::NONE }, "a hit of all");
    within(b.items(&ids(0..500))).await;
    assert_eq!(server.take_operations(), Operations::NONE, "a hit in memory");
    within(b.items(&ids(400..600))).await;
    assert_eq!(server.take_operations(), MISS, "some of them");
}

#[tokio::test]
async fn entries_with_tags_of_their_values_cost_one_read_more_for_all() {
    let (server, _, _, [a, b]) = fake();
    within(a.valued(&ids(0..300))).await;
    assert_eq!(server.take_operations(), MISS);
    within(b.valued(&ids(0..300))).await;
    assert_eq!(server.take_operations(), Operations { read: 2, ..Operations::NONE });
}

#[tokio::test]
async fn a_batch_that_fails_gives_its_leases_back_together() {
    let (server, level, _, [a, _]) = fake();
    within(a.failing(&ids(0..100))).await.expect_err("it fails");
    level.until_no_lease_is_left().await;
    assert_eq!(server.take_operations(), Operations { fill: 0, release: 1, ..MISS });
}

#[tokio::test]
async fn a_batch_that_is_dropped_gives_its_leases_back_together() {
    let (server, level, source, [a, _]) = fake();
    let call = begin({
        let a = Arc::clone(&a);
        async move { a.held(ids(0..100)).await }
    });
    source.gate.arrival().await;
    call.abort();
    level.until_no_lease_is_left().await;
    assert_eq!(server.take_operations(), Operations { fill: 0, release: 1, ..MISS });
}

#[tokio::test]
async fn the_elements_of_one_load_do_not_end_together_on_the_server() {
    let (server, _, _, [a, _]) = fake();
    within(a.jittered(&ids(0..100))).await;
    let left = |id| server.time_left(format!("{}:global:items:jittered:{id}", a.cache.name())).expect("it is stored");
    let lives: Vec<Duration> = ids(0..100).into_iter().map(left).collect();
    let within = |range: std::ops::Range<u64>| {
        lives.iter().filter(|life| (range.start..range.end).contains(&life.as_secs())).count()
    };
    assert_eq!(within(49..101), 100, "{lives:?}");
    assert!(within(49..75) > 20 && within(75..101) > 20, "{lives:?}");
}

#[tokio::test]
async fn a_local_flight_of_a_batch_asks_once_for_what_another_node_loads() {
    let (server, _, source, [a, b]) = fake();
    let held = begin({
        let a = Arc::clone(&a);
        async move { a.held(vec![1, 2]).await }
    });
    source.gate.arrival().await;
    server.take_operations();
    within(b.local(&[1, 2])).await;
    assert_eq!(server.take_operations(), Operations { fill: 0, ..MISS });
    source.gate.open();
    end(held).await;
}

#[tokio::test]
async fn without_the_second_level_a_batch_asks_nothing_there() {
    let (server, _, source, [a, b]) = fake();
    within(a.in_memory(&[1, 2])).await;
    within(a.in_memory(&[1, 2])).await;
    within(b.in_memory(&[1, 2])).await;
    assert_eq!((server.take_operations(), source.asked()), (Operations::NONE, vec![vec![1, 2]; 2]));
}

/// The budget is the call's, and not each element's.
#[tokio::test]
async fn a_server_that_hangs_costs_a_batch_one_budget() {
    let server = FakeRedis::new();
    let gates: Vec<_> =
        (0..3).map(|_| server.gate(cache_core::testing::Op::Read, cache_core::testing::Moment::Before)).collect();
    let budget = Duration::from_millis(200);
    let cache = || Cache::builder("t").redis(server.clone()).budget(budget).following();
    let (_, [a, _]) = Node::two_on([cache(), cache()]);
    let begun = cache_core::port::Stopwatch::start();
    assert_eq!(within(a.items(&ids(0..200))).await.len(), 200);
    let took = begun.elapsed();
    assert!(took >= budget && took < 5 * budget, "{took:?}");
    assert!(!gates[1].has_arrived(), "nothing more was asked");
    assert_eq!(a.cache.stats().trouble.timeout, 200, "each element has met it");
}

on_every_level! {
    async fn what_one_node_loads_others_find(level: Level) {
        let (source, [a, b]) = Node::two(&level);
        within(a.items(&[1, 2, 3])).await;
        assert_eq!(within(b.items(&[3, 4, 1, 3])).await, HashMap::from([(1, 1), (3, 1), (4, 2)]));
        assert_eq!(within(b.item(2)).await, 1);
        assert_eq!(within(a.item(4)).await, 2);
        assert_eq!(source.asked(), [vec![1, 2, 3], vec![4]]);
    }

    async fn more_elements_than_one_command_takes_are_found(level: Level) {
        let (source, [a, b]) = Node::two(&level);
        within(a.items(&ids(0..300))).await;
        let found = within(b.items(&ids(200..400))).await;
        assert_eq!(found.len(), 200);
        assert!(found.iter().all(|(id, load)| *load == if *id < 300 { 1 } else { 2 }));
        assert_eq!(source.asked(), [ids(0..300), ids(300..400)]);
    }

    async fn elements_that_are_not_there_are_found_too(level: Level) {
        let (source, [a, b]) = Node::two(&level);
        within(a.maybe(&[1, 1000])).await;
        assert_eq!(within(b.maybe(&[1000, 1, 1001])).await, [None, Some(1), None]);
        assert_eq!(source.asked(), [vec![1, 1000], vec![1001]]);
    }

    /// Fails without the fence: then what was evicted meanwhile is stored all the same.
    async fn an_eviction_during_the_body_refuses_that_element_only(level: Level) {
        let (source, [a, b]) = Node::two(&level);
        for by_tag in [false, true] {
            let call = begin({
                let a = Arc::clone(&a);
                async move { a.held(vec![1, 2, 3]).await }
            });
            source.gate.arrival().await;
            within(async { if by_tag { b.evict_tag(2).await } else { b.evict(2).await } }).await;
            source.gate.let_through(1);
            assert_eq!(end(call).await.len(), 3, "it has what it has read");
            source.asked();
            within(b.items(&[1, 2, 3])).await;
            assert_eq!(source.asked(), [[2]]);
            within(a.items(&[1, 3])).await;
            assert!(source.asked().is_empty());
            within(a.cache.clear()).await.expect("the server is there");
            within(b.cache.clear()).await.expect("the server is there");
        }
    }

    async fn an_eviction_on_the_same_node_refuses_that_element_only(level: Level) {
        let (source, [a, _]) = Node::two(&level);
        let call = begin({
            let a = Arc::clone(&a);
            async move { a.held(vec![1, 2, 3]).await }
        });
        source.gate.arrival().await;
        within(a.evict(2)).await;
        source.gate.let_through(1);
        end(call).await;
        source.asked();
        within(a.items(&[1, 2, 3])).await;
        assert_eq!(source.asked(), [[2]]);
    }

    /// Whoever waited for the other's elements before its own body would wait for both.
    async fn batches_of_two_nodes_run_their_bodies_before_they_wait_for_each_other(level: Level) {
        let (source, [a, b]) = Node::two(&level);
        let first = begin({
            let a = Arc::clone(&a);
            async move { a.held(vec![1, 2]).await }
        });
        source.gate.arrival().await;
        let second = begin({
            let b = Arc::clone(&b);
            async move { b.held(vec![2, 3]).await }
        });
        source.gate.arrival().await;
        assert_eq!(source.asked(), [vec![1, 2], vec![3]]);
        source.gate.open();
        assert_eq!(end(first).await, HashMap::from([(1, 1), (2, 1)]));
        assert_eq!(end(second).await, HashMap::from([(2, 1), (3, 2)]));
        assert_eq!(source.loads.count(), 2, "the second has got what the first has stored");
    }

    async fn without_the_second_level_elements_are_neither_read_nor_written_there(level: Level) {
        let (source, [a, b]) = Node::two(&level);
        within(a.items(&[1])).await;
        assert_eq!(within(b.in_memory(&[1, 2])).await, HashMap::from([(1, 2), (2, 2)]));
        within(a.items(&[1, 2])).await;
        assert_eq!(source.asked(), [vec![1], vec![1, 2], vec![2]]);
    }

    async fn a_local_flight_of_a_batch_does_not_wait_for_another_node(level: Level) {
        let (source, [a, b]) = Node::two(&level);
        let held = begin({
            let a = Arc::clone(&a);
            async move { a.held(vec![1, 2]).await }
        });
        source.gate.arrival().await;
        assert_eq!(within(b.local(&[1, 2])).await, HashMap::from([(1, 2), (2, 2)]));
        assert_eq!(b.cache.stats().unstored, 2, "the leases are the other's");
        source.gate.open();
        end(held).await;
    }

    async fn only_an_element_that_is_not_vetoed_is_stored(level: Level) {
        let (source, [a, b]) = Node::two(&level);
        within(a.vetoed(&[1])).await;
        within(a.vetoed(&[2])).await;
        within(b.vetoed(&[1, 2])).await;
        assert_eq!(source.asked(), [[1], [2], [1]]);
    }

    async fn a_batch_refreshes_on_all_nodes(level: Level) {
        let (source, [a, b]) = Node::two_on([level.node_without_memory(), level.node_without_memory()]);
        within(a.items(&[1, 2])).await;
        within(larder::refresh(b.items(&[1, 2, 3]))).await;
        assert_eq!(within(a.items(&[1, 2, 3])).await, HashMap::from([(1, 2), (2, 2), (3, 2)]));
        assert_eq!(source.asked(), [vec![1, 2], vec![1, 2, 3]]);
    }
}
