#![deny(warnings, clippy::all, clippy::pedantic, missing_docs, unsafe_code)]
//! Spans around calls of every shape.

use std::collections::HashMap;
use std::rc::Rc;

use larder::{Cache, HasCache, cache_config, cache_evict, cache_put, cacheable, caching};

/// A service.
#[derive(HasCache)]
pub struct Users {
    cache: Cache,
}

#[cache_config(namespace = "users", span = debug)]
impl Users {
    /// Reads, and borrows.
    #[cacheable("user:{id}:{name}")]
    pub async fn read<'a>(&'a self, id: u64, name: &'a str) -> Result<Option<String>, Rc<str>> {
        if id == 0 {
            return Err("no".into());
        }
        Ok(Some(name.to_owned()))
    }

    /// Moves its arguments, and holds its thread.
    #[cacheable("sync:{name}", span = info)]
    pub fn read_sync(&self, name: String) -> String {
        name
    }

    /// Reads many.
    #[cacheable("user:{ids}", batch)]
    pub async fn read_many(&self, ids: Vec<u64>) -> HashMap<u64, u64> {
        ids.into_iter().map(|id| (id, id)).collect()
    }

    /// Writes, under a level of its own.
    #[cache_put("user:{id}")]
    #[cache_evict(tags = ["users"], span = info)]
    pub async fn write(&mut self, id: u64) -> Result<u64, Rc<str>> {
        Ok(id)
    }

    /// Writes, and holds its thread.
    #[cache_put("user:{result}")]
    pub fn write_sync(&self, mut id: u64) -> u64 {
        id += 1;
        id
    }

    /// Evicts, and returns what has no name.
    #[cache_evict(all)]
    pub async fn evict(&self) -> impl Iterator<Item = u64> + use<> {
        std::iter::once(7)
    }

    /// Does everything.
    #[caching(cache_evict("user:{id}", timing = before), cacheable("both:{id}"), cache_evict(tags = ["both"]))]
    pub async fn both(&self, id: u64) -> u64 {
        id
    }

    /// Calls itself.
    #[cacheable("sum:{n}", span = off)]
    pub async fn sum(&self, n: u64) -> u64 {
        if n == 0 { 0 } else { n + Box::pin(self.sum(n - 1)).await }
    }
}

/// With boxed futures.
#[async_trait::async_trait]
pub trait Repository {
    /// Reads.
    async fn find(&self, id: u64) -> u64;
    /// Writes.
    async fn save(&self, id: u64) -> u64;
}

#[async_trait::async_trait]
impl Repository for Users {
    #[cacheable(span = debug)]
    async fn find(&self, id: u64) -> u64 {
        id
    }

    #[cache_put("{id}", span = info)]
    #[cache_evict("other:{id}", span = info)]
    async fn save(&self, id: u64) -> u64 {
        id
    }
}

/// A free one, for any type.
#[cacheable("{id}", cache = cache, span = debug)]
pub async fn free<T: Into<u64> + larder::CacheKey + Copy>(cache: &Cache, id: T) -> u64 {
    id.into()
}

/// Its future goes to another thread.
pub fn is_send(users: &Users) {
    fn check<T: Send>(_: T) {}
    check(users.read_many(vec![7]));
    check(users.both(7));
    check(Repository::save(users, 7));
}

fn main() {}
