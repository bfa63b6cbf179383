//! A value as bytes: MessagePack with field names, as large and as deep as is agreed, and nothing that is not one.
//!
//! What MessagePack does not tell apart does not come back:
//!
//! * `Some` leaves no trace and `None` is nil, so `Some(None)` of an `Option<Option<T>>` comes back as `None`, and so
//!   does `Some(())`, or `Some` of whatever else writes nil.
//! * `u128` and `i128` are 16 bytes, which `deserialize_any` takes for bytes: they do not come back from `untagged`,
//!   `flatten` or internally tagged types.
//! * Where a field is missing, serde fills in `None` or the field's `default`. Field names make it safe to reorder
//!   fields, not to rename them; the fingerprint of the type sees to that.
//!
//! A value whose `Serialize` announces a length that it does not keep is refused when it is written, for nobody could
//! read it.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::error::{Error, ErrorKind};
use crate::wire::codec::bounded::Bounded;
use crate::wire::codec::structure::{self, MAX_DEPTH};
use crate::wire::codec::{MAX_CALLS, MAX_CALLS_TO_READ, guarded_de, guarded_ser, too_large, unreadable};

/// Writes a value as at most `limit` bytes.
pub(crate) fn encode<V: Serialize + ?Sized>(value: &V, limit: usize) -> Result<Vec<u8>, Error> {
    let mut rmp = rmp_serde::Serializer::new(Bounded::new(limit)).with_struct_map();
    let written = value.serialize(guarded_ser::Guarded { rmp: &mut rmp, left: MAX_CALLS });
    let writer = rmp.into_inner();
    if writer.is_full {
        return Err(too_large(limit));
    }
    // The error of a `Serialize` may show the value, so ours does not show that error.
    if written.is_err() || !structure::is_sound(&writer.bytes) {
        let message = format!(
            "a value cannot be written: its `Serialize` fails, or it is nested deeper than {MAX_DEPTH} levels; \
             cache a flatter one"
        );
        return Err(Error::new(ErrorKind::Codec, message));
    }
    Ok(writer.bytes)
}

/// Reads a value; bytes that anybody may have written do no harm.
pub(crate) fn decode<V: DeserializeOwned>(bytes: &[u8]) -> Result<V, Error> {
    if !structure::is_sound(bytes) {
        let message = format!("bytes are no single value of at most {MAX_DEPTH} levels: they were altered, or cut");
        return Err(Error::new(ErrorKind::Codec, message));
    }
    let mut rmp = rmp_serde::Deserializer::from_read_ref(bytes);
    // It refuses where its counter reaches zero, and an extension counts as a level.
    rmp.set_max_depth(MAX_DEPTH + 2);
    V::deserialize(guarded_de::Guarded { inner: &mut rmp, left: MAX_CALLS_TO_READ }).map_err(|_| unreadable())
}

#[cfg(test)]
#[path = "message_pack_tests.rs"]
mod tests;
