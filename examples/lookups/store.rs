//! The database: one connection, used on blocking threads, and nothing about caching.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use crate::error::AppError;
use crate::seed;

/// A row of the table. The code is upper case, the region lower case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Country {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) currency: String,
}

/// What a country is changed to.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Change {
    pub(crate) name: String,
    pub(crate) currency: String,
    pub(crate) region: String,
}

/// A country after a change, and the region it was in before, as one transaction saw them.
#[derive(Debug)]
pub(crate) struct Replaced {
    pub(crate) country: Country,
    pub(crate) old_region: String,
}

/// The table of countries.
pub(crate) struct Store {
    connection: Arc<Mutex<Connection>>,
    statements: Arc<AtomicU64>,
}

impl Store {
    /// Opens the file, fills it where it is new, and counts statements from then on.
    pub(crate) fn open(path: &Path) -> Result<Self, AppError> {
        let mut connection = Connection::open(path)?;
        seed::fill(&mut connection)?;
        let statements = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&statements);
        let count = move |event: TraceEvent<'_>| {
            if let TraceEvent::Stmt(..) = event {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        };
        connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(count))?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), statements })
    }

    /// How many statements `SQLite` has begun, `BEGIN` and `COMMIT` included.
    pub(crate) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    pub(crate) async fn country(&self, code: String) -> Result<Option<Country>, AppError> {
        self.run(move |connection| {
            let mut select =
                connection.prepare_cached("SELECT code, name, region, currency FROM countries WHERE code = ?1")?;
            select.query_row([code], country).optional()
        })
        .await
    }

    pub(crate) async fn region(&self, region: String) -> Result<Vec<Country>, AppError> {
        self.run(move |connection| {
            let mut select = connection
                .prepare_cached("SELECT code, name, region, currency FROM countries WHERE region = ?1 ORDER BY code")?;
            select.query_map([region], country)?.collect()
        })
        .await
    }

    /// Changes a country; `None` where there is none of this code.
    pub(crate) async fn replace(&self, code: String, change: Change) -> Result<Option<Replaced>, AppError> {
        self.run(move |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let old_region = transaction
                .query_row("SELECT region FROM countries WHERE code = ?1", [&code], |row| row.get(0))
                .optional()?;
            let Some(old_region) = old_region else { return Ok(None) };
            let Change { name, currency, region } = change;
            transaction.execute(
                "UPDATE countries SET name = ?2, region = ?3, currency = ?4 WHERE code = ?1",
                params![code, name, region, currency],
            )?;
            transaction.commit()?;
            Ok(Some(Replaced { country: Country { code, name, region, currency }, old_region }))
        })
        .await
    }

    /// Deletes a country and returns what it was; `None` where there is none of this code.
    pub(crate) async fn delete(&self, code: String) -> Result<Option<Country>, AppError> {
        self.run(move |connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let deleted = transaction
                .query_row(
                    "DELETE FROM countries WHERE code = ?1 RETURNING code, name, region, currency",
                    [code],
                    country,
                )
                .optional()?;
            transaction.commit()?;
            Ok(deleted)
        })
        .await
    }

    /// Runs `work` on the connection, away from the threads that serve requests. A transaction that it leaves open, by
    /// an error or a panic, is rolled back.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, AppError> {
        let connection = Arc::clone(&self.connection);
        let work = move || work(&mut connection.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(tokio::task::spawn_blocking(work).await??)
    }
}

fn country(row: &Row<'_>) -> rusqlite::Result<Country> {
    Ok(Country { code: row.get(0)?, name: row.get(1)?, region: row.get(2)?, currency: row.get(3)? })
}
