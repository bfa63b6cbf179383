//! Storing what a load brought, on both levels: first the server, which knows whether the lease still stands, then
//! memory.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::Engine;
use crate::engine::counters::count;
use crate::engine::failing::OnTrouble;
use crate::engine::invalidate::Invalidation;
use crate::engine::lead::Lead;
use crate::engine::level2::fetch::Found;
use crate::engine::level2::kept::Names;
use crate::engine::level2::trouble::is_passing;
use crate::engine::level2::{Level2, bounded};
use crate::engine::store::{Kept, Loaded, Parcel};
use crate::flight::load::Landing;
use crate::model::clock::{self, Stopwatch};
use crate::model::entry_key::EntryKey;
use crate::model::error::{Error, ErrorKind};
use crate::model::outcome::Reason;
use crate::model::plan::Plan;
use crate::port::{Fill, Filled, Lease, Read, Release, Sealed, Set, When};
use crate::scope::stamps;
use crate::wire::envelope::{self, Content};
use crate::wire::message::Operation;
use crate::wire::names::TokenNames;

/// How long a value stays in memory that was loaded while the second level could not be reached: nobody would tell this
/// node of an invalidation elsewhere.
const DEGRADED: Duration = Duration::from_secs(1);

/// What a load may do with its value where there is a second level.
#[derive(Debug)]
pub(crate) enum Right {
    /// Nothing: somebody else loads or writes.
    None,
    /// Nothing yet: a lease has been asked for under this id, and might be granted.
    Asked([u8; 16]),
    /// Store it, if the lease still stands then.
    Leased(Lease),
    /// Keep it in memory for a moment: the second level does not answer.
    Unreachable,
}

impl Lead {
    /// How long a value that lives so long may stay in memory.
    pub(crate) fn l1_life(&self, life: Duration, plan: &Plan) -> Duration {
        let life = self.call.l1_life(life, plan);
        if matches!(self.right, Right::Unreachable) { life.min(DEGRADED) } else { life }
    }

    /// Keeps in memory what the second level had, and hands it to the calls that waited.
    pub(crate) fn keep(&self, found: Found) {
        count(&self.call.engine.counters.remote_hits);
        self.call.tally(|tally| &tally.remote_hits);
        self.call.engine.put_off(&found.entry, || self.key.clone());
        self.store_in_memory(&found.entry);
        self.load.land(Landing::Value(found.entry));
    }

    /// Gives up what the second level had, since it lacks tags that its value calls for. It is invalidated there, so
    /// that the next load can store. This one cannot, for what decides about its tags has been used up.
    pub(crate) fn give_up(&mut self) {
        let engine = &self.call.engine;
        self.not_remote = Some(Reason::FewerTags);
        if let Some(level) = &engine.level2 {
            level.troubles.mismatched("code that gave it fewer tags wrote it");
        }
        engine.forget_in_background(&self.call.space, self.key.clone());
        self.right = Right::None;
    }

    /// Stores what was loaded, if it is to be stored, and hands it to the calls that waited.
    ///
    /// Cancel safe: the waiting calls take over, and it does not matter whether the server has stored it.
    ///
    /// # Errors
    /// Where there was trouble on the way, counted and said, and the function fails then; those who wait fail too.
    pub(crate) async fn deliver(&mut self, loaded: Loaded, on_trouble: OnTrouble) -> Result<(), Error> {
        let engine = Arc::clone(&self.call.engine);
        let mut trouble = None;
        if !matches!(loaded, Loaded::Value(_) | Loaded::Error(..)) {
            trouble = self.leave_nothing_older().await;
        }
        let (loaded, failed) = match loaded {
            Loaded::Error(parcel, failed) => (Loaded::Value(parcel), failed),
            other => (other, None),
        };
        let landing = match (loaded, engine.level2_of(self.call.operation)) {
            (Loaded::Discarded, _) => Landing::Unshared,
            (Loaded::Absent, _) => Landing::Absent,
            (Loaded::Shared(entry), _) => Landing::Value(entry),
            (Loaded::Value(parcel) | Loaded::Error(parcel, _), None) => {
                self.store(parcel, failed);
                return Ok(());
            }
            (Loaded::Value(parcel) | Loaded::Error(parcel, _), Some(level)) => {
                let entry = Arc::clone(&parcel.entry);
                trouble = self.store_on_both(level, parcel).await;
                Landing::Value(entry)
            }
        };
        self.give_back();
        let trouble = trouble.filter(|_| on_trouble == OnTrouble::Fail);
        let landing = trouble.clone().map_or(landing, Landing::Troubled);
        self.end(failed.map_or(landing, Landing::Failed));
        trouble.map_or(Ok(()), Err)
    }

    /// Stores on both levels what may be; says what trouble there was.
    async fn store_on_both(&mut self, level: &Level2, parcel: Parcel) -> Option<Error> {
        let stored = match self.right {
            // An error that has no bytes stays in this process.
            Right::Leased(_) if parcel.payload.is_none() => Outcome::Stored,
            Right::Leased(lease) => self.fill(level, &lease, &parcel).await,
            Right::Unreachable => Outcome::Stored,
            Right::None | Right::Asked(_) => Outcome::Unstored(None),
        };
        let counters = &self.call.engine.counters;
        let is_kept = match &stored {
            Outcome::Stored => {
                let is_kept = self.store_in_memory(&parcel.entry) != Kept::Refused;
                count(if is_kept { &counters.stored } else { &counters.refused });
                if is_kept {
                    self.call.tally(|tally| &tally.stored);
                }
                is_kept
            }
            Outcome::Refused => {
                count(&counters.refused);
                self.load.mark_unconfirmed();
                false
            }
            Outcome::Unstored(_) => {
                count(&counters.unstored);
                false
            }
        };
        let older = if is_kept { None } else { self.leave_nothing_older().await };
        if let Outcome::Unstored(Some(trouble)) = stored { Some(trouble) } else { older }
    }

    /// After a refresh the key holds what it brought or nothing, as after a put. Where the key was invalidated meanwhile,
    /// whoever did that sees to it. Says what trouble there was; what was not delivered will be.
    pub(crate) async fn leave_nothing_older(&mut self) -> Option<Error> {
        if !self.refreshes || self.load.is_key_invalidated() {
            return None;
        }
        let invalidation = Invalidation { keys: vec![self.key.clone()], ..Invalidation::new(&self.call.space) };
        self.call.engine.invalidate(invalidation, std::mem::take(&mut self.allowance)).await.err()
    }

    async fn fill(&mut self, level: &Level2, lease: &Lease, parcel: &Parcel) -> Outcome {
        let failure = self.failure.filter(|_| parcel.content == Content::Error);
        let fingerprint = failure.and_then(|failure| failure.fingerprint(self.kind)).unwrap_or(self.kind.fingerprint());
        let sealed = match level.seal(&self.key, fingerprint, parcel, self.call.operation.idle) {
            Ok(sealed) => sealed,
            Err(trouble) => return Outcome::Unstored(Some(trouble)),
        };
        let tokens = self.tokens(&parcel.tags);
        let Some(minted_by) = Self::minted_by(&tokens, parcel, lease) else { return Outcome::Unstored(None) };
        // What the server says now was decided before any later call began.
        self.load.close();
        let at = Read { key: self.key.bytes(), tokens: &tokens.0 };
        let (entry, ttl) = (&sealed, bounded(parcel.ttl));
        let filled = if self.call.engine.settings.is_fenced() {
            // A refresh replaces what others have in memory.
            let message = self.refreshes.then(|| level.message(&[Operation::Key(self.key.bytes())]));
            let fill = Fill { at, lease, minted_by: &minted_by, entry, ttl, message: message.as_deref() };
            level.ask(&mut self.allowance, |within| self.way.fill(level, fill, within)).await
        } else {
            let message = level.message(&[]);
            let set = Set { at, entry, ttl, when: When::Always, message: &message };
            level.ask(&mut self.allowance, |within| level.store.set(set, within)).await
        };
        self.note_lost(level);
        // Whether it is there is unknown then, and memory must not know better.
        let filled = match filled {
            Ok(filled) => filled,
            Err(trouble) => return Outcome::Unstored(Some(trouble)),
        };
        // Stored or refused: the lease is gone.
        self.right = Right::None;
        if let (true, Filled::Stored(stamp) | Filled::Refused(stamp)) = (self.refreshes, filled) {
            stamps::note(Ok(stamp));
            let now = self.call.engine.settings.clock.now();
            level.recent.note(now, Names::of_key(self.key.bytes()));
        }
        match filled {
            Filled::Stored(stamp) => {
                level.hear(stamp);
                if let Some(origin) = &parcel.entry.header.origin {
                    origin.confirm(lease.granted);
                }
                Outcome::Stored
            }
            Filled::Refused(stamp) => {
                level.hear(stamp);
                Outcome::Refused
            }
            // What is there is somebody else's. Neither asks for it.
            Filled::Present => Outcome::Unstored(None),
        }
    }

    /// By when each token must have been minted, where that is not the lease's number for all. `None`: for one of them
    /// nobody knows, so the server cannot tell whether the value is stale.
    fn minted_by(tokens: &TokenNames, parcel: &Parcel, lease: &Lease) -> Option<Vec<u64>> {
        let granted = lease.granted;
        let mut minted_by = vec![granted.sequence; tokens.0.len()];
        for (floor, bound) in parcel.made_of.iter() {
            let bound = bound.and_then(|bound| bound.earlier(granted))?;
            let at = tokens.0.iter().position(|token| **token == *floor.token())?;
            minted_by[at] = minted_by[at].min(bound.sequence);
        }
        if minted_by.iter().all(|by| *by == granted.sequence) {
            minted_by.clear();
        }
        Some(minted_by)
    }

    /// Gives a lease back that nothing was stored under, in the background. So the server never said whether it still
    /// stood, which calls that came meanwhile must know.
    pub(crate) fn give_back(&mut self) {
        let id = match self.right {
            Right::Leased(lease) => {
                self.load.mark_unconfirmed();
                lease.id
            }
            Right::Asked(id) => id,
            Right::None | Right::Unreachable => return,
        };
        self.right = Right::None;
        self.way.give_back(&self.call.engine, self.key.clone(), id);
    }
}

/// What became of a value on the second level.
#[derive(Debug)]
enum Outcome {
    Stored,
    Refused,
    /// It is not known to be there, perhaps for trouble.
    Unstored(Option<Error>),
}

/// How long to wait before a lease is given back again.
const RELEASE_PAUSE: Duration = Duration::from_millis(250);

impl Level2 {
    /// The bytes of a value with its tags and its key.
    ///
    /// # Errors
    /// Counted and said: where they are beyond the limits, or the value cannot be written as bytes.
    pub(crate) fn seal(
        &self,
        key: &EntryKey,
        fingerprint: [u8; 16],
        parcel: &Parcel,
        idle: Option<Duration>,
    ) -> Result<Sealed, Error> {
        let idle = idle.and_then(bounded);
        let too_much =
            || Error::new(ErrorKind::TooLarge, "an entry was not stored: it has too many tags, or too long a key");
        let sealed = match &parcel.payload {
            Some(Ok(payload)) => {
                let payload = (payload.form, &*payload.bytes);
                envelope::seal(parcel.content, fingerprint, parcel.tags.iter(), key.full(), payload, idle)
                    .ok_or_else(too_much)
            }
            Some(Err(error)) => Err(error.clone()),
            None => Err(Error::new(ErrorKind::Codec, "an entry was not stored: it has no bytes")),
        };
        sealed.inspect_err(|error| self.troubles.note(error))
    }
}

impl Engine {
    pub(super) fn release_in_background(self: &Arc<Self>, leases: Vec<(EntryKey, [u8; 16])>) {
        if let Some(level) = &self.level2 {
            let (store, engine) = (Arc::clone(&level.store), Arc::downgrade(self));
            let (budget, lease) = (level.limits.budget, self.settings.lease);
            level.store.spawn(self.chores.task(async move {
                // Until they are back every call on their keys waits for them in vain, and stores nothing.
                let (mut store, watch) = (Some(store), Stopwatch::start());
                while let Some(there) = store.take() {
                    let all: Vec<_> = leases.iter().map(|(key, id)| Release { key: key.bytes(), id }).collect();
                    let released = there.release_many(&all, budget).await;
                    drop(there);
                    if !released.is_err_and(|error| is_passing(error.kind())) || watch.elapsed() >= lease {
                        return;
                    }
                    clock::sleep(RELEASE_PAUSE).await;
                    // Nobody waits for the lease of a cache that is gone, which ends by its own time.
                    store = engine
                        .upgrade()
                        .and_then(|engine| engine.level2.as_ref().map(|level| Arc::clone(&level.store)));
                }
            }));
        }
    }
}
