//! [`Counters`]: numbers that nodes count together.

use std::time::Duration;

use async_trait::async_trait;

use crate::model::error::Error;
use crate::wire::number::Number;

/// A step of a counter.
#[derive(Debug, Clone, Copy)]
pub struct Count<'a> {
    /// The counter: `<space>:<namespace>:<key>`.
    pub key: &'a [u8],
    /// What is done.
    pub by: By,
    /// How long the counter lives from the step on that creates it; a later one does not move that. `None`: for ever.
    pub lasts: Option<Duration>,
}

/// What is done to a counter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum By {
    /// So many are added, which may be fewer than none.
    Integer(i64),
    /// This is added, which is finite.
    Float(f64),
    /// Its number is this, whatever it was.
    Set(i64),
}

/// The number of a counter after a step, or why it was not taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Counted {
    /// The number.
    Is(Number),
    /// The sum is no number of its kind. Nothing was changed.
    Overflow,
    /// Whole numbers cannot be added, for it holds none. Nothing was changed.
    Fraction,
    /// It holds no number at all. Nothing was changed.
    Foreign,
}

/// Numbers by name. One that is not there is zero.
#[async_trait]
pub trait Counters {
    /// Takes a step, in one round trip; on the server it is one. After an error it is unknown whether it was taken, once at
    /// most.
    async fn count(&self, count: Count<'_>, within: Duration) -> Result<Counted, Error>;

    /// What a counter holds, in one round trip; `None`: there is none.
    async fn counted(&self, key: &[u8], within: Duration) -> Result<Option<Counted>, Error>;

    /// Removes a counter, in one round trip, also where the server's memory is full. `false`: there was none.
    async fn uncount(&self, key: &[u8], within: Duration) -> Result<bool, Error>;

    /// Removes the counters and the limits whose names begin with `head`, in a walk over all names from `cursor` on, 0 at
    /// first: a page of it, in two round trips, also where the server's memory is full. Says where to go on; 0: it is over.
    ///
    /// What is there from the first page to the last is removed; what comes meanwhile may stay. A cursor means nothing to
    /// another run of the server. Sending it again is safe.
    async fn forget(&self, head: &[u8], cursor: u64, within: Duration) -> Result<u64, Error>;
}
