//! A node: a process that reads and writes through two caches on the same server and name, one with a memory.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use std::{env, io, process, thread};

use larder::{Cache, Redis};
use tokio::task::{JoinSet, yield_now};
use tokio::time::{sleep, timeout};

use crate::Variant;
use crate::items::{Items, Promise};
use crate::report::Report;
use crate::source::{Client, KEYS};

/// Where the server is; set where this program runs as a node.
pub(crate) const SERVER: &str = "LARDER_RACE_SERVER";
/// The port of the source.
pub(crate) const SOURCE: &str = "LARDER_RACE_SOURCE";
/// How many processes there are.
pub(crate) const NODES: u64 = 2;
/// The name that all caches share.
pub(crate) const NAME: &str = "race";

const READERS: usize = 4;
const READERS_WITHOUT_MEMORY: usize = 4;
const WRITERS: usize = 3;
const WRITES_PER_ROUND: usize = 3;
/// Reads in memory between two rounds of a writer.
const READS_PER_ROUND: u64 = 300;
/// Long enough that a machine with much to do is not taken for a server that fails.
const BUDGET: Duration = Duration::from_secs(5);

/// Runs as a node, if this process has been started as one.
pub(crate) fn is_one(variant: &Variant) -> bool {
    let (Ok(server), Ok(port)) = (env::var(SERVER), env::var(SOURCE)) else { return false };
    // Nobody writes there: it ends with the process that started this one.
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(1);
    });
    let source = Client::new(port.parse().expect("it is a port"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build();
    runtime.expect("there are threads").block_on(run(&server, source, variant)).print();
    true
}

struct Node {
    with_memory: Items,
    without: Items,
    source: Client,
    rounds: usize,
    /// How many reads in memory the writers wait for.
    wanted: AtomicU64,
    done: AtomicBool,
}

async fn run(server: &str, source: Client, variant: &Variant) -> Report {
    let cache = |l1_ttl: Option<Duration>| {
        let mut builder = Cache::builder(NAME).budget(BUDGET).redis(Redis::at(server));
        if let Some(ttl) = l1_ttl {
            builder = builder.l1_ttl(ttl);
        }
        if variant.is_mutant {
            builder = builder.without_fence();
        }
        builder.build().expect("the settings are valid")
    };
    let node = Arc::new(Node {
        with_memory: Items::new(cache(None), source, Promise::Own),
        without: Items::new(cache(Some(Duration::ZERO)), source, Promise::All),
        source,
        rounds: variant.rounds,
        wanted: AtomicU64::new(0),
        done: AtomicBool::new(false),
    });
    node.with_memory.cache.ready().await.expect("the server is there");
    node.without.cache.ready().await.expect("the server is there");
    node.source.arrive();
    while node.source.arrived() < NODES {
        sleep(Duration::from_millis(1)).await;
    }
    let (mut readers, mut writers) = (JoinSet::new(), JoinSet::new());
    for _ in 0..READERS {
        let node = Arc::clone(&node);
        readers.spawn(async move { node.keep_reading().await });
    }
    for _ in 0..READERS_WITHOUT_MEMORY {
        let node = Arc::clone(&node);
        readers.spawn(async move { node.keep_reading_without_memory().await });
    }
    for _ in 0..WRITERS {
        let node = Arc::clone(&node);
        writers.spawn(async move { node.keep_writing().await });
    }
    writers.join_all().await;
    source.finish();
    while source.finished() < NODES {
        sleep(Duration::from_millis(1)).await;
    }
    node.done.store(true, Ordering::SeqCst);
    readers.join_all().await;
    Report::of(&node.with_memory, &node.without)
}

impl Node {
    fn is_done(&self) -> bool {
        self.done.load(Ordering::SeqCst)
    }

    fn reads(&self) -> u64 {
        self.with_memory.reads.load(Ordering::SeqCst)
    }

    async fn keep_reading(&self) {
        while !self.is_done() {
            for _ in 0..64 {
                read(&self.with_memory).await;
            }
            // When no writer waits for reads, the processor is left to the others.
            if self.reads() > self.wanted.load(Ordering::SeqCst) {
                sleep(Duration::from_millis(1)).await;
            }
            yield_now().await;
        }
    }

    async fn keep_reading_without_memory(&self) {
        while !self.is_done() {
            read(&self.without).await;
            yield_now().await;
        }
    }

    /// Each round has several writes. Those after the first meet the loads that it has caused.
    async fn keep_writing(&self) {
        for _ in 0..self.rounds {
            let until = self.reads() + READS_PER_ROUND;
            self.wanted.fetch_max(until, Ordering::SeqCst);
            self.write().await;
            for _ in 1..WRITES_PER_ROUND {
                while self.reads() < until && self.source.find_loading(0).is_none() {
                    yield_now().await;
                }
                self.write().await;
            }
            while self.reads() < until {
                sleep(Duration::from_millis(1)).await;
            }
        }
    }

    /// Writes somewhere, a key that is being loaded if there is one, and reads what was written at once.
    async fn write(&self) {
        let first = fastrand::usize(..KEYS);
        let key = self.source.find_loading(first).unwrap_or(first);
        let items = if fastrand::bool() { &self.with_memory } else { &self.without };
        if fastrand::u8(..32) == 0 {
            // Given up somewhere on its way: what it promises is kept by the next one.
            let _ = timeout(Duration::from_micros(fastrand::u64(..2_000)), items.write(key)).await;
            return;
        }
        items.write(key).await;
        items.read(key).await;
    }
}

/// Reads one key, the first ones more often; now and then the call is given up on its way.
async fn read(items: &Items) {
    let key = fastrand::usize(..KEYS).min(fastrand::usize(..KEYS));
    let read = items.read(key);
    if fastrand::u8(..64) == 0 {
        let _ = timeout(Duration::from_micros(fastrand::u64(..2_000)), read).await;
    } else {
        read.await;
    }
}
