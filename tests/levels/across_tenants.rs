//! Tags and namespaces that belong to no tenant, on two nodes.

use std::sync::Arc;

use larder::{Cache, HasCache, cache_evict, cacheable};

use crate::level::{Level, on_every_level};
use crate::support::Loads;

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    loads: Arc<Loads>,
}

impl Node {
    fn two(level: &Level) -> [Self; 2] {
        let loads = Arc::new(Loads::default());
        [(); 2].map(|()| Self { cache: level.node_without_memory(), loads: Arc::clone(&loads) })
    }

    #[cacheable("rate", namespace = "rates/daily", tags = [across_tenants("rates"), "own"])]
    async fn rate(&self) -> u64 {
        self.loads.next()
    }

    #[cache_evict(tags = [across_tenants("rates")])]
    async fn evict(&self) {}

    #[cache_evict(tags = ["rates", across_tenants("own")])]
    async fn evict_others(&self) {}

    #[cache_evict(all, across_tenants, namespace = "rates")]
    async fn clear(&self) {}
}

on_every_level! {
    async fn a_tag_across_tenants_reaches_what_another_node_stored(level: Level) {
        let [here, there] = Node::two(&level);
        let first = here.rate().await;
        assert_eq!(there.rate().await, first);
        there.evict().await;
        let second = here.rate().await;
        assert_ne!(second, first);
        assert_eq!(there.rate().await, second);
    }

    async fn tags_of_the_same_name_and_of_other_spaces_are_others(level: Level) {
        let [here, there] = Node::two(&level);
        let first = here.rate().await;
        there.evict_others().await;
        assert_eq!(here.rate().await, first);
    }

    async fn a_namespace_is_cleared_across_tenants_on_the_server(level: Level) {
        let [here, there] = Node::two(&level);
        let first = here.rate().await;
        there.clear().await;
        let second = here.rate().await;
        assert_ne!(second, first);
        assert_eq!(there.rate().await, second);
    }

    /// The names say so: those of one tenant begin with its space.
    async fn what_is_named_across_tenants_stands_beside_every_space(level: Level) {
        let [here, _] = Node::two(&level);
        here.rate().await;
        let tokens = || level.names().into_iter().filter_map(|name| name.strip_prefix("#t:").map(str::to_owned));
        let all: Vec<String> = tokens().collect();
        for token in ["*:rates", "*:#rates", "*:#rates/daily", "global:own", "global:#rates"] {
            assert!(all.iter().any(|name| name == token), "{token}: {all:?}");
        }
        here.evict().await;
        assert!(!tokens().any(|name| name == "*:rates"));
        here.clear().await;
        assert!(!tokens().any(|name| name == "*:#rates") && tokens().any(|name| name == "global:#rates"));
    }
}
