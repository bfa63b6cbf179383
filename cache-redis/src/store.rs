//! [`Store`]: the port's operations, each a command that is built here and run on the adapter's thread.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use async_trait::async_trait;
use cache_core::Error;
use cache_core::port::{
    Acquire, Acquired, Evict, Evicted, Fill, Filled, Read, RemoteStore, Scanned, Set, Setup, Snapshot, Stamp,
    Stopwatch, Task,
};

use crate::client::{Address, Command};
use crate::handshake::Handshake;
use crate::link::Link;
use crate::names::{Names, Shards};
use crate::reply::{self, Reply};
use crate::runtime::Runtime;
use crate::scripts;

/// So many names a step of a walk looks at; the server serves nobody else meanwhile.
const SCAN: u64 = 1000;

/// A server, as the engine sees it.
#[derive(Debug)]
pub(crate) struct Store {
    names: Arc<Names>,
    link: Link,
    runtime: Runtime,
}

impl Store {
    /// Starts the thread, which begins to connect.
    pub(crate) fn open(address: Address, setup: &Setup) -> Result<Self, Error> {
        let names = Names::new(&setup.prefix, Shards::ONE, address.database())?;
        let runtime = Runtime::start()?;
        let handshake = Handshake { names: names.clone(), limit: setup.budget, warned: AtomicBool::new(false) };
        let (link, keep) = Link::new(address, setup.budget, handshake);
        runtime.spawn(keep);
        Ok(Self { names: Arc::new(names), link, runtime })
    }

    /// Sends a command and decodes its reply, all within the limit, which counts from `called`. The server's time, when
    /// the reply was there, is given to `decode` too.
    async fn run<T: Send + 'static>(
        &self,
        command: Command,
        called: Stopwatch,
        within: Duration,
        decode: impl FnOnce(Reply, u64) -> Option<T> + Send + 'static,
    ) -> Result<T, Error> {
        let link = self.link.clone();
        let left = move || within.saturating_sub(called.elapsed());
        let task = async move {
            let live = link.live(left()).await?;
            live.send(&command, left(), |reply| decode(reply, live.server_now())).await
        };
        self.runtime.run(task).await
    }
}

#[async_trait]
impl RemoteStore for Store {
    async fn read(&self, read: Read<'_>, within: Duration) -> Result<Snapshot, Error> {
        let called = Stopwatch::start();
        let mut command = Command::new("MGET").arg(&self.names.entry(read.key)).arg(&self.names.control());
        let tokens: Vec<_> = read.tokens.iter().map(|token| self.names.token(token)).collect();
        for token in &tokens {
            command = command.arg(token);
        }
        self.run(command, called, within, move |reply, server_now| reply::snapshot(reply, &tokens, server_now)).await
    }

    async fn acquire(&self, acquire: Acquire<'_>, within: Duration) -> Result<Acquired, Error> {
        let called = Stopwatch::start();
        let id = acquire.id;
        let command = scripts::acquire(&self.names, &acquire)?;
        self.run(command, called, within, move |reply, _| reply::acquired(reply, id)).await
    }

    async fn fill(&self, fill: Fill<'_>, within: Duration) -> Result<Filled, Error> {
        let called = Stopwatch::start();
        let command = scripts::fill(&self.names, &fill)?;
        self.run(command, called, within, |reply, _| reply::filled(reply)).await
    }

    async fn set(&self, set: Set<'_>, within: Duration) -> Result<Filled, Error> {
        let called = Stopwatch::start();
        let command = scripts::set(&self.names, &set)?;
        self.run(command, called, within, |reply, _| reply::filled(reply)).await
    }

    async fn release(&self, key: &[u8], id: &[u8; 16], within: Duration) -> Result<(), Error> {
        let called = Stopwatch::start();
        let command = scripts::release(&self.names, key, id);
        self.run(command, called, within, |reply, _| reply.int().map(drop)).await
    }

    async fn evict(&self, evict: Evict<'_>, within: Duration) -> Result<Evicted, Error> {
        let called = Stopwatch::start();
        let (first, rest) = scripts::evict(&self.names, &evict)?;
        let mut evicted = self.run(first, called, within, |reply, _| reply::evicted(reply)).await?;
        for command in rest {
            let more = self.run(command, called, within, |reply, _| reply::evicted(reply)).await?;
            evicted = Evicted { stamp: more.stamp, removed: evicted.removed + more.removed };
        }
        Ok(evicted)
    }

    async fn scan(&self, head: &[u8], cursor: u64, within: Duration) -> Result<Scanned, Error> {
        let called = Stopwatch::start();
        let names = Arc::clone(&self.names);
        let command = Command::new("SCAN").number(cursor).arg(b"MATCH").arg(&names.pattern(head));
        let command = command.arg(b"COUNT").number(SCAN);
        self.run(command, called, within, move |reply, _| reply::scanned(reply, &names)).await
    }

    async fn stamp(&self, within: Duration) -> Result<Stamp, Error> {
        let called = Stopwatch::start();
        let command = scripts::stamp(&self.names)?;
        self.run(command, called, within, |reply, _| reply::stamp(reply)).await
    }

    fn spawn(&self, task: Task) {
        self.runtime.spawn(task);
    }
}
