//! Floor 2: what a second level implements. Bytes in, bytes out, usable as trait objects; no backend is known here.

mod judged;
mod remote;

pub use judged::{Expire, Inspected, Moved, Rename, Renamed, Take, Taken, Until};
pub use remote::{
    Acquire, Acquired, Evict, Evicted, Fill, Filled, Heard, Kind, Lease, Read, Release, RemoteStore, Scanned,
    SecondLevel, Set, Setup, Snapshot, Subscription, Task, When,
};

pub use crate::model::clock::Stopwatch;
pub use crate::wire::envelope::Sealed;
pub use crate::wire::records::Stamp;
