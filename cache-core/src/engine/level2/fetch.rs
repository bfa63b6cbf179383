//! A look-up on the second level, and where nothing is there, the right to load it.
//!
//! While the server is asked, the load is closed to later calls: what it answers was decided before they began, and an
//! invalidation may have returned in between. They queue, and are answered by the next question.

use std::sync::Arc;
use std::time::Duration;

use crate::decisions::records;
use crate::engine::lead::Lead;
use crate::engine::level2::fill::Right;
use crate::engine::level2::{Level2, bounded};
use crate::model::clock::{self, Deadline, Timestamp};
use crate::model::entry::{Beginning, Entry, Header, Idle};
use crate::model::error::{Error, ErrorKind};
use crate::model::inherited::Origin;
use crate::model::operation::Flights;
use crate::model::outcome::Reason;
use crate::model::plan::{Plan, TagNames};
use crate::port::{Acquire, Acquired, Kind, Lease, Read, Snapshot};
use crate::wire::envelope::{self, Content, Envelope, HEADER, Header as Stored};
use crate::wire::names::TokenNames;
use crate::wire::records::{Stamp, Token};

/// How long a call waits for another node's load.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// The first pause between two looks at what another node loads, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(100));
/// How many bytes an entry may have beside its value: header, tags and key.
const BESIDE_VALUE: usize = 1 << 20;
/// How often an entry may change under a look-up before it loads without storing.
const CHANGES: usize = 16;
/// How often the tags of an entry may change under a look-up: once to learn them, once more by chance.
const TAG_CHANGES: usize = 3;

/// An entry of the second level, in this process's shape.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) entry: Arc<Entry>,
    tags: TagNames,
}

impl Found {
    /// Whether it carries the tags that its value calls for.
    pub(crate) fn carries(&self, tags: &TagNames) -> bool {
        tags.iter().all(|tag| self.tags.iter().any(|carried| carried == tag))
    }
}

/// What one question brought.
enum Look {
    Found(Found),
    /// Nothing that can be used; with the head of what is there.
    Missing(Vec<u8>),
}

/// What became of the wish to load.
enum Wish {
    Granted(Lease),
    /// Ask again, after this long.
    Again(Duration),
    /// Load, and do not store.
    Denied,
}

impl Lead {
    /// Asks the second level. `None`: it has nothing, and the body is to run, with the right to store that this has got.
    ///
    /// Cancel safe: a lease that was asked for is given back.
    ///
    /// # Errors
    /// Where there was trouble, counted and said. The body may run all the same, without that right.
    pub(crate) async fn fetch(&mut self, plan: &Plan) -> Result<Option<Found>, Error> {
        let engine = Arc::clone(&self.call.engine);
        let Some(level) = engine.level2_of(self.call.operation) else { return Ok(None) };
        let ttl = plan.ttl.unwrap_or_else(|| engine.settings.ttl(&self.call.namespace));
        // Where it does not, nothing will tell whether this load is still true when it ends.
        level.takes(&plan.tags).inspect_err(|_| self.load.close())?;
        if self.refreshes {
            return self.seize(level, plan, ttl).await;
        }
        let mut search = Search::new(self.tokens(&plan.tags));
        loop {
            self.load.close();
            let seen = self.look(level, &mut search, plan).await;
            self.note_lost(level);
            let seen = match seen {
                Ok(Look::Found(found)) => return Ok(Some(found)),
                Ok(Look::Missing(seen)) => seen,
                Err(error) => return self.go_on_without(error),
            };
            let wish = self.wish(level, &mut search, ttl, &seen).await;
            self.note_lost(level);
            match wish {
                Ok(Wish::Granted(lease)) => return Ok(self.go_on_with(Right::Leased(lease))),
                Ok(Wish::Denied) => {
                    // Stays closed: nothing will tell whether this load is still true when it ends.
                    self.right = Right::None;
                    return Ok(None);
                }
                Ok(Wish::Again(pause)) if pause.is_zero() => {}
                Ok(Wish::Again(pause)) => {
                    self.load.open();
                    clock::sleep(pause).await;
                }
                Err(error) => return self.go_on_without(error),
            }
        }
    }

    /// Looks at what the second level has, and wants no right to store.
    ///
    /// Cancel safe: it changes nothing.
    pub(crate) async fn peek(&mut self, plan: &Plan) -> Result<Option<Found>, Error> {
        let engine = Arc::clone(&self.call.engine);
        let Some(level) = engine.level2_of(self.call.operation) else { return Ok(None) };
        let mut search = Search::new(self.tokens(&plan.tags));
        match self.look(level, &mut search, plan).await {
            Ok(Look::Found(found)) => Ok(Some(found)),
            Ok(Look::Missing(_)) => Ok(None),
            Err(error) => {
                self.not_remote = Some(Reason::Unreachable);
                Err(error)
            }
        }
    }

    /// Takes the right to store from whoever has it: what they bring is older than what this load will.
    async fn seize(&mut self, level: &Level2, plan: &Plan, ttl: Duration) -> Result<Option<Found>, Error> {
        let id = match level.fresh_id() {
            Ok(id) => id,
            Err(error) => return self.go_on_without(error),
        };
        // From here on the lease may be ours: dropped, this gives it back.
        self.right = Right::Asked(id);
        let tokens = self.tokens(&plan.tags);
        let at = Read { key: self.key.bytes(), tokens: &tokens.0 };
        let lease = self.call.engine.settings.lease;
        let acquire = Acquire { at, id, kind: Kind::Write, lease, ttl: bounded(ttl), seen: &[] };
        let acquired = level.ask(&mut self.allowance, |within| self.way.acquire(level, acquire, within)).await;
        self.note_lost(level);
        match acquired {
            Ok(Acquired::Granted(lease)) => {
                level.hear(lease.granted);
                self.right = Right::None;
                Ok(self.go_on_with(Right::Leased(lease)))
            }
            Ok(Acquired::Busy(..) | Acquired::Changed) => {
                self.go_on_without(Error::new(ErrorKind::Server, "the second level refused what it never refuses"))
            }
            Err(error) => self.go_on_without(error),
        }
    }

    fn go_on_without(&mut self, error: Error) -> Result<Option<Found>, Error> {
        self.not_remote = Some(Reason::Unreachable);
        self.load.mark_unasked();
        self.go_on_with(Right::Unreachable);
        Err(error)
    }

    /// Says how long the load has waited for the second level, for those who waited for it meanwhile.
    pub(super) fn note_lost(&self, level: &Level2) {
        self.load.note_lost(level.limits.budget.saturating_sub(self.allowance.left()));
    }

    fn go_on_with(&mut self, right: Right) -> Option<Found> {
        self.give_back();
        self.right = right;
        self.load.open_for_body();
        None
    }

    /// The tokens of an entry with these tags.
    pub(super) fn tokens(&self, tags: &TagNames) -> TokenNames {
        TokenNames::of(&self.call.space, &self.call.namespace, tags.iter())
    }

    async fn look(&mut self, level: &Level2, search: &mut Search, plan: &Plan) -> Result<Look, Error> {
        for _ in 0..TAG_CHANGES {
            let read = Read { key: self.key.bytes(), tokens: &search.tokens.0 };
            let asked = self.call.engine.settings.clock.now();
            let snapshot = level.ask(&mut self.allowance, |within| self.way.read(level, read, within)).await?;
            let control = snapshot.control.as_deref().and_then(Stamp::decode);
            if let Some(control) = control {
                level.hear(control);
            }
            let Some(bytes) = &snapshot.entry else { return self.missing(Reason::Nothing, Vec::new()) };
            let seen = bytes[..bytes.len().min(HEADER)].to_vec();
            if bytes.len() > level.limits.value.saturating_add(BESIDE_VALUE) {
                level
                    .troubles
                    .note(&Error::new(ErrorKind::TooLarge, "an entry is larger than the limit: it counts as a miss"));
                return self.missing(Reason::Unreadable, seen);
            }
            let envelope = match envelope::open(bytes) {
                Ok(envelope) => envelope,
                Err(flaw) => {
                    level.troubles.flawed(flaw);
                    return self.missing(Reason::Unreadable, seen);
                }
            };
            if control.is_none_or(|control| control.generation != envelope.header.generation) {
                return self.missing(Reason::Invalidated, seen);
            }
            let known = search.tokens.0.len();
            search.tokens.add(&self.call.space, envelope.tags.iter().copied());
            if search.tokens.0.len() > known {
                // It has tags that only its value knows: once more, with their tokens, for all must be of one moment.
                continue;
            }
            return match self.judge(level, (&snapshot, asked), control, &envelope, plan) {
                Ok(found) => Ok(Look::Found(found)),
                Err(reason) => self.missing(reason, seen),
            };
        }
        // Whose tags it lies on changes faster than it can be read.
        self.missing(Reason::Invalidated, Vec::new())
    }

    /// Nothing that can be used, and why.
    #[allow(clippy::unnecessary_wraps, reason = "what a look comes to, beside what cannot be reached")]
    fn missing(&mut self, reason: Reason, seen: Vec<u8>) -> Result<Look, Error> {
        self.not_remote = Some(reason);
        Ok(Look::Missing(seen))
    }

    fn judge(
        &self,
        level: &Level2,
        (snapshot, asked): (&Snapshot, Timestamp),
        control: Option<Stamp>,
        envelope: &Envelope<'_>,
        plan: &Plan,
    ) -> Result<Found, Reason> {
        let tokens = snapshot.tokens.iter().map(|token| token.as_deref().and_then(Token::decode));
        if !records::servable(&envelope.header, control, tokens, snapshot.server_now) {
            return Err(match () {
                () if records::has_ended(&envelope.header, snapshot.server_now) => Reason::Expired,
                // The token of such a tag may never have been there.
                () if !records::carries(envelope, plan.tags.iter()) => Reason::FewerTags,
                () => Reason::Invalidated,
            });
        }
        if envelope.key != self.key.full() {
            level.troubles.corrupt("it stands under another key");
            return Err(Reason::Unreadable);
        }
        let fingerprint = match (envelope.content, self.failure) {
            // Code that keeps no `None` and no error has never asked whether there is one.
            (Content::None, _) if !self.call.operation.keeps_none => return Err(Reason::OtherType),
            (Content::None | Content::Value, _) => self.kind.fingerprint(),
            (Content::Error, failure) => {
                let fingerprint = failure.and_then(|failure| failure.fingerprint(self.kind));
                fingerprint.ok_or(Reason::OtherType)?
            }
        };
        if envelope.fingerprint != fingerprint {
            level.troubles.mismatched("a build with another shape of its type wrote it");
            return Err(Reason::OtherType);
        }
        if !records::carries(envelope, plan.tags.iter()) {
            level.troubles.mismatched("code that gave it fewer tags wrote it");
            return Err(Reason::FewerTags);
        }
        let mut tags = TagNames::default();
        envelope.tags.iter().for_each(|tag| tags.push_name(tag));
        let header = self.header((snapshot, asked), envelope, &tags, plan);
        let entry = match envelope.content {
            Content::None => Some(self.kind.none(header)),
            Content::Value => level.decode(self.kind, header, envelope),
            Content::Error => match self.failure {
                Some(failure) => {
                    let entry = failure.decode(header, envelope.payload);
                    entry.inspect_err(|error| level.troubles.note(error)).ok()
                }
                None => return Err(Reason::OtherType),
            },
        };
        entry.map(|entry| Found { entry, tags }).ok_or(Reason::Unreadable)
    }

    /// What memory knows of the entry: it ends there with the server's at the latest.
    fn header(
        &self,
        (snapshot, asked): (&Snapshot, Timestamp),
        envelope: &Envelope<'_>,
        tags: &TagNames,
        plan: &Plan,
    ) -> Header {
        let left = |end: u64| match end {
            0 => Duration::MAX,
            end => Duration::from_millis(end.saturating_sub(snapshot.server_now)),
        };
        let floors = self.call.engine.floors(&self.call, tags);
        // Its time in memory runs from the question: what was invalidated elsewhere after that is not in the answer.
        let began = Beginning { sequence: self.load.began.sequence, at: asked };
        let mut header = self.call.engine.header(self.call.operation, began, floors, Duration::MAX);
        header.is_read = true;
        let Stored { generation, load_sequence, .. } = envelope.header;
        header.origin = Origin::of(Some(Stamp { generation, sequence: load_sequence }), false);
        let (end, limit) = (asked.plus(left(envelope.header.expires_at)), asked.plus(self.call.l1_limit(plan)));
        header.expires_at = Deadline::at(end.min(limit));
        // Its code may say otherwise by now; what counts is how it was stored.
        header.idle = envelope.sliding.map(|sliding| {
            let limit = limit.min(asked.plus(left(sliding.limit)));
            Box::new(Idle::new(Duration::from_millis(sliding.after), limit, Some(end)))
        });
        header
    }

    async fn wish(&mut self, level: &Level2, search: &mut Search, ttl: Duration, seen: &[u8]) -> Result<Wish, Error> {
        let id = level.fresh_id()?;
        // From here on the lease may be ours: dropped, this gives it back.
        self.right = Right::Asked(id);
        let at = Read { key: self.key.bytes(), tokens: &search.tokens.0 };
        let lease = self.call.engine.settings.lease;
        let acquire = Acquire { at, id, kind: Kind::Load, lease, ttl: bounded(ttl), seen };
        let acquired = level.ask(&mut self.allowance, |within| self.way.acquire(level, acquire, within)).await?;
        self.right = Right::None;
        let key = self.key.hash();
        Ok(match acquired {
            Acquired::Granted(lease) => {
                level.hear(lease.granted);
                level.patience.renew(key);
                Wish::Granted(lease)
            }
            Acquired::Changed => search.again_at_once(),
            // What is written now would be stored by the writer.
            Acquired::Busy(_, Kind::Write) => Wish::Denied,
            // A load around this one might have the lease, and would be waited for in vain.
            Acquired::Busy(_, Kind::Load) if self.is_alone || self.frame.is_inside_its_key() => Wish::Denied,
            Acquired::Busy(_, Kind::Load) if self.call.operation.flights != Flights::Cluster => Wish::Denied,
            Acquired::Busy(_, Kind::Load) if level.patience.is_over(key) => Wish::Denied,
            Acquired::Busy(left, Kind::Load) => {
                search.again_after_a_pause(left, self.way.jitter()).unwrap_or_else(|| {
                    level.patience.end(key, left);
                    Wish::Denied
                })
            }
        })
    }
}

/// How far a look-up has come.
struct Search {
    tokens: TokenNames,
    rounds: usize,
    waited: Duration,
    pause: Duration,
}

impl Search {
    fn new(tokens: TokenNames) -> Self {
        Self { tokens, rounds: 0, waited: Duration::ZERO, pause: PAUSES.0 }
    }

    fn again_at_once(&mut self) -> Wish {
        self.rounds += 1;
        if self.rounds > CHANGES { Wish::Denied } else { Wish::Again(Duration::ZERO) }
    }

    /// Jittered, so that nodes that wait for the same load do not come back together. `None`: it has waited long enough.
    fn again_after_a_pause(&mut self, left: Duration, jitter: f64) -> Option<Wish> {
        let longest = left.min(LONGEST_WAIT.saturating_sub(self.waited));
        if longest.is_zero() {
            return None;
        }
        let pause = self.pause.mul_f64(0.5 + jitter).min(longest);
        self.waited += pause;
        self.pause = (2 * self.pause).min(PAUSES.1);
        Some(Wish::Again(pause))
    }
}
