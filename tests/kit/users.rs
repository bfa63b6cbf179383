//! A service with three annotated methods over a database, and its tests: what `docs/testing.md` shows.

use std::time::Duration;

use larder::testing::{Evicted, Fault, Kit, Point, assert_hit, assert_miss};
use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};
use parking_lot::Mutex;
use rusqlite::{Connection, Result};

#[derive(HasCache)]
struct Users {
    cache: Cache,
    db: Mutex<Connection>,
}

impl Users {
    #[cacheable("user:{id}", namespace = "users", ttl = "5m")]
    async fn name(&self, id: i64) -> Result<String> {
        self.db.lock().query_row("SELECT name FROM users WHERE id = ?1", [id], |row| row.get(0))
    }

    #[cache_put("user:{id}", namespace = "users", ttl = "5m")]
    async fn add(&self, id: i64, name: &str) -> Result<String> {
        self.db.lock().execute("INSERT INTO users VALUES (?1, ?2)", (id, name)).map(|_| name.to_owned())
    }

    #[cache_evict("user:{id}", namespace = "users")]
    async fn rename(&self, id: i64, name: &str) -> Result<usize> {
        self.db.lock().execute("UPDATE users SET name = ?2 WHERE id = ?1", (id, name))
    }
}

/// Each test has caches and a database of its own. User 7 is there, and not cached.
fn users() -> Result<(Kit, Users)> {
    let (kit, db) = (Kit::new(), Connection::open_in_memory()?);
    db.execute_batch("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO users VALUES (7, 'Ada')")?;
    let users = Users { cache: kit.cache(), db: Mutex::new(db) };
    Ok((kit, users))
}

#[tokio::test]
async fn a_name_is_cached_for_five_minutes() -> Result<()> {
    let (kit, users) = users()?;
    assert_eq!(assert_miss!(users.name(7))?, "Ada");
    assert_eq!(assert_hit!(users.name(7))?, "Ada");
    kit.advance(Duration::from_mins(5));
    assert_miss!(users.name(7))?;
    users.add(8, "Eve").await?;
    assert_hit!(users.name(8)).map(|name| assert_eq!(name, "Eve"))
}

#[tokio::test]
async fn renaming_evicts_the_name_and_nothing_else() -> Result<()> {
    let (kit, users) = users()?;
    users.name(7).await?;
    users.rename(7, "Lovelace").await?;
    assert_eq!(kit.evicted(), [Evicted::key("users", "user:7")]);
    assert_miss!(users.name(7)).map(|name| assert_eq!(name, "Lovelace"))
}

#[tokio::test]
async fn without_redis_names_come_from_the_database() -> Result<()> {
    let (kit, users) = users()?;
    kit.fault(Fault::Down);
    assert_eq!(assert_miss!(users.name(7))?, "Ada");
    users.rename(7, "Lovelace").await?;
    kit.heal();
    assert_miss!(users.name(7)).map(|name| assert_eq!(name, "Lovelace"))
}

#[tokio::test]
async fn a_load_that_a_rename_overtakes_is_not_kept() -> Result<()> {
    let (kit, users) = users()?;
    let held = kit.hold(Point::BeforeStore);
    let rename = async {
        held.reached().await; // the load has read "Ada"
        users.rename(7, "Lovelace").await.map(|_| held.release())
    };
    assert_eq!(tokio::try_join!(users.name(7), rename)?.0, "Ada");
    assert_miss!(users.name(7)).map(|name| assert_eq!(name, "Lovelace"))
}
