//! `batch = PATH, args(..)`: the elements' entries are those of a reader for one element.

use std::collections::HashMap;
use std::sync::Mutex;

use futures::future::join;
use larder::{Cache, HasCache, cacheable};

use crate::support::{Gate, held, within};

#[derive(HasCache)]
struct Users {
    cache: Cache,
    asked: Mutex<Vec<Vec<u64>>>,
    gate: Gate,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Ticket {
    user: u64,
    tenant: &'static str,
}

impl Users {
    fn new() -> Self {
        let users = Self { cache: Cache::in_process(), asked: Mutex::default(), gate: Gate::closed() };
        users.gate.open();
        users
    }

    async fn load(&self, ids: Vec<u64>) -> HashMap<u64, u64> {
        self.asked.lock().expect("nobody panics").push(ids.clone());
        self.gate.pass().await;
        ids.into_iter().map(|id| (id, id * 10)).collect()
    }

    fn asked(&self) -> Vec<Vec<u64>> {
        std::mem::take(&mut *self.asked.lock().expect("nobody panics"))
    }

    /// Its key is its own: made of the function and its arguments.
    #[cacheable(namespace = "users", version = 2)]
    async fn user(&self, tenant: &str, id: u64) -> Option<u64> {
        let _ = tenant;
        self.load(vec![id]).await.remove(&id)
    }

    #[cacheable(batch = Self::user, args(tenant = tenant, id = ids))]
    async fn users(&self, ids: &[u64], tenant: &str) -> Result<HashMap<u64, u64>, String> {
        let _ = tenant;
        Ok(self.load(ids.to_vec()).await)
    }

    /// The list is the one that `args` names.
    #[cacheable(batch = Self::user, args(id = tickets.user, tenant = tickets.tenant), unless = |user| *user == 0)]
    async fn of_tickets(&self, tickets: Vec<Ticket>, others: &[u64]) -> HashMap<Ticket, u64> {
        let _ = others;
        let users = self.load(tickets.iter().map(|ticket| ticket.user).collect()).await;
        tickets.into_iter().map(|ticket| (ticket, users[&ticket.user])).collect()
    }
}

#[tokio::test]
async fn a_batch_and_a_reader_share_their_entries() {
    let users = Users::new();
    assert_eq!(within(users.user("a", 1)).await, Some(10));
    assert_eq!(within(users.users(&[1, 2], "a")).await, Ok(HashMap::from([(1, 10), (2, 20)])));
    assert_eq!(within(users.user("a", 2)).await, Some(20));
    assert_eq!(users.asked(), [[1], [2]]);
}

#[tokio::test]
async fn every_argument_of_the_reader_counts() {
    let users = Users::new();
    within(users.users(&[1], "a")).await.expect("it succeeds");
    within(users.user("b", 1)).await;
    assert_eq!(users.asked(), [[1], [1]]);
}

#[tokio::test]
async fn an_argument_can_be_made_of_the_element() {
    let users = Users::new();
    within(users.users(&[1], "a")).await.expect("it succeeds");
    let tickets = [1, 2].map(|user| Ticket { user, tenant: "a" });
    assert_eq!(within(users.of_tickets(tickets.into(), &[])).await.len(), 2);
    assert_eq!(users.asked(), [[1], [2]]);
}

#[tokio::test]
async fn a_batch_and_a_reader_share_their_loads() {
    let users = Users { gate: Gate::closed(), ..Users::new() };
    let one = held(users.user("a", 1)).await;
    let many = held(users.users(&[1, 2], "a")).await;
    let other = held(users.user("a", 2)).await;
    assert_eq!(users.asked(), [[1], [2]]);
    users.gate.open();
    let ((one, other), many) = within(join(join(one, other), many)).await;
    assert_eq!((one, other), (Some(10), Some(20)));
    assert_eq!(many, Ok(HashMap::from([(1, 10), (2, 20)])));
    assert!(users.asked().is_empty());
}
