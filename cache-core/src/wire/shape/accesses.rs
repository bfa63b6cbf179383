//! What the tracer hands to visitors: elements, entries, fields and variants.

use std::any::type_name;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor};

use crate::wire::shape::graph::{Format, Key};
use crate::wire::shape::tracer::{Refused, Shared, names, value};

pub(crate) struct Elements<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) key: Key,
    /// In front of the number of an element.
    pub(crate) prefix: &'a str,
    /// Whether all elements have the same format.
    pub(crate) is_alike: bool,
    pub(crate) next: usize,
    pub(crate) length: usize,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Refused;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refused> {
        if self.next == self.length {
            return Ok(None);
        }
        let label = if self.is_alike { "each".to_owned() } else { format!("{}{}", self.prefix, self.next) };
        self.next += 1;
        value(self.shared, Some(self.key), &label, |tracer| seed.deserialize(tracer)).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.length - self.next)
    }
}

pub(crate) struct Entries<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) key: Key,
    pub(crate) left: usize,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Refused;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refused> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        value(self.shared, Some(self.key), "key", |tracer| seed.deserialize(tracer)).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refused> {
        value(self.shared, Some(self.key), "value", |tracer| seed.deserialize(tracer))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// The fields of a struct, as a map: as rmp-serde hands them out, and so that each kind is seen with its name.
pub(crate) struct Fields<'a> {
    shared: &'a Shared,
    /// The container whose parts the fields are; and the visitor, which differs for the variant of an enum.
    key: Key,
    visitor: Key,
    prefix: &'a str,
    left: std::vec::IntoIter<&'static str>,
    current: Option<&'static str>,
}

impl Fields<'_> {
    pub(crate) fn read<'de, V: Visitor<'de>>(
        shared: &Shared,
        key: Key,
        prefix: &str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let left = shared.borrow().order(type_name::<V>(), prefix, fields).into_iter();
        let mut access = Fields { shared, key, visitor: type_name::<V>(), prefix, left, current: None };
        let result = visitor.visit_map(&mut access);
        // Serde lists aliases among the fields, and refuses the second name of a field before it asks for a value.
        if let (Err(Refused { is_duplicate: true }), Some(name)) = (&result, access.current) {
            shared.borrow_mut().found_alias(access.visitor, name);
        }
        result
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Refused;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Refused> {
        self.current = self.left.next();
        self.current.map(|name| seed.deserialize(identifier(name))).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Refused> {
        let name = self.current.take().ok_or_else(|| Refused::custom(""))?;
        self.shared.borrow_mut().enter_field(self.visitor, name);
        let label = format!("{}.{name}", self.prefix);
        let result = value(self.shared, Some(self.key), &label, |tracer| seed.deserialize(tracer));
        self.shared.borrow_mut().leave_field();
        result
    }
}

/// A variant of an enum.
pub(crate) struct Variant<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) key: Key,
    pub(crate) name: &'static str,
}

impl Variant<'_> {
    fn holds(&self, what: &str, format: &'static str) {
        let label = format!("::{}{what}", self.name);
        self.shared.borrow_mut().graph.add_part(Some(self.key), &label, Format::Scalar(format));
    }
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Refused;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Refused> {
        Ok((seed.deserialize(identifier(self.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Refused;

    fn unit_variant(self) -> Result<(), Refused> {
        self.holds("", "unit");
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Refused> {
        let label = format!("::{}", self.name);
        value(self.shared, Some(self.key), &label, |tracer| seed.deserialize(tracer))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Refused> {
        self.holds(&format!(" tuple {length}"), "");
        let prefix = &format!("::{}.", self.name);
        visitor.visit_seq(Elements { shared: self.shared, key: self.key, prefix, is_alike: false, next: 0, length })
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Refused> {
        self.holds(&format!(" {}", names("struct", fields)), "");
        Fields::read(self.shared, self.key, &format!("::{}", self.name), fields, visitor)
    }
}

fn identifier(name: &str) -> StrDeserializer<'_, Refused> {
    name.into_deserializer()
}
