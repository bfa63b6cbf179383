//! Floor 0: the vocabulary. Plain data and pure functions; nothing here waits, locks or knows a backend.

pub(crate) mod around;
pub(crate) mod batched;
pub(crate) mod clock;
pub(crate) mod entry;
pub(crate) mod entry_key;
pub(crate) mod error;
pub(crate) mod escape;
pub(crate) mod hashed;
mod head;
pub(crate) mod inherited;
pub(crate) mod key;
pub(crate) mod key_buffer;
mod key_impls;
pub(crate) mod key_secret;
pub(crate) mod namespace;
pub(crate) mod operation;
pub(crate) mod outcome;
pub(crate) mod pattern;
pub(crate) mod plan;
pub(crate) mod reader;
pub(crate) mod repeated;
pub(crate) mod returned;
pub(crate) mod shared;
pub(crate) mod space;
pub(crate) mod stamp;
pub(crate) mod stats;
pub(crate) mod validity;
