//! Services that tell each other.

use std::time::Duration;

use cache_core::testing::{Delivery, FakeRedis, Moment, Op};
use larder::{Cache, ErrorKind, Event, Events, Evictions, ManualClock};
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;

use crate::backend::on_every_shared_backend;
use crate::following::Following as _;
use crate::support::within;
use crate::world::{PAID, Paid, events, is_there, store};

/// Hears what is told, until it is aborted.
fn hears(events: &Events) -> JoinHandle<()> {
    let events = events.clone();
    tokio::spawn(async move { events.run().await.unwrap() })
}

/// Waits until the invoice is gone.
async fn is_gone(cache: &Cache) {
    within(async {
        while is_there(cache).await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

/// Waits until the service follows: it has invalidated everything then, for it cannot know what was told before.
async fn follows(cache: &Cache) {
    is_gone(cache).await;
}

on_every_shared_backend! {
    async fn another_service_applies_what_is_told(backend: Backend) {
        let (tells, listens) = (backend.node(), backend.service("listens"));
        let all = events(&listens, &backend.topic());
        store(&listens).await;
        let hears = hears(&all);
        follows(&listens).await;
        store(&listens).await;
        // Who tells it knows nothing of what it means there.
        tells.events(backend.topic()).publish(&PAID).await.unwrap();
        is_gone(&listens).await;
        hears.abort();
    }

    async fn every_node_of_the_other_service_forgets(backend: Backend) {
        let (tells, nodes) = (backend.node(), [backend.service("listens"), backend.service("listens")]);
        store(&nodes[0]).await;
        let hears = nodes.each_ref().map(|node| hears(&events(node, &backend.topic())));
        follows(&nodes[0]).await;
        store(&nodes[0]).await;
        assert!(is_there(&nodes[1]).await);
        tells.events(backend.topic()).publish(&PAID).await.unwrap();
        for node in &nodes {
            is_gone(node).await;
        }
        hears.iter().for_each(JoinHandle::abort);
    }

    async fn a_service_that_was_not_there_applies_it_when_it_is_back(backend: Backend) {
        let (tells, listens) = (backend.node(), backend.service("listens"));
        let all = events(&listens, &backend.topic());
        store(&listens).await;
        let first = hears(&all);
        follows(&listens).await;
        first.abort();
        let _ = first.await;
        store(&listens).await;
        tells.events(backend.topic()).publish(&PAID).await.unwrap();
        assert!(is_there(&listens).await);
        let second = hears(&all);
        is_gone(&listens).await;
        second.abort();
    }

    async fn who_is_not_told_asks(backend: Backend) {
        let (tells, listens) = (backend.mute_node(), backend.service("listens"));
        store(&listens).await;
        let hears = hears(&events(&listens, &backend.topic()));
        follows(&listens).await;
        store(&listens).await;
        tells.events(backend.topic()).publish(&PAID).await.unwrap();
        is_gone(&listens).await;
        hears.abort();
    }
}

struct World {
    server: FakeRedis,
    clock: ManualClock,
}

impl World {
    fn new() -> Self {
        Self { server: FakeRedis::new(), clock: ManualClock::new() }
    }

    fn service(&self, name: &str) -> Cache {
        Cache::builder(name).clock(self.clock.clock()).redis(self.server.clone()).following()
    }

    /// A service that follows the topic, and has the invoice.
    async fn follower(&self) -> (Cache, Events, JoinHandle<()>) {
        let cache = self.service("listens");
        let events = events(&cache, "topic");
        let task = self.follows(&events).await;
        store(&cache).await;
        (cache, events, task)
    }

    /// Waits until the invoice is gone, while the time goes on: for a minute, which is far from the invoice's own end.
    async fn is_gone_in_time(&self, cache: &Cache) {
        for _ in 0..600 {
            if !is_there(cache).await {
                return;
            }
            self.clock.advance(Duration::from_millis(100));
            // Other threads come as far as they can.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("the invoice is still there after a minute");
    }

    /// Has it follow, and waits until it has read all that is there.
    async fn follows(&self, events: &Events) -> JoinHandle<()> {
        let done = self.server.gate(Op::Done, Moment::After);
        let task = hears(events);
        within(done.arrived()).await;
        done.release();
        task
    }
}

/// A second later by the clock; nobody is told anything.
#[tokio::test]
async fn a_message_that_is_lost_is_made_up_for_by_the_poll() {
    let world = World::new();
    let (cache, _, _task) = world.follower().await;
    world.server.deliver(Delivery::Lost);
    world.service("tells").events("topic").publish(&PAID).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(is_there(&cache).await);
    world.is_gone_in_time(&cache).await;
}

#[tokio::test]
async fn what_a_node_has_not_done_when_it_dies_another_does() {
    let world = World::new();
    let (cache, events, task) = world.follower().await;
    // It is handed the event and dies.
    let handed = world.server.gate(Op::Follow, Moment::After);
    world.service("tells").events("topic").publish(&PAID).await.unwrap();
    within(handed.arrived()).await;
    task.abort();
    let _ = task.await;
    drop(handed);
    assert!(is_there(&cache).await);
    let other = hears(&events);
    world.is_gone_in_time(&cache).await;
    other.abort();
}

/// From the call on it applies nothing any more, though it has not left the server.
#[tokio::test]
async fn what_a_node_is_handed_while_it_shuts_down_another_does() {
    let world = World::new();
    let (cache, _, task) = world.follower().await;
    let held = cache.lock("invoice-number").acquire().await.unwrap();
    let given_back = world.server.gate(Op::Free, Moment::Before);
    drop(held);
    within(given_back.arrived()).await;
    let handed = world.server.gate(Op::Follow, Moment::After);
    world.service("tells").events("topic").publish(&PAID).await.unwrap();
    within(handed.arrived()).await;
    let ends = tokio::spawn({
        let cache = cache.clone();
        async move { cache.shutdown().await }
    });
    within(async {
        while cache.is_enabled() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    handed.release();
    // Long enough for it to say that it has done what it was handed.
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
    given_back.release();
    within(ends).await.unwrap().unwrap();
    task.abort();
    let other = world.service("listens");
    assert!(is_there(&other).await);
    let task = hears(&events(&other, "topic"));
    world.is_gone_in_time(&other).await;
    task.abort();
}

#[tokio::test]
async fn what_could_not_be_applied_is_applied_later() {
    let world = World::new();
    let (cache, _, _task) = world.follower().await;
    // Neither the attempt nor what repeats it in the background.
    let fails = [(); 2].map(|()| world.server.gate(Op::Evict, Moment::Before));
    world.service("tells").events("topic").publish(&PAID).await.unwrap();
    for gate in fails {
        within(gate.arrived()).await;
        gate.fail(ErrorKind::Unavailable);
    }
    // Until it is delivered the server is not asked for values.
    let is_applied = || async { matches!(cache.namespace("invoices").get::<u64>("7").await, Ok(None)) };
    for tries in 0.. {
        if is_applied().await {
            break;
        }
        assert!(tries < 240, "it is not applied within a minute");
        world.clock.advance(Duration::from_millis(250));
        // What repeats it in the background does not go by that clock.
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_service_whose_topic_was_lost_invalidates_everything() {
    let world = World::new();
    let (cache, _, _task) = world.follower().await;
    world.server.flush();
    store(&cache).await;
    world.is_gone_in_time(&cache).await;
}

#[tokio::test]
async fn a_service_that_has_missed_more_than_is_kept_invalidates_everything() {
    let world = World::new();
    let (cache, events, task) = world.follower().await;
    task.abort();
    let _ = task.await;
    cache.set("of nothing that was told", 1_u64).await.unwrap();
    let tells = world.service("tells").events("topic").keep(3);
    for invoice in 100..110 {
        tells.publish(&Paid { invoice, customer: 0 }).await.unwrap();
    }
    let task = world.follows(&events).await;
    assert_eq!(cache.get::<u64>("of nothing that was told").await.unwrap(), None);
    task.abort();
}

#[tokio::test]
async fn a_service_that_has_missed_less_than_is_kept_does_not() {
    let world = World::new();
    let (cache, events, task) = world.follower().await;
    task.abort();
    let _ = task.await;
    cache.set("of nothing that was told", 1_u64).await.unwrap();
    for invoice in 100..110 {
        world.service("tells").events("topic").publish(&Paid { invoice, customer: 0 }).await.unwrap();
    }
    let task = world.follows(&events).await;
    assert_eq!(cache.get::<u64>("of nothing that was told").await.unwrap(), Some(1));
    task.abort();
}

/// A release that knows more of the event, and one that cannot read it.
#[tokio::test]
async fn an_event_of_another_shape_is_read_or_invalidates_everything() {
    #[derive(Serialize, Deserialize)]
    struct More {
        note: String,
        customer: u64,
        invoice: u64,
    }
    impl Event for More {
        const NAME: &'static str = "paid";
    }
    #[derive(Serialize, Deserialize)]
    struct Other {
        other: String,
    }
    impl Event for Other {
        const NAME: &'static str = "paid";
    }
    let world = World::new();
    let (cache, _, _task) = world.follower().await;
    let tells = world.service("tells").events("topic");
    cache.set("of nothing that was told", 1_u64).await.unwrap();
    tells.publish(&More { note: "more".to_owned(), customer: 3, invoice: 7 }).await.unwrap();
    is_gone(&cache).await;
    assert_eq!(cache.get::<u64>("of nothing that was told").await.unwrap(), Some(1));
    tells.publish(&Other { other: "other".to_owned() }).await.unwrap();
    within(async {
        while cache.get::<u64>("of nothing that was told").await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Where it cannot be told it is applied all the same, and who told it knows.
#[tokio::test]
async fn what_cannot_be_told_is_an_error_and_is_applied_here() {
    let world = World::new();
    let cache = world.service("tells");
    let events = events(&cache, "topic");
    store(&cache).await;
    let gate = world.server.gate(Op::Publish, Moment::Before);
    let publishes = tokio::spawn({
        let events = events.clone();
        async move { events.publish(&PAID).await }
    });
    within(gate.arrived()).await;
    gate.fail(ErrorKind::Unavailable);
    assert_eq!(within(publishes).await.unwrap().unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(!is_there(&cache).await);
}

/// Trying it again would not help.
#[tokio::test]
async fn an_event_whose_evictions_are_none_invalidates_everything_and_keeps_no_other_back() {
    #[derive(Serialize, Deserialize)]
    struct Bad;
    impl Event for Bad {
        const NAME: &'static str = "bad";
    }
    let world = World::new();
    let cache = world.service("listens");
    let all = events(&cache, "topic").on(|_: &Bad| Evictions::new().namespace("no name"));
    let task = world.follows(&all).await;
    let tells = world.service("tells").events("topic");
    cache.set("of nothing that was told", 1_u64).await.unwrap();
    tells.publish(&Bad).await.unwrap();
    within(async {
        while cache.get::<u64>("of nothing that was told").await.unwrap().is_some() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    store(&cache).await;
    tells.publish(&PAID).await.unwrap();
    is_gone(&cache).await;
    task.abort();
}

/// A node is handed an event whichever of its parts hears it.
#[tokio::test]
async fn what_one_part_of_a_service_says_of_an_event_another_part_applies() {
    #[derive(Serialize, Deserialize)]
    struct Else;
    impl Event for Else {
        const NAME: &'static str = "else";
    }
    let world = World::new();
    let cache = world.service("listens");
    let _says = events(&cache, "topic");
    let task = world.follows(&cache.events("topic").on(|_: &Else| Evictions::new())).await;
    store(&cache).await;
    world.service("tells").events("topic").publish(&PAID).await.unwrap();
    is_gone(&cache).await;
    task.abort();
}

/// As at a failover: what was told last was never handed out, and the next one looks as if it came right after those before.
#[tokio::test]
async fn a_server_that_has_lost_the_end_of_a_topic_makes_the_service_invalidate_everything() {
    let world = World::new();
    let (cache, events_before, task) = world.follower().await;
    task.abort();
    let _ = task.await;
    // A node repeats what it has invalidated itself; these are gone.
    drop((cache, events_before));
    let saved = world.server.save();
    world.service("tells").events("topic").publish(&PAID).await.unwrap();
    world.server.restart(&saved);
    world.service("tells").events("topic").publish(&Paid { invoice: 100, customer: 0 }).await.unwrap();
    let cache = world.service("listens");
    assert!(is_there(&cache).await);
    let task = world.follows(&events(&cache, "topic")).await;
    assert!(!is_there(&cache).await);
    task.abort();
}
