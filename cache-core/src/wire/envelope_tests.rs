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
    entry_in(content, Form::default(), tags, key, payload)
}

fn entry_in(content: Content, form: Form, tags: &[&[u8]], key: &[u8], payload: &[u8]) -> Vec<u8> {
    let payload = (form, payload);
    let sealed = seal(content, *b"FINGERPRINTBYTES", tags.iter().copied(), key, payload, None).expect("it is small");
    [HEADER_OF_TESTS.encode(sealed.mark), sealed.body].concat()
}

/// Every form, with its flags beside those of a value.
fn forms() -> [(Form, u8); 12] {
    let mut forms = [(Form::default(), 0); 12];
    let codecs = [CodecMark::MessagePack, CodecMark::Json, CodecMark::Raw, CodecMark::Custom];
    let all = codecs.into_iter().flat_map(|codec| [Packing::None, Packing::Lz4, Packing::Zstd].map(|it| (codec, it)));
    let flags = [0x01, 0x11, 0x21, 0x05, 0x15, 0x25, 0x09, 0x19, 0x29, 0x0d, 0x1d, 0x2d];
    for ((place, (codec, packing)), flags) in forms.iter_mut().zip(all).zip(flags) {
        *place = (Form { codec, packing }, flags);
    }
    forms
}

#[test]
fn the_flags_of_each_form_are_these() {
    for (form, flags) in forms() {
        let bytes = entry_in(Content::Value, form, &[], b"k", b"v");
        assert_eq!(bytes[..3], [b'L', b'1', flags], "{form:?}");
        let opened = open(&bytes).expect("it is one");
        assert_eq!((opened.content, opened.form), (Content::Value, form));
    }
}

/// Without the checksum, so that only the flags can be what is refused.
#[test]
fn flags_that_nobody_has_written_are_another_format() {
    let known: Vec<u8> = forms().iter().map(|(_, flags)| *flags).chain([0, 2]).collect();
    for flags in 0..0x80 {
        let mut bytes = entry(&[], b"k", b"v");
        bytes[2] = flags;
        let opened = open_unchecked(&bytes).map(|_| ());
        assert_eq!(opened, if known.contains(&flags) { Ok(()) } else { Err(Flaw::Format) }, "{flags:#04x}");
    }
}

#[test]
fn an_entry_under_another_key_keeps_its_form() {
    let (form, _) = forms()[4];
    let bytes = entry_in(Content::Value, form, &[b"t"], b"k", b"v");
    let renamed = under(&open(&bytes).expect("it is one"), b"other").expect("it is small");
    let bytes = [HEADER_OF_TESTS.encode(renamed.mark), renamed.body].concat();
    let renamed = open(&bytes).expect("it is one");
    assert_eq!((renamed.key, renamed.form, renamed.payload), (&b"other"[..], form, &b"v"[..]));
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
    let sealed = seal(Content::Value, *b"FINGERPRINTBYTES", [].into_iter(), b"k", (Form::default(), b"v"), idle)
        .expect("it is small");
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
    assert_eq!(seal(Content::Value, [0; 16], many.iter().copied(), b"k", (Form::default(), b"v"), None), None);
    let long = vec![0; 70_000];
    assert_eq!(seal(Content::Value, [0; 16], [&long[..]].into_iter(), b"k", (Form::default(), b"v"), None), None);
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
            form: Form::default(),
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
