//! Golden bytes of entries, and bytes that are none.

use proptest::prelude::*;

use super::*;

const HEADER_OF_TESTS: Header =
    Header { generation: *b"0123456789abcdef", load_sequence: 1, fill_sequence: 2, expires_at: 0x0304 };

/// An entry as the server would keep it.
fn entry(tags: &[&[u8]], key: &[u8], payload: &[u8]) -> Vec<u8> {
    entry_of(Content::Value, tags, key, payload)
}

fn entry_of(content: Content, tags: &[&[u8]], key: &[u8], payload: &[u8]) -> Vec<u8> {
    let sealed = seal(content, *b"FINGERPRINTBYTES", tags.iter().copied(), key, payload, None).expect("it is small");
    [HEADER_OF_TESTS.encode(sealed.mark), sealed.body].concat()
}

#[test]
fn the_bytes_of_an_entry_are_these() {
    let bytes = entry(&[b"author:7", b"x"], b"global:users:7", b"\x81\xa2id\x07");
    let numbers = b"\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\x03\x04";
    let expected: [&[u8]; 8] = [
        b"L1\x01",
        b"0123456789abcdef",
        numbers,
        numbers,
        &[73, 176, 71, 109, 35, 248, 148, 225],
        b"FINGERPRINTBYTES",
        b"\0\x02\0\x08author:7\0\x01x",
        b"\0\0\0\x0eglobal:users:7\x81\xa2id\x07",
    ];
    assert_eq!(bytes, expected.concat());
    assert_eq!(HEADER_OF_TESTS.encode(*b"L1\x01").len(), HEADER);
}

#[test]
fn the_bytes_of_a_none_are_these() {
    let bytes = entry_of(Content::None, &[], b"global:users:7", b"");
    let numbers = b"\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\x03\x04";
    let expected: [&[u8]; 8] = [
        b"L1\x00",
        b"0123456789abcdef",
        numbers,
        numbers,
        &[63, 100, 235, 156, 188, 97, 44, 146],
        b"FINGERPRINTBYTES",
        b"\0\0",
        b"\0\0\0\x0eglobal:users:7",
    ];
    assert_eq!(bytes, expected.concat());
    assert_eq!(open(&bytes).map(|envelope| envelope.content), Ok(Content::None));
}

#[test]
fn the_bytes_of_an_entry_that_slides_are_these() {
    let idle = Some(Duration::from_secs(1));
    let sealed = seal(Content::Value, *b"FINGERPRINTBYTES", [].into_iter(), b"k", b"v", idle).expect("it is small");
    let sliding = Sliding { limit: 0x0506, after: 1000 };
    let bytes = [HEADER_OF_TESTS.encode(sealed.mark), sliding.encode(), sealed.body].concat();
    let numbers = b"\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\x03\x04";
    let times = b"\0\0\0\0\0\0\x05\x06\0\0\0\0\0\0\x03\xe8";
    let expected: [&[u8]; 9] = [
        b"L1\x81",
        b"0123456789abcdef",
        numbers,
        numbers,
        times,
        times,
        &[33, 108, 86, 63, 106, 215, 122, 182],
        b"FINGERPRINTBYTES",
        b"\0\0\0\0\0\x01kv",
    ];
    assert_eq!(bytes, expected.concat());
    assert_eq!(open(&bytes).map(|envelope| envelope.sliding), Ok(Some(sliding)));
    let mut altered = bytes.clone();
    altered[70] ^= 1;
    assert_eq!(open(&altered), Err(Flaw::Corrupt));
    altered = bytes;
    altered[2] = 1;
    assert_eq!(open(&altered), Err(Flaw::Corrupt), "without its flag it is no entry");
}

#[test]
fn another_version_is_told_from_altered_bytes() {
    let mut bytes = entry(&[], b"k", b"v");
    bytes[1] = b'2';
    assert_eq!(open(&bytes), Err(Flaw::Format));
    bytes[..3].copy_from_slice(b"L1\x12");
    assert_eq!(open(&bytes), Err(Flaw::Format));
    bytes[..3].copy_from_slice(b"L1\x0f");
    assert_eq!(open(&bytes), Err(Flaw::Format), "whatever it holds, it is not taken for a value");
    bytes[0] = b'X';
    assert_eq!(open(&bytes), Err(Flaw::Corrupt));
}

#[test]
fn too_many_or_too_long_tags_are_not_sealed() {
    let many = vec![&b"t"[..]; MAX_TAGS + 1];
    assert_eq!(seal(Content::Value, [0; 16], many.iter().copied(), b"k", b"v", None), None);
    let long = vec![0; 70_000];
    assert_eq!(seal(Content::Value, [0; 16], [&long[..]].into_iter(), b"k", b"v", None), None);
}

proptest! {
    #[test]
    fn an_entry_comes_back(
        tags in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..8),
        key: Vec<u8>,
        payload: Vec<u8>,
    ) {
        let tags: Vec<_> = tags.iter().map(Vec::as_slice).collect();
        let bytes = entry(&tags, &key, &payload);
        let envelope = Envelope {
            header: HEADER_OF_TESTS,
            sliding: None,
            content: Content::Value,
            fingerprint: *b"FINGERPRINTBYTES",
            tags,
            key: &key,
            payload: &payload,
        };
        prop_assert_eq!(open(&bytes), Ok(envelope));
    }

    /// The generation has no copy: an altered one is another history, which rule V refuses.
    #[test]
    fn an_altered_byte_is_seen_wherever_it_is(at: prop::sample::Index, flip in 1_u8..) {
        let mut bytes = entry(&[b"author:7"], b"global:users:7", b"payload");
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        let generation = 3..19;
        prop_assert_eq!(open(&bytes).is_ok(), generation.contains(&at));
    }

    #[test]
    fn an_entry_that_was_cut_is_refused(length: prop::sample::Index) {
        let bytes = entry(&[b"author:7"], b"global:users:7", b"payload");
        prop_assert!(open(&bytes[..length.index(bytes.len())]).is_err());
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes: Vec<u8>, behind_the_mark: bool) {
        let bytes = if behind_the_mark { [&b"L1\x01"[..], &bytes].concat() } else { bytes };
        prop_assert!(open(&bytes).is_err());
    }

    /// The checksum is right, the lengths are not: what somebody could write who knows the format.
    #[test]
    fn forged_lengths_are_refused_or_stay_inside(body: Vec<u8>) {
        let sum = checksum(Content::Value.flags(), &body);
        let bytes = [HEADER_OF_TESTS.encode(*b"L1\x01"), sum.to_vec(), body].concat();
        if let Ok(envelope) = open(&bytes) {
            prop_assert!(envelope.key.len() + envelope.payload.len() <= bytes.len());
        }
    }
}
