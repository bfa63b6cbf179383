//! A codec of one's own, which is given no value that is too deep and no room for more than its bytes.

use std::cell::Cell;

use crate::model::codec::{CustomCodec, Incoming, Outgoing, ReadWith};
use crate::model::error::{Error, ErrorKind};
use crate::wire::codec::bounded::Bounded;
use crate::wire::codec::guarded_de::Guarded;
use crate::wire::codec::limited_ser::{Floats, Limited};
use crate::wire::codec::{MAX_CALLS_TO_READ, too_large, unreadable};

pub(super) fn encode(
    codec: &dyn CustomCodec,
    value: &dyn erased_serde::Serialize,
    limit: usize,
) -> Result<Vec<u8>, Error> {
    let (mut writer, refused) = (Bounded::new(limit), Cell::new(false));
    let value = Limited::of(value, Floats::All, &refused);
    let written = codec.encode(Outgoing::new(&value), &mut writer);
    if writer.is_full {
        return Err(too_large(limit));
    }
    // Its error may show the value, so ours does not show that error.
    if written.is_err() || refused.get() {
        let message =
            format!("the codec `{}` cannot write a value: its `encode` or the value's `Serialize` fails", codec.name());
        return Err(Error::new(ErrorKind::Codec, message));
    }
    Ok(writer.bytes)
}

pub(super) fn decode(codec: &dyn CustomCodec, bytes: &[u8], read: &mut ReadWith<'_>) -> Result<(), Error> {
    let mut guarded = |deserializer: &mut dyn erased_serde::Deserializer<'_>| {
        let guarded = Guarded { inner: deserializer, left: MAX_CALLS_TO_READ };
        read(&mut <dyn erased_serde::Deserializer<'_>>::erase(guarded))
    };
    codec.decode(bytes, Incoming::new(&mut guarded)).map_err(|_| unreadable())
}

#[cfg(test)]
#[path = "custom_tests.rs"]
mod tests;
