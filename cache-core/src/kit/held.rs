//! [`Held`]: a load that a test holds.

use std::fmt;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use crate::engine::probe::{Hold, Point};
use crate::model::clock;

/// Only what never comes takes so long.
const LIMIT: Duration = Duration::from_secs(10);

/// A load that is held where it is, or the one that will be: made by [`Kit::hold`](crate::testing::Kit::hold).
///
/// Dropping it lets the load go on, so a test that fails leaves nothing behind that hangs.
#[must_use = "dropped, it holds nothing"]
pub struct Held {
    hold: Hold,
    point: Point,
}

impl Held {
    pub(super) fn new(hold: Hold, point: Point) -> Self {
        Self { hold, point }
    }

    /// Waits until a load is held here.
    ///
    /// # Panics
    /// Where none comes within ten seconds of real time: no function of the kit's caches has come to the point.
    ///
    /// # Cancel safety
    /// It changes nothing.
    #[allow(clippy::panic, reason = "a test that waits for what never comes has failed")]
    pub async fn reached(&self) {
        if let Either::Right(_) = select(pin!(self.hold.reached()), pin!(clock::sleep(LIMIT))).await {
            panic!("no load has come to `{:?}` within {LIMIT:?}: was it a hit, or another kit's?", self.point);
        }
    }

    /// The same for a test that is not asynchronous: blocks the thread.
    ///
    /// # Panics
    /// As [`reached`](Self::reached).
    pub fn blocking_reached(&self) {
        pollster::block_on(self.reached());
    }

    /// Lets it go on. Where none has come yet, none will be held.
    pub fn release(self) {}
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").field("point", &self.point).finish_non_exhaustive()
    }
}
