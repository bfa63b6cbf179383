//! [`FakeRedis`]: the server that caches share, and what a test may do to it.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;

use crate::fake::channel::{Channel, Delivery};
use crate::fake::count::Operations;
use crate::fake::fault::Weather;
use crate::fake::gate::{Gate, Moment, Op};
use crate::fake::store::FakeStore;
use crate::fake::topics::Shelf;
use crate::gates::Gates;
use crate::ledger::keyspace::Keyspace;
use crate::ledger::time::UnixTime;
use crate::model::clock::Clock;
use crate::model::error::{Error, ErrorKind};
use crate::port::{RemoteStore, SecondLevel, Setup};

/// A second level in this process: a faithful Redis, for tests.
///
/// It keeps the bytes that a real server would keep, under the same names, and does what the scripts do, each operation
/// in one step. A clone is the same server, so several caches can stand before one. Its time is the clock of the first
/// cache that is built with it.
///
/// | name | content |
/// |---|---|
/// | `<prefix>:<space>:<namespace>:<key>` | an entry |
/// | `<prefix>:#c` | the control record |
/// | `<prefix>:#l:<space>:<namespace>:<key>` | the lease on an entry |
/// | `<prefix>:#t:<token>` | a token |
/// | `<prefix>:#k:<space>:<namespace>:<name>` | who holds a lock |
/// | `<prefix>:#f:<space>:<namespace>:<name>` | the last fencing token of a lock |
/// | `<prefix>:#n:<space>:<namespace>:<key>` | a counter |
/// | `<prefix>:#r:<space>:<namespace>:<name>:<subject>` | what a rate limiter has counted |
///
/// It answers at once, unless a [`gate`](Self::gate) holds the operation.
#[derive(Clone, Default)]
pub struct FakeRedis {
    pub(super) server: Arc<Server>,
    is_mute: bool,
}

/// What a [`FakeRedis`] had at some moment.
#[derive(Clone)]
pub struct Saved(Keyspace, Shelf);

impl fmt::Debug for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Saved").finish_non_exhaustive()
    }
}

/// What the clones share.
#[derive(Default)]
pub(crate) struct Server {
    time: OnceLock<UnixTime>,
    pub(crate) gates: Gates<(Op, Moment)>,
    pub(super) weather: Weather,
    state: Mutex<State>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) keys: Keyspace,
    pub(crate) channel: Channel,
    /// On which the locks are told that are given back.
    pub(crate) freed: Channel,
    /// What services tell each other.
    pub(crate) topics: Shelf,
    /// On which it is told that something was told on a topic.
    pub(crate) told: Channel,
    /// How often it has begun again.
    pub(crate) run: u64,
    failing: Option<ErrorKind>,
    operations: Operations,
}

impl FakeRedis {
    /// A server that keeps nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every name that is there, in order.
    pub fn names(&self) -> Vec<Vec<u8>> {
        self.server.now(|state| state.keys.names())
    }

    /// What stands under a name.
    pub fn bytes(&self, name: impl AsRef<[u8]>) -> Option<Vec<u8>> {
        self.server.now(|state| state.keys.bytes(name.as_ref()).map(<[u8]>::to_vec))
    }

    /// How long a name still lives; `None` where it does not end or is not there.
    pub fn time_left(&self, name: impl AsRef<[u8]>) -> Option<Duration> {
        self.server.now(|state| state.keys.left(name.as_ref()).map(Duration::from_millis))
    }

    /// Writes bytes under a name, as somebody else might. What stood there ended at some time: these end then.
    pub fn overwrite(&self, name: impl AsRef<[u8]>, bytes: impl Into<Vec<u8>>) {
        self.server.now(|state| state.keys.rewrite(name.as_ref(), bytes.into()));
    }

    /// Loses a name, as a server that is short of memory does. Whether it was there.
    pub fn lose(&self, name: impl AsRef<[u8]>) -> bool {
        self.server.now(|state| state.keys.remove(name.as_ref()))
    }

    /// What is there, as a file or a copy that lags would have it: see [`restart`](Self::restart).
    pub fn save(&self) -> Saved {
        self.server.now(|state| Saved(state.keys.clone(), state.topics.clone()))
    }

    /// Begins again with what was saved: all that was written since is lost, as at a failover.
    pub fn restart(&self, saved: &Saved) {
        self.server.now(|state| {
            state.keys = saved.0.clone();
            state.topics = saved.1.clone();
            state.run += 1;
        });
        self.cut_subscriptions();
    }

    /// Loses everything.
    pub fn flush(&self) {
        self.server.now(|state| {
            state.keys.clear();
            state.topics.clear();
        });
    }

    /// Answers every operation with this error, and does none of them, until told otherwise.
    pub fn fail_with(&self, kind: Option<ErrorKind>) {
        self.server.now(|state| state.failing = kind);
    }

    /// Sets up a gate for the next operation of a kind that no other gate holds.
    ///
    /// ```
    /// use cache_core::testing::{FakeRedis, Moment, Op};
    ///
    /// # async fn test() {
    /// let server = FakeRedis::new();
    /// let gate = server.gate(Op::Fill, Moment::Before);
    /// // A call that loads begins in another task, and then:
    /// gate.arrived().await;
    /// // The load is over, and its value on the way. What is invalidated now must not be stored afterwards.
    /// gate.release();
    /// # }
    /// ```
    ///
    /// The time that the caller gives the operation runs on while it is held.
    pub fn gate(&self, op: Op, moment: Moment) -> Gate {
        Gate(self.server.gates.add((op, moment)))
    }

    /// How often each operation was asked for so far, also where the answer was an error.
    pub fn operations(&self) -> Operations {
        self.server.now(|state| state.operations)
    }

    /// Counts operations anew, and says how many there were until now.
    pub fn take_operations(&self) -> Operations {
        self.server.now(|state| std::mem::take(&mut state.operations))
    }

    /// What becomes of messages from now on. [`Delivery::AtOnce`] delivers what was held back.
    pub fn deliver(&self, delivery: Delivery) {
        self.server.now(|state| {
            state.channel.set(delivery);
            state.freed.set(delivery);
            state.told.set(delivery);
        });
    }

    /// The same server for caches whose invalidations nobody is told of, as those of a user who may not publish.
    #[must_use]
    pub fn without_messages(&self) -> Self {
        Self { is_mute: true, ..self.clone() }
    }

    /// Breaks every subscription off, as a connection that is lost does.
    pub fn cut_subscriptions(&self) {
        self.server.now(|state| {
            state.channel.cut();
            state.freed.cut();
            state.told.cut();
        });
    }

    /// The last messages to the nodes: where the history stood (generation, 16 bytes; sequence, 8), and what the node
    /// said.
    pub fn messages(&self) -> Vec<Vec<u8>> {
        self.server.now(|state| state.channel.last())
    }
}

impl SecondLevel for FakeRedis {
    fn open(self, setup: &Setup) -> Result<Option<Arc<dyn RemoteStore>>, Error> {
        self.server.time.get_or_init(|| UnixTime::by(setup.clock.clone()));
        Ok(Some(Arc::new(FakeStore::new(self.server, &setup.prefix, self.is_mute))))
    }
}

impl Server {
    /// Does something in one step, at one moment.
    pub(crate) fn now<T>(&self, step: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock();
        state.keys.now = self.time().millis();
        step(&mut state)
    }

    pub(crate) fn time(&self) -> &UnixTime {
        self.time.get_or_init(|| UnixTime::by(Clock::default()))
    }

    /// Counts an operation, which is an error where the server is told to fail.
    pub(crate) fn begin(&self, op: Op) -> Result<(), Error> {
        self.now(|state| {
            state.operations.add(op);
            state.failing.map_or(Ok(()), |kind| Err(Error::new(kind, "the fake server was told to fail")))
        })
    }
}

impl fmt::Debug for FakeRedis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeRedis").finish_non_exhaustive()
    }
}
