//! [`Codec`]: how values are written as bytes, for the second level.

use std::any::Any;
use std::fmt;
use std::io;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserializer, Serialize, Serializer};

use crate::model::error::Error;

/// The longest name of a codec, in bytes.
const LONGEST_NAME: usize = 32;

/// How values are written as bytes, where there is a second level.
///
/// An entry says which codec wrote it, and is read by that one. So another codec can be chosen at any time: what is there is
/// still read, and what is stored from then on is written by the new one. Nodes with different codecs read each other's
/// entries; a node that does not know the codec of an entry loads it anew, which
/// [`Trouble::mismatched`](crate::Trouble::mismatched) counts.
///
/// It is for values. A stored error is always MessagePack, and a stored `None` no bytes at all. In memory values stand as they
/// are, so without a second level no codec is ever used.
///
/// ```
/// use cache_core::{Cache, Codec};
///
/// let cache = Cache::builder("erp").codec(Codec::Json).build()?;
/// # let _ = cache;
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Codec {
    /// MessagePack with the names of fields: small, fast, and for every type. The default.
    ///
    /// `Some(None)` of nested options comes back as `None`, and so does `Some(())`. `u128` and `i128` do not come back from
    /// `untagged` and internally tagged enums and from `flatten`.
    #[default]
    MessagePack,
    /// JSON, which other programs and people read too: a third larger, and some three to four times as slow.
    ///
    /// What it cannot hold is refused when it is written: floats that are no number (`NaN`, infinity), and maps whose keys are
    /// no text, number, `bool`, `char` or unit variant. `Some(None)` and `Some(())` come back as `None`, as from MessagePack. Bytes
    /// are a list of numbers, up to four times as large.
    Json,
    /// The bytes of the value itself, which every program reads that knows what they are: for `String`, `Vec<u8>` and `[u8; N]`,
    /// `Box<str>` and the like, newtypes around them, and an `Arc` of any of these.
    ///
    /// Every other value is refused when it is written, with [`ErrorKind::Codec`](crate::ErrorKind::Codec): it is returned, and not
    /// stored on the second level. So it is a codec for namespaces rather than for a whole cache.
    Raw,
    /// One's own; see [`custom`](Self::custom).
    Custom(Arc<dyn CustomCodec>),
}

impl Codec {
    /// A codec of one's own.
    ///
    /// A cache whose default it is, or that of one of its namespaces, reads it; one that only reads it any more is told by
    /// [`CacheBuilder::reads`](crate::CacheBuilder::reads).
    pub fn custom(codec: impl CustomCodec) -> Self {
        Self::Custom(Arc::new(codec))
    }

    /// What it is called: `messagepack`, `json`, `raw`, or the name that a codec of one's own gives itself.
    ///
    /// ```
    /// use cache_core::Codec;
    ///
    /// assert_eq!(Codec::default().name(), "messagepack");
    /// ```
    pub fn name(&self) -> &str {
        match self {
            Codec::MessagePack => "messagepack",
            Codec::Json => "json",
            Codec::Raw => "raw",
            Codec::Custom(codec) => codec.name(),
        }
    }
}

/// Its name.
impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Codec({})", self.name())
    }
}

/// A codec by its name, as a setting has it. One's own has none here.
impl FromStr for Codec {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "messagepack" => Ok(Codec::MessagePack),
            "json" => Ok(Codec::Json),
            "raw" => Ok(Codec::Raw),
            _ => Err(Error::config("a codec is `messagepack`, `json` or `raw`")),
        }
    }
}

/// Why a codec of one's own does not write or read a value. It is not shown: it may have the value in it.
pub type CodecError = Box<dyn std::error::Error + Send + Sync>;

/// A codec of one's own: any format of serde's.
///
/// The bytes that it reads may be anybody's who can write to the server. No value is deeper than 64 levels, and what
/// [`Outgoing`] and [`Incoming`] pass through sees to it that a type which contains itself does not use up the stack; how much
/// memory the format takes for what it is given is the codec's own to bound.
///
/// ```
/// use std::io;
///
/// use cache_core::codec::{CodecError, CustomCodec, Incoming, Outgoing};
/// use cache_core::{Cache, Codec};
///
/// struct PrettyJson;
///
/// impl CustomCodec for PrettyJson {
///     fn name(&self) -> &'static str {
///         "pretty-json"
///     }
///     fn encode(&self, value: Outgoing<'_>, into: &mut dyn io::Write) -> Result<(), CodecError> {
///         Ok(serde_json::to_writer_pretty(into, &value)?)
///     }
///     fn decode(&self, bytes: &[u8], value: Incoming<'_>) -> Result<(), CodecError> {
///         Ok(value.read(&mut serde_json::Deserializer::from_slice(bytes))?)
///     }
/// }
///
/// let cache = Cache::builder("erp").codec(Codec::custom(PrettyJson)).build()?;
/// # let _ = cache;
/// # Ok::<(), cache_core::Error>(())
/// ```
pub trait CustomCodec: Any + Send + Sync {
    /// What it is called in every entry that it writes: 1 to 32 ASCII letters, digits, `_`, `.` and `-`, always the same.
    ///
    /// Entries are read by the name, so another format needs another name.
    fn name(&self) -> &'static str;

    /// Writes a value.
    ///
    /// # Errors
    /// Where it cannot be written, or `into` takes no more: then the value is larger than
    /// [`value_limit`](crate::CacheBuilder::value_limit). It is returned to whoever called, and not stored.
    fn encode(&self, value: Outgoing<'_>, into: &mut dyn io::Write) -> Result<(), CodecError>;

    /// Reads a value: gives `value` a deserializer over the bytes, and looks that nothing follows.
    ///
    /// # Errors
    /// Where the bytes are no such value: the entry is a miss then, as it is where this panics.
    fn decode(&self, bytes: &[u8], value: Incoming<'_>) -> Result<(), CodecError>;
}

/// Whether a codec of one's own can be told by its name.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte));
    if is_plain && (1..=LONGEST_NAME).contains(&name.len()) {
        return Ok(());
    }
    Err(Error::config("a codec's name is 1 to 32 ASCII letters, digits, `_`, `.` and `-`"))
}

/// A value on its way to a [`CustomCodec`]: something that serde serializes.
pub struct Outgoing<'a>(&'a dyn erased_serde::Serialize);

impl<'a> Outgoing<'a> {
    pub(crate) fn new(value: &'a dyn erased_serde::Serialize) -> Self {
        Self(value)
    }
}

impl Serialize for Outgoing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Without the value.
impl fmt::Debug for Outgoing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").finish_non_exhaustive()
    }
}

/// Reads a value with whatever deserializer it is given.
pub(crate) type ReadWith<'a> =
    dyn FnMut(&mut dyn erased_serde::Deserializer<'_>) -> Result<(), erased_serde::Error> + 'a;

/// The place for a value that a [`CustomCodec`] reads.
pub struct Incoming<'a>(&'a mut ReadWith<'a>);

impl<'a> Incoming<'a> {
    pub(crate) fn new(read: &'a mut ReadWith<'a>) -> Self {
        Self(read)
    }

    /// Reads the value.
    ///
    /// # Errors
    /// Those of the deserializer, and of the value's own `Deserialize`.
    pub fn read<'de, D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        (self.0)(&mut <dyn erased_serde::Deserializer<'de>>::erase(deserializer)).map_err(serde::de::Error::custom)
    }
}

impl fmt::Debug for Incoming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codec_comes_back_from_its_name() {
        for codec in [Codec::MessagePack, Codec::Json, Codec::Raw] {
            assert_eq!(codec.name().parse::<Codec>().expect("it is one").name(), codec.name());
        }
        assert!("msgpack2".parse::<Codec>().expect_err("there is none").is_config());
    }

    #[test]
    fn a_name_that_could_not_stand_in_an_entry_is_refused() {
        for name in ["c", "cbor", "pretty-json_1.0", &"x".repeat(32)] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "a b", "ü", "a:b", &"x".repeat(33)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
