//! Gates: a test holds an operation on its way to the server, or its answer on the way back.

use crate::gates::Keeper;
use crate::model::error::ErrorKind;

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
    Claim,
    Extend,
    Free,
    Count,
    Limit,
    Forget,
    Publish,
    Follow,
    Done,
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
pub struct Gate(pub(super) Keeper<(Op, Moment)>);

impl Gate {
    /// Waits until an operation is held here.
    pub async fn arrived(&self) {
        self.0.arrived().await;
    }

    /// Whether an operation is held here.
    pub fn has_arrived(&self) -> bool {
        self.0.has_arrived()
    }

    /// Lets the operation go on. Where none has come yet, none will be held.
    pub fn release(self) {}

    /// Ends the operation with an error, now or when it comes: before the server did it, or with the answer lost.
    pub fn fail(self, kind: ErrorKind) {
        self.0.fail(kind);
    }
}

impl Op {
    /// Whether it is what a cache does by itself, whether it is called or not.
    pub(super) fn is_background(self) -> bool {
        matches!(self, Op::Poll | Op::Subscribe | Op::Follow | Op::Done)
    }
}
