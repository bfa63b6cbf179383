//! `of = PATH, args(..)` with a second level: the other nodes see what was done to the reader's entry.

use std::sync::Arc;

use larder::{Cache, HasCache, cache_config, cache_evict, cache_put, cacheable};

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

trait Offers {
    async fn offer(&self, id: u64) -> u64;
    async fn withdraw(&self, id: u64);
    async fn make(&self, id: u64) -> u64;
}

#[cache_config(l1 = off)]
impl Offers for Prices {
    #[cacheable]
    async fn offer(&self, id: u64) -> u64 {
        self.source.loads.next();
        id
    }

    #[cache_evict(of = <Self as Offers>::offer, args(id = id))]
    async fn withdraw(&self, id: u64) {}

    #[cache_put(of = <Self as Offers>::offer, args(id = |price| price - 100))]
    async fn make(&self, id: u64) -> u64 {
        id + 100
    }
}

on_every_server! {
    async fn they_reach_the_entry_of_a_trait_s_method(level: Level) {
        let source = Source::new();
        let node = || Prices { cache: level.node(), source: Arc::clone(&source) };
        let (one, other) = (node(), node());
        assert_eq!((one.offer(7).await, other.offer(7).await, source.loads.count()), (7, 7, 1));
        other.withdraw(7).await;
        assert_eq!((one.offer(7).await, source.loads.count()), (7, 2));
        assert_eq!(other.make(7).await, 107);
        assert_eq!((one.offer(7).await, source.loads.count()), (107, 2));
    }

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
