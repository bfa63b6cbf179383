//! `Kit::evicted`: everything that was invalidated, whoever asked for it.

use larder::testing::{Evicted, Fault, Kit};
use larder::{CommitScope, Tenant, bypass, cache_evict, tenant};

use crate::service::Service;

#[tokio::test]
async fn every_kind_of_eviction_is_told_and_told_once() {
    let kit = Kit::new();
    let service = Service::new(kit.cache());
    service.change(7).await;
    assert_eq!(kit.evicted(), [Evicted::key("items", "item:7")]);
    service.change_sync(7);
    assert_eq!(kit.evicted(), [Evicted::key("items", "item:7")]);
    service.change_two(7).await;
    assert_eq!(kit.evicted(), [Evicted::key("items", "item:7"), Evicted::key("items", "item:8")]);
    service.change_tagged(7).await;
    assert_eq!(kit.evicted(), [Evicted::tag("items"), Evicted::tag("item%207")]);
    service.change_matching("7").await;
    assert_eq!(kit.evicted(), [Evicted::pattern("items", "item:7?[a-c]*")]);
    service.change_all().await;
    assert_eq!(kit.evicted(), [Evicted::namespace("items")]);
    service.change_without_namespace(7).await;
    assert_eq!(kit.evicted(), [Evicted::key("_", "plain:7")]);
    assert_eq!(kit.evicted(), []);
}

#[tokio::test]
async fn what_is_invalidated_by_hand_is_told_too() {
    let kit = Kit::in_process();
    let cache = kit.cache();
    let items = cache.namespace("items");
    items.remove("item:7").await.expect("in this process");
    items.remove_matching("item:*").await.expect("in this process");
    items.clear().await.expect("in this process");
    cache.invalidate_tags(["items"]).await.expect("in this process");
    cache.clear().await.expect("in this process");
    cache.purge_everything().await.expect("in this process");
    assert_eq!(
        kit.evicted(),
        [
            Evicted::key("items", "item:7"),
            Evicted::pattern("items", "item:*"),
            Evicted::namespace("items"),
            Evicted::tag("items"),
            Evicted::everything(),
            Evicted::everything().across_tenants(),
        ]
    );
}

#[tokio::test]
async fn a_method_that_fails_or_only_reads_or_puts_evicts_nothing() {
    let kit = Kit::new();
    let service = Service::new(kit.cache());
    service.fail_to_change(7).await.expect_err("it fails");
    service.item(7).await;
    service.put(7).await;
    assert_eq!(kit.evicted(), []);
}

#[tokio::test]
async fn what_the_server_was_not_told_is_told_here() {
    let kit = Kit::new();
    let service = Service::new(kit.cache());
    kit.fault(Fault::Down);
    service.change(7).await;
    assert_eq!(kit.evicted(), [Evicted::key("items", "item:7")]);
}

#[tokio::test]
async fn all_nodes_of_a_kit_tell_and_what_is_bypassed_too() {
    let kit = Kit::new();
    let (here, there) = (Service::new(kit.cache()), Service::new(kit.node()));
    here.change(7).await;
    bypass(there.change(8)).await;
    assert_eq!(kit.evicted(), [Evicted::key("items", "item:7"), Evicted::key("items", "item:8")]);
}

#[tokio::test]
async fn what_waits_for_a_commit_is_told_with_it() {
    #[cache_evict("item:{id}", namespace = "items", cache = cache, timing = after_commit)]
    async fn change(cache: &larder::Cache, id: u64) {}

    let kit = Kit::new();
    let (cache, transaction) = (kit.cache(), CommitScope::new());
    transaction.run(change(&cache, 7)).await;
    assert_eq!(kit.evicted(), []);
    transaction.commit(async {}).await;
    assert_eq!(kit.evicted(), [Evicted::key("items", "item:7")]);
}

#[tokio::test]
async fn whose_it_was_is_told() {
    let kit = Kit::new();
    let service = Service::new(kit.cache());
    let acme = Tenant::from_id("acme").expect("a name");
    tenant::scope(acme.clone(), service.change(7)).await;
    let evicted = kit.evicted();
    assert_eq!(evicted, [Evicted::key("items", "item:7").of(&acme)]);
    assert_ne!(evicted, [Evicted::key("items", "item:7")]);
    assert_eq!(format!("{evicted:?}"), r#"[Evicted::key("items", "item:7").of(tenant:acme)]"#);
}

#[tokio::test]
async fn a_long_key_is_told_in_full() {
    let kit = Kit::new();
    let long = "x".repeat(300);
    kit.cache().remove(long.as_str()).await.expect("the server is there");
    assert_eq!(kit.evicted(), [Evicted::key("_", long)]);
}
