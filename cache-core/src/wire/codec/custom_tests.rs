//! What a codec of one's own is held to.

use std::io;
use std::sync::Arc;
use std::thread;

use serde::{Deserialize, Serialize};

use crate::model::codec::{Codec, CodecError, CustomCodec, Incoming, Outgoing};
use crate::model::error::ErrorKind;
use crate::wire::codec::structure::MAX_DEPTH;
use crate::wire::codec::{decode, encode};

const PLENTY: usize = 1 << 20;

/// MessagePack without the names of fields, without any limit of its own.
struct Arrays;

impl CustomCodec for Arrays {
    fn name(&self) -> &'static str {
        "arrays"
    }
    fn encode(&self, value: Outgoing<'_>, into: &mut dyn io::Write) -> Result<(), CodecError> {
        Ok(value.serialize(&mut rmp_serde::Serializer::new(into))?)
    }
    fn decode(&self, bytes: &[u8], value: Incoming<'_>) -> Result<(), CodecError> {
        let mut reader = rmp_serde::Deserializer::from_read_ref(bytes);
        reader.set_max_depth(usize::MAX);
        Ok(value.read(&mut reader)?)
    }
}

#[derive(Clone, Copy)]
enum Manner {
    Fails,
    Panics,
    DoesNothing,
}

/// One that does not do what it should.
struct Bad(Manner);

impl Bad {
    fn act(&self) -> Result<(), CodecError> {
        match self.0 {
            Manner::Fails => Err("hunter2".into()),
            Manner::Panics => panic!("hunter2"),
            Manner::DoesNothing => Ok(()),
        }
    }
}

impl CustomCodec for Bad {
    fn name(&self) -> &'static str {
        "bad"
    }
    fn encode(&self, _: Outgoing<'_>, _: &mut dyn io::Write) -> Result<(), CodecError> {
        self.act()
    }
    fn decode(&self, _: &[u8], _: Incoming<'_>) -> Result<(), CodecError> {
        self.act()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    scores: Vec<f64>,
    name: Arc<str>,
}

fn user() -> User {
    User { id: 7, scores: vec![0.5, f64::INFINITY], name: "Ada".into() }
}

#[test]
fn values_come_back() {
    let codec = Codec::custom(Arrays);
    let bytes = encode(&codec, &user(), PLENTY).unwrap();
    assert_eq!(bytes, rmp_serde::to_vec(&user()).unwrap());
    assert_eq!(decode::<User>(&codec, &bytes).unwrap(), user());
    assert_eq!(decode::<u8>(&codec, &bytes).unwrap_err().kind(), ErrorKind::Codec);
}

#[test]
fn the_limit_is_exact() {
    let codec = Codec::custom(Arrays);
    let size = encode(&codec, &user(), PLENTY).unwrap().len();
    assert!(encode(&codec, &user(), size).is_ok());
    assert_eq!(encode(&codec, &user(), size - 1).unwrap_err().kind(), ErrorKind::TooLarge);
}

#[derive(Debug, Serialize, Deserialize)]
struct List(Vec<List>);

/// Leaves no trace in the bytes.
#[derive(Debug, Serialize, Deserialize)]
struct Chain(Option<Box<Chain>>);

#[test]
fn it_is_never_given_a_value_that_is_too_deep_nor_reads_one() {
    let body = || {
        let codec = Codec::custom(Arrays);
        let list = |depth| (1..depth).fold(List(Vec::new()), |list, _| List(vec![list]));
        assert!(encode(&codec, &list(MAX_DEPTH), PLENTY).is_ok());
        assert_eq!(encode(&codec, &list(MAX_DEPTH + 1), PLENTY).unwrap_err().kind(), ErrorKind::Codec);
        let nested = [&vec![0x91; 10_000][..], b"\x90"].concat();
        assert_eq!(decode::<List>(&codec, &nested).unwrap_err().kind(), ErrorKind::Codec);
        assert!(decode::<Chain>(&codec, b"\x07").is_err());
    };
    thread::Builder::new().stack_size(2 << 20).spawn(body).unwrap().join().unwrap();
}

#[test]
fn whatever_it_does_is_an_error_that_shows_nothing() {
    for manner in [Manner::Fails, Manner::Panics] {
        let error = encode(&Codec::custom(Bad(manner)), &user(), PLENTY).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Codec);
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
    for manner in [Manner::Fails, Manner::DoesNothing] {
        let error = decode::<User>(&Codec::custom(Bad(manner)), b"").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Codec);
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}
