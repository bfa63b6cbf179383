//! Every codec with every compression, and payloads that were cut, altered or forged.

use std::io;

use proptest::prelude::*;

use super::*;
use crate::model::codec::{CodecError, Incoming, Outgoing};
use crate::wire::codec;

const LIMIT: usize = 1 << 16;

struct Named(&'static str);

impl CustomCodec for Named {
    fn name(&self) -> &'static str {
        self.0
    }
    fn encode(&self, value: Outgoing<'_>, into: &mut dyn io::Write) -> Result<(), CodecError> {
        Ok(serde_json::to_writer(into, &value)?)
    }
    fn decode(&self, bytes: &[u8], value: Incoming<'_>) -> Result<(), CodecError> {
        Ok(value.read(&mut serde_json::Deserializer::from_slice(bytes))?)
    }
}

fn codecs() -> [Codec; 4] {
    [Codec::MessagePack, Codec::Json, Codec::Raw, Codec::custom(Named("named"))]
}

fn compressions() -> Vec<Compression> {
    vec![
        Compression::off(),
        Compression::lz4().above(0),
        #[cfg(feature = "zstd")]
        Compression::zstd(1).above(0),
        #[cfg(feature = "zstd")]
        Compression::zstd(19).above(0),
    ]
}

/// What another node reads with, whose own codec is another.
fn reader() -> Payloads {
    let mut payloads = Payloads::default();
    payloads.know(&Codec::custom(Named("other")));
    payloads.know(&Codec::custom(Named("named")));
    payloads
}

fn comes_back(text: &String) {
    for codec in codecs() {
        for compression in compressions() {
            let written = codec::encode(&codec, text, LIMIT).expect("it is written");
            let payload = Payload::of(&codec, written.clone(), compression);
            assert!(payload.bytes.len() <= written.len() + 6, "it is never larger than it was, but for a name");
            let payloads = reader();
            let (by, bytes) = payloads.open(payload.form, &payload.bytes, LIMIT).expect("it is read");
            assert_eq!((by.name(), &*bytes), (codec.name(), &*written));
            assert_eq!(&codec::decode::<String>(&by, &bytes).expect("it is a value"), text);
        }
    }
}

proptest! {
    #[test]
    fn any_value_comes_back_by_any_codec_and_compression(text: String, times in 1_usize..200) {
        comes_back(&text.repeat(times));
    }

    #[test]
    fn an_altered_or_cut_payload_never_is_more_than_was_claimed(
        at: prop::sample::Index,
        flip in 0_u8..,
        cut: prop::sample::Index,
    ) {
        let text = "some text, again and again, ".repeat(40);
        for compression in compressions() {
            let payload = Payload::of(&Codec::Raw, text.clone().into_bytes(), compression);
            let mut bytes = payload.bytes;
            let at = at.index(bytes.len());
            bytes[at] ^= flip;
            let bytes = &bytes[..=cut.index(bytes.len())];
            if let Ok((_, bytes)) = reader().open(payload.form, bytes, LIMIT) {
                prop_assert!(bytes.len() <= LIMIT);
            }
        }
    }

    #[test]
    fn any_bytes_are_opened_without_harm(bytes: Vec<u8>) {
        for codec in [CodecMark::MessagePack, CodecMark::Custom] {
            for packing in [Packing::None, Packing::Lz4, Packing::Zstd] {
                let _ = reader().open(Form { codec, packing }, &bytes, LIMIT);
            }
        }
    }
}

fn form(packing: Packing) -> Form {
    Form { codec: CodecMark::Raw, packing }
}

fn opened(form: Form, bytes: &[u8]) -> Result<usize, Flaw> {
    reader().open(form, bytes, LIMIT).map(|(_, bytes)| bytes.len())
}

/// What an older release has written. How a compressor finds the same bytes again may differ.
#[test]
fn the_bytes_of_a_named_and_compressed_payload_are_these() {
    let front: [&[u8]; 2] = [b"\x05named", b"\0\0\0\x64"];
    let golden = [&front.concat()[..], b"\x1fa\x01\0K\x50aaaaa"].concat();
    let payload = Payload::of(&Codec::custom(Named("named")), vec![b'a'; 100], Compression::lz4().above(0));
    assert!(payload.bytes.starts_with(&front.concat()));
    assert_eq!(payload.form, Form { codec: CodecMark::Custom, packing: Packing::Lz4 });
    for bytes in [golden, payload.bytes] {
        let (codec, bytes) = reader().open(payload.form, &bytes, LIMIT).map_err(|flaw| flaw.to_string()).unwrap();
        assert_eq!((codec.name(), &*bytes), ("named", &[b'a'; 100][..]));
    }
    let plain = Payload::of(&Codec::custom(Named("named")), b"v".to_vec(), Compression::off());
    assert_eq!((plain.bytes, plain.form.packing), (b"\x05namedv".to_vec(), Packing::None));
}

#[test]
fn only_what_is_larger_than_the_threshold_and_becomes_smaller_is_compressed() {
    let at = |size: usize, how| Payload::of(&Codec::Raw, vec![b'a'; size], how).form.packing;
    assert_eq!((at(1024, Compression::lz4()), at(1025, Compression::lz4())), (Packing::None, Packing::Lz4));
    assert_eq!(at(1025, Compression::off()), Packing::None);
    let random: Vec<u8> = (0..4096).map(|_| fastrand::u8(..)).collect();
    for how in compressions() {
        let payload = Payload::of(&Codec::Raw, random.clone(), how);
        assert_eq!((payload.form, &payload.bytes), (form(Packing::None), &random));
    }
}

#[test]
fn a_codec_that_nobody_told_of_is_another_format() {
    let payload = Payload::of(&Codec::custom(Named("unknown")), b"v".to_vec(), Compression::off());
    assert_eq!(opened(payload.form, &payload.bytes), Err(Flaw::Format));
    assert_eq!(opened(payload.form, b"\x09cut"), Err(Flaw::Corrupt));
    assert_eq!(opened(payload.form, b""), Err(Flaw::Corrupt));
}

#[test]
fn a_claim_beyond_the_limit_or_beyond_what_the_bytes_can_be_costs_nothing() {
    let claims = |length: u32, bytes: &[u8]| [&length.to_be_bytes()[..], bytes].concat();
    let beyond = u32::try_from(LIMIT).expect("it is small") + 1;
    for packing in [Packing::Lz4, Packing::Zstd] {
        assert_eq!(opened(form(packing), &claims(u32::MAX, b"x")), Err(Flaw::TooLarge));
        assert_eq!(opened(form(packing), &claims(beyond, b"x")), Err(Flaw::TooLarge));
        assert_eq!(opened(form(packing), b"\0\0"), Err(Flaw::Corrupt));
    }
    assert_eq!(opened(form(Packing::Lz4), &claims(beyond - 1, b"xx")), Err(Flaw::Corrupt));
    #[cfg(feature = "zstd")]
    assert_eq!(opened(form(Packing::Zstd), &claims(beyond - 1, b"xx")), Err(Flaw::Corrupt));
}

/// Small bytes that stand for more than they claim.
#[test]
fn a_bomb_is_not_expanded_beyond_its_claim() {
    for how in compressions().into_iter().skip(1) {
        let bomb = Payload::of(&Codec::Raw, vec![0; LIMIT], how);
        assert!(bomb.bytes.len() < 400);
        assert_eq!(opened(bomb.form, &bomb.bytes), Ok(LIMIT));
        for claimed in [1_u32, 1000] {
            let lies = [&claimed.to_be_bytes()[..], &bomb.bytes[4..]].concat();
            assert_eq!(opened(bomb.form, &lies), Err(Flaw::Corrupt));
        }
    }
}

#[cfg(not(feature = "zstd"))]
#[test]
fn what_zstd_has_written_is_another_format_without_it() {
    assert_eq!(opened(form(Packing::Zstd), b"\0\0\0\x01(\xb5/\xfd\x20\x01\x09\0\0a"), Err(Flaw::Format));
}

#[cfg(feature = "zstd")]
#[test]
fn a_frame_that_says_something_else_than_its_claim_or_nothing_is_corrupt() {
    // One byte `a` in one raw block.
    assert_eq!(opened(form(Packing::Zstd), b"\0\0\0\x01(\xb5/\xfd\x20\x01\x09\0\0a"), Ok(1));
    assert_eq!(opened(form(Packing::Zstd), b"\0\0\0\x02(\xb5/\xfd\x20\x01\x09\0\0a"), Err(Flaw::Corrupt));
    // The same with a window of 1 KiB and without its size.
    assert_eq!(opened(form(Packing::Zstd), b"\0\0\0\x01(\xb5/\xfd\0\0\x09\0\0a"), Err(Flaw::Corrupt));
    // And with a window of 3.75 TiB and its size, for which no room is made.
    assert!(opened(form(Packing::Zstd), b"\0\0\0\x01(\xb5/\xfd\x80\xff\x01\0\0\0\x09\0\0a").is_err());
}
