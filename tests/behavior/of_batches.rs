//! `of = PATH, args(..)` where the reader is a batch: the list's name is one element, and the entry is that element's.

use std::collections::HashMap;
use std::sync::Mutex;

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::within;

#[derive(HasCache)]
struct Users {
    cache: Cache,
    asked: Mutex<Vec<Vec<u64>>>,
}

impl Users {
    fn new() -> Self {
        Self { cache: Cache::in_process(), asked: Mutex::default() }
    }

    fn load(&self, ids: &[u64]) -> HashMap<u64, String> {
        self.asked.lock().expect("nobody panics").push(ids.to_vec());
        ids.iter().map(|id| (*id, id.to_string())).collect()
    }

    fn asked(&self) -> Vec<Vec<u64>> {
        std::mem::take(&mut *self.asked.lock().expect("nobody panics"))
    }

    #[cacheable("user:{shop}:{ids}", namespace = "users", version = 2, batch)]
    async fn users(&self, ids: &[u64], shop: &str) -> Result<HashMap<u64, String>, String> {
        let _ = shop;
        Ok(self.load(ids))
    }

    #[cache_evict(of = Self::users, args(ids = id, shop = "a"))]
    async fn evict(&self, id: u64) {}

    #[cache_put(of = Self::users, args(ids = id, shop = "a"))]
    async fn rename(&self, id: u64, name: &str) -> String {
        name.to_owned()
    }

    #[cache_put(of = Self::users, args(ids = |name| name.len() as u64, shop = "a"))]
    async fn add(&self, name: &str) -> String {
        name.to_owned()
    }

    #[cacheable(batch)]
    async fn by_default(&self, ids: Vec<u64>) -> Vec<Option<String>> {
        let found = self.load(&ids);
        ids.iter().map(|id| found.get(id).cloned()).collect()
    }

    #[cache_evict(of = Self::by_default, args(ids = id))]
    async fn evict_by_default(&self, id: u64) {}

    #[cacheable(key = (*ids % 10, shop), batch(ids), by = |user| user.parse::<u64>().expect("a number"))]
    async fn by_expression(&self, ids: &Vec<u64>, shop: &str) -> Vec<String> {
        let _ = shop;
        self.load(ids).into_values().collect()
    }

    #[cache_evict(of = Self::by_expression, args(ids = id, shop = "a"))]
    async fn evict_by_expression(&self, id: u64) {}

    #[cacheable("named:{names}", batch)]
    async fn by_name(&self, names: Vec<String>) -> HashMap<String, String> {
        self.load(&[names.len() as u64]);
        names.into_iter().map(|name| (name.clone(), name)).collect()
    }

    #[cache_evict(of = Self::by_name, args(names = name))]
    async fn evict_name(&self, name: &str) {}
}

#[tokio::test]
async fn the_entry_of_one_element_is_evicted() {
    let users = Users::new();
    within(users.users(&[1, 2], "a")).await.expect("it succeeds");
    within(users.users(&[1], "b")).await.expect("it succeeds");
    within(users.evict(1)).await;
    within(users.users(&[1, 2], "a")).await.expect("it succeeds");
    within(users.users(&[1], "b")).await.expect("it succeeds");
    assert_eq!(users.asked(), [vec![1, 2], vec![1], vec![1]]);
}

#[tokio::test]
async fn a_put_stores_the_entry_of_one_element() {
    let users = Users::new();
    within(users.rename(1, "Ada")).await;
    within(users.add("Grace")).await;
    let found = within(users.users(&[1, 5], "a")).await.expect("it succeeds");
    assert_eq!((&*found[&1], &*found[&5]), ("Ada", "Grace"));
    assert!(users.asked().is_empty());
}

#[tokio::test]
async fn a_default_key_of_a_batch_is_written_for_one_element() {
    let users = Users::new();
    within(users.by_default(vec![1, 2])).await;
    within(users.evict_by_default(2)).await;
    within(users.by_default(vec![1, 2])).await;
    assert_eq!(users.asked(), [vec![1, 2], vec![2]]);
}

#[tokio::test]
async fn an_expression_of_a_batch_is_evaluated_for_one_element() {
    let users = Users::new();
    within(users.by_expression(&vec![1, 2], "a")).await;
    within(users.evict_by_expression(12)).await;
    within(users.by_expression(&vec![1, 2], "a")).await;
    assert_eq!(users.asked(), [vec![1, 2], vec![2]]);
}

#[tokio::test]
async fn an_element_that_is_text_is_named_by_what_it_borrows() {
    let users = Users::new();
    let names = || vec!["a".to_owned(), "b".to_owned()];
    within(users.by_name(names())).await;
    within(users.evict_name("b")).await;
    within(users.by_name(names())).await;
    assert_eq!(users.asked(), [[2], [1]]);
}
