//! One node, by a clock that is moved by hand.

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::{Moment, Op};
use larder::{Cache, ErrorKind, HasCache, Lifetime, Policy, Tenancy, Tenant, cacheable, tenant};

use crate::following::Following as _;
use crate::support::{held, within};
use crate::world::{EVERY, Manner, Running, Source, World, rate, settled, until};

#[tokio::test]
async fn a_value_is_loaded_at_each_period() {
    let world = World::new();
    let running = Running::start(world.rate());
    for period in 1..=10 {
        running.refreshed(period).await;
        assert_eq!(running.rate.get().await, Ok(period));
        world.clock.advance(EVERY);
    }
}

/// Nothing but a period that is over has it loaded.
#[tokio::test]
async fn within_a_period_it_is_not_loaded() {
    let world = World::new();
    let running = Running::start(world.rate());
    running.refreshed(1).await;
    for _ in 0..9 {
        world.clock.advance(EVERY / 10);
        running.rate.get().await.unwrap();
        settled().await;
    }
    assert_eq!(world.source.count(), 1);
}

#[tokio::test]
async fn a_reader_gets_the_old_value_while_the_new_one_is_loaded() {
    let world = World::new();
    let running = Running::start(world.rate());
    running.refreshed(1).await;
    let gate = world.source.gate();
    world.clock.advance(EVERY);
    gate.arrival().await;
    assert_eq!(within(running.rate.get()).await, Ok(1));
    gate.open();
    running.refreshed(2).await;
    assert_eq!(running.rate.get().await, Ok(2));
}

#[tokio::test]
async fn when_nobody_reads_it_rests_until_somebody_does() {
    let world = World::new();
    let running = Running::start(world.rate());
    running.refreshed(1).await;
    world.clock.advance(EVERY);
    running.refreshed(2).await;
    for _ in 0..20 {
        world.clock.advance(EVERY);
        settled().await;
    }
    assert_eq!(world.source.count(), 2);
    // Its time is over, so this reader loads it, and the next period begins with that.
    assert_eq!(running.rate.get().await, Ok(3));
    settled().await;
    assert_eq!(world.source.count(), 3);
    world.clock.advance(EVERY);
    running.refreshed(3).await;
    assert_eq!(running.rate.get().await, Ok(4));
}

#[tokio::test]
async fn what_is_read_after_a_rest_and_still_there_is_refreshed_at_once() {
    let world = World::new();
    let running = Running::start(world.rate().stop_after(EVERY / 2));
    running.refreshed(1).await;
    world.clock.advance(EVERY * 2);
    settled().await;
    assert_eq!(running.rate.get().await, Ok(1));
    running.refreshed(2).await;
}

#[tokio::test]
async fn an_error_leaves_the_old_value_and_the_next_period_loads_again() {
    let world = World::new();
    let running = Running::start(world.rate());
    running.refreshed(1).await;
    world.source.behaves(Manner::Fails);
    world.clock.advance(EVERY);
    running.failed(1).await;
    assert_eq!(running.rate.get().await, Ok(1));
    assert_eq!(running.rate.status().last_error.as_deref(), Some("no rates today"));
    world.clock.advance(EVERY);
    running.failed(2).await;
    assert_eq!(running.rate.get().await, Ok(1), "after two errors too");
    world.source.behaves(Manner::Brings);
    world.clock.advance(EVERY / 1000 * 999);
    settled().await;
    assert_eq!(running.rate.status().refreshed, 1);
    world.clock.advance(EVERY / 1000);
    running.refreshed(2).await;
    assert_eq!(running.rate.get().await, Ok(4));
    assert_eq!(running.rate.status().last_error, None);
}

#[tokio::test]
async fn a_panic_leaves_the_old_value_and_the_next_period_loads_again() {
    let world = World::new();
    let running = Running::start(world.rate());
    running.refreshed(1).await;
    world.source.behaves(Manner::Panics);
    world.clock.advance(EVERY);
    running.failed(1).await;
    assert_eq!(running.rate.get().await, Ok(1));
    assert_eq!(running.rate.status().last_error.as_deref(), Some("the loader panicked: on purpose"));
    world.source.behaves(Manner::Brings);
    world.clock.advance(EVERY);
    running.refreshed(2).await;
    assert_eq!(running.rate.get().await, Ok(3));
}

#[tokio::test]
async fn what_is_removed_is_loaded_by_the_next_reader() {
    let world = World::new();
    let node = world.node();
    let running = Running::start(rate(&node, &world.source, EVERY));
    running.refreshed(1).await;
    assert!(node.remove("rate").await.unwrap());
    assert_eq!(running.rate.get().await, Ok(2));
    // That counts: the next one is due a period later.
    world.clock.advance(EVERY);
    running.refreshed(2).await;
    assert_eq!(world.source.count(), 3);
}

#[tokio::test]
async fn what_is_removed_and_not_read_is_loaded_when_it_is_due() {
    let world = World::new();
    let node = world.node();
    let running = Running::start(rate(&node, &world.source, EVERY));
    running.refreshed(1).await;
    assert!(node.remove("rate").await.unwrap());
    world.clock.advance(EVERY);
    running.refreshed(2).await;
    assert_eq!(node.get("rate").await.unwrap(), Some(2_u64));
}

#[tokio::test]
async fn dropped_it_stops() {
    let world = World::new();
    let running = Running::start(world.rate());
    running.refreshed(1).await;
    let rate = running.rate.clone();
    running.stop().await;
    for _ in 0..5 {
        rate.get().await.unwrap();
        world.clock.advance(EVERY / 2);
        settled().await;
    }
    assert_eq!(world.source.count(), 1);
}

#[tokio::test]
async fn dropped_while_it_loads_it_leaves_the_old_value() {
    let world = World::new();
    let running = Running::start(world.rate());
    running.refreshed(1).await;
    let gate = world.source.gate();
    world.clock.advance(EVERY);
    gate.arrival().await;
    let rate = running.rate.clone();
    running.stop().await;
    assert_eq!(within(rate.get()).await, Ok(1));
}

#[tokio::test]
async fn a_load_that_takes_longer_than_a_period_is_followed_by_the_next_whole_one() {
    let world = World::new();
    let running = Running::start(world.rate().stop_after(EVERY * 10));
    running.refreshed(1).await;
    let gate = world.source.gate();
    world.clock.advance(EVERY);
    gate.arrival().await;
    for _ in 0..25 {
        world.clock.advance(EVERY / 10);
        settled().await;
    }
    assert_eq!(world.source.count(), 2, "one at a time");
    gate.open();
    running.refreshed(2).await;
    world.clock.advance(EVERY / 1000 * 499);
    settled().await;
    assert_eq!(world.source.count(), 2);
    // Its claim lasted longer than it has to, and is given back for this one.
    world.clock.advance(EVERY / 1000);
    running.refreshed(3).await;
}

#[tokio::test]
async fn without_its_server_nothing_is_loaded_and_readers_go_on() {
    let world = World::new();
    let running = Running::start(world.rate());
    running.refreshed(1).await;
    world.server.fail_with(Some(ErrorKind::Unavailable));
    world.clock.advance(EVERY);
    running.skipped(1).await;
    assert_eq!(running.rate.get().await, Ok(1));
    assert_eq!(world.source.count(), 1);
    assert!(running.rate.status().last_error.is_some());
    world.server.fail_with(None);
    world.clock.advance(EVERY);
    running.refreshed(2).await;
    assert_eq!(running.rate.status().last_error, None);
}

/// Nobody holds the turn any more then, but the value is as good as ever.
#[tokio::test]
async fn a_load_whose_turn_was_lost_meanwhile_is_stored() {
    let world = World::new();
    let running = Running::start(world.rate());
    running.refreshed(1).await;
    let gate = world.source.gate();
    world.clock.advance(EVERY);
    gate.arrival().await;
    assert!(world.server.lose("rates:#k:global:_:rate#refresh"));
    let extends = world.server.gate(Op::Extend, Moment::After);
    world.clock.advance(EVERY / 10 * 6);
    within(extends.arrived()).await;
    extends.release();
    settled().await;
    gate.open();
    running.refreshed(2).await;
    assert_eq!(running.rate.get().await, Ok(2));
}

/// As the rate was read a moment ago.
#[tokio::test]
async fn what_a_reader_has_loaded_is_due_a_period_later() {
    let world = World::new();
    let rate = world.rate();
    assert_eq!(rate.get().await, Ok(1));
    let running = Running::start(rate);
    settled().await;
    assert_eq!(world.source.count(), 1);
    world.clock.advance(EVERY);
    running.refreshed(1).await;
}

/// A refresh would take the reader's load away.
#[tokio::test]
async fn where_it_begins_a_load_that_runs_is_as_good() {
    let world = World::new();
    let (rate, gate) = (world.rate(), world.source.gate());
    let mut reads = held(rate.get()).await;
    gate.arrival().await;
    let running = Running::start(rate.clone());
    settled().await;
    gate.open();
    assert_eq!(within(&mut reads).await, Ok(1));
    until(|| running.turns() == 1).await;
    assert_eq!(world.source.count(), 1);
    world.clock.advance(EVERY);
    until(|| running.turns() == 2).await;
    assert_eq!(running.rate.get().await, Ok(2));
}

/// As after a deployment.
#[tokio::test]
async fn where_it_begins_an_old_value_is_refreshed() {
    let world = World::new();
    let node = world.node();
    node.set("rate", 0_u64).await.unwrap();
    let running = Running::start(rate(&node, &world.source, EVERY));
    running.refreshed(1).await;
    assert_eq!(node.get("rate").await.unwrap(), Some(1_u64));
}

#[derive(HasCache)]
struct Rates {
    #[cache]
    cache: Cache,
    source: Arc<Source>,
}

impl Rates {
    #[cacheable("rates:{bank}", ttl = "1h")]
    async fn of(&self, bank: &str) -> Result<u64, String> {
        self.source.load().await
    }
}

#[tokio::test]
async fn an_annotated_function_is_refreshed() {
    let world = World::new();
    let rates = Arc::new(Rates { cache: world.node(), source: Arc::clone(&world.source) });
    let called = Arc::clone(&rates);
    let rate = rates.cache.refresh_calls_every("rates:ecb", EVERY, move || {
        let rates = Arc::clone(&called);
        async move { rates.of("ecb").await }
    });
    let running = Running::start(rate);
    running.refreshed(1).await;
    assert_eq!((rates.of("ecb").await, running.rate.get().await), (Ok(1), Ok(1)));
    world.clock.advance(EVERY);
    running.refreshed(2).await;
    assert_eq!((rates.of("ecb").await, running.rate.get().await), (Ok(2), Ok(2)));
    world.source.behaves(Manner::Fails);
    world.clock.advance(EVERY);
    running.failed(1).await;
    assert_eq!(rates.of("ecb").await, Ok(2));
}

#[tokio::test]
async fn a_key_and_a_function_of_the_same_name_have_turns_of_their_own() {
    let world = World::new();
    let node = world.node();
    let of_key = Running::start(rate(&node, &world.source, EVERY));
    let of_calls = Running::start(node.refresh_calls_every("rate", EVERY, || async { Ok(0) }));
    of_key.refreshed(1).await;
    of_calls.refreshed(1).await;
    let guard = node.lock("rate").try_acquire().await;
    assert!(guard.is_ok(), "and a user's lock is another one");
}

#[tokio::test]
async fn a_value_lives_for_three_periods_unless_its_policy_says_otherwise() {
    let world = World::new();
    let node = world.node();
    let load = || async { Ok::<_, String>(1_u64) };
    let left = async |key: &'static str| node.ttl(key).await.unwrap().unwrap();
    node.refresh_every("own", EVERY, load).get().await.unwrap();
    assert_eq!(left("own").await, Lifetime::For(EVERY * 3));
    let policy = Policy::new().tags(["tagged"]);
    node.refresh_every_with("tagged", EVERY, policy, load).get().await.unwrap();
    assert_eq!(left("tagged").await, Lifetime::For(EVERY * 3));
    node.invalidate_tags(["tagged"]).await.unwrap();
    assert!(!node.contains("tagged").await.unwrap());
    node.refresh_every_with("said", EVERY, Duration::from_secs(7), load).get().await.unwrap();
    assert_eq!(left("said").await, Lifetime::For(Duration::from_secs(7)));
}

#[tokio::test]
async fn a_tenants_value_is_refreshed_inside_of_its_scope() {
    let world = World::new();
    let node = world.builder().tenancy(Tenancy::Required).following();
    let acme = || Tenant::from_id("acme").unwrap();
    let rate = rate(&node, &world.source, EVERY);
    let task = tokio::spawn(tenant::scope(acme(), rate.clone().run()));
    until(|| rate.status().refreshed == 1).await;
    assert_eq!(tenant::scope(acme(), node.get("rate")).await.unwrap(), Some(1_u64));
    let other = Tenant::from_id("other").unwrap();
    assert_eq!(tenant::scope(other, node.get::<u64>("rate")).await.unwrap(), None);
    task.abort();
}

#[tokio::test]
async fn without_the_tenant_that_is_required_it_ends_and_says_so() {
    let world = World::new();
    let node = world.builder().tenancy(Tenancy::Required).following();
    assert!(within(rate(&node, &world.source, EVERY).run()).await.is_tenant_missing());
    assert_eq!(world.source.count(), 0);
}

#[tokio::test]
async fn what_is_no_period_no_time_and_no_namespace_ends_it_and_says_so() {
    let world = World::new();
    let node = world.node();
    let short = rate(&node, &world.source, Duration::from_millis(199));
    assert!(within(short.run()).await.is_config());
    let never = rate(&node, &world.source, EVERY).stop_after(Duration::ZERO);
    assert!(within(never.run()).await.is_config());
    let nowhere = rate(&node.namespace("a:b"), &world.source, EVERY);
    assert!(within(nowhere.run()).await.is_config());
    assert_eq!(world.source.count(), 0);
}

#[tokio::test]
async fn in_a_cache_that_is_switched_off_it_does_nothing() {
    let world = World::new();
    let cache = Cache::builder("rates").clock(world.clock.clock()).disabled().build().unwrap();
    let running = Running::start(rate(&cache, &world.source, EVERY));
    settled().await;
    world.clock.advance(EVERY);
    settled().await;
    assert_eq!((running.turns(), world.source.count()), (0, 0));
    assert_eq!(running.rate.get().await, Ok(1));
}
