//! What keys look like, and that no two values share one.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::model::key_secret::OF_PROCESS;

fn piece<K: CacheKey>(value: K) -> String {
    let mut key = KeyWriter::detached(&OF_PROCESS);
    value.write_key(&mut key);
    String::from_utf8(key.written().to_vec()).expect("keys are UTF-8")
}

#[test]
fn keys_are_readable() {
    assert_eq!(piece(42_u64), "42");
    assert_eq!(piece(-1_i128), "-1");
    assert_eq!(piece("ada"), "ada");
    assert_eq!(piece("naïve"), "naïve");
    assert_eq!(piece(true), "true");
    assert_eq!(piece((1, "x")), "1,x");
    assert_eq!(piece(vec![1, 2]), "2,1,2");
    assert_eq!(piece(BTreeMap::from([("a", 1)])), "1,a,1");
    assert_eq!(piece(Duration::from_millis(5)), "5000000");
    assert_eq!(piece(std::net::Ipv6Addr::LOCALHOST), "%3A%3A1");
    assert_eq!((7, "x").to_key(), "7:x");
    assert_eq!("user:7".to_key(), "user:7");
    assert_eq!(String::from("user:*").to_key(), "user:%2A");
}

#[test]
fn pointers_write_what_they_point_to() {
    assert_eq!(piece(Arc::new(7)), "7");
    let (boxed, shared) = (Box::new("a:b"), Arc::new(String::from("a:b")));
    assert_eq!(piece::<&Box<&str>>(&boxed), "a%3Ab");
    assert_eq!(<&Arc<String>>::to_key(&&shared), "a:b");
}

#[test]
fn an_absent_value_is_no_value() {
    let keys: Vec<String> = vec![
        piece(None::<Option<&str>>),
        piece(Some(None::<&str>)),
        piece(Some(Some(""))),
        piece(Some(Some("%-"))),
        piece(Some(Some("-"))),
    ];
    for (at, key) in keys.iter().enumerate() {
        assert!(!keys[at + 1..].contains(key), "{key} stands for two values");
    }
    assert_eq!(piece(Some(7)), piece(7));
}

#[test]
fn a_number_in_front_of_a_digit_or_a_dash_ends_where_it_ends() {
    let join = |a: i64, end: u8, b: i64| {
        let mut key = KeyWriter::detached(&OF_PROCESS);
        key.push_until(&a, end);
        key.push_escaped(&[end]);
        b.write_key(&mut key);
        key.written().to_vec()
    };
    assert_ne!(join(1, b'0', 20), join(102, b'0', 0));
    assert_ne!(join(1, b'-', -2), join(-1, b'-', 2));
    assert_eq!(join(2024, b'-', 5), b"2024-5");
}

/// A type with every way of nesting, whose elements are full of what could be taken for structure.
type Nested = (Option<Option<String>>, Vec<(String, Option<i8>)>, Vec<Vec<String>>, BTreeMap<String, Option<String>>);

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof!["[%,:+\\-0-2a*#{} ]{0,4}", ".{0,3}", Just(String::new())]
}

fn nested() -> impl Strategy<Value = Nested> {
    let list = || prop::collection::vec(hostile(), 0..3);
    (
        prop::option::of(prop::option::of(hostile())),
        prop::collection::vec((hostile(), prop::option::of(any::<i8>())), 0..3),
        prop::collection::vec(list(), 0..3),
        prop::collection::btree_map(hostile(), prop::option::of(hostile()), 0..3),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn different_strings_never_share_a_key(a in hostile(), b in hostile()) {
        prop_assert_eq!(piece(&a) == piece(&b), a == b);
        prop_assert_eq!(a.to_key() == b.to_key(), a == b);
    }

    #[test]
    fn different_pairs_never_share_a_key(a in (hostile(), hostile()), b in (hostile(), hostile())) {
        prop_assert_eq!(piece(&a) == piece(&b), a == b);
        prop_assert_eq!(a.to_key() == b.to_key(), a == b);
    }

    #[test]
    fn different_nested_values_never_share_a_key(a in nested(), b in nested()) {
        prop_assert_eq!(piece(&a) == piece(&b), a == b);
    }

    #[test]
    fn moving_a_character_over_a_border_changes_the_key(a in hostile(), b in hostile(), end in "[-x0_.]") {
        let end = end.as_bytes()[0];
        let write = |a: &str, b: &str| {
            let mut key = KeyWriter::detached(&OF_PROCESS);
            key.push_until(a, end);
            key.push_escaped(&[end]);
            b.write_key(&mut key);
            key.written().to_vec()
        };
        let whole = format!("{a}{}{b}", char::from(end));
        for (at, _) in whole.char_indices().filter(|(_, c)| *c == char::from(end)) {
            let (c, d) = (&whole[..at], &whole[at + 1..]);
            prop_assert_eq!(write(&a, &b) == write(c, d), (c, d) == (&*a, &*b));
        }
    }

    #[test]
    fn no_value_can_write_a_separator_or_a_wildcard(text in ".*") {
        let key = piece(&text);
        let written = key.chars().find(|c| ":,*?[]\\{}# ".contains(*c));
        prop_assert_eq!(written, None);
    }
}

#[test]
fn a_literal_that_cannot_end_a_value_is_set_apart_from_it() {
    let write = |a: &str, literal: &'static str, b: &str| {
        let mut key = KeyWriter::detached(&OF_PROCESS);
        key.push_before(a, Literal::new(literal));
        b.write_key(&mut key);
        String::from_utf8(key.written().to_vec()).expect("keys are UTF-8")
    };
    assert_eq!(write("a", ":", "b"), "a:b");
    assert_eq!(write("a-", "-", "b"), "a%2D-b");
    assert_eq!(write("a ", " ", "b"), "a%20,%20b");
    assert_ne!(write("a ", " ", "b"), write("a", " ", " b"));
    assert_ne!(write("é", "é", "b"), write("", "é", "éb"));
}
