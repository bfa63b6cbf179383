//! A node: what stands in its memory, and what it makes of messages and answers. It decides by the engine's functions.

use std::sync::Arc;
use std::time::Duration;

use crate::decisions::history::{self, Polled, Question, Told};
use crate::decisions::memory::{self, Fresh};
use crate::engine::coherence::model_tests::world::{Kind, Mutant, Version};
use crate::model::clock::{Deadline, Timestamp};
use crate::model::entry::{Floor, Floors, Header, Sequence};
use crate::model::stamp::Position;
use crate::model::stamp::Stamp;

/// A message, as it lies in a node's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Message {
    pub(super) stamp: Stamp,
    pub(super) kind: Kind,
    pub(super) is_own: bool,
}

/// A question where the history stands, and its answer once there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Poll {
    losses: u8,
    position: Position,
    /// The newest version whose eviction had returned when it was sent.
    known: Version,
    answer: Option<Stamp>,
}

/// What memory holds of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Held {
    pub(super) version: Version,
    began: u64,
    /// The newest version whose eviction had returned when this was known to be current.
    known: Version,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub(super) held: Option<Held>,
    /// The number of the last invalidation here, and those of the key, the token and everything.
    now: u64,
    key: u64,
    token: u64,
    all: u64,
    position: Position,
    losses: u8,
    /// What had returned when the question was sent that memory is fresh by.
    fresh: Option<Version>,
    pub(super) hears: bool,
    pub(super) queue: Vec<Message>,
    pub(super) poll: Option<Poll>,
}

impl Node {
    pub(super) fn following(at: Stamp) -> Self {
        let (held, fresh, poll) = (None, Some(0), None);
        let (now, key, token, all, losses) = Default::default();
        Self { held, now, key, token, all, position: Some(at), losses, fresh, hears: true, queue: Vec::new(), poll }
    }

    /// Nobody asks it any more, so nothing that it holds can be seen.
    pub(super) fn retire(&mut self) {
        *self = Self {
            hears: false,
            fresh: None,
            position: None,
            ..Self::following(self.position.unwrap_or(Stamp { generation: [0; 16], sequence: 0 }))
        };
    }

    /// What a load that begins now remembers.
    pub(super) fn beginning(&self) -> u64 {
        self.now
    }

    fn floors(&self) -> Floors {
        let floor = |at| Arc::new(Floor::of_tag(b"", Sequence(at)));
        Floors { namespace: floor(self.all), tags: [floor(self.token)].into_iter().collect() }
    }

    /// What memory serves, and the oldest version that it may be.
    pub(super) fn serves(&self) -> Option<(Version, Version)> {
        let held = self.held?;
        // All that counts of time is which of the two rules still holds.
        let clock = crate::model::clock::ManualClock::new();
        let now = clock.clock().now();
        let header = Header {
            expires_at: Deadline::at(Timestamp::END),
            idle: None,
            known: now,
            began: Sequence(held.began),
            version: 0,
            is_read: true,
            origin: None,
            floors: self.floors(),
        };
        let until = if self.fresh.is_some() { Timestamp::END } else { now };
        let fresh = Fresh { until, bound: Duration::from_nanos(1) };
        memory::servable(&header, fresh, now).then_some((held.version, self.fresh.unwrap_or(held.known)))
    }

    /// Keeps what came from the server or was stored there, if nothing was invalidated since it began.
    pub(super) fn insert(&mut self, version: Version, began: u64, known: Version, mutant: Option<Mutant>) {
        let is_storable = memory::storable(self.key > began, Sequence(began), &self.floors());
        if is_storable || mutant == Some(Mutant::InsertsAnything) {
            let began = if is_storable { began } else { self.now };
            self.held = Some(Held { version, began, known });
        }
    }

    fn next(&mut self) -> u64 {
        self.now += 1;
        self.now
    }

    /// Drops what an invalidation names.
    fn apply(&mut self, kind: Kind) {
        match kind {
            Kind::Key | Kind::Set => {
                self.key = self.next();
                self.held = None;
            }
            Kind::Tag => self.token = self.next(),
            // A pattern is told as its whole namespace.
            Kind::Pattern | Kind::Barrier => self.all = self.next(),
            Kind::Other => {}
        }
    }

    fn drop_all(&mut self) {
        self.all = self.next();
    }

    /// What this node has invalidated itself, once the server has answered.
    pub(super) fn acknowledge(&mut self, kind: Kind) {
        self.apply(kind);
    }

    pub(super) fn receive(&mut self, mutant: Option<Mutant>) {
        let message = self.queue.remove(0);
        let told = match (history::on_message(self.position, message.stamp), mutant) {
            (Told::Gap, Some(Mutant::GapsUnseen)) => Told::Next,
            (Told::Elsewhere, Some(Mutant::FollowsAnyHistory)) => {
                self.apply(message.kind);
                self.position = Some(message.stamp);
                return;
            }
            (told, _) => told,
        };
        match told {
            Told::Next | Told::Late | Told::Unheeded if message.is_own => {}
            Told::Next | Told::Late | Told::Unheeded => self.apply(message.kind),
            Told::Gap => self.drop_all(),
            Told::Elsewhere => return self.lose(),
        }
        if self.position.is_some_and(|at| at.sequence < message.stamp.sequence) {
            self.position = Some(message.stamp);
        }
    }

    fn lose(&mut self) {
        self.fresh = None;
        self.position = None;
        self.losses += 1;
    }

    pub(super) fn disconnect(&mut self) {
        self.lose();
        self.hears = false;
        self.queue.clear();
    }

    pub(super) fn subscribe(&mut self) {
        self.lose();
        self.hears = true;
    }

    pub(super) fn ask(&mut self, known: Version) {
        self.poll = Some(Poll { losses: self.losses, position: self.position, known, answer: None });
    }

    pub(super) fn is_asking(&self) -> bool {
        self.poll.is_some_and(|poll| poll.answer.is_none())
    }

    pub(super) fn is_answered(&self) -> bool {
        self.poll.is_some_and(|poll| poll.answer.is_some())
    }

    pub(super) fn answer(&mut self, at: Stamp) {
        if let Some(poll) = &mut self.poll {
            poll.answer = Some(at);
        }
    }

    /// Judges an answer. Where the server is ahead, the messages have had their time.
    pub(super) fn judge(&mut self, mutant: Option<Mutant>) {
        let Some(Poll { losses, position, known, answer: Some(answer) }) = self.poll.take() else { return };
        let losses = if mutant == Some(Mutant::CountsOldAnswers) { self.losses } else { losses };
        let asked = Question { losses: losses.into(), position };
        match history::on_poll(asked, self.losses.into(), self.position, answer) {
            Polled::True => self.fresh = self.fresh.max(Some(known)),
            polled @ (Polled::Ahead | Polled::Attach) => {
                let keeps = match polled {
                    Polled::Attach => Mutant::AttachesWithWhatItHas,
                    _ => Mutant::AdoptsWithWhatItHas,
                };
                if mutant != Some(keeps) {
                    self.drop_all();
                }
                self.position = Some(answer);
                self.fresh = self.fresh.max(Some(known));
            }
            Polled::Lost => self.lose(),
            Polled::Void => {}
        }
    }

    /// Numbers that differ in nothing that is ever compared become the same.
    pub(super) fn normalized(mut self, began: &mut [&mut u64]) -> Self {
        if self.serves().is_none() && self.held.is_some_and(|held| !self.floors().allow(Sequence(held.began))) {
            self.held = None;
        }
        let mut numbers: Vec<u64> = vec![self.now, self.key, self.token, self.all];
        numbers.extend(self.held.map(|held| held.began));
        numbers.extend(began.iter().map(|began| **began));
        numbers.sort_unstable();
        numbers.dedup();
        let rank = |number: &mut u64| *number = numbers.iter().position(|known| known == number).unwrap_or(0) as u64;
        [&mut self.now, &mut self.key, &mut self.token, &mut self.all].into_iter().for_each(rank);
        self.held.iter_mut().for_each(|held| rank(&mut held.began));
        for began in began.iter_mut() {
            rank(began);
        }
        // What counts of the losses is whether a question is from before the last one.
        let is_old = self.poll.is_some_and(|poll| poll.losses != self.losses);
        self.losses = u8::from(is_old);
        self.poll.iter_mut().for_each(|poll| poll.losses = 0);
        self
    }
}
