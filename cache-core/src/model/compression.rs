//! [`Compression`]: whether values are made smaller on their way to the second level, and how.

use std::str::FromStr;

use crate::model::error::Error;

/// The smallest value that is compressed, where nobody says. Below it there is little to gain: see `docs/codecs.md`.
const ABOVE: usize = 1024;

/// Whether values are made smaller on their way to the second level, and how: by lz4 above 1 KiB, by default.
///
/// An entry says how it was compressed, and is read by that. So it can be changed at any time, and nodes with different
/// settings read each other's entries. What does not become smaller is stored as it is. Memory has values, which are
/// never compressed; so without a second level it does nothing.
///
/// Costs time: lz4 about 2 ms per MB to write and 1 ms to read, where there is something to gain.
///
/// ```
/// use cache_core::{Cache, Compression};
///
/// let cache = Cache::builder("erp").compression(Compression::lz4().above(8 * 1024)).build()?;
/// # let _ = cache;
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compression {
    pub(crate) algorithm: Algorithm,
    /// Values of so many bytes are left as they are.
    pub(crate) above: usize,
}

/// What makes values smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Off,
    Lz4,
    #[cfg(feature = "zstd")]
    Zstd(i32),
}

impl Compression {
    /// Values are stored as the codec writes them. What was compressed before is still read.
    pub const fn off() -> Self {
        Self { algorithm: Algorithm::Off, above: ABOVE }
    }

    /// By lz4: fast, and in Rust without `unsafe`. The default.
    pub const fn lz4() -> Self {
        Self { algorithm: Algorithm::Lz4, above: ABOVE }
    }

    /// By zstd, behind the feature `zstd`: smaller than lz4, and slower, from level 1 to 22, which takes most time. A build
    /// without the feature loads anew what zstd has written, which [`Trouble::mismatched`](crate::Trouble::mismatched) counts.
    ///
    /// Another level is an error of [`CacheBuilder::build`](crate::CacheBuilder::build). Each thread that writes values keeps
    /// what zstd works with, from some 100 KB at level 1 to tens of MB above 19.
    #[cfg(feature = "zstd")]
    pub const fn zstd(level: i32) -> Self {
        Self { algorithm: Algorithm::Zstd(level), above: ABOVE }
    }

    /// Only values of more bytes than this, 1024 by default.
    #[must_use]
    pub const fn above(mut self, bytes: usize) -> Self {
        self.above = bytes;
        self
    }

    /// Whether it can be used.
    #[cfg_attr(
        not(feature = "zstd"),
        allow(
            clippy::unused_self,
            clippy::unnecessary_wraps,
            reason = "with zstd there are levels that there are not"
        )
    )]
    pub(crate) fn check(self) -> Result<(), Error> {
        #[cfg(feature = "zstd")]
        if let Algorithm::Zstd(level) = self.algorithm
            && !(1..=22).contains(&level)
        {
            return Err(Error::config("a level of zstd is a number from 1 to 22: 3 is a good one"));
        }
        Ok(())
    }

    /// How one operation's values are compressed that says so or not.
    pub(crate) fn for_operation(self, wish: Option<Compress>) -> Self {
        match (wish, self.algorithm) {
            (None, _) => self,
            (Some(Compress::Off), _) => Self::off(),
            (Some(Compress::On), Algorithm::Off) => Self::lz4().above(0),
            (Some(Compress::On), _) => self.above(0),
        }
    }
}

/// By lz4, above 1 KiB.
impl Default for Compression {
    fn default() -> Self {
        Self::lz4()
    }
}

/// As a setting has it: `off`, `lz4`, `zstd`, or `zstd:LEVEL`.
impl FromStr for Compression {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (name, level) = text.split_once(':').map_or((text, None), |(name, level)| (name, Some(level)));
        match (name, level) {
            ("off", None) => Ok(Self::off()),
            ("lz4", None) => Ok(Self::lz4()),
            ("zstd", level) => zstd(level),
            _ => Err(Error::config("a compression is `off`, `lz4`, `zstd` or `zstd:3`, where the number is its level")),
        }
    }
}

#[cfg(feature = "zstd")]
fn zstd(level: Option<&str>) -> Result<Compression, Error> {
    // A level that is no number is as wrong as one that there is not.
    let level = level.map_or(3, |level| level.parse().unwrap_or_default());
    let compression = Compression::zstd(level);
    compression.check().map(|()| compression)
}

#[cfg(not(feature = "zstd"))]
fn zstd(_: Option<&str>) -> Result<Compression, Error> {
    Err(Error::config("`zstd` needs the feature `zstd` of the crate, which this program was built without"))
}

/// Whether the values of one operation are compressed, whatever the cache and the namespace say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Compress {
    /// They are, however small: as the namespace or the cache compresses, and by lz4 where that is off. What does not become
    /// smaller is stored as it is.
    On,
    /// They are not.
    Off,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_wins() {
        let eight = Compression::lz4().above(8);
        assert_eq!(eight.for_operation(None), eight);
        assert_eq!(eight.for_operation(Some(Compress::On)), Compression::lz4().above(0));
        assert_eq!(Compression::off().for_operation(Some(Compress::On)), Compression::lz4().above(0));
        assert_eq!(eight.for_operation(Some(Compress::Off)).algorithm, Algorithm::Off);
        #[cfg(feature = "zstd")]
        assert_eq!(Compression::zstd(7).for_operation(Some(Compress::On)), Compression::zstd(7).above(0));
    }

    #[test]
    fn a_setting_names_it() {
        assert_eq!("off".parse::<Compression>().expect("it is one"), Compression::off());
        assert_eq!("lz4".parse::<Compression>().expect("it is one"), Compression::default());
        for wrong in ["", "gzip", "lz4:3", "zstd:", "zstd:0", "zstd:23", "zstd:x"] {
            assert!(wrong.parse::<Compression>().expect_err(wrong).is_config());
        }
        #[cfg(feature = "zstd")]
        assert_eq!("zstd".parse::<Compression>().expect("it is one"), Compression::zstd(3));
        #[cfg(feature = "zstd")]
        assert_eq!("zstd:19".parse::<Compression>().expect("it is one"), Compression::zstd(19));
        #[cfg(not(feature = "zstd"))]
        assert!("zstd".parse::<Compression>().expect_err("not here").to_string().contains("feature `zstd`"));
    }
}
