//! Floor 1: what crosses a process boundary. Bytes to values and back, and nothing that waits.
//!
//! | what | file |
//! |---|---|
//! | an entry: header, tags, key, payload | `envelope.rs` |
//! | control data, tokens and leases | `records.rs` |
//! | how keys and tokens are named | `names.rs` |
//! | the payload: which codec wrote it, and how it was made smaller | `payload.rs` |
//! | a value as bytes: MessagePack, JSON, its own bytes, one's own, all bounded | `codec/` |
//! | bytes made smaller, and the way back, which is bounded too | `compression/` |
//! | the shape of a type, so that two builds do not read each other's bytes | `fingerprint.rs`, `shape/` |
//! | what can be stored, and the functions that know its type | `value.rs` |
//! | the same of errors | `failure.rs` |
//! | a key made of any value, and its canonical bytes | `serialized_key.rs`, `canonical.rs` |
//! | what an invalidation tells the other nodes | `message.rs` |
//! | what a counter holds | `number.rs` |

mod canonical;
pub(crate) mod codec;
mod compression;
pub(crate) mod envelope;
pub(crate) mod failure;
pub(crate) mod fingerprint;
pub(crate) mod message;
pub(crate) mod names;
pub(crate) mod number;
pub(crate) mod payload;
pub(crate) mod reader;
pub(crate) mod records;
pub(crate) mod serialized_key;
mod shape;
pub(crate) mod value;
