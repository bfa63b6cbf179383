//! `Kit::hold`: at each point, for each kind of function, on each kind of runtime.

use std::thread;

use larder::testing::{Held, Kit, Point, assert_hit, assert_miss};
use larder::{Cache, Level};

use crate::service::Service;

const POINTS: [Point; 2] = [Point::BeforeBody, Point::BeforeStore];

/// Changes the item while a load or a put is held, and gives what that returned.
async fn overtaken(service: &Service, held: Held, call: impl Future<Output = u64>) -> u64 {
    let change = async {
        held.reached().await;
        service.change(7).await;
        held.release();
    };
    tokio::join!(call, change).0
}

/// What `call` brings that a change overtakes at each point is given to its caller and not kept.
async fn is_not_kept(kit: impl Fn() -> Kit, call: impl AsyncFn(&Service) -> u64) {
    for point in POINTS {
        let kit = kit();
        let service = Service::new(kit.cache());
        let held = kit.hold(point);
        let brought = overtaken(&service, held, call(&service)).await;
        assert_eq!(brought, if point == Point::BeforeStore { 1 } else { 2 }, "{point:?}");
        assert_eq!(assert_miss!(service.item(7)), 2, "{point:?}");
        assert_eq!(assert_hit!(service.item(7), Level::Memory), 2, "{point:?}");
    }
}

#[tokio::test]
async fn a_load_is_held_at_each_point() {
    is_not_kept(Kit::new, async |service| service.item(7).await).await;
}

#[tokio::test]
async fn a_load_in_this_process_is_held() {
    is_not_kept(Kit::in_process, async |service| service.item(7).await).await;
}

#[tokio::test]
async fn a_load_of_a_function_without_the_second_level_is_held() {
    is_not_kept(Kit::new, async |service| service.item_here(7).await).await;
}

#[tokio::test]
async fn a_batch_is_held_as_one_load() {
    is_not_kept(Kit::new, async |service| service.items(vec![7, 8]).await[&7]).await;
    is_not_kept(Kit::in_process, async |service| service.items(vec![7, 8]).await[&7]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_in_a_task_of_its_own_is_held() {
    let load = async |service: &Service| {
        let service = service.clone();
        tokio::spawn(async move { service.item(7).await }).await.expect("it does not panic")
    };
    is_not_kept(Kit::new, load).await;
}

#[tokio::test]
async fn a_put_is_held_at_each_point() {
    for kit in [Kit::new, Kit::in_process] {
        for point in POINTS {
            let kit = kit();
            let service = Service::new(kit.cache());
            let held = kit.hold(point);
            let put = overtaken(&service, held, service.put(7)).await;
            assert_eq!(put, if point == Point::BeforeStore { 2 } else { 3 }, "{point:?}");
            assert_eq!(assert_miss!(service.item(7)), 3, "nobody can tell which of them wrote last");
        }
    }
}

/// The same for functions that are not asynchronous: in a thread, and the change in this one.
fn is_not_kept_sync(call: impl Fn(&Service) -> u64 + Sync) {
    for kit in [Kit::new, Kit::in_process] {
        for point in POINTS {
            let kit = kit();
            let service = Service::new(kit.cache());
            let held = kit.hold(point);
            thread::scope(|scope| {
                let load = scope.spawn(|| call(&service));
                held.blocking_reached();
                service.change_sync(7);
                held.release();
                load.join().expect("it does not panic");
            });
            let now = assert_miss!(|| service.item_sync(7));
            assert_eq!(assert_hit!(|| service.item_sync(7)), now, "{point:?}");
        }
    }
}

#[test]
fn a_load_that_is_not_asynchronous_is_held() {
    is_not_kept_sync(|service| service.item_sync(7));
}

#[test]
fn a_put_that_is_not_asynchronous_is_held() {
    is_not_kept_sync(|service| service.put_sync(7));
}

#[tokio::test]
async fn who_wants_what_is_held_waits_and_others_do_not() {
    let kit = Kit::new();
    let service = Service::new(kit.cache());
    let held = kit.hold(Point::BeforeBody);
    let mut first = Box::pin(service.item(7));
    assert!(futures::poll!(&mut first).is_pending());
    held.reached().await;
    let mut second = Box::pin(service.item(7));
    assert!(futures::poll!(&mut second).is_pending());
    assert_miss!(service.item(8));
    assert_eq!(kit.loads(), 2);
    held.release();
    assert_eq!(tokio::join!(first, second), (1, 1));
    assert_eq!(kit.loads(), 2);
}

#[tokio::test]
async fn dropped_it_holds_nobody() {
    let kit = Kit::new();
    let service = Service::new(kit.cache());
    drop(kit.hold(Point::BeforeBody));
    assert_miss!(service.item(7));
    let held = kit.hold(Point::BeforeStore);
    let mut load = Box::pin(service.item(8));
    assert!(futures::poll!(&mut load).is_pending());
    held.reached().await;
    drop(held);
    load.await;
}

#[tokio::test]
async fn loads_are_held_in_order_or_by_their_function() {
    let kit = Kit::in_process();
    let service = Service::new(kit.cache());
    let (inner, outer) = (kit.hold_of("item", Point::BeforeBody), kit.hold(Point::BeforeBody));
    let held = async {
        outer.reached().await;
        assert_eq!(kit.loads_of("item"), 0);
        outer.release();
        inner.reached().await;
        inner.release();
    };
    tokio::join!(service.outer(7), held);
    assert_eq!(kit.loads(), 2);
}

#[tokio::test]
async fn a_hit_is_not_held() {
    let kit = Kit::new();
    let service = Service::new(kit.cache());
    service.item(7).await;
    let _held = kit.hold(Point::BeforeBody);
    assert_hit!(service.item(7));
}

/// What a reader is given after a load that a change has overtaken.
async fn read_after_a_late_load(kit: &Kit, cache: Cache) -> u64 {
    let service = Service::new(cache);
    let held = kit.hold(Point::BeforeStore);
    overtaken(&service, held, service.item(7)).await;
    service.item(7).await
}

#[tokio::test]
async fn a_late_load_brings_the_old_value_back_without_the_fence() {
    let kit = Kit::in_process();
    let without = kit.builder().without_fence().build().expect("a cache");
    assert_eq!(read_after_a_late_load(&kit, without).await, 1, "the stale value");
    assert_eq!(read_after_a_late_load(&kit, kit.cache()).await, 2, "the fence keeps it out");
}
