//! Floor 2: what a second level implements. Bytes in, bytes out, usable as trait objects; no backend is known here.

mod remote;

pub use remote::{
    Acquire, Acquired, Evict, Evicted, Fill, Filled, Heard, Kind, Lease, Read, Release, RemoteStore, Scanned,
    SecondLevel, Set, Setup, Snapshot, Subscription, Task,
};

pub use crate::model::clock::Stopwatch;
pub use crate::wire::envelope::Sealed;
pub use crate::wire::records::Stamp;
