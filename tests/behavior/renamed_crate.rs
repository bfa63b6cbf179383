//! `crate = path`: a crate that knows Larder through another one.

use reexporting::deep::reexport::{Cache, CacheKey, HasCache, cache_evict, cache_put, cacheable};

use crate::support::Loads;

/// Stands for a crate that re-exports Larder.
mod reexporting {
    pub(crate) mod deep {
        pub(crate) use larder as reexport;
    }
}

/// Hides the crate itself from what stands here.
mod user {
    use super::{Cache, Loads, cache_evict, cache_put, cacheable};

    /// In place of the crate's name.
    #[allow(dead_code, reason = "it only hides the name")]
    mod larder {}

    #[cacheable("item:{id}", cache = cache, tags = ["items"], ttl = "5m", crate = crate::renamed_crate::reexporting::deep::reexport)]
    pub(super) async fn find(cache: &Cache, loads: &Loads, id: u64) -> Option<u64> {
        Some(loads.next())
    }

    #[cache_put("item:{id}", cache = cache, crate = super::reexporting::deep::reexport)]
    pub(super) async fn put(cache: &Cache, loads: &Loads, id: u64) -> u64 {
        loads.next()
    }

    #[cache_evict("item:{id}", cache = cache, crate = super::reexporting::deep::reexport)]
    pub(super) async fn evict(cache: &Cache, id: u64) {}
}

#[derive(HasCache)]
#[cache(crate = reexporting::deep::reexport)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    #[cacheable(crate = crate::renamed_crate::reexporting::deep::reexport)]
    async fn find(&self, id: u64) -> Result<u64, String> {
        Ok(self.loads.next())
    }
}

#[tokio::test]
async fn every_macro_works_through_a_crate_that_re_exports_it() {
    let (cache, loads) = (Cache::in_process(), Loads::default());
    assert_eq!((user::find(&cache, &loads, 7).await, user::find(&cache, &loads, 7).await), (Some(1), Some(1)));
    assert_eq!(user::put(&cache, &loads, 7).await, 2);
    assert_eq!(user::find(&cache, &loads, 7).await, Some(2));
    user::evict(&cache, 7).await;
    assert_eq!(user::find(&cache, &loads, 7).await, Some(3));
}

#[derive(CacheKey)]
#[cache_key(crate = reexporting::deep::reexport)]
struct Id<T>(T, #[cache_key(with = twice)] u32);

#[allow(clippy::trivially_copy_pass_by_ref, reason = "`with` is given a reference")]
fn twice(number: &u32) -> u32 {
    2 * number
}

#[test]
fn a_key_is_derived_through_a_crate_that_re_exports_the_macro() {
    assert_eq!(Id("a", 7).to_key(), "a,14");
}

#[tokio::test]
async fn a_method_works_through_a_crate_that_re_exports_the_macro() {
    let service = Service { cache: Cache::in_process(), loads: Loads::default() };
    assert_eq!((service.find(7).await, service.find(7).await), (Ok(1), Ok(1)));
}
