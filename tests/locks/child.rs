//! A process with a cache of its own: this program started anew, with orders in its environment.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child as Process, ChildStdout, Command, Stdio};
use std::time::Duration;
use std::{env, thread};

use larder::{Cache, Redis, Renewal};
use larder_test_support::{Client, Server};
use rusqlite::Connection;

use crate::processes::write_with_token;

const ORDERS: &str = "LARDER_LOCKS_CHILD";
/// A process that hears nothing of its end ends by itself.
const LONGEST: Duration = Duration::from_mins(2);

/// What a process is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Job {
    /// Holds the lock and writes under it, step by step, until it has lost it.
    Hold,
    /// Holds the lock and does nothing until it is killed.
    Sit,
    /// Acquires the lock again and again and looks whether it is alone.
    Enter,
    /// The same without renewal.
    EnterUnrenewed,
    /// Takes the next so many numbers under the lock.
    Number,
    /// The same without the lock.
    NumberUnlocked,
}

const JOBS: [(&str, Job); 6] = [
    ("hold", Job::Hold),
    ("sit", Job::Sit),
    ("enter", Job::Enter),
    ("enter-unrenewed", Job::EnterUnrenewed),
    ("number", Job::Number),
    ("number-unlocked", Job::NumberUnlocked),
];

/// A running process; dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Child {
    process: Process,
    said: BufReader<ChildStdout>,
}

impl Child {
    /// Starts one. The last of its orders is a count.
    pub(crate) fn start(job: Job, server: &Server, folder: &Path, count: u32) -> Self {
        let (name, _) = JOBS.iter().find(|(_, other)| *other == job).unwrap();
        let orders = format!("{name} {} {count} {}", server.port(), folder.display());
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["child::process", "--exact", "--nocapture", "--test-threads=1"]).env(ORDERS, orders);
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap());
        Self { process, said }
    }

    /// The next line that begins with `>`, without that.
    pub(crate) fn says(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.said.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            // The harness writes on the same line before.
            if let Some((_, said)) = line.split_once("> ") {
                return Some(said.trim().to_owned());
            }
        }
    }

    pub(crate) fn stop(&self) {
        self.signal("STOP");
    }

    pub(crate) fn go_on(&self) {
        self.signal("CONT");
    }

    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Waits for its end, which must be a good one.
    pub(crate) fn ends(mut self) {
        while self.says().is_some() {}
        assert!(self.process.wait().unwrap().success());
    }

    fn signal(&self, name: &str) {
        let kill = r#"kill -s "$1" "$2""#;
        let id = self.process.id().to_string();
        assert!(Command::new("sh").args(["-c", kill, "sh", name, &id]).status().unwrap().success());
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn cache(port: u16) -> Cache {
    let cache = Cache::builder("locks").budget(Duration::from_secs(5));
    cache.redis(Redis::at(format!("redis://127.0.0.1:{port}"))).build().unwrap()
}

/// Does nothing where this program was not started as a child.
#[test]
fn process() {
    let Ok(orders) = env::var(ORDERS) else { return };
    thread::spawn(|| {
        thread::sleep(LONGEST);
        std::process::exit(1);
    });
    let words: Vec<_> = orders.splitn(4, ' ').collect();
    let [job, port, count, folder] = words[..] else { panic!("no orders: {orders}") };
    let (_, job) = *JOBS.iter().find(|(name, _)| *name == job).unwrap();
    let (port, count) = (port.parse().unwrap(), count.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        match job {
            Job::Hold => hold(port).await,
            Job::Sit => sit(port).await,
            Job::Enter => enter(port, count, Renewal::Automatic).await,
            Job::EnterUnrenewed => enter(port, count, Renewal::ByHand).await,
            Job::Number => number(port, count, Path::new(folder), true).await,
            Job::NumberUnlocked => number(port, count, Path::new(folder), false).await,
        }
    });
}

/// How long the lock is held without renewal in these tests.
pub(crate) const TTL: Duration = Duration::from_millis(600);

async fn hold(port: u16) {
    let guard = cache(port).lock("resource").ttl(TTL).acquire().await.unwrap();
    let token = guard.fencing_token();
    let mut client = Client::connect(port).unwrap();
    println!("> holds {token}");
    let work = async {
        loop {
            write_with_token(&mut client, "child", token);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let error = guard.run::<std::pin::Pin<Box<dyn Future<Output = ()>>>>(Box::pin(work)).await.unwrap_err();
    assert!(error.is_not_held());
    println!("> lost");
}

async fn sit(port: u16) {
    let guard = cache(port).lock("resource").ttl(TTL).acquire().await.unwrap();
    println!("> holds {}", guard.fencing_token());
    guard.lost().await;
    println!("> lost");
}

/// Stays inside for longer than the ttl, so that it must be renewed.
async fn enter(port: u16, count: u32, renewal: Renewal) {
    let lock = cache(port).lock("resource").ttl(TTL / 4).wait(LONGEST).renewal(renewal);
    let mut client = Client::connect(port).unwrap();
    for round in 0..count {
        let guard = lock.acquire().await.unwrap();
        let inside = client.command(&["INCR", "inside"]).unwrap().int();
        client.command(&["RPUSH", "tokens", &guard.fencing_token().to_string()]).unwrap();
        tokio::time::sleep(if round % 2 == 0 { TTL / 2 } else { TTL / 100 }).await;
        let left = client.command(&["DECR", "inside"]).unwrap().int();
        if inside != 1 || left != 0 {
            client.command(&["INCR", "violations"]).unwrap();
        }
        if !guard.is_held() {
            client.command(&["INCR", "lost"]).unwrap();
        }
        drop(guard);
    }
}

/// The next number is one more than the largest. Nothing but the lock keeps two from taking the same.
async fn number(port: u16, count: u32, folder: &Path, is_locked: bool) {
    let lock = cache(port).lock("invoice-number").wait(LONGEST);
    let database = Connection::open(folder.join("invoices.db")).unwrap();
    database.busy_timeout(LONGEST).unwrap();
    let next = || {
        let largest: i64 =
            database.query_row("select coalesce(max(number), 0) from invoices", [], |row| row.get(0)).unwrap();
        database.execute("insert into invoices (number) values (?1)", [largest + 1]).unwrap();
    };
    for _ in 0..count {
        if is_locked {
            lock.with_lock(|_| async { next() }).await.unwrap();
        } else {
            next();
        }
    }
}
