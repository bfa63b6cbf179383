//! lz4, in single blocks.

use lz4_flex::block;

/// No block of so many bytes stands for more than so many times as many.
const LARGEST_RATIO: usize = 255;

/// Adds the block behind what is there.
pub(super) fn compress(bytes: &[u8], packed: &mut Vec<u8>) -> Option<()> {
    let front = packed.len();
    packed.resize(front + block::get_maximum_output_size(bytes.len()), 0);
    let length = block::compress_into(bytes, &mut packed[front..]).ok()?;
    packed.truncate(front + length);
    Some(())
}

/// A claim that so few bytes cannot keep costs nothing.
pub(super) fn expand(packed: &[u8], claimed: usize) -> Option<Vec<u8>> {
    if claimed > packed.len().saturating_mul(LARGEST_RATIO) {
        return None;
    }
    let mut bytes = vec![0; claimed];
    let length = block::decompress_into(packed, &mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}
