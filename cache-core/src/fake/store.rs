//! The port over the fake server: one cache's way to it.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;

use crate::fake::gate::{Moment, Op};
use crate::fake::operations::Step;
use crate::fake::server::{Server, State};
use crate::ledger::background::Background as Thread;
use crate::model::clock;
use crate::model::error::{Error, ErrorKind};
use crate::port::{
    Acquire, Acquired, Background, Evict, Evicted, Expire, Fill, Filled, Heard, Inspected, Moved, Read, Release,
    RemoteStore, Rename, Renamed, Scanned, Set, Snapshot, Subscription, Take, Taken, Task,
};
use crate::wire::records::Stamp;

/// What [`FakeRedis`](crate::testing::FakeRedis) opens for a cache.
pub(crate) struct FakeStore {
    pub(super) server: Arc<Server>,
    pub(super) prefix: Vec<u8>,
    pub(super) is_mute: bool,
    tasks: Mutex<Tasks>,
}

/// Who runs tasks in the background.
enum Tasks {
    /// Nobody yet.
    None,
    Running(Thread),
    Closed,
}

impl FakeStore {
    pub(crate) fn new(server: Arc<Server>, prefix: &str, is_mute: bool) -> Self {
        Self { server, prefix: prefix.as_bytes().to_vec(), is_mute, tasks: Mutex::new(Tasks::None) }
    }

    /// An operation's way: there, done in one step, and back, with a gate at either end.
    pub(super) async fn run<T>(
        &self,
        op: Op,
        within: Duration,
        step: impl FnOnce(&mut Step<'_>) -> T,
    ) -> Result<T, Error> {
        let fresh = random()?;
        let done = |&mut State { ref mut keys, ref mut channel, ref mut freed, run, .. }: &mut State| {
            let publish = &mut |message| {
                if !self.is_mute {
                    channel.publish(&self.prefix, message);
                }
            };
            let tell_freed = &mut |name| freed.publish(&self.prefix, name);
            step(&mut Step { keys, prefix: &self.prefix, fresh, run, publish, tell_freed })
        };
        self.at_server(op, within, done).await
    }

    /// The same over everything that the server has.
    pub(super) async fn at_server<T>(
        &self,
        op: Op,
        within: Duration,
        step: impl FnOnce(&mut State) -> T,
    ) -> Result<T, Error> {
        let way = async {
            if matches!(*self.tasks.lock(), Tasks::Closed) {
                return Err(Error::new(ErrorKind::Unavailable, "the second level has been shut down"));
            }
            self.server.begin(op)?;
            self.server.weather.on_the_way_there().await;
            self.server.gates.pass(|at| *at == (op, Moment::Before)).await?;
            let answer = self.server.now(step);
            self.server.gates.pass(|at| *at == (op, Moment::After)).await?;
            self.server.weather.on_the_way_back(op).await;
            Ok(answer)
        };
        limited(within, way).await
    }

    /// The same for many of a kind, which go and come back together.
    async fn run_each<Q, T>(
        &self,
        op: Op,
        within: Duration,
        questions: &[Q],
        mut answer: impl FnMut(&mut Step<'_>, &Q) -> T,
    ) -> Vec<Result<T, Error>> {
        let step = |step: &mut Step<'_>| questions.iter().map(|question| answer(step, question)).collect::<Vec<_>>();
        match self.run(op, within, step).await {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
            Err(error) => questions.iter().map(|_| Err(error.clone())).collect(),
        }
    }
}

#[async_trait]
impl RemoteStore for FakeStore {
    async fn read_many(&self, reads: &[Read<'_>], within: Duration) -> Vec<Result<Snapshot, Error>> {
        self.run_each(Op::Read, within, reads, |step, read| step.read(*read)).await
    }
    async fn acquire_many(&self, acquires: &[Acquire<'_>], within: Duration) -> Vec<Result<Acquired, Error>> {
        self.run_each(Op::Acquire, within, acquires, |step, acquire| step.acquire(acquire)).await
    }
    async fn fill_many(&self, fills: &[Fill<'_>], within: Duration) -> Vec<Result<Filled, Error>> {
        self.run_each(Op::Fill, within, fills, |step, fill| step.fill(fill)).await
    }
    async fn release_many(&self, releases: &[Release<'_>], within: Duration) -> Result<(), Error> {
        self.run(Op::Release, within, |step| releases.iter().for_each(|release| step.release(*release))).await
    }
    async fn set_many(&self, sets: &[Set<'_>], within: Duration) -> Vec<Result<Filled, Error>> {
        self.run_each(Op::Set, within, sets, |step, set| step.set(set)).await
    }
    async fn inspect_many(&self, keys: &[&[u8]], within: Duration) -> Vec<Result<Option<Inspected>, Error>> {
        self.run_each(Op::Inspect, within, keys, |step, key| step.inspect(key)).await
    }

    async fn touch(&self, key: &[u8], within: Duration) -> Result<Option<Duration>, Error> {
        self.run(Op::Touch, within, |step| step.touch(key)).await
    }

    async fn evict(&self, evict: Evict<'_>, within: Duration) -> Result<Evicted, Error> {
        self.run(Op::Evict, within, |step| step.evict(&evict)).await
    }

    async fn take(&self, take: Take<'_>, within: Duration) -> Result<Taken, Error> {
        self.run(Op::Take, within, |step| step.take(&take)).await
    }

    async fn expire(&self, expire: Expire<'_>, within: Duration) -> Result<Moved, Error> {
        self.run(Op::Expire, within, |step| step.expire(&expire)).await
    }

    async fn rename(&self, rename: Rename<'_>, within: Duration) -> Result<Renamed, Error> {
        self.run(Op::Rename, within, |step| step.rename(&rename)).await
    }

    async fn renew(&self, message: &[u8], within: Duration) -> Result<Stamp, Error> {
        self.run(Op::Renew, within, |step| step.renew(message)).await
    }

    async fn scan(&self, head: &[u8], cursor: u64, within: Duration) -> Result<Scanned, Error> {
        self.run(Op::Scan, within, |step| step.scan(head, cursor)).await
    }

    #[allow(clippy::redundant_closure_for_method_calls, reason = "the method's lifetime is not general enough")]
    async fn stamp(&self, within: Duration) -> Result<Stamp, Error> {
        self.run(Op::Stamp, within, |step| step.stand()).await
    }

    #[allow(clippy::redundant_closure_for_method_calls, reason = "the method's lifetime is not general enough")]
    async fn poll(&self, within: Duration) -> Result<Heard, Error> {
        self.run(Op::Poll, within, |step| Heard { stamp: step.stand(), run: step.run.to_be_bytes().into() }).await
    }

    async fn close(&self) {
        *self.tasks.lock() = Tasks::Closed;
    }

    async fn subscribe(&self, within: Duration) -> Result<Box<dyn Subscription>, Error> {
        self.run(Op::Subscribe, within, |_| ()).await?;
        Ok(Box::new(self.server.now(|state| state.channel.join(&self.prefix))))
    }
}

impl Background for FakeStore {
    fn spawn(&self, task: Task) {
        let thread = match &mut *self.tasks.lock() {
            Tasks::Closed => None,
            Tasks::Running(thread) => Some(thread.clone()),
            none @ Tasks::None => {
                let thread = Thread::start();
                *none = Tasks::Running(thread.clone());
                Some(thread)
            }
        };
        // Without the lock: a task that is dropped may want to spawn another.
        if let Some(thread) = thread {
            thread.spawn(task);
        }
    }
}

/// Ends what takes longer; the server may have done it all the same.
async fn limited<T>(within: Duration, way: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let (mut way, mut limit) = (pin!(way), pin!(clock::sleep(within)));
    std::future::poll_fn(|context| match way.as_mut().poll(context) {
        Poll::Pending => limit.as_mut().poll(context).map(|()| Err(too_late())),
        answered @ Poll::Ready(_) => answered,
    })
    .await
}

fn too_late() -> Error {
    Error::new(ErrorKind::Timeout, "the fake server did not answer in time")
}

fn random() -> Result<[u8; 16], Error> {
    let mut bytes = [0; 16];
    let filled = getrandom::fill(&mut bytes);
    filled.map_err(|_| Error::new(ErrorKind::Server, "the system gives no random numbers"))?;
    Ok(bytes)
}

impl fmt::Debug for FakeStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeStore").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
