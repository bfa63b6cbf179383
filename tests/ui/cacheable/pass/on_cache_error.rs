#![deny(warnings, clippy::all, clippy::pedantic, missing_docs, unsafe_code)]
//! Trouble with the cache as an error, in every shape.

use std::collections::HashMap;

use larder::{Cache, HasCache, cache_config, cache_evict, cache_put, cacheable, caching};

/// An error without `Send` and `Clone`.
pub struct Failed(std::rc::Rc<str>);

impl From<larder::Error> for Failed {
    fn from(error: larder::Error) -> Self {
        Self(error.to_string().into())
    }
}

/// Another name.
pub type Answer<T, E = Box<dyn std::error::Error + Send + Sync>> = Result<T, E>;

/// A service.
#[derive(HasCache)]
pub struct Users {
    cache: Cache,
}

#[cache_config(namespace = "users", on_cache_error = fail)]
impl Users {
    /// Reads.
    #[cacheable("user:{id}")]
    pub async fn read(&self, id: u64) -> Result<Option<u64>, Failed> {
        if id == 0 {
            return Err(Failed("no".into()));
        }
        Ok(Some(id))
    }

    /// Reads in spite of everything.
    #[cacheable("name:{id}", on_cache_error = bypass)]
    pub async fn name(&self, id: u64) -> Option<String> {
        Some(id.to_string())
    }

    /// Holds its thread.
    #[cacheable("sync:{id}")]
    pub fn read_sync(&self, id: u64) -> Answer<u64> {
        Ok(id)
    }

    /// Reads many.
    #[cacheable("user:{ids}", batch)]
    pub async fn read_many(&self, ids: Vec<u64>) -> Answer<HashMap<u64, u64>> {
        Ok(ids.into_iter().map(|id| (id, id)).collect())
    }

    /// Stores an error.
    #[cacheable("kept:{id}", cache_err = |_| None)]
    pub async fn kept(&self, id: u64) -> Result<u64, larder::Error> {
        Ok(id)
    }

    /// Writes.
    #[cache_put("user:{id}")]
    pub async fn write(&self, id: u64) -> Result<u64, Failed> {
        Ok(id)
    }

    /// Writes, and holds its thread.
    #[cache_put("user:{result}")]
    #[cache_evict(tags = ["users"], timing = always)]
    pub fn write_sync(&self, id: u64) -> Answer<u64> {
        Ok(id)
    }

    /// Evicts before.
    #[cache_evict("user:{id}", timing = before)]
    pub async fn evict_before(&self, id: u64) -> Result<(), Failed> {
        let _ = id;
        Ok(())
    }

    /// Evicts, and returns what has no name.
    #[cache_evict(all)]
    pub async fn evict(&self) -> Answer<impl Iterator<Item = u64> + use<>, larder::Error> {
        Ok(std::iter::once(7))
    }

    /// Does everything.
    #[caching(cache_evict("user:{id}", timing = before), cacheable("both:{id}"), cache_evict(tags = ["both"]))]
    pub async fn both(&self, id: u64) -> Answer<u64> {
        Ok(id)
    }

    /// For any error.
    #[cacheable("any:{id}")]
    pub async fn any<E: From<larder::Error>>(&self, id: u64) -> Result<u64, E> {
        Ok(id)
    }
}

/// With boxed futures.
#[async_trait::async_trait]
pub trait Repository {
    /// Reads.
    async fn find(&self, id: u64) -> Answer<u64>;
    /// Writes.
    async fn save(&self, id: u64) -> Answer<u64>;
}

#[async_trait::async_trait]
impl Repository for Users {
    #[cacheable(on_cache_error = fail)]
    async fn find(&self, id: u64) -> Answer<u64> {
        Ok(id)
    }

    #[cache_put("{id}", on_cache_error = fail)]
    #[cache_evict("other:{id}", on_cache_error = fail)]
    async fn save(&self, id: u64) -> Answer<u64> {
        Ok(id)
    }
}

fn main() {}
