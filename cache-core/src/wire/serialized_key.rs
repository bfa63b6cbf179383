//! [`SerializedKey`]: a key made of any value that can be serialised.

use std::fmt;

use serde::Serialize;

use crate::model::error::{Error, ErrorKind};
use crate::model::key::{CacheKey, KeyWriter};
use crate::wire::canonical::{self, Refusal};
use crate::wire::codec::MAX_CALLS;

/// As much as a cached value may take by default.
const MAX_BYTES: usize = 8 << 20;
/// Other bytes under the same hash would be another kind of key.
const CONTEXT: &str = "larder 2026 keys of serialised values";

/// A key made of any value that can be serialised: a query, a filter, a request.
///
/// For a type of yours `#[derive(CacheKey)]` writes a key that people can read, and patterns match; this is for what it does
/// not reach, such as a type of another crate, a `HashMap`, a float or JSON. The key is a hash of 256 bits (BLAKE3), as 64
/// hexadecimal digits, and the same in every process and every build.
///
/// # What is the same key
/// Two values of one type have one key where their `Serialize` writes the same, and else two. In detail:
///
/// * a map is its entries, in whatever order they come;
/// * a struct is its fields with their names, in order; its own name does not count, and neither does a newtype around a value;
/// * an integer is its value: `1_u8` and `1_i64` are one key;
/// * a float is its bits, so that `0.0` and `-0.0` differ and each `NaN` is itself, and `1.0_f32`, `1.0_f64` and `1` differ;
/// * `None`, `Some(x)` and `x` differ, as do text, a character and bytes, and a map and a list of pairs;
/// * a list is its elements, whether it is a `Vec`, an array or a tuple. A `HashSet` is written as a list, in another order in
///   each process: use a `BTreeSet`, or sort it.
///
/// Who can guess a value can guess its hash: wrap the key in [`Hashed`](crate::Hashed) where that matters.
///
/// ```
/// # use cache_core::Cache;
/// use std::collections::HashMap;
///
/// use cache_core::SerializedKey;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let searches = Cache::in_process().namespace("searches");
/// let query = HashMap::from([("city", "Oslo"), ("sort", "price")]);
/// searches.set(SerializedKey::of(&query)?, 12_u64).await?;
///
/// let again = HashMap::from([("sort", "price"), ("city", "Oslo")]);
/// assert_eq!(searches.get::<u64>(SerializedKey::of(&again)?).await?, Some(12));
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SerializedKey([u8; 32]);

impl SerializedKey {
    /// The key of a value.
    ///
    /// Costs its `Serialize`, as many bytes of memory as it writes, and their hash; no round trip.
    ///
    /// # Errors
    /// [`ErrorKind::Codec`](crate::ErrorKind::Codec) where its `Serialize` fails, or calls others more than 256 deep;
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) where it writes more than 8 MiB.
    ///
    /// # Panics
    /// Where its `Serialize` does.
    ///
    /// ```
    /// use cache_core::{CacheKey, SerializedKey};
    ///
    /// let key = SerializedKey::of(&("Oslo", 59.91, [1, 2]))?;
    /// assert_eq!(key.to_key().len(), 64);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, Error> {
        let bytes = canonical::bytes_of(value, MAX_BYTES, MAX_CALLS).map_err(|refusal| match refusal {
            Refusal::TooLarge => Error::new(ErrorKind::TooLarge, "a value that is to be a key takes more than 8 MiB"),
            Refusal::Failed => {
                let message = "a value cannot be a key: its `Serialize` fails, or it is nested too deep";
                Error::new(ErrorKind::Codec, message)
            }
        })?;
        Ok(Self(blake3::derive_key(CONTEXT, &bytes)))
    }
}

impl CacheKey for SerializedKey {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.push_str(&blake3::Hash::from_bytes(self.0).to_hex());
    }
}

/// The digits.
impl fmt::Display for SerializedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

/// The digits.
impl fmt::Debug for SerializedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerializedKey({self})")
    }
}

#[cfg(test)]
#[path = "serialized_key_tests.rs"]
mod tests;
