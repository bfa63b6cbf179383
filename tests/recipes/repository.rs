//! A repository: each method, its keys, other nodes, and loads that are overtaken.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use larder::recipes::Repository;
use larder::{Cache, HasCache, Lifetime, Policy, Tenant, cacheable, tenant};
use parking_lot::Mutex;

use crate::backend::{on_every_backend, on_every_shared_backend};
use crate::support::{Gate, within};

/// The source: what it has, and what it was asked for.
#[derive(Clone, Default)]
struct Database {
    rows: Arc<Mutex<HashMap<u64, u64>>>,
    asked: Arc<Mutex<Vec<u64>>>,
    gate: Option<Arc<Gate>>,
}

#[allow(clippy::unused_async, reason = "a source is asked and waited for")]
impl Database {
    fn new(rows: impl IntoIterator<Item = (u64, u64)>) -> Self {
        Self { rows: Arc::new(Mutex::new(rows.into_iter().collect())), ..Self::default() }
    }

    async fn find(self, id: u64) -> Result<u64, &'static str> {
        self.asked.lock().push(id);
        let row = self.rows.lock().get(&id).copied();
        if let Some(gate) = &self.gate {
            gate.pass().await;
        }
        row.ok_or("no such row")
    }

    async fn find_many(self, ids: Vec<u64>) -> Result<HashMap<u64, u64>, &'static str> {
        self.asked.lock().extend(&ids);
        let rows = self.rows.lock();
        Ok(ids.into_iter().filter_map(|id| Some((id, *rows.get(&id)?))).collect())
    }

    async fn write(&self, id: u64, row: u64) -> Result<u64, &'static str> {
        self.rows.lock().insert(id, row);
        Ok(row)
    }

    /// What it was asked for since this was asked last.
    fn asked(&self) -> Vec<u64> {
        let mut asked = std::mem::take(&mut *self.asked.lock());
        asked.sort_unstable();
        asked
    }

    fn repository(&self, cache: &Cache) -> Repository<u64, u64, &'static str> {
        Repository::new(cache.namespace("rows"), self.clone(), Self::find)
    }
}

#[derive(HasCache)]
struct Annotated {
    cache: Cache,
}

impl Annotated {
    #[cacheable("{id}", namespace = "rows")]
    async fn row(&self, id: u64) -> u64 {
        id + 1_000
    }
}

on_every_backend! {
    async fn what_is_missing_is_loaded_once(backend: Backend) {
        let database = Database::new([(1, 10)]);
        let rows = database.repository(&backend.node());
        assert_eq!((rows.get(&1).await, rows.get(&1).await, rows.clone().get(&1).await), (Ok(10), Ok(10), Ok(10)));
        assert_eq!(database.asked(), [1]);
    }

    async fn an_error_is_returned_and_not_stored(backend: Backend) {
        let database = Database::new([]);
        let rows = database.repository(&backend.node());
        assert_eq!((rows.get(&1).await, rows.get(&1).await), (Err("no such row"), Err("no such row")));
        assert_eq!(database.asked(), [1, 1]);
        assert_eq!(rows.refresh(&1).await, Err("no such row"));
    }

    async fn of_many_those_that_are_missing_are_loaded(backend: Backend) {
        let database = Database::new((1..=20).map(|id| (id, id * 10)));
        let rows = database.repository(&backend.node());
        rows.get(&1).await.unwrap();
        database.asked();
        let found = rows.get_many(1..=20).await.unwrap();
        assert_eq!(found, (1..=20).map(|id| (id, id * 10)).collect());
        assert_eq!(database.asked(), (2..=20).collect::<Vec<_>>());
        assert_eq!(rows.get_many([7, 7, 8]).await.unwrap(), HashMap::from([(7, 70), (8, 80)]));
        assert_eq!(rows.get_many([7, 21]).await, Err("no such row"));
        assert_eq!(database.asked(), [21]);
    }

    async fn many_are_loaded_at_once_where_that_can_be(backend: Backend) {
        let database = Database::new([(1, 10), (2, 20)]);
        let rows = database.repository(&backend.node()).load_many(database.clone(), Database::find_many);
        let found = rows.get_many([1, 2, 3]).await.unwrap();
        assert_eq!((found, database.asked()), (HashMap::from([(1, 10), (2, 20)]), vec![1, 2, 3]));
        assert_eq!((rows.get(&1).await, rows.get(&2).await, database.asked()), (Ok(10), Ok(20), vec![]));
    }

    async fn what_is_saved_is_what_is_found(backend: Backend) {
        let database = Database::new([(1, 10)]);
        let rows = database.repository(&backend.node());
        rows.get(&1).await.unwrap();
        assert_eq!(rows.save(&1, || database.write(1, 11)).await, Ok(11));
        assert_eq!(rows.save(&1, async || Err("refused")).await, Err("refused"));
        assert_eq!((rows.get(&1).await, database.asked()), (Ok(11), vec![1]));
    }

    async fn a_load_that_a_save_overtakes_is_not_stored(backend: Backend) {
        let gate = Arc::new(Gate::closed());
        let database = Database { gate: Some(Arc::clone(&gate)), ..Database::new([(1, 10)]) };
        let rows = database.repository(&backend.node());
        let save = async {
            gate.arrival().await;
            rows.save(&1, || database.write(1, 11)).await.unwrap();
            gate.open();
        };
        assert_eq!(within(futures::future::join(rows.get(&1), save)).await.0, Ok(10));
        assert_eq!((rows.get(&1).await, database.asked()), (Ok(11), vec![1]));
    }

    async fn what_is_removed_or_cleared_is_loaded_again(backend: Backend) {
        let cache = backend.node();
        let database = Database::new([(1, 10), (2, 20)]);
        let rows = database.repository(&cache);
        cache.set("1", 7_u64).await.unwrap();
        rows.get_many([1, 2]).await.unwrap();
        database.asked();
        assert!(rows.remove(&1).await.unwrap() && !rows.remove(&1).await.unwrap());
        assert_eq!((rows.get(&1).await, rows.get(&2).await, database.asked()), (Ok(10), Ok(20), vec![1]));
        rows.clear().await.unwrap();
        assert_eq!((rows.get(&1).await, rows.get(&2).await, database.asked()), (Ok(10), Ok(20), vec![1, 2]));
        assert_eq!(cache.get::<u64>("1").await.unwrap(), Some(7), "it is of another namespace");
    }

    async fn a_refresh_loads_anew_and_stores(backend: Backend) {
        let database = Database::new([(1, 10)]);
        let rows = database.repository(&backend.node());
        rows.get(&1).await.unwrap();
        database.write(1, 11).await.unwrap();
        assert_eq!((rows.get(&1).await, rows.refresh(&1).await, rows.get(&1).await), (Ok(10), Ok(11), Ok(11)));
        assert_eq!(database.asked(), [1, 1]);
        database.rows.lock().clear();
        assert_eq!((rows.refresh(&1).await, rows.get(&1).await), (Err("no such row"), Ok(11)));
    }

    async fn its_policy_says_how_long_and_under_which_tags(backend: Backend) {
        let cache = backend.node();
        let database = Database::new([(1, 10)]);
        let rows = database.repository(&cache).policy(Policy::new().for_ever().tags(["rows"]));
        for way in 0..3 {
            match way {
                0 => drop(rows.get(&1).await.unwrap()),
                1 => drop(rows.get_many([1]).await.unwrap()),
                _ => drop(rows.save(&1, || database.write(1, 10)).await.unwrap()),
            }
            assert_eq!(cache.namespace("rows").ttl(1).await.unwrap(), Some(Lifetime::ForEver));
            cache.invalidate_tags(["rows"]).await.unwrap();
            assert!(!cache.namespace("rows").contains(1).await.unwrap());
        }
        database.repository(&cache).policy(Duration::from_mins(1)).get(&1).await.unwrap();
        assert!(matches!(cache.namespace("rows").ttl(1).await.unwrap(), Some(Lifetime::For(_))));
    }

    async fn a_key_function_makes_the_keys(backend: Backend) {
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        struct Id(u64);
        let cache = backend.node();
        let load = |start: u64, Id(id)| async move { Ok::<_, ()>(start + id) };
        let rows = Repository::keyed(cache.namespace("rows"), |id: &Id| ("row", id.0), 100, load);
        assert_eq!(rows.get(&Id(1)).await, Ok(101));
        assert_eq!(rows.get_many([Id(1), Id(2)]).await.unwrap(), HashMap::from([(Id(1), 101), (Id(2), 102)]));
        assert_eq!(cache.namespace("rows").get::<u64>("row:2").await.unwrap(), Some(102));
        assert!(rows.remove(&Id(2)).await.unwrap());
    }

    async fn an_annotated_function_has_the_same_entries(backend: Backend) {
        let service = Annotated { cache: backend.node() };
        let database = Database::new([(1, 10)]);
        let rows = database.repository(&service.cache);
        rows.get(&1).await.unwrap();
        assert_eq!((service.row(1).await, service.row(2).await), (10, 1_002));
        assert_eq!((rows.get(&2).await, database.asked()), (Ok(1_002), vec![1]));
    }

    async fn a_tenant_has_its_own(backend: Backend) {
        let database = Database::new([(1, 10)]);
        let rows = database.repository(&backend.node());
        let acme = Tenant::from_id("acme").unwrap();
        rows.get(&1).await.unwrap();
        tenant::scope(acme.clone(), rows.save(&1, || database.write(1, 11))).await.unwrap();
        assert_eq!((rows.get(&1).await, tenant::scope(acme, rows.get(&1)).await), (Ok(10), Ok(11)));
    }
}

on_every_shared_backend! {
    async fn nodes_share_what_one_has_loaded_and_follow_its_saves(backend: Backend) {
        let database = Database::new([(1, 10)]);
        let [here, there] = [database.repository(&backend.node()), database.repository(&backend.node())];
        assert_eq!((here.get(&1).await, there.get(&1).await, database.asked()), (Ok(10), Ok(10), vec![1]));
        here.save(&1, || database.write(1, 11)).await.unwrap();
        let follower = there.clone();
        let running = tokio::spawn(async move {
            while follower.get(&1).await != Ok(11) {
                tokio::task::yield_now().await;
            }
        });
        within(running).await.unwrap();
        assert!(database.asked().is_empty());
    }
}
