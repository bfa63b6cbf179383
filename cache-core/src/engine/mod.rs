//! Floor 4: the engine, compiled once over erased values. One file for each step of a call.
//!
//! | step | file |
//! |---|---|
//! | a hit, or the start of a miss | `look_up.rs` |
//! | wait for a running load, or lead one | `join.rs` |
//! | run the body | `load.rs` |
//! | store what it brought, or refuse | `store.rs` |
//! | `#[cache_put]` | `put.rs` |
//! | `#[cache_evict]` and the explicit invalidations | `invalidate.rs` |

pub(crate) mod counters;
pub(crate) mod invalidate;
pub(crate) mod join;
pub(crate) mod load;
pub(crate) mod look_up;
pub(crate) mod put;
pub(crate) mod store;

use std::time::Duration;

use foldhash::fast::RandomState;

use crate::engine::counters::Counters;
use crate::fence::namespaces::Namespaces;
use crate::fence::sequence::Invalidations;
use crate::fence::tags::Tags;
use crate::flight::table::Table;
use crate::memory::Memory;
use crate::model::clock::{Clock, Timestamp};
use crate::model::entry::{Floors, Header, Sequence};
use crate::model::namespace::Namespace;
use crate::model::plan::TagNames;
use crate::model::space::Space;
use crate::model::validity;

/// What a cache consists of.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) settings: Settings,
    pub(crate) counters: Counters,
    hasher: RandomState,
    memory: Memory,
    flights: Table,
    invalidations: Invalidations,
    tags: Tags,
    namespaces: Namespaces,
}

/// What the builder settled.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) switch: Switch,
    pub(crate) clock: Clock,
    pub(crate) ttl: Duration,
    pub(crate) capacity: u64,
    pub(crate) lease: Duration,
    pub(crate) fence: Fence,
}

/// Whether the cache does anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switch {
    On,
    Off,
}

/// Whether late loads are refused. Only a test that shows what the fence is for switches it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fence {
    On,
    #[cfg(feature = "test-hooks")]
    Off,
}

impl Engine {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            memory: Memory::new(settings.capacity),
            settings,
            counters: Counters::default(),
            hasher: RandomState::default(),
            flights: Table::new(),
            invalidations: Invalidations::default(),
            tags: Tags::new(),
            namespaces: Namespaces::default(),
        }
    }

    pub(crate) fn entries(&self) -> u64 {
        self.memory.len()
    }

    /// The space of the running task.
    #[inline]
    pub(crate) fn space() -> Space {
        Space::Global
    }

    fn floors(&self, space: Space, namespace: Namespace, tags: &TagNames) -> Floors {
        Floors {
            namespace: self.namespaces.hold(space, namespace),
            tags: tags.iter().map(|name| self.tags.hold(space, name)).collect(),
        }
    }

    /// The floors of what a value added to what was known before.
    fn add_tags(&self, space: Space, floors: &mut Floors, tags: &TagNames) {
        floors.tags.extend(tags.iter().map(|name| self.tags.hold(space, name)));
    }

    fn expires_at(&self, ttl: Duration) -> Timestamp {
        self.settings.clock.now().plus(ttl)
    }

    /// The header of what a load or a put brought.
    fn header(&self, began: Sequence, floors: Floors, ttl: Duration) -> Header {
        let began = match self.settings.fence {
            Fence::On => began,
            #[cfg(feature = "test-hooks")]
            Fence::Off => self.invalidations.now(),
        };
        Header { expires_at: self.expires_at(ttl), began, floors }
    }

    fn storable(&self, key_invalidated: bool, began: Sequence, floors: &Floors) -> bool {
        match self.settings.fence {
            Fence::On => validity::storable(key_invalidated, began, floors),
            #[cfg(feature = "test-hooks")]
            Fence::Off => true,
        }
    }
}
