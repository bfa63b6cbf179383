//! Write-through: a change writes the database and the cache, and the next read finds it there. Run with:
//! cargo run --example `write_through`

use std::sync::{Arc, Mutex, PoisonError};

use larder::prelude::*;
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct User {
    id: i64,
    name: String,
}

/// Whatever went wrong.
type Failed = Box<dyn std::error::Error + Send + Sync>;

#[derive(HasCache)]
struct Users {
    cache: Cache,
    database: Arc<Mutex<Connection>>,
}

impl Users {
    fn open() -> Result<Self, Failed> {
        let database = Connection::open_in_memory()?;
        database.execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL CHECK (name <> ''))")?;
        Ok(Self { cache: Cache::in_process(), database: Arc::new(Mutex::new(database)) })
    }

    /// Runs a query, away from the threads that serve requests.
    async fn run<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Failed> {
        let database = Arc::clone(&self.database);
        let query = move || query(&database.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(tokio::task::spawn_blocking(query).await??)
    }

    #[cacheable("user:{id}", ttl = "5m")]
    async fn by_id(&self, id: i64) -> Result<Option<User>, Failed> {
        println!("  the database is asked for user {id}");
        let select = "SELECT id, name FROM users WHERE id = ?1";
        let user = |row: &rusqlite::Row<'_>| Ok(User { id: row.get(0)?, name: row.get(1)? });
        self.run(move |database| database.query_row(select, [id], user).optional()).await
    }

    /// The key has the number that the database gives.
    #[cache_put("user:{result.id}", ttl = "5m")]
    async fn create(&self, name: String) -> Result<User, Failed> {
        let insert = "INSERT INTO users (name) VALUES (?1) RETURNING id";
        let given = name.clone();
        let id = self.run(move |database| database.query_row(insert, [given], |row| row.get(0))).await?;
        Ok(User { id, name })
    }

    /// Says before it writes that it is going to, so that no reader brings the old row back.
    #[cache_put("user:{id}", ttl = "5m")]
    async fn rename(&self, id: i64, name: String) -> Result<User, Failed> {
        let update = "UPDATE users SET name = ?2 WHERE id = ?1";
        let given = name.clone();
        self.run(move |database| database.execute(update, (id, given))).await?;
        Ok(User { id, name })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let users = Users::open()?;

    let ada = users.create("Ada".to_owned()).await?;
    let found = users.by_id(ada.id).await?.map(|user| user.name);
    println!("created, and found without a query: {found:?}");
    assert_eq!((found.as_deref(), users.cache.stats().misses), (Some("Ada"), 0));

    users.rename(ada.id, "Grace".to_owned()).await?;
    let found = users.by_id(ada.id).await?.map(|user| user.name);
    println!("renamed, and found without a query: {found:?}");
    assert_eq!((found.as_deref(), users.cache.stats().misses), (Some("Grace"), 0));

    let refused = users.rename(ada.id, String::new()).await.is_err();
    let found = users.by_id(ada.id).await?.map(|user| user.name);
    println!("a change that the database refuses changes nothing: {found:?}");
    assert!(refused && found.as_deref() == Some("Grace"));

    users.cache.clear().await?;
    let found = users.by_id(ada.id).await?.map(|user| user.name);
    println!("the database has it too: {found:?}");
    assert_eq!((found.as_deref(), users.cache.stats().misses), (Some("Grace"), 1));
    Ok(())
}
