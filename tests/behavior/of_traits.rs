//! `of = <Self as Repo>::find`: readers that are methods of a trait, under `#[cache_config]` on its `impl`.

use async_trait::async_trait;
use larder::{Cache, CacheKey, HasCache, Hashed, cache_config, cache_evict, cache_put, cacheable, caching};

use crate::support::Loads;

trait Repo {
    type Id;
    type Found;

    async fn find(&self, id: Self::Id) -> Self::Found;
    async fn by_name(&self, name: &str) -> Option<u64>;
    async fn by_default(&self, id: u64) -> u64;
    async fn in_region(&self, id: u64) -> u64;
    fn blocking(&self, id: u64) -> u64;
    async fn change(&self, id: u64);
}

#[derive(HasCache)]
struct Users {
    cache: Cache,
    loads: Loads,
    region: &'static str,
}

impl Users {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default(), region: "eu" }
    }
}

#[cache_config(namespace = "users", version = 2)]
impl Repo for Users {
    type Id = u64;
    type Found = Result<u64, String>;

    #[cacheable("user:{id}")]
    async fn find(&self, id: Self::Id) -> Self::Found {
        Ok(self.loads.next())
    }

    #[caching(cacheable("name:{name}", hash(name)))]
    async fn by_name(&self, name: &str) -> Option<u64> {
        Some(self.loads.next())
    }

    #[cacheable]
    async fn by_default(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("{self.region}:{id}")]
    async fn in_region(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("blocking:{id}")]
    fn blocking(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = <Self as Repo>::find, args(id = id))]
    async fn change(&self, id: u64) {}
}

impl Users {
    #[cache_evict(of = <Self as Repo>::by_name, args(name = name))]
    async fn rename(&self, name: String) {}

    #[cache_evict(of = <Users as Repo>::by_default, args(id = id))]
    #[cache_evict(of = <Self as Repo>::in_region, args(id = id))]
    #[cache_evict(of = <Self as Repo>::blocking, args(id = id))]
    async fn change_others(&self, id: u64) {}

    #[cache_put(of = <Self as Repo>::find, args(id = id))]
    async fn put(&self, id: u64) -> u64 {
        70
    }
}

/// Another type, whose cache is the same.
#[derive(HasCache)]
struct Orders {
    #[cache]
    users: Users,
}

impl Orders {
    #[cache_evict(of = <Users as Repo>::in_region, args(self = &self.users, id = user))]
    async fn order(&self, user: u64) {}
}

#[tokio::test]
async fn writers_inside_and_outside_of_the_trait_reach_a_reader() {
    let users = Users::new();
    assert_eq!((users.find(7).await, users.find(7).await), (Ok(1), Ok(1)));
    users.change(7).await;
    assert_eq!(users.find(7).await, Ok(2));
    users.put(7).await;
    assert_eq!(users.find(7).await, Ok(70));
}

#[tokio::test]
async fn its_key_may_hash_use_self_or_be_the_default() {
    let users = Users::new();
    let all = async || (users.by_default(7).await, users.in_region(7).await, users.blocking(7));
    assert_eq!((users.by_name("ada").await, all().await), (Some(1), (2, 3, 4)));
    users.rename("ada".to_owned()).await;
    users.change_others(8).await;
    assert_eq!((users.by_name("ada").await, all().await), (Some(5), (2, 3, 4)));
    users.change_others(7).await;
    assert_eq!(all().await, (6, 7, 8));
}

#[tokio::test]
async fn another_type_names_the_reader_s_self() {
    let orders = Orders { users: Users::new() };
    assert_eq!(orders.users.in_region(7).await, 1);
    orders.order(7).await;
    assert_eq!(orders.users.in_region(7).await, 2);
}

/// A trait with parameters, which one type has twice.
trait Find<T> {
    async fn find(&self, id: u64) -> T;
    async fn forget(&self, id: u64);
}

struct Store<'a, T> {
    cache: &'a Cache,
    loads: &'a Loads,
    shown: T,
}

impl<T> HasCache for Store<'_, T> {
    fn cache(&self) -> &Cache {
        self.cache
    }
}

#[cache_config(tags = ["numbers"])]
impl<'a, T> Find<u64> for Store<'a, T>
where
    T: CacheKey + Clone + 'a,
{
    #[cacheable(key = (self.shown.clone(), id))]
    async fn find(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = <Self as Find<u64>>::find, args(id = id))]
    async fn forget(&self, id: u64) {}
}

#[cache_config(tags = ["texts"])]
impl<'a, T> Find<String> for Store<'a, T>
where
    T: CacheKey + Clone + 'a,
{
    #[cacheable]
    async fn find(&self, id: u64) -> String {
        self.loads.next().to_string()
    }

    #[cache_evict(of = <Self as Find<String>>::find, args(id = id))]
    async fn forget(&self, id: u64) {}
}

#[tokio::test]
async fn a_trait_with_types_on_a_type_with_parameters_is_named_with_its_types() {
    let (cache, loads) = (Cache::in_process(), Loads::default());
    let store = Store { cache: &cache, loads: &loads, shown: Hashed("x") };
    let numbers = async || Find::<u64>::find(&store, 7).await;
    let texts = async || Find::<String>::find(&store, 7).await;
    assert_eq!((numbers().await, texts().await, numbers().await, texts().await), (1, "2".into(), 1, "2".into()));
    Find::<u64>::forget(&store, 7).await;
    assert_eq!((numbers().await, texts().await), (3, "2".into()));
    Find::<String>::forget(&store, 7).await;
    assert_eq!((numbers().await, texts().await), (3, "4".into()));
}

/// A generic method, and `#[async_trait]` on either side.
#[async_trait]
trait Boxed {
    async fn below(&self, name: &str) -> u64;
    async fn forget_below(&self, name: &str);
}

#[async_trait]
trait BoxedToo {
    async fn above(&self, name: &str) -> u64;
    async fn forget_above(&self, name: &str);
}

trait Keyed {
    async fn by_key<K: CacheKey + Sync>(&self, key: &K) -> u64;
}

#[async_trait]
#[cache_config(namespace = "boxed")]
impl Boxed for Users {
    #[cacheable("below:{name}")]
    async fn below(&self, name: &str) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = <Self as Boxed>::below, args(name = name))]
    async fn forget_below(&self, name: &str) {}
}

#[cache_config(namespace = "boxed")]
#[async_trait]
impl BoxedToo for Users {
    #[cacheable("above:{name}")]
    async fn above(&self, name: &str) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = <Self as BoxedToo>::above, args(name = name))]
    async fn forget_above(&self, name: &str) {}
}

#[cache_config]
impl Keyed for Users {
    #[cacheable]
    async fn by_key<K: CacheKey + Sync>(&self, key: &K) -> u64 {
        self.loads.next()
    }
}

impl Users {
    #[cache_evict(of = <Self as Keyed>::by_key::<u64>, args(key = key))]
    async fn forget_key(&self, key: u64) {}
}

#[tokio::test]
async fn async_trait_may_stand_above_and_below() {
    let users = Users::new();
    assert_eq!((users.below("ada").await, users.above("ada").await), (1, 2));
    users.forget_below("ada").await;
    assert_eq!((users.below("ada").await, users.above("ada").await), (3, 2));
    users.forget_above("ada").await;
    assert_eq!((users.below("ada").await, users.above("ada").await), (3, 4));
}

#[tokio::test]
async fn a_generic_method_is_named_with_its_types() {
    let users = Users::new();
    assert_eq!((users.by_key(&7_u64).await, users.by_key(&7_u32).await), (1, 2));
    users.forget_key(7).await;
    assert_eq!((users.by_key(&7_u64).await, users.by_key(&7_u32).await), (3, 2));
}

/// What cannot have another `impl` compiles as before: a type of another crate, and any type.
trait Plain {
    async fn plain(&self, cache: &Cache) -> u64;
}

trait Any {
    async fn any(&self, cache: &Cache) -> u64;
}

#[cache_config(cache = cache)]
impl Plain for Vec<u64> {
    #[cacheable("plain", skip(cache))]
    async fn plain(&self, cache: &Cache) -> u64 {
        self[0]
    }
}

#[cache_config(cache = cache)]
impl<T: Send + Sync> Any for T {
    #[cacheable("any", skip(cache))]
    async fn any(&self, cache: &Cache) -> u64 {
        7
    }
}

#[tokio::test]
async fn types_of_other_crates_and_all_types_compile_as_before() {
    let cache = Cache::in_process();
    assert_eq!((vec![1].plain(&cache).await, vec![2].plain(&cache).await, "x".any(&cache).await), (1, 1, 7));
}
