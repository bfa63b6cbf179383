//! The structure of MessagePack bytes, looked at before anything is made of them.
//!
//! Without recursion and without allocation: what anybody may have written costs no more than its own length.

use arrayvec::ArrayVec;

use crate::wire::reader::Reader;

/// Arrays and maps stand in each other to this depth at most. Whoever reads a value recurses once for each.
pub(crate) const MAX_DEPTH: usize = 64;

/// What a marker announces.
enum Head {
    /// So many bytes, which hold no other value.
    Leaf(u64),
    /// So many values.
    Values(u64),
}

/// Whether bytes are exactly one value: no deeper than [`MAX_DEPTH`], with lengths that the input can hold.
pub(crate) fn is_sound(bytes: &[u8]) -> bool {
    scan(Reader(bytes)).is_some_and(|rest| rest.is_empty())
}

/// Steps over one value.
fn scan(mut reader: Reader<'_>) -> Option<Reader<'_>> {
    // For each array and map that is open, how many values are still to come.
    let mut open = ArrayVec::<u64, MAX_DEPTH>::new();
    loop {
        match head(&mut reader)? {
            Head::Leaf(length) => {
                reader.bytes(usize::try_from(length).ok()?)?;
            }
            Head::Values(_) if open.is_full() => return None,
            Head::Values(0) => {}
            Head::Values(count) => {
                // Every value takes a byte at least.
                if count > u64::try_from(reader.0.len()).ok()? {
                    return None;
                }
                open.push(count);
                continue;
            }
        }
        // A value has ended, and with it whatever it was the last of.
        while let Some(left) = open.last_mut() {
            *left -= 1;
            if *left > 0 {
                break;
            }
            open.pop();
        }
        if open.is_empty() {
            return Some(reader);
        }
    }
}

fn head(reader: &mut Reader<'_>) -> Option<Head> {
    let marker = reader.u8()?;
    Some(match marker {
        0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => Head::Leaf(0),
        0x80..=0x8f => Head::Values(2 * u64::from(marker & 0x0f)),
        0x90..=0x9f => Head::Values(u64::from(marker & 0x0f)),
        0xa0..=0xbf => Head::Leaf(u64::from(marker & 0x1f)),
        // Reserved: nobody writes it.
        0xc1 => return None,
        0xc4 | 0xd9 => Head::Leaf(u64::from(reader.u8()?)),
        0xc5 | 0xda => Head::Leaf(u64::from(reader.u16()?)),
        0xc6 | 0xdb => Head::Leaf(u64::from(reader.u32()?)),
        // Extensions have a byte for their type.
        0xc7 => Head::Leaf(u64::from(reader.u8()?) + 1),
        0xc8 => Head::Leaf(u64::from(reader.u16()?) + 1),
        0xc9 => Head::Leaf(u64::from(reader.u32()?) + 1),
        0xd4..=0xd8 => Head::Leaf((1 << (marker - 0xd4)) + 1),
        0xcc | 0xd0 => Head::Leaf(1),
        0xcd | 0xd1 => Head::Leaf(2),
        0xca | 0xce | 0xd2 => Head::Leaf(4),
        0xcb | 0xcf | 0xd3 => Head::Leaf(8),
        0xdc => Head::Values(u64::from(reader.u16()?)),
        0xdd => Head::Values(u64::from(reader.u32()?)),
        0xde => Head::Values(2 * u64::from(reader.u16()?)),
        0xdf => Head::Values(2 * u64::from(reader.u32()?)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_marker_is_stepped_over() {
        let values: [&[u8]; 24] = [
            b"\x07",
            b"\xe0",
            b"\xc0",
            b"\xc3",
            b"\x80",
            b"\x81\xa1k\x07",
            b"\x92\x90\x80",
            b"\xa2ab",
            b"\xc4\x01a",
            b"\xc5\0\x01a",
            b"\xc6\0\0\0\x01a",
            b"\xc7\x01\x05a",
            b"\xc8\0\x01\x05a",
            b"\xc9\0\0\0\x01\x05a",
            b"\xca\0\0\0\0",
            b"\xcf\0\0\0\0\0\0\0\0",
            b"\xd0\0",
            b"\xd1\0\0",
            b"\xd4\x05a",
            b"\xd6\x05abcd",
            b"\xd9\x01a",
            b"\xdc\0\x01\x07",
            b"\xdd\0\0\0\x01\x07",
            b"\xdf\0\0\0\x01\x07\x07",
        ];
        for value in values {
            assert!(is_sound(value), "{value:x?}");
            assert!(!is_sound(&value[..value.len() - 1]), "cut: {value:x?}");
            assert!(!is_sound(&[value, b"\0"].concat()), "one byte more: {value:x?}");
        }
    }

    #[test]
    fn the_reserved_marker_and_forged_lengths_are_refused() {
        for bytes in [&b"\xc1"[..], b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff\0", b"\xc6\xff\xff\xff\xff", b""] {
            assert!(!is_sound(bytes), "{bytes:x?}");
        }
    }

    #[test]
    fn the_depth_is_exact() {
        let nested = |depth: usize, inner: &[u8]| [&vec![0x91; depth][..], inner].concat();
        assert!(is_sound(&nested(MAX_DEPTH, b"\xc0")));
        assert!(is_sound(&nested(MAX_DEPTH - 1, b"\x90")));
        assert!(!is_sound(&nested(MAX_DEPTH, b"\x90")));
        assert!(!is_sound(&nested(100_000, b"\xc0")));
    }
}
