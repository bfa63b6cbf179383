//! The second level as the engine uses it: every question to it is bounded in time, and every failure is counted and
//! said once.
//!
//! | what | file |
//! |---|---|
//! | a look-up there, and the lease to load | `fetch.rs` |
//! | storing what a load brought | `fill.rs` |
//! | the questions of a batch, which travel together | `convoy.rs`, `question.rs` |
//! | a put: the intent before its body, the value after it | `write.rs` |
//! | an invalidation, and its delivery | `deliver.rs` |
//! | by pattern | `sweep.rs` |
//! | the counters of a space | `forget.rs` |
//! | what could not be delivered | `undelivered.rs` |
//! | what was, lately | `recent.rs` |
//! | leases that were waited for in vain | `patience.rs` |
//! | values as bytes, and back | `payload.rs` |
//! | what went wrong | `trouble.rs` |
//! | whether what memory served was true | `verify.rs` |

pub(crate) mod convoy;
pub(crate) mod deliver;
pub(crate) mod fetch;
pub(crate) mod fill;
mod forget;
pub(crate) mod kept;
mod patience;
mod payload;
pub(crate) mod question;
pub(crate) mod recent;
mod sweep;
pub(crate) mod trouble;
pub(crate) mod undelivered;
pub(crate) mod verify;
pub(crate) mod write;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::engine::coherence::standing::Standing;
use crate::engine::level2::patience::Patience;
use crate::engine::level2::recent::Recent;
use crate::engine::level2::trouble::Troubles;
use crate::engine::level2::undelivered::Undelivered;
use crate::model::error::{Error, ErrorKind};
use crate::model::plan::TagNames;
use crate::port::{RemoteStore, Stamp, Stopwatch, UnderWay};
use crate::wire::envelope::MAX_TAGS;
use crate::wire::message::{self, Operation};
use crate::wire::payload::Payloads;

/// A ttl beyond this is for ever to the server, whose numbers are exact up to 2^53.
const FOR_EVER: Duration = Duration::from_hours(100 * 365 * 24);

/// Why nothing is asked while an invalidation waits for its delivery.
const WAITING: &str = "an invalidation of this process waits for its delivery to the second level, which is not asked until then: it could answer with what was invalidated";

/// The second level, and what is settled about it.
#[derive(Debug)]
pub(crate) struct Level2 {
    pub(crate) store: Arc<dyn RemoteStore>,
    pub(crate) limits: Limits,
    /// How values are written, and what is read.
    payloads: Payloads,
    pub(crate) troubles: Troubles,
    pub(crate) undelivered: Undelivered,
    /// Invalidations on their way.
    pub(crate) deliveries: UnderWay,
    pub(crate) recent: Recent,
    /// Where this node stands in its history.
    pub(crate) standing: Standing,
    patience: Patience,
    /// Where the history stood when the server last said so.
    heard: Mutex<Option<Stamp>>,
}

/// What the builder settled about the second level.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How long one call may wait for the second level in all, beside another node's load.
    pub(crate) budget: Duration,
    /// How long an entry may stay in memory.
    pub(crate) l1_ttl: Duration,
    /// How many bytes a value may have.
    pub(crate) value: usize,
}

/// What is left of the time that one call may lose to the second level.
#[derive(Debug, Default, Clone)]
pub(crate) struct Allowance(Duration);

impl Level2 {
    pub(crate) fn new(
        store: Arc<dyn RemoteStore>,
        (limits, payloads): (Limits, Payloads),
        cache: &str,
        standing: Standing,
    ) -> Self {
        Self {
            store,
            limits,
            payloads,
            troubles: Troubles::new(cache),
            undelivered: Undelivered::default(),
            deliveries: UnderWay::default(),
            recent: Recent::default(),
            standing,
            patience: Patience::default(),
            heard: Mutex::default(),
        }
    }

    /// Notes where the history stands. What is loaded from now on knows of every invalidation up to there.
    pub(crate) fn hear(&self, stamp: Stamp) {
        self.standing.compare(stamp);
        let mut heard = self.heard.lock();
        // Answers overtake each other; of another history the last one heard counts.
        if heard.is_none_or(|heard| heard.generation != stamp.generation || heard.sequence < stamp.sequence) {
            *heard = Some(stamp);
        }
    }

    /// Where the history stood when the server last said so.
    pub(crate) fn heard(&self) -> Option<Stamp> {
        *self.heard.lock()
    }

    /// What the other nodes are told.
    pub(crate) fn message(&self, operations: &[Operation<'_>]) -> Vec<u8> {
        message::encode(&self.standing.node, operations)
    }

    pub(crate) fn allowance(&self) -> Allowance {
        Allowance(self.limits.budget)
    }

    /// Asks, within what is left of the allowance. An error has been counted and said.
    ///
    /// While an invalidation of this node waits for its delivery nothing is asked at all: what it invalidates is still
    /// there.
    pub(crate) async fn ask<T, F>(
        &self,
        allowance: &mut Allowance,
        question: impl FnOnce(Duration) -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        if !self.undelivered.is_empty() {
            return Err(Error::new(ErrorKind::Unavailable, WAITING));
        }
        allowance.spend(question).await.inspect_err(|error| self.troubles.note(error))
    }
}

impl Allowance {
    /// Waits for an answer, and notes what is left then.
    pub(crate) async fn spend<T, F>(&mut self, question: impl FnOnce(Duration) -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        if self.0.is_zero() {
            return Err(Error::new(
                ErrorKind::Timeout,
                "the second level took all the time that one call may lose to it: check the way to it, or raise the budget",
            ));
        }
        let watch = Stopwatch::start();
        let answer = question(self.0).await;
        self.0 = self.0.saturating_sub(watch.elapsed());
        answer
    }

    /// Counts time that was lost otherwise.
    pub(crate) fn lose(&mut self, time: Duration) {
        self.0 = self.0.saturating_sub(time);
    }

    pub(crate) fn left(&self) -> Duration {
        self.0
    }
}

impl Level2 {
    /// Whether an entry can have so many tags; each would cost a read with every look-up. An error has been counted and
    /// said.
    pub(crate) fn takes(&self, tags: &TagNames) -> Result<(), Error> {
        if tags.iter().len() <= MAX_TAGS {
            return Ok(());
        }
        let error = Error::new(ErrorKind::TooLarge, "a call names more tags than an entry can have: give it fewer");
        self.troubles.note(&error);
        Err(error)
    }

    /// What proves the right to fill, from the system's source of randomness: nobody may guess it. An error has been
    /// counted and said.
    pub(crate) fn fresh_id(&self) -> Result<[u8; 16], Error> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map(|()| id).map_err(|_| {
            let error = Error::new(ErrorKind::Unavailable, "the system gives no random numbers");
            self.troubles.note(&error);
            error
        })
    }
}

/// A ttl as the port has it: `None` is for ever.
pub(crate) fn bounded(ttl: Duration) -> Option<Duration> {
    (ttl < FOR_EVER).then_some(ttl)
}
