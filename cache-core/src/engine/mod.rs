//! Floor 4: the engine, compiled once over erased values. One file for each step of a call.
//!
//! | step | file |
//! |---|---|
//! | a hit in memory, or the start of a miss | `look_up.rs` |
//! | wait for a running load, or lead one | `join.rs`, `lead.rs` |
//! | ask the second level | `level2/fetch.rs` |
//! | run the body | `load.rs` |
//! | store what it brought, or refuse | `store.rs`, `level2/fill.rs`; for how long: `lifetime.rs` |
//! | a call for many elements | `batch/` |
//! | `#[cache_put]` | `put.rs`, `level2/write.rs` |
//! | `#[cache_evict]` | `evict.rs` |
//! | tags of cached calls in a body | `inherit.rs` |
//! | bypass, refresh, observe | `scopes.rs`, `outcome.rs` |
//! | what waits for a transaction's commit | `commit/` |
//! | whose entries a call's are | `tenants.rs` |
//! | what to do about keys that cannot be written | `keys.rs` |
//! | what a test sees, and where it holds a load | `probe.rs` |
//! | trouble with the cache as a function's error | `failing.rs` |
//! | a span around a call | `span.rs` |
//! | a read that puts an end off | `idle.rs` |
//! | any of these for a caller that is not asynchronous | `block_on.rs` |
//! | an invalidation, in memory and everywhere | `invalidate.rs`, `level2/deliver.rs` |
//! | calls by hand | `values/` |
//! | what nodes agree on beside the entries | `coordination.rs` |
//! | what events mean | `meanings.rs` |
//! | what other nodes invalidate | `coherence/` |
//! | whether hits in memory were true | `level2/verify.rs` |
//! | the end | `shut_down.rs` |

pub(crate) mod batch;
pub(crate) mod block_on;
pub(crate) mod coherence;
pub(crate) mod commit;
mod coordination;
pub(crate) mod counters;
pub(crate) mod evict;
pub(crate) mod failing;
mod idle;
pub(crate) mod inherit;
pub(crate) mod invalidate;
pub(crate) mod join;
pub(crate) mod keys;
pub(crate) mod lead;
pub(crate) mod level2;
mod lifetime;
pub(crate) mod load;
pub(crate) mod look_up;
pub(crate) mod meanings;
pub(crate) mod on_error;
pub(crate) mod outcome;
#[cfg(any(test, feature = "testing"))]
pub(crate) mod probe;
pub(crate) mod put;
#[cfg(all(test, larder_shuttle))]
mod schedules;
pub(crate) mod scopes;
mod shut_down;
pub(crate) mod span;
pub(crate) mod store;
pub(crate) mod tenants;
pub(crate) mod values;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use foldhash::fast::RandomState;
use tokio::sync::OnceCell;

use crate::decisions::memory::{self, Fresh};
use crate::engine::counters::Counters;
use crate::engine::level2::verify::Verifier;
use crate::engine::level2::{Allowance, Level2};
use crate::engine::look_up::Call;
use crate::engine::meanings::Meanings;
use crate::engine::tenants::Tenants;
use crate::fence::namespaces::Namespaces;
use crate::fence::sequence::Invalidations;
use crate::fence::tags::Tags;
use crate::flight::table::Table;
use crate::ledger::Ledger;
use crate::locks::room::Room;
use crate::memory::shares::Shares;
use crate::memory::{Keep, Memory};
use crate::model::clock::{Clock, Deadline, Freshness};
use crate::model::entry::{Beginning, Entry, Floors, Header, Idle, Sequence};
use crate::model::entry_key::EntryKey;
use crate::model::error::Error;
use crate::model::key_secret::KeySecret;
use crate::model::namespace::Namespace;
use crate::model::namespace_settings::NamespaceRules;
use crate::model::operation::Operation;
use crate::model::plan::TagNames;
use crate::model::space::Space;
use crate::model::stats::Stats;
use crate::model::tenancy::Tenancy;
use crate::model::unreachable::Unreachable;
use crate::port::{Coordination, RemoteStore, UnderWay};

/// What a cache consists of.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) name: Arc<str>,
    pub(crate) settings: Settings,
    pub(crate) counters: Counters,
    hasher: RandomState,
    memory: Memory,
    flights: Table,
    invalidations: Invalidations,
    tags: Tags,
    pub(crate) tenants: Tenants,
    namespaces: Namespaces,
    /// Until when memory is known to be true.
    fresh: Freshness,
    pub(crate) level2: Option<Level2>,
    /// What nodes agree on beside the entries: on the second level, or in this process.
    pub(crate) coordination: Arc<dyn Coordination>,
    /// Where this process waits for locks.
    pub(crate) waiting: Arc<Room>,
    /// What is under way to the second level beside invalidations: those that wait for their delivery, leases and locks that are given back.
    pub(crate) chores: UnderWay,
    /// What came of leaving the second level, once it was left.
    left: OnceCell<Result<(), Error>>,
    /// What events mean here.
    pub(crate) meanings: Meanings,
    /// Where hits are verified.
    pub(crate) verifier: Option<Box<Verifier>>,
}

/// What the builder settled.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) switch: Switch,
    /// What calls have to do with tenants, where they do not say.
    pub(crate) tenancy: Tenancy,
    /// The same where no namespace says otherwise: all that a hit reads of it.
    pub(crate) same_tenancy: Option<Tenancy>,
    pub(crate) clock: Clock,
    pub(crate) ttl: Duration,
    pub(crate) capacity: u64,
    /// How many entries of a tenant stay in memory.
    pub(crate) tenant_share: Option<usize>,
    /// What holds for some namespaces.
    pub(crate) namespaces: NamespaceRules,
    pub(crate) lease: Duration,
    /// How far memory may be behind what other nodes invalidate.
    pub(crate) staleness: Duration,
    /// What memory does while the second level cannot be reached.
    pub(crate) unreachable: Unreachable,
    pub(crate) fence: Fence,
    /// What hashed pieces of keys are hashed with.
    pub(crate) secret: Arc<KeySecret>,
    /// The test whose cache it is.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) probe: Option<Arc<probe::Probe>>,
}

impl Settings {
    /// How long an entry of a namespace lives, where nobody says.
    pub(crate) fn ttl(&self, namespace: &Namespace) -> Duration {
        self.namespaces.of(namespace.as_str(), |settings| settings.ttl).unwrap_or(self.ttl)
    }

    /// What calls in a namespace have to do with tenants, where they do not say.
    #[inline]
    pub(crate) fn tenancy(&self, namespace: &Namespace) -> Tenancy {
        self.same_tenancy.unwrap_or_else(|| self.tenancy_of(namespace))
    }

    #[inline(never)]
    fn tenancy_of(&self, namespace: &Namespace) -> Tenancy {
        self.namespaces.of(namespace.as_str(), |settings| settings.tenancy).unwrap_or(self.tenancy)
    }

    pub(crate) fn is_fenced(&self) -> bool {
        self.fence == Fence::On
    }
}

/// Whether the cache does anything. Once off it stays off.
#[derive(Debug)]
pub(crate) struct Switch(AtomicBool);

impl Switch {
    pub(crate) fn on() -> Self {
        Self(AtomicBool::new(true))
    }

    pub(crate) fn off() -> Self {
        Self(AtomicBool::new(false))
    }

    /// A plain read, for a hit asks: whoever must see that it was turned off in another thread has been told so by that.
    #[inline]
    pub(crate) fn is_on(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn turn_off(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Whether late loads are refused. Only a test that shows what the fence is for switches it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fence {
    On,
    #[cfg(feature = "test-hooks")]
    Off,
}

impl Engine {
    pub(crate) fn new(name: &str, settings: Settings, level2: Option<Level2>) -> Self {
        let coordination: Arc<dyn Coordination> = match &level2 {
            Some(level) => Arc::<dyn RemoteStore>::clone(&level.store),
            None => Arc::new(Ledger::new(settings.clock.clone())),
        };
        let keep = if level2.is_some() { Keep::MostUsed } else { Keep::LastUsed };
        Self {
            name: name.into(),
            memory: Memory::new(settings.capacity, keep, Shares::new(settings.tenant_share, &settings.namespaces)),
            settings,
            counters: Counters::default(),
            hasher: RandomState::default(),
            flights: Table::new(),
            invalidations: Invalidations::default(),
            tags: Tags::new(),
            tenants: Tenants::new(None),
            namespaces: Namespaces::default(),
            fresh: if level2.is_some() { Freshness::none() } else { Freshness::unlimited() },
            level2,
            coordination,
            waiting: Arc::default(),
            chores: UnderWay::default(),
            left: OnceCell::new(),
            meanings: Meanings::default(),
            verifier: None,
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        let mut stats = self.counters.read(self.memory.len());
        stats.mixed_tenants = self.tenants.are_mixed();
        if let Some(level) = &self.level2 {
            stats.undelivered = u64::try_from(level.undelivered.len()).unwrap_or(u64::MAX);
            stats.trouble = level.troubles.read();
            stats.coherence = level.standing.read();
        }
        if let Some(verifier) = &self.verifier {
            stats.verified = verifier.read();
        }
        stats
    }

    /// The second level, where there is one and the function uses it.
    pub(crate) fn level2_of(&self, operation: &Operation) -> Option<&Level2> {
        self.level2.as_ref().filter(|_| operation.uses_l2)
    }

    /// Whether the cache does anything.
    #[inline]
    pub(crate) fn is_on(&self) -> bool {
        self.settings.switch.is_on()
    }

    /// How long one call may wait for the second level.
    pub(crate) fn allowance(&self) -> Allowance {
        self.level2.as_ref().map_or(Allowance::default(), Level2::allowance)
    }

    pub(crate) fn hasher(&self) -> &RandomState {
        &self.hasher
    }

    /// How long memory may be served.
    #[inline]
    fn fresh(&self) -> Fresh {
        Fresh { until: self.fresh.until(), bound: self.settings.staleness }
    }

    /// The same without what is served while the second level cannot be reached.
    fn confirmed_fresh(&self) -> Fresh {
        Fresh { until: self.fresh.confirmed_until(), bound: self.settings.staleness }
    }

    /// Now, after all that was invalidated so far.
    fn beginning(&self) -> Beginning {
        // The time first: what is invalidated in between is counted.
        let at = self.settings.clock.now();
        Beginning { sequence: self.invalidations.now(), at }
    }

    fn floors(&self, call: &Call, tags: &TagNames) -> Floors {
        Floors {
            namespace: self.namespaces.hold(&call.space, &call.namespace),
            tags: tags.iter().map(|name| self.tags.hold(&call.space, name)).collect(),
        }
    }

    /// The floors of what a value added to what was known before.
    fn add_tags(&self, space: &Space, floors: &mut Floors, tags: &TagNames) {
        floors.tags.extend(tags.iter().map(|name| self.tags.hold(space, name)));
    }

    /// The header of what a load or a put brought.
    fn header(&self, operation: &Operation, began: Beginning, floors: Floors, ttl: Duration) -> Header {
        let sequence = match self.settings.fence {
            Fence::On => began.sequence,
            #[cfg(feature = "test-hooks")]
            Fence::Off => self.invalidations.now(),
        };
        let now = self.settings.clock.now();
        let (limit, idle) = (now.plus(ttl), operation.idle);
        let expires_at = idle.map_or(limit, |after| limit.min(now.plus(after)));
        let there = |after| self.level2_of(operation).map(|_| now.plus(after));
        Header {
            expires_at: Deadline::at(expires_at),
            idle: idle.map(|after| Box::new(Idle::new(after, limit, there(after)))),
            known: began.at,
            began: sequence,
            version: operation.version,
            is_read: false,
            origin: None,
            floors,
        }
    }

    /// Keeps an entry in memory, unless it has ended already: with a second level memory may be told to keep nothing.
    fn insert(&self, key: EntryKey, entry: Arc<Entry>) {
        if self.settings.clock.now() < entry.header.expires_at.get() {
            self.memory.insert(key, entry);
        } else {
            self.memory.remove(&key);
        }
    }

    fn storable(&self, key_invalidated: bool, began: Sequence, floors: &Floors) -> bool {
        match self.settings.fence {
            Fence::On => memory::storable(key_invalidated, began, floors),
            #[cfg(feature = "test-hooks")]
            Fence::Off => true,
        }
    }
}
