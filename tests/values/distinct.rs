//! No two different places, of whatever tenant, namespace and key, are one entry.

use cache_core::testing::FakeRedis;
use larder::{Cache, Item, Tenant, tenant};
use proptest::prelude::*;

use crate::backend::on_every_backend;
use crate::following::Following;
use crate::tenants::HOSTILE;

const NAMESPACES: [&str; 5] = ["", "a", "a/b", "ab", "global"];

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    tenant: Option<String>,
    namespace: Option<String>,
    key: String,
}

impl Place {
    async fn set(&self, cache: &Cache, value: u64) {
        let namespace = self.namespace.as_ref().map_or_else(|| (**cache).clone(), |name| cache.namespace(name));
        self.within(namespace.set(&self.key, value).into_future()).await.unwrap();
    }

    async fn get(&self, cache: &Cache) -> Option<u64> {
        let namespace = self.namespace.as_ref().map_or_else(|| (**cache).clone(), |name| cache.namespace(name));
        self.within(namespace.get::<u64>(&self.key)).await.unwrap()
    }

    async fn within<F: Future>(&self, call: F) -> F::Output {
        let tenant = self.tenant.as_ref().map(|id| Tenant::from_id(id).expect("a name that can be used"));
        tenant::scope(tenant, call).await
    }
}

/// Texts of what means something somewhere, and now and then of anything.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a:%/#*{}=,2A0-]{0,6}",
        2 => prop::sample::select(HOSTILE.to_vec()).prop_map(str::to_owned),
        2 => ".{0,8}",
        1 => "[ab:]{195,205}",
    ]
}

fn place() -> impl Strategy<Value = Place> {
    let tenant = prop::option::of(hostile().prop_filter("a tenant has a name", |id| Tenant::from_id(id).is_ok()));
    let namespace = prop::option::of("[ab.]{1,2}(/[ab]{1,2}){0,3}|global|tenant|users");
    (tenant, namespace, hostile()).prop_map(|(tenant, namespace, key)| Place { tenant, namespace, key })
}

/// Another place that differs in one part, so that the parts meet at their borders, or in all.
fn two() -> impl Strategy<Value = (Place, Place)> {
    let shifted = (place(), 0..3_usize, place()).prop_map(|(one, part, other)| {
        let mut two = one.clone();
        match part {
            0 => two.tenant = other.tenant,
            1 => two.namespace = other.namespace,
            _ => two.key = other.key,
        }
        (one, two)
    });
    let moved = place().prop_map(|one| {
        // What stands at the end of one part begins the next one.
        let namespace = one.namespace.clone().unwrap_or_default();
        let key = format!("{namespace}:{}", one.key);
        (one.clone(), Place { namespace: None, key, ..one })
    });
    prop_oneof![(place(), place()), shifted, moved].prop_filter("they differ", |(one, two)| one != two)
}

fn check(cache: &Cache, (one, two): &(Place, Place)) {
    futures::executor::block_on(async {
        one.set(cache, 1).await;
        two.set(cache, 2).await;
        assert_eq!((one.get(cache).await, two.get(cache).await), (Some(1), Some(2)));
        cache.purge_everything().await.unwrap();
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_places_are_two_entries_in_memory(places in two()) {
        check(&Cache::in_process(), &places);
    }
}

#[test]
fn two_places_are_two_entries_on_the_server() {
    let cache = Cache::builder("distinct").redis(FakeRedis::new()).l1_ttl(std::time::Duration::ZERO).following();
    let config = ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(places in two())| check(&cache, &places));
}

on_every_backend! {
    /// All of them at once: two that are one would have the value of the later one.
    async fn hostile_places_are_as_many_entries(backend: Backend) {
        let cache = backend.node_without_memory();
        let tenants = [None].into_iter().chain(HOSTILE.into_iter().step_by(2).map(Some));
        let places: Vec<_> = tenants.flat_map(|tenant| NAMESPACES.map(|namespace| (tenant, namespace))).collect();
        let part = |(tenant, namespace): (Option<&str>, &str)| {
            let tenant = tenant.map(|id| Tenant::from_id(id).expect("a name that can be used"));
            (tenant, if namespace.is_empty() { (*cache).clone() } else { cache.namespace(namespace) })
        };
        for (place, first) in places.iter().zip((0_u64..).step_by(HOSTILE.len())) {
            let (tenant, namespace) = part(*place);
            let items = HOSTILE.into_iter().zip(first..).map(Item::from);
            assert!(tenant::scope(tenant, namespace.set_many(items)).await.unwrap().iter().all(Result::is_ok));
        }
        for (place, first) in places.iter().zip((0_u64..).step_by(HOSTILE.len())) {
            let (tenant, namespace) = part(*place);
            let values = tenant::scope(tenant, namespace.get_many::<u64>(HOSTILE)).await.unwrap();
            for (value, expected) in values.into_iter().zip(first..) {
                assert_eq!(value.unwrap(), Some(expected), "{place:?}");
            }
        }
    }
}
