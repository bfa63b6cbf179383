//! `of` on what writes: where the reader may be, what the result may name, and `#[cache_put]`.

use std::sync::LazyLock;

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Loads, held};

static CACHE: LazyLock<Cache> = LazyLock::new(Cache::in_process);
static LOADS: LazyLock<Loads> = LazyLock::new(Loads::default);

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct User {
    id: u64,
    name: String,
    load: u64,
}

#[derive(HasCache)]
struct Users {
    #[cache]
    cache: Cache,
    own: Cache,
    loads: Loads,
    region: &'static str,
}

impl Users {
    fn new() -> Self {
        Self { cache: Cache::in_process(), own: Cache::in_process(), loads: Loads::default(), region: "eu" }
    }

    #[cacheable("user:{id}", namespace = "users")]
    async fn by_id(&self, id: u64) -> Option<User> {
        Some(User { id, name: "ada".to_owned(), load: self.loads.next() })
    }

    #[cacheable("versioned:{id}", namespace = "users", version = 3)]
    async fn versioned(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_put(of = Self::versioned, args(id = id), ttl = "5m")]
    async fn put_versioned(&self, id: u64) -> u64 {
        id + 100
    }

    #[cacheable(skip(_trace))]
    async fn by_name(&self, name: &str, _trace: f64) -> u64 {
        self.loads.next()
    }

    #[cacheable("{self.region}:{id}")]
    async fn in_region(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("own:{id}", cache = self.own)]
    async fn in_its_own_cache(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = Self::in_its_own_cache, args(id = id), cache = self.own)]
    async fn evict_in_its_own_cache(&self, id: u64) {}

    #[cache_evict(of = Self::by_id, args(id = |user| user.id))]
    #[cache_evict(of = Self::by_name, args(name = |user| &user.name))]
    async fn create(&self, id: u64) -> Result<Option<User>, String> {
        match id {
            0 => Err("no".to_owned()),
            1 => Ok(None),
            _ => Ok(Some(User { id, name: "ada".to_owned(), load: 0 })),
        }
    }

    #[cache_evict(of = Self::by_id, args(id = id), condition = id != 8, unless = |changed| !changed)]
    async fn change(&self, id: u64, changed: bool) -> bool {
        changed
    }

    #[cache_evict(of = Self::by_id, args(id = id))]
    async fn never_ends(&self, id: u64) {
        std::future::pending().await
    }

    #[cache_put(of = Self::by_id, args(id = id))]
    async fn rename(&self, id: u64, name: &str) -> Result<User, String> {
        if name.is_empty() { Err("no name".to_owned()) } else { Ok(User { id, name: name.to_owned(), load: 0 }) }
    }

    #[cache_put(of = Self::by_id, args(id = |saved| saved.0.id), value = |saved| saved.0.clone(), unless = |saved| saved.1 == 0)]
    async fn save(&mut self, user: User, rows: u64) -> (User, u64) {
        (user, rows)
    }

    #[cache_put(of = Self::by_name, args(name = name))]
    async fn put_by_name(&self, name: String) -> u64 {
        name.len() as u64 + 100
    }
}

#[derive(HasCache)]
struct Orders {
    #[cache]
    users: Users,
}

impl Orders {
    #[cache_evict(of = Users::in_region, args(self = &self.users, id = user))]
    async fn order(&self, user: u64) {}

    #[cache_evict(of = Users::in_region, args(self = self.users, id = |user| *user))]
    async fn order_for(&mut self, user: u64) -> u64 {
        user
    }

    #[cache_evict(of = Users::by_name, args(name = "ada"))]
    async fn order_by_name(&self) {}

    #[cache_evict(of = rates::rate, args(currency = currency), cache = *CACHE)]
    async fn set_rate(&self, currency: &str) {}
}

mod rates {
    pub(super) mod inner {
        #[larder::cacheable(cache = *super::super::CACHE)]
        pub(in super::super) async fn history(currency: &str) -> u64 {
            super::super::LOADS.next()
        }
    }

    #[larder::cacheable(cache = *super::CACHE)]
    pub(super) async fn rate(currency: &str) -> u64 {
        super::LOADS.next()
    }

    #[larder::cache_evict(of = rate, args(currency = currency), cache = *super::CACHE)]
    #[larder::cache_evict(of = self::inner::history, args(currency = currency), cache = *super::CACHE)]
    pub(super) async fn set(currency: String) {}
}

#[tokio::test]
async fn a_reader_of_another_type() {
    let mut orders = Orders { users: Users::new() };
    assert_eq!((orders.users.in_region(7).await, orders.users.by_name("ada", 0.5).await), (1, 2));
    orders.order(7).await;
    assert_eq!((orders.users.in_region(7).await, orders.users.by_name("ada", 0.5).await), (3, 2));
    orders.order_by_name().await;
    assert_eq!((orders.users.in_region(7).await, orders.users.by_name("ada", 0.5).await), (3, 4));
    assert_eq!(orders.order_for(7).await, 7);
    assert_eq!((orders.users.in_region(7).await, orders.users.by_name("ada", 0.5).await), (5, 4));
}

#[tokio::test]
async fn a_function_of_a_module() {
    let before = (rates::rate("eur").await, rates::inner::history("eur").await);
    assert_eq!((rates::rate("eur").await, rates::inner::history("eur").await), before);
    rates::set("usd".to_owned()).await;
    assert_eq!((rates::rate("eur").await, rates::inner::history("eur").await), before);
    rates::set("eur".to_owned()).await;
    let after = (rates::rate("eur").await, rates::inner::history("eur").await);
    assert!(after.0 > before.0 && after.1 > before.1, "{before:?} {after:?}");
    Orders { users: Users::new() }.set_rate("eur").await;
    assert!(rates::rate("eur").await > after.0);
    assert_eq!(rates::inner::history("eur").await, after.1);
}

#[tokio::test]
async fn a_reader_with_a_cache_of_its_own() {
    let users = Users::new();
    assert_eq!(users.in_its_own_cache(7).await, 1);
    users.evict_in_its_own_cache(7).await;
    assert_eq!(users.in_its_own_cache(7).await, 2);
    assert_eq!((users.own.stats().invalidations, users.cache.stats().invalidations), (1, 0));
}

#[tokio::test]
async fn the_arguments_may_come_from_the_result() {
    let users = Users::new();
    let load = async |id| users.by_id(id).await.map(|user| user.load);
    assert_eq!((load(7).await, load(8).await, users.by_name("ada", 0.5).await), (Some(1), Some(2), 3));
    users.create(7).await.expect("it is not 0");
    assert_eq!((load(7).await, load(8).await, users.by_name("ada", 0.5).await), (Some(4), Some(2), 5));
}

#[tokio::test]
async fn a_result_that_is_absent_evicts_nothing() {
    let users = Users::new();
    users.by_name("ada", 0.5).await;
    assert_eq!((users.create(0).await, users.create(1).await), (Err("no".to_owned()), Ok(None)));
    assert_eq!((users.by_name("ada", 0.5).await, users.cache.stats().invalidations), (1, 0));
}

#[tokio::test]
async fn condition_and_unless_hold_for_it() {
    let users = Users::new();
    users.by_id(7).await;
    users.change(8, true).await;
    users.change(7, false).await;
    assert_eq!(users.cache.stats().invalidations, 0);
    users.change(7, true).await;
    assert_eq!(users.by_id(7).await.map(|user| user.load), Some(2));
}

#[tokio::test]
async fn a_call_that_is_dropped_evicts_what_is_known_before() {
    let users = Users::new();
    users.by_id(7).await;
    drop(held(users.never_ends(7)).await);
    assert_eq!(users.by_id(7).await.map(|user| user.load), Some(2));
}

#[tokio::test]
async fn a_put_is_found_by_the_reader() {
    let users = Users::new();
    users.rename(7, "eve").await.expect("it has a name");
    assert_eq!(users.by_id(7).await.map(|user| user.name).as_deref(), Some("eve"));
    assert_eq!(users.rename(7, "").await, Err("no name".to_owned()));
    assert_eq!((users.by_id(7).await.map(|user| user.load), users.loads.count()), (Some(0), 0));
}

#[tokio::test]
async fn a_put_whose_arguments_come_from_the_result() {
    let mut users = Users::new();
    let user = User { id: 7, name: "eve".to_owned(), load: 0 };
    assert_eq!(users.save(user.clone(), 1).await, (user.clone(), 1));
    assert_eq!((users.by_id(7).await, users.loads.count()), (Some(user.clone()), 0));
    users.save(user, 0).await;
    assert_eq!(users.by_id(7).await.map(|user| user.load), Some(1));
}

#[tokio::test]
async fn a_put_has_the_reader_s_version() {
    let users = Users::new();
    assert_eq!((users.put_versioned(7).await, users.versioned(7).await), (107, 107));
}

#[tokio::test]
async fn a_put_under_a_default_key() {
    let users = Users::new();
    assert_eq!((users.put_by_name("ada".to_owned()).await, users.by_name("ada", 0.5).await), (103, 103));
}

#[tokio::test]
async fn a_put_is_cleared_with_the_reader_s_namespace() {
    #[cache_evict(namespace = "users", all, cache = users)]
    async fn clear(users: &Users) {}

    let users = Users::new();
    users.rename(7, "eve").await.expect("it has a name");
    clear(&users).await;
    assert_eq!(users.by_id(7).await.map(|user| user.load), Some(1));
}
