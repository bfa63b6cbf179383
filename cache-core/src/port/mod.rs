//! Floor 2: what a second level implements. Bytes in, bytes out, usable as trait objects; no backend is known here.
//!
//! Nothing implements these yet, and the engine does not call them yet: with them the shape of the second level is
//! agreed between the engine and its adapters.

mod remote;

pub use remote::{Acquired, Envelope, Filled, Lease, RemoteStore, Snapshot, Stamp, Target};
