//! The deserializer that notes what it is asked for, and hands out examples.

use std::any::type_name;
use std::cell::RefCell;
use std::fmt;

use serde::de::{Deserializer, Error, Visitor};

use crate::wire::shape::accesses::{Elements, Entries, Fields, Variant};
use crate::wire::shape::examples::{BYTES, CHARS, FLOATS, INTEGERS, LENGTHS, STRINGS};
use crate::wire::shape::graph::Key;
use crate::wire::shape::search::Search;

/// The search as a pass sees it. It is not borrowed while user code runs.
pub(crate) type Shared = RefCell<Search>;

/// A value was refused; why is not said, for nobody reads it.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) is_duplicate: bool,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an example was refused")
    }
}

impl std::error::Error for Refused {}

impl Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self { is_duplicate: false }
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self { is_duplicate: true }
    }
}

/// Reads the type itself.
pub(crate) fn root<T>(shared: &Shared, read: impl FnOnce(Tracer<'_>) -> Result<T, Refused>) -> Result<T, Refused> {
    value(shared, None, "", read)
}

/// Reads a value that is a part of a container.
pub(crate) fn value<T>(
    shared: &Shared,
    container: Option<Key>,
    label: &str,
    read: impl FnOnce(Tracer<'_>) -> Result<T, Refused>,
) -> Result<T, Refused> {
    if !shared.borrow_mut().begin(label) {
        return Err(Refused::custom(""));
    }
    let result = read(Tracer { shared });
    shared.borrow_mut().end(container, label, result.is_ok());
    result
}

/// Stands where a value is read.
#[derive(Clone, Copy)]
pub(crate) struct Tracer<'a> {
    shared: &'a Shared,
}

impl<'a> Tracer<'a> {
    fn example<T: Copy>(self, kind: &'static str, examples: &[T]) -> T {
        examples[self.shared.borrow_mut().scalar(kind, examples.len())]
    }

    /// Goes into a container of values that have no name, and out again.
    fn enter<T>(
        self,
        key: Key,
        head: &'static str,
        lengths: &[usize],
        read: impl FnOnce(usize) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        self.shared.borrow_mut().container(key, None, || head.to_owned());
        let length = self.shared.borrow_mut().enter(key, lengths);
        let result = read(length);
        self.shared.borrow_mut().leave(result.is_ok());
        result
    }

    fn elements(self, key: Key, prefix: &'static str, length: usize) -> Elements<'a> {
        Elements { shared: self.shared, key, prefix, is_alike: false, next: 0, length }
    }
}

macro_rules! scalars {
    ($($method:ident $visit:ident $kind:literal $type:ty: $examples:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
            visitor.$visit(<$type>::from(self.example($kind, &$examples)))
        }
    )*};
}

impl<'de> Deserializer<'de> for Tracer<'_> {
    type Error = Refused;

    scalars! {
        deserialize_bool visit_bool "bool" bool: [false, true];
        deserialize_i8 visit_i8 "i8" i8: INTEGERS.map(u8::cast_signed);
        deserialize_i16 visit_i16 "i16" i16: INTEGERS;
        deserialize_i32 visit_i32 "i32" i32: INTEGERS;
        deserialize_i64 visit_i64 "i64" i64: INTEGERS;
        deserialize_i128 visit_i128 "i128" i128: INTEGERS;
        deserialize_u8 visit_u8 "u8" u8: INTEGERS;
        deserialize_u16 visit_u16 "u16" u16: INTEGERS;
        deserialize_u32 visit_u32 "u32" u32: INTEGERS;
        deserialize_u64 visit_u64 "u64" u64: INTEGERS;
        deserialize_u128 visit_u128 "u128" u128: INTEGERS;
        deserialize_f32 visit_f32 "f32" f32: FLOATS;
        deserialize_f64 visit_f64 "f64" f64: FLOATS;
        deserialize_char visit_char "char" char: CHARS;
        deserialize_str visit_str "str" &str: STRINGS;
        deserialize_string visit_string "str" String: STRINGS;
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_bytes(&vec![0; self.example("bytes", &BYTES)])
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_byte_buf(vec![0; self.example("bytes", &BYTES)])
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.example("unit", &[()]);
        visitor.visit_unit()
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.example("ignored", &[()]);
        visitor.visit_unit()
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.shared.borrow_mut().is_opaque();
        let way = self.shared.borrow_mut().scalar("any", 8 + STRINGS.len());
        match way {
            0 => visitor.visit_unit(),
            1 => visitor.visit_u64(0),
            2 => visitor.visit_str(""),
            3 => visitor.visit_bool(false),
            4 => visitor.visit_f64(1.5),
            5 => visitor.visit_i64(-1),
            6 => visitor.visit_seq(self.elements("", "", 0)),
            7 => visitor.visit_map(Entries { shared: self.shared, key: "", left: 0 }),
            string => visitor.visit_str(STRINGS[string - 8]),
        }
    }

    /// The names of fields and variants do not come here, so this is a type that reads names by itself.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        self.shared.borrow_mut().is_opaque();
        visitor.visit_str(self.example("identifier", &STRINGS))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let key = type_name::<V>();
        self.enter(key, "option", &[1, 0], |length| match length {
            0 => visitor.visit_none(),
            _ => value(self.shared, Some(key), "some", |tracer| visitor.visit_some(tracer)),
        })
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let key = type_name::<V>();
        self.enter(key, "seq", &LENGTHS, |length| {
            visitor.visit_seq(Elements { is_alike: true, ..self.elements(key, "", length) })
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let key = type_name::<V>();
        self.enter(key, "map", &[1, 0], |left| visitor.visit_map(Entries { shared: self.shared, key, left }))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Refused> {
        let key = type_name::<V>();
        self.shared.borrow_mut().container(key, None, || format!("tuple {length}"));
        visitor.visit_seq(self.elements(key, "", length))
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Refused> {
        self.shared.borrow_mut().container(type_name::<V>(), Some(name), || "unit".to_owned());
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Refused> {
        let key = type_name::<V>();
        self.shared.borrow_mut().container(key, Some(name), || "newtype".to_owned());
        value(self.shared, Some(key), ".0", |tracer| visitor.visit_newtype_struct(tracer))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let key = type_name::<V>();
        self.shared.borrow_mut().container(key, Some(name), || format!("tuple {length}"));
        visitor.visit_seq(self.elements(key, ".", length))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let key = type_name::<V>();
        self.shared.borrow_mut().container(key, Some(name), || names("struct", fields));
        Fields::read(self.shared, key, "", fields, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let key = type_name::<V>();
        self.shared.borrow_mut().container(key, Some(name), || names("enum", variants));
        let Some(number) = self.shared.borrow_mut().enter_enum(key, variants.len()) else {
            return Err(Refused::custom(""));
        };
        let variant = variants[number];
        let result = visitor.visit_enum(Variant { shared: self.shared, key, name: variant });
        self.shared.borrow_mut().leave_enum(name, (number, variant), result.is_ok());
        result
    }

    /// As for rmp-serde, which reads the bytes.
    fn is_human_readable(&self) -> bool {
        false
    }
}

/// A head with names, for which no order is kept.
pub(crate) fn names(kind: &str, names: &[&str]) -> String {
    let mut names = names.to_vec();
    names.sort_unstable();
    format!("{kind} {names:?}")
}
