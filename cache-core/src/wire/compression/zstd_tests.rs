//! That a thread makes one context and keeps it. What is set on a context by hand shows again where that one was used.

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

use super::{COMPRESSOR, DECOMPRESSOR, compress, expand};

const TEXT: &[u8] = b"the quick brown fox jumps over the lazy dog, and over the lazy dog again";

/// Where a frame says, in its fifth byte, that a checksum ends it (RFC 8878, section 3.1.1.1.1).
fn has_checksum(frame: &[u8]) -> bool {
    frame[4] & 0b100 != 0
}

fn packed(level: i32) -> Vec<u8> {
    let mut frame = Vec::new();
    compress(TEXT, level, &mut frame).expect("it is compressed");
    frame
}

#[test]
fn a_thread_compresses_with_the_context_that_it_made_first() {
    assert!(!has_checksum(&packed(3)));
    COMPRESSOR.with_borrow_mut(|context| {
        let kept = context.as_mut().expect("the first frame left it");
        kept.set_parameter(CParameter::ChecksumFlag(true)).expect("it is set");
    });
    assert!(has_checksum(&packed(9)), "the second frame was made by another context");
}

#[test]
fn a_thread_expands_with_the_context_that_it_made_first() {
    assert_eq!(expand(&packed(3), TEXT.len()).as_deref(), Some(TEXT));
    let with_dictionary = Compressor::with_dictionary(3, TEXT).and_then(|mut other| other.compress(TEXT));
    let with_dictionary = with_dictionary.expect("it is compressed");
    assert!(Decompressor::new().expect("it is made").decompress(&with_dictionary, TEXT.len()).is_err());
    DECOMPRESSOR.with_borrow_mut(|context| {
        let kept = context.as_mut().expect("the first frame left it");
        kept.set_dictionary(TEXT).expect("it is set");
    });
    assert_eq!(
        expand(&with_dictionary, TEXT.len()).as_deref(),
        Some(TEXT),
        "the second frame was read by another context"
    );
}
