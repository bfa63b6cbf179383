//! The canonical bytes of a value: equal for equal values in every process and build, and different for different ones.
//!
//! Each piece begins with what it is, text says how long it is, and what holds others ends with a mark that begins no piece.
//! So no bytes are the front of others, whatever lengths a `Serialize` announces. Entries of a map are sorted by the bytes of
//! their keys. Names of types leave no trace, so that a type may be renamed.

use std::fmt;
use std::ops::Range;

use serde::Serialize;
use serde::ser::{Error as _, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple};
use serde::ser::{SerializeTupleStruct, SerializeTupleVariant, Serializer};

/// What a piece is. Another number here is another key for the same value.
#[derive(Clone, Copy)]
enum Tag {
    End = 0,
    None = 1,
    Some = 2,
    Unit = 3,
    False = 4,
    True = 5,
    Natural = 6,
    Negative = 7,
    F32 = 8,
    F64 = 9,
    Char = 10,
    Text = 11,
    Bytes = 12,
    List = 13,
    Map = 14,
    Struct = 15,
    Variant = 16,
}

/// Why there are no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// They are more than the limit.
    TooLarge,
    /// The calls of `Serialize` stand in each other too deep, one has failed, or what it said makes no sense.
    Failed,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value has no canonical bytes")
    }
}

impl std::error::Error for Refusal {}

impl serde::ser::Error for Refusal {
    /// Without the message, which may show the value.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Refusal::Failed
    }
}

/// The bytes of a value, of which there may be so many, whose calls may stand in each other so deep.
pub(super) fn bytes_of<T: Serialize + ?Sized>(value: &T, limit: usize, depth: u16) -> Result<Vec<u8>, Refusal> {
    let mut to = Bytes { written: Vec::new(), limit, refused: None };
    let done = value.serialize(Canonical { to: &mut to, left: depth });
    // A `Serialize` may go on after a refusal, without what was refused.
    to.refused.map_or(done, Err).map(|()| to.written)
}

struct Bytes {
    written: Vec<u8>,
    limit: usize,
    refused: Option<Refusal>,
}

impl Bytes {
    fn refuse(&mut self, refusal: Refusal) -> Result<(), Refusal> {
        Err(*self.refused.get_or_insert(refusal))
    }

    fn push(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        if self.written.len().saturating_add(bytes.len()) > self.limit {
            return self.refuse(Refusal::TooLarge);
        }
        self.written.extend_from_slice(bytes);
        Ok(())
    }

    fn tag(&mut self, tag: Tag) -> Result<(), Refusal> {
        self.push(&[tag as u8])
    }

    fn tagged(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), Refusal> {
        self.tag(tag)?;
        self.push(bytes)
    }

    fn measured(&mut self, tag: Tag, bytes: &[u8]) -> Result<(), Refusal> {
        self.tagged(tag, &(bytes.len() as u64).to_le_bytes())?;
        self.push(bytes)
    }

    fn text(&mut self, text: &str) -> Result<(), Refusal> {
        self.measured(Tag::Text, text.as_bytes())
    }

    /// By its value, whatever its type.
    fn integer(&mut self, value: i128) -> Result<(), Refusal> {
        match u128::try_from(value) {
            Ok(natural) => self.tagged(Tag::Natural, &natural.to_le_bytes()),
            Err(_) => self.tagged(Tag::Negative, &value.to_le_bytes()),
        }
    }

    /// A value one call deeper.
    fn value<T: Serialize + ?Sized>(&mut self, value: &T, left: u16) -> Result<(), Refusal> {
        match left.checked_sub(1) {
            Some(left) => value.serialize(Canonical { to: self, left }),
            None => self.refuse(Refusal::Failed),
        }
    }
}

/// The serializer, and how many calls may still stand in each other.
struct Canonical<'a> {
    to: &'a mut Bytes,
    left: u16,
}

impl<'a> Canonical<'a> {
    fn open(self, tag: Tag) -> Result<Open<'a>, Refusal> {
        self.to.tag(tag)?;
        Ok(Open { to: self.to, left: self.left })
    }

    fn variant(self, name: &str) -> Result<Self, Refusal> {
        self.to.tag(Tag::Variant)?;
        self.to.text(name)?;
        Ok(self)
    }
}

macro_rules! integers {
    ($($method:ident: $type:ty)*) => {$(
        fn $method(self, value: $type) -> Result<(), Refusal> {
            self.to.integer(value.into())
        }
    )*};
}

impl<'a> Serializer for Canonical<'a> {
    type Ok = ();
    type Error = Refusal;
    type SerializeSeq = Open<'a>;
    type SerializeTuple = Open<'a>;
    type SerializeTupleStruct = Open<'a>;
    type SerializeTupleVariant = Open<'a>;
    type SerializeMap = Entries<'a>;
    type SerializeStruct = Open<'a>;
    type SerializeStructVariant = Open<'a>;

    integers! {
        serialize_i8: i8 serialize_i16: i16 serialize_i32: i32 serialize_i64: i64 serialize_i128: i128
        serialize_u8: u8 serialize_u16: u16 serialize_u32: u32 serialize_u64: u64
    }

    fn serialize_u128(self, value: u128) -> Result<(), Refusal> {
        self.to.tagged(Tag::Natural, &value.to_le_bytes())
    }

    fn serialize_bool(self, value: bool) -> Result<(), Refusal> {
        self.to.tag(if value { Tag::True } else { Tag::False })
    }

    fn serialize_f32(self, value: f32) -> Result<(), Refusal> {
        self.to.tagged(Tag::F32, &value.to_bits().to_le_bytes())
    }

    fn serialize_f64(self, value: f64) -> Result<(), Refusal> {
        self.to.tagged(Tag::F64, &value.to_bits().to_le_bytes())
    }

    fn serialize_char(self, value: char) -> Result<(), Refusal> {
        self.to.tagged(Tag::Char, &u32::from(value).to_le_bytes())
    }

    fn serialize_str(self, value: &str) -> Result<(), Refusal> {
        self.to.text(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Refusal> {
        self.to.measured(Tag::Bytes, value)
    }

    fn serialize_none(self) -> Result<(), Refusal> {
        self.to.tag(Tag::None)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refusal> {
        self.to.tag(Tag::Some)?;
        self.to.value(value, self.left)
    }

    fn serialize_unit(self) -> Result<(), Refusal> {
        self.to.tag(Tag::Unit)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Refusal> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Refusal> {
        self.variant(variant)?.serialize_unit()
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Refusal> {
        self.to.value(value, self.left)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Refusal> {
        let Self { to, left } = self.variant(variant)?;
        to.value(value, left)
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<Open<'a>, Refusal> {
        self.open(Tag::List)
    }

    // As a list: serde does not tell an array from a tuple, and an array is a list's equal.
    fn serialize_tuple(self, _length: usize) -> Result<Open<'a>, Refusal> {
        self.open(Tag::List)
    }

    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<Open<'a>, Refusal> {
        self.open(Tag::List)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Open<'a>, Refusal> {
        self.variant(variant)?.open(Tag::List)
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Entries<'a>, Refusal> {
        let Open { to, left } = self.open(Tag::Map)?;
        Ok(Entries { begin: to.written.len(), to, left, found: Vec::new(), key: None })
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<Open<'a>, Refusal> {
        self.open(Tag::Struct)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<Open<'a>, Refusal> {
        self.variant(variant)?.open(Tag::Struct)
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// A list or a struct that is being written.
struct Open<'a> {
    to: &'a mut Bytes,
    left: u16,
}

macro_rules! elements {
    ($($trait:ident::$method:ident)*) => {$(
        impl $trait for Open<'_> {
            type Ok = ();
            type Error = Refusal;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
                self.to.value(value, self.left)
            }

            fn end(self) -> Result<(), Refusal> {
                self.to.tag(Tag::End)
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
        impl $trait for Open<'_> {
            type Ok = ();
            type Error = Refusal;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Refusal> {
                self.to.text(name)?;
                self.to.value(value, self.left)
            }

            fn end(self) -> Result<(), Refusal> {
                self.to.tag(Tag::End)
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }

/// A map that is being written, in the order in which it comes; where it ends, its entries are sorted.
struct Entries<'a> {
    to: &'a mut Bytes,
    left: u16,
    /// Where the first entry begins.
    begin: usize,
    /// Where the key and the value of each lie, seen from there.
    found: Vec<(Range<usize>, Range<usize>)>,
    /// The key whose value comes next.
    key: Option<Range<usize>>,
}

impl Entries<'_> {
    fn write<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<Range<usize>, Refusal> {
        let from = self.to.written.len() - self.begin;
        self.to.value(value, self.left)?;
        Ok(from..self.to.written.len() - self.begin)
    }
}

impl SerializeMap for Entries<'_> {
    type Ok = ();
    type Error = Refusal;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refusal> {
        if self.key.is_some() {
            return self.to.refuse(Refusal::Failed);
        }
        self.key = Some(self.write(key)?);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
        let Some(key) = self.key.take() else { return self.to.refuse(Refusal::Failed) };
        let value = self.write(value)?;
        self.found.push((key, value));
        Ok(())
    }

    fn end(mut self) -> Result<(), Refusal> {
        if self.key.is_some() {
            return self.to.refuse(Refusal::custom("a key without its value"));
        }
        let unsorted = self.to.written.split_off(self.begin);
        // Of equal keys, which only a list has that calls itself a map, the order stays.
        self.found.sort_by(|(one, _), (other, _)| unsorted[one.clone()].cmp(&unsorted[other.clone()]));
        for (key, value) in &self.found {
            self.to.written.extend_from_slice(&unsorted[key.start..value.end]);
        }
        self.to.tag(Tag::End)
    }
}
