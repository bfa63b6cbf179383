//! Kits do not see each other, and count by themselves.

use std::thread;

use larder::testing::{Evicted, Kit, assert_hit, assert_miss};
use larder::{Cache, Level, cacheable};

use crate::service::Service;

#[test]
fn kits_on_threads_beside_each_other_are_worlds_of_their_own() {
    let one = |id: u64| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let kit = Kit::new();
            let service = Service::new(kit.cache());
            for round in 0..20 {
                assert_miss!(service.item(7));
                assert_hit!(service.item(7));
                assert_eq!(kit.loads(), 2 * round + 1);
                service.change(7).await;
                assert_eq!(kit.evicted(), [Evicted::key("items", "item:7")]);
                assert_miss!(service.item(id + 100));
                service.change(id + 100).await;
                assert_eq!((kit.evicted().len(), kit.loads_of("item")), (1, kit.loads()));
                kit.advance(std::time::Duration::from_secs(1));
                service.cache.clear().await.expect("the server is there");
                kit.evicted();
            }
        });
    };
    thread::scope(|scope| (0..4).for_each(|id| drop(scope.spawn(move || one(id)))));
}

#[tokio::test]
async fn the_cache_of_a_kit_is_one_and_its_nodes_have_memories_of_their_own() {
    let kit = Kit::new();
    let (service, again, there) = (Service::new(kit.cache()), Service::new(kit.cache()), Service::new(kit.node()));
    assert_miss!(service.item(7));
    assert_hit!(again.item(7), Level::Memory);
    assert_hit!(there.item(7), Level::Remote);
    assert_ne!(kit.cache().name(), Kit::new().cache().name());
}

#[tokio::test]
async fn a_node_hears_what_another_one_has_evicted_once_it_has_settled() {
    let kit = Kit::new();
    let (here, there) = (Service::new(kit.cache()), Service::new(kit.node()));
    for id in 0..50 {
        there.item(id).await;
        here.change(id).await;
        kit.settle();
        assert_miss!(there.item(id));
        kit.settle();
        assert_hit!(there.item(id), Level::Memory);
    }
}

#[tokio::test]
async fn a_function_that_hashes_an_argument_needs_no_secret_of_the_test() {
    #[cacheable("mail:{email}", hash(email), cache = cache, skip(cache))]
    async fn by_email(cache: &Cache, email: &str) -> u64 {
        7
    }

    let kit = Kit::new();
    let (here, there) = (kit.cache(), kit.node());
    assert_miss!(by_email(&here, "ada@example.com"));
    assert_hit!(by_email(&there, "ada@example.com"), Level::Remote);
    here.clear().await.expect("the server is there");
}

#[tokio::test]
async fn loads_are_bodies_that_filled_the_cache() {
    let kit = Kit::new();
    let service = Service::new(kit.cache());
    service.outer(7).await;
    service.outer(7).await;
    assert_eq!((kit.loads(), kit.loads_of("outer"), kit.loads_of("item")), (2, 1, 1));
    service.items(vec![7, 8, 9]).await;
    assert_eq!(kit.loads_of("items"), 1, "a batch is one body");
    service.item_sync(10);
    assert_eq!(kit.loads_of("item_sync"), 1);
    service.put(7).await;
    larder::bypass(service.item(7)).await;
    assert_eq!(kit.loads(), 4, "a put is no load, and a bypass does not fill the cache");
}
