//! Which values have the same key, and which have others.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde::ser::{Error as _, SerializeMap, SerializeSeq, Serializer};

use super::*;

fn key(value: &(impl Serialize + ?Sized)) -> String {
    SerializedKey::of(value).expect("it can be serialised").to_key()
}

#[derive(Serialize)]
struct Search<'a> {
    city: &'a str,
    radius: f64,
    filters: HashMap<&'a str, Vec<u32>>,
    sort: Option<Sort>,
}

#[derive(Serialize)]
enum Sort {
    Price,
    Distance { from: (i8, i8) },
    Both(Box<Sort>, Box<Sort>),
    By(String),
}

fn search() -> Search<'static> {
    let filters = HashMap::from([("rooms", vec![2, 3]), ("floor", vec![]), ("pets", vec![1])]);
    Search { city: "Oslo", radius: 2.5, filters, sort: Some(Sort::Distance { from: (-1, 1) }) }
}

/// A map that is written in these steps.
struct Steps<'a>(&'a [Step]);

enum Step {
    Key,
    Value,
}

impl Serialize for Steps<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(7))?;
        for step in self.0 {
            match step {
                Step::Key => map.serialize_key("key")?,
                Step::Value => map.serialize_value("value")?,
            }
        }
        map.end()
    }
}

/// A list that announces no length, or a wrong one.
struct Announced(Option<usize>);

impl Serialize for Announced {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(self.0)?;
        list.serialize_element("a")?;
        list.serialize_element("b")?;
        list.end()
    }
}

/// Fails deep inside, or goes on without what failed.
struct Forgetful<'a, T>(&'a T);

impl<T: Serialize> Serialize for Forgetful<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        drop(list.serialize_element(self.0));
        list.end()
    }
}

struct Failing;

impl Serialize for Failing {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("the secret is 1234"))
    }
}

#[derive(Serialize)]
struct Nested(Option<Box<Nested>>);

fn nested(levels: u32) -> Nested {
    (0..levels).fold(Nested(None), |inner, _| Nested(Some(Box::new(inner))))
}

#[test]
fn the_key_of_a_value_never_changes() {
    let expected = "b33aa5b460ae9c757c880176391ed6bf68f4ad306ec734da524c17e927484205";
    assert_eq!(key(&search()), expected);
}

#[test]
fn the_bytes_behind_the_hash_are_what_they_were() {
    let (natural, length) = ([7_u8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0]);
    let bytes = canonical::bytes_of(&("a", BTreeMap::from([(7, None::<u8>)])), 99, 9).expect("it is small");
    assert_eq!(bytes, [&[13, 11][..], &length, b"a", &[14, 6], &natural, &[1, 0, 0]].concat());
}

#[test]
fn a_map_is_the_same_in_every_order() {
    let numbers = 0..100_u32;
    let sorted: BTreeMap<_, _> = numbers.clone().map(|n| (n.to_string(), n)).collect();
    let forward: HashMap<_, _> = numbers.clone().map(|n| (n.to_string(), n)).collect();
    let backward: HashMap<_, _> = numbers.rev().map(|n| (n.to_string(), n)).collect();
    assert_eq!(key(&sorted), key(&forward));
    assert_eq!(key(&sorted), key(&backward));
    assert_eq!(key(&vec![Some(&forward)]), key(&vec![Some(&backward)]), "inside of others too");
}

#[test]
fn integers_are_their_values_whatever_their_types() {
    assert_eq!(key(&1_u8), key(&1_i64));
    assert_eq!(key(&-1_i8), key(&-1_i128));
    assert_eq!(key(&u64::MAX), key(&i128::from(u64::MAX)));
    assert_ne!(key(&u128::MAX), key(&-1));
    assert_ne!(key(&i128::MIN), key(&(1_u128 << 127)));
}

#[test]
fn floats_are_their_bits_and_their_types() {
    let other_nan = f64::from_bits(f64::NAN.to_bits() | 1);
    let floats = [key(&0.0), key(&-0.0), key(&f64::NAN), key(&other_nan), key(&0.0_f32), key(&0), key(&1.0), key(&1)];
    assert_eq!(floats.iter().collect::<std::collections::HashSet<_>>().len(), floats.len());
    assert_eq!(key(&f64::NAN), key(&f64::NAN));
}

#[test]
fn what_looks_alike_is_not_the_same() {
    let keys = [
        key(&["ab", "c"]),
        key(&["a", "bc"]),
        key(&["abc"]),
        key(&"abc"),
        key(&[["a"], ["b"]]),
        key(&["a", "b"]),
        key(&(["a", "b"], [""; 0])),
        key(&([""; 0], ["a", "b"])),
        key(&BTreeMap::from([("a", 1)])),
        key(&[("a", 1)]),
        key(&("a", 1)),
        key(&None::<u8>),
        key(&Some(1)),
        key(&Some(Some(1))),
        key(&1),
        key(&()),
        key(&[0_u8; 0]),
        key(&BTreeMap::<u8, u8>::new()),
        key(&""),
        key(&'a'),
        key(&"a"),
        key(&true),
        key(&false),
        key(&Sort::Price),
        key(&"Price"),
        key(&Sort::By("Price".to_owned())),
        key(&Sort::Both(Sort::Price.into(), Sort::Price.into())),
    ];
    for (at, one) in keys.iter().enumerate() {
        assert_eq!(keys.iter().position(|other| other == one), Some(at), "two of them are one key");
    }
}

#[test]
fn names_of_fields_count_and_names_of_types_do_not() {
    #[derive(Serialize)]
    struct Point {
        x: u8,
        y: u8,
    }
    #[derive(Serialize)]
    struct Place {
        x: i64,
        y: i64,
    }
    #[derive(Serialize)]
    struct Size {
        w: u8,
        h: u8,
    }
    assert_eq!(key(&Point { x: 1, y: 2 }), key(&Place { x: 1, y: 2 }));
    assert_ne!(key(&Point { x: 1, y: 2 }), key(&Size { w: 1, h: 2 }));
    assert_ne!(key(&Point { x: 1, y: 2 }), key(&BTreeMap::from([("x", 1), ("y", 2)])));
}

#[test]
fn a_list_is_its_elements_whatever_length_it_announces() {
    assert_eq!(key(&Announced(None)), key(&["a", "b"]));
    assert_eq!(key(&Announced(Some(7))), key(&vec!["a", "b"]));
    assert_eq!(key(&("a", "b")), key(&["a", "b"]));
}

#[test]
fn a_map_that_makes_no_sense_is_an_error() {
    assert!(SerializedKey::of(&Steps(&[Step::Key, Step::Value])).is_ok());
    for steps in [&[Step::Key][..], &[Step::Value], &[Step::Key, Step::Key], &[Step::Key, Step::Value, Step::Value]] {
        assert_eq!(SerializedKey::of(&Steps(steps)).expect_err("no map").kind(), ErrorKind::Codec);
    }
}

#[test]
fn a_value_that_cannot_be_serialised_is_an_error_that_does_not_show_it() {
    let error = SerializedKey::of(&Failing).expect_err("it fails");
    assert_eq!(error.kind(), ErrorKind::Codec);
    assert!(!error.to_string().contains("1234"));
}

#[test]
fn a_value_that_is_too_deep_is_an_error_also_where_its_serialize_goes_on() {
    assert!(SerializedKey::of(&nested(100)).is_ok());
    for levels in [200, 100_000] {
        let deep = std::mem::ManuallyDrop::new(nested(levels));
        assert_eq!(SerializedKey::of(&*deep).expect_err("it is").kind(), ErrorKind::Codec);
        assert_eq!(SerializedKey::of(&Forgetful(&*deep)).expect_err("it is").kind(), ErrorKind::Codec);
    }
}

#[test]
fn a_value_that_is_too_large_is_an_error_also_where_its_serialize_goes_on() {
    let large = "x".repeat(MAX_BYTES);
    assert_eq!(SerializedKey::of(&large).expect_err("it is").kind(), ErrorKind::TooLarge);
    assert_eq!(SerializedKey::of(&Forgetful(&large)).expect_err("it is").kind(), ErrorKind::TooLarge);
    assert!(SerializedKey::of(&large[..MAX_BYTES - 9]).is_ok());
}

#[test]
fn as_a_piece_of_a_key_it_is_its_digits() {
    let one = SerializedKey::of(&1).expect("a number");
    assert_eq!(("search", one).to_key(), format!("search:{one}"));
    assert_eq!(format!("{one:?}"), format!("SerializedKey({one})"));
}

/// Any value, as serde sees it.
#[derive(Debug, Clone, PartialEq, Serialize)]
enum Any {
    Number(i64),
    Text(String),
    Maybe(Option<Box<Any>>),
    List(Vec<Any>),
    Map(BTreeMap<String, Any>),
    Pair { left: Box<Any>, right: Box<Any> },
}

fn any() -> impl Strategy<Value = Any> {
    let leaf = prop_oneof![(-2..2_i64).prop_map(Any::Number), "[ab]{0,2}".prop_map(Any::Text)];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::option::of(inner.clone().prop_map(Box::new)).prop_map(Any::Maybe),
            proptest::collection::vec(inner.clone(), 0..3).prop_map(Any::List),
            proptest::collection::btree_map("[ab]{0,1}", inner.clone(), 0..3).prop_map(Any::Map),
            (inner.clone(), inner).prop_map(|(left, right)| Any::Pair { left: Box::new(left), right: Box::new(right) }),
        ]
    })
}

proptest! {
    #[test]
    fn two_values_of_a_type_have_one_key_where_they_are_equal(one in any(), other in any()) {
        prop_assert_eq!(key(&one) == key(&other), one == other);
    }

    #[test]
    fn no_bytes_are_the_front_of_others(one in any(), other in any()) {
        let (one_bytes, other_bytes) = (canonical::bytes_of(&one, 9_999, 99), canonical::bytes_of(&other, 9_999, 99));
        let (one_bytes, other_bytes) = (one_bytes.expect("it is small"), other_bytes.expect("it is small"));
        prop_assert_eq!(other_bytes.starts_with(&one_bytes), one == other);
    }
}
