//! `of = PATH, args(..)` with a second level: the other nodes see what was done to the reader's entry.

use std::sync::Arc;

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::level::on_every_server;
use crate::nodes::Source;

#[derive(HasCache)]
struct Prices {
    cache: Cache,
    source: Arc<Source>,
}

impl Prices {
    #[cacheable("price:{currency}:{id}", namespace = "prices", version = 2, l1 = off)]
    async fn price(&self, id: u64, currency: &str) -> u64 {
        self.source.loads.next();
        id + currency.len() as u64
    }

    #[cache_evict(of = Self::price, args(id = id, currency = currency))]
    async fn change(&self, id: u64, currency: String) {}

    #[cache_put(of = Self::price, args(id = |price| price - 100, currency = "eur"))]
    async fn set(&self, id: u64) -> u64 {
        id + 100
    }
}

on_every_server! {
    async fn an_eviction_and_a_put_reach_the_reader_s_entry(level: Level) {
        let source = Source::new();
        let node = || Prices { cache: level.node(), source: Arc::clone(&source) };
        let (one, other) = (node(), node());
        assert_eq!((one.price(7, "eur").await, other.price(7, "eur").await, source.loads.count()), (10, 10, 1));
        other.change(7, "eur".to_owned()).await;
        assert_eq!((one.price(7, "eur").await, source.loads.count()), (10, 2));
        assert_eq!(other.set(7).await, 107);
        assert_eq!((one.price(7, "eur").await, source.loads.count()), (107, 2));
    }
}
