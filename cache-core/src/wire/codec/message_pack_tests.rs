//! What comes back, what is refused, and that nothing is deep or large enough to do harm.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::thread;

use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::*;

const PLENTY: usize = 1 << 20;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
    tags: Vec<String>,
    parent: Option<Box<User>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Kind {
    Unit,
    Newtype(u8),
    Tuple(u8, String),
    Struct { a: u8, b: Option<bool> },
    Nested(Box<Kind>),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct UnitStruct;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Flat {
    id: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}

struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

fn user() -> User {
    User { id: 7, name: "a\0ß".into(), tags: vec!["x".into()], parent: None }
}

#[track_caller]
fn comes_back<V: Serialize + DeserializeOwned + PartialEq + Debug>(value: &V) {
    let bytes = encode(value, PLENTY).expect("it is written");
    assert_eq!(&decode::<V>(&bytes).expect("it is read"), value);
}

#[test]
fn values_come_back() {
    comes_back(&User { parent: Some(Box::new(user())), ..user() });
    comes_back(&[u64::MAX, 0, 127, 128, 1 << 32]);
    comes_back(&[i64::MIN, -1, -33, i64::MAX]);
    comes_back(&(i128::MIN, u128::MAX, Some(0_i128), f32::MIN_POSITIVE, f64::MAX, 'ß', true, ()));
    comes_back(&("\0".to_owned(), String::new(), "x".repeat(70_000), UnitStruct, Some(UnitStruct)));
    comes_back(&HashMap::from([((1_u8, "k".to_owned()), vec![None, Some(1_u8)])]));
    comes_back(&vec![Kind::Unit, Kind::Newtype(1), Kind::Tuple(2, "t".into()), Kind::Struct { a: 3, b: None }]);
    comes_back(&Kind::Nested(Box::new(Kind::Nested(Box::new(Kind::Unit)))));
    comes_back(&Flat { id: 1, rest: BTreeMap::from([("a".into(), 2), ("b".into(), 3)]) });
    comes_back(&(std::time::Duration::from_millis(1500), std::net::IpAddr::from([127, 0, 0, 1])));
}

#[test]
fn what_is_written_as_bytes_is_read_as_bytes_and_as_numbers() {
    let bytes = encode(&Bytes(vec![1, 2, 255]), PLENTY).unwrap();
    assert_eq!(bytes, b"\xc4\x03\x01\x02\xff");
    assert_eq!(decode::<Vec<u8>>(&bytes).unwrap(), [1, 2, 255]);
}

#[test]
fn nested_options_become_one() {
    let bytes = encode(&Some(None::<u8>), PLENTY).unwrap();
    assert_eq!(decode::<Option<Option<u8>>>(&bytes).unwrap(), None);
    let bytes = encode(&Some(()), PLENTY).unwrap();
    assert_eq!(decode::<Option<()>>(&bytes).unwrap(), None);
}

#[test]
fn the_bytes_of_a_struct_are_these() {
    let expected = b"\x84\xa2id\x07\xa4name\xa4a\0\xc3\x9f\xa4tags\x91\xa1x\xa6parent\xc0";
    assert_eq!(encode(&user(), PLENTY).unwrap(), expected);
    assert_eq!(encode(&Kind::Struct { a: 1, b: Some(true) }, PLENTY).unwrap(), b"\x81\xa6Struct\x82\xa1a\x01\xa1b\xc3");
    assert_eq!(encode(&Kind::Tuple(1, String::new()), PLENTY).unwrap(), b"\x81\xa5Tuple\x92\x01\xa0");
    assert_eq!(encode(&Kind::Newtype(1), PLENTY).unwrap(), b"\x81\xa7Newtype\x01");
    assert_eq!(encode(&Kind::Unit, PLENTY).unwrap(), b"\xa4Unit");
}

#[test]
fn a_length_that_is_not_known_is_filled_in() {
    let flat = Flat { id: 1, rest: BTreeMap::from([("a".into(), 2)]) };
    assert_eq!(encode(&flat, PLENTY).unwrap(), b"\xdf\0\0\0\x02\xa2id\x01\xa1a\x02");
}

#[test]
fn the_bytes_are_those_of_rmp_serde() {
    let value = (user(), Kind::Struct { a: 1, b: None }, Kind::Tuple(9, "t".into()), UnitStruct, [1.5, 2.5], 1_u128);
    assert_eq!(encode(&value, PLENTY).unwrap(), rmp_serde::to_vec_named(&value).unwrap());
}

#[test]
fn the_limit_is_exact() {
    for value in [user(), User { parent: Some(Box::new(user())), ..user() }] {
        let size = encode(&value, PLENTY).unwrap().len();
        assert_eq!(encode(&value, size).unwrap().capacity(), size);
        for limit in 0..size {
            assert_eq!(encode(&value, limit).unwrap_err().kind(), ErrorKind::TooLarge);
        }
    }
    let flat = Flat { id: 1, rest: BTreeMap::new() };
    assert_eq!(encode(&flat, 4).unwrap_err().kind(), ErrorKind::TooLarge);
}

/// Counts how often an element is asked for.
struct Endless<'a>(&'a std::cell::Cell<usize>);

impl Serialize for Endless<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..usize::MAX).filter(|_| true).inspect(|_| self.0.set(self.0.get() + 1)))
    }
}

#[test]
fn an_endless_value_ends_at_the_limit() {
    let asked = std::cell::Cell::new(0);
    assert_eq!(encode(&Endless(&asked), 1000).unwrap_err().kind(), ErrorKind::TooLarge);
    assert!(asked.get() < 1000);
}

/// Forgets the errors of its elements, and announces more of them than it has.
struct Careless(usize);

impl Serialize for Careless {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq as _;
        let mut seq = serializer.serialize_seq(Some(3))?;
        for _ in 0..self.0 {
            let _ = seq.serialize_element("ten bytes.");
        }
        seq.end()
    }
}

#[test]
fn a_careless_serialize_is_refused() {
    assert!(encode(&Careless(3), PLENTY).is_ok());
    assert_eq!(encode(&Careless(3), 15).unwrap_err().kind(), ErrorKind::TooLarge);
    assert_eq!(encode(&Careless(2), PLENTY).unwrap_err().kind(), ErrorKind::Codec);
    assert_eq!(encode(&Careless(4), PLENTY).unwrap_err().kind(), ErrorKind::Codec);
}

#[test]
fn no_message_shows_a_value() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Secret {
        #[serde(serialize_with = "fail")]
        password: String,
    }
    fn fail<S: serde::Serializer>(value: &String, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom(value))
    }
    let error = encode(&Secret { password: "hunter2".into() }, PLENTY).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    let error = decode::<Vec<u8>>(b"\xa7hunter2").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    assert_eq!(error.kind(), ErrorKind::Codec);
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct List {
    next: Option<Box<List>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Newtype(Box<Deep>);

/// Every level has an enum, a newtype, an option and a struct; two of them are seen in the bytes.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Deep {
    next: Option<Choice>,
    more: Vec<u8>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Choice {
    Go(Newtype),
    Stop,
}

#[derive(Debug, Serialize, Deserialize)]
struct Chain(Option<Box<Chain>>);

fn list(depth: usize) -> List {
    (1..depth).fold(List { next: None }, |next, _| List { next: Some(Box::new(next)) })
}

/// Drops without recursion.
fn take_apart(mut list: List) {
    while let Some(next) = list.next.take() {
        list = *next;
    }
}

fn deep(levels: usize) -> Deep {
    let end = Deep { next: Some(Choice::Stop), more: Vec::new() };
    (0..levels).fold(end, |deep, _| Deep { next: Some(Choice::Go(Newtype(Box::new(deep)))), more: vec![1] })
}

/// As a worker of a service has it.
fn on_a_small_stack(body: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(2 << 20).spawn(body).unwrap().join().unwrap();
}

#[test]
fn what_is_as_deep_as_permitted_comes_back() {
    on_a_small_stack(|| {
        comes_back(&list(MAX_DEPTH));
        assert_eq!(encode(&list(MAX_DEPTH + 1), PLENTY).unwrap_err().kind(), ErrorKind::Codec);
        // A map for the variant and one for the struct; and the empty list in the innermost.
        comes_back(&deep(31));
        assert_eq!(encode(&deep(32), PLENTY).unwrap_err().kind(), ErrorKind::Codec);
        let nested = [&vec![0x91; MAX_DEPTH][..], b"\xc0"].concat();
        assert!(decode::<serde::de::IgnoredAny>(&nested).is_ok());
    });
}

#[test]
fn deep_values_are_not_written() {
    on_a_small_stack(|| {
        let list = list(100_000);
        let error = encode(&list, PLENTY).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Codec);
        take_apart(list);
    });
}

#[test]
fn deep_values_that_leave_no_trace_are_not_written() {
    on_a_small_stack(|| {
        let chain = (0..100_000).fold(Chain(None), |chain, _| Chain(Some(Box::new(chain))));
        assert_eq!(encode(&chain, PLENTY).unwrap_err().kind(), ErrorKind::Codec);
        std::mem::forget(chain);
    });
}

#[test]
fn deep_bytes_are_not_read() {
    on_a_small_stack(|| {
        for depth in [MAX_DEPTH + 1, 10_000, 1_000_000] {
            let next = b"\x81\xa4next".repeat(depth);
            assert_eq!(decode::<List>(&[&next[..], b"\xc0"].concat()).unwrap_err().kind(), ErrorKind::Codec);
            let nested = [&vec![0x91; depth][..], b"\xc0"].concat();
            assert!(decode::<serde::de::IgnoredAny>(&nested).is_err());
        }
    });
}

#[test]
fn one_byte_is_not_read_for_ever() {
    on_a_small_stack(|| {
        assert!(decode::<Chain>(b"\xc0").is_ok());
        assert!(decode::<Chain>(b"\x07").is_err());
    });
}

/// Each type that bytes are read as takes its turn.
fn read_as_everything(bytes: &[u8]) {
    let _ = decode::<User>(bytes);
    let _ = decode::<Vec<Kind>>(bytes);
    let _ = decode::<HashMap<String, Vec<Option<f64>>>>(bytes);
    let _ = decode::<(u8, String, [u16; 3])>(bytes);
    let _ = decode::<Flat>(bytes);
    let _ = decode::<Chain>(bytes);
    let _ = decode::<i128>(bytes);
    let _ = decode::<Vec<()>>(bytes);
    let _ = decode::<serde::de::IgnoredAny>(bytes);
}

#[test]
fn forged_lengths_allocate_nothing() {
    for bytes in
        [&b"\xdd\xff\xff\xff\xff"[..], b"\xdf\xff\xff\xff\xff", b"\xdb\xff\xff\xff\xff", b"\x91\xc6\xff\xff\xff\xff"]
    {
        assert!(decode::<Vec<()>>(bytes).is_err());
        read_as_everything(bytes);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(bytes: Vec<u8>) {
        read_as_everything(&bytes);
    }

    #[test]
    fn altered_bytes_are_read_without_harm(at: prop::sample::Index, byte: u8) {
        let mut bytes = encode(&User { parent: Some(Box::new(user())), ..user() }, PLENTY).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        read_as_everything(&bytes);
    }

    #[test]
    fn maps_of_anything_come_back(map: BTreeMap<String, (i64, Option<u32>, Vec<u8>, String)>) {
        comes_back(&map);
    }
}
