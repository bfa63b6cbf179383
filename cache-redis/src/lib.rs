//! The second level of Larder over Redis and Valkey.
//!
//! There is no adapter here yet: what follows is what one has to implement, so that the engine and the adapter are
//! agreed on the shape. Nothing in this crate opens a connection.

pub use cache_core::port::{Acquired, Filled, Lease, RemoteStore, Snapshot, Stamp};

/// The engine holds its second level as a trait object.
const _: fn(&dyn RemoteStore) = |_| {};
