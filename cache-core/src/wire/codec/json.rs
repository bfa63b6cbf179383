//! JSON, for whoever reads along.
//!
//! Floats come back exactly as they were. What JSON would silently make something else of is refused: floats that are no
//! number, which would be `null`. Maps whose keys are no text, number, `bool`, `char` or unit variant it cannot write.

use std::cell::Cell;

use serde_json::Deserializer;

use crate::model::codec::ReadWith;
use crate::model::error::{Error, ErrorKind};
use crate::wire::codec::bounded::Bounded;
use crate::wire::codec::guarded_de::Guarded;
use crate::wire::codec::limited_ser::{Floats, Limited};
use crate::wire::codec::structure::MAX_DEPTH;
use crate::wire::codec::{MAX_CALLS_TO_READ, too_large, unreadable};

pub(super) fn encode(value: &dyn erased_serde::Serialize, limit: usize) -> Result<Vec<u8>, Error> {
    let (mut writer, refused) = (Bounded::new(limit), Cell::new(false));
    let written = serde_json::to_writer(&mut writer, &Limited::of(value, Floats::Numbers, &refused));
    if writer.is_full {
        return Err(too_large(limit));
    }
    // The error of a `Serialize` may show the value, so ours does not show that error.
    if written.is_err() || refused.get() {
        let message = format!(
            "a value cannot be written as JSON: its `Serialize` fails, it has a float that is no number or a map whose keys \
             are no text, or it is nested deeper than {MAX_DEPTH} levels; write it by `Codec::MessagePack`"
        );
        return Err(Error::new(ErrorKind::Codec, message));
    }
    Ok(writer.bytes)
}

/// Its own limit of 128 levels stays on.
pub(super) fn decode(bytes: &[u8], read: &mut ReadWith<'_>) -> Result<(), Error> {
    let mut json = Deserializer::from_slice(bytes);
    let guarded = Guarded { inner: &mut json, left: MAX_CALLS_TO_READ };
    read(&mut <dyn erased_serde::Deserializer<'_>>::erase(guarded)).map_err(|_| unreadable())?;
    json.end().map_err(|_| unreadable())
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
