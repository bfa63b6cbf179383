//! Floor 1: what crosses a process boundary. Bytes to values and back, and nothing that waits.
//!
//! | what | file |
//! |---|---|
//! | an entry: header, tags, key, payload | `envelope.rs` |
//! | control data, tokens and leases | `records.rs` |
//! | how keys and tokens are named | `names.rs` |
//! | the payload: MessagePack, bounded | `codec.rs`, and what bounds it: `structure.rs`, `guarded_ser.rs`, `guarded_de.rs` |
//! | the shape of a type, so that two builds do not read each other's bytes | `fingerprint.rs`, `shape/` |
//! | what can be stored, and the functions that know its type | `value.rs` |
//! | the same of errors | `failure.rs` |
//! | a key made of any value, and its canonical bytes | `serialized_key.rs`, `canonical.rs` |
//! | what an invalidation tells the other nodes | `message.rs` |

mod canonical;
pub(crate) mod codec;
pub(crate) mod envelope;
pub(crate) mod failure;
pub(crate) mod fingerprint;
mod guarded_de;
mod guarded_ser;
pub(crate) mod message;
pub(crate) mod names;
pub(crate) mod reader;
pub(crate) mod records;
pub(crate) mod serialized_key;
mod shape;
mod structure;
pub(crate) mod value;
