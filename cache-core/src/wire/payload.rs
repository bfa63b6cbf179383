//! The payload of an entry: which codec wrote it, and how it was made smaller. What it says of itself it is read by,
//! whatever this node's own codec and compression are.
//!
//! | bytes | content |
//! |---|---|
//! | 1 + n | only of a codec of one's own: the length of its name, and the name |
//! | 4 | only where it is compressed: how many bytes it had before |
//! | rest | what the codec wrote, or that made smaller |

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::sync::Arc;

use crate::model::codec::{Codec, CustomCodec, check_name};
use crate::model::compression::Compression;
use crate::model::error::Error;
use crate::wire::compression;
use crate::wire::envelope::{CodecMark, Flaw, Form, Packing};
use crate::wire::reader::Reader;

/// The bytes of a payload, and what the flags of its entry say of them. By default those of a `None`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Payload {
    pub(crate) form: Form,
    pub(crate) bytes: Vec<u8>,
}

impl Payload {
    /// What a codec wrote, made smaller where that is wanted and something comes of it.
    pub(crate) fn of(codec: &Codec, written: Vec<u8>, compression: Compression) -> Self {
        let (mark, name) = match codec {
            Codec::MessagePack => (CodecMark::MessagePack, None),
            Codec::Json => (CodecMark::Json, None),
            Codec::Raw => (CodecMark::Raw, None),
            Codec::Custom(codec) => (CodecMark::Custom, Some(codec.name())),
        };
        // The name is short: the builder has looked.
        let name = name.map(|name| [&[u8::try_from(name.len()).unwrap_or_default()], name.as_bytes()].concat());
        let name = name.unwrap_or_default();
        if let Some((packing, bytes)) = compression::compress(&name, &written, compression) {
            return Self { form: Form { codec: mark, packing }, bytes };
        }
        let bytes = if name.is_empty() { written } else { [name, written].concat() };
        Self { form: Form { codec: mark, packing: Packing::None }, bytes }
    }

    /// MessagePack that is left as it is.
    pub(crate) fn plain(bytes: Vec<u8>) -> Self {
        Self { form: Form::default(), bytes }
    }
}

/// How values are written where nobody says, and what is read.
#[derive(Debug, Default)]
pub(crate) struct Payloads {
    pub(crate) codec: Codec,
    pub(crate) compression: Compression,
    /// Codecs of one's own that are read.
    known: Vec<Codec>,
}

impl Payloads {
    /// Has a codec read.
    pub(crate) fn know(&mut self, codec: &Codec) {
        self.known.push(codec.clone());
    }

    /// Whether names and levels can be used.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.customs().try_for_each(|codec| check_name(codec.name()))?;
        let customs: Vec<_> = self.customs().collect();
        let is_other = |(at, codec): (usize, &&Arc<dyn CustomCodec>)| {
            customs[..at].iter().any(|other| other.name() == codec.name() && type_of(other) != type_of(codec))
        };
        if customs.iter().enumerate().any(is_other) {
            return Err(Error::config(
                "two codecs have one name, and entries are read by the codec of their name: give each its own",
            ));
        }
        self.compression.check()
    }

    fn customs(&self) -> impl Iterator<Item = &Arc<dyn CustomCodec>> {
        std::iter::once(&self.codec).chain(&self.known).filter_map(|codec| match codec {
            Codec::Custom(codec) => Some(codec),
            _ => None,
        })
    }

    /// The codec that wrote a payload, and what it wrote, of at most so many bytes.
    pub(crate) fn open<'a>(&self, form: Form, payload: &'a [u8], limit: usize) -> Result<(Codec, Cow<'a, [u8]>), Flaw> {
        let mut reader = Reader(payload);
        let codec = match form.codec {
            CodecMark::MessagePack => Codec::MessagePack,
            CodecMark::Json => Codec::Json,
            CodecMark::Raw => Codec::Raw,
            CodecMark::Custom => {
                let length = reader.u8().ok_or(Flaw::Corrupt)?;
                let name = reader.bytes(length.into()).ok_or(Flaw::Corrupt)?;
                let mut customs = self.customs();
                let known = customs.find(|codec| codec.name().as_bytes() == name).ok_or(Flaw::Format)?;
                Codec::Custom(Arc::clone(known))
            }
        };
        Ok((codec, compression::expand(form.packing, reader.0, limit)?))
    }
}

fn type_of(codec: &Arc<dyn CustomCodec>) -> TypeId {
    let codec: &dyn Any = &**codec;
    codec.type_id()
}

#[cfg(test)]
#[path = "payload_tests.rs"]
mod tests;
