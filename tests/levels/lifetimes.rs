//! How long an entry lives on both levels.

use std::time::Duration;

use cache_core::testing::FakeRedis;
use larder::{Cache, HasCache, ManualClock, cache_put, cacheable};

use crate::following::Following;
use crate::level::{Level, on_every_level};
use crate::support::{Loads, within};

const ENTRY: &str = "global:_:item";
const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug, HasCache)]
struct Node<'a> {
    cache: Cache,
    loads: &'a Loads,
}

impl Node<'_> {
    #[cacheable("item", ttl = ttl)]
    async fn get(&self, ttl: Duration) -> u64 {
        self.loads.next()
    }

    #[cacheable("item", ttl = |_| ttl)]
    async fn get_by_value(&self, ttl: Duration) -> u64 {
        self.loads.next()
    }

    #[cache_put("item", ttl = ttl)]
    async fn put(&self, ttl: Duration) -> u64 {
        self.loads.next()
    }
}

/// Two nodes on a fake, all of the same time, which a test moves.
fn nodes(loads: &Loads, l1_ttl: Duration) -> (FakeRedis, ManualClock, [Node<'_>; 2]) {
    let (server, clock) = (FakeRedis::new(), ManualClock::new());
    let level = Level::on(server.clone());
    let cache = || level.builder().clock(clock.clock()).l1_ttl(l1_ttl).following();
    let nodes = [cache(), cache()].map(|cache| Node { cache, loads });
    (server, clock, nodes)
}

#[tokio::test]
async fn memory_keeps_an_entry_for_its_own_time_and_the_server_for_longer() {
    let loads = Loads::default();
    let (server, clock, [a, _]) = nodes(&loads, 10 * SECOND);
    within(a.get(60 * SECOND)).await;
    server.take_operations();
    clock.advance(Duration::from_millis(9_999));
    assert_eq!(within(a.get(60 * SECOND)).await, 1);
    assert_eq!(server.take_operations().read, 0);
    clock.advance(Duration::from_millis(1));
    assert_eq!(within(a.get(60 * SECOND)).await, 1);
    assert_eq!(server.take_operations().read, 1, "it asks the server again");
}

#[tokio::test]
async fn memory_does_not_outlive_what_is_left_on_the_server() {
    let loads = Loads::default();
    let (_, clock, [a, b]) = nodes(&loads, 60 * SECOND);
    within(a.get(20 * SECOND)).await;
    clock.advance(15 * SECOND);
    assert_eq!(within(b.get(20 * SECOND)).await, 1, "five seconds are left of it");
    clock.advance(Duration::from_millis(4_999));
    assert_eq!(within(b.get(20 * SECOND)).await, 1);
    clock.advance(Duration::from_millis(1));
    assert_eq!(within(b.get(20 * SECOND)).await, 2);
}

#[tokio::test]
async fn memory_does_not_keep_a_put_longer_than_its_own_time() {
    let loads = Loads::default();
    let (server, clock, [a, _]) = nodes(&loads, 10 * SECOND);
    within(a.put(60 * SECOND)).await;
    server.take_operations();
    clock.advance(10 * SECOND);
    assert_eq!(within(a.get(60 * SECOND)).await, 1);
    assert_eq!(server.take_operations().read, 1, "it asks the server again");
}

#[tokio::test]
async fn an_entry_and_its_tokens_end_on_the_server_by_themselves() {
    let loads = Loads::default();
    let (server, clock, [a, _]) = nodes(&loads, 10 * SECOND);
    within(a.get(60 * SECOND)).await;
    assert_eq!(server.time_left(format!("{}:{ENTRY}", a.cache.name())), Some(60 * SECOND));
    clock.advance(120 * SECOND);
    let control = format!("{}:#c", a.cache.name()).into_bytes();
    assert_eq!(server.names(), [control], "nothing is left but the control record");
}

on_every_level! {
    async fn a_ttl_of_zero_stores_on_neither_level(level: Level) {
        let loads = Loads::default();
        let [a, b] = [level.node(), level.node()].map(|cache| Node { cache, loads: &loads });
        for load in [1, 3, 5] {
            assert_eq!(within(a.get(Duration::ZERO)).await, load);
            assert_eq!(within(b.get_by_value(Duration::ZERO)).await, load + 1);
        }
        assert_eq!(level.bytes(ENTRY), None);
        level.until_no_lease_is_left().await;
    }

    async fn a_put_with_a_ttl_of_zero_removes_from_both_levels(level: Level) {
        let loads = Loads::default();
        let [a, b] = [level.node(), level.node()].map(|cache| Node { cache, loads: &loads });
        within(a.put(60 * SECOND)).await;
        within(a.put(Duration::ZERO)).await;
        assert_eq!(level.bytes(ENTRY), None);
        assert_eq!(within(a.get(60 * SECOND)).await, 3);
        assert_eq!(within(b.get(60 * SECOND)).await, 3);
    }

    async fn a_ttl_of_years_or_for_ever_is_a_ttl(level: Level) {
        let loads = Loads::default();
        let [a, b] = [level.node(), level.node_without_memory()].map(|cache| Node { cache, loads: &loads });
        let year = Duration::from_hours(365 * 24);
        for ttl in [year, 99 * year, 100 * year, 10_000 * year, Duration::from_secs(u64::MAX), Duration::MAX] {
            let load = within(a.get(ttl)).await;
            assert_eq!(within(b.get(ttl)).await, load, "{ttl:?}");
            assert_eq!(within(a.get(ttl)).await, load, "{ttl:?}");
            within(b.put(ttl)).await;
            assert_eq!(within(b.get(ttl)).await, load + 1, "{ttl:?}");
            within(a.cache.clear()).await.expect("the server is there");
        }
    }

    async fn the_shortest_ttl_is_a_ttl(level: Level) {
        let loads = Loads::default();
        let [a, _] = [level.node(), level.node()].map(|cache| Node { cache, loads: &loads });
        within(a.get(Duration::from_nanos(1))).await;
        level.until(|level| level.bytes(ENTRY).is_none()).await;
        assert_eq!(within(a.get(SECOND)).await, 2);
    }
}
