//! zstd, in single frames. A context is made once for each thread, for a new one costs as much as a small value.

use std::cell::RefCell;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe;

thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Adds the frame behind what is there.
pub(super) fn compress(bytes: &[u8], level: i32, packed: &mut Vec<u8>) -> Option<()> {
    COMPRESSOR.with_borrow_mut(|context| {
        let compressor = match context {
            Some(compressor) => compressor,
            None => context.insert(Compressor::new(level).ok()?),
        };
        // Other caches of the process may have another level.
        compressor.set_compression_level(level).ok()?;
        let mut frame = Vec::with_capacity(zstd_safe::compress_bound(bytes.len()));
        compressor.compress_to_buffer(bytes, &mut frame).ok()?;
        packed.extend_from_slice(&frame);
        Some(())
    })
}

/// One frame that says itself that it holds so many bytes.
pub(super) fn expand(packed: &[u8], claimed: usize) -> Option<Vec<u8>> {
    let said = zstd_safe::get_frame_content_size(packed).ok()??;
    if usize::try_from(said).ok()? != claimed {
        return None;
    }
    DECOMPRESSOR.with_borrow_mut(|context| {
        let decompressor = match context {
            Some(decompressor) => decompressor,
            None => context.insert(Decompressor::new().ok()?),
        };
        // It writes into this room and no further, and has no other window, whatever the frame asks for.
        let mut bytes = Vec::with_capacity(claimed);
        decompressor.decompress_to_buffer(packed, &mut bytes).ok()?;
        Some(bytes)
    })
}

#[cfg(test)]
#[path = "zstd_tests.rs"]
mod tests;
