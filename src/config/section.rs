//! [`section`]: a table of settings, each of which may be said or not.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, Visitor};

use crate::config::names;

/// What a setting can do.
pub(super) trait Setting: Sized {
    /// Whether it is a table of settings.
    const IS_TABLE: bool = false;

    /// This, and where it leaves something open, the other.
    fn or(self, other: Option<Self>) -> Self {
        drop(other);
        self
    }

    /// Adds how people write it, under its name.
    fn show(&self, name: &str, shown: &mut Vec<(String, String)>);
}

/// This where it is said, and what it leaves open the other.
pub(super) fn or<T: Setting>(this: Option<T>, other: Option<T>) -> Option<T> {
    match this {
        Some(this) => Some(this.or(other)),
        None => other,
    }
}

/// Settings of things that have names.
#[derive(Clone)]
pub(super) struct Named<T>(pub(super) BTreeMap<String, T>);

impl<T> Default for Named<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Setting> Setting for Named<T> {
    const IS_TABLE: bool = true;

    fn or(mut self, other: Option<Self>) -> Self {
        for (name, said) in other.unwrap_or_default().0 {
            let this = match self.0.remove(&name) {
                Some(this) => this.or(Some(said)),
                None => said,
            };
            self.0.insert(name, this);
        }
        self
    }

    fn show(&self, name: &str, shown: &mut Vec<(String, String)>) {
        self.0.iter().for_each(|(inner, said)| said.show(&format!("{name}.{inner}"), shown));
    }
}

impl<T: Setting + DeserializeOwned> Read for Named<T> {
    fn read<'de, A: MapAccess<'de>>(mut table: A) -> Result<Self, A::Error> {
        let mut read = Self::default();
        while let Some((name, said)) = table.next_entry()? {
            read.0.insert(name, said);
        }
        Ok(read)
    }
}

impl<'de, T: Setting + DeserializeOwned> Deserialize<'de> for Named<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Table(PhantomData))
    }
}

/// What is read from a table.
pub(super) trait Read: Sized {
    fn read<'de, A: MapAccess<'de>>(table: A) -> Result<Self, A::Error>;
}

/// Reads a table. What stands in its place may be a secret, which the default errors of a visitor would quote.
pub(super) struct Table<T>(pub(super) PhantomData<T>);

const NO_TABLE: &str = "it is a table";

impl<'de, T: Read> Visitor<'de> for Table<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<T, A::Error> {
        T::read(table)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<T, E> {
        Err(E::custom(NO_TABLE))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<T, E> {
        Err(E::custom(NO_TABLE))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<T, E> {
        Err(E::custom(NO_TABLE))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<T, E> {
        Err(E::custom(NO_TABLE))
    }
}

/// Reads a name that is one of these. It is refused while it is read, so that the error is told to be where the name stands.
pub(super) struct OneOf(pub(super) &'static [&'static str]);

impl<'de> DeserializeSeed<'de> for OneOf {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = self.0.iter().find(|known| **known == name);
        known.copied().ok_or_else(|| names::unknown(&name, self.0))
    }
}

/// Reads a setting, and says in which an error lies. Of a table those inside of it say so.
pub(super) struct In<T>(pub(super) &'static str, pub(super) PhantomData<T>);

impl<'de, T: Setting + Deserialize<'de>> DeserializeSeed<'de> for In<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        let said = T::deserialize(deserializer);
        if T::IS_TABLE { said } else { said.map_err(|error| D::Error::custom(format!("`{}`: {error}", self.0))) }
    }
}

/// A struct of settings; its names are those of its fields, and any other is refused.
macro_rules! section {
    ($(#[$doc:meta])* struct $section:ident { $( $(#[$field_doc:meta])* $field:ident: $type:ty, )* }) => {
        $(#[$doc])*
        #[derive(Clone, Default)]
        pub(super) struct $section {
            $( $(#[$field_doc])* pub(super) $field: Option<$type>, )*
        }

        impl $section {
            const NAMES: &'static [&'static str] = &[$(stringify!($field)),*];
        }

        impl $crate::config::section::Setting for $section {
            const IS_TABLE: bool = true;

            fn or(self, other: Option<Self>) -> Self {
                let other = other.unwrap_or_default();
                Self { $( $field: $crate::config::section::or(self.$field, other.$field), )* }
            }

            fn show(&self, name: &str, shown: &mut Vec<(String, String)>) {
                $( if let Some(said) = &self.$field {
                    let dot = if name.is_empty() { "" } else { "." };
                    said.show(&[name, dot, stringify!($field)].concat(), shown);
                } )*
            }
        }

        impl $crate::config::section::Read for $section {
            fn read<'de, A: serde::de::MapAccess<'de>>(mut table: A) -> Result<Self, A::Error> {
                use $crate::config::section::{In, OneOf};

                let mut read = Self::default();
                while let Some(name) = table.next_key_seed(OneOf(Self::NAMES))? {
                    $( if name == stringify!($field) {
                        read.$field = Some(table.next_value_seed(In::<$type>(name, std::marker::PhantomData))?);
                    } )*
                }
                Ok(read)
            }
        }

        impl<'de> serde::Deserialize<'de> for $section {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any($crate::config::section::Table(std::marker::PhantomData))
            }
        }
    };
}

pub(super) use section;
