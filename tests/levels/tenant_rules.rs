//! `tenant` with a second level: what a writer on one node does with the entry of a reader is done where the reader's rule
//! says, and the other node sees it.

use std::sync::Arc;

use larder::{Cache, HasCache, Tenant, cache_evict, cache_put, cacheable, tenant};

use crate::level::{Level, on_every_level};
use crate::support::Loads;

#[derive(HasCache)]
struct Node {
    cache: Cache,
    loads: Arc<Loads>,
}

impl Node {
    fn two(level: &Level) -> [Self; 2] {
        let loads = Arc::new(Loads::default());
        [(); 2].map(|()| Self { cache: level.node_without_memory(), loads: Arc::clone(&loads) })
    }

    #[cacheable("rate", namespace = "rates", tenant = none, tags = ["rates"])]
    async fn rate(&self) -> u64 {
        self.loads.next()
    }

    #[cache_put(of = Self::rate, args(), tags = ["rates"])]
    async fn put_rate(&self) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = Self::rate, args())]
    async fn evict_rate(&self) {}

    #[cacheable("order", namespace = "orders", tenant = required)]
    async fn order(&self) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = Self::order, args(), tags = ["rates"], tenant = none)]
    async fn evict_order_and_rates(&self) {}
}

async fn of<F: Future>(id: &str, call: F) -> F::Output {
    tenant::scope(Tenant::from_id(id).expect("it is a name"), call).await
}

on_every_level! {
    async fn the_entry_of_a_reader_without_tenants_is_put_and_evicted_by_every_tenant(level: Level) {
        let [one, other] = Node::two(&level);
        assert_eq!((of("acme", one.rate()).await, of("globex", other.rate()).await, other.rate().await), (1, 1, 1));
        assert_eq!(of("globex", other.put_rate()).await, 2);
        assert_eq!((of("acme", one.rate()).await, one.rate().await), (2, 2));
        of("acme", one.evict_rate()).await;
        assert_eq!((other.rate().await, of("globex", one.rate()).await), (3, 3));
    }

    async fn without_the_tenant_that_it_requires_a_function_leaves_the_server_alone(level: Level) {
        let [one, other] = Node::two(&level);
        assert_eq!((one.order().await, other.order().await), (1, 2));
        assert_eq!((of("acme", one.order()).await, of("acme", other.order()).await), (3, 3));
        assert_eq!((one.cache.stats().tenant_missing, one.cache.stats().stored), (1, 1));
    }

    async fn one_eviction_reaches_what_is_a_tenant_s_and_what_is_nobody_s(level: Level) {
        let [one, other] = Node::two(&level);
        assert_eq!((one.rate().await, of("acme", one.order()).await, of("globex", one.order()).await), (1, 2, 3));
        of("acme", other.evict_order_and_rates()).await;
        assert_eq!((one.rate().await, of("acme", one.order()).await, of("globex", one.order()).await), (4, 5, 3));
    }
}
