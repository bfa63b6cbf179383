//! The engine of Larder: everything but the macros and the servers.
//!
//! # Layout
//! Imports point down, from floor to floor:
//!
//! | floor | modules | what |
//! |---|---|---|
//! | 5 | `cache`, `builder`, `has_cache`, `global` | the handle that services hold |
//! | 5 | `namespace` | values, by hand |
//! | 5 | `purge` | whole spaces, by hand |
//! | 5 | `audit` | what the program's annotations come to together |
//! | 4 | `engine` | one file for each step of a call |
//! | 3 | `memory`, `flight`, `fence` | the map, single-flight, what was invalidated when; independent of each other |
//! | 3 | `scope` | what the calls of a task are wanted to do with the cache |
//! | 3 | `fake` | a second level in this process, for tests |
//! | 2 | `port` | what a second level implements |
//! | 2 | `decisions` | the decisions of the consistency protocol: pure functions |
//! | 1 | `wire` | what crosses a process boundary: entries, records, messages, payloads |
//! | 0 | `model` | keys, patterns, entries, time, errors |
//! | -1 | `sync` | the locks and atomics, which schedules replace in tests |

mod audit;
mod builder;
mod cache;
mod decisions;
mod engine;
#[cfg(any(test, feature = "testing"))]
mod fake;
mod fence;
mod flight;
mod global;
mod has_cache;
mod memory;
mod model;
mod namespace;
pub mod port;
mod purge;
mod scope;
mod sync;
mod wire;

pub use audit::{AnnotatedFunction, Audit, Finding, audit};
pub use builder::CacheBuilder;
pub use cache::Cache;
pub use engine::commit::CommitScope;
pub use engine::scopes::{at_least, bypass, observe, refresh, stamped};
pub use global::global;
pub use has_cache::HasCache;
pub use model::causal::{Stamp, Stamped};
pub use model::clock::{Clock, ManualClock};
pub use model::error::{Error, ErrorKind};
pub use model::hashed::Hashed;
pub use model::key::{CacheKey, KeyWriter};
pub use model::lifetime::Lifetime;
pub use model::outcome::{Answer, Level, Observed, Outcome, Reason};
pub use model::policy::Policy;
pub use model::preset::Preset;
pub use model::stats::{Coherence, Stats, TenantStats, Trouble, Verified};
pub use model::tenancy::Tenancy;
pub use model::tenant::Tenant;
pub use model::unreachable::Unreachable;
pub use namespace::{Item, Namespace, Set, StoredKey};
pub use wire::serialized_key::SerializedKey;
pub use wire::value::CacheValue;

/// The tenant whose data a task works with.
pub mod tenant {
    pub use crate::scope::tenant::{current, scope, sync_scope};
}

/// What tests use in place of a server. Behind the feature `testing`.
#[cfg(any(test, feature = "testing"))]
pub mod testing {
    pub use crate::fake::{Delivery, FakeRedis, Gate, Moment, Op, Operations, Saved};
}

/// What the expansions of the macros call. Not for use by hand; it changes without notice.
#[doc(hidden)]
pub mod runtime {
    pub use inventory;

    pub use crate::audit::registered;
    pub use crate::engine::batch::load::{Body, Typed, body_once, gather, load_batch};
    pub use crate::engine::batch::look_up::{Batch, Prepared, look_up_batch};
    pub use crate::engine::block_on::block_on;
    pub use crate::engine::evict::{Begun, Eviction, PatternWriter, invalidate};
    pub use crate::engine::failing::{Failing, FromTrouble, HoldsTrouble};
    pub use crate::engine::keys::written;
    pub use crate::engine::load::load;
    pub use crate::engine::look_up::{Look, Miss, look_up};
    pub use crate::engine::on_error::OnError;
    pub use crate::engine::put::{Put, deliver, fail, intend};
    pub use crate::engine::span::{Shown, Visibility, traced, traced_sync};
    pub use crate::model::batched::{
        Batched, Collected, Collection, Collects, Listed, Named, Ordered, batched, collection, element, named,
    };
    pub use crate::model::key::Literal;
    pub use crate::model::key_secret::KeySecret;
    pub use crate::model::operation::{Flights, Operation};
    pub use crate::model::plan::{Decision, Plan};
    pub use crate::model::reader::{Expected, NoReceiver, Reader, Whatever};
    pub use crate::model::repeated::{Argument, Kept, KeptOnce};
    pub use crate::model::returned::{Errors, HoldsError, HoldsNone, Returned, Returns, Shape, Sharing};
    pub use crate::model::shared::Shared;
    pub use crate::scope::trace::Elements;
    pub use crate::wire::failure::{CacheError, Keeping, KeptErrors, StoredError};
    pub use crate::wire::value::Stored;
}
