//! `batch`: which elements reach the body, and what the call returns, in every shape of result.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use larder::{Cache, HasCache, cacheable};

use crate::support::within;

/// Users with even numbers are there; a value says which and from how manieth call it is.
#[derive(HasCache)]
struct Users {
    cache: Cache,
    /// The elements that each body was run for.
    asked: Mutex<Vec<Vec<u64>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct User {
    id: u64,
    load: usize,
}

impl Users {
    fn new() -> Self {
        Self { cache: Cache::in_process(), asked: Mutex::default() }
    }

    fn load(&self, ids: &[u64]) -> Vec<Option<User>> {
        let mut asked = self.asked.lock().expect("nobody panics");
        asked.push(ids.to_vec());
        let load = asked.len();
        ids.iter().map(|&id| (id % 2 == 0).then_some(User { id, load })).collect()
    }

    fn there(&self, ids: &[u64]) -> impl Iterator<Item = User> {
        self.load(ids).into_iter().flatten()
    }

    fn asked(&self) -> Vec<Vec<u64>> {
        std::mem::take(&mut *self.asked.lock().expect("nobody panics"))
    }

    #[cacheable("user:{ids}", batch)]
    async fn by_map(&self, ids: Vec<u64>) -> HashMap<u64, User> {
        self.there(&ids).map(|user| (user.id, user)).collect()
    }

    #[cacheable("user:{ids}", batch)]
    async fn by_sorted_map(&self, ids: &[u64]) -> Result<BTreeMap<u64, User>, String> {
        Ok(self.there(ids).map(|user| (user.id, user)).collect())
    }

    #[cacheable("user:{ids}", batch)]
    async fn by_position(&self, ids: &[u64]) -> Vec<Option<User>> {
        self.load(ids)
    }

    /// As a database would: in an order of its own.
    #[cacheable("user:{ids}", batch, by = |user| user.id)]
    async fn by_name(&self, ids: &Vec<u64>) -> Result<Vec<User>, String> {
        let mut users: Vec<_> = self.there(ids).collect();
        users.reverse();
        Ok(users)
    }
}

fn user(id: u64, load: usize) -> User {
    User { id, load }
}

#[tokio::test]
async fn only_the_misses_reach_the_body() {
    let users = Users::new();
    within(users.by_map(vec![2, 4])).await;
    assert_eq!(users.asked(), [[2, 4]]);
    let found = within(users.by_map(vec![8, 2, 6, 4])).await;
    assert_eq!(users.asked(), [[8, 6]]);
    assert_eq!(found, HashMap::from([(2, user(2, 1)), (4, user(4, 1)), (6, user(6, 1)), (8, user(8, 1))]));
}

#[tokio::test]
async fn every_shape_shares_its_entries_with_the_others() {
    let users = Users::new();
    within(users.by_map(vec![2, 4])).await;
    users.asked();
    let sorted = within(users.by_sorted_map(&[4, 2])).await.expect("it succeeds");
    assert_eq!(sorted, BTreeMap::from([(2, user(2, 1)), (4, user(4, 1))]));
    assert_eq!(within(users.by_position(&[4, 2])).await, [Some(user(4, 1)), Some(user(2, 1))]);
    assert_eq!(within(users.by_name(&vec![4, 2])).await, Ok(vec![user(4, 1), user(2, 1)]));
    assert!(users.asked().is_empty());
}

#[tokio::test]
async fn elements_without_a_value_are_none_by_position_and_left_out_elsewhere() {
    let users = Users::new();
    assert_eq!(within(users.by_position(&[1, 2])).await, [None, Some(user(2, 1))]);
    assert_eq!(within(users.by_map(vec![2, 1])).await, HashMap::from([(2, user(2, 1))]));
    assert_eq!(within(users.by_name(&vec![3, 2])).await, Ok(vec![user(2, 1)]));
    assert_eq!(users.asked(), [vec![1, 2], vec![1], vec![3]], "what is not there is not stored");
}

#[tokio::test]
async fn the_order_is_the_requests_whatever_the_bodys() {
    let users = Users::new();
    within(users.by_name(&vec![6])).await.expect("it succeeds");
    let found = within(users.by_name(&vec![8, 6, 2, 4])).await.expect("it succeeds");
    assert_eq!(found, [user(8, 2), user(6, 1), user(2, 2), user(4, 2)]);
    let found = within(users.by_position(&[10, 2, 12])).await;
    assert_eq!(found, [Some(user(10, 3)), Some(user(2, 2)), Some(user(12, 3))]);
}

#[tokio::test]
async fn an_element_that_stands_twice_is_loaded_once_and_returned_twice() {
    let users = Users::new();
    let found = within(users.by_position(&[2, 1, 2, 4, 1, 2])).await;
    assert_eq!(users.asked(), [[2, 1, 4]]);
    let [two, four] = [user(2, 1), user(4, 1)].map(Some);
    assert_eq!(found, [two.clone(), None, two.clone(), four, None, two]);
    assert_eq!(within(users.by_name(&vec![2, 2])).await, Ok(vec![user(2, 1), user(2, 1)]));
    assert_eq!(within(users.by_map(vec![2, 2])).await, HashMap::from([(2, user(2, 1))]));
}

#[tokio::test]
async fn an_empty_list_runs_no_body() {
    let users = Users::new();
    assert!(within(users.by_map(vec![])).await.is_empty());
    assert!(within(users.by_sorted_map(&[])).await.expect("it succeeds").is_empty());
    assert!(within(users.by_position(&[])).await.is_empty());
    assert!(within(users.by_name(&vec![])).await.expect("it succeeds").is_empty());
    assert!(users.asked().is_empty());
}

#[tokio::test]
async fn each_element_counts() {
    let users = Users::new();
    within(users.by_map(vec![2, 4, 4])).await;
    within(users.by_map(vec![2, 4, 6])).await;
    let stats = users.cache.stats();
    assert_eq!((stats.hits, stats.misses, stats.stored), (2, 3, 3));
}

/// Lists of texts, bodies that misbehave, and arguments beside the list.
#[derive(HasCache)]
struct Odd {
    cache: Cache,
    asked: Mutex<Vec<Vec<String>>>,
}

type Names<'a> = Vec<&'a str>;

impl Odd {
    fn new(cache: Cache) -> Self {
        Self { cache, asked: Mutex::default() }
    }

    fn note<T: ToString>(&self, names: &[T]) {
        self.asked.lock().expect("nobody panics").push(names.iter().map(ToString::to_string).collect());
    }

    fn asked(&self) -> Vec<Vec<String>> {
        std::mem::take(&mut *self.asked.lock().expect("nobody panics"))
    }

    #[cacheable(batch)]
    async fn borrowed(&self, names: Vec<&str>) -> HashMap<String, usize> {
        self.note(&names);
        names.into_iter().map(|name| (name.to_owned(), name.len())).collect()
    }

    #[cacheable("{tenant}:{names}", batch(names), skip(others))]
    async fn of_tenant(&self, tenant: &str, names: Names<'_>, others: &[u8]) -> Vec<Option<String>> {
        self.note(&names);
        let _ = others;
        names.iter().map(|name| Some(format!("{tenant}-{name}"))).collect()
    }

    /// It forgets those that are not there.
    #[cacheable(batch)]
    async fn of_another_length(&self, names: &[String]) -> Vec<Option<usize>> {
        self.note(names);
        names.iter().filter(|name| !name.is_empty()).map(|name| Some(name.len())).collect()
    }

    #[cacheable(batch, by = |name| name.to_lowercase())]
    async fn of_any_case(&self, mut names: Vec<String>) -> Vec<String> {
        self.note(&names);
        names.push("UNASKED".to_owned());
        names.push(names[0].to_uppercase());
        names.iter().map(|name| name.to_uppercase()).collect()
    }

    #[cacheable(batch, condition = names.len() > 1)]
    async fn of_several(&self, names: Vec<String>) -> HashMap<String, usize> {
        self.note(&names);
        names.into_iter().map(|name| (name.clone(), name.len())).collect()
    }
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}

#[tokio::test]
async fn borrowed_elements_find_a_map_of_owned_ones() {
    let odd = Odd::new(Cache::in_process());
    within(odd.borrowed(vec!["a"])).await;
    let found = within(odd.borrowed(vec!["bb", "a"])).await;
    assert_eq!(odd.asked(), [["a"], ["bb"]]);
    assert_eq!(found, HashMap::from([("a".to_owned(), 1), ("bb".to_owned(), 2)]));
}

#[tokio::test]
async fn the_other_arguments_enter_every_key() {
    let odd = Odd::new(Cache::in_process());
    within(odd.of_tenant("x", vec!["a", "b"], &[])).await;
    let found = within(odd.of_tenant("y", vec!["a"], &[])).await;
    assert_eq!(found, [Some("y-a".to_owned())]);
    assert_eq!(odd.asked(), [vec!["a", "b"], vec!["a"]]);
    within(odd.of_tenant("x", vec!["b"], &[])).await;
    assert!(odd.asked().is_empty());
}

#[tokio::test]
async fn a_list_of_another_length_is_returned_as_it_is_and_not_stored() {
    let odd = Odd::new(Cache::in_process());
    assert_eq!(within(odd.of_another_length(&texts(["a", ""]))).await, [Some(1)]);
    assert_eq!(within(odd.of_another_length(&texts(["a"]))).await, [Some(1)]);
    assert_eq!(odd.asked(), [vec!["a", ""], vec!["a"]]);
    assert_eq!(odd.cache.stats().stored, 1);
}

/// The method's result is what it would be without a cache, also where a part of it was there.
#[tokio::test]
async fn a_list_of_another_length_for_the_rest_runs_the_body_for_all() {
    let odd = Odd::new(Cache::in_process());
    within(odd.of_another_length(&texts(["a"]))).await;
    assert_eq!(within(odd.of_another_length(&texts(["a", "", "bb"]))).await, [Some(1), Some(2)]);
    assert_eq!(odd.asked(), [vec!["a"], vec!["", "bb"], vec!["a", "", "bb"]]);
}

#[tokio::test]
async fn values_that_nobody_asked_for_are_left_out() {
    let odd = Odd::new(Cache::in_process());
    assert_eq!(within(odd.of_any_case(texts(["b", "a"]))).await, ["B", "A"]);
    within(odd.of_any_case(texts(["unasked"]))).await;
    assert_eq!(odd.asked(), [vec!["b", "a"], vec!["unasked"]]);
}

#[tokio::test]
async fn a_condition_is_asked_once_over_the_whole_list() {
    let odd = Odd::new(Cache::in_process());
    for _ in 0..2 {
        within(odd.of_several(texts(["a"]))).await;
        within(odd.of_several(texts(["a", "b"]))).await;
    }
    assert_eq!(odd.asked(), [vec!["a"], vec!["a", "b"], vec!["a"]]);
}

#[tokio::test]
async fn without_a_cache_the_body_gets_the_list_as_it_is() {
    let odd = Odd::new(Cache::disabled());
    within(odd.of_several(texts(["a", "b", "a"]))).await;
    within(odd.of_several(vec![])).await;
    assert_eq!(odd.asked(), [vec!["a", "b", "a"], vec![]]);
}
