//! Hits that are verified: what memory served, and what the server would have answered.

use std::time::Duration;

use cache_core::testing::{Delivery, FakeRedis, Moment, Op};
use larder::{Cache, HasCache, ManualClock, cacheable};

use crate::following::Following;
use crate::level::{Level, on_every_level};
use crate::nodes::{Evict, Node, Source, entry};
use crate::support::{Loads, within};

/// So many hits wait to be verified.
const WAITING: u64 = 64;

/// A node whose every hit is verified.
fn verifying(level: &Level) -> Cache {
    level.builder().verify_hits(1).following()
}

fn fake() -> (FakeRedis, Level) {
    let server = FakeRedis::new();
    (server.clone(), Level::on(server))
}

async fn until(come: impl Fn() -> bool) {
    within(async {
        while !come() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

async fn checked(cache: &Cache, hits: u64) {
    until(|| cache.stats().verified.checked == hits).await;
}

on_every_level! {
    async fn hits_that_are_true_are_confirmed(level: Level) {
        let source = Source::new();
        let (a, b) = (Node::new(verifying(&level), &source), Node::new(verifying(&level), &source));
        a.loads(7).await;
        // What it has loaded itself, and what it has read from the server.
        b.loads(7).await;
        for node in [&a, &b] {
            for _ in 0..3 {
                assert!(!node.loads(7).await.0);
            }
            checked(&node.cache, 3).await;
            let verified = node.cache.stats().verified;
            assert_eq!((verified.confirmed, verified.stale), (3, 0));
        }
    }

    async fn a_hit_on_what_was_invalidated_unheard_and_loaded_anew_is_stale_however_it_was_invalidated(level: Level) {
        let source = Source::new();
        let (a, b) = (Node::new(verifying(&level), &source), Node::new(level.mute_node(), &source));
        for (kind, stale) in Evict::EACH.into_iter().zip(1..) {
            // Nobody tells the first node of anything, so for each kind it has an item of its own.
            a.loads(stale).await;
            b.evict(kind, stale).await;
            b.loads(stale).await;
            assert!(!a.loads(stale).await.0, "{kind:?}: it is still in memory");
            checked(&a.cache, stale).await;
            let verified = a.cache.stats().verified;
            assert_eq!((verified.stale, verified.confirmed), (stale, 0), "{kind:?}");
        }
    }

    async fn a_hit_on_what_the_server_has_lost_is_unknown(level: Level) {
        let source = Source::new();
        let a = Node::new(verifying(&level), &source);
        a.loads(7).await;
        level.lose(&entry(7));
        a.loads(7).await;
        checked(&a.cache, 1).await;
        assert_eq!(a.cache.stats().verified.unknown, 1);
    }

    /// Memory has heard of everything that was invalidated, and this was not.
    async fn what_another_node_has_loaded_again_after_a_loss_makes_no_hit_stale(level: Level) {
        let source = Source::new();
        let (a, b) = (Node::new(verifying(&level), &source), Node::new(level.node(), &source));
        a.loads(7).await;
        b.evict(Evict::Key, 9).await;
        until(|| a.cache.stats().coherence.messages == 1).await;
        level.lose(&entry(7));
        b.loads(7).await;
        assert!(!a.loads(7).await.0, "it is in memory");
        checked(&a.cache, 1).await;
        let verified = a.cache.stats().verified;
        assert_eq!((verified.unknown, verified.stale), (1, 0));
    }
}

#[tokio::test]
async fn a_stale_hit_is_as_old_as_the_servers_last_word() {
    let ((server, level), clock) = (fake(), ManualClock::new());
    let source = Source::new();
    let a = Node::new(level.builder().clock(clock.clock()).verify_hits(1).following(), &source);
    let b = Node::new(level.node(), &source);
    a.loads(7).await;
    server.deliver(Delivery::Held);
    b.evict(Evict::Key, 7).await;
    b.loads(7).await;
    clock.advance(Duration::from_millis(400));
    a.loads(7).await;
    checked(&a.cache, 1).await;
    let verified = a.cache.stats().verified;
    assert_eq!((verified.stale, verified.oldest_stale), (1, Duration::from_millis(400)));
}

#[tokio::test]
async fn what_memory_hears_of_while_it_is_verified_is_overtaken() {
    let (server, level) = fake();
    let source = Source::new();
    let (a, b) = (Node::new(verifying(&level), &source), Node::new(level.node(), &source));
    a.loads(7).await;
    server.deliver(Delivery::Held);
    b.evict(Evict::Key, 7).await;
    b.loads(7).await;
    let gate = server.gate(Op::Read, Moment::After);
    a.loads(7).await;
    within(gate.arrived()).await;
    server.deliver(Delivery::AtOnce);
    until(|| a.cache.stats().coherence.messages == 1).await;
    gate.release();
    checked(&a.cache, 1).await;
    let verified = a.cache.stats().verified;
    assert_eq!((verified.overtaken, verified.stale), (1, 0));
}

#[tokio::test]
async fn hits_that_find_the_queue_full_are_counted_and_not_verified() {
    let (server, level) = fake();
    let source = Source::new();
    let a = Node::new(verifying(&level), &source);
    a.loads(7).await;
    let gate = server.gate(Op::Read, Moment::Before);
    a.loads(7).await;
    within(gate.arrived()).await;
    for _ in 0..WAITING + 5 {
        a.loads(7).await;
    }
    assert_eq!(a.cache.stats().verified.dropped, 5);
    gate.release();
    checked(&a.cache, WAITING + 1).await;
    assert_eq!(a.cache.stats().verified.confirmed, WAITING + 1);
}

#[tokio::test]
async fn a_server_that_does_not_answer_makes_hits_unknown() {
    let (server, level) = fake();
    let source = Source::new();
    let a = Node::new(verifying(&level), &source);
    a.loads(7).await;
    server.fail_with(Some(larder::ErrorKind::Unavailable));
    a.loads(7).await;
    checked(&a.cache, 1).await;
    assert_eq!(a.cache.stats().verified.unknown, 1);
}

#[tokio::test]
async fn unless_it_is_asked_for_no_hit_is_verified() {
    for off in [false, true] {
        let (server, level) = fake();
        let builder = if off { level.builder().verify_hits(0) } else { level.builder() };
        let a = Node::new(builder.following(), &Source::new());
        a.loads(7).await;
        server.take_operations();
        for _ in 0..100 {
            a.loads(7).await;
        }
        // Another question has had its answer by then, which a verified hit's would have come before.
        a.loads(8).await;
        assert_eq!(server.operations().read, 1);
        assert_eq!(a.cache.stats().verified, Cache::in_process().stats().verified);
    }
}

#[tokio::test]
async fn of_many_hits_few_are_verified() {
    let (_, level) = fake();
    let a = Node::new(level.builder().verify_hits(1000).following(), &Source::new());
    a.loads(7).await;
    for _ in 0..200 {
        a.get(7).await;
    }
    let verified = a.cache.stats().verified;
    assert!(verified.checked + verified.dropped < 20, "{verified:?}");
}

#[derive(HasCache)]
struct Writer {
    #[cache]
    cache: Cache,
    loads: Loads,
}

impl Writer {
    #[cacheable("here:{id}", l2 = off)]
    async fn here(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[larder::cache_put("item:{id}")]
    async fn write(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[larder::cache_put("item:{result}")]
    async fn add(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("item:{id}")]
    async fn get(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("item:{ids}", batch)]
    async fn many(&self, ids: Vec<u64>) -> std::collections::HashMap<u64, u64> {
        ids.into_iter().map(|id| (id, self.loads.next())).collect()
    }
}

#[tokio::test]
async fn hits_of_a_function_that_does_not_use_the_second_level_are_not_verified() {
    let (server, level) = fake();
    let node = Writer { cache: verifying(&level), loads: Loads::default() };
    node.here(1).await;
    node.here(1).await;
    node.get(2).await;
    node.get(2).await;
    checked(&node.cache, 1).await;
    assert_eq!((server.operations().read, node.cache.stats().hits), (2, 2));
}

#[tokio::test]
async fn what_was_put_is_confirmed_whether_its_key_was_known_before_or_not() {
    let (_, level) = fake();
    let node = Writer { cache: verifying(&level), loads: Loads::default() };
    within(node.write(70)).await;
    within(node.get(70)).await;
    let added = within(node.add()).await;
    within(node.get(added)).await;
    checked(&node.cache, 2).await;
    assert_eq!(node.cache.stats().hits, 2);
    assert_eq!(node.cache.stats().verified.confirmed, 2);
}

#[tokio::test]
async fn hits_of_a_batch_are_verified_one_by_one() {
    let (_, level) = fake();
    let node = Writer { cache: verifying(&level), loads: Loads::default() };
    node.many(vec![1, 2, 3]).await;
    node.many(vec![1, 2, 3]).await;
    checked(&node.cache, 3).await;
    assert_eq!(node.cache.stats().verified.confirmed, 3);
}
