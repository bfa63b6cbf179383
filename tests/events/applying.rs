//! What an event invalidates where it is told.

use larder::{Cache, ErrorKind, Event, Evictions, NamespaceSettings, Preset, Tenancy, Tenant, tenant};
use serde::{Deserialize, Serialize};

use crate::backend::on_every_backend;
use crate::world::{Moved, PAID, Paid, events, is_there, store};

on_every_backend! {
    async fn an_event_invalidates_what_it_was_said_to(backend: Backend) {
        let cache = backend.node();
        let events = events(&cache, &backend.topic());
        store(&cache).await;
        cache.namespace("invoices").set("8", 1_u64).await.unwrap();
        cache.set("of customer", 1_u64).tags(["customer:3"]).await.unwrap();
        cache.set("of another", 1_u64).tags(["customer:33"]).await.unwrap();
        cache.namespace("lists").set("open:1", 1_u64).await.unwrap();
        cache.namespace("lists").set("paid:1", 1_u64).await.unwrap();
        events.publish(&PAID).await.unwrap();
        assert!(!is_there(&cache).await);
        assert_eq!(cache.get::<u64>("of customer").await.unwrap(), None);
        assert_eq!(cache.namespace("lists").get::<u64>("open:1").await.unwrap(), None);
        assert_eq!(cache.namespace("invoices").get::<u64>("8").await.unwrap(), Some(1));
        assert_eq!(cache.get::<u64>("of another").await.unwrap(), Some(1));
        assert_eq!(cache.namespace("lists").get::<u64>("paid:1").await.unwrap(), Some(1));
    }

    async fn an_event_of_a_tenant_invalidates_what_that_has(backend: Backend) {
        let cache = backend.node();
        let of = |name| Tenant::from_id(name).unwrap();
        let customers = cache.namespace("customers");
        for name in ["acme", "other"] {
            tenant::scope(of(name), async { customers.set("3", 1_u64).await }).await.unwrap();
        }
        customers.set("3", 1_u64).await.unwrap();
        // Whatever tenant is around.
        let moved = Moved { tenant: "acme".to_owned(), customer: 3 };
        let events = events(&cache, &backend.topic());
        tenant::scope(of("other"), events.publish(&moved)).await.unwrap();
        assert_eq!(tenant::scope(of("acme"), customers.get::<u64>("3")).await.unwrap(), None);
        assert_eq!(tenant::scope(of("other"), customers.get::<u64>("3")).await.unwrap(), Some(1));
        assert_eq!(customers.get::<u64>("3").await.unwrap(), Some(1));
    }

    async fn an_event_that_nobody_listens_to_invalidates_nothing(backend: Backend) {
        let cache = backend.node();
        store(&cache).await;
        cache.events(backend.topic()).publish(&PAID).await.unwrap();
        assert!(is_there(&cache).await);
    }

    async fn an_event_of_nothing_invalidates_nothing(backend: Backend) {
        let cache = backend.node();
        store(&cache).await;
        cache.events(backend.topic()).on(|_: &Paid| Evictions::new()).publish(&PAID).await.unwrap();
        assert!(is_there(&cache).await);
    }

    async fn everything_of_nobody_leaves_what_tenants_have(backend: Backend) {
        let cache = backend.node();
        let acme = Tenant::from_id("acme").unwrap();
        store(&cache).await;
        tenant::scope(acme.clone(), async { cache.set("a", 1_u64).await }).await.unwrap();
        cache.events(backend.topic()).on(|_: &Paid| Evictions::new().everything()).publish(&PAID).await.unwrap();
        assert!(!is_there(&cache).await);
        assert_eq!(tenant::scope(acme, cache.get::<u64>("a")).await.unwrap(), Some(1));
    }

    async fn a_load_that_began_before_an_event_is_not_stored(backend: Backend) {
        let cache = backend.node();
        let events = events(&cache, &backend.topic());
        let invoices = cache.namespace("invoices");
        let loads = invoices.get_or_load("7", Preset::Query, || async {
            events.publish(&PAID).await.unwrap();
            Ok::<_, std::convert::Infallible>(1_u64)
        });
        assert_eq!(loads.await.unwrap(), 1);
        assert!(!is_there(&cache).await);
    }

    async fn names_that_are_none_are_errors(backend: Backend) {
        let cache = backend.node();
        for topic in ["", "a b", "a:b", "{a}"] {
            assert_eq!(cache.events(topic).publish(&PAID).await.unwrap_err().kind(), ErrorKind::Config);
            assert_eq!(cache.events(topic).run().await.unwrap_err().kind(), ErrorKind::Config);
        }
        let silent = cache.events(format!("{}.silent", backend.topic()));
        assert_eq!(silent.run().await.unwrap_err().kind(), ErrorKind::Config, "it would take events from those who know");
        let wrong = cache.events(backend.topic()).on(|_: &Paid| Evictions::new().key("no name", 7));
        assert_eq!(wrong.publish(&PAID).await.unwrap_err().kind(), ErrorKind::Config);
    }

    async fn events_whose_names_are_none_are_errors(backend: Backend) {
        #[derive(Serialize, Deserialize)]
        struct Zero;
        impl Event for Zero {
            const NAME: &'static str = "paid\0in full";
        }
        #[derive(Serialize, Deserialize)]
        struct Empty;
        impl Event for Empty {
            const NAME: &'static str = "";
        }
        let cache = backend.node();
        let topic = |name: &str| cache.events(format!("{}.{name}", backend.topic()));
        assert!(topic("zero").publish(&Zero).await.unwrap_err().is_config());
        assert!(topic("empty").publish(&Empty).await.unwrap_err().is_config());
        assert!(topic("zero").on(|_: &Zero| Evictions::new()).run().await.unwrap_err().is_config());
        assert!(topic("empty").on(|_: &Empty| Evictions::new()).run().await.unwrap_err().is_config());
    }

    async fn what_is_too_large_is_an_error_and_is_not_told(backend: Backend) {
        #[derive(Serialize, Deserialize)]
        struct Large(String);
        impl Event for Large {
            const NAME: &'static str = "large";
        }
        let cache = backend.node();
        let large = Large("x".repeat(70_000));
        let error = cache.events(backend.topic()).publish(&large).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooLarge);
    }

    async fn a_cache_whose_calls_need_a_tenant_is_told_all_the_same(backend: Backend) {
        let cache = backend.build(backend.builder().tenancy(Tenancy::Required));
        let events = events(&cache, &backend.topic());
        let acme = Tenant::from_id("acme").unwrap();
        tenant::scope(acme.clone(), async { cache.namespace("customers").set("3", 1_u64).await }).await.unwrap();
        events.publish(&Moved { tenant: "acme".to_owned(), customer: 3 }).await.unwrap();
        assert_eq!(tenant::scope(acme, cache.namespace("customers").get::<u64>("3")).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_cache_that_is_switched_off_has_nothing_to_invalidate() {
    let cache = Cache::disabled();
    events(&cache, "topic").publish(&PAID).await.unwrap();
}

/// What its namespace says belongs to nobody is not looked for among what the event's tenant has.
#[tokio::test]
async fn an_event_of_a_tenant_invalidates_what_its_namespaces_say_is_nobodys() {
    let rates = NamespaceSettings::new().tenancy(Tenancy::None);
    let cache = Cache::builder("erp").namespace("rates", rates).build().unwrap();
    let acme = Tenant::from_id("acme").unwrap();
    let (nobodys, own) = (cache.namespace("rates"), cache.namespace("invoices"));
    tenant::scope(acme.clone(), async {
        nobodys.set("eur", 1_u64).await.unwrap();
        nobodys.set("usd", 1_u64).await.unwrap();
        own.set("7", 1_u64).await.unwrap();
    })
    .await;
    let tells = cache.events("billing").on(move |_: &Paid| {
        Evictions::new().of_tenant(Tenant::from_id("acme").unwrap()).key("rates", "eur").key("invoices", "7")
    });
    tells.publish(&PAID).await.unwrap();
    assert_eq!(nobodys.get::<u64>("eur").await.unwrap(), None);
    assert_eq!(nobodys.get::<u64>("usd").await.unwrap(), Some(1));
    assert_eq!(tenant::scope(acme, own.get::<u64>("7")).await.unwrap(), None);
}
