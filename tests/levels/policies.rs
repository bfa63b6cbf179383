//! What the arguments of a function mean on the second level.

use std::time::Duration;

use cache_core::testing::FakeRedis;
use larder::{Cache, HasCache, ManualClock, cache_evict, cache_put, cacheable};

use crate::following::Following;
use crate::level::{Level, on_every_level};
use crate::support::{Gate, Loads, within};

const ENTRY: &str = "global:_:item";

/// An error that reaches the second level.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Failure(u64);

/// One that has no bytes.
#[derive(Debug, Clone, PartialEq)]
struct Local(u64);

#[derive(Debug, HasCache)]
struct Node<'a> {
    cache: Cache,
    loads: &'a Loads,
}

impl Node<'_> {
    #[cacheable("item", cache_none)]
    async fn keeps_none(&self) -> Option<u64> {
        self.loads.next();
        None
    }

    #[cacheable("item")]
    async fn keeps_values(&self) -> Option<u64> {
        Some(self.loads.next())
    }

    #[cacheable("item", version = 2)]
    async fn second_version(&self) -> Option<u64> {
        Some(self.loads.next())
    }

    #[cache_put("item", version = 2)]
    async fn put_second_version(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("item", l1 = off)]
    async fn without_memory(&self) -> Option<u64> {
        Some(self.loads.next())
    }

    #[cacheable("item", l2 = off)]
    async fn in_memory(&self) -> Option<u64> {
        Some(self.loads.next())
    }

    #[cache_put("item", l2 = off)]
    async fn put_in_memory(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("item", single_flight = local)]
    async fn local(&self, gate: &Gate) -> Option<u64> {
        gate.pass().await;
        Some(self.loads.next())
    }

    #[cacheable("item", l1_ttl = "3m")]
    async fn three_minutes_in_memory(&self) -> Option<u64> {
        Some(self.loads.next())
    }

    #[cacheable("item", cache_err = |_| Some(Duration::from_mins(1)))]
    async fn fails(&self) -> Result<Option<u64>, Failure> {
        Err(Failure(self.loads.next()))
    }

    #[cacheable("item", version = 2, cache_err = |_| Some(Duration::from_mins(1)))]
    async fn fails_in_second_version(&self) -> Result<Option<u64>, Failure> {
        Err(Failure(self.loads.next()))
    }

    #[cacheable("item", cache_err = |_| Some(Duration::from_mins(1)))]
    async fn fails_here(&self) -> Result<Option<u64>, Local> {
        Err(Local(self.loads.next()))
    }

    #[cacheable("item", single_flight = local, cache_err = |_| Some(Duration::from_mins(1)))]
    async fn fails_without_waiting(&self) -> Result<Option<u64>, Local> {
        Err(Local(self.loads.next()))
    }

    #[cacheable("item", cache_err = |_| Some(Duration::from_mins(1)))]
    async fn fails_slowly(&self, gate: &Gate) -> Result<Option<u64>, Failure> {
        gate.pass().await;
        Err(Failure(self.loads.next()))
    }

    #[cacheable("item")]
    async fn fails_each_time(&self) -> Result<Option<u64>, Failure> {
        Err(Failure(self.loads.next()))
    }

    #[cache_evict("item")]
    async fn evict(&self) {}
}

fn nodes<'a>(level: &Level, loads: &'a Loads) -> [Node<'a>; 2] {
    [level.node(), level.node()].map(|cache| Node { cache, loads })
}

on_every_level! {
    async fn an_error_that_one_node_stored_is_a_hit_on_another(level: Level) {
        let loads = Loads::default();
        let [a, b] = nodes(&level, &loads);
        assert_eq!(within(a.fails()).await, Err(Failure(1)));
        assert_eq!(level.bytes(ENTRY).expect("it is stored")[..3], *b"L1\x02");
        assert_eq!(within(b.fails()).await, Err(Failure(1)));
        assert_eq!(within(b.fails()).await, Err(Failure(1)));
        assert_eq!((b.cache.stats().remote_hits, b.cache.stats().hits), (1, 1));
    }

    async fn a_stored_error_is_a_miss_for_code_that_keeps_none_of_its_type(level: Level) {
        let loads = Loads::default();
        let [a, b] = nodes(&level, &loads);
        within(a.fails()).await.expect_err("it fails");
        assert_eq!(within(b.fails_here()).await, Err(Local(2)));
        assert_eq!(within(b.keeps_values()).await, Some(3));
        assert_eq!(level.bytes(ENTRY).expect("it is stored")[..3], *b"L1\x01");
        assert_eq!(b.cache.stats().trouble, larder::Trouble::default());
    }

    async fn an_error_without_bytes_stays_in_memory_and_gives_its_lease_back(level: Level) {
        let loads = Loads::default();
        let [a, b] = nodes(&level, &loads);
        assert_eq!(within(a.fails_here()).await, Err(Local(1)));
        assert_eq!(within(a.fails_here()).await, Err(Local(1)));
        assert_eq!(level.bytes(ENTRY), None);
        level.until_no_lease_is_left().await;
        assert_eq!(within(b.fails_here()).await, Err(Local(2)));
    }

    async fn who_waits_for_an_error_that_is_stored_is_given_it_without_storing_such(level: Level) {
        let loads = Loads::default();
        let [a, _] = nodes(&level, &loads);
        let gate = Gate::closed();
        let (mut first, mut second) = (Box::pin(a.fails_slowly(&gate)), Box::pin(a.fails_each_time()));
        tokio::select! {
            _ = &mut first => panic!("it is held"),
            () = gate.arrival() => {}
        }
        assert!(futures::poll!(&mut second).is_pending());
        gate.open();
        assert_eq!(within(futures::future::join(first, second)).await, (Err(Failure(1)), Err(Failure(1))));
    }

    /// Nobody would tell this node when it is evicted: it has not the right to store.
    async fn an_error_without_bytes_is_not_kept_where_another_node_loads(level: Level) {
        let loads = Loads::default();
        let [a, b] = nodes(&level, &loads);
        let gate = Gate::closed();
        let mut other = Box::pin(a.local(&gate));
        tokio::select! {
            _ = &mut other => panic!("it is held"),
            () = gate.arrival() => {}
        }
        assert_eq!(within(b.fails_without_waiting()).await, Err(Local(1)));
        assert_eq!(within(b.fails_without_waiting()).await, Err(Local(2)));
        assert_eq!((b.cache.stats().unstored, b.cache.stats().entries), (2, 0));
    }

    async fn a_none_that_one_node_stored_is_a_hit_on_another(level: Level) {
        let loads = Loads::default();
        let [a, b] = nodes(&level, &loads);
        assert_eq!(within(a.keeps_none()).await, None);
        assert_eq!(within(b.keeps_none()).await, None);
        assert_eq!(within(b.keeps_none()).await, None);
        assert_eq!(loads.count(), 1);
        assert_eq!((b.cache.stats().remote_hits, b.cache.stats().hits, b.cache.stats().misses), (1, 1, 0));
    }

    async fn a_stored_none_is_a_miss_for_code_that_keeps_none_of_them_and_is_replaced(level: Level) {
        let loads = Loads::default();
        let [a, b] = nodes(&level, &loads);
        within(a.keeps_none()).await;
        let none = level.bytes(ENTRY).expect("it is stored");
        assert_eq!(none[..3], *b"L1\x00");
        assert_eq!(within(b.keeps_values()).await, Some(2));
        assert_eq!(level.bytes(ENTRY).expect("it is stored")[..3], *b"L1\x01");
        assert_eq!(b.cache.stats().trouble.mismatched, 0, "it is no other build's");
        let [c, _] = nodes(&level, &loads);
        assert_eq!(within(c.keeps_none()).await, Some(2));
    }

    async fn an_entry_of_another_version_is_a_miss_on_both_levels_and_an_eviction_reaches_it(level: Level) {
        let loads = Loads::default();
        let [a, b] = nodes(&level, &loads);
        assert_eq!(within(a.keeps_values()).await, Some(1));
        assert_eq!(within(b.second_version()).await, Some(2));
        assert_eq!(within(b.second_version()).await, Some(2));
        let [c, d] = nodes(&level, &loads);
        assert_eq!(within(c.second_version()).await, Some(2), "it is on the server");
        within(c.evict()).await;
        assert_eq!(level.bytes(ENTRY), None);
        assert_eq!(within(d.keeps_values()).await, Some(3));
    }

    async fn a_put_of_a_version_is_found_by_the_readers_of_that(level: Level) {
        let loads = Loads::default();
        let [a, b] = nodes(&level, &loads);
        within(a.put_second_version()).await;
        assert_eq!(within(b.second_version()).await, Some(1));
        assert_eq!((b.cache.stats().remote_hits, b.cache.stats().trouble), (1, larder::Trouble::default()));
        let [c, _] = nodes(&level, &loads);
        assert_eq!(within(c.keeps_values()).await, Some(2));
    }

    async fn an_error_of_another_version_is_a_miss(level: Level) {
        let loads = Loads::default();
        let [a, b] = nodes(&level, &loads);
        assert_eq!(within(a.fails()).await, Err(Failure(1)));
        assert_eq!(within(b.fails_in_second_version()).await, Err(Failure(2)));
        let [c, _] = nodes(&level, &loads);
        assert_eq!(within(c.fails_in_second_version()).await, Err(Failure(2)));
    }

    async fn without_memory_every_call_asks_the_server(level: Level) {
        let loads = Loads::default();
        let [a, b] = nodes(&level, &loads);
        assert_eq!(within(a.without_memory()).await, Some(1));
        assert_eq!(within(a.without_memory()).await, Some(1));
        let stats = a.cache.stats();
        assert_eq!((stats.remote_hits, stats.hits, stats.entries), (1, 0, 0), "memory keeps nothing of it");
        within(b.evict()).await;
        assert_eq!(within(a.without_memory()).await, Some(2), "it sees an eviction at once");
    }

    async fn without_the_second_level_it_is_neither_read_nor_written(level: Level) {
        let loads = Loads::default();
        let [a, b] = nodes(&level, &loads);
        assert_eq!(within(a.keeps_values()).await, Some(1));
        assert_eq!(within(b.in_memory()).await, Some(2));
        within(b.evict()).await;
        assert_eq!(level.bytes(ENTRY), None, "an eviction goes everywhere");
        assert_eq!(within(b.in_memory()).await, Some(3));
        assert_eq!(within(b.in_memory()).await, Some(3));
        assert_eq!(level.bytes(ENTRY), None);
    }

    async fn a_put_without_the_second_level_leaves_no_older_value_there(level: Level) {
        let loads = Loads::default();
        let [a, b] = nodes(&level, &loads);
        within(a.keeps_values()).await;
        within(b.put_in_memory()).await;
        assert_eq!(level.bytes(ENTRY), None);
        assert_eq!(within(b.in_memory()).await, Some(2));
        assert_eq!(b.cache.stats().trouble, larder::Trouble::default());
    }

    async fn a_local_flight_does_not_wait_for_another_node(level: Level) {
        let loads = Loads::default();
        let [a, b] = nodes(&level, &loads);
        let (held_up, open) = (Gate::closed(), Gate::closed());
        open.open();
        let mut other = Box::pin(a.local(&held_up));
        tokio::select! {
            _ = &mut other => panic!("it is held"),
            () = held_up.arrival() => {}
        }
        assert_eq!(within(b.local(&open)).await, Some(1));
        assert_eq!(b.cache.stats().unstored, 1, "the lease is the other's");
        held_up.open();
        assert_eq!(within(other).await, Some(2));
    }
}

#[tokio::test]
async fn the_l1_ttl_of_a_function_wins_over_the_one_of_the_cache() {
    let (loads, clock, server) = (Loads::default(), ManualClock::new(), FakeRedis::new());
    let level = Level::on(server.clone());
    let node = || level.builder().clock(clock.clock()).l1_ttl(Duration::from_secs(1)).following();
    let [a, b] = [node(), node()].map(|cache| Node { cache, loads: &loads });
    for node in [&a, &b] {
        within(node.three_minutes_in_memory()).await;
    }
    server.take_operations();
    clock.advance(Duration::from_secs(179));
    within(a.three_minutes_in_memory()).await;
    within(b.three_minutes_in_memory()).await;
    assert_eq!(server.take_operations().read, 0);
    clock.advance(Duration::from_secs(1));
    within(a.three_minutes_in_memory()).await;
    assert_eq!((server.take_operations().read, loads.count()), (1, 1));
}
