//! Two functions never share an entry by accident; sharing one on purpose takes a template and a namespace.

use std::marker::PhantomData;

use larder::{Cache, CacheKey, HasCache, cache_put, cacheable};

use crate::support::Loads;

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    region: &'static str,
}

/// Has the same method as [`Service`], and its cache.
#[derive(HasCache)]
struct Other<'a>(#[cache] &'a Service);

impl Other<'_> {
    #[cacheable]
    async fn first(&self, id: u64) -> u64 {
        self.0.loads.next()
    }
}

struct Repo<'a, T, const N: usize>(&'a Service, PhantomData<T>);

impl<T, const N: usize> Repo<'_, T, N> {
    #[cacheable(cache = self.0.cache)]
    async fn find(&self, id: u64) -> u64 {
        self.0.loads.next()
    }
}

impl Service {
    fn new() -> Self {
        Self::in_region(Cache::in_process(), "eu")
    }

    fn in_region(cache: Cache, region: &'static str) -> Self {
        Self { cache, loads: Loads::default(), region }
    }

    #[cacheable]
    async fn first(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable]
    async fn second(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("{self.region}:{id}")]
    async fn in_its_region(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable]
    async fn of_type<T>(&self, id: u64) -> u64 {
        let _: PhantomData<T> = PhantomData;
        self.loads.next()
    }

    #[cacheable]
    async fn of_size<const N: usize>(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable]
    async fn of_impl(&self, id: impl CacheKey) -> u64 {
        self.loads.next()
    }

    #[cacheable(namespace = "users")]
    async fn in_namespace<T, const N: usize>(&self, id: impl CacheKey) -> u64 {
        let _: PhantomData<T> = PhantomData;
        self.loads.next()
    }

    #[cacheable("user:{id}", namespace = "users")]
    async fn user(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable(key = format!("user:{id}"), namespace = "users")]
    async fn user_by_format(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("user:{id}", namespace = "admins")]
    async fn admin(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_put("user:{id}", namespace = "users")]
    async fn save(&self, id: u64) -> u64 {
        self.loads.next()
    }
}

#[tokio::test]
async fn two_methods_of_one_type() {
    let service = Service::new();
    assert_ne!(service.first(7).await, service.second(7).await);
}

#[tokio::test]
async fn methods_of_two_types() {
    let service = Service::new();
    assert_ne!(service.first(7).await, Other(&service).first(7).await);
}

#[tokio::test]
async fn two_instances_with_a_cache_each() {
    let (one, two) = (Service::new(), Service::new());
    assert_eq!((one.first(7).await, one.first(8).await, two.first(8).await), (1, 2, 1));
}

#[tokio::test]
async fn two_instances_of_one_cache_whose_key_names_a_field() {
    let eu = Service::new();
    let us = Service::in_region(eu.cache.clone(), "us");
    us.loads.next();
    assert_eq!((eu.in_its_region(7).await, us.in_its_region(7).await), (1, 2));
}

#[tokio::test]
async fn two_instances_of_one_cache_share_where_the_key_names_no_field() {
    let eu = Service::new();
    let us = Service::in_region(eu.cache.clone(), "us");
    assert_eq!((eu.first(7).await, us.first(7).await, us.loads.count()), (1, 1, 0));
}

#[tokio::test]
async fn a_generic_function_of_two_types() {
    let service = Service::new();
    assert_ne!(service.of_type::<u8>(7).await, service.of_type::<u16>(7).await);
    assert_ne!(service.of_type::<Vec<u8>>(7).await, service.of_type::<Vec<u16>>(7).await);
}

#[tokio::test]
async fn a_generic_function_of_two_constants() {
    let service = Service::new();
    assert_ne!(service.of_size::<1>(7).await, service.of_size::<2>(7).await);
    assert_ne!(service.of_size::<1>(17).await, service.of_size::<11>(7).await);
}

#[tokio::test]
async fn a_generic_type_of_two_types_or_constants() {
    let service = Service::new();
    let loads = [
        Repo::<u8, 1>(&service, PhantomData).find(7).await,
        Repo::<u16, 1>(&service, PhantomData).find(7).await,
        Repo::<u8, 2>(&service, PhantomData).find(7).await,
    ];
    assert_eq!(loads, [1, 2, 3]);
}

#[tokio::test]
async fn an_impl_trait_argument_of_two_types() {
    let service = Service::new();
    assert_ne!(service.of_impl(7_u8).await, service.of_impl(7_u16).await);
    assert_ne!(service.of_impl("7").await, service.of_impl(7_u8).await);
}

#[tokio::test]
async fn types_and_constants_beside_a_namespace() {
    let service = Service::new();
    let loads = [
        service.in_namespace::<u8, 1>(7_u8).await,
        service.in_namespace::<u16, 1>(7_u8).await,
        service.in_namespace::<u8, 2>(7_u8).await,
        service.in_namespace::<u8, 1>(7_u16).await,
        service.in_namespace::<u8, 1>(7_u8).await,
    ];
    assert_eq!(loads, [1, 2, 3, 4, 1]);
}

#[tokio::test]
async fn a_template_in_two_namespaces() {
    let service = Service::new();
    assert_ne!(service.user(7).await, service.admin(7).await);
}

#[tokio::test]
async fn two_readers_share_on_purpose_by_template_and_namespace() {
    let service = Service::new();
    assert_eq!(service.user(7).await, service.user_by_format(7).await);
}

#[tokio::test]
async fn a_reader_and_a_writer_share_on_purpose_by_template_and_namespace() {
    let service = Service::new();
    assert_eq!(service.save(7).await, service.user(7).await);
}
