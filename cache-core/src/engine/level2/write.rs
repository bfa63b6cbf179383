//! A put on the second level: before the body an intent, which takes the lease from every load that runs and lets later
//! ones load without storing; after it the value, if the intent still stands.
//!
//! A key that only the result names can have no intent. Its put remembers where the history stood, and stores only if
//! nothing at all has been invalidated since: the server keeps no record of what was, and one that it kept could be lost.

use std::sync::Arc;

use crate::engine::level2::kept::Names;
use crate::engine::level2::{Level2, bounded};
use crate::engine::put::Put;
use crate::engine::store::Parcel;
use crate::model::entry_key::EntryKey;
use crate::model::error::Error;
use crate::port::{Acquire, Acquired, Fill, Filled, Kind, Lease, Read, Set, Stamp, When};
use crate::scope::stamps;
use crate::wire::message::Operation;
use crate::wire::names::TokenNames;
use crate::wire::value::ValueKind;

/// What the second level was told before the body of a put.
#[derive(Debug)]
pub(crate) enum Intent {
    /// Nothing, or nobody answered: the key is invalidated and not stored.
    None,
    /// A lease has been asked for under this id, and might be granted.
    Asked([u8; 16]),
    /// The put has the lease.
    Leased(Lease),
    /// The key is not known yet; this is where the history stood.
    Since(Stamp),
}

/// A value was not stored.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The server has removed what was there.
    Removed,
    /// It is unknown what is there, perhaps for trouble, which is counted and said.
    Unknown(Option<Error>),
}

impl Put {
    /// Says that the key is going to be written.
    ///
    /// Cancel safe: the key is given up by whoever drops the put.
    ///
    /// # Errors
    /// Where there was trouble, counted and said. The put may go on all the same, and will store nothing then.
    pub(crate) async fn intend(&mut self) -> Result<(), Error> {
        if self.lacks_tenant {
            return Err(Error::tenant_missing());
        }
        let engine = Arc::clone(&self.call.engine);
        let level = engine.level2_of(self.call.operation).filter(|_| !self.passes_by);
        let Some(level) = level else { return Ok(()) };
        level.takes(&self.plan.tags)?;
        let Some(key) = &self.key else {
            let stamp = level.ask(&mut self.allowance, |within| level.store.stamp(within)).await?;
            self.intent = Intent::Since(stamp);
            return Ok(());
        };
        let id = level.fresh_id()?;
        self.intent = Intent::Asked(id);
        let tokens = TokenNames::of(&self.call.space, &self.call.namespace, self.plan.tags.iter());
        let ttl = bounded(self.plan.ttl.unwrap_or_else(|| engine.settings.ttl(&self.call.namespace)));
        let at = Read { key: key.bytes(), tokens: &tokens.0 };
        let acquire = Acquire { at, id, kind: Kind::Write, lease: engine.settings.lease, ttl, seen: &[] };
        let acquired = level.ask(&mut self.allowance, |within| level.store.acquire(acquire, within)).await?;
        if let Acquired::Granted(lease) = acquired {
            self.intent = Intent::Leased(lease);
        }
        Ok(())
    }

    /// Takes the intent back, in the background: nothing was written.
    pub(crate) fn withdraw(&mut self) {
        let id = match std::mem::replace(&mut self.intent, Intent::None) {
            Intent::Leased(lease) => lease.id,
            Intent::Asked(id) => id,
            Intent::None | Intent::Since(_) => return,
        };
        if let Some(key) = &self.key {
            self.call.engine.release_in_background(vec![(key.clone(), id)]);
        }
    }

    /// Stores the value on the second level, where the intent still stands.
    pub(crate) async fn write(
        &mut self,
        level: &Level2,
        key: &EntryKey,
        kind: ValueKind,
        parcel: &Parcel,
    ) -> Result<(), Refused> {
        let sealed = level.seal(key, kind.fingerprint(), parcel, self.call.operation.idle);
        let sealed = sealed.map_err(|trouble| Refused::Unknown(Some(trouble)))?;
        let tokens = TokenNames::of(&self.call.space, &self.call.namespace, parcel.tags.iter());
        let at = Read { key: key.bytes(), tokens: &tokens.0 };
        let message = level.message(&[Operation::Key(key.bytes())]);
        let (entry, ttl) = (&sealed, bounded(parcel.ttl));
        let filled = match &self.intent {
            Intent::Leased(lease) => {
                let fill = Fill { at, lease, minted_by: &[], entry, ttl, message: Some(&message) };
                level.ask(&mut self.allowance, |within| level.store.fill(fill, within)).await
            }
            Intent::Since(stamp) => {
                let set = Set { at, entry, ttl, when: When::At(*stamp), message: &message };
                level.ask(&mut self.allowance, |within| level.store.set(set, within)).await
            }
            Intent::None | Intent::Asked(_) => return Err(Refused::Unknown(None)),
        };
        if let Ok(Filled::Stored(stamp) | Filled::Refused(stamp)) = filled {
            stamps::note(Ok(stamp));
            let now = self.call.engine.settings.clock.now();
            level.recent.note(now, Names::of_key(key.bytes()));
        }
        match filled {
            Ok(Filled::Stored(stamp)) => {
                // Without a lease, nothing at all was invalidated since the put began: it counts as loaded here.
                if let (Intent::Since(_), Some(origin)) = (&self.intent, &parcel.entry.header.origin) {
                    origin.confirm(stamp);
                }
                Ok(())
            }
            Ok(Filled::Refused(_)) => Err(Refused::Removed),
            // What is there is somebody else's. No put asks for that.
            Ok(Filled::Present) => Err(Refused::Unknown(None)),
            Err(trouble) => Err(Refused::Unknown(Some(trouble))),
        }
    }
}
