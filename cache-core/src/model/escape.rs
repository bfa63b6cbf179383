//! The alphabet of keys: which bytes a value may show as they are, and how the others are written.
//!
//! A byte that is not allowed is written as `%` and two upper-case hex digits. `:` parts the pieces of a key, `,` the
//! pieces of one value, and the rest of the reserved bytes mean something in glob patterns, in cluster slots or in
//! control keys; so no value can reach another key, another pattern or another slot.

/// Reserved wherever it stands, in a value and in a literal alike.
const fn is_special(byte: u8) -> bool {
    matches!(byte, b'%' | b'*' | b'?' | b'[' | b']' | b'\\' | b'{' | b'}' | b'#' | b' ' | 0..=0x1f | 0x7f)
}

/// Reserved in a value: the special bytes and the two separators.
pub(crate) const fn is_reserved(byte: u8) -> bool {
    is_special(byte) || byte == b':' || byte == b','
}

/// Whether a byte must be escaped, by the place it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// A value between separators.
    Value,
    /// A value that a byte of the template ends, as `-` ends `year` in `{year}-{month}`: it is escaped as well.
    ValueUntil(u8),
    /// A literal of a template, or a whole key given as a string: the separators stay.
    Literal,
}

const VALUE: [bool; 256] = table(true);
const LITERAL: [bool; 256] = table(false);

const fn table(value: bool) -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] = if value { is_reserved(byte) } else { is_special(byte) };
        if byte == u8::MAX {
            return table;
        }
        byte += 1;
    }
}

impl Place {
    #[inline]
    pub(crate) fn escapes(self, byte: u8) -> bool {
        match self {
            Place::Value => VALUE[usize::from(byte)],
            Place::ValueUntil(end) => VALUE[usize::from(byte)] || byte == end,
            Place::Literal => LITERAL[usize::from(byte)],
        }
    }
}

/// Whether a literal of a template stands in the key as it is.
pub(crate) const fn is_plain_literal(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if is_special(bytes[at]) {
            return false;
        }
        at += 1;
    }
    true
}

/// Hands `text` to `push` in pieces, escaped for its place.
#[inline]
pub(crate) fn escape(text: &[u8], place: Place, mut push: impl FnMut(&[u8])) {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&byte| place.escapes(byte)) {
        let (clean, from) = rest.split_at(at);
        push(clean);
        push(&escaped(from[0]));
        rest = &from[1..];
    }
    push(rest);
}

/// `%` and the two hex digits of a byte.
pub(crate) fn escaped(byte: u8) -> [u8; 3] {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    [b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]
}

/// The byte that an escape at the head of `text` stands for.
pub(crate) fn unescape(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, place: Place) -> String {
        let mut out = Vec::new();
        escape(text.as_bytes(), place, |piece| out.extend_from_slice(piece));
        String::from_utf8(out).expect("escaping keeps UTF-8")
    }

    #[test]
    fn separators_are_escaped_in_values_and_kept_in_literals() {
        assert_eq!(written("a:b,c", Place::Value), "a%3Ab%2Cc");
        assert_eq!(written("a:b,c", Place::Literal), "a:b,c");
    }

    #[test]
    fn what_means_something_to_a_pattern_or_a_slot_is_escaped_everywhere() {
        for place in [Place::Value, Place::Literal] {
            assert_eq!(written("*?[]\\{}#% \n", place), "%2A%3F%5B%5D%5C%7B%7D%23%25%20%0A");
        }
    }

    #[test]
    fn the_byte_that_ends_a_value_is_escaped_in_it() {
        assert_eq!(written("x-y", Place::ValueUntil(b'-')), "x%2Dy");
        assert_eq!(written("x-y", Place::Value), "x-y");
    }

    #[test]
    fn an_escape_is_read_back() {
        for byte in 0..=u8::MAX {
            assert_eq!(unescape(&escaped(byte)), Some(byte));
        }
        assert_eq!(unescape(b"%-"), None);
        assert_eq!(unescape(b"2D"), None);
    }
}
