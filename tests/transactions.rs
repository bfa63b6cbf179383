//! `timing = after_commit` on a real SQLite database: two connections to one file, one of which is in a transaction while
//! the other reads what is committed.

use std::path::PathBuf;
use std::sync::{Arc, Barrier, Mutex, MutexGuard};
use std::thread;

use futures::executor::block_on;
use larder::{Cache, CommitScope, HasCache, cache_evict, cache_put, cacheable};
use rusqlite::{Connection, Transaction, params};

/// A database in a file of its own, which goes with it.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("larder-{}-{name}.db", std::process::id()));
        let file = Self(path);
        file.remove();
        let connection = file.open();
        connection
            .execute_batch(
                "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL); INSERT INTO users VALUES (7, 'old');",
            )
            .expect("the table is new");
        file
    }

    /// A connection whose readers see what is committed while another one writes.
    fn open(&self) -> Connection {
        let connection = Connection::open(&self.0).expect("the folder is there");
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;")
            .expect("the file can be written");
        connection.busy_timeout(std::time::Duration::from_secs(10)).expect("the connection is open");
        connection
    }

    fn remove(&self) {
        for end in ["", "-wal", "-shm"] {
            // There may be none.
            drop(std::fs::remove_file(format!("{}{end}", self.0.display())));
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.remove();
    }
}

/// The users as a service has them: reads outside of transactions have a connection of their own.
#[derive(HasCache)]
struct Users {
    cache: Cache,
    reader: Mutex<Connection>,
}

fn name(connection: &Connection, id: i64) -> rusqlite::Result<String> {
    connection.query_row("SELECT name FROM users WHERE id = ?1", [id], |row| row.get(0))
}

fn set_name(transaction: &Transaction<'_>, id: i64, name: &str) -> rusqlite::Result<()> {
    transaction.execute("UPDATE users SET name = ?2 WHERE id = ?1", params![id, name]).map(drop)
}

impl Users {
    fn new(file: &File) -> Self {
        Self { cache: Cache::in_process(), reader: Mutex::new(file.open()) }
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().expect("no reader panics")
    }

    /// What is committed.
    #[cacheable("user:{id}")]
    fn name(&self, id: i64) -> rusqlite::Result<String> {
        name(&self.reader(), id)
    }

    /// The same, in a transaction.
    #[cacheable("user:{id}", skip(transaction))]
    fn name_in(&self, transaction: &Transaction<'_>, id: i64) -> rusqlite::Result<String> {
        name(transaction, id)
    }

    #[cache_evict("user:{id}", timing = after_commit)]
    fn rename(&self, transaction: &Transaction<'_>, id: i64, name: &str) -> rusqlite::Result<()> {
        set_name(transaction, id, name)
    }

    #[cache_evict("user:{id}", timing = after_ok)]
    fn rename_too_early(&self, transaction: &Transaction<'_>, id: i64, name: &str) -> rusqlite::Result<()> {
        set_name(transaction, id, name)
    }

    #[cache_put("user:{id}")]
    fn put_name(&self, transaction: &Transaction<'_>, id: i64, name: &str) -> rusqlite::Result<String> {
        set_name(transaction, id, name)?;
        Ok(name.to_owned())
    }
}

/// In a scope, where nothing has to be waited for.
fn run<R>(scope: &CommitScope, run: impl FnOnce() -> R) -> R {
    block_on(scope.run(async { run() }))
}

fn commit(scope: CommitScope, transaction: Transaction<'_>) -> rusqlite::Result<()> {
    block_on(scope.commit(async { transaction.commit() }))
}

#[test]
fn after_the_commit_everybody_reads_the_new_row() {
    let file = File::new("commit");
    let (users, mut writer) = (Users::new(&file), file.open());
    assert_eq!(users.name(7).as_deref(), Ok("old"));

    let scope = CommitScope::new();
    let transaction = writer.transaction().expect("nobody else writes");
    run(&scope, || users.rename(&transaction, 7, "new")).expect("it can be written");
    assert_eq!(users.name(7).as_deref(), Ok("old"), "nothing is committed yet");
    commit(scope, transaction).expect("nobody else writes");
    assert_eq!(users.name(7).as_deref(), Ok("new"));
}

/// A reader comes between the write and the commit, and brings the old row back into the cache.
#[test]
fn an_eviction_before_the_commit_is_undone_by_the_next_reader_and_one_after_it_is_not() {
    let file = File::new("between");
    let (users, mut writer) = (Users::new(&file), file.open());

    let transaction = writer.transaction().expect("nobody else writes");
    users.rename_too_early(&transaction, 7, "second").expect("it can be written");
    assert_eq!(users.name(7).as_deref(), Ok("old"));
    transaction.commit().expect("nobody else writes");
    assert_eq!(users.name(7).as_deref(), Ok("old"), "with `after_ok` the old row stays");

    let scope = CommitScope::new();
    let transaction = writer.transaction().expect("nobody else writes");
    run(&scope, || users.rename(&transaction, 7, "third")).expect("it can be written");
    assert_eq!(users.name(7).as_deref(), Ok("old"));
    commit(scope, transaction).expect("nobody else writes");
    assert_eq!(users.name(7).as_deref(), Ok("third"));
}

#[test]
fn a_rollback_evicts_nothing_and_leaves_nothing_of_the_transaction() {
    let file = File::new("rollback");
    let (users, mut writer) = (Users::new(&file), file.open());
    assert_eq!(users.name(7).as_deref(), Ok("old"));

    let scope = CommitScope::new();
    let transaction = writer.transaction().expect("nobody else writes");
    run(&scope, || users.rename(&transaction, 7, "new")).expect("it can be written");
    let own = run(&scope, || users.name_in(&transaction, 7));
    assert_eq!(own.as_deref(), Ok("new"), "it reads its own write");
    run(&scope, || users.put_name(&transaction, 7, "newer")).expect("it can be written");
    drop(scope);
    transaction.rollback().expect("it is open");

    let hits = users.cache.stats().hits;
    assert_eq!(users.name(7).as_deref(), Ok("old"));
    assert_eq!((users.cache.stats().hits, users.cache.stats().invalidations), (hits + 1, 0));
}

#[test]
fn what_is_put_in_a_transaction_is_read_from_the_database_after_its_commit() {
    let file = File::new("put");
    let (users, mut writer) = (Users::new(&file), file.open());
    assert_eq!(users.name(7).as_deref(), Ok("old"));

    let scope = CommitScope::new();
    let transaction = writer.transaction().expect("nobody else writes");
    run(&scope, || users.put_name(&transaction, 7, "new")).expect("it can be written");
    assert_eq!(users.name(7).as_deref(), Ok("old"));
    commit(scope, transaction).expect("nobody else writes");
    let misses = users.cache.stats().misses;
    assert_eq!(users.name(7).as_deref(), Ok("new"));
    assert_eq!(users.cache.stats().misses, misses + 1);
}

/// The database refuses the commit because of a constraint that it looks at only then, and the transaction is rolled back.
#[test]
fn a_commit_that_the_database_refuses_leaves_what_is_committed() {
    let file = File::new("refused");
    let (users, mut writer) = (Users::new(&file), file.open());
    writer
        .execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TABLE friends (id INTEGER REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED);",
        )
        .expect("the table is new");
    assert_eq!(users.name(7).as_deref(), Ok("old"));

    let scope = CommitScope::new();
    let transaction = writer.transaction().expect("nobody else writes");
    run(&scope, || users.rename(&transaction, 7, "new")).expect("it can be written");
    transaction.execute("INSERT INTO friends VALUES (8)", []).expect("it is not looked at yet");
    assert!(commit(scope, transaction).is_err());
    assert_eq!(users.name(7).as_deref(), Ok("old"));
}

/// How often, after a commit, the cache had an older row than the database. Meanwhile others read without a pause.
fn stale_after_commits(file: &File, rename: impl Fn(&Users, &mut Connection, &str)) -> usize {
    const ROUNDS: usize = 300;
    let (users, mut writer) = (Arc::new(Users::new(file)), file.open());
    let (begin, end) = (Arc::new(Barrier::new(2)), Arc::new(std::sync::atomic::AtomicBool::new(false)));
    let reader = {
        let (users, begin, end) = (Arc::clone(&users), Arc::clone(&begin), Arc::clone(&end));
        thread::spawn(move || {
            begin.wait();
            while !end.load(std::sync::atomic::Ordering::SeqCst) {
                users.name(7).expect("it can be read");
            }
        })
    };
    begin.wait();
    let mut stale = 0;
    for round in 0..ROUNDS {
        let new = format!("name-{round}");
        rename(&users, &mut writer, &new);
        stale += usize::from(users.name(7).expect("it can be read") != new);
    }
    end.store(true, std::sync::atomic::Ordering::SeqCst);
    reader.join().expect("the reader does not panic");
    stale
}

#[test]
fn in_a_race_with_readers_only_an_eviction_after_the_commit_keeps_the_cache_true() {
    let file = File::new("race");
    let after_commit = stale_after_commits(&file, |users, writer, name| {
        let scope = CommitScope::new();
        let transaction = writer.transaction().expect("nobody else writes");
        run(&scope, || users.rename(&transaction, 7, name)).expect("it can be written");
        commit(scope, transaction).expect("nobody else writes");
    });
    assert_eq!(after_commit, 0);

    let after_ok = stale_after_commits(&file, |users, writer, name| {
        let transaction = writer.transaction().expect("nobody else writes");
        users.rename_too_early(&transaction, 7, name).expect("it can be written");
        thread::yield_now();
        transaction.commit().expect("nobody else writes");
    });
    assert!(after_ok > 0, "the race did not take place, so it shows nothing");
}
