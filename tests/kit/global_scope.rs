//! `global::scope`: free functions with `cache = global`, each test with a cache of its own.

use std::thread;

use larder::testing::{Evicted, Kit, assert_hit, assert_miss};
use larder::{Cache, HasCache, cache_evict, cache_put, cacheable, global};

#[cacheable("rate:{currency}", namespace = "rates", cache = global)]
async fn rate(currency: &str) -> u64 {
    108
}

#[cacheable("rate:{currency}", namespace = "rates", cache = global)]
fn rate_sync(currency: &str) -> u64 {
    108
}

#[cacheable("rate:{currencies}", namespace = "rates", cache = global, batch)]
async fn rates(currencies: &[String]) -> std::collections::HashMap<String, u64> {
    currencies.iter().map(|currency| (currency.clone(), 108)).collect()
}

#[cache_put("rate:{currency}", namespace = "rates", cache = global)]
async fn set(currency: &str) -> u64 {
    109
}

#[cache_evict("rate:{currency}", namespace = "rates", cache = global)]
async fn forget(currency: &str) {}

#[test]
fn tests_on_threads_beside_each_other_have_caches_of_their_own() {
    let one = || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let kit = Kit::new();
        runtime.block_on(global::scope(kit.cache(), async {
            assert_miss!(rate("EUR"));
            assert_hit!(rate("EUR"));
            assert_hit!(|| rate_sync("EUR"));
            assert_hit!(rates(&["EUR".to_owned()]));
            forget("EUR").await;
            assert_eq!(kit.evicted(), [Evicted::key("rates", "rate:EUR")]);
            assert_miss!(rate("EUR"));
            assert_eq!((set("EUR").await, assert_hit!(rate("EUR"))), (109, 109));
        }));
        assert_eq!(kit.loads(), 2);
    };
    thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(one))));
}

#[tokio::test]
async fn the_innermost_scope_counts_and_the_outer_one_is_back_after_it() {
    let (outer, inner) = (Kit::in_process(), Kit::in_process());
    global::scope(outer.cache(), async {
        rate("EUR").await;
        global::scope(inner.cache(), rate("EUR")).await;
        assert_hit!(rate("EUR"));
        assert_eq!(larder::global().name(), outer.cache().name());
    })
    .await;
    assert_eq!((outer.loads(), inner.loads()), (1, 1));
}

#[test]
fn code_that_is_not_asynchronous_has_its_scope() {
    let kit = Kit::in_process();
    global::sync_scope(kit.cache(), || {
        assert_miss!(|| rate_sync("EUR"));
        assert_hit!(|| rate_sync("EUR"));
    });
    assert_eq!(kit.loads(), 1);
}

#[tokio::test]
async fn a_task_takes_the_cache_along_or_has_the_process_wide_one() {
    let kit = Kit::in_process();
    let names = global::scope(kit.cache(), async {
        let name = async || larder::global().name().to_owned();
        let without = tokio::spawn(name()).await.expect("it does not panic");
        let with = tokio::spawn(global::scope(larder::global().clone(), name())).await.expect("it does not panic");
        (without, with)
    });
    let (without, with) = names.await;
    assert_eq!(with, kit.cache().name());
    assert_ne!(without, with);
}

#[tokio::test]
async fn what_panics_inside_leaves_nothing_behind() {
    let kit = Kit::in_process();
    let scoped = tokio::spawn(global::scope(kit.cache(), async { panic!("on purpose") }));
    scoped.await.expect_err("it panics");
    assert_ne!(larder::global().name(), kit.cache().name());
}

#[tokio::test]
async fn a_scope_is_neither_a_tenant_nor_a_bypass() {
    let (kit, acme) = (Kit::in_process(), larder::Tenant::from_id("acme").expect("a name"));
    global::scope(kit.cache(), async {
        assert_miss!(rate("EUR"));
        larder::tenant::scope(acme.clone(), async {
            assert_miss!(rate("EUR"));
            assert_hit!(rate("EUR"));
        })
        .await;
        assert_hit!(rate("EUR"));
        assert_eq!(larder::global().tenant_stats(&acme).expect("a tenant").misses, 1);
    })
    .await;
}

#[test]
fn it_is_what_a_cache_is() {
    fn name(of: &impl HasCache) -> String {
        of.cache().name().to_owned()
    }
    let kit = Kit::in_process();
    let names = global::sync_scope(kit.cache(), || {
        let cache: Cache = larder::global().clone();
        (name(&larder::global()), name(&cache), format!("{:?}", larder::global()))
    });
    let own = kit.cache().name().to_owned();
    assert_eq!(names, (own.clone(), own, format!("{:?}", kit.cache())));
}
