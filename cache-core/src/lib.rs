//! The engine of Larder: everything but the macros and the servers.
//!
//! # Layout
//! Imports point down, from floor to floor:
//!
//! | floor | modules | what |
//! |---|---|---|
//! | 5 | `cache`, `builder`, `has_cache`, `global_cache` | the handle that services hold |
//! | 5 | `namespace` | values, by hand |
//! | 5 | `coordination` | locks, counters and rate limits, by hand |
//! | 5 | `events` | what has happened, and what that invalidates |
//! | 5 | `refresh` | values that are loaded anew every so often |
//! | 5 | `purge` | whole spaces, by hand |
//! | 5 | `kit` | what tests of services are written with |
//! | 5 | `audit` | what the program's annotations come to together |
//! | 4 | `engine` | one file for each step of a call |
//! | 3 | `memory`, `flight`, `fence` | the map, single-flight, what was invalidated when; independent of each other |
//! | 3 | `scope` | what the calls of a task are wanted to do with the cache |
//! | 4 | `fake` | a second level in this process, for tests |
//! | 3 | `gates` | where a test holds what comes by |
//! | 3 | `locks` | the locks that this process holds and waits for |
//! | 3 | `ledger` | what nodes agree on beside the entries, where there is one node |
//! | 2 | `port` | what a second level implements |
//! | 2 | `decisions` | the decisions of the consistency protocol: pure functions |
//! | 1 | `wire` | what crosses a process boundary: entries, records, messages, payloads |
//! | 0 | `model` | keys, patterns, entries, time, errors |
//! | -1 | `sync` | the locks and atomics, which schedules replace in tests |

mod audit;
mod builder;
mod cache;
mod coordination;
mod decisions;
mod engine;
mod events;
#[cfg(any(test, feature = "testing"))]
mod fake;
mod fence;
mod flight;
#[cfg(any(test, feature = "testing"))]
mod gates;
mod global_cache;
mod has_cache;
#[cfg(any(test, feature = "testing"))]
mod kit;
mod ledger;
mod locks;
mod memory;
mod model;
mod namespace;
pub mod port;
mod purge;
mod refresh;
mod scope;
mod sync;
mod wire;

pub use audit::{AnnotatedFunction, Audit, Finding, audit};
pub use builder::CacheBuilder;
pub use cache::Cache;
pub use coordination::lock::{Lock, LockGuard, Renewal};
pub use coordination::{Counter, Decision, RateLimit, RateLimiter};
pub use engine::commit::CommitScope;
pub use engine::scopes::{at_least, bypass, observe, refresh, stamped};
pub use events::{Event, Events, Evictions};
pub use global_cache::global;
pub use has_cache::HasCache;
pub use model::causal::{Stamp, Stamped};
pub use model::clock::{Clock, ManualClock};
pub use model::codec::Codec;
pub use model::compression::{Compress, Compression};
pub use model::error::{Error, ErrorKind};
pub use model::hashed::Hashed;
pub use model::key::{CacheKey, KeyWriter};
pub use model::lifetime::Lifetime;
pub use model::namespace_settings::NamespaceSettings;
pub use model::outcome::{Answer, Level, Observed, Outcome, Reason};
pub use model::policy::Policy;
pub use model::preset::Preset;
pub use model::stats::{Coherence, Stats, TenantStats, Trouble, Verified};
pub use model::tenancy::Tenancy;
pub use model::tenant::Tenant;
pub use model::unreachable::Unreachable;
pub use namespace::{Item, Namespace, Set, StoredKey};
pub use refresh::{Refresh, RefreshStatus};
pub use wire::serialized_key::SerializedKey;
pub use wire::value::CacheValue;

/// The cache that `cache = global` names, and another in its place for a task.
pub mod global {
    pub use crate::global_cache::{GlobalCache, scope, sync_scope};
}

/// What a codec of one's own is made with.
pub mod codec {
    pub use crate::model::codec::{CodecError, CustomCodec, Incoming, Outgoing};
}

/// The tenant whose data a task works with.
pub mod tenant {
    pub use crate::scope::tenant::{current, scope, sync_scope};
}

/// What tests of services are written with. Behind the feature `testing`.
///
/// `docs/testing.md` shows a service with its tests.
#[cfg(any(test, feature = "testing"))]
pub mod testing {
    pub use crate::engine::probe::Point;
    pub use crate::fake::{Delivery, FakeRedis, Fault, Gate, Moment, Op, Operations, Saved};
    pub use crate::kit::Kit;
    pub use crate::kit::held::Held;
    pub use crate::model::evicted::Evicted;
    #[doc(inline)]
    pub use crate::{assert_hit, assert_miss};

    #[doc(hidden)]
    pub mod __asserts {
        pub use crate::kit::asserts::{hit, miss, seen};
    }
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
