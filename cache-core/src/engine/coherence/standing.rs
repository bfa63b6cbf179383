//! Where the node stands in the server's history, for whoever asks.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc};

use crate::decisions::history::Question;
use crate::engine::Engine;
use crate::engine::coherence::follow::Event;
#[cfg(any(test, feature = "testing"))]
use crate::engine::coherence::follow::ServerIs;
use crate::engine::counters::count;
use crate::model::clock::{self, Stopwatch};
use crate::model::stamp::Position;
use crate::model::stamp::Stamp;
use crate::model::stats::Coherence;

/// So many events wait; a message that finds no room waits with its connection.
const WAITING: usize = 1024;

/// Where the node stands.
#[derive(Debug)]
pub(crate) struct Standing {
    /// Tells this node's messages from others'.
    pub(crate) node: [u8; 16],
    state: Mutex<State>,
    events: mpsc::Sender<Event>,
    /// Whether the first attempt to follow has ended.
    is_settled: AtomicBool,
    settled: Notify,
    pub(super) messages: AtomicU64,
    pub(super) gaps: AtomicU64,
    pub(super) losses: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    losses: u64,
    position: Position,
}

impl Standing {
    /// One that follows nothing yet, and where the events for it come.
    pub(crate) fn new(node: [u8; 16]) -> (Self, mpsc::Receiver<Event>) {
        let (events, receiver) = mpsc::channel(WAITING);
        let (state, is_settled, settled, messages, gaps, losses) = Default::default();
        (Self { node, state, events, is_settled, settled, messages, gaps, losses }, receiver)
    }

    pub(super) fn events(&self) -> mpsc::Sender<Event> {
        self.events.clone()
    }

    /// How often the history was lost, and where the node stands now.
    pub(super) fn now(&self) -> Question {
        let state = self.state.lock();
        Question { losses: state.losses, position: state.position }
    }

    /// Whether the node stands there or beyond: what was invalidated up to there has reached its memory.
    pub(crate) fn has_heard(&self, stamp: Stamp) -> bool {
        self.position().is_some_and(|at| at.generation == stamp.generation && at.sequence >= stamp.sequence)
    }

    /// Where the node stands: everything up to there has reached its memory.
    pub(crate) fn position(&self) -> Position {
        self.state.lock().position
    }

    pub(super) fn stand_at(&self, stamp: Stamp) {
        self.state.lock().position = Some(stamp);
    }

    /// The history is lost: what was asked before now says nothing any more.
    pub(super) fn lose(&self) {
        let mut state = self.state.lock();
        state.losses += 1;
        if state.position.take().is_some() {
            count(&self.losses);
        }
    }

    /// Where a reply belongs to another history, asks the server at once.
    pub(crate) fn compare(&self, stamp: Stamp) {
        let is_other = self.state.lock().position.is_some_and(|at| at.generation != stamp.generation);
        if is_other {
            self.hurry();
        }
    }

    /// Asks the server soon, for somebody needs to know.
    pub(crate) fn hurry(&self) {
        // Where so many events wait, one of them comes to the same.
        let _ = self.events.try_send(Event::Hurry);
    }

    /// Asks the follower for a test whether the node has noticed how the server is; it sees to it otherwise.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn ask_settled(&self, server: ServerIs, reply: std::sync::mpsc::Sender<bool>) {
        drop(self.events.try_send(Event::Settle(server, reply)));
    }

    /// The first attempt to follow has ended, well or not.
    pub(super) fn settle(&self) {
        if !self.is_settled.swap(true, Ordering::SeqCst) {
            self.settled.notify_waiters();
        }
    }

    /// Waits for the end of the first attempt to follow, but no longer than `limit`, so that what a call brings can stay in
    /// memory. Says how long it took. Cancel safe.
    pub(crate) async fn settled(&self, limit: Duration) -> Duration {
        if self.is_settled.load(Ordering::SeqCst) {
            return Duration::ZERO;
        }
        let watch = Stopwatch::start();
        let mut settled = std::pin::pin!(self.settled.notified());
        // Registered before the look, so that a change in between wakes it.
        settled.as_mut().enable();
        if !self.is_settled.load(Ordering::SeqCst) {
            let limit = std::pin::pin!(clock::sleep(limit));
            futures_util::future::select(settled, limit).await;
        }
        watch.elapsed()
    }

    pub(crate) fn read(&self) -> Coherence {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Coherence {
            is_following: self.state.lock().position.is_some(),
            messages: read(&self.messages),
            gaps: read(&self.gaps),
            losses: read(&self.losses),
        }
    }
}

impl Engine {
    /// Where the second level's last word counts no more, asks it again soon: the next call may be a hit.
    pub(crate) fn ask_if_overdue(&self) {
        if let Some(level) = &self.level2
            && self.fresh.until() <= self.settings.clock.now()
        {
            level.standing.hurry();
        }
    }
}
