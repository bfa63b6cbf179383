//! The futures of annotated methods can be moved between threads, also where their errors cannot.

use std::collections::HashMap;
use std::error::Error;
use std::rc::Rc;

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::level::on_every_level;
use crate::support::within;

/// An error that stays on its thread.
#[derive(Debug)]
struct Local(#[allow(dead_code, reason = "it is what makes the error stay on its thread")] Rc<str>);

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
}

impl Node {
    #[cacheable("item:{id}", tags = |value| [value.to_string()])]
    async fn get(&self, id: u64) -> Result<u64, Box<dyn Error>> {
        if id == 0 { Err("there is no such item".into()) } else { Ok(id) }
    }

    #[cacheable("local:{id}")]
    async fn get_local(&self, id: u64) -> Result<Option<u64>, Local> {
        if id == 0 { Err(Local("there is no such item".into())) } else { Ok(Some(id)) }
    }

    #[cacheable("batch:{ids}", batch, tags = |value| [value.to_string()])]
    async fn get_many(&self, ids: &[u64]) -> Result<HashMap<u64, u64>, Local> {
        if ids.contains(&0) { Err(Local("there is no such item".into())) } else { Ok(HashMap::from([(1, 1)])) }
    }

    #[cache_put("item:{id}")]
    async fn put(&self, id: u64) -> Result<u64, Box<dyn Error>> {
        if id == 0 { Err("it cannot be written".into()) } else { Ok(id) }
    }

    #[cache_put("item:{result}")]
    async fn create(&self, id: u64) -> Result<u64, Local> {
        if id == 0 { Err(Local("it cannot be written".into())) } else { Ok(id) }
    }

    #[cache_evict(key = "item:{id}", tags = ["item-{id}"])]
    async fn evict(&self, id: u64) -> Result<u64, Box<dyn Error>> {
        if id == 0 { Err("it cannot be written".into()) } else { Ok(id) }
    }

    #[cache_evict(pattern = "item:{id}*", tags = |value| [value.to_string()])]
    async fn evict_local(&self, id: u64) -> Result<u64, Local> {
        if id == 0 { Err(Local("it cannot be written".into())) } else { Ok(id) }
    }
}

/// The compiler's word for it.
fn send<F: Future + Send>(call: F) -> F {
    call
}

on_every_level! {
    async fn the_future_of_every_macro_is_send_though_its_error_is_not(level: Level) {
        let node = Node { cache: level.node() };
        for id in [0, 1] {
            assert_eq!(within(send(node.get(id))).await.is_ok(), id == 1);
            assert_eq!(within(send(node.get_local(id))).await.is_ok(), id == 1);
            assert_eq!(within(send(node.get_many(&[id]))).await.is_ok(), id == 1);
            assert_eq!(within(send(node.put(id))).await.is_ok(), id == 1);
            assert_eq!(within(send(node.create(id))).await.is_ok(), id == 1);
            assert_eq!(within(send(node.evict(id))).await.is_ok(), id == 1);
            assert_eq!(within(send(node.evict_local(id))).await.is_ok(), id == 1);
        }
    }
}
