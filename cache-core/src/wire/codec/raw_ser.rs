//! Text and bytes as they are: what has no other form than its own bytes.

use std::io::Write as _;

use serde::Serialize;
use serde::de::value::Error as Refused;
use serde::ser::{Error as _, Impossible, SerializeSeq, SerializeTuple, Serializer};

use crate::model::error::{Error, ErrorKind};
use crate::wire::codec::bounded::Bounded;
use crate::wire::codec::{MAX_CALLS, too_large};

pub(super) fn encode<V: Serialize + ?Sized>(value: &V, limit: usize) -> Result<Vec<u8>, Error> {
    let mut writer = Bounded::new(limit);
    let written = value.serialize(Raw { writer: &mut writer, place: Place::Whole(MAX_CALLS) });
    if writer.is_full {
        return Err(too_large(limit));
    }
    if written.is_err() {
        let message = "a value cannot be written by the codec `raw`, which takes text and bytes: `String`, `Vec<u8>`, and \
                       newtypes around them; write other types by `Codec::MessagePack`";
        return Err(Error::new(ErrorKind::Codec, message));
    }
    Ok(writer.bytes)
}

/// What is being written.
#[derive(Clone, Copy)]
enum Place {
    /// The value, inside of newtypes, which may still stand in each other so deep.
    Whole(u16),
    /// An element of a list, which must be a byte.
    Byte,
}

struct Raw<'a> {
    writer: &'a mut Bounded,
    place: Place,
}

/// A list of bytes.
struct Bytes<'a>(&'a mut Bounded);

fn refused() -> Refused {
    Refused::custom("neither text nor bytes")
}

impl<'a> Raw<'a> {
    fn whole(self, bytes: &[u8]) -> Result<(), Refused> {
        match self.place {
            Place::Whole(_) => self.writer.write_all(bytes).map_err(Refused::custom),
            Place::Byte => Err(refused()),
        }
    }

    fn list(self) -> Result<Bytes<'a>, Refused> {
        match self.place {
            Place::Whole(_) => Ok(Bytes(self.writer)),
            Place::Byte => Err(refused()),
        }
    }
}

macro_rules! refuse {
    ($($method:ident($($type:ty),*) -> $ok:ty)*) => {$(
        fn $method(self, $(_: $type),*) -> Result<$ok, Refused> {
            Err(refused())
        }
    )*};
}

impl<'a> Serializer for Raw<'a> {
    type Ok = ();
    type Error = Refused;
    type SerializeSeq = Bytes<'a>;
    type SerializeTuple = Bytes<'a>;
    type SerializeTupleStruct = Impossible<(), Refused>;
    type SerializeTupleVariant = Impossible<(), Refused>;
    type SerializeMap = Impossible<(), Refused>;
    type SerializeStruct = Impossible<(), Refused>;
    type SerializeStructVariant = Impossible<(), Refused>;

    fn serialize_str(self, text: &str) -> Result<(), Refused> {
        self.whole(text.as_bytes())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), Refused> {
        self.whole(bytes)
    }

    fn serialize_u8(self, byte: u8) -> Result<(), Refused> {
        match self.place {
            Place::Byte => self.writer.write_all(&[byte]).map_err(Refused::custom),
            Place::Whole(_) => Err(refused()),
        }
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Refused> {
        match self.place {
            Place::Whole(left @ 1..) => value.serialize(Raw { writer: self.writer, place: Place::Whole(left - 1) }),
            Place::Whole(0) | Place::Byte => Err(refused()),
        }
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Bytes<'a>, Refused> {
        self.list()
    }

    fn serialize_tuple(self, _: usize) -> Result<Bytes<'a>, Refused> {
        self.list()
    }

    refuse! {
        serialize_bool(bool) -> ()
        serialize_i8(i8) -> ()
        serialize_i16(i16) -> ()
        serialize_i32(i32) -> ()
        serialize_i64(i64) -> ()
        serialize_u16(u16) -> ()
        serialize_u32(u32) -> ()
        serialize_u64(u64) -> ()
        serialize_f32(f32) -> ()
        serialize_f64(f64) -> ()
        serialize_char(char) -> ()
        serialize_none() -> ()
        serialize_unit() -> ()
        serialize_unit_struct(&'static str) -> ()
        serialize_unit_variant(&'static str, u32, &'static str) -> ()
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant
        serialize_map(Option<usize>) -> Self::SerializeMap
        serialize_struct(&'static str, usize) -> Self::SerializeStruct
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<(), Refused> {
        Err(refused())
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Refused> {
        Err(refused())
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

macro_rules! elements {
    ($($trait:ident)*) => {$(
        impl $trait for Bytes<'_> {
            type Ok = ();
            type Error = Refused;

            fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refused> {
                value.serialize(Raw { writer: self.0, place: Place::Byte })
            }

            fn end(self) -> Result<(), Refused> {
                Ok(())
            }
        }
    )*};
}

elements! { SerializeSeq SerializeTuple }
