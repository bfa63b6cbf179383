//! Memory while messages are lost, late or doubled, and while nobody answers.

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::{Delivery, FakeRedis, Gate, Moment, Op};
use larder::{Cache, HasCache, ManualClock, cacheable};

use crate::following::Following;
use crate::level::Level;
use crate::nodes::{Evict, Node, Source};
use crate::support::{Loads, within};

const BOUND: Duration = Duration::from_secs(3);
const TICK: Duration = Duration::from_nanos(1);
const JUST_BEFORE: Duration = Duration::from_nanos(3_000_000_000 - 1);

fn fake() -> (FakeRedis, Level) {
    let server = FakeRedis::new();
    (server.clone(), Level::on(server))
}

/// Two nodes that hear each other by messages only.
fn two(level: &Level) -> (Arc<Source>, Arc<Node>, Arc<Node>) {
    Node::two(level)
}

/// From now on no poll is answered.
fn without_polls(server: &FakeRedis) -> Vec<Gate> {
    (0..100).map(|_| server.gate(Op::Poll, Moment::Before)).collect()
}

async fn until(come: impl Fn() -> bool) {
    within(async {
        while !come() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_message_that_was_lost_is_noticed_at_the_next_one() {
    let (server, level) = fake();
    let (source, a, b) = two(&level);
    a.loads(7).await;
    server.deliver(Delivery::Lost);
    let after = source.write();
    b.evict(Evict::Key, 7).await;
    assert!(!a.loads(7).await.0, "nobody told it");
    server.deliver(Delivery::AtOnce);
    b.evict(Evict::Key, 9).await;
    until(|| a.cache.stats().coherence.gaps == 1).await;
    assert_eq!(a.loads(7).await, (true, after));
}

#[tokio::test]
async fn messages_that_come_twice_are_harmless() {
    let (server, level) = fake();
    let (source, a, b) = two(&level);
    server.deliver(Delivery::Twice);
    for round in 1..=3 {
        a.loads(7).await;
        let after = source.write();
        b.evict(Evict::Key, 7).await;
        until(|| a.cache.stats().coherence.messages == 2 * round).await;
        assert_eq!(a.loads(7).await, (true, after));
    }
    assert_eq!(a.cache.stats().coherence.gaps, 0);
}

/// Late ones drop what they name, though it may be newer; they must not make the node stand where it stood before.
#[tokio::test]
async fn messages_that_were_held_back_are_made_good_when_they_come() {
    let (server, level) = fake();
    let (source, a, b) = two(&level);
    a.loads(7).await;
    server.deliver(Delivery::Held);
    let after = source.write();
    b.evict(Evict::Key, 7).await;
    server.deliver(Delivery::AtOnce);
    until(|| a.cache.stats().coherence.messages == 1).await;
    assert_eq!(a.loads(7).await, (true, after));
}

#[tokio::test]
async fn what_was_evicted_while_a_subscription_was_broken_is_not_served_after_it() {
    let (server, level) = fake();
    let (source, a, b) = two(&level);
    a.loads(7).await;
    server.cut_subscriptions();
    until(|| a.cache.stats().coherence.losses == 1).await;
    let after = source.write();
    b.evict(Evict::Key, 7).await;
    until(|| a.cache.stats().coherence.is_following).await;
    assert_eq!(a.loads(7).await.1, after);
}

#[tokio::test]
async fn a_server_that_has_lost_everything_is_followed_anew() {
    let (server, level) = fake();
    let (source, a, b) = two(&level);
    a.loads(7).await;
    b.loads(8).await;
    server.flush();
    source.write();
    // The eviction is the first of a new history.
    b.evict(Evict::Key, 7).await;
    until(|| a.cache.stats().coherence.losses == 1 && a.cache.stats().coherence.is_following).await;
    assert!(a.loads(7).await.0);
}

/// Any answer of the server shows that its history is another one, long before the next poll.
#[tokio::test]
async fn an_answer_from_another_history_makes_a_node_ask() {
    let (server, level) = fake();
    let (_, a, b) = two(&level);
    a.loads(7).await;
    server.flush();
    b.loads(8).await;
    let losses = a.cache.stats().coherence.losses;
    within(async {
        while a.cache.stats().coherence.losses == losses {
            // Each asks the server for something else.
            a.loads(100 + a.cache.stats().misses).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    until(|| a.cache.stats().coherence.is_following).await;
    assert!(!a.loads(8).await.0);
}

#[derive(HasCache)]
struct Nested {
    #[cache]
    cache: Cache,
    inner: Loads,
    outer: Loads,
}

impl Nested {
    fn new(cache: Cache) -> Self {
        Self { cache, inner: Loads::default(), outer: Loads::default() }
    }

    #[cacheable("inner")]
    async fn inner(&self) -> u64 {
        self.inner.next()
    }

    #[cacheable("outer")]
    async fn outer(&self) -> u64 {
        self.outer.next();
        self.inner().await
    }
}

/// A node before the fake with a clock that stands, and a server that will answer no poll any more.
fn node_without_polls() -> (FakeRedis, ManualClock, Nested, Vec<Gate>) {
    let (server, level) = fake();
    let clock = ManualClock::new();
    let cache = level.builder().clock(clock.clock()).at_most_behind(BOUND);
    let gates = without_polls(&server);
    (server, clock, Nested::new(cache), gates)
}

#[tokio::test]
async fn without_an_answer_memory_is_served_until_the_bound_is_over_and_then_asked_for() {
    let (_server, clock, node, _gates) = node_without_polls();
    within(node.inner()).await;
    clock.advance(JUST_BEFORE);
    within(node.inner()).await;
    assert_eq!((node.cache.stats().hits, node.cache.stats().remote_hits), (1, 0));
    clock.advance(TICK);
    within(node.inner()).await;
    assert_eq!((node.cache.stats().hits, node.cache.stats().remote_hits), (1, 1));
}

/// What was read from the server a moment ago cannot be further behind than that.
#[tokio::test]
async fn without_an_answer_what_was_read_since_is_served_for_the_bound() {
    let (_server, clock, node, _gates) = node_without_polls();
    clock.advance(10 * BOUND);
    within(node.inner()).await;
    clock.advance(JUST_BEFORE);
    within(node.inner()).await;
    assert_eq!(node.cache.stats().hits, 1);
    clock.advance(TICK);
    within(node.inner()).await;
    assert_eq!((node.cache.stats().hits, node.cache.stats().remote_hits), (1, 1));
}

/// The bound counts from when the oldest part of it was known to be true, else each layer would add its own.
#[tokio::test]
async fn without_an_answer_what_is_made_of_old_values_is_as_old_as_they_are() {
    let (_server, clock, node, _gates) = node_without_polls();
    within(node.inner()).await;
    clock.advance(JUST_BEFORE);
    within(node.outer()).await;
    assert_eq!((node.inner.count(), node.outer.count()), (1, 1));
    clock.advance(TICK);
    within(node.outer()).await;
    assert_eq!(node.cache.stats().hits, 1, "of the inner one alone");
}

#[tokio::test]
async fn once_it_is_answered_again_memory_is_served_again() {
    let (_server, clock, node, gates) = node_without_polls();
    within(node.inner()).await;
    clock.advance(2 * BOUND);
    drop(gates);
    within(node.inner()).await;
    within(async {
        while node.cache.stats().hits == 0 {
            within(node.inner()).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    assert_eq!(node.inner.count(), 1);
}

/// Nothing else makes memory true while it hangs, so it must not hang for as long as memory may be behind.
#[tokio::test]
async fn a_subscription_that_hangs_is_given_up_however_far_memory_may_be_behind() {
    let (server, level) = fake();
    let gate = server.gate(Op::Subscribe, Moment::Before);
    let cache = level.builder().max_staleness(Duration::from_hours(1)).build().expect("the settings are valid");
    within(gate.arrived()).await;
    until(|| cache.stats().coherence.is_following).await;
}

/// It would make the node believe what it was told before it lost the history.
#[tokio::test]
async fn an_answer_to_a_question_from_before_the_history_was_lost_confirms_nothing() {
    let (server, level) = fake();
    let clock = ManualClock::new();
    let source = Source::new();
    let a = Node::new(level.builder().clock(clock.clock()).at_most_behind(BOUND), &source);
    let b = Node::new(level.mute_node(), &source);
    a.loads(7).await;
    // A question is answered, and the answer held up on its way back.
    let gate = server.gate(Op::Poll, Moment::After);
    within(gate.arrived()).await;
    let gates = without_polls(&server);
    server.cut_subscriptions();
    until(|| a.cache.stats().coherence.losses == 1).await;
    let after = source.write();
    b.evict(Evict::Key, 7).await;
    gate.release();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(!a.cache.stats().coherence.is_following);
    clock.advance(BOUND);
    assert_eq!(a.loads(7).await.1, after);
    drop(gates);
}
