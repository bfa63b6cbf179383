//! What is cached: a versioned source, kept by the test's process and asked over a socket by its nodes.
//!
//! It is sequentially consistent: every answer was decided at one moment between question and answer.

use std::cell::RefCell;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// How many keys there are: few, so that calls meet.
pub(crate) const KEYS: usize = 16;

const ORDER: Ordering = Ordering::SeqCst;

/// What the source holds, and what it knows of those who ask.
#[derive(Debug, Default)]
pub(crate) struct Source {
    versions: [AtomicU64; KEYS],
    /// The last version whose invalidation has returned, on whichever node.
    settled: [AtomicU64; KEYS],
    loading: [AtomicU64; KEYS],
    overlapped: AtomicU64,
    arrived: AtomicU64,
    finished: AtomicU64,
}

/// A question.
#[derive(Debug, Clone, Copy)]
enum Ask {
    Load,
    EndLoad,
    Write,
    Settle,
    Settled,
    FindLoading,
    Arrive,
    Arrived,
    Finish,
    Finished,
}

const ALL: [Ask; 10] = [
    Ask::Load,
    Ask::EndLoad,
    Ask::Write,
    Ask::Settle,
    Ask::Settled,
    Ask::FindLoading,
    Ask::Arrive,
    Ask::Arrived,
    Ask::Finish,
    Ask::Finished,
];

impl Source {
    /// Starts to answer; says on which port.
    pub(crate) fn serve(self: &Arc<Self>) -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let source = Arc::clone(self);
        // The threads end with the connections, and the first with the process.
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let source = Arc::clone(&source);
                thread::spawn(move || source.answer_all(stream));
            }
        });
        port
    }

    /// How many writes met a load of their key.
    pub(crate) fn overlapped(&self) -> u64 {
        self.overlapped.load(ORDER)
    }

    fn answer_all(&self, mut stream: TcpStream) {
        stream.set_nodelay(true).expect("it is a socket");
        let mut question = [0; 10];
        while stream.read_exact(&mut question).is_ok() {
            let [ask, key, value @ ..] = question;
            let answer = self.answer(ALL[usize::from(ask)], usize::from(key), u64::from_be_bytes(value));
            if stream.write_all(&answer.to_be_bytes()).is_err() {
                return;
            }
        }
    }

    fn answer(&self, ask: Ask, key: usize, value: u64) -> u64 {
        let is_loading = |key: usize| self.loading[key].load(ORDER) > 0;
        match ask {
            Ask::Load => {
                self.loading[key].fetch_add(1, ORDER);
                self.versions[key].load(ORDER)
            }
            Ask::EndLoad => self.loading[key].fetch_sub(1, ORDER),
            Ask::Write => {
                let version = self.versions[key].fetch_add(1, ORDER) + 1;
                self.overlapped.fetch_add(u64::from(is_loading(key)), ORDER);
                version
            }
            Ask::Settle => self.settled[key].fetch_max(value, ORDER),
            Ask::Settled => self.settled[key].load(ORDER),
            Ask::FindLoading => {
                let found = (key..key + KEYS).map(|key| key % KEYS).find(|key| is_loading(*key));
                found.map_or(u64::MAX, |key| key as u64)
            }
            Ask::Arrive => self.arrived.fetch_add(1, ORDER),
            Ask::Arrived => self.arrived.load(ORDER),
            Ask::Finish => self.finished.fetch_add(1, ORDER),
            Ask::Finished => self.finished.load(ORDER),
        }
    }
}

/// The source, as a node sees it. An answer takes a fraction of a millisecond, which the asking thread waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    port: u16,
}

thread_local! {
    static CONNECTION: RefCell<Option<TcpStream>> = const { RefCell::new(None) };
}

impl Client {
    pub(crate) fn new(port: u16) -> Self {
        Self { port }
    }

    /// Begins a load, and reads the version. Dropped, the load ends.
    pub(crate) fn load(self, key: usize) -> (u64, Loading) {
        (self.ask(Ask::Load, key, 0), Loading { source: self, key })
    }

    /// Raises the version.
    pub(crate) fn write(self, key: usize) -> u64 {
        self.ask(Ask::Write, key, 0)
    }

    /// An invalidation has returned.
    pub(crate) fn settle(self, key: usize, write: u64) {
        self.ask(Ask::Settle, key, write);
    }

    /// The last write whose invalidation has returned, wherever.
    pub(crate) fn settled(self, key: usize) -> u64 {
        self.ask(Ask::Settled, key, 0)
    }

    /// A key that is being loaded somewhere, if there is one; `first`, if it is.
    pub(crate) fn find_loading(self, first: usize) -> Option<usize> {
        usize::try_from(self.ask(Ask::FindLoading, first, 0)).ok().filter(|key| *key < KEYS)
    }

    /// This node is ready.
    pub(crate) fn arrive(self) {
        self.ask(Ask::Arrive, 0, 0);
    }

    /// How many nodes are ready.
    pub(crate) fn arrived(self) -> u64 {
        self.ask(Ask::Arrived, 0, 0)
    }

    /// This node writes no more.
    pub(crate) fn finish(self) {
        self.ask(Ask::Finish, 0, 0);
    }

    /// How many nodes write no more.
    pub(crate) fn finished(self) -> u64 {
        self.ask(Ask::Finished, 0, 0)
    }

    fn ask(self, ask: Ask, key: usize, value: u64) -> u64 {
        CONNECTION.with_borrow_mut(|connection| {
            let stream = connection.get_or_insert_with(|| {
                let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("the source is there");
                stream.set_nodelay(true).expect("it is a socket");
                stream
            });
            let mut question = [0; 10];
            question[0] = ask as u8;
            question[1] = u8::try_from(key).expect("there are few keys");
            question[2..].copy_from_slice(&value.to_be_bytes());
            stream.write_all(&question).expect("the source listens");
            let mut answer = [0; 8];
            stream.read_exact(&mut answer).expect("the source answers");
            u64::from_be_bytes(answer)
        })
    }
}

/// A load that runs.
#[derive(Debug)]
pub(crate) struct Loading {
    source: Client,
    key: usize,
}

impl Drop for Loading {
    fn drop(&mut self) {
        self.source.ask(Ask::EndLoad, self.key, 0);
    }
}
