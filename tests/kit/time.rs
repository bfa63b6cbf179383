//! `Kit::advance`: one clock for whatever ends.

use std::time::Duration;

use cache_core::port::Stopwatch;

use larder::testing::{Kit, Point, assert_hit, assert_miss};
use larder::{Cache, Level, RateLimit, Renewal, cacheable};

use crate::service::Service;

const SECOND: Duration = Duration::from_secs(1);
/// As long as an item lives, but for a second.
const ALMOST: Duration = Duration::from_secs(299);

#[tokio::test]
async fn an_entry_ends_on_both_levels() {
    let kit = Kit::new();
    let (here, there) = (Service::new(kit.cache()), Service::new(kit.node()));
    assert_miss!(here.item(7));
    kit.advance(ALMOST);
    assert_hit!(here.item(7), Level::Memory);
    assert_hit!(there.item(7), Level::Remote);
    kit.advance(SECOND);
    assert_miss!(here.item(7));
    kit.advance(ALMOST + SECOND);
    assert_miss!(there.item(7));
}

#[tokio::test]
async fn an_entry_ends_in_memory_alone() {
    let kit = Kit::in_process();
    let service = Service::new(kit.cache());
    assert_miss!(service.item(7));
    kit.advance(ALMOST);
    assert_hit!(service.item(7));
    kit.advance(SECOND);
    assert_miss!(service.item(7));
}

#[tokio::test]
async fn a_copy_in_memory_ends_by_its_own_time() {
    let kit = Kit::new();
    let service = Service::new(kit.builder().l1_ttl(SECOND).build().expect("a node"));
    assert_miss!(service.item(7));
    assert_hit!(service.item(7), Level::Memory);
    kit.advance(SECOND);
    assert_hit!(service.item(7), Level::Remote);
}

#[tokio::test]
async fn memory_is_true_at_once_after_any_time() {
    let kit = Kit::new();
    let service = Service::new(kit.cache());
    assert_miss!(service.item(7));
    for _ in 0..29 {
        kit.advance(10 * SECOND);
        assert_hit!(service.item(7), Level::Memory);
    }
}

#[tokio::test]
async fn reads_put_an_end_off_that_the_clock_brings() {
    #[cacheable("slow:{id}", cache = cache, skip(cache), ttl = "1h", idle = "1m")]
    async fn idle(cache: &Cache, id: u64) -> u64 {
        id
    }

    let kit = Kit::in_process();
    let cache = kit.cache();
    assert_miss!(idle(&cache, 7));
    for _ in 0..3 {
        kit.advance(40 * SECOND);
        assert_hit!(idle(&cache, 7));
    }
    kit.advance(60 * SECOND);
    assert_miss!(idle(&cache, 7));
}

#[tokio::test]
async fn a_lease_ends() {
    let kit = Kit::new();
    let (here, there) = (Service::new(kit.cache()), Service::new(kit.node()));
    let held = kit.hold(Point::BeforeStore);
    tokio::join!(async { assert_miss!(here.item(7)) }, async {
        held.reached().await;
        kit.advance(30 * SECOND);
        held.release();
    });
    // What was loaded for longer than its lease is not stored.
    assert_miss!(there.item(7));
}

async fn a_lock_a_counter_and_a_limit_end(kit: &Kit, here: &Cache, there: &Cache) {
    let (held, wanted) = (here.lock("invoice").renewal(Renewal::ByHand), there.lock("invoice"));
    let limiter = there.rate_limiter("api", RateLimit::fixed_window(1, SECOND));
    let counter = here.counter("views").expires_after(10 * SECOND);
    let is_allowed = async || limiter.check("ada").await.expect("it counts").is_allowed();

    let _guard = held.try_acquire().await.expect("nobody holds it");
    wanted.try_acquire().await.expect_err("it is held");
    counter.increment().await.expect("it counts");
    assert!(is_allowed().await && !is_allowed().await);

    kit.advance(60 * SECOND);
    drop(wanted.try_acquire().await.expect("its time is over"));
    assert_eq!(counter.get().await.expect("it can be asked"), None);
    assert!(is_allowed().await);
}

#[tokio::test]
async fn a_lock_a_counter_and_a_limit_end_on_the_server() {
    let kit = Kit::new();
    a_lock_a_counter_and_a_limit_end(&kit, &kit.cache(), &kit.node()).await;
}

#[tokio::test]
async fn a_lock_a_counter_and_a_limit_end_in_this_process() {
    let kit = Kit::in_process();
    a_lock_a_counter_and_a_limit_end(&kit, &kit.cache(), &kit.cache()).await;
}

#[tokio::test]
async fn a_node_that_was_shut_down_holds_nobody_up() {
    let kit = Kit::new();
    let (gone, there) = (kit.cache(), Service::new(kit.node()));
    gone.shutdown().await.expect("nothing waits");
    let watch = Stopwatch::start();
    assert_miss!(there.item(7));
    kit.advance(SECOND);
    assert_hit!(there.item(7), Level::Memory);
    assert!(watch.elapsed() < 2 * SECOND, "{:?}", watch.elapsed());
    drop(gone);
}
