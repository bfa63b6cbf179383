//! Cache-aside: reads go through the cache, a change removes what it has. Run with: cargo run --example `cache_aside`

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::try_join_all;
use larder::Cache;
use larder::recipes::Repository;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Product {
    name: String,
    cents: i64,
}

/// Whatever went wrong.
type Failed = Box<dyn std::error::Error + Send + Sync>;

/// The database, and how often it was asked.
#[derive(Clone)]
struct Database {
    connection: Arc<Mutex<Connection>>,
    queries: Arc<AtomicU64>,
}

impl Database {
    fn open() -> Result<Self, Failed> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT NOT NULL, cents INTEGER NOT NULL);
             INSERT INTO products VALUES (1, 'tea', 450), (2, 'cup', 1200), (3, 'pot', 3900);",
        )?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), queries: Arc::default() })
    }

    /// Runs a query, away from the threads that serve requests.
    async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failed> {
        self.queries.fetch_add(1, Ordering::Relaxed);
        let connection = Arc::clone(&self.connection);
        let query = move || query(&connection.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(tokio::task::spawn_blocking(query).await??)
    }

    async fn product(self, id: i64) -> Result<Product, Failed> {
        let select = "SELECT name, cents FROM products WHERE id = ?1";
        let row = |row: &rusqlite::Row<'_>| Ok(Product { name: row.get(0)?, cents: row.get(1)? });
        self.run(move |connection| connection.query_row(select, [id], row)).await
    }

    async fn reprice(&self, id: i64, cents: i64) -> Result<(), Failed> {
        let update = "UPDATE products SET cents = ?2 WHERE id = ?1";
        self.run(move |connection| connection.execute(update, [id, cents])).await.map(drop)
    }

    fn queries(&self) -> u64 {
        self.queries.swap(0, Ordering::Relaxed)
    }
}

/// What the rest of the program sees.
struct Shop {
    database: Database,
    products: Repository<i64, Product, Failed>,
}

impl Shop {
    fn new(cache: &Cache, database: Database) -> Self {
        let products = Repository::new(cache.namespace("products"), database.clone(), Database::product);
        Self { database, products: products.policy(Duration::from_mins(5)) }
    }

    /// First the database, then the cache: a read that began before is not stored any more.
    async fn reprice(&self, id: i64, cents: i64) -> Result<(), Failed> {
        self.database.reprice(id, cents).await?;
        self.products.remove(&id).await?;
        Ok(())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let database = Database::open()?;
    let shop = Shop::new(&Cache::in_process(), database.clone());

    let tea = shop.products.get(&1).await?;
    shop.products.get(&1).await?;
    let queries = database.queries();
    println!("two reads of {}: {queries} query", tea.name);
    assert_eq!((tea.name.as_str(), queries), ("tea", 1));

    let readers = (0..100).map(|_| shop.products.get(&2));
    let cups = try_join_all(readers).await?.len();
    let queries = database.queries();
    println!("{cups} readers of a cup at once: {queries} query");
    assert_eq!((cups, queries), (100, 1));

    shop.reprice(1, 500).await?;
    let cents = shop.products.get(&1).await?.cents;
    let queries = database.queries();
    println!("after a change: {cents} cents, {queries} queries");
    assert_eq!((cents, queries), (500, 2));

    let all = shop.products.get_many([1, 2, 3]).await?;
    let queries = database.queries();
    println!("{} products, of which two were there: {queries} query", all.len());
    assert_eq!((all.len(), queries), (3, 1));
    Ok(())
}
