//! Tenants on two nodes: each sees what the other has stored and purged of a tenant, and of no other.

use std::sync::Arc;

use larder::{Cache, HasCache, Tenancy, Tenant, cache_evict, cacheable, tenant};

use crate::following::Following;
use crate::level::{Level, on_every_level};
use crate::support::{Gate, Loads, within};

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    loads: Arc<Loads>,
    gate: Arc<Gate>,
}

impl Node {
    fn two(level: &Level) -> [Self; 2] {
        Self::over([level.node(), level.node_without_memory()])
    }

    fn over(caches: [Cache; 2]) -> [Self; 2] {
        let (loads, gate) = (Arc::new(Loads::default()), Arc::new(Gate::closed()));
        caches.map(|cache| Self { cache, loads: Arc::clone(&loads), gate: Arc::clone(&gate) })
    }

    #[cacheable("user:{id}", namespace = "users", tags = ["team"])]
    async fn user(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("slow", namespace = "users")]
    async fn slow(&self) -> u64 {
        let load = self.loads.next();
        self.gate.pass().await;
        load
    }

    #[cacheable("rate", namespace = "rates", tags = ["rates"])]
    async fn rate(&self) -> u64 {
        self.loads.next()
    }

    /// Of a tenant, and made of what belongs to none.
    #[cacheable("price", namespace = "prices")]
    async fn price(&self) -> u64 {
        1_000 + tenant::scope(None, self.rate()).await
    }

    #[cache_evict(tags = ["rates"])]
    async fn evict_rates(&self) {}

    #[cache_evict(pattern = "user:*", namespace = "users")]
    async fn evict_pattern(&self) {}
}

const HOSTILE: [&str; 16] =
    ["*", "?", "[ab]", "a", "b", ":", "a:users:user", "{a}", "%", "%2A", "=", "#", "#c", "slug=a", "\\", " \n\0"];

fn named(id: &str) -> Tenant {
    Tenant::from_id(id).expect("a name that can be used")
}

async fn of<F: Future>(id: &str, call: F) -> F::Output {
    within(tenant::scope(named(id), call)).await
}

/// What Acme, Globex and nobody have for a key.
async fn all(node: &Node) -> [u64; 3] {
    [of("acme", node.user(1)).await, of("globex", node.user(1)).await, within(node.user(1)).await]
}

on_every_level! {
    async fn a_tenants_entries_are_its_own_on_every_node(level: Level) {
        let [here, there] = Node::two(&level);
        assert_eq!(all(&here).await, [1, 2, 3]);
        assert_eq!(all(&there).await, [1, 2, 3]);
    }

    async fn a_purge_of_a_tenant_reaches_every_node_and_nobody_else(level: Level) {
        let [here, there] = Node::two(&level);
        all(&here).await;
        there.cache.purge_tenant(&named("acme")).await.expect("delivered");
        within(async { while of("acme", here.user(1)).await != 4 { tokio::task::yield_now().await; } }).await;
        assert_eq!(all(&there).await, [4, 2, 3]);
        there.cache.purge_global().await.expect("delivered");
        within(async { while here.user(1).await != 5 { tokio::task::yield_now().await; } }).await;
        assert_eq!(all(&there).await, [4, 2, 5]);
    }

    async fn a_pattern_and_a_tag_reach_the_tenants_own_entries_only(level: Level) {
        let [here, there] = Node::two(&level);
        all(&here).await;
        of("acme", there.evict_pattern()).await;
        assert_eq!(all(&there).await, [4, 2, 3]);
        of("globex", there.cache.invalidate_tags(["team"])).await.expect("delivered");
        assert_eq!(all(&there).await, [4, 5, 3]);
    }

    async fn a_load_that_began_before_its_tenant_was_purged_is_not_stored(level: Level) {
        let [here, there] = Node::two(&level);
        let acme = named("acme");
        let mut load = Box::pin(tenant::scope(acme.clone(), here.slow()));
        within(async { tokio::select! { biased; () = here.gate.arrival() => {}, _ = &mut load => panic!("the gate is shut") } }).await;
        there.cache.purge_tenant(&acme).await.expect("delivered");
        here.gate.let_through(1);
        assert_eq!(within(load).await, 1);
        here.gate.open();
        assert_eq!(of("acme", there.slow()).await, 2);
    }

    async fn what_is_made_of_another_spaces_entry_is_invalidated_with_that(level: Level) {
        let [here, there] = Node::two(&level);
        assert_eq!(of("acme", here.price()).await, 1_001);
        assert_eq!(of("acme", there.price()).await, 1_001);
        of("acme", there.evict_rates()).await;
        assert_eq!(of("acme", there.price()).await, 1_001, "that was Acme's own tag of that name");
        there.evict_rates().await;
        assert_eq!(of("acme", there.price()).await, 1_002);
        within(async { while of("acme", here.price()).await != 1_002 { tokio::task::yield_now().await; } }).await;
    }

    async fn tenants_of_hostile_names_have_their_own_entries_on_the_server(level: Level) {
        let [here, there] = Node::two(&level);
        for (at, name) in (1..).zip(HOSTILE) {
            assert_eq!(of(name, here.user(1)).await, at);
        }
        for (at, name) in (1..).zip(HOSTILE) {
            assert_eq!(of(name, there.user(1)).await, at, "{name:?}");
        }
        of("*", there.cache.clear()).await.expect("delivered");
        of("?", there.evict_pattern()).await;
        for (at, name) in (1..).zip(HOSTILE).skip(2) {
            assert_eq!(of(name, there.user(1)).await, at, "{name:?}");
        }
    }

    async fn where_a_tenant_is_required_nothing_reaches_the_server_without_one(level: Level) {
        let [here, there] = Node::over([(); 2].map(|()| level.builder().tenancy(Tenancy::Required).following()));
        assert_eq!((here.user(1).await, there.user(1).await), (1, 2));
        assert_eq!((of("acme", here.user(1)).await, of("acme", there.user(1)).await), (3, 3));
    }
}
