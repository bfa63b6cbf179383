//! What is handed out where a value is asked for: the first that is taken, wins.
//!
//! The order is part of no fingerprint, but an example that is taken where none was before makes a shape complete that
//! was not, and so a new fingerprint.

pub(crate) const INTEGERS: [u8; 5] = [0, 1, 2, 10, 100];

pub(crate) const FLOATS: [f32; 3] = [0.0, 1.0, -1.0];

pub(crate) const CHARS: [char; 3] = ['a', '0', 'A'];

/// What types are often read from: times, identifiers, addresses, codes.
pub(crate) const STRINGS: [&str; 32] = [
    "",
    "0",
    "a",
    "A",
    "1970-01-01T00:00:00Z",
    "1970-01-01T00:00:00+00:00",
    "1970-01-01T00:00:00",
    "1970-01-01 00:00:00",
    "1970-01-01",
    "00:00:00",
    "00000000-0000-4000-8000-000000000000",
    "00000000000000000000000000",
    "127.0.0.1",
    "::1",
    "127.0.0.1:80",
    "10.0.0.0/8",
    "https://example.com/",
    "a@example.com",
    "example.com",
    "UTC",
    "+00:00",
    "Thu, 01 Jan 1970 00:00:00 +0000",
    "en",
    "en-US",
    "EUR",
    "1.0.0",
    "1s",
    "PT1S",
    "AAAA",
    "#000000",
    "/",
    "true",
];

/// Lengths of identifiers, addresses, digests and keys.
pub(crate) const BYTES: [usize; 10] = [0, 16, 4, 8, 32, 1, 12, 20, 24, 64];

/// How many values a sequence has.
pub(crate) const LENGTHS: [usize; 5] = [1, 0, 2, 3, 4];
