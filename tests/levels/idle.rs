//! `idle` on two levels: the entry's end is the server's, and whoever reads it on whatever node puts it off.

use std::time::Duration;

use cache_core::testing::{FakeRedis, Op};
use larder::{Cache, ErrorKind, HasCache, ManualClock, cache_put, cacheable};

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
    #[cacheable("item", ttl = "10m", idle = "40s", tags = ["items"])]
    async fn get(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("item", ttl = "10m", idle = "40s", l1 = off)]
    async fn at_the_server(&self) -> u64 {
        self.loads.next()
    }

    #[cache_put("item", ttl = "10m", idle = "40s")]
    async fn put(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("item", ttl = "10m", idle = "40s", l1_ttl = "50s")]
    async fn briefly_in_memory(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("item", ttl = "10m", idle = "40s", l2 = off)]
    async fn in_memory(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("item", ttl = "1h", idle = "2s")]
    async fn short(&self) -> u64 {
        self.loads.next()
    }
}

/// Two nodes on a fake, all of the same time, which a test moves.
fn nodes(loads: &Loads) -> (FakeRedis, ManualClock, [Node<'_>; 2]) {
    let (server, clock) = (FakeRedis::new(), ManualClock::new());
    let level = Level::on(server.clone());
    let cache = || level.builder().clock(clock.clock()).l1_ttl(600 * SECOND).following();
    let nodes = [cache(), cache()].map(|cache| Node { cache, loads });
    (server, clock, nodes)
}

/// What a node began in the background is done, and the server was asked for a later end so often.
async fn touched(server: &FakeRedis, node: &Node<'_>, times: u64) {
    // Its tasks run one after the other.
    within(node.cache.invalidate_tags(["nobody's"])).await.expect("the server is there");
    assert_eq!(server.operations().touch, times);
}

/// How long the entry lasts on the server.
fn left(server: &FakeRedis, node: &Node<'_>) -> Option<Duration> {
    server.time_left(format!("{}:{ENTRY}", node.cache.name()))
}

#[tokio::test]
async fn an_entry_that_nobody_reads_ends_on_both_levels() {
    let loads = Loads::default();
    let (server, clock, [a, b]) = nodes(&loads);
    within(a.get()).await;
    assert_eq!(left(&server, &a), Some(40 * SECOND));
    clock.advance(40 * SECOND);
    assert_eq!((within(a.get()).await, within(b.get()).await), (2, 2));
}

#[tokio::test]
async fn a_hit_in_memory_puts_the_end_off_on_the_server_for_other_nodes() {
    let loads = Loads::default();
    let (server, clock, [a, b]) = nodes(&loads);
    within(a.get()).await;
    clock.advance(30 * SECOND);
    within(a.get()).await;
    touched(&server, &a, 1).await;
    assert_eq!(left(&server, &a), Some(40 * SECOND));
    clock.advance(39 * SECOND);
    assert_eq!(within(b.get()).await, 1);
}

#[tokio::test]
async fn memory_follows_what_the_server_answers() {
    let loads = Loads::default();
    let (server, clock, [a, _]) = nodes(&loads);
    within(a.get()).await;
    for times in 1..=3 {
        clock.advance(30 * SECOND);
        server.take_operations();
        assert_eq!(within(a.get()).await, 1);
        touched(&server, &a, 1).await;
        assert_eq!(server.operations().read, 0, "round {times} was answered by memory");
    }
}

#[tokio::test]
async fn a_hit_on_the_server_puts_the_end_off() {
    let loads = Loads::default();
    let (server, clock, [a, b]) = nodes(&loads);
    within(a.get()).await;
    clock.advance(30 * SECOND);
    assert_eq!(within(b.at_the_server()).await, 1);
    touched(&server, &b, 1).await;
    clock.advance(30 * SECOND);
    assert_eq!(within(b.at_the_server()).await, 1);
}

#[tokio::test]
async fn the_server_is_asked_for_a_later_end_once_a_quarter_of_the_time_at_most() {
    let loads = Loads::default();
    let (server, clock, [a, _]) = nodes(&loads);
    within(a.get()).await;
    for _ in 0..9 {
        clock.advance(SECOND);
        within(a.get()).await;
    }
    touched(&server, &a, 0).await;
    clock.advance(SECOND + Duration::from_millis(1));
    for _ in 0..9 {
        within(a.get()).await;
    }
    touched(&server, &a, 1).await;
}

#[tokio::test]
async fn no_read_puts_the_end_off_beyond_the_ttl() {
    let loads = Loads::default();
    let (server, clock, [a, _]) = nodes(&loads);
    within(a.put()).await;
    for times in 1..=19 {
        clock.advance(30 * SECOND);
        assert_eq!(within(a.get()).await, 1);
        touched(&server, &a, times).await;
    }
    assert_eq!(left(&server, &a), Some(30 * SECOND), "ten minutes in all");
    clock.advance(30 * SECOND);
    assert_eq!(within(a.get()).await, 2);
}

#[tokio::test]
async fn no_read_keeps_a_copy_beyond_its_l1_ttl() {
    let loads = Loads::default();
    let (server, clock, [a, b]) = nodes(&loads);
    within(a.briefly_in_memory()).await;
    within(b.briefly_in_memory()).await;
    clock.advance(30 * SECOND);
    for (node, times) in [(&a, 1), (&b, 2)] {
        within(node.briefly_in_memory()).await;
        touched(&server, node, times).await;
    }
    clock.advance(20 * SECOND);
    server.take_operations();
    for (node, reads) in [(&a, 1), (&b, 2)] {
        assert_eq!(within(node.briefly_in_memory()).await, 1);
        assert_eq!(server.operations().read, reads, "memory has it no more, the server still has");
    }
}

#[tokio::test]
async fn without_the_second_level_a_read_puts_the_end_off_by_itself() {
    let loads = Loads::default();
    let (server, clock, [a, _]) = nodes(&loads);
    for _ in 0..3 {
        assert_eq!(within(a.in_memory()).await, 1);
        clock.advance(30 * SECOND);
    }
    touched(&server, &a, 0).await;
}

#[tokio::test]
async fn a_copy_does_not_outlive_its_original_where_the_server_does_not_answer() {
    let loads = Loads::default();
    let (server, clock, [a, _]) = nodes(&loads);
    within(a.get()).await;
    clock.advance(30 * SECOND);
    let gate = server.gate(Op::Touch, cache_core::testing::Moment::Before);
    within(a.get()).await;
    within(gate.arrived()).await;
    gate.fail(ErrorKind::Unavailable);
    clock.advance(10 * SECOND);
    assert_eq!(within(a.get()).await, 2);
}

on_every_level! {
    async fn reads_keep_an_entry_on_the_server(level: Level) {
        let loads = Loads::default();
        let [a, b] = [level.node(), level.node_without_memory()].map(|cache| Node { cache, loads: &loads });
        within(a.short()).await;
        assert_eq!(level.bytes(ENTRY).expect("it is stored")[..3], *b"L1\x81");
        let before = level.bytes(ENTRY);
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert_eq!(within(b.short()).await, 1);
        level.until(|level| level.bytes(ENTRY) != before).await;
        assert_eq!(within(a.short()).await, 1);
        assert_eq!((a.cache.stats().trouble, b.cache.stats().trouble), Default::default());
    }
}
