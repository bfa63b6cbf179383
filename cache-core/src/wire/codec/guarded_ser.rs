//! A serializer of MessagePack that stops before a value's own `Serialize` has used up the stack, or the bytes their limit.
//!
//! rmp-serde writes the bytes. Its limit of depth for serializers is not looked at, and what does not know its length
//! (a struct with a flattened field, an iterator) is gathered by it in a buffer without limit. So this counts the calls
//! itself, and writes such a length with 32 bits, into which the number is put at the end.

use std::io::Write as _;

use rmp_serde::config::{DefaultConfig, StructMapConfig};
use rmp_serde::encode::Error;
use serde::Serialize;
use serde::ser::{Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple};
use serde::ser::{SerializeTupleStruct, SerializeTupleVariant, Serializer};

use crate::wire::codec::bounded::Bounded;

/// What writes the bytes: with field names.
pub(crate) type Rmp = rmp_serde::Serializer<Bounded, StructMapConfig<DefaultConfig>>;

const ARRAY_32: u8 = 0xdd;
const MAP_32: u8 = 0xdf;

/// The serializer, and how many calls may still stand in each other.
pub(crate) struct Guarded<'a> {
    pub(crate) rmp: &'a mut Rmp,
    pub(crate) left: u16,
}

/// An array or a map that is being written; its head was.
pub(crate) struct Compound<'a> {
    rmp: &'a mut Rmp,
    left: u16,
    /// Where the length belongs that was not known.
    length_at: Option<usize>,
    written: u32,
}

impl<'a> Guarded<'a> {
    fn below<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        let left = self.left.checked_sub(1).ok_or_else(|| Error::custom("too deep"))?;
        value.serialize(Guarded { rmp: self.rmp, left })
    }

    fn compound(self) -> Compound<'a> {
        Compound { rmp: self.rmp, left: self.left, length_at: None, written: 0 }
    }

    fn of_unknown_length(self, marker: u8) -> Result<Compound<'a>, Error> {
        let writer = self.rmp.get_mut();
        writer.write_all(&[marker, 0, 0, 0, 0]).map_err(Error::custom)?;
        let length_at = Some(writer.bytes.len() - 4);
        Ok(Compound { length_at, ..self.compound() })
    }
}

impl Compound<'_> {
    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.written = self.written.saturating_add(1);
        Guarded { rmp: &mut *self.rmp, left: self.left }.below(value)
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        self.rmp.serialize_str(name)?;
        self.value(value)
    }

    fn end_with(self, length: u32) {
        let bytes = &mut self.rmp.get_mut().bytes;
        if let Some(place) = self.length_at.and_then(|at| bytes.get_mut(at..at + 4)) {
            place.copy_from_slice(&length.to_be_bytes());
        }
    }
}

macro_rules! scalars {
    ($($method:ident: $type:ty)*) => {$(
        fn $method(self, value: $type) -> Result<(), Error> {
            self.rmp.$method(value)
        }
    )*};
}

/// rmp-serde writes the head at once; what it returns to write the values with is not needed.
macro_rules! heads {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {$(
        fn $method(self, $($argument: $type),*) -> Result<Compound<'a>, Error> {
            self.rmp.$method($($argument),*).map(drop)?;
            Ok(self.compound())
        }
    )*};
}

impl<'a> Serializer for Guarded<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeStructVariant = Compound<'a>;

    scalars! {
        serialize_bool: bool serialize_i8: i8 serialize_i16: i16 serialize_i32: i32 serialize_i64: i64
        serialize_i128: i128 serialize_u8: u8 serialize_u16: u16 serialize_u32: u32 serialize_u64: u64
        serialize_u128: u128 serialize_f32: f32 serialize_f64: f64 serialize_char: char serialize_str: &str
        serialize_bytes: &[u8] serialize_unit_struct: &'static str
    }

    heads! {
        serialize_tuple(length: usize)
        serialize_tuple_struct(name: &'static str, length: usize)
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, length: usize)
        serialize_struct(name: &'static str, length: usize)
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, length: usize)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.rmp.serialize_none()
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.rmp.serialize_unit()
    }

    fn serialize_unit_variant(self, name: &'static str, index: u32, variant: &'static str) -> Result<(), Error> {
        self.rmp.serialize_unit_variant(name, index, variant)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        self.below(value)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<(), Error> {
        // An extension, which holds a number and bytes and no other value.
        if name == rmp_serde::MSGPACK_EXT_STRUCT_NAME {
            return self.rmp.serialize_newtype_struct(name, value);
        }
        self.below(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.rmp.serialize_map(Some(1)).map(drop)?;
        self.rmp.serialize_str(variant)?;
        self.below(value)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Compound<'a>, Error> {
        if length.is_none() {
            return self.of_unknown_length(ARRAY_32);
        }
        self.rmp.serialize_seq(length).map(drop)?;
        Ok(self.compound())
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Compound<'a>, Error> {
        if length.is_none() {
            return self.of_unknown_length(MAP_32);
        }
        self.rmp.serialize_map(length).map(drop)?;
        Ok(self.compound())
    }

    fn is_human_readable(&self) -> bool {
        self.rmp.is_human_readable()
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident)*) => {$(
        impl $trait for Compound<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.value(value)
            }

            fn end(self) -> Result<(), Error> {
                let length = self.written;
                self.end_with(length);
                Ok(())
            }
        }
    )*};
}

elements! {
    SerializeSeq::serialize_element
    SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

macro_rules! fields {
    ($($trait:ident)*) => {$(
        impl $trait for Compound<'_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), Error> {
                Ok(())
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }

impl SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.value(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        self.value(value)
    }

    fn end(self) -> Result<(), Error> {
        let length = self.written / 2;
        self.end_with(length);
        Ok(())
    }
}
