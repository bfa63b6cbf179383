//! [`Store`]: the operations on entries, each a command that is built here and run on the adapter's thread.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use cache_core::port::{
    Acquire, Acquired, Background, Evict, Evicted, Expire, Fill, Filled, Heard, Inspected, Moved, Read, Release,
    RemoteStore, Rename, Renamed, Scanned, Set, Setup, Snapshot, Stamp, Stopwatch, Subscription, Take, Taken, Task,
};
use cache_core::{Error, ErrorKind};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::client::{Address, Channel, Command};
#[cfg(feature = "redis-client")]
use crate::handed::Opened;
use crate::handshake::Handshake;
use crate::link::{Link, Purpose};
use crate::names::{Names, Shards};
use crate::reply::{self, Reply};
use crate::runtime::Runtime;
use crate::scripts;
use crate::settings::Redis;
use crate::sheet::Sheet;

/// So many names a step of a walk looks at; the server serves nobody else meanwhile.
pub(crate) const SCAN: u64 = 1000;

/// A server, as the engine sees it.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) names: Arc<Names>,
    /// What users have set.
    origin: Redis,
    address: Address,
    budget: Duration,
    link: Link,
    /// Of the poll, which nothing may hold up. Made with the first one.
    poll: OnceLock<Link>,
    /// Connections that may be made beside the usual ones; `None`: as many as are asked for.
    spare: Option<Arc<Semaphore>>,
    runtime: Runtime,
}

impl Store {
    /// Starts the thread, which begins to connect.
    pub(crate) fn open(mut origin: Redis, setup: &Setup) -> Result<Self, Error> {
        let (address, bounds) = (origin.checked()?, origin.bounds);
        // Let go of as soon as calls do not travel on it any more.
        let handed = origin.handed.take();
        let names = Names::new(&setup.prefix, Shards::ONE, address.database())?;
        let runtime = Runtime::start()?;
        let handshake = Handshake { names: names.clone(), limit: setup.budget, warned: AtomicBool::new(false) };
        let (link, keep) = Link::new(address.clone(), handed, bounds, handshake, Purpose::Calls);
        runtime.tasks().spawn(keep);
        let (names, budget, poll) = (Arc::new(names), setup.budget, OnceLock::new());
        let spare = bounds.spare_connections().map(|count| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS))));
        Ok(Self { names, origin, address, budget, link, poll, spare, runtime })
    }

    /// What users have set.
    #[cfg(not(feature = "redis-client"))]
    pub(crate) fn origin(&self) -> Redis {
        self.origin.clone()
    }

    /// What users have set, with the way to the server.
    #[cfg(feature = "redis-client")]
    pub(crate) fn origin(&self) -> Redis {
        let opened = Opened { link: self.link.clone(), tasks: self.runtime.tasks().clone(), budget: self.budget };
        Redis { opened: Some(opened), ..self.origin.clone() }
    }

    fn poll_link(&self) -> Link {
        let begin = || {
            let names = (*self.names).clone();
            // The calls' own link warns.
            let handshake = Handshake { names, limit: self.budget, warned: AtomicBool::new(true) };
            let (link, keep) = Link::new(self.address.clone(), None, self.origin.bounds, handshake, Purpose::Poll);
            self.runtime.tasks().spawn(keep);
            link
        };
        self.poll.get_or_init(begin).clone()
    }

    /// Hears what is said on a channel, on a connection that does nothing else.
    async fn listen(&self, channel: Vec<u8>, within: Duration) -> Result<Channel, Error> {
        let (address, within) = (self.address.clone(), self.origin.bounds.connecting_within(within));
        let opened = async move { Channel::open(&address, &channel, within).await.map_err(|failure| failure.error) };
        self.runtime.tasks().run(opened).await
    }

    /// The same where whoever asks can go without: an error where there may be no more connections.
    pub(crate) async fn listen_too(&self, channel: Vec<u8>, within: Duration) -> Result<Box<dyn Subscription>, Error> {
        let place = self.spare.as_ref().map(|spare| Arc::clone(spare).try_acquire_owned()).transpose();
        let place = place.map_err(|_| {
            Error::new(ErrorKind::Unavailable, "`max_connections` leaves no connection to listen on: raise it")
        })?;
        Ok(Box::new(Placed { channel: self.listen(channel, within).await?, _place: place }))
    }

    /// Sends a command and decodes its reply, all within the limit, which counts from `called`.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        command: Command,
        called: Stopwatch,
        within: Duration,
        mut decode: impl FnMut(Reply) -> Option<T> + Send + 'static,
    ) -> Result<T, Error> {
        let mut answers = self.run_all(vec![command], called, within, move |_, reply, _| decode(reply)).await;
        answers.pop().unwrap_or_else(|| Err(unanswered()))
    }

    /// The same for many commands, which travel together. `decode` is given a reply's place among them, and the server's
    /// time when the replies were there.
    async fn run_all<T: Send + 'static>(
        &self,
        commands: Vec<Command>,
        called: Stopwatch,
        within: Duration,
        mut decode: impl FnMut(usize, Reply, u64) -> Option<T> + Send + 'static,
    ) -> Vec<Result<T, Error>> {
        let (link, count) = (self.link.clone(), commands.len());
        let left = move || within.saturating_sub(called.elapsed());
        let task = async move {
            let live = link.live(left()).await?;
            Ok(live.send_all(&commands, left(), |at, reply| decode(at, reply, live.server_now())).await)
        };
        self.runtime.tasks().run(task).await.unwrap_or_else(|error| failed(&error, count))
    }
}

/// A channel with its place among the connections that there may be.
struct Placed {
    channel: Channel,
    _place: Option<OwnedSemaphorePermit>,
}

#[async_trait]
impl Subscription for Placed {
    async fn next(&mut self) -> Result<Vec<u8>, Error> {
        self.channel.next().await.map_err(|failure| failure.error)
    }
}

#[async_trait]
impl Subscription for Channel {
    async fn next(&mut self) -> Result<Vec<u8>, Error> {
        Self::next(self).await.map_err(|failure| failure.error)
    }
}

fn unanswered() -> Error {
    Error::new(ErrorKind::Server, "a command was left without an answer")
}

/// How many of many go in each command.
fn lengths<T>(many: &[T]) -> Vec<usize> {
    many.chunks(scripts::KEYS).map(<[_]>::len).collect()
}

/// The answer to each question, where so many went in each command.
fn spread<T>(answers: Vec<Result<Vec<T>, Error>>, lengths: Vec<usize>) -> Vec<Result<T, Error>> {
    let each = |(answer, length): (Result<Vec<T>, Error>, usize)| match answer {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        Err(error) => failed(&error, length),
    };
    answers.into_iter().zip(lengths).flat_map(each).collect()
}

/// The answer to each of many questions that none could be asked of.
fn failed<T>(error: &Error, count: usize) -> Vec<Result<T, Error>> {
    (0..count).map(|_| Err(error.clone())).collect()
}

#[async_trait]
impl RemoteStore for Store {
    async fn read_many(&self, reads: &[Read<'_>], within: Duration) -> Vec<Result<Snapshot, Error>> {
        let called = Stopwatch::start();
        let sheets: Vec<_> = reads.chunks(scripts::KEYS).map(|reads| Sheet::new(&self.names, reads)).collect();
        let commands = sheets.iter().map(Sheet::command).collect();
        let decode = move |at: usize, reply, server_now| sheets[at].snapshots(reply, server_now);
        spread(self.run_all(commands, called, within, decode).await, lengths(reads))
    }

    async fn acquire_many(&self, acquires: &[Acquire<'_>], within: Duration) -> Vec<Result<Acquired, Error>> {
        let called = Stopwatch::start();
        let ids: Vec<_> = acquires.iter().map(|acquire| acquire.id).collect();
        let commands: Result<_, _> = acquires.iter().map(|acquire| scripts::acquire(&self.names, acquire)).collect();
        match commands {
            Ok(commands) => {
                self.run_all(commands, called, within, move |at, reply, _| reply::acquired(reply, ids[at])).await
            }
            Err(error) => failed(&error, acquires.len()),
        }
    }

    async fn fill_many(&self, fills: &[Fill<'_>], within: Duration) -> Vec<Result<Filled, Error>> {
        let called = Stopwatch::start();
        let commands: Result<_, _> = fills.iter().map(|fill| scripts::fill(&self.names, fill)).collect();
        match commands {
            Ok(commands) => self.run_all(commands, called, within, |_, reply, _| reply::filled(reply)).await,
            Err(error) => failed(&error, fills.len()),
        }
    }

    async fn release_many(&self, releases: &[Release<'_>], within: Duration) -> Result<(), Error> {
        let called = Stopwatch::start();
        let commands = scripts::release(&self.names, releases);
        let answers = self.run_all(commands, called, within, |_, reply, _| reply.int().map(drop)).await;
        answers.into_iter().collect()
    }

    async fn set_many(&self, sets: &[Set<'_>], within: Duration) -> Vec<Result<Filled, Error>> {
        let called = Stopwatch::start();
        let commands: Result<_, _> = sets.iter().map(|set| scripts::set(&self.names, set)).collect();
        match commands {
            Ok(commands) => self.run_all(commands, called, within, |_, reply, _| reply::filled(reply)).await,
            Err(error) => failed(&error, sets.len()),
        }
    }

    async fn inspect_many(&self, keys: &[&[u8]], within: Duration) -> Vec<Result<Option<Inspected>, Error>> {
        let called = Stopwatch::start();
        let lengths = lengths(keys);
        let asked = lengths.clone();
        let decode = move |at: usize, reply, _| reply::inspected(reply, asked[at]);
        let answers = self.run_all(scripts::inspect(&self.names, keys), called, within, decode).await;
        spread(answers, lengths)
    }

    async fn touch(&self, key: &[u8], within: Duration) -> Result<Option<Duration>, Error> {
        let called = Stopwatch::start();
        let command = scripts::touch(&self.names, key);
        let left = self.run(command, called, within, |reply| reply.int()).await?;
        Ok((left > 0).then(|| Duration::from_millis(left)))
    }

    async fn evict(&self, evict: Evict<'_>, within: Duration) -> Result<Evicted, Error> {
        let called = Stopwatch::start();
        let commands = scripts::evict(&self.names, &evict)?;
        let judged: Vec<_> = lengths(evict.keys).into_iter().filter(|_| evict.judges).collect();
        let decode = move |at, reply, _| reply::evicted(reply, judged.get(at).copied().unwrap_or_default());
        let mut all: Option<Evicted> = None;
        for piece in self.run_all(commands, called, within, decode).await {
            let (piece, before) = (piece?, all.take());
            let (removed, mut valid) = before.map(|before| (before.removed, before.valid)).unwrap_or_default();
            valid.extend(piece.valid);
            all = Some(Evicted { stamp: piece.stamp, removed: removed + piece.removed, valid });
        }
        all.ok_or_else(unanswered)
    }

    async fn take(&self, take: Take<'_>, within: Duration) -> Result<Taken, Error> {
        let called = Stopwatch::start();
        self.run(scripts::take(&self.names, &take), called, within, reply::taken).await
    }

    async fn expire(&self, expire: Expire<'_>, within: Duration) -> Result<Moved, Error> {
        let called = Stopwatch::start();
        self.run(scripts::expire(&self.names, &expire), called, within, reply::moved).await
    }

    async fn rename(&self, rename: Rename<'_>, within: Duration) -> Result<Renamed, Error> {
        let called = Stopwatch::start();
        self.run(scripts::rename(&self.names, &rename), called, within, reply::renamed).await
    }

    async fn renew(&self, message: &[u8], within: Duration) -> Result<Stamp, Error> {
        let called = Stopwatch::start();
        self.run(scripts::renew(&self.names, message)?, called, within, reply::stamp).await
    }

    async fn scan(&self, head: &[u8], cursor: u64, within: Duration) -> Result<Scanned, Error> {
        let called = Stopwatch::start();
        let names = Arc::clone(&self.names);
        let command = Command::new("SCAN").number(cursor).arg(b"MATCH").arg(&names.pattern(head));
        let command = command.arg(b"COUNT").number(SCAN);
        self.run(command, called, within, move |reply| reply::scanned(reply, &names)).await
    }

    async fn stamp(&self, within: Duration) -> Result<Stamp, Error> {
        let called = Stopwatch::start();
        let command = scripts::stamp(&self.names)?;
        self.run(command, called, within, reply::stamp).await
    }

    async fn poll(&self, within: Duration) -> Result<Heard, Error> {
        let called = Stopwatch::start();
        let (command, link) = (scripts::poll(&self.names)?, self.poll_link());
        let left = move || within.saturating_sub(called.elapsed());
        self.runtime
            .tasks()
            .run(async move { link.live(left()).await?.send(&command, left(), reply::heard).await })
            .await
    }

    async fn close(&self) {
        self.runtime.end().await;
    }

    async fn subscribe(&self, within: Duration) -> Result<Box<dyn Subscription>, Error> {
        Ok(Box::new(self.listen(self.names.channel(), within).await?))
    }
}

impl Background for Store {
    fn spawn(&self, task: Task) {
        self.runtime.tasks().spawn(task);
    }
}
