//! Whether entries are there, for how long, and until when from now on.

use std::time::{Duration, SystemTime};

use crate::engine::level2::kept::Names;
use crate::engine::level2::{Level2, bounded};
use crate::engine::look_up::Call;
use crate::engine::values::stands;
use crate::fence::sequence::Reach;
use crate::model::clock::{self, Timestamp};
use crate::model::entry_key::EntryKey;
use crate::model::error::Error;
use crate::model::lifetime::Lifetime;
use crate::port::{Expire, Inspected, Moved, Stamp, Until};
use crate::scope::stamps;
use crate::wire::message::{self, Operation as Told};

/// Sent by nobody, so that every node applies it, this one too: whatever became of the caller.
const NOBODY: [u8; 16] = [0; 16];

impl Level2 {
    /// What every node is told, this one too.
    pub(super) fn message_for_all(keys: &[&EntryKey]) -> Vec<u8> {
        message::encode(&NOBODY, &keys.iter().map(|key| Told::Key(key.bytes())).collect::<Vec<_>>())
    }
}

impl Call {
    /// Of each key, how long its entry lasts, where it has one. In one round trip.
    ///
    /// Cancel safe: it changes nothing.
    pub(crate) async fn lifetimes(&self, keys: &[EntryKey]) -> Result<Vec<Option<Lifetime>>, Error> {
        let engine = &self.engine;
        if !engine.is_on() {
            return Ok(vec![None; keys.len()]);
        }
        let Some(level) = &engine.level2 else {
            return Ok(keys.iter().map(|key| self.lifetime_here(key)).collect());
        };
        let found = self.inspect(level, &keys.iter().map(EntryKey::bytes).collect::<Vec<_>>()).await?;
        Ok(found.into_iter().map(|found| found.map(|found| Lifetime::of(found.left))).collect())
    }

    /// Looks at entries on the server.
    pub(super) async fn inspect(&self, level: &Level2, keys: &[&[u8]]) -> Result<Vec<Option<Inspected>>, Error> {
        let mut allowance = self.engine.allowance();
        let inspected =
            level.ask(&mut allowance, |within| async move { Ok(level.store.inspect_many(keys, within).await) }).await?;
        inspected.into_iter().map(|one| one.inspect_err(|error| level.troubles.note(error))).collect()
    }

    fn lifetime_here(&self, key: &EntryKey) -> Option<Lifetime> {
        let now = self.engine.settings.clock.now();
        let entry = self.engine.memory.get(key).filter(|entry| stands(entry, now))?;
        let end = entry.header.expires_at.get();
        Some(Lifetime::of(bounded(end.since(now))))
    }

    /// Has an entry end at another time; says whether there is one. In one round trip.
    ///
    /// # Cancel safety
    /// Dropped before its end, it may have been done or not.
    pub(crate) async fn expire(&self, key: &EntryKey, to: End) -> Result<bool, Error> {
        if !self.engine.is_on() {
            return Ok(false);
        }
        let Some(level) = &self.engine.level2 else { return Ok(self.expire_here(key, to)) };
        let message = Level2::message_for_all(&[key]);
        let expire = Expire { key: key.bytes(), to: to.there(), message: &message };
        let mut allowance = self.engine.allowance();
        Ok(match level.ask(&mut allowance, |within| level.store.expire(expire, within)).await? {
            Moved::Missing => false,
            Moved::Later => true,
            Moved::Earlier(stamp) => {
                self.changed_there(level, &[key], stamp);
                true
            }
        })
    }

    /// The server has changed what memory has of these keys.
    pub(super) fn changed_there(&self, level: &Level2, keys: &[&EntryKey], stamp: Stamp) {
        stamps::note(Ok(stamp));
        for key in keys {
            level.recent.note(self.engine.settings.clock.now(), Names::of_key(key.bytes()));
            self.engine.remove_key(key);
        }
    }

    fn expire_here(&self, key: &EntryKey, to: End) -> bool {
        let (engine, now) = (&self.engine, self.engine.settings.clock.now());
        let mut stripe = engine.flights.lock(key);
        let Some(entry) = engine.memory.get(key).filter(|entry| stands(entry, now)) else { return false };
        let limit = to.here(now);
        let end = match &entry.header.idle {
            Some(idle) => {
                idle.limit.set(limit);
                limit.min(now.plus(idle.after))
            }
            None => limit,
        };
        entry.header.expires_at.set(end);
        if end <= now {
            engine.invalidations.next(Reach::Key(key.hash()));
            stripe.invalidate(key);
            engine.memory.remove(key);
        }
        true
    }
}

/// When an entry is to end.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    /// After this long.
    In(Duration),
    /// At this moment.
    At(SystemTime),
    Never,
}

impl End {
    fn there(self) -> Until {
        match self {
            End::In(time) => bounded(time).map_or(Until::Never, Until::In),
            End::At(moment) => bounded(clock::since_epoch(moment))
                .map_or(Until::Never, |since| Until::At(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))),
            End::Never => Until::Never,
        }
    }

    fn here(self, now: Timestamp) -> Timestamp {
        match self {
            End::In(time) => now.plus(time),
            End::At(moment) => now.plus(clock::until(moment)),
            End::Never => now.plus(Duration::MAX),
        }
    }
}
