//! Bytes made smaller, and the way back, which costs no more memory than was claimed before and time for no more bytes.
//!
//! In front of what is compressed stands how many bytes it was, so that a claim which cannot be true is refused before
//! anything is made of it.

mod lz4;
#[cfg(feature = "zstd")]
mod zstd;

use std::borrow::Cow;

use crate::model::compression::{Algorithm, Compression};
use crate::wire::envelope::{Flaw, Packing};
use crate::wire::reader::Reader;

/// The front and behind it the bytes made smaller; `None` where that is not wanted, or nothing comes of it.
pub(super) fn compress(front: &[u8], bytes: &[u8], how: Compression) -> Option<(Packing, Vec<u8>)> {
    if bytes.len() <= how.above {
        return None;
    }
    let length = u32::try_from(bytes.len()).ok()?;
    let mut packed = [front, &length.to_be_bytes()].concat();
    let packing = match how.algorithm {
        Algorithm::Off => return None,
        Algorithm::Lz4 => {
            lz4::compress(bytes, &mut packed)?;
            Packing::Lz4
        }
        #[cfg(feature = "zstd")]
        Algorithm::Zstd(level) => {
            zstd::compress(bytes, level, &mut packed)?;
            Packing::Zstd
        }
    };
    (packed.len() < front.len() + bytes.len()).then_some((packing, packed))
}

/// The bytes as they were, of which there may be so many.
pub(super) fn expand(packing: Packing, packed: &[u8], limit: usize) -> Result<Cow<'_, [u8]>, Flaw> {
    if packing == Packing::None {
        return Ok(Cow::Borrowed(packed));
    }
    let mut reader = Reader(packed);
    let claimed = usize::try_from(reader.u32().ok_or(Flaw::Corrupt)?).map_err(|_| Flaw::TooLarge)?;
    if claimed > limit {
        return Err(Flaw::TooLarge);
    }
    let expanded = match packing {
        Packing::Lz4 => lz4::expand(reader.0, claimed),
        #[cfg(feature = "zstd")]
        Packing::Zstd => zstd::expand(reader.0, claimed),
        _ => return Err(Flaw::Format),
    };
    expanded.filter(|bytes| bytes.len() == claimed).map(Cow::Owned).ok_or(Flaw::Corrupt)
}
