//! `when_unreachable(Stale(..))`: memory while nobody answers for the second level.

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::FakeRedis;
use larder::{Answer, Cache, ErrorKind, HasCache, ManualClock, Unreachable, cache_evict, cacheable, observe};

use crate::following::Following;
use crate::level::Level;
use crate::support::{Loads, within};

const BOUND: Duration = Duration::from_secs(3);
const LONGEST: Duration = Duration::from_mins(10);
const TICK: Duration = Duration::from_nanos(1);
/// A moment before the longest is over, seen from the bound.
const LEFT: Duration = Duration::from_nanos(597_000_000_000 - 1);

#[derive(HasCache)]
struct Prices {
    #[cache]
    cache: Cache,
    loads: Arc<Loads>,
}

impl Prices {
    #[cacheable("price:{id}", ttl = "1h")]
    async fn price(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("basket", ttl = "1h")]
    async fn basket(&self) -> u64 {
        1_000 + self.price(1).await
    }

    #[cache_evict(key = "price:{id}")]
    async fn change(&self, id: u64) {}
}

/// A node before a fake, with a clock that stands, and another one that is told of everything.
fn nodes(policy: Unreachable) -> (FakeRedis, ManualClock, Prices, Prices) {
    let server = FakeRedis::new();
    let (level, clock, loads) = (Level::on(server.clone()), ManualClock::new(), Arc::<Loads>::default());
    let cache = level.builder().clock(clock.clock()).when_unreachable(policy).at_most_behind(BOUND);
    let other = Prices { cache: level.mute_node(), loads: Arc::clone(&loads) };
    (server, clock, Prices { cache, loads }, other)
}

/// What tells whether memory is served on already: each is asked for once, for a miss would load it anew.
const PROBES: std::ops::Range<u64> = 100..400;

/// A price that memory was told of some time ago.
async fn priced(node: &Prices, clock: &ManualClock) -> u64 {
    let price = within(node.price(1)).await;
    for probe in PROBES {
        within(node.price(probe)).await;
    }
    clock.advance(BOUND);
    price
}

/// The server answers nothing any more, and the node has noticed.
async fn cut_off(server: &FakeRedis, node: &Prices) {
    server.fail_with(Some(ErrorKind::Unavailable));
    server.cut_subscriptions();
    for probe in PROBES {
        let observed = within(observe(node.price(probe))).await;
        if observed.outcome().expect("it is cached").answer == Answer::Stale {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("memory is not served on");
}

async fn answer(node: &Prices) -> (u64, Answer) {
    let observed = within(observe(node.price(1))).await;
    (observed.value, observed.outcome().expect("it is cached").answer)
}

#[tokio::test]
async fn memory_is_served_for_as_long_as_it_was_told_and_no_longer() {
    let (server, clock, node, _) = nodes(Unreachable::Stale(LONGEST));
    let price = priced(&node, &clock).await;
    cut_off(&server, &node).await;
    assert_eq!(answer(&node).await, (price, Answer::Stale));
    // When it was last confirmed is between its start and now.
    clock.advance(LEFT);
    assert_eq!(answer(&node).await, (price, Answer::Stale));
    clock.advance(BOUND + TICK);
    assert_eq!(answer(&node).await.1, Answer::Miss);
}

#[tokio::test]
async fn by_default_calls_load_once_memory_may_be_too_far_behind() {
    let (server, clock, node, _) = nodes(Unreachable::Bypass);
    within(node.price(1)).await;
    server.fail_with(Some(ErrorKind::Unavailable));
    clock.advance(BOUND);
    assert_eq!(answer(&node).await, (2, Answer::Miss));
}

#[tokio::test]
async fn what_this_process_evicts_is_not_served() {
    let (server, clock, node, _) = nodes(Unreachable::Stale(LONGEST));
    let price = priced(&node, &clock).await;
    cut_off(&server, &node).await;
    within(node.change(1)).await;
    let (now, answer) = answer(&node).await;
    assert!(now > price && answer == Answer::Miss, "{now} {answer:?}");
}

#[tokio::test]
async fn from_the_first_answer_on_it_is_true_again() {
    let (server, clock, node, other) = nodes(Unreachable::Stale(LONGEST));
    let price = priced(&node, &clock).await;
    cut_off(&server, &node).await;
    server.fail_with(None);
    within(other.change(1)).await;
    within(async {
        while !node.cache.stats().coherence.is_following {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
    let (now, answer) = answer(&node).await;
    assert!(now > price && answer == Answer::Miss, "{now} {answer:?}");
}

/// Else it would count as confirmed at a time when nobody could say so.
#[tokio::test]
async fn what_is_made_of_stale_values_is_as_old_as_they_are() {
    let (server, clock, node, _) = nodes(Unreachable::Stale(LONGEST));
    let price = priced(&node, &clock).await;
    cut_off(&server, &node).await;
    assert_eq!(within(node.basket()).await, 1_000 + price);
    clock.advance(LONGEST);
    assert_ne!(within(node.basket()).await, 1_000 + price);
}

#[test]
fn less_than_memory_may_be_behind_anyway_is_refused() {
    let cache = Cache::builder("prices").when_unreachable(Unreachable::Stale(Duration::from_secs(1))).build();
    let error = cache.expect_err("it says less than `max_staleness`");
    assert!(error.is_config() && error.to_string().contains("max_staleness"), "{error}");
}
