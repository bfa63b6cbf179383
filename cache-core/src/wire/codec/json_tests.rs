//! What comes back from JSON, what is refused, and that nothing is deep or large enough to do harm.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::thread;

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::model::codec::Codec;
use crate::model::error::{Error, ErrorKind};
use crate::wire::codec::structure::MAX_DEPTH;
use crate::wire::codec::{decode, encode};

const PLENTY: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
    kind: Kind,
    parent: Option<Box<User>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kind {
    Unit,
    Newtype(u8),
    Tuple(u8, String),
    Struct { a: u8, b: Option<bool> },
}

fn user() -> User {
    User { id: 7, name: "a\0ß\"".into(), kind: Kind::Struct { a: 1, b: None }, parent: None }
}

fn written<V: Serialize>(value: &V) -> Result<Vec<u8>, Error> {
    encode(&Codec::Json, value, PLENTY)
}

fn read<V: DeserializeOwned>(bytes: &[u8]) -> Result<V, Error> {
    decode(&Codec::Json, bytes)
}

#[track_caller]
fn comes_back<V: Serialize + DeserializeOwned + PartialEq + Debug>(value: &V) {
    let bytes = written(value).expect("it is written");
    assert_eq!(&read::<V>(&bytes).expect("it is read"), value);
}

#[track_caller]
fn is_refused<V: Serialize>(value: &V) {
    assert_eq!(written(value).expect_err("it is refused").kind(), ErrorKind::Codec);
}

#[test]
fn the_bytes_of_a_struct_are_these() {
    let expected = r#"{"id":7,"name":"a\u0000ß\"","kind":{"Struct":{"a":1,"b":null}},"parent":null}"#;
    assert_eq!(written(&user()).unwrap(), expected.as_bytes());
}

#[test]
fn values_come_back() {
    comes_back(&User { parent: Some(Box::new(user())), ..user() });
    comes_back(&vec![Kind::Unit, Kind::Newtype(1), Kind::Tuple(2, "t".into())]);
    comes_back(&(u64::MAX, i64::MIN, i128::MIN, u128::MAX, 'ß', true, ()));
    comes_back(&(0.1_f32, f32::MIN_POSITIVE, f64::MAX, 0.1_f64 + 0.2, -0.0_f64));
    comes_back(&HashMap::from([(7_u64, 'a'), (u64::MAX, 'b')]));
    comes_back(&HashMap::from([(true, 1), (false, 2)]));
    comes_back(&BTreeMap::from([('a', vec![1_u8, 2])]));
    comes_back(&(std::time::Duration::from_millis(1500), std::net::IpAddr::from([127, 0, 0, 1])));
}

#[test]
fn nested_options_become_one() {
    assert_eq!(read::<Option<Option<u8>>>(&written(&Some(None::<u8>)).unwrap()).unwrap(), None);
    assert_eq!(read::<Option<()>>(&written(&Some(())).unwrap()).unwrap(), None);
}

#[test]
fn floats_that_are_no_number_are_refused() {
    is_refused(&f64::NAN);
    is_refused(&vec![Some(f32::INFINITY)]);
    is_refused(&BTreeMap::from([("a", (1, f64::NEG_INFINITY))]));
}

#[test]
fn maps_whose_keys_are_no_text_are_refused() {
    is_refused(&HashMap::from([((1, 2), 3)]));
    is_refused(&BTreeMap::from([(vec![1_u8], 3)]));
    is_refused(&BTreeMap::from([(Some(1), 3), (None, 4)]));
}

/// Goes on after an error as if nothing had happened.
struct Careless;

impl Serialize for Careless {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq as _;
        let mut seq = serializer.serialize_seq(Some(2))?;
        let _ = seq.serialize_element(&f64::NAN);
        let _ = seq.serialize_element("more");
        seq.end()
    }
}

#[test]
fn a_careless_serialize_is_refused() {
    is_refused(&Careless);
}

#[test]
fn the_limit_is_exact() {
    let size = written(&user()).unwrap().len();
    assert!(encode(&Codec::Json, &user(), size).is_ok());
    for limit in 0..size {
        assert_eq!(encode(&Codec::Json, &user(), limit).unwrap_err().kind(), ErrorKind::TooLarge);
    }
}

#[test]
fn no_message_shows_a_value() {
    struct Secret;
    impl Serialize for Secret {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("hunter2"))
        }
    }
    let error = written(&Secret).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let error = read::<Vec<u8>>(b"\"hunter2\"").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct List {
    next: Option<Box<List>>,
}

/// Leaves no trace in the bytes.
#[derive(Debug, Serialize, Deserialize)]
struct Chain(Option<Box<Chain>>);

/// As a worker of a service has it.
fn on_a_small_stack(body: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(2 << 20).spawn(body).unwrap().join().unwrap();
}

fn list(depth: usize) -> List {
    (1..depth).fold(List { next: None }, |next, _| List { next: Some(Box::new(next)) })
}

#[test]
fn what_is_as_deep_as_permitted_comes_back_and_nothing_deeper_is_written() {
    on_a_small_stack(|| {
        comes_back(&list(MAX_DEPTH));
        is_refused(&list(MAX_DEPTH + 1));
        let mut deep = list(100_000);
        is_refused(&deep);
        while let Some(next) = deep.next.take() {
            deep = *next;
        }
        let chain = (0..100_000).fold(Chain(None), |chain, _| Chain(Some(Box::new(chain))));
        is_refused(&chain);
        std::mem::forget(chain);
    });
}

#[test]
fn deep_bytes_are_not_read() {
    on_a_small_stack(|| {
        for depth in [128, 10_000, 1_000_000] {
            let nested = [&b"{\"next\":".repeat(depth)[..], b"null"].concat();
            assert_eq!(read::<List>(&nested).unwrap_err().kind(), ErrorKind::Codec);
            assert!(read::<serde::de::IgnoredAny>(&b"[".repeat(depth)).is_err());
        }
        assert!(read::<Chain>(b"null").is_ok());
        assert!(read::<Chain>(b"7").is_err());
    });
}

#[test]
fn what_follows_a_value_is_seen() {
    assert!(read::<u8>(b"7 ").is_ok());
    for bytes in [&b"7 7"[..], b"7x", b"", b"{}"] {
        assert_eq!(read::<u8>(bytes).unwrap_err().kind(), ErrorKind::Codec);
    }
}

fn number() -> impl Strategy<Value = f64> {
    any::<f64>().prop_filter("JSON has no others", |number| number.is_finite())
}

proptest! {
    #[test]
    fn any_values_come_back(
        map: BTreeMap<String, (i64, Option<u32>, Vec<u8>, String)>,
        numbers in prop::collection::vec(number(), 0..8),
        small in any::<f32>().prop_filter("JSON has no others", |number| number.is_finite()),
    ) {
        comes_back(&map);
        comes_back(&numbers);
        comes_back(&small);
    }

    #[test]
    fn any_bytes_are_read_without_harm(bytes: Vec<u8>) {
        let _ = read::<User>(&bytes);
        let _ = read::<BTreeMap<String, Vec<Option<f64>>>>(&bytes);
        let _ = read::<Chain>(&bytes);
        let _ = read::<serde::de::IgnoredAny>(&bytes);
    }
}
