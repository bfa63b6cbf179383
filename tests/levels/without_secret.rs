//! Hashed pieces of keys where the cache has no secret to hash them with: no argument of a function here is under
//! `hash(..)`, which `build` would refuse, but types and expressions hash on their own.

use std::collections::HashMap;

use larder::{Answer, Cache, CacheKey, HasCache, Hashed, cache_evict, cache_put, cacheable, observe};

use crate::level::on_every_level;
use crate::support::Loads;

#[derive(CacheKey, Clone, PartialEq, Eq, Hash)]
struct Login(#[cache_key(hash)] String);

fn login(name: &str) -> Login {
    Login(name.to_owned())
}

#[derive(HasCache)]
struct Logins {
    cache: Cache,
    loads: Loads,
}

impl Logins {
    fn on(cache: Cache) -> Self {
        Self { cache, loads: Loads::default() }
    }

    #[cacheable("login:{login}")]
    async fn read(&self, login: &Login) -> u64 {
        self.loads.next()
    }

    #[cacheable("login:{logins}", batch)]
    async fn many(&self, logins: &[Login]) -> HashMap<Login, u64> {
        logins.iter().map(|login| (login.clone(), self.loads.next())).collect()
    }

    #[cacheable("tagged:{id}", tags = ["login:{login}"])]
    async fn tagged(&self, id: u64, login: &Login) -> u64 {
        self.loads.next()
    }

    #[cache_put("login:{login}")]
    async fn put(&self, login: &Login) -> u64 {
        self.loads.next()
    }

    #[cache_put("put:{id}", tags = ["login:{login}"])]
    async fn put_tagged(&self, id: u64, login: &Login) -> u64 {
        self.loads.next()
    }

    #[cache_evict("login:{login}", tags = ["login:{login}"])]
    async fn evict(&self, login: &Login) {}

    #[cacheable("plain:{id}")]
    async fn plain(&self, id: u64) -> u64 {
        self.loads.next()
    }
}

on_every_level! {
    async fn a_call_runs_its_body_and_stores_nothing(level: Level) {
        let logins = Logins::on(level.node());
        assert_eq!((logins.read(&login("ada")).await, logins.read(&login("ada")).await), (1, 2));
        assert_eq!((logins.put(&login("ada")).await, logins.read(&login("ada")).await), (3, 4));
        logins.evict(&login("ada")).await;
        let many = logins.many(&[login("ada"), login("bob")]).await;
        assert_eq!((many[&login("ada")], many[&login("bob")]), (5, 6));
        assert_eq!(logins.cache.stats().stored, 0);
        assert!(!level.names().iter().any(|name| name.contains("login:")), "{:?}", level.names());
    }

    async fn a_value_whose_tag_cannot_be_named_is_not_stored(level: Level) {
        let logins = Logins::on(level.node());
        assert_eq!((logins.tagged(7, &login("ada")).await, logins.tagged(7, &login("ada")).await), (1, 2));
        logins.put_tagged(7, &login("ada")).await;
        assert_eq!(logins.cache.stats().stored, 0);
        let error = logins.cache.invalidate_tags([("login", Hashed("ada"))]).await.expect_err("there is no secret");
        assert!(error.is_config());
    }

    async fn it_is_counted_and_other_functions_are_cached(level: Level) {
        let logins = Logins::on(level.node());
        logins.read(&login("ada")).await;
        logins.put(&login("ada")).await;
        assert_eq!(logins.cache.stats().without_secret, 2);
        assert_eq!((logins.plain(7).await, logins.plain(7).await), (3, 3));
        let observed = observe(logins.read(&login("ada"))).await;
        assert_eq!(observed.outcomes.first().map(|outcome| outcome.answer), Some(Answer::Bypassed));
    }

    async fn with_a_secret_they_are_cached_as_well(level: Level) {
        let node = || Logins::on(level.builder().key_secret([7; 32]).build().expect("the secret is long enough"));
        let (one, other) = (node(), node());
        assert_eq!((one.read(&login("ada")).await, other.read(&login("ada")).await), (1, 1));
        assert_eq!((one.read(&login("bob")).await, one.cache.stats().without_secret), (2, 0));
    }
}
