//! What the arguments of a function mean on the second level.

use larder::{Cache, HasCache, cacheable};

use crate::level::{Level, on_every_level};
use crate::support::{Loads, within};

const ENTRY: &str = "global:_:item";

#[derive(Debug, HasCache)]
struct Node<'a> {
    cache: Cache,
    loads: &'a Loads,
}

impl Node<'_> {
    #[cacheable("item", cache_none)]
    async fn keeps_none(&self) -> Option<u64> {
        self.loads.next();
        None
    }

    #[cacheable("item")]
    async fn keeps_values(&self) -> Option<u64> {
        Some(self.loads.next())
    }
}

fn nodes<'a>(level: &Level, loads: &'a Loads) -> [Node<'a>; 2] {
    [level.node(), level.node()].map(|cache| Node { cache, loads })
}

on_every_level! {
    async fn a_none_that_one_node_stored_is_a_hit_on_another(level: Level) {
        let loads = Loads::default();
        let [a, b] = nodes(&level, &loads);
        assert_eq!(within(a.keeps_none()).await, None);
        assert_eq!(within(b.keeps_none()).await, None);
        assert_eq!(within(b.keeps_none()).await, None);
        assert_eq!(loads.count(), 1);
        assert_eq!((b.cache.stats().remote_hits, b.cache.stats().hits, b.cache.stats().misses), (1, 1, 0));
    }

    async fn a_stored_none_is_a_miss_for_code_that_keeps_none_of_them_and_is_replaced(level: Level) {
        let loads = Loads::default();
        let [a, b] = nodes(&level, &loads);
        within(a.keeps_none()).await;
        let none = level.bytes(ENTRY).expect("it is stored");
        assert_eq!(none[..3], *b"L1\x00");
        assert_eq!(within(b.keeps_values()).await, Some(2));
        assert_eq!(level.bytes(ENTRY).expect("it is stored")[..3], *b"L1\x01");
        assert_eq!(b.cache.stats().trouble.mismatched, 0, "it is no other build's");
        let [c, _] = nodes(&level, &loads);
        assert_eq!(within(c.keeps_none()).await, Some(2));
    }
}
