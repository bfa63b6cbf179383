//! Functions without `self`: they name their cache, and do not share entries by accident either.

use std::marker::PhantomData;
use std::sync::LazyLock;

use larder::{Cache, ErrorKind, cache_evict, cache_put, cacheable, global};

use crate::support::Loads;

static CACHE: LazyLock<Cache> = LazyLock::new(Cache::in_process);
static LOADS: LazyLock<Loads> = LazyLock::new(Loads::default);

#[cacheable("item:{id}", cache = *CACHE)]
async fn in_a_static(id: u64) -> u64 {
    LOADS.next()
}

#[cache_put("item:{id}", cache = *CACHE)]
async fn put_in_a_static(id: u64) -> u64 {
    LOADS.next()
}

#[cache_evict(key = "item:{id}", cache = *CACHE)]
async fn evict_in_a_static(id: u64) {}

#[cacheable(cache = cache, skip(cache))]
async fn in_an_argument(cache: &Cache, id: u64) -> u64 {
    LOADS.next()
}

#[cacheable(cache = state.0, skip(state))]
async fn in_a_field_of_an_argument(state: (Cache, &str), id: u64) -> u64 {
    assert!(!state.1.is_empty());
    LOADS.next()
}

#[cacheable("free_functions:{id}", cache = global)]
async fn in_the_global_cache(id: u64) -> u64 {
    LOADS.next()
}

#[cache_put("free_functions:{id}", cache = global)]
async fn put_in_the_global_cache(id: u64) -> u64 {
    LOADS.next()
}

#[cache_evict(key = "free_functions:{id}", cache = global)]
async fn evict_in_the_global_cache(id: u64) {}

mod one {
    #[larder::cacheable(cache = *super::CACHE)]
    pub(super) async fn find(id: u64) -> u64 {
        super::LOADS.next()
    }
}

mod two {
    #[larder::cacheable(cache = *super::CACHE)]
    pub(super) async fn find(id: u64) -> u64 {
        super::LOADS.next()
    }
}

struct One;
struct Two;
struct Generic<T> {
    _of: PhantomData<T>,
}

impl<T> Generic<T> {
    #[cacheable(cache = *CACHE)]
    async fn associated(id: u64) -> u64 {
        LOADS.next()
    }
}

impl One {
    #[cacheable(cache = *CACHE)]
    async fn associated(id: u64) -> u64 {
        LOADS.next()
    }
}

impl Two {
    #[cacheable(cache = *CACHE)]
    async fn associated(id: u64) -> u64 {
        LOADS.next()
    }
}

async fn of_a_nested_function() -> u64 {
    #[cacheable(cache = *CACHE)]
    async fn nested(id: u64) -> u64 {
        LOADS.next()
    }
    nested(7).await
}

async fn of_another_nested_function() -> u64 {
    #[cacheable(cache = *CACHE)]
    async fn nested(id: u64) -> u64 {
        LOADS.next()
    }
    nested(7).await
}

#[tokio::test]
async fn a_free_function_takes_its_cache_from_a_static() {
    let load = in_a_static(7).await;
    assert_eq!(in_a_static(7).await, load);
    let put = put_in_a_static(7).await;
    assert_eq!(in_a_static(7).await, put);
    evict_in_a_static(7).await;
    assert!(in_a_static(7).await > put);
}

#[tokio::test]
async fn a_free_function_takes_its_cache_from_an_argument() {
    let (one, two) = (Cache::in_process(), Cache::in_process());
    let load = in_an_argument(&one, 7).await;
    assert_eq!(in_an_argument(&one, 7).await, load);
    assert!(in_an_argument(&two, 7).await > load);
}

#[tokio::test]
async fn a_free_function_takes_its_cache_from_a_field_of_an_argument() {
    let cache = Cache::in_process();
    let load = in_a_field_of_an_argument((cache.clone(), "x"), 7).await;
    assert_eq!(in_a_field_of_an_argument((cache, "y"), 7).await, load);
}

/// The only test that touches the global cache: it is there once for each process.
#[tokio::test]
async fn a_free_function_takes_the_global_cache() {
    let mine = Cache::in_process();
    mine.clone().install_global().expect("no other test uses the global cache");
    let load = in_the_global_cache(7).await;
    assert_eq!(in_the_global_cache(7).await, load);
    let put = put_in_the_global_cache(7).await;
    assert_eq!(in_the_global_cache(7).await, put);
    evict_in_the_global_cache(7).await;
    assert!(in_the_global_cache(7).await > put);
    assert_eq!((mine.stats().hits, global().stats().misses), (2, 2));
    let error = Cache::in_process().install_global().expect_err("one is installed");
    assert_eq!(error.kind(), ErrorKind::AlreadySet);
}

#[tokio::test]
async fn free_functions_of_two_modules() {
    assert_ne!(one::find(7).await, two::find(7).await);
}

#[tokio::test]
async fn associated_functions_of_two_types() {
    assert_ne!(One::associated(7).await, Two::associated(7).await);
}

#[tokio::test]
async fn associated_functions_of_a_generic_type() {
    assert_ne!(Generic::<u8>::associated(7).await, Generic::<u16>::associated(7).await);
}

#[tokio::test]
async fn functions_inside_two_functions() {
    assert_ne!(of_a_nested_function().await, of_another_nested_function().await);
}
