//! Floor 2: what a second level implements, and what stands in its place where there is none. Bytes in, bytes out, usable as trait objects; no backend is known here.

mod coordination;
mod counters;
mod judged;
mod limits;
mod locks;
mod remote;
mod topics;
mod under_way;

pub use coordination::{Background, Coordination, Task};
pub use counters::{By, Count, Counted, Counters};
pub use limits::{Limit, Limits};
pub use locks::{Claim, Claimed, Locks};

pub use judged::{Expire, Inspected, Moved, Rename, Renamed, Take, Taken, Until};
pub use remote::{
    Acquire, Acquired, Evict, Evicted, Fill, Filled, HasSecondLevel, Heard, Kind, Lease, Read, Release, RemoteStore,
    Scanned, SecondLevel, Set, Setup, Snapshot, Subscription, When,
};

pub use topics::{Done, Follow, Followed, Publish, Told, Topics};
pub(crate) use under_way::UnderWay;

pub use crate::model::clock::Stopwatch;
pub use crate::model::rate::{Limited, Rate};
pub use crate::wire::envelope::Sealed;
pub use crate::wire::number::Number;
pub use crate::wire::records::Stamp;
