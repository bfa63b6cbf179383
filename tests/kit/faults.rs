//! `Kit::fault` and `Kit::heal`: each fault, what it costs, and that it is over afterwards.

use std::time::Duration;

use larder::testing::{Evicted, Fault, Kit, assert_hit, assert_miss};
use larder::{Level, Unreachable};

use crate::service::{Service, Source};

const SECOND: Duration = Duration::from_secs(1);

/// How long something takes.
async fn taken<F: Future>(call: F) -> (F::Output, Duration) {
    let begin = tokio::time::Instant::now();
    let output = call.await;
    (output, begin.elapsed())
}

#[tokio::test]
async fn without_its_server_a_service_goes_on_and_memory_lasts_as_long_as_it_is_known_to_be_true() {
    let kit = Kit::new();
    let service = Service::new(kit.cache());
    assert_miss!(service.item(7));
    kit.fault(Fault::Down);
    assert_hit!(service.item(7), Level::Memory);
    assert_miss!(service.item(8));
    kit.advance(3 * SECOND);
    assert_miss!(service.item(7));
    assert_hit!(service.item(7), Level::Memory);
    kit.advance(SECOND);
    assert_miss!(service.item(7));
    assert!(service.cache.stats().trouble.unavailable > 0);
    assert!(!service.cache.stats().coherence.is_following);
}

#[tokio::test]
async fn what_is_healed_is_used_again_at_once() {
    let kit = Kit::new();
    let (here, there) = (Service::new(kit.cache()), Service::new(kit.node()));
    here.item(7).await;
    for fault in [Fault::Down, Fault::Hung, Fault::Slow(SECOND), Fault::LossyMessages] {
        kit.fault(fault);
        kit.heal();
        assert_hit!(there.item(7));
        assert_hit!(here.item(7));
        assert_hit!(here.item(7), Level::Memory);
        assert_hit!(there.item(7), Level::Memory);
    }
}

#[tokio::test]
async fn an_eviction_that_the_server_missed_reaches_others_when_it_is_healed() {
    let kit = Kit::new();
    let source = Source::default();
    let (here, there) = (Service::over(kit.cache(), &source), Service::over(kit.node(), &source));
    there.item(7).await;
    kit.fault(Fault::Down);
    here.change(7).await;
    assert_eq!(kit.evicted(), [Evicted::key("items", "item:7")]);
    assert_eq!(assert_hit!(there.item(7)), 0, "nobody can have told it");
    kit.heal();
    assert_eq!(assert_miss!(there.item(7)), 1);
}

#[tokio::test]
async fn memory_is_served_on_where_it_was_told_to() {
    let kit = Kit::new();
    let builder = kit.builder().when_unreachable(Unreachable::Stale(60 * SECOND));
    let service = Service::new(builder.build().expect("a node"));
    kit.settle();
    service.item(7).await;
    kit.fault(Fault::Down);
    kit.advance(10 * SECOND);
    let observed = larder::observe(service.item(7)).await;
    assert_eq!(observed.outcome().expect("it was called").answer, larder::Answer::Stale);
}

#[tokio::test]
async fn a_slow_server_costs_its_time_up_to_the_budget() {
    let kit = Kit::new();
    let service = Service::new(kit.builder().budget(Duration::from_millis(150)).build().expect("a node"));
    kit.fault(Fault::Slow(Duration::from_millis(20)));
    let (_, time) = taken(async { assert_miss!(service.item(7)) }).await;
    assert!(time >= Duration::from_millis(60), "a look-up, a lease and a fill: {time:?}");
    assert_hit!(Service::new(kit.node()).item(7), Level::Remote);

    kit.fault(Fault::Slow(60 * SECOND));
    let (_, time) = taken(async { assert_miss!(service.item(8)) }).await;
    assert!((Duration::from_millis(150)..10 * SECOND).contains(&time), "the budget: {time:?}");
    assert!(service.cache.stats().trouble.timeout > 0);
    kit.advance(SECOND);
    assert_hit!(service.item(7), Level::Memory);
}

#[tokio::test]
async fn a_server_that_hangs_costs_the_budget() {
    let kit = Kit::new();
    let service = Service::new(kit.builder().budget(Duration::from_millis(50)).build().expect("a node"));
    kit.fault(Fault::Hung);
    let (_, time) = taken(async { assert_miss!(service.item(7)) }).await;
    assert!((Duration::from_millis(50)..10 * SECOND).contains(&time), "the budget: {time:?}");
    let ((), time) = taken(service.change(7)).await;
    assert!((Duration::from_millis(50)..10 * SECOND).contains(&time), "the budget: {time:?}");
}

#[tokio::test]
async fn what_hangs_arrives_when_it_is_healed() {
    let kit = Kit::new();
    let service = Service::new(kit.builder().budget(60 * SECOND).build().expect("a node"));
    kit.fault(Fault::Hung);
    let mut call = Box::pin(service.item(7));
    assert!(futures::poll!(&mut call).is_pending());
    kit.heal();
    call.await;
    assert_hit!(Service::new(kit.node()).item(7), Level::Remote);
}

#[tokio::test]
async fn lost_messages_leave_memory_behind_for_a_while() {
    let kit = Kit::new();
    let source = Source::default();
    // Whose own questions would find it out within a second: here within a hundred.
    let node = || kit.builder().max_staleness(300 * SECOND).build().expect("a node");
    let (here, there) = (Service::over(node(), &source), Service::over(node(), &source));
    kit.settle();
    there.item(7).await;
    kit.fault(Fault::LossyMessages);
    here.change(7).await;
    assert_eq!(assert_hit!(there.item(7), Level::Memory), 0, "it was not told");
    assert_eq!(assert_miss!(here.item(7)), 1, "who evicts knows");
    kit.settle();
    assert_eq!(assert_hit!(there.item(7), Level::Remote), 1);
}

#[test]
fn a_kit_without_a_server_has_no_faults() {
    let panicked = std::panic::catch_unwind(|| Kit::in_process().fault(Fault::Down)).expect_err("nothing can be down");
    let message = panicked.downcast::<String>().expect("a message");
    assert_eq!(*message, "`Kit::in_process()` has no second level: use `Kit::new()`");
}
