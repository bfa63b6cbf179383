//! Gates: a test holds an operation on its way to the server, or its answer on the way back.

use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

use crate::model::error::{Error, ErrorKind};

/// The operations of the port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "each is named after an operation of the port")]
pub enum Op {
    Read,
    Acquire,
    Fill,
    Set,
    Inspect,
    Release,
    Touch,
    Evict,
    Take,
    Expire,
    Rename,
    Renew,
    Scan,
    Stamp,
    Poll,
    Subscribe,
}

/// Where an operation is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// On its way to the server, which does not know of it yet.
    Before,
    /// On its way back: the server has done it.
    After,
}

/// Holds one operation: the next of its kind that comes by. Made by [`FakeRedis::gate`](crate::testing::FakeRedis::gate).
///
/// Dropping it releases what it holds, so a test that fails leaves nothing behind that hangs.
#[derive(Debug)]
pub struct Gate(Arc<Hold>);

impl Gate {
    /// Waits until an operation is held here.
    pub async fn arrived(&self) {
        let mut step = self.0.step.subscribe();
        // The sender is in `self`, so it lives as long as this waits.
        let _ = step.wait_for(|step| *step != Step::Open).await;
    }

    /// Whether an operation is held here.
    pub fn has_arrived(&self) -> bool {
        *self.0.step.borrow() == Step::Holding
    }

    /// Lets the operation go on. Where none has come yet, none will be held.
    pub fn release(self) {}

    /// Ends the operation with an error, now or when it comes: before the server did it, or with the answer lost.
    pub fn fail(self, kind: ErrorKind) {
        self.0.step.send_replace(Step::Failed(kind));
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.0.step.send_if_modified(|step| {
            let holds = matches!(step, Step::Open | Step::Holding);
            if holds {
                *step = Step::Released;
            }
            holds
        });
    }
}

#[derive(Debug)]
struct Hold {
    op: Op,
    moment: Moment,
    step: watch::Sender<Step>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Open,
    Holding,
    Released,
    Failed(ErrorKind),
}

/// The gates of a server, in the order in which they were set up.
#[derive(Debug, Default)]
pub(crate) struct Gates(Mutex<Vec<Arc<Hold>>>);

impl Gates {
    pub(crate) fn add(&self, op: Op, moment: Moment) -> Gate {
        let hold = Arc::new(Hold { op, moment, step: watch::Sender::new(Step::Open) });
        self.0.lock().push(Arc::clone(&hold));
        Gate(hold)
    }

    /// Where an operation comes by: it stops at the first gate set up for it, and takes that gate with it.
    pub(crate) async fn pass(&self, op: Op, moment: Moment) -> Result<(), Error> {
        let Some(hold) = self.take(op, moment) else {
            return Ok(());
        };
        hold.step.send_if_modified(|step| {
            let is_open = *step == Step::Open;
            if is_open {
                *step = Step::Holding;
            }
            is_open
        });
        let mut step = hold.step.subscribe();
        let ended = step.wait_for(|step| matches!(step, Step::Released | Step::Failed(_))).await;
        match ended.map(|step| *step) {
            Ok(Step::Failed(kind)) => Err(Error::new(kind, "a gate of the fake server failed it")),
            _ => Ok(()),
        }
    }

    fn take(&self, op: Op, moment: Moment) -> Option<Arc<Hold>> {
        let mut gates = self.0.lock();
        gates.retain(|hold| *hold.step.borrow() != Step::Released);
        let at = gates.iter().position(|hold| hold.op == op && hold.moment == moment)?;
        Some(gates.remove(at))
    }
}
