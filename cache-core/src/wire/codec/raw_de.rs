//! Text and bytes from bytes that are nothing else.

use serde::de::value::Error as Refused;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, SeqAccess, Visitor};

use crate::model::error::Error;
use crate::wire::codec::{MAX_CALLS_TO_READ, unreadable};

pub(super) fn decode<V: DeserializeOwned>(bytes: &[u8]) -> Result<V, Error> {
    V::deserialize(Raw { bytes, left: MAX_CALLS_TO_READ }).map_err(|_| unreadable())
}

/// The bytes, and how many newtypes may still stand in each other.
struct Raw<'de> {
    bytes: &'de [u8],
    left: u16,
}

/// A list of bytes.
struct Bytes<'a, 'de>(&'a mut &'de [u8]);

fn refused() -> Refused {
    Refused::custom("neither text nor bytes")
}

impl<'de> Raw<'de> {
    fn text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let text = str::from_utf8(self.bytes).map_err(Refused::custom)?;
        visitor.visit_borrowed_str(text)
    }

    fn list<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let mut left = self.bytes;
        let value = visitor.visit_seq(Bytes(&mut left))?;
        if left.is_empty() { Ok(value) } else { Err(refused()) }
    }
}

macro_rules! refuse {
    ($($method:ident($($type:ty),*))*) => {$(
        fn $method<V: Visitor<'de>>(self, $(_: $type,)* _: V) -> Result<V::Value, Refused> {
            Err(refused())
        }
    )*};
}

impl<'de> Deserializer<'de> for Raw<'de> {
    type Error = Refused;

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.text(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.text(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_borrowed_bytes(self.bytes)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_borrowed_bytes(self.bytes)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.list(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Refused> {
        if length == self.bytes.len() { self.list(visitor) } else { Err(refused()) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Refused> {
        let left = self.left.checked_sub(1).ok_or_else(refused)?;
        visitor.visit_newtype_struct(Raw { left, ..self })
    }

    refuse! {
        deserialize_any() deserialize_bool() deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64()
        deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64() deserialize_f32() deserialize_f64()
        deserialize_char() deserialize_option() deserialize_unit() deserialize_map() deserialize_identifier()
        deserialize_ignored_any()
        deserialize_unit_struct(&'static str)
        deserialize_tuple_struct(&'static str, usize)
        deserialize_struct(&'static str, &'static [&'static str])
        deserialize_enum(&'static str, &'static [&'static str])
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

impl<'de> SeqAccess<'de> for Bytes<'_, 'de> {
    type Error = Refused;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refused> {
        let Some((byte, rest)) = self.0.split_first() else { return Ok(None) };
        *self.0 = rest;
        seed.deserialize((*byte).into_deserializer()).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

#[cfg(test)]
#[path = "raw_tests.rs"]
mod tests;
