//! `assert_hit!` and `assert_miss!`: what they give, and what they say.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use futures::FutureExt;
use larder::testing::{Fault, Kit, Point, assert_hit, assert_miss};
use larder::{Cache, Level, bypass, refresh};

use crate::service::Service;

/// What an assertion that fails says.
async fn message<T>(assertion: impl Future<Output = T>) -> String {
    let Err(panic) = AssertUnwindSafe(assertion).catch_unwind().await else { panic!("it should have failed") };
    *panic.downcast::<String>().expect("a message")
}

#[tokio::test]
async fn a_call_is_a_miss_and_then_a_hit_and_gives_its_value() {
    let service = Service::new(Kit::new().cache());
    assert_eq!(assert_miss!(service.item(7)), 1);
    assert_eq!(assert_hit!(service.item(7)), 1);
}

#[tokio::test]
async fn a_result_is_given_back_as_it_is() {
    let service = Service::new(Kit::new().cache());
    assert_eq!(assert_miss!(service.checked(7)).expect("there is such an item"), 1);
    assert_eq!(assert_hit!(service.checked(7)).expect("there is such an item"), 1);
    assert_miss!(service.checked(0)).expect_err("there is no such item");
    assert_miss!(service.checked(0)).expect_err("an error is not stored");
}

#[test]
fn a_call_that_is_not_asynchronous_stands_in_a_closure() {
    let service = Service::new(Kit::new().cache());
    assert_eq!(assert_miss!(|| service.item_sync(7)), 1);
    assert_eq!(assert_hit!(|| service.item_sync(7)), 1);
    assert_eq!(assert_hit!(|| service.item_sync(7), Level::Memory), 1);
    let failed = catch_unwind(AssertUnwindSafe(|| assert_miss!(|| service.item_sync(7)))).expect_err("it is a hit");
    let message = failed.downcast::<String>().expect("a message");
    assert_eq!(*message, "`service.item_sync(7)` should be a miss, but `item_sync` was a hit in memory");
}

#[tokio::test]
async fn a_stored_none_is_a_hit() {
    let service = Service::new(Kit::new().cache());
    assert_eq!(assert_miss!(service.nothing(7)), None);
    assert_eq!(assert_hit!(service.nothing(7)), None);
    assert_eq!(
        message(async { assert_miss!(service.nothing(7)) }).await,
        "`service.nothing(7)` should be a miss, but `nothing` was a hit in memory, of a `None` or an error"
    );
}

#[tokio::test]
async fn a_hit_is_asked_for_on_a_level() {
    let kit = Kit::new();
    let (here, there) = (Service::new(kit.cache()), Service::new(kit.node()));
    here.item(7).await;
    assert_hit!(there.item(7), Level::Remote);
    assert_hit!(there.item(7), Level::Memory);
    assert_eq!(
        message(async { assert_hit!(there.item(7), Level::Remote) }).await,
        "`there.item(7)` should be a hit on the second level, but `item` was a hit in memory"
    );
    let other = Service::new(kit.node());
    assert_eq!(
        message(async { assert_hit!(other.item(7), Level::Memory) }).await,
        "`other.item(7)` should be a hit in memory, but `item` was a hit on the second level; in memory there was nothing"
    );
}

#[tokio::test]
async fn of_a_batch_all_elements_count() {
    let service = Service::new(Kit::new().cache());
    assert_eq!(assert_miss!(service.items(vec![1, 2])).len(), 2);
    assert_eq!(assert_hit!(service.items(vec![2, 1])).len(), 2);
    assert_eq!(
        message(async { assert_hit!(service.items(vec![1, 2, 3])) }).await,
        "`service.items(vec![1, 2, 3])` should be a hit, but 2 of 3 were, and 1 were not, of which the first `items` was a \
         miss, and its body ran; in memory there was nothing; on the second level there was nothing"
    );
    let message = message(async { assert_miss!(service.items(vec![1, 2, 4])) }).await;
    assert!(
        message.contains("1 of 3 were, and 2 were not, of which the first `items` was a hit in memory"),
        "{message}"
    );
}

#[tokio::test]
async fn what_a_body_calls_does_not_count() {
    let service = Service::new(Kit::new().cache());
    service.item(7).await;
    assert_miss!(service.outer(7));
}

#[tokio::test]
async fn a_miss_says_why_it_is_one() {
    let kit = Kit::in_process();
    let service = Service::new(kit.cache());
    let why = async || message(async { assert_hit!(service.item(7)) }).await;
    let begin = "`service.item(7)` should be a hit, but `item` was a miss, and its body ran";
    assert_eq!(why().await, format!("{begin}; in memory there was nothing"));
    kit.advance(std::time::Duration::from_mins(5));
    assert_eq!(why().await, format!("{begin}; in memory the entry's time was over"));
    service.change_tagged(7).await;
    assert_eq!(why().await, format!("{begin}; in memory one of its tags, its namespace or everything was evicted"));
    let kit = Kit::new();
    let service = Service::new(kit.cache());
    kit.fault(Fault::Down);
    assert_eq!(
        message(async { assert_hit!(service.item(7)) }).await,
        format!("{begin}; in memory there was nothing; on the second level nobody answered in time, or could be asked")
    );
}

#[tokio::test]
async fn a_call_that_waited_or_left_the_cache_out_is_neither() {
    let kit = Kit::new();
    let service = Service::new(kit.cache());
    let held = kit.hold(Point::BeforeStore);
    let load = async { assert_miss!(service.item(7)) };
    let joined = async {
        held.reached().await;
        let mut joined = Box::pin(message(async { assert_miss!(service.item(7)) }));
        assert!(futures::poll!(&mut joined).is_pending());
        held.release();
        joined.await
    };
    assert_eq!(
        tokio::join!(load, joined).1,
        "`service.item(7)` should be a miss, but `item` was given the result of another call's load, which it waited for"
    );
    let left_out = message(async { assert_miss!(bypass(service.item(8))) }).await;
    assert!(left_out.contains("`item` left the cache out: it was inside of `bypass`"), "{left_out}");
    let refreshed = message(async { assert_hit!(refresh(service.item(7))) }).await;
    assert!(refreshed.ends_with("`item` ran its body, because it was inside of `refresh`"), "{refreshed}");
}

#[tokio::test]
async fn without_a_cached_call_it_says_so() {
    let service = Service::new(Cache::disabled());
    let message = message(async { assert_miss!(service.item(7)) }).await;
    assert!(
        message.contains("no call of a `#[cacheable]` function ended in it: is the cache switched off"),
        "{message}"
    );
}

#[tokio::test]
async fn it_fails_at_its_own_line() {
    static PLACES: Mutex<Vec<(String, u32)>> = Mutex::new(Vec::new());
    let service = Service::new(Kit::new().cache());
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if let Some(place) = panic.location().filter(|place| place.file().ends_with("asserts.rs")) {
            PLACES.lock().expect("nobody panics").push((place.file().to_owned(), place.line()));
        }
        before(panic);
    }));
    let line = line!() + 1;
    message(async { assert_hit!(service.item(7)) }).await;
    let places = PLACES.lock().expect("nobody panics").clone();
    assert!(places.contains(&(file!().to_owned(), line)), "{places:?}");
}
