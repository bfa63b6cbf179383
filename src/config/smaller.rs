//! Whether values are made smaller: `"off"`, `"lz4"`, `"zstd:3"`, or a table with a threshold.

use std::fmt;

use cache_core::Compression;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::config::names;
use crate::config::section::Setting;
use crate::config::values::Said;

const FORM: &str = "it is `\"off\"`, `\"lz4\"`, `\"zstd\"`, or `{ algorithm = \"zstd\", level = 3, above = 1024 }`, where `above` is in bytes";

/// How values are made smaller, and how that was written.
#[derive(Clone)]
pub(super) struct Smaller {
    pub(super) compression: Compression,
    written: String,
}

impl Setting for Smaller {
    fn show(&self, name: &str, shown: &mut Vec<(String, String)>) {
        shown.push((name.to_owned(), self.written.clone()));
    }
}

impl<'de> Deserialize<'de> for Smaller {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Form)
    }
}

struct Form;

impl<'de> Visitor<'de> for Form {
    type Value = Smaller;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(FORM)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Smaller, E> {
        let text = text.trim().to_lowercase();
        let compression = text.parse().map_err(|error| E::custom(format!("{error}; {FORM}")))?;
        Ok(Smaller { compression, written: format!("\"{text}\"") })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Smaller, A::Error> {
        let (mut algorithm, mut level, mut above) = (None, None, None);
        while let Some(name) = table.next_key::<String>()? {
            match &*name {
                "algorithm" => algorithm = Some(table.next_value::<Said<String>>()?.0),
                "level" => level = Some(table.next_value::<Said<u32>>()?.0),
                "above" => above = Some(table.next_value::<Said<u64>>()?.0),
                _ => return Err(names::unknown(&name, &["algorithm", "level", "above"])),
            }
        }
        let algorithm = algorithm.unwrap_or_else(|| "lz4".to_owned());
        let text = level.map_or(algorithm.clone(), |level| format!("{algorithm}:{level}"));
        let said: Smaller = self.visit_str(&text)?;
        let Some(above) = above else { return Ok(said) };
        let compression = said.compression.above(usize::try_from(above).unwrap_or(usize::MAX));
        let (algorithm, level) = text.split_once(':').unwrap_or((&text, ""));
        let level = if level.is_empty() { String::new() } else { format!(", level = {level}") };
        Ok(Smaller { compression, written: format!("{{ algorithm = \"{algorithm}\"{level}, above = {above} }}") })
    }
}
