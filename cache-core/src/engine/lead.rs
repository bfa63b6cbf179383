//! The right to load, from the moment a call has it to the end of its load.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use crate::engine::level2::Allowance;
use crate::engine::level2::fill::Right;
use crate::engine::level2::question::Way;
use crate::engine::look_up::Call;
use crate::flight::chain::Frame;
use crate::flight::load::{Landing, Load};
use crate::model::entry_key::EntryKey;
use crate::model::inherited::Bound;
use crate::model::outcome::Reason;
use crate::wire::failure::FailureKind;
use crate::wire::value::ValueKind;

/// The right and the duty to load. Dropped without [`end`](Lead::end), it passes to a waiting call.
#[derive(Debug)]
pub(crate) struct Lead {
    pub(crate) call: Call,
    pub(crate) key: EntryKey,
    pub(crate) load: Arc<Load>,
    pub(crate) frame: Arc<Frame>,
    pub(crate) kind: ValueKind,
    pub(crate) failure: Option<FailureKind>,
    /// What it may do with its value on the second level, and how long it may still wait for that.
    pub(crate) right: Right,
    pub(crate) allowance: Allowance,
    /// Why the second level did not answer.
    pub(crate) not_remote: Option<Reason>,
    /// Where the server's history stood when the body began.
    pub(crate) heard: Bound,
    /// Whether it takes nothing that was loaded before, and leaves nothing older.
    pub(crate) refreshes: bool,
    pub(crate) way: Way,
    /// Whether it does not wait for others: it is inside a load that might be waiting for it.
    pub(crate) is_alone: bool,
    /// Its turn, where it is one of many whose leader failed.
    pub(crate) turn: Option<OwnedSemaphorePermit>,
}

impl Lead {
    /// Ends the load for everybody who waits; where it ended already, nothing changes.
    pub(crate) fn end(&self, landing: Landing) {
        self.call.engine.flights.lock(&self.key).leave(&self.key, &self.load);
        self.load.land(landing);
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        self.give_back();
        self.end(Landing::Abandoned);
        drop(self.turn.take());
    }
}
