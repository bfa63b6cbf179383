//! What changes a fingerprint, and what does not.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::*;
use crate::wire::shape::testing::*;

build! { before: pub(super) struct User { id: u64, name: String, tags: Vec<String> } }
build! { gained: pub(super) struct User { id: u64, name: String, tags: Vec<String>, age: Option<u8> } }
build! { lost: pub(super) struct User { id: u64, name: String } }
build! { renamed: pub(super) struct User { id: u64, nick: String, tags: Vec<String> } }
build! { retyped: pub(super) struct User { id: u32, name: String, tags: Vec<String> } }
build! { optional: pub(super) struct User { id: u64, name: Option<String>, tags: Vec<String> } }
build! { swapped: pub(super) struct User { id: String, name: u64, tags: Vec<String> } }
build! { reordered: pub(super) struct User { tags: Vec<String>, name: String, id: u64 } }
build! { another: #[serde(rename = "User")] pub(super) struct Account { id: u64, name: String, tags: Vec<String> } }
build! { called: pub(super) struct Account { id: u64, name: String, tags: Vec<String> } }

#[test]
fn a_changed_field_changes_the_fingerprint() {
    assert_differ::<before::User, gained::User>();
    assert_differ::<before::User, lost::User>();
    assert_differ::<before::User, renamed::User>();
    assert_differ::<before::User, retyped::User>();
    assert_differ::<before::User, optional::User>();
    assert_differ::<before::User, swapped::User>();
    assert_differ::<before::User, called::Account>();
}

#[test]
fn the_order_of_fields_the_module_and_rusts_name_do_not() {
    assert_same::<before::User, reordered::User>();
    assert_same::<before::User, another::Account>();
    assert_complete::<before::User>();
}

#[test]
fn the_version_is_part_of_it() {
    assert_eq!(of::<before::User>(1), of::<before::User>(1));
    assert_ne!(of::<before::User>(1), of::<before::User>(2));
}

build! { kind: pub(super) enum Kind { Unit, New(u8), Tuple(u8, String), Struct { x: u8, y: String } } }
build! { kind_reordered: pub(super) enum Kind { Struct { y: String, x: u8 }, Tuple(u8, String), New(u8), Unit } }
build! { kind_gained: pub(super) enum Kind { Unit, New(u8), Tuple(u8, String), Struct { x: u8, y: String }, More } }
build! { kind_renamed: pub(super) enum Kind { Unit, Old(u8), Tuple(u8, String), Struct { x: u8, y: String } } }
build! { kind_retyped: pub(super) enum Kind { Unit, New(u16), Tuple(u8, String), Struct { x: u8, y: String } } }
build! { kind_tuple: pub(super) enum Kind { Unit, New(u8), Tuple(String, u8), Struct { x: u8, y: String } } }
build! { kind_field: pub(super) enum Kind { Unit, New(u8), Tuple(u8, String), Struct { x: u8, z: String } } }

#[test]
fn a_changed_variant_changes_the_fingerprint() {
    assert_complete::<kind::Kind>();
    assert_same::<kind::Kind, kind_reordered::Kind>();
    assert_differ::<kind::Kind, kind_gained::Kind>();
    assert_differ::<kind::Kind, kind_renamed::Kind>();
    assert_differ::<kind::Kind, kind_retyped::Kind>();
    assert_differ::<kind::Kind, kind_tuple::Kind>();
    assert_differ::<kind::Kind, kind_field::Kind>();
}

build! { inner: pub(super) struct Inner { x: u8 } pub(super) struct Outer { a: Vec<Option<HashMap<String, Inner>>> } }
build! { inside: pub(super) struct Inner { x: u16 } pub(super) struct Outer { a: Vec<Option<HashMap<String, Inner>>> } }

#[test]
fn a_change_deep_inside_is_seen() {
    assert_complete::<inner::Outer>();
    assert_differ::<inner::Outer, inside::Outer>();
    assert_differ::<Vec<Option<HashMap<String, inner::Inner>>>, Vec<Option<HashMap<String, inside::Inner>>>>();
    assert_same::<HashMap<String, inner::Inner>, BTreeMap<String, inner::Inner>>();
}

build! { enums: pub(super) enum A { One(B), Two(Vec<B>) } pub(super) enum B { X, Y(Option<C>) } pub(super) enum C { P, Q(u8) } }
build! { enums_inside: pub(super) enum A { One(B), Two(Vec<B>) } pub(super) enum B { X, Y(Option<C>) } pub(super) enum C { P, Q(u16) } }

#[test]
fn variants_of_enums_in_variants_are_seen() {
    assert_complete::<(u8, enums::A)>();
    assert!(fact::<enums::A>("C::Q:u8"));
    assert_differ::<(u8, enums::A), (u8, enums_inside::A)>();
}

build! { alias: pub(super) struct User {
    #[serde(alias = "a_id", alias = "z_id")] id: u64,
    #[serde(alias = "nick")] name: String,
} }
build! { alias_retyped: pub(super) struct User {
    #[serde(alias = "a_id", alias = "z_id")] id: String,
    #[serde(alias = "nick")] name: u64,
} }

#[test]
fn the_kinds_of_fields_with_aliases_are_seen() {
    assert_complete::<alias::User>();
    assert_differ::<alias::User, alias_retyped::User>();
}

build! { generic:
    pub(super) struct Wrapper<T> { inner: T }
    pub(super) struct Pair { a: Wrapper<u8>, b: Wrapper<String> }
}
build! { generic_swapped:
    pub(super) struct Wrapper<T> { inner: T }
    pub(super) struct Pair { a: Wrapper<String>, b: Wrapper<u8> }
}
build! { generic_reordered:
    pub(super) struct Wrapper<T> { inner: T }
    pub(super) struct Pair { b: Wrapper<String>, a: Wrapper<u8> }
}

#[test]
fn types_of_one_name_are_told_apart() {
    assert_same::<generic::Pair, generic_reordered::Pair>();
    assert_differ::<generic::Pair, generic_swapped::Pair>();
    assert_complete::<generic::Wrapper<generic::Wrapper<u8>>>();
    assert_differ::<generic::Wrapper<generic::Wrapper<u8>>, generic::Wrapper<u8>>();
    assert_differ::<generic::Wrapper<generic::Wrapper<u8>>, generic::Wrapper<generic::Wrapper<u16>>>();
    assert_same::<generic::Wrapper<generic::Wrapper<u8>>, generic_swapped::Wrapper<generic_swapped::Wrapper<u8>>>();
}

#[test]
fn each_type_is_followed_once() {
    static TIMES: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    struct Counted;
    impl<'de> Deserialize<'de> for Counted {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            TIMES.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            u8::deserialize(deserializer).map(|_| Self)
        }
    }
    assert_ne!(of::<Counted>(1), of::<Counted>(2));
    assert_eq!(TIMES.load(std::sync::atomic::Ordering::Relaxed), 1);
}

build! { golden:
    pub(super) struct Order { id: u64, lines: Vec<Line>, state: State, at: (u32, Option<IpAddr>), notes: HashMap<String, bool> }
    pub(super) struct Line { sku: Sku, price: f64 }
    pub(super) struct Sku(String);
    pub(super) enum State { Open, Paid { by: char }, Sent(Duration), Returned(i8, Vec<u8>) }
}

/// Where this fails, every cache is empty after an update: `TRACER` is to say so, and the changelog.
#[test]
fn the_facts_and_the_fingerprint_of_a_type_are_these() {
    let facts: Vec<_> = shape::of::<golden::Order>().into_iter().collect();
    let expected = [
        "= Order",
        "Duration.nanos:u32",
        "Duration.secs:u64",
        "IpAddr::V4:tuple 4(0:u8,1:u8,2:u8,3:u8)",
        "IpAddr::V6:tuple 16(0:u8,1:u8,10:u8,11:u8,12:u8,13:u8,14:u8,15:u8,2:u8,3:u8,4:u8,5:u8,6:u8,7:u8,8:u8,9:u8)",
        "Line.price:f64",
        "Line.sku:Sku",
        "Order.at:tuple 2(0:u32,1:option(some:IpAddr))",
        "Order.id:u64",
        "Order.lines:seq(each:Line)",
        "Order.notes:map(key:str,value:bool)",
        "Order.state:State",
        "Sku.0:str",
        "State::Open:unit",
        r#"State::Paid struct ["by"]:"#,
        "State::Paid.by:char",
        "State::Returned tuple 2:",
        "State::Returned.0:i8",
        "State::Returned.1:seq(each:u8)",
        "State::Sent:Duration",
        r#"enum ["Open", "Paid", "Returned", "Sent"] of State"#,
        r#"enum ["V4", "V6"] of IpAddr"#,
        "newtype of Sku",
        r#"struct ["at", "id", "lines", "notes", "state"] of Order"#,
        r#"struct ["nanos", "secs"] of Duration"#,
        r#"struct ["price", "sku"] of Line"#,
    ];
    assert_eq!(facts, expected);
    assert_eq!(of::<golden::Order>(1), [6, 192, 97, 153, 236, 68, 235, 214, 54, 50, 136, 173, 33, 63, 212, 62]);
}
