//! A serializer around any other that stops before a value's own `Serialize` has used up the stack, and refuses what the
//! other would write as something else.

use std::cell::Cell;

use serde::ser::{
    Error, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
};
use serde::ser::{SerializeTupleStruct, SerializeTupleVariant, Serializer};

use crate::wire::codec::MAX_CALLS;
use crate::wire::codec::structure::MAX_DEPTH;

/// Which floats can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Floats {
    All,
    /// Without `NaN` and the infinities.
    Numbers,
}

/// What bounds a value, or a part of it.
#[derive(Clone, Copy)]
struct Bounds<'a> {
    /// So many calls may still stand in each other.
    calls: u16,
    /// And so many lists and maps.
    levels: usize,
    floats: Floats,
    /// Whether something was refused: also where a value's `Serialize` forgets the error.
    refused: &'a Cell<bool>,
}

impl Bounds<'_> {
    fn refuse<E: Error>(self) -> E {
        self.refused.set(true);
        E::custom("refused")
    }

    fn below<E: Error>(self) -> Result<Self, E> {
        let calls = self.calls.checked_sub(1).ok_or_else(|| self.refuse())?;
        Ok(Self { calls, ..self })
    }

    fn inside<E: Error>(self, levels: usize) -> Result<Self, E> {
        let levels = self.levels.checked_sub(levels).ok_or_else(|| self.refuse())?;
        Ok(Self { levels, ..self })
    }
}

/// A value, a serializer or what that gives to write lists and maps with, and its bounds.
pub(super) struct Limited<'a, T> {
    inner: T,
    bounds: Bounds<'a>,
}

impl<'a> Limited<'a, &'a dyn erased_serde::Serialize> {
    /// A whole value. What was refused of it is noted.
    pub(super) fn of(value: &'a dyn erased_serde::Serialize, floats: Floats, refused: &'a Cell<bool>) -> Self {
        Self { inner: value, bounds: Bounds { calls: MAX_CALLS, levels: MAX_DEPTH, floats, refused } }
    }
}

impl<T: Serialize + ?Sized> Serialize for Limited<'_, &T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bounds = self.bounds.below()?;
        self.inner.serialize(Limited { inner: serializer, bounds })
    }
}

impl<'a, T> Limited<'a, T> {
    fn part<'v, V: ?Sized>(&self, value: &'v V) -> Limited<'v, &'v V>
    where
        'a: 'v,
    {
        Limited { inner: value, bounds: self.bounds }
    }
}

macro_rules! scalars {
    ($($method:ident($($argument:ident: $type:ty),*))*) => {$(
        fn $method(self, $($argument: $type),*) -> Result<S::Ok, S::Error> {
            self.inner.$method($($argument),*)
        }
    )*};
}

/// So many levels each, as JSON writes them.
macro_rules! compounds {
    ($($method:ident($($argument:ident: $type:ty),*) -> $compound:ident, $levels:literal)*) => {$(
        fn $method(self, $($argument: $type),*) -> Result<Self::$compound, S::Error> {
            let bounds = self.bounds.inside($levels)?;
            self.inner.$method($($argument),*).map(|inner| Limited { inner, bounds })
        }
    )*};
}

impl<'a, S: Serializer> Serializer for Limited<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Limited<'a, S::SerializeSeq>;
    type SerializeTuple = Limited<'a, S::SerializeTuple>;
    type SerializeTupleStruct = Limited<'a, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Limited<'a, S::SerializeTupleVariant>;
    type SerializeMap = Limited<'a, S::SerializeMap>;
    type SerializeStruct = Limited<'a, S::SerializeStruct>;
    type SerializeStructVariant = Limited<'a, S::SerializeStructVariant>;

    scalars! {
        serialize_bool(value: bool) serialize_i8(value: i8) serialize_i16(value: i16) serialize_i32(value: i32)
        serialize_i64(value: i64) serialize_i128(value: i128) serialize_u8(value: u8) serialize_u16(value: u16)
        serialize_u32(value: u32) serialize_u64(value: u64) serialize_u128(value: u128) serialize_char(value: char)
        serialize_str(value: &str) serialize_bytes(value: &[u8]) serialize_none() serialize_unit()
        serialize_unit_struct(name: &'static str)
        serialize_unit_variant(name: &'static str, index: u32, variant: &'static str)
    }

    compounds! {
        serialize_seq(length: Option<usize>) -> SerializeSeq, 1
        serialize_tuple(length: usize) -> SerializeTuple, 1
        serialize_tuple_struct(name: &'static str, length: usize) -> SerializeTupleStruct, 1
        serialize_tuple_variant(name: &'static str, index: u32, variant: &'static str, length: usize)
            -> SerializeTupleVariant, 2
        serialize_map(length: Option<usize>) -> SerializeMap, 1
        serialize_struct(name: &'static str, length: usize) -> SerializeStruct, 1
        serialize_struct_variant(name: &'static str, index: u32, variant: &'static str, length: usize)
            -> SerializeStructVariant, 2
    }

    fn serialize_f32(self, value: f32) -> Result<S::Ok, S::Error> {
        if self.bounds.floats == Floats::Numbers && !value.is_finite() {
            return Err(self.bounds.refuse());
        }
        self.inner.serialize_f32(value)
    }

    fn serialize_f64(self, value: f64) -> Result<S::Ok, S::Error> {
        if self.bounds.floats == Floats::Numbers && !value.is_finite() {
            return Err(self.bounds.refuse());
        }
        self.inner.serialize_f64(value)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let part = self.part(value);
        self.inner.serialize_some(&part)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<S::Ok, S::Error> {
        let part = self.part(value);
        self.inner.serialize_newtype_struct(name, &part)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let part = Limited { inner: value, bounds: self.bounds.inside(1)? };
        self.inner.serialize_newtype_variant(name, index, variant, &part)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

macro_rules! elements {
    ($($trait:ident::$method:ident)*) => {$(
        impl<C: $trait> $trait for Limited<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                let part = self.part(value);
                self.inner.$method(&part)
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
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
        impl<C: $trait> $trait for Limited<'_, C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), C::Error> {
                let part = self.part(value);
                self.inner.serialize_field(name, &part)
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), C::Error> {
                self.inner.skip_field(name)
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.inner.end()
            }
        }
    )*};
}

fields! { SerializeStruct SerializeStructVariant }

impl<C: SerializeMap> SerializeMap for Limited<'_, C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        let part = self.part(key);
        self.inner.serialize_key(&part)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        let part = self.part(value);
        self.inner.serialize_value(&part)
    }

    fn end(self) -> Result<C::Ok, C::Error> {
        self.inner.end()
    }
}
