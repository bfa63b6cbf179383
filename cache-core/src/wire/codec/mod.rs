//! A value as bytes, by the codec that is asked for, and back by the one that wrote it.
//!
//! | codec | file |
//! |---|---|
//! | MessagePack, with what bounds it | `message_pack.rs`, `structure.rs`, `guarded_ser.rs` |
//! | JSON | `json.rs` |
//! | the value's own bytes | `raw_ser.rs`, `raw_de.rs` |
//! | one's own | `custom.rs` |
//!
//! What bounds them all: `bounded.rs` the bytes, `limited_ser.rs` and `guarded_de.rs` the calls that stand in each other.
//!
//! MessagePack and the value's own bytes are compiled for every type that is stored: they are fast, and the latter little code.
//! The others see a value through `erased-serde`, so that a type costs one copy of its code more for all of them.

mod bounded;
mod custom;
mod guarded_de;
mod guarded_ser;
mod json;
mod limited_ser;
pub(crate) mod message_pack;
mod raw_de;
mod raw_ser;
mod structure;

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::codec::{Codec, ReadWith};
use crate::model::error::{Error, ErrorKind};

/// Calls of a value's `Serialize` stand in each other to this depth at most. More than [`structure::MAX_DEPTH`], for an
/// `Option` and a newtype around every struct leave no trace in the bytes.
pub(crate) const MAX_CALLS: u16 = 256;

/// A hand-written `Deserialize` may take some calls more than the `Serialize` beside it.
const MAX_CALLS_TO_READ: u16 = MAX_CALLS + 64;

/// Writes a value as at most `limit` bytes.
pub(crate) fn encode<V: Serialize>(codec: &Codec, value: &V, limit: usize) -> Result<Vec<u8>, Error> {
    match codec {
        Codec::MessagePack => message_pack::encode(value, limit),
        Codec::Json => caught(|| json::encode(value, limit)),
        Codec::Raw => raw_ser::encode(value, limit),
        Codec::Custom(codec) => caught(|| custom::encode(&**codec, value, limit)),
    }
}

/// A codec of one's own may panic, and so does erased serde where a `Serialize` forgets an error and goes on: that is no panic
/// of whoever has the value stored.
fn caught(encode: impl FnOnce() -> Result<Vec<u8>, Error>) -> Result<Vec<u8>, Error> {
    let panicked =
        |_| Err(Error::new(ErrorKind::Codec, "a value cannot be written: its codec or its `Serialize` panicked"));
    catch_unwind(AssertUnwindSafe(encode)).unwrap_or_else(panicked)
}

/// Reads a value; bytes that anybody may have written do no harm.
pub(crate) fn decode<V: DeserializeOwned>(codec: &Codec, bytes: &[u8]) -> Result<V, Error> {
    match codec {
        Codec::MessagePack => message_pack::decode(bytes),
        Codec::Json => through(|read| json::decode(bytes, read)),
        Codec::Raw => raw_de::decode(bytes),
        Codec::Custom(codec) => through(|read| custom::decode(&**codec, bytes, read)),
    }
}

/// Reads a value by a function that knows no types.
fn through<V: DeserializeOwned>(decode: impl FnOnce(&mut ReadWith<'_>) -> Result<(), Error>) -> Result<V, Error> {
    let mut value = None;
    decode(&mut |deserializer| {
        value = Some(erased_serde::deserialize(deserializer)?);
        Ok(())
    })?;
    // A codec may say that it is done without having read anything.
    value.ok_or_else(unreadable)
}

fn too_large(limit: usize) -> Error {
    let message = format!("a value takes more than {limit} bytes: cache less of it, or raise the limit");
    Error::new(ErrorKind::TooLarge, message)
}

fn unreadable() -> Error {
    let message = "bytes do not read as the type that is asked for: it has changed; give it another version";
    Error::new(ErrorKind::Codec, message)
}
