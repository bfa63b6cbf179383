//! What settings are made of: each is read from text, and written as people write it.

use std::fmt;
use std::time::Duration;

use cache_core::{Codec, Tenancy, Unreachable};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};

use crate::config::names;
use crate::config::section::Setting;

/// A setting that is one word, one number, or the like.
pub(super) trait Plain: Sized {
    /// Whether it is text as it stands there, and no number that a reader may have changed on the way.
    const IS_TEXT: bool = false;

    /// Reads it; the error says what it looks like, and quotes nothing that may be secret.
    fn read(text: &str) -> Result<Self, String>;
    /// As people write it.
    fn text(&self) -> String;
}

/// Where values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// Redis or Valkey, whichever answers where one is named, and this process where none is and nothing answers at the
    /// usual place. See [`Config::choose`](crate::Config::choose).
    Auto,
    /// A Redis, and the memory of this process in front of it.
    Redis,
    /// A Valkey, and the memory of this process in front of it.
    Valkey,
    /// The memory of this process alone.
    Memory,
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Backend::Auto => "auto",
            Backend::Redis => "redis",
            Backend::Valkey => "valkey",
            Backend::Memory => "memory",
        })
    }
}

/// One of a few words.
fn word<T: Copy>(text: &str, words: &[(&'static str, T)]) -> Result<T, String> {
    let text = text.trim().to_lowercase();
    if let Some((_, meant)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*meant);
    }
    let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    let hint = names::meant(&text, &known).map(|meant| format!(" (did you mean `{meant}`?)")).unwrap_or_default();
    Err(format!("it is one of {}{hint}", names::list(&known)))
}

impl Plain for Backend {
    fn read(text: &str) -> Result<Self, String> {
        let words = [("auto", Self::Auto), ("redis", Self::Redis), ("valkey", Self::Valkey), ("memory", Self::Memory)];
        word(text, &words)
    }

    fn text(&self) -> String {
        format!("\"{self}\"")
    }
}

impl Plain for Tenancy {
    fn read(text: &str) -> Result<Self, String> {
        word(text, &[("optional", Self::Optional), ("required", Self::Required), ("none", Self::None)])
    }

    fn text(&self) -> String {
        format!("\"{self:?}\"").to_lowercase()
    }
}

impl Plain for Codec {
    fn read(text: &str) -> Result<Self, String> {
        let names = ["messagepack", "json", "raw"];
        let name = word(text, &names.map(|name| (name, name)))?;
        name.parse().map_err(|error: cache_core::Error| error.to_string())
    }

    fn text(&self) -> String {
        format!("\"{}\"", self.name())
    }
}

impl Plain for bool {
    fn read(text: &str) -> Result<Self, String> {
        let words = [
            ("true", true),
            ("false", false),
            ("yes", true),
            ("no", false),
            ("on", true),
            ("off", false),
            ("1", true),
            ("0", false),
        ];
        word(text, &words).map_err(|_| "it is `true` or `false`".to_owned())
    }

    fn text(&self) -> String {
        self.to_string()
    }
}

/// A time, written with its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span(pub(super) Duration);

impl Plain for Span {
    fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("forever") {
            return Ok(Self(Duration::MAX));
        }
        let read = humantime::parse_duration(text);
        read.map(Self)
            .map_err(|_| "a time has a unit, as in `300ms`, `30s`, `5m`, `1h 30m`, or it is `forever`".to_owned())
    }

    fn text(&self) -> String {
        if self.0 == Duration::MAX {
            "\"forever\"".to_owned()
        } else {
            format!("\"{}\"", humantime::format_duration(self.0))
        }
    }
}

/// Text that nobody is shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Secret(pub(super) String);

impl Plain for Secret {
    const IS_TEXT: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        Ok(Self(text.to_owned()))
    }

    fn text(&self) -> String {
        "(not shown)".to_owned()
    }
}

impl Plain for String {
    const IS_TEXT: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }

    fn text(&self) -> String {
        format!("{self:?}")
    }
}

/// A host by name or by number. What looks like more of an address may hold a password, which nobody would see in a host.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Host(pub(super) String);

impl Plain for Host {
    const IS_TEXT: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.is_empty() || text.contains(['/', '@', '?', '#']) || text.contains(char::is_whitespace) {
            return Err("a host is a name or an address and nothing else; the rest of a URL goes into a URL".to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    fn text(&self) -> String {
        format!("{:?}", self.0)
    }
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Plain for $number {
            fn read(text: &str) -> Result<Self, String> {
                text.trim().parse().map_err(|_| format!("it is a whole number from 0 to {}", Self::MAX))
            }

            fn text(&self) -> String {
                self.to_string()
            }
        }
    )*};
}

numbers!(u16, u32, u64);

/// A plain setting as it stands in a file.
#[derive(Clone)]
pub(super) struct Said<T>(pub(super) T);

impl<T: Plain> Setting for Said<T> {
    fn show(&self, name: &str, shown: &mut Vec<(String, String)>) {
        shown.push((name.to_owned(), self.0.text()));
    }
}

/// Text, numbers and truth values are read alike; what is told of a wrong one is what a right one looks like.
impl<'de, T: Plain> Deserialize<'de> for Said<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(Text { is_text: T::IS_TEXT })
            .and_then(|text| T::read(&text).map(Self).map_err(D::Error::custom))
    }
}

/// Reads anything that is no table and no list as text. The default errors of a visitor quote what they do not expect, which
/// may be a secret.
struct Text {
    is_text: bool,
}

impl Text {
    fn number<E: serde::de::Error>(self, text: String) -> Result<String, E> {
        if self.is_text { Err(E::custom("it is text: write it between quotes")) } else { Ok(text) }
    }
}

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a number, or `true` or `false`")
    }

    fn visit_str<E>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<String, E> {
        self.number(number.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<String, E> {
        self.number(number.to_string())
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<String, E> {
        self.number(number.to_string())
    }

    fn visit_bool<E: serde::de::Error>(self, truth: bool) -> Result<String, E> {
        self.number(truth.to_string())
    }
}

/// What memory does while the server cannot be reached: `"bypass"`, or `{ stale = "30m" }`.
#[derive(Clone, Copy)]
pub(super) struct Beyond(pub(super) Unreachable);

impl Setting for Beyond {
    fn show(&self, name: &str, shown: &mut Vec<(String, String)>) {
        let text = match self.0 {
            Unreachable::Stale(longest) => format!("{{ stale = {} }}", Span(longest).text()),
            _ => "\"bypass\"".to_owned(),
        };
        shown.push((name.to_owned(), text));
    }
}

impl<'de> Deserialize<'de> for Beyond {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Form;

        impl<'de> Visitor<'de> for Form {
            type Value = Beyond;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`\"bypass\"`, or `{ stale = \"30m\" }`")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Beyond, E> {
                let bypass = word(text, &[("bypass", Unreachable::Bypass)]);
                bypass.map(Beyond).map_err(|_| E::custom("it is `\"bypass\"`, or `{ stale = \"30m\" }`"))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Beyond, A::Error> {
                let mut longest = None;
                while let Some(name) = table.next_key::<String>()? {
                    if name != "stale" {
                        return Err(names::unknown(&name, &["stale"]));
                    }
                    longest = Some(table.next_value::<Said<Span>>()?.0.0);
                }
                let longest = longest.ok_or_else(|| A::Error::custom("it is `{ stale = \"30m\" }`"))?;
                Ok(Beyond(Unreachable::Stale(longest)))
            }
        }

        deserializer.deserialize_any(Form)
    }
}
