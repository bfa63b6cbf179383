//! What comes back as its own bytes, and that everything else is refused.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::model::codec::Codec;
use crate::model::error::ErrorKind;
use crate::wire::codec::{decode, encode};

const PLENTY: usize = 1 << 20;

#[track_caller]
fn is<V: Serialize + DeserializeOwned + PartialEq + Debug>(value: &V, bytes: &[u8]) {
    assert_eq!(encode(&Codec::Raw, value, PLENTY).expect("it is written"), bytes);
    assert_eq!(&decode::<V>(&Codec::Raw, bytes).expect("it is read"), value);
}

#[track_caller]
fn is_refused<V: Serialize>(value: &V) {
    let error = encode(&Codec::Raw, value, PLENTY).expect_err("it is refused");
    assert_eq!(error.kind(), ErrorKind::Codec);
    assert!(error.to_string().contains("codec `raw`") && error.to_string().contains("MessagePack"), "{error}");
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Page(String);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Photo(Vec<u8>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Digest([u8; 3]);

#[test]
fn text_and_bytes_are_their_own_bytes() {
    is(&"a\0ß".to_owned(), "a\0ß".as_bytes());
    is(&Box::<str>::from("page"), b"page");
    is(&Arc::<str>::from("page"), b"page");
    is(&String::new(), b"");
    is(&vec![0_u8, 1, 255], b"\0\x01\xff");
    is(&Vec::<u8>::new(), b"");
    is(&Arc::new(vec![7_u8]), b"\x07");
    is(&Box::<[u8]>::from([7_u8]), b"\x07");
    is(&[1_u8, 2, 3], b"\x01\x02\x03");
    is(&Page("<p>".to_owned()), b"<p>");
    is(&Arc::new(Photo(vec![1, 2])), b"\x01\x02");
    is(&Digest([1, 2, 3]), b"\x01\x02\x03");
}

#[derive(Serialize)]
struct User {
    id: u8,
}

#[derive(Serialize)]
struct Pair(u8, u8);

#[derive(Serialize)]
enum Kind {
    Unit,
    Newtype(String),
}

#[test]
fn everything_else_is_refused() {
    is_refused(&7_u8);
    is_refused(&7_u64);
    is_refused(&1.5);
    is_refused(&true);
    is_refused(&'a');
    is_refused(&());
    is_refused(&Some("text"));
    is_refused(&None::<String>);
    is_refused(&User { id: 7 });
    is_refused(&Pair(1, 2));
    is_refused(&Kind::Unit);
    is_refused(&Kind::Newtype("text".into()));
    is_refused(&vec!["text"]);
    is_refused(&vec![300_u16]);
    is_refused(&vec![vec![1_u8]]);
    is_refused(&("text", 1_u8));
    is_refused(&BTreeMap::from([("a", "b")]));
}

#[test]
fn the_limit_is_exact() {
    assert!(encode(&Codec::Raw, &"text", 4).is_ok());
    assert_eq!(encode(&Codec::Raw, &"text", 3).unwrap_err().kind(), ErrorKind::TooLarge);
    assert!(encode(&Codec::Raw, &[1_u8, 2], 2).is_ok());
    assert_eq!(encode(&Codec::Raw, &vec![1_u8, 2], 1).unwrap_err().kind(), ErrorKind::TooLarge);
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "there is none")]
struct Endless(Box<Endless>);

#[test]
fn bytes_that_are_no_such_value_are_refused() {
    assert!(decode::<String>(&Codec::Raw, b"\xff").is_err());
    assert!(decode::<[u8; 3]>(&Codec::Raw, b"\x01\x02").is_err());
    assert!(decode::<[u8; 3]>(&Codec::Raw, b"\x01\x02\x03\x04").is_err());
    assert!(decode::<u64>(&Codec::Raw, b"\x01").is_err());
    assert!(decode::<Vec<bool>>(&Codec::Raw, b"\x01").is_err());
    assert!(decode::<Option<String>>(&Codec::Raw, b"text").is_err());
    assert!(decode::<BTreeMap<String, u8>>(&Codec::Raw, b"text").is_err());
}

/// A type that contains itself and nothing else would be looked for without end.
#[test]
fn newtypes_do_not_stand_in_each_other_for_ever() {
    assert!(decode::<Endless>(&Codec::Raw, b"text").is_err());
}

proptest! {
    #[test]
    fn any_text_and_any_bytes_come_back(text: String, bytes: Vec<u8>) {
        is(&text, text.as_bytes());
        is(&bytes, &bytes);
        is(&Photo(bytes.clone()), &bytes);
    }
}
