//! Invoice numbers without a gap and without a double, over SQLite. Run with: cargo run --example `invoice_numbers`
//!
//! Whoever takes the next number has the lock; and the database refuses who has lost it meanwhile and does not know yet. It
//! starts a Redis of its own; `tests/run servers` installs one.

use std::error::Error;
use std::path::Path;
use std::thread;
use std::time::Duration;

use larder::{Cache, Lock, Redis, Renewal};
use larder_test_support::{Kind, Server};
use rusqlite::Connection;

type Failure = Box<dyn Error + Send + Sync>;

const NODES: i64 = 4;
const EACH: i64 = 50;

const TABLES: &str = "
    create table numbering (last integer not null, fencing integer not null);
    insert into numbering values (0, 0);
    -- Nothing here keeps a number from being there twice.
    create table invoices (number integer not null, node integer not null);
";

/// A process of the service, or a thread here: a cache and a connection of its own.
struct Node {
    id: i64,
    lock: Lock,
    database: Connection,
}

impl Node {
    fn start(id: i64, url: &str, file: &Path) -> Result<Self, Failure> {
        let cache = Cache::builder("shop").redis(Redis::at(url)).build()?;
        let lock = cache.lock(("invoice-number", "acme")).ttl(Duration::from_secs(10)).wait(Duration::from_mins(1));
        let database = Connection::open(file)?;
        database.busy_timeout(Duration::from_secs(10))?;
        Ok(Self { id, lock, database })
    }

    /// Writes the next invoice, and gives its number.
    async fn invoice(&self) -> Result<i64, Failure> {
        let written = self.lock.with_lock(|fencing| async move {
            let number = self.last()? + 1;
            Ok::<_, Failure>(self.write(number, fencing)?.then_some(number))
        });
        written.await??.ok_or_else(|| "the lock was lost in the last moment".into())
    }

    fn last(&self) -> rusqlite::Result<i64> {
        self.database.query_row("select last from numbering", [], |row| row.get(0))
    }

    /// Writes an invoice, unless somebody with a larger token was here: whether it did.
    fn write(&self, number: i64, fencing: u64) -> Result<bool, Failure> {
        let fencing = i64::try_from(fencing)?;
        let transaction = self.database.unchecked_transaction()?;
        let update = "update numbering set last = ?1, fencing = ?2 where fencing <= ?2";
        if transaction.execute(update, (number, fencing))? == 0 {
            return Ok(false);
        }
        transaction.execute("insert into invoices values (?1, ?2)", (number, self.id))?;
        transaction.commit()?;
        Ok(true)
    }
}

fn run<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future)
}

/// All nodes at once.
fn invoices(url: &str, file: &Path) -> Result<(), Failure> {
    thread::scope(|scope| {
        let one = |id| {
            let node = Node::start(id, url, file)?;
            run(async {
                for _ in 0..EACH {
                    node.invoice().await?;
                }
                Ok(())
            })
        };
        let nodes: Vec<_> = (0..NODES).map(|id| scope.spawn(move || one(id))).collect();
        nodes.into_iter().try_for_each(|node| node.join().map_err(|_| "a node has panicked")?)
    })
}

/// One is stopped between its look at the lock and its write, for longer than the lock lasts without it.
async fn too_late(one: &Node, other: &Node) -> Result<(), Failure> {
    let lock = one.lock.clone().ttl(Duration::from_millis(200)).renewal(Renewal::ByHand);
    let guard = lock.acquire().await?;
    let number = one.last()? + 1;
    guard.lost().await;

    assert_eq!(other.invoice().await?, number);
    let written = one.write(number, guard.fencing_token())?;
    println!("number {number} was given to another meanwhile; who comes too late writes it: {written}");
    assert!(!written);
    Ok(())
}

fn main() -> Result<(), Failure> {
    let server = Server::start(Kind::Redis);
    let (url, file) = (server.url(), server.folder().join("invoices.sqlite"));
    Connection::open(&file)?.execute_batch(TABLES)?;

    invoices(&url, &file)?;
    run(async { too_late(&Node::start(0, &url, &file)?, &Node::start(1, &url, &file)?).await })?;

    let count = "select count(*), count(distinct number), min(number), max(number) from invoices";
    let all = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let (rows, numbers, first, last): (i64, i64, i64, i64) = Connection::open(&file)?.query_row(count, [], all)?;
    println!("{rows} invoices of {NODES} nodes have {numbers} numbers, from {first} to {last}");
    assert_eq!((rows, numbers, first, last), (NODES * EACH + 1, NODES * EACH + 1, 1, NODES * EACH + 1));
    Ok(())
}
