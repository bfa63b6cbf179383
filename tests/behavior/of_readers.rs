//! `of = PATH, args(..)` on `#[cache_evict]`: the key of a reader, whatever that key is made of.

use std::sync::Arc;

use larder::{Cache, CacheKey, HasCache, cache_evict, cacheable};

use crate::support::Loads;

#[derive(HasCache)]
struct Users {
    cache: Cache,
    loads: Loads,
    region: &'static str,
}

struct Profile {
    id: u64,
    name: String,
}

impl Users {
    fn new() -> Self {
        Self::in_region(Cache::in_process(), "eu")
    }

    fn in_region(cache: Cache, region: &'static str) -> Self {
        Self { cache, loads: Loads::default(), region }
    }

    #[cacheable("user:{id}", namespace = "users")]
    async fn by_id(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = Self::by_id, args(id = profile.id))]
    async fn update(&self, profile: Profile) -> usize {
        profile.name.len()
    }

    #[cache_evict(of = Users::by_id, args(id = *id))]
    async fn update_by_reference(&self, id: &u64) {}

    #[cacheable]
    async fn by_default(&self, name: &str, kind: u8) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = Self::by_default, args(name = name, kind = 3))]
    async fn update_by_default(&self, name: String) -> String {
        name
    }

    #[cache_evict(key = key)]
    async fn evict(&self, key: &str) {}

    #[cacheable(skip(_trace))]
    async fn by_owned(&self, name: String, _trace: f64) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = Self::by_owned, args(name = name))]
    async fn update_by_borrowed(&self, name: &str) {}

    #[cacheable(namespace = "users", skip(_trace))]
    async fn in_namespace(&self, tags: &[u64], page: Option<u32>, _trace: f64) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = Self::in_namespace, args(page = Some(2), tags = tags))]
    async fn update_in_namespace(&self, tags: Vec<u64>) {}

    #[cacheable("{self.region}:{id}")]
    async fn in_region_by_id(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = Self::in_region_by_id, args(id = id))]
    async fn update_in_region(&mut self, id: u64) {}

    #[cache_evict(of = Self::in_region_by_id, args(id = id))]
    async fn update_shared(self: Arc<Self>, id: u64) {}

    #[cacheable(key = (tenant, id.min(100), format!("{page:?}")))]
    async fn by_expression(&self, tenant: &str, id: u64, page: Option<u8>) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = Self::by_expression, args(tenant = tenant, id = 500, page = None))]
    async fn update_by_expression(&self, tenant: &str) {}

    #[cacheable(key = (self.region, name.trim()))]
    async fn by_text_and_self(&self, name: String) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = Self::by_text_and_self, args(name = name))]
    async fn update_by_text_and_self(&self, name: &str) {}

    #[cacheable]
    async fn generic<K, const N: usize>(&self, key: K) -> u64
    where
        K: CacheKey + Clone,
    {
        self.loads.next()
    }

    #[cache_evict(of = Self::generic::<u16, 3>, args(key = key))]
    async fn update_generic(&self, key: u16) {}

    #[cacheable]
    async fn list(&self) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = Self::list)]
    #[cache_evict(of = Self::by_id, args(id = 1))]
    #[cache_evict(of = Self::by_id, args(id = 2), tags = ["lists"], key = "other")]
    async fn update_several(&self) {}

    #[cacheable("escaped:{text}:{r#type}")]
    async fn escaped(&self, text: &str, r#type: &str) -> u64 {
        self.loads.next()
    }

    #[cache_evict(of = Self::escaped, args(text = text, r#type = kind))]
    async fn update_escaped(&self, text: &str, kind: &str) {}

    #[cacheable("borrows:{name}")]
    async fn borrows<'a>(&self, name: &'a str) -> Result<u64, Borrowed<'a>> {
        if name.is_empty() { Err(Borrowed(name)) } else { Ok(self.loads.next()) }
    }

    #[cache_evict(of = Self::borrows, args(name = "x"))]
    async fn update_borrows(&self) {}
}

#[derive(Debug, PartialEq)]
struct Borrowed<'a>(&'a str);

#[tokio::test]
async fn the_reader_s_namespace_and_template_are_used() {
    let users = Users::new();
    assert_eq!((users.by_id(7).await, users.by_id(8).await), (1, 2));
    assert_eq!(users.update(Profile { id: 7, name: "ada".to_owned() }).await, 3);
    assert_eq!((users.by_id(7).await, users.by_id(8).await), (3, 2));
    users.update_by_reference(&8).await;
    assert_eq!((users.by_id(7).await, users.by_id(8).await), (3, 4));
}

#[tokio::test]
async fn a_default_key_is_the_reader_s() {
    let users = Users::new();
    assert_eq!((users.by_default("ada", 3).await, users.by_default("ada", 4).await), (1, 2));
    users.update_by_default("ada".to_owned()).await;
    assert_eq!((users.by_default("ada", 3).await, users.by_default("ada", 4).await), (3, 2));
}

#[tokio::test]
async fn a_default_key_is_named_after_the_reader() {
    let users = Users::new();
    users.by_default("ada", 3).await;
    let key = format!("{}.Users.by_default:ada:3", module_path!().replace("::", "."));
    users.evict(&key).await;
    assert_eq!(users.by_default("ada", 3).await, 2);
}

#[tokio::test]
async fn text_is_given_as_owned_or_borrowed() {
    let users = Users::new();
    assert_eq!(users.by_owned("ada".to_owned(), 0.5).await, 1);
    users.update_by_borrowed("ada").await;
    assert_eq!(users.by_owned("ada".to_owned(), 0.1).await, 2);
}

#[tokio::test]
async fn a_default_key_in_a_namespace_is_the_reader_s() {
    let users = Users::new();
    assert_eq!(users.in_namespace(&[1, 2], Some(2), 0.5).await, 1);
    users.update_in_namespace(vec![1, 2]).await;
    assert_eq!(users.in_namespace(&[1, 2], Some(2), 0.1).await, 2);
}

#[tokio::test]
async fn a_key_may_name_a_field_of_self() {
    let mut eu = Users::new();
    let us = Users::in_region(eu.cache.clone(), "us");
    us.loads.next();
    assert_eq!((eu.in_region_by_id(7).await, us.in_region_by_id(7).await), (1, 2));
    eu.update_in_region(7).await;
    assert_eq!((eu.in_region_by_id(7).await, us.in_region_by_id(7).await), (2, 2));
    let us = Arc::new(us);
    Arc::clone(&us).update_shared(7).await;
    assert_eq!((eu.in_region_by_id(7).await, us.in_region_by_id(7).await), (2, 3));
}

#[tokio::test]
async fn a_key_may_be_an_expression() {
    let users = Users::new();
    assert_eq!((users.by_expression("a", 500, None).await, users.by_expression("b", 100, None).await), (1, 2));
    users.update_by_expression("a").await;
    assert_eq!((users.by_expression("a", 100, None).await, users.by_expression("b", 500, None).await), (3, 2));
    assert_eq!(users.by_text_and_self(" x".to_owned()).await, 4);
    users.update_by_text_and_self("x ").await;
    assert_eq!(users.by_text_and_self("x".to_owned()).await, 5);
}

#[tokio::test]
async fn a_generic_reader_is_named_with_its_types() {
    let users = Users::new();
    assert_eq!((users.generic::<u16, 3>(7).await, users.generic::<u16, 4>(7).await), (1, 2));
    assert_eq!(users.generic::<u8, 3>(7).await, 3);
    users.update_generic(7).await;
    assert_eq!((users.generic::<u16, 3>(7).await, users.generic::<u16, 4>(7).await), (4, 2));
    assert_eq!(users.generic::<u8, 3>(7).await, 3);
}

#[tokio::test]
async fn several_readers_are_named_by_several_attributes() {
    let users = Users::new();
    assert_eq!((users.list().await, users.by_id(1).await, users.by_id(2).await, users.by_id(3).await), (1, 2, 3, 4));
    users.update_several().await;
    assert_eq!((users.list().await, users.by_id(1).await, users.by_id(2).await, users.by_id(3).await), (5, 6, 7, 4));
}

#[tokio::test]
async fn hostile_text_reaches_only_its_own_entry() {
    let users = Users::new();
    let pairs = [("a:b", "c"), ("a", "b:c"), ("*", "*"), ("", ""), ("a%3Ab", "c"), ("__larder_key_", "x")];
    for (text, kind) in pairs {
        let before = users.escaped(text, kind).await;
        users.update_escaped(text, kind).await;
        assert!(users.escaped(text, kind).await > before, "{text} {kind}");
    }
    let loads = users.loads.count();
    for (text, kind) in pairs {
        users.escaped(text, kind).await;
    }
    assert_eq!(users.loads.count(), loads);
}

#[tokio::test]
async fn a_reader_may_return_what_borrows() {
    let users = Users::new();
    assert_eq!((users.borrows("x").await, users.borrows("").await), (Ok(1), Err(Borrowed(""))));
    users.update_borrows().await;
    assert_eq!(users.borrows("x").await, Ok(2));
}
