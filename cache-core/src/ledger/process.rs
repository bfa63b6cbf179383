//! [`Ledger`]: the ports over what this process keeps.

use std::fmt;
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use tokio::sync::broadcast;

use crate::ledger::background::Background as Thread;
use crate::ledger::keyspace::Keyspace;
use crate::ledger::time::UnixTime;
use crate::ledger::{counters, limits, locks};
use crate::model::clock::Clock;
use crate::model::error::{Error, ErrorKind};
use crate::model::rate::Limited;
use crate::port::{
    Background, Claim, Claimed, Count, Counted, Counters, Done, Follow, Followed, Limit, Limits, Locks, Publish,
    Subscription, Task, Topics,
};

/// So many names may be told that nobody has heard yet. Who is behind more asks again.
const TOLD: usize = 256;

/// What nodes would agree on, where there is one node.
pub(crate) struct Ledger {
    time: UnixTime,
    keys: Mutex<Keyspace>,
    freed: broadcast::Sender<Vec<u8>>,
    /// The last fencing token, of whichever lock: those of each must grow, and no name need be remembered for that.
    last_token: Mutex<u64>,
    thread: OnceLock<Thread>,
}

impl Ledger {
    pub(crate) fn new(clock: Clock) -> Self {
        let freed = broadcast::Sender::new(TOLD);
        Self {
            time: UnixTime::by(clock),
            keys: Mutex::default(),
            freed,
            last_token: Mutex::new(0),
            thread: OnceLock::new(),
        }
    }

    /// Does something in one step, at one moment.
    fn now<T>(&self, step: impl FnOnce(&mut Keyspace, Duration) -> T) -> T {
        let mut keys = self.keys.lock();
        keys.now = self.time.millis();
        step(&mut keys, self.time.now())
    }

    fn locks<T>(&self, step: impl FnOnce(&mut locks::Locks<'_>, Duration) -> T) -> T {
        // Always locked after the names.
        self.now(|keys, now| {
            step(&mut locks::Locks { keys, prefix: b"", last: Some(&mut self.last_token.lock()) }, now)
        })
    }

    fn counters<T>(&self, step: impl FnOnce(&mut counters::Counters<'_>) -> T) -> T {
        self.now(|keys, _| step(&mut counters::Counters { keys, prefix: b"" }))
    }

    fn limits<T>(&self, step: impl FnOnce(&mut limits::Limits<'_>, Duration) -> T) -> T {
        self.now(|keys, now| step(&mut limits::Limits { keys, prefix: b"" }, now))
    }
}

#[async_trait]
impl Locks for Ledger {
    async fn claim(&self, claim: Claim<'_>, _within: Duration) -> Result<Claimed, Error> {
        self.locks(|locks, now| locks.claim(&claim, now))
    }

    async fn extend(&self, claim: Claim<'_>, _within: Duration) -> Result<bool, Error> {
        Ok(self.locks(|locks, _| locks.extend(&claim)))
    }

    async fn free(&self, claim: Claim<'_>, _within: Duration) -> Result<bool, Error> {
        let was_held = self.locks(|locks, _| locks.free(&claim));
        if was_held {
            // Nobody listens where nobody waits.
            let _ = self.freed.send(claim.name.to_vec());
        }
        Ok(was_held)
    }

    async fn freed(&self, _within: Duration) -> Result<Box<dyn Subscription>, Error> {
        Ok(Box::new(Listener(self.freed.subscribe())))
    }
}

#[async_trait]
impl Counters for Ledger {
    async fn count(&self, count: Count<'_>, _within: Duration) -> Result<Counted, Error> {
        Ok(self.counters(|counters| counters.count(&count)))
    }

    async fn counted(&self, key: &[u8], _within: Duration) -> Result<Option<Counted>, Error> {
        Ok(self.counters(|counters| counters.counted(key)))
    }

    async fn uncount(&self, key: &[u8], _within: Duration) -> Result<bool, Error> {
        Ok(self.counters(|counters| counters.uncount(key)))
    }

    async fn forget(&self, head: &[u8], cursor: u64, _within: Duration) -> Result<u64, Error> {
        Ok(self.counters(|counters| counters.forget(head, cursor)))
    }
}

#[async_trait]
impl Limits for Ledger {
    async fn limit(&self, limit: Limit<'_>, _within: Duration) -> Result<Limited, Error> {
        Ok(self.limits(|limits, now| limits.limit(&limit, now)))
    }

    async fn unlimit(&self, key: &[u8], _within: Duration) -> Result<bool, Error> {
        Ok(self.limits(|limits, _| limits.unlimit(key)))
    }
}

/// Nobody is there to be told anything: what this process tells it has done itself.
#[async_trait]
impl Topics for Ledger {
    async fn publish(&self, _publish: Publish<'_>, _within: Duration) -> Result<(), Error> {
        Ok(())
    }

    async fn follow(&self, _follow: Follow<'_>, _within: Duration) -> Result<Followed, Error> {
        Ok(Followed::default())
    }

    async fn done(&self, _done: Done<'_>, _within: Duration) -> Result<(), Error> {
        Ok(())
    }

    async fn told(&self, _topic: &[u8], _within: Duration) -> Result<Box<dyn Subscription>, Error> {
        Ok(Box::new(Silence))
    }
}

/// Nothing is ever heard.
struct Silence;

#[async_trait]
impl Subscription for Silence {
    async fn next(&mut self) -> Result<Vec<u8>, Error> {
        std::future::pending().await
    }
}

impl Background for Ledger {
    /// What has nothing to wait for is done at once, so that a lock which is dropped is free when that returns.
    fn spawn(&self, mut task: Task) {
        if task.as_mut().poll(&mut Context::from_waker(Waker::noop())) == Poll::Pending {
            self.thread.get_or_init(Thread::start).spawn(task);
        }
    }
}

/// One who listens.
struct Listener(broadcast::Receiver<Vec<u8>>);

#[async_trait]
impl Subscription for Listener {
    async fn next(&mut self) -> Result<Vec<u8>, Error> {
        let missed = |_| Error::new(ErrorKind::Unavailable, "some of what was told came too fast to be heard");
        self.0.recv().await.map_err(missed)
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").finish_non_exhaustive()
    }
}
