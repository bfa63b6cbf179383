//! What a lead asks the second level, by itself or in a convoy.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::engine::level2::Level2;
use crate::engine::level2::convoy::{Convoy, Queue};
use crate::model::entry_key::EntryKey;
use crate::model::error::Error;
use crate::port::{Acquire, Acquired, Fill, Filled, Kind, Lease, Read, RemoteStore, Sealed, Snapshot};

/// How a lead's questions travel.
#[derive(Debug, Clone)]
pub(crate) enum Way {
    Alone,
    /// With those of the other elements of its batch.
    Together(Arc<Convoy>),
}

impl Way {
    pub(super) async fn read(&self, level: &Level2, read: Read<'_>, within: Duration) -> Result<Snapshot, Error> {
        match self {
            Way::Alone => level.store.read(read, within).await,
            Way::Together(convoy) => convoy.ask(OwnRead::of(read), within).await,
        }
    }

    pub(super) async fn acquire(
        &self,
        level: &Level2,
        acquire: Acquire<'_>,
        within: Duration,
    ) -> Result<Acquired, Error> {
        match self {
            Way::Alone => level.store.acquire(acquire, within).await,
            Way::Together(convoy) => convoy.ask(OwnAcquire::of(acquire), within).await,
        }
    }

    pub(super) async fn fill(&self, level: &Level2, fill: Fill<'_>, within: Duration) -> Result<Filled, Error> {
        match self {
            Way::Alone => level.store.fill(fill, within).await,
            Way::Together(convoy) => convoy.ask(OwnFill::of(fill), within).await,
        }
    }

    /// How much of a pause is chance, from 0 to 1.
    pub(super) fn jitter(&self) -> f64 {
        match self {
            Way::Alone => fastrand::f64(),
            Way::Together(convoy) => convoy.jitter(),
        }
    }

    /// Gives a lease back in the background.
    pub(super) fn give_back(&self, engine: &Arc<crate::engine::Engine>, key: EntryKey, id: [u8; 16]) {
        match self {
            Way::Alone => engine.release_in_background(vec![(key, id)]),
            Way::Together(convoy) => convoy.give_back(key, id),
        }
    }
}

/// A question that can be kept until others are asked with it.
#[async_trait]
pub(crate) trait Question: Debug + Sized + Send + Sync + 'static {
    type Answer: Debug + Send + 'static;

    /// Where the questions of this kind wait.
    fn queue(convoy: &Convoy) -> &Queue<Self>;

    /// Asks all of them in one round trip.
    async fn ask_all(store: &dyn RemoteStore, all: &[Self], within: Duration) -> Vec<Result<Self::Answer, Error>>;
}

#[derive(Debug)]
pub(crate) struct OwnRead {
    key: Box<[u8]>,
    tokens: Vec<Box<[u8]>>,
}

#[derive(Debug)]
pub(crate) struct OwnAcquire {
    at: OwnRead,
    id: [u8; 16],
    kind: Kind,
    lease: Duration,
    ttl: Option<Duration>,
    seen: Vec<u8>,
}

#[derive(Debug)]
pub(crate) struct OwnFill {
    at: OwnRead,
    lease: Lease,
    minted_by: Vec<u64>,
    entry: Sealed,
    ttl: Option<Duration>,
    message: Option<Vec<u8>>,
}

impl OwnRead {
    fn of(read: Read<'_>) -> Self {
        Self { key: read.key.into(), tokens: read.tokens.to_vec() }
    }

    fn get(&self) -> Read<'_> {
        Read { key: &self.key, tokens: &self.tokens }
    }
}

impl OwnAcquire {
    fn of(acquire: Acquire<'_>) -> Self {
        let Acquire { at, id, kind, lease, ttl, seen } = acquire;
        Self { at: OwnRead::of(at), id, kind, lease, ttl, seen: seen.to_vec() }
    }

    fn get(&self) -> Acquire<'_> {
        let Self { at, id, kind, lease, ttl, seen } = self;
        Acquire { at: at.get(), id: *id, kind: *kind, lease: *lease, ttl: *ttl, seen }
    }
}

impl OwnFill {
    fn of(fill: Fill<'_>) -> Self {
        let Fill { at, lease, minted_by, entry, ttl, message } = fill;
        let (at, minted_by, message) = (OwnRead::of(at), minted_by.to_vec(), message.map(<[u8]>::to_vec));
        Self { at, lease: *lease, minted_by, entry: entry.clone(), ttl, message }
    }

    fn get(&self) -> Fill<'_> {
        let Self { at, lease, minted_by, entry, ttl, message } = self;
        Fill { at: at.get(), lease, minted_by, entry, ttl: *ttl, message: message.as_deref() }
    }
}

#[async_trait]
impl Question for OwnRead {
    type Answer = Snapshot;

    fn queue(convoy: &Convoy) -> &Queue<Self> {
        &convoy.reads
    }

    async fn ask_all(store: &dyn RemoteStore, all: &[Self], within: Duration) -> Vec<Result<Snapshot, Error>> {
        store.read_many(&all.iter().map(Self::get).collect::<Vec<_>>(), within).await
    }
}

#[async_trait]
impl Question for OwnAcquire {
    type Answer = Acquired;

    fn queue(convoy: &Convoy) -> &Queue<Self> {
        &convoy.acquires
    }

    async fn ask_all(store: &dyn RemoteStore, all: &[Self], within: Duration) -> Vec<Result<Acquired, Error>> {
        store.acquire_many(&all.iter().map(Self::get).collect::<Vec<_>>(), within).await
    }
}

#[async_trait]
impl Question for OwnFill {
    type Answer = Filled;

    fn queue(convoy: &Convoy) -> &Queue<Self> {
        &convoy.fills
    }

    async fn ask_all(store: &dyn RemoteStore, all: &[Self], within: Duration) -> Vec<Result<Filled, Error>> {
        store.fill_many(&all.iter().map(Self::get).collect::<Vec<_>>(), within).await
    }
}
