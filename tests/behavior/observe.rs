//! `observe`: what it reports of cached calls, alone and inside each other.

use std::time::Duration;

use larder::{Answer, Cache, HasCache, Level, ManualClock, Outcome, Reason, bypass, cacheable, observe, refresh};

use crate::support::{Gate, Loads, cache_with_clock, held, within};

#[derive(HasCache)]
struct Service {
    #[cache]
    cache: Cache,
    loads: Loads,
    gate: Gate,
}

impl Service {
    fn new() -> (Self, ManualClock) {
        let (cache, clock) = cache_with_clock();
        (Self { cache, loads: Loads::default(), gate: Gate::closed() }, clock)
    }

    #[cacheable("item:{id}", ttl = "5m", tags = ["items"])]
    async fn item(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("item:{id}")]
    async fn text(&self, id: u64) -> String {
        id.to_string()
    }

    #[cacheable("outer:{id}")]
    async fn outer(&self, id: u64) -> u64 {
        self.middle(id).await + self.item(id).await
    }

    #[cacheable("middle:{id}")]
    async fn middle(&self, id: u64) -> u64 {
        self.item(id).await
    }

    #[cacheable("slow:{id}")]
    async fn slow(&self, id: u64) -> u64 {
        self.gate.pass().await;
        id
    }

    #[cacheable("watching")]
    async fn watching(&self) -> Vec<u32> {
        observe(self.middle(1)).await.outcomes.iter().map(|told| told.depth).collect()
    }

    #[cacheable("long", ttl = "5m")]
    async fn long(&self) -> Slow {
        Slow
    }

    #[cacheable("failing")]
    async fn failing(&self) -> Result<u64, String> {
        Err("on purpose".to_owned())
    }
}

/// A value that takes its whole life to copy.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Slow;

tokio::task_local! {
    static CLOCK: ManualClock;
}

impl Clone for Slow {
    fn clone(&self) -> Self {
        CLOCK.with(|clock| clock.advance(Duration::from_mins(5)));
        Self
    }
}

async fn outcome<F: Future>(call: F) -> Outcome {
    observe(call).await.outcome().expect("a cached function was called").clone()
}

#[tokio::test]
async fn the_first_call_is_a_miss_for_there_was_nothing() {
    let (service, _) = Service::new();
    let outcome = outcome(service.item(1)).await;
    assert_eq!((outcome.answer, outcome.level), (Answer::Miss, Level::None));
    assert_eq!((outcome.not_in_memory, outcome.not_remote), (Some(Reason::Nothing), None));
    assert_eq!((outcome.function, &*outcome.cache, outcome.age), ("item", "test", None));
    assert!(outcome.module.ends_with("behavior::observe") || outcome.module.ends_with("observe"), "{}", outcome.module);
}

#[tokio::test]
async fn a_hit_tells_its_level_and_the_age_of_the_entry() {
    let (service, clock) = Service::new();
    service.item(1).await;
    clock.advance(Duration::from_secs(7));
    let outcome = outcome(service.item(1)).await;
    assert_eq!((outcome.answer, outcome.level), (Answer::Hit, Level::Memory));
    assert_eq!((outcome.age, outcome.not_in_memory), (Some(Duration::from_secs(7)), None));
}

#[tokio::test]
async fn a_miss_tells_that_the_entry_has_expired() {
    let (service, clock) = Service::new();
    service.item(1).await;
    clock.advance(Duration::from_mins(5));
    assert_eq!(outcome(service.item(1)).await.not_in_memory, Some(Reason::Expired));
}

#[tokio::test]
async fn a_miss_tells_that_the_entry_was_invalidated() {
    let (service, _) = Service::new();
    service.item(1).await;
    service.cache.invalidate_tags(["items"]).await.expect("there is one level");
    assert_eq!(outcome(service.item(1)).await.not_in_memory, Some(Reason::Invalidated));
}

#[tokio::test]
async fn a_miss_tells_that_the_entry_has_a_value_of_another_type() {
    let (service, _) = Service::new();
    service.item(1).await;
    assert_eq!(outcome(service.text(1)).await.not_in_memory, Some(Reason::OtherType));
}

#[tokio::test]
async fn calls_inside_of_others_are_told_with_their_depth_in_the_order_in_which_they_ended() {
    let (service, _) = Service::new();
    let observed = observe(service.outer(1)).await;
    let told: Vec<_> = observed.outcomes.iter().map(|told| (told.depth, told.function, told.answer)).collect();
    let expected =
        [(2, "item", Answer::Miss), (1, "middle", Answer::Miss), (1, "item", Answer::Hit), (0, "outer", Answer::Miss)];
    assert_eq!(told, expected);
    assert_eq!(observed.outcome().map(|outer| outer.function), Some("outer"));
}

#[tokio::test]
async fn the_depth_is_counted_from_where_it_is_observed() {
    let (service, _) = Service::new();
    assert_eq!(service.watching().await, [1, 0]);
}

#[tokio::test]
async fn what_a_hit_would_have_called_is_not_told() {
    let (service, _) = Service::new();
    service.outer(1).await;
    let observed = observe(service.outer(1)).await;
    assert_eq!(observed.outcomes.len(), 1);
}

#[tokio::test]
async fn a_call_that_waited_for_another_load_is_collapsed() {
    let (service, _) = Service::new();
    let leader = held(service.slow(1)).await;
    let waiter = held(observe(service.slow(1))).await;
    service.gate.open();
    let (_, observed) = within(futures::future::join(leader, waiter)).await;
    assert_eq!(observed.outcome().map(|outcome| outcome.answer), Some(Answer::Collapsed));
}

#[tokio::test]
async fn calls_in_other_scopes_are_told_as_what_they_were() {
    let (service, _) = Service::new();
    service.item(1).await;
    let bypassed = outcome(bypass(service.item(1))).await;
    assert_eq!((bypassed.answer, bypassed.level, bypassed.not_in_memory), (Answer::Bypassed, Level::None, None));
    let bypassed = bypass(observe(service.item(1))).await;
    assert_eq!(bypassed.outcomes[0].answer, Answer::Bypassed);
    let refreshed = outcome(refresh(service.item(1))).await;
    assert_eq!((refreshed.answer, refreshed.level, refreshed.not_in_memory), (Answer::Refreshed, Level::None, None));
}

#[tokio::test]
async fn the_body_of_a_bypassed_call_counts_for_the_depth() {
    let (service, _) = Service::new();
    let observed = observe(bypass(service.middle(1))).await;
    let told: Vec<_> = observed.outcomes.iter().map(|told| (told.depth, told.function)).collect();
    assert_eq!(told, [(1, "item"), (0, "middle")]);
}

#[tokio::test]
async fn every_observer_around_is_told_with_its_own_depths() {
    let (service, _) = Service::new();
    let observed = observe(async { (observe(service.middle(1)).await.outcomes.len(), service.item(1).await) }).await;
    assert_eq!((observed.value.0, observed.outcomes.len()), (2, 3));
    assert_eq!(observed.outcome().map(|last| last.function), Some("item"));
}

#[tokio::test]
async fn a_call_that_failed_is_told() {
    let (service, _) = Service::new();
    let observed = observe(service.failing()).await;
    assert_eq!(observed.value, Err("on purpose".to_owned()));
    assert_eq!(observed.outcomes[0].answer, Answer::Miss);
}

#[tokio::test]
async fn without_a_cached_call_there_is_no_outcome() {
    assert!(observe(async { 1 }).await.outcome().is_none());
}

impl Service {
    #[cacheable("absent", cache_none)]
    async fn absent(&self) -> Option<u64> {
        None
    }
}

#[tokio::test]
async fn a_hit_on_a_stored_none_is_negative() {
    let (service, _) = Service::new();
    assert_eq!(outcome(service.absent()).await.answer, Answer::Miss);
    let outcome = outcome(service.absent()).await;
    assert_eq!((outcome.answer, outcome.level), (Answer::Negative, Level::Memory));
}

#[tokio::test]
async fn what_was_served_in_time_is_a_hit_though_its_time_is_over_when_that_is_told() {
    let (service, clock) = Service::new();
    CLOCK.scope(clock.clone(), service.long()).await;
    clock.advance(Duration::from_mins(5));
    CLOCK.scope(ManualClock::new(), service.long()).await;
    let told = CLOCK.scope(clock, outcome(service.long())).await;
    assert_eq!((told.answer, told.level), (Answer::Hit, Level::Memory));
}
