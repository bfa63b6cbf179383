//! What a call costs: how often the server is asked, and for what.

use cache_core::testing::{FakeRedis, Operations};
use larder::{Cache, HasCache, bypass, cache_evict, cache_put, cacheable};

use crate::level::Level;
use crate::support::{Gate, Loads, held, within};

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    loads: Loads,
}

/// An error that nobody can be given a copy of.
#[derive(Debug)]
struct NotShared(#[allow(dead_code, reason = "it stands for what cannot be copied")] u64);

impl Node {
    #[cacheable("item:{id}", namespace = "items/parts", tags = ["one-{id}", "two-{id}", "three-{id}"])]
    async fn get(&self, id: u64) -> u64 {
        let _ = id;
        self.loads.next()
    }

    #[cacheable("valued:{id}", namespace = "items", tags = |value| [format!("value-{value}")])]
    async fn valued(&self, id: u64) -> u64 {
        let _ = id;
        self.loads.next()
    }

    #[cacheable("maybe:{id}", namespace = "items")]
    async fn none(&self, id: u64) -> Option<u64> {
        let _ = id;
        None
    }

    #[cacheable("slow:{id}", namespace = "items", single_flight = local)]
    async fn local(&self, id: u64, gate: &Gate) -> u64 {
        gate.pass().await;
        id
    }

    #[cacheable("unshared:{id}", namespace = "items")]
    async fn unshared(&self, id: u64, gate: &Gate) -> Result<u64, NotShared> {
        gate.pass().await;
        Err(NotShared(id))
    }

    #[cache_put("item:{id}", namespace = "items/parts", tags = ["one-{id}", "two-{id}", "three-{id}"])]
    async fn put(&self, id: u64) -> u64 {
        id
    }

    #[cache_put("item:{id}", namespace = "items/parts", l2 = off)]
    async fn put_in_memory(&self, id: u64) -> u64 {
        id
    }

    #[cache_put("item:{result}", namespace = "items/parts")]
    async fn create(&self, id: u64) -> u64 {
        id
    }

    #[cache_put("item:{id}", namespace = "items/parts")]
    async fn failing(&self, id: u64) -> Result<u64, u64> {
        Err(id)
    }

    #[cache_evict(key = "item:{id}", namespace = "items/parts")]
    async fn evict(&self, id: u64) {}

    #[cache_evict(keys = (0..100).map(|id| format!("item:{id}")), namespace = "items/parts", tags = ["one", "two"])]
    async fn evict_much(&self) {}

    #[cache_evict(namespace = "items", all)]
    async fn evict_all(&self) {}

    #[cache_evict(namespace = "items/parts", pattern = "item:*")]
    async fn evict_pattern(&self) {}
}

fn nodes() -> (FakeRedis, Level, [Node; 2]) {
    let server = FakeRedis::new();
    let level = Level::on(server.clone());
    let node = || Node { cache: level.node(), loads: Loads::default() };
    let nodes = [node(), node()];
    (server, level, nodes)
}

const MISS: Operations = Operations { read: 1, acquire: 1, fill: 1, ..Operations::NONE };

#[tokio::test]
async fn a_miss_costs_a_read_a_lease_and_a_fill() {
    let (server, _, [a, _]) = nodes();
    within(a.get(7)).await;
    assert_eq!(server.take_operations(), MISS);
}

#[tokio::test]
async fn a_hit_on_the_server_costs_one_read_and_a_hit_in_memory_nothing() {
    let (server, _, [a, b]) = nodes();
    within(a.get(7)).await;
    server.take_operations();
    within(b.get(7)).await;
    assert_eq!(server.take_operations(), Operations { read: 1, ..Operations::NONE });
    within(b.get(7)).await;
    assert_eq!(server.take_operations(), Operations::NONE);
}

/// The first read learns of the tags, the second sees them all at one moment.
#[tokio::test]
async fn a_hit_on_an_entry_with_tags_of_its_value_costs_two_reads() {
    let (server, _, [a, b]) = nodes();
    within(a.valued(7)).await;
    assert_eq!(server.take_operations(), MISS);
    within(b.valued(7)).await;
    assert_eq!(server.take_operations(), Operations { read: 2, ..Operations::NONE });
}

#[tokio::test]
async fn calls_that_wait_for_a_load_cost_nothing() {
    let (server, _, [a, _]) = nodes();
    within(futures::future::join_all((0..50).map(|_| a.get(7)))).await;
    assert_eq!(server.take_operations(), MISS);
}

#[tokio::test]
async fn a_local_flight_asks_once_for_what_another_node_loads() {
    let (server, _, [a, b]) = nodes();
    let (closed, open) = (Gate::closed(), Gate::closed());
    open.open();
    let mut other = Box::pin(a.local(7, &closed));
    tokio::select! {
        _ = &mut other => panic!("it is held"),
        () = closed.arrival() => {}
    }
    server.take_operations();
    within(b.local(7, &open)).await;
    assert_eq!(server.take_operations(), Operations { fill: 0, ..MISS });
    closed.open();
    within(other).await;
}

/// One of them has the lease; the other does not wait for it, for it loads in any case.
#[tokio::test]
async fn calls_that_load_themselves_after_a_failure_ask_once_each() {
    let (server, level, [a, _]) = nodes();
    let gate = Gate::closed();
    let mut first = Box::pin(a.unshared(7, &gate));
    tokio::select! {
        _ = &mut first => panic!("it is held"),
        () = gate.arrival() => {}
    }
    let (second, third) = (held(a.unshared(7, &gate)).await, held(a.unshared(7, &gate)).await);
    gate.let_through(1);
    within(first).await.expect_err("it fails");
    level.until_no_lease_is_left().await;
    server.take_operations();
    let both = async {
        gate.arrival().await;
        gate.arrival().await;
        gate.open();
    };
    let (second, third, ()) = within(async { tokio::join!(second, third, both) }).await;
    assert!(second.is_err() && third.is_err());
    let operations = server.take_operations();
    assert_eq!((operations.read, operations.acquire), (2, 2));
}

#[tokio::test]
async fn a_load_that_finds_nothing_gives_its_lease_back() {
    let (server, level, [a, _]) = nodes();
    within(a.none(7)).await;
    level.until_no_lease_is_left().await;
    assert_eq!(server.take_operations(), Operations { fill: 0, release: 1, ..MISS });
}

#[tokio::test]
async fn a_put_costs_an_intent_and_a_fill() {
    let (server, _, [a, _]) = nodes();
    within(a.put(7)).await;
    assert_eq!(server.take_operations(), Operations { acquire: 1, fill: 1, ..Operations::NONE });
}

#[tokio::test]
async fn a_put_without_the_second_level_costs_the_eviction_of_its_key() {
    let (server, _, [a, _]) = nodes();
    within(a.put_in_memory(7)).await;
    assert_eq!(server.take_operations(), Operations { evict: 1, ..Operations::NONE });
}

#[tokio::test]
async fn a_put_inside_a_bypass_costs_the_eviction_of_its_key() {
    let (server, _, [a, _]) = nodes();
    within(Box::pin(bypass(a.put(7)))).await;
    assert_eq!(server.take_operations(), Operations { evict: 1, ..Operations::NONE });
}

#[tokio::test]
async fn a_put_under_a_key_of_its_result_costs_a_look_at_the_history_and_a_set() {
    let (server, _, [a, _]) = nodes();
    within(a.create(7)).await;
    assert_eq!(server.take_operations(), Operations { stamp: 1, set: 1, ..Operations::NONE });
}

#[tokio::test]
async fn a_put_that_fails_gives_its_intent_back() {
    let (server, level, [a, _]) = nodes();
    within(a.failing(7)).await.expect_err("it fails");
    level.until_no_lease_is_left().await;
    assert_eq!(server.take_operations(), Operations { acquire: 1, release: 1, ..Operations::NONE });
}

#[tokio::test]
async fn an_eviction_costs_one_operation_whatever_it_names() {
    let (server, _, [a, _]) = nodes();
    for id in 0..50 {
        within(a.get(id)).await;
    }
    server.take_operations();
    within(a.evict(7)).await;
    assert_eq!(server.take_operations(), Operations { evict: 1, ..Operations::NONE }, "a key");
    within(a.evict_much()).await;
    assert_eq!(server.take_operations(), Operations { evict: 1, ..Operations::NONE }, "keys and tags");
    within(a.evict_all()).await;
    assert_eq!(server.take_operations(), Operations { evict: 1, ..Operations::NONE }, "a namespace");
    within(a.cache.invalidate_tags(["one", "two", "three"])).await.expect("the server is there");
    assert_eq!(server.take_operations(), Operations { evict: 1, ..Operations::NONE }, "tags");
    within(a.cache.clear()).await.expect("the server is there");
    assert_eq!(server.take_operations(), Operations { evict: 1, ..Operations::NONE }, "everything");
}

/// What it has to look through grows with the server, but it removes page by page and not key by key.
#[tokio::test]
async fn an_eviction_by_pattern_costs_a_barrier_a_walk_and_a_last_word() {
    let (server, level, [a, _]) = nodes();
    within(a.evict_pattern()).await;
    assert_eq!(server.take_operations(), Operations { evict: 2, scan: 1, ..Operations::NONE }, "where nothing matches");
    for id in 0..40 {
        within(a.get(id)).await;
    }
    let names = u64::try_from(level.names().len()).expect("so many names there are not");
    server.take_operations();
    within(a.evict_pattern()).await;
    let cost = server.take_operations();
    assert!(cost.scan <= names / 7 + 1, "{cost:?} for {names} names");
    assert!(cost.evict <= cost.scan + 2, "{cost:?}");
    assert_eq!(Operations { evict: 0, scan: 0, ..cost }, Operations::NONE);
}
