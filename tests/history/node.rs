//! A node: a process with a cache of its own, which reads and writes at random and tells everything.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{env, thread};

use fastrand::Rng;
use larder::{Cache, Redis};
use larder_test_support::Client;
use parking_lot::Mutex;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::clock::Moment;
use crate::items::{Items, Wish, name_on_server};
use crate::record::{Counts, Read, Record, Way, Write};
use crate::source::{KEYS, Source, hot_key};
use crate::variant::{NAME, Variant};

/// What a node is told, as words; set where this program runs as a node.
const ORDERS: &str = "LARDER_HISTORY_NODE";

/// So many that loads of a key meet, and none waits long for its turn.
const READERS: u64 = 12;
const WRITERS: u64 = 2;
/// What a reader reads at once, and how long it rests then: the processors are there for others too.
const READS: usize = 4;
const REST: Duration = Duration::from_millis(15);
/// How often what was recorded is told, and undelivered writes are looked after.
const TELLING: Duration = Duration::from_millis(5);
/// How long a node waits at its end for what is undelivered.
const LAST_DELIVERIES: Duration = Duration::from_secs(3);

/// What a node is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Orders {
    pub(crate) id: u8,
    /// Where it tells what it has done.
    pub(crate) listener: u16,
    /// Where it finds the server, past whom it does what the library should.
    pub(crate) proxy: u16,
    pub(crate) server: u16,
    pub(crate) source: u16,
    pub(crate) variant: Variant,
    pub(crate) seed: u64,
}

impl Orders {
    /// As a process is given them: a variable of its environment.
    pub(crate) fn to_variable(self) -> (&'static str, String) {
        let Self { id, listener, proxy, server, source, variant, seed } = self;
        (ORDERS, format!("{id} {listener} {proxy} {server} {source} {} {seed}", variant as u8))
    }

    /// Those that this process was given, if it was started as a node.
    fn given() -> Option<Self> {
        let orders = env::var(ORDERS).ok()?;
        let mut numbers = orders.split(' ').map(|word| word.parse::<u64>().expect("it is a number"));
        let mut next = || numbers.next().expect("they are complete");
        let port = |number: u64| u16::try_from(number).expect("it is a port");
        Some(Self {
            id: u8::try_from(next()).expect("there are few nodes"),
            listener: port(next()),
            proxy: port(next()),
            server: port(next()),
            source: port(next()),
            variant: Variant::ALL[usize::try_from(next()).expect("it is small")],
            seed: next(),
        })
    }
}

/// Runs as a node, if this process has been started as one.
pub(crate) fn run_if_started_as_one() {
    let Some(orders) = Orders::given() else { return };
    let wire = TcpStream::connect((Ipv4Addr::LOCALHOST, orders.listener)).expect("somebody listens");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("there are threads").block_on(run(orders, wire));
}

/// Reads and writes until whoever listens says no more, or is gone.
async fn run(orders: Orders, wire: TcpStream) {
    let server = Redis::at(format!("redis://127.0.0.1:{}", orders.proxy));
    let builder = Cache::builder(NAME).redis(server).max_staleness(orders.variant.staleness());
    let builder = if orders.variant == Variant::Unfenced { builder.without_fence() } else { builder };
    let cache = builder.build().expect("the settings are valid");
    while cache.ready().await.is_err() || !cache.stats().coherence.is_following {
        sleep(TELLING).await;
    }
    let node = Arc::new(Node {
        orders,
        items: Items::new(cache, Source { port: orders.source }),
        untold: Mutex::new(Record::Ready.encode().to_vec()),
        undelivered: Mutex::default(),
        is_over: AtomicBool::new(false),
        is_quiet: AtomicBool::new(false),
        past: Mutex::default(),
    });
    node.end_with(wire.try_clone().expect("it is a socket"));
    let teller = tokio::spawn(Arc::clone(&node).keep_telling(wire));
    let mut tasks = JoinSet::new();
    for at in 0..READERS {
        tasks.spawn(Arc::clone(&node).keep_reading(orders.rng(at)));
    }
    for at in 0..WRITERS {
        tasks.spawn(Arc::clone(&node).keep_writing(orders.rng(READERS + at)));
    }
    tasks.join_all().await;
    let counted = node.items.cache.stats().coherence;
    node.record(Record::End(Counts { messages: counted.messages, gaps: counted.gaps, losses: counted.losses }));
    node.is_quiet.store(true, Ordering::SeqCst);
    teller.await.expect("it has told everything");
}

impl Orders {
    /// What a task draws from. Its wishes are the seed's; the time that they take is nobody's.
    fn rng(&self, task: u64) -> Rng {
        Rng::with_seed(self.seed.wrapping_add(u64::from(self.id) << 32 | task))
    }
}

struct Node {
    orders: Orders,
    items: Items,
    untold: Mutex<Vec<u8>>,
    /// Writes that have returned while something was undelivered.
    undelivered: Mutex<Vec<Write>>,
    is_over: AtomicBool,
    /// Whether nothing more will be recorded.
    is_quiet: AtomicBool,
    /// The way to the server past the library.
    past: Mutex<Option<Client>>,
}

impl Node {
    /// Ends when whoever listens hangs up: they never say anything.
    fn end_with(self: &Arc<Self>, mut wire: TcpStream) {
        let node = Arc::clone(self);
        thread::spawn(move || {
            let _ = wire.read(&mut [0]);
            node.is_over.store(true, Ordering::SeqCst);
        });
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    fn record(&self, record: Record) {
        self.untold.lock().extend(record.encode());
    }

    async fn keep_telling(self: Arc<Self>, mut wire: TcpStream) {
        let mut limit = None;
        loop {
            let is_quiet = self.is_quiet.load(Ordering::SeqCst);
            if is_quiet && limit.is_none() {
                limit = Some(Moment::now().plus(LAST_DELIVERIES));
            }
            self.look_after_undelivered(limit.is_some_and(|limit| limit < Moment::now()));
            let untold = std::mem::take(&mut *self.untold.lock());
            let is_told = wire.write_all(&untold).is_ok();
            if !is_told || is_quiet && self.undelivered.lock().is_empty() {
                return;
            }
            sleep(TELLING).await;
        }
    }

    /// Writes that waited count from now on, where nothing is undelivered: those were taken first.
    fn look_after_undelivered(&self, is_late: bool) {
        let waiting = std::mem::take(&mut *self.undelivered.lock());
        if waiting.is_empty() {
            return;
        }
        let delivered = match self.items.cache.stats().undelivered {
            0 => Moment::now(),
            _ if is_late => Moment::NEVER,
            _ => return self.undelivered.lock().extend(waiting),
        };
        for write in waiting {
            self.record(Record::Write(Write { delivered, ..write }));
        }
    }

    async fn keep_reading(self: Arc<Self>, mut rng: Rng) {
        while !self.is_over() {
            for _ in 0..READS {
                let key = if rng.bool() { hot_key(&mut rng) } else { rng.u8(..KEYS) };
                let wish = match rng.u8(..100) {
                    0..=14 => Wish::WithoutMemory,
                    15 => Wish::Fresh,
                    _ => Wish::Usual,
                };
                if rng.u8(..64) == 0 {
                    // Given up somewhere on its way.
                    let _ = timeout(Duration::from_micros(rng.u64(..3_000)), self.items.read(key, wish)).await;
                } else {
                    self.read(key, wish).await;
                }
            }
            sleep(REST).await;
        }
    }

    async fn read(&self, key: u8, wish: Wish) {
        let start = Moment::now();
        let (item, answered) = self.items.read(key, wish).await;
        let end = Moment::now();
        let (node, version) = (self.orders.id, item.version);
        self.record(Record::Read(Read { node, key, version, answered, start, end }));
    }

    /// Writes in bursts: those after the first meet the loads that it has caused, here and on other nodes.
    async fn keep_writing(self: Arc<Self>, mut rng: Rng) {
        while !self.is_over() {
            let mut key = if rng.u8(..3) > 0 { hot_key(&mut rng) } else { rng.u8(..KEYS) };
            for _ in 0..rng.u8(1..4) {
                key = self.items.find_loading(key).unwrap_or(key);
                let way = way(&mut rng);
                if rng.u8(..32) == 0 {
                    // Given up: it promises nothing, but whatever it has begun must not harm.
                    let _ = timeout(Duration::from_micros(rng.u64(..3_000)), self.items.write_by(way, key)).await;
                } else {
                    self.write(key, way).await;
                }
                let wish = if rng.bool() { Wish::Usual } else { Wish::WithoutMemory };
                self.read(key, wish).await;
                sleep(Duration::from_millis(rng.u64(..4))).await;
            }
            sleep(Duration::from_millis(rng.u64(5..80))).await;
        }
    }

    async fn write(&self, key: u8, way: Way) {
        let start = Moment::now();
        let version = match self.orders.variant {
            Variant::Unlink => self.unlink(key),
            _ => self.items.write_by(way, key).await,
        };
        let returned = Moment::now();
        let write = Write { node: self.orders.id, key, version, way, start, returned, delivered: Moment::NEVER };
        // What a write could not deliver is counted as undelivered before it returns.
        if self.items.cache.stats().undelivered == 0 {
            self.record(Record::Write(Write { delivered: Moment::now(), ..write }));
        } else {
            self.undelivered.lock().push(write);
        }
    }

    /// What a cache does that knows of nothing but entries: write, then remove.
    fn unlink(&self, key: u8) -> u32 {
        let version = self.items.source.write(key);
        let mut past = self.past.lock();
        let client = past.get_or_insert_with(|| Client::connect(self.orders.server).expect("the server is there"));
        client.command(&["UNLINK", &name_on_server(NAME, key)]).expect("the server answers");
        version
    }
}

/// The narrow ways come more often: after a wide one everything is loaded anew, and nothing is old enough to be behind.
fn way(rng: &mut Rng) -> Way {
    match rng.u8(..200) {
        0..=39 => Way::Key,
        40..=59 => Way::RemoveByHand,
        60..=94 => Way::Put,
        95..=109 => Way::PutByHand,
        110..=144 => Way::PutByResult,
        145..=164 => Way::Tag,
        165..=176 => Way::TagByHand,
        177..=194 => Way::Pattern,
        195..=197 => Way::All,
        198 => Way::AllAbove,
        199.. => Way::Clear,
    }
}
