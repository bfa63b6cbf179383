//! That every type is followed, as far as it can be, and quickly.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::marker::PhantomData;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::*;
use crate::wire::shape::testing::*;

build! { recursive:
    pub(super) struct List { next: Option<Box<List>>, x: u8 }
    pub(super) struct Tree { children: Vec<(String, Tree)>, x: u8 }
    pub(super) struct Graph { edges: HashMap<String, Graph>, more: Vec<Graph>, x: u8 }
    pub(super) enum Expr { Add(Box<Expr>, Box<Expr>), Neg { of: Box<Expr> }, Lit(i64) }
    pub(super) enum Late { A(Box<Late>), B(Vec<Late>), C(Option<Box<Late>>, u8) }
    pub(super) struct Ping { pong: Option<Box<Pong>>, x: u8 }
    pub(super) struct Pong { ping: Ping, y: u8 }
    pub(super) enum Json { Array(Vec<Json>), Object(BTreeMap<String, Json>), Null }
    #[serde(transparent)] pub(super) struct Forest(Vec<Forest>);
    pub(super) struct Loop { next: Next, x: u8 }
    pub(super) enum Next { More(Box<Loop>), End }
}
build! { recursive_inside:
    pub(super) struct List { next: Option<Box<List>>, x: u16 }
    pub(super) struct Tree { children: Vec<(Option<String>, Tree)>, x: u8 }
    pub(super) struct Graph { edges: HashMap<u8, Graph>, more: Vec<Graph>, x: u8 }
    pub(super) enum Expr { Add(Box<Expr>, Box<Expr>), Neg { of: Box<Expr> }, Lit(i32) }
    pub(super) enum Late { A(Box<Late>), B(Vec<Late>), C(Option<Box<Late>>, u16) }
    pub(super) struct Ping { pong: Option<Box<Pong>>, x: u8 }
    pub(super) struct Pong { ping: Ping, y: u16 }
    pub(super) enum Json { Array(Vec<Json>), Object(BTreeMap<u8, Json>), Null }
    #[serde(transparent)] pub(super) struct Forest(Option<Box<Forest>>);
    pub(super) struct Loop { next: Next, x: u16 }
    pub(super) enum Next { More(Box<Loop>), End }
}

#[test]
fn recursive_types_have_a_shape() {
    macro_rules! each {
        ($($type:ident)*) => {$(
            assert_complete::<recursive::$type>();
            assert_complete::<Vec<recursive::$type>>();
            assert_differ::<recursive::$type, recursive_inside::$type>();
        )*};
    }
    each! { List Tree Graph Expr Late Ping Pong Json Forest Loop Next }
    assert!(fact::<recursive::Tree>("Tree.children:seq(each:tuple 2(0:str,1:Tree))"));
    assert!(fact::<recursive::Expr>("Expr::Add.1:Expr"));
}

build! { mixed: pub(super) struct Mixed {
    a: recursive::Expr, b: recursive::Late, c: Option<NonZeroU32>, d: recursive::Next, e: Date, f: Vec<recursive::Tree>,
    g: recursive::Json, h: adjacent::Kind, i: Vec<(Id, Time)>, j: Vec<Option<recursive::Expr>>,
} }
build! { mixed_reordered: pub(super) struct Mixed {
    j: Vec<Option<recursive::Expr>>, i: Vec<(Id, Time)>, h: adjacent::Kind, g: recursive::Json, f: Vec<recursive::Tree>, e: Date,
    d: recursive::Next, c: Option<NonZeroU32>, b: recursive::Late, a: recursive::Expr,
} }

#[test]
fn the_order_of_fields_is_never_seen() {
    assert_complete::<mixed::Mixed>();
    assert_same::<mixed::Mixed, mixed_reordered::Mixed>();
}

/// A `Deserialize` as it is written by hand: asks in one way, and takes what a function takes.
macro_rules! by_hand {
    ($name:ident: $ask:ident, $visit:ident($type:ty) if $takes:expr) => {
        struct $name;

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Its;
                impl Visitor<'_> for Its {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("something else")
                    }
                    fn $visit<E: Error>(self, value: $type) -> Result<$name, E> {
                        let takes: fn($type) -> bool = $takes;
                        if takes(value) { Ok($name) } else { Err(E::custom("no")) }
                    }
                }
                deserializer.$ask(Its)
            }
        }
    };
}

by_hand!(Id: deserialize_bytes, visit_bytes(&[u8]) if |bytes| bytes.len() == 16);
by_hand!(Time: deserialize_str, visit_str(&str) if |text| text.ends_with('Z'));
by_hand!(Ticket: deserialize_str, visit_str(&str) if |text| text.starts_with("ticket-"));
by_hand!(Bomb: deserialize_str, visit_str(&str) if |_| panic!("it takes nothing"));

#[derive(Deserialize)]
#[serde(try_from = "(u8, u8)")]
struct Date;

impl TryFrom<(u8, u8)> for Date {
    type Error = &'static str;

    fn try_from((month, day): (u8, u8)) -> Result<Self, &'static str> {
        if month > 0 && day > 0 { Ok(Self) } else { Err("no such day") }
    }
}

#[derive(Deserialize)]
#[serde(try_from = "Vec<u8>")]
struct AtLeastTwo;

impl TryFrom<Vec<u8>> for AtLeastTwo {
    type Error = &'static str;

    fn try_from(values: Vec<u8>) -> Result<Self, &'static str> {
        if values.len() > 1 { Ok(Self) } else { Err("too few") }
    }
}

build! { behind: pub(super) struct Behind<T> { first: T, second: T, third: Option<T>, x: u8 } }
build! { behind_retyped: pub(super) struct Behind<T> { first: T, second: T, third: Option<T>, x: u16 } }
build! { behind_reordered: pub(super) struct Behind<T> { x: u8, third: Option<T>, first: T, second: T } }

#[test]
fn a_change_behind_a_value_that_is_choosy_is_seen() {
    macro_rules! each {
        ($($type:ty)*) => {$(
            assert_complete::<behind::Behind<$type>>();
            assert_differ::<behind::Behind<$type>, behind_retyped::Behind<$type>>();
            assert_same::<behind::Behind<$type>, behind_reordered::Behind<$type>>();
        )*};
    }
    each! { NonZeroU32 IpAddr Duration SystemTime Id Time Date AtLeastTwo PhantomData<u8> () [u8; 3] BTreeSet<char> }
}

#[test]
fn a_change_behind_a_value_that_takes_nothing_is_seen() {
    assert_incomplete::<behind::Behind<Ticket>>();
    assert!(fact::<behind::Behind<Ticket>>("Behind.x:u8"));
    assert!(fact::<Vec<behind::Behind<Ticket>>>("Behind.third:option(some:str)"));
    assert!(fact::<(Vec<behind::Behind<Ticket>>, u8)>("= tuple 2(0:seq(each:Behind),1:u8)"));
}

#[test]
fn a_deserialize_that_panics_is_incomplete() {
    assert_incomplete::<(u8, Bomb)>();
    assert_differ::<(u8, Bomb), (u16, Bomb)>();
}

build! { opaque:
    #[serde(untagged)] pub(super) enum Untagged { A { x: u8 }, B(String) }
    #[serde(tag = "type")] pub(super) enum Internal { A { x: u8 }, B { y: String } }
    pub(super) struct Rest { y: u8 }
    pub(super) struct Flat { x: u8, #[serde(flatten)] rest: Rest }
    pub(super) struct Recursive { inner: Vec<Recursive>, #[serde(flatten)] rest: HashMap<String, Recursive> }
}
build! { opaque_moved: #[serde(untagged)] pub(super) enum Untagged { A { x: u8 }, B(String) } }

#[test]
fn what_cannot_be_followed_has_the_path_of_its_type() {
    assert_incomplete::<opaque::Untagged>();
    assert_incomplete::<opaque::Internal>();
    assert_incomplete::<opaque::Flat>();
    assert_incomplete::<opaque::Recursive>();
    assert_incomplete::<behind::Behind<opaque::Flat>>();
    assert!(fact::<behind::Behind<opaque::Internal>>("Behind.x:u8"));
    assert_differ::<opaque::Untagged, opaque_moved::Untagged>();
    assert_differ::<opaque::Untagged, opaque::Internal>();
}

build! { adjacent: #[serde(tag = "t", content = "c")] pub(super) enum Kind { A(u8), B(Option<String>, [u8; 2]) } }
build! { adjacent_swapped: #[serde(tag = "t", content = "c")] pub(super) enum Kind { B(u8), A(Option<String>, [u8; 2]) } }
build! { adjacent_struct: #[serde(tag = "t", content = "c")] pub(super) enum Kind { A(u8), B { x: u8 }, C } }

#[test]
fn what_an_adjacently_tagged_enum_holds_is_seen() {
    assert_complete::<adjacent::Kind>();
    assert_differ::<adjacent::Kind, adjacent_swapped::Kind>();
    // Serde asks for whatever there is, where the variant is a struct or has nothing.
    assert_incomplete::<adjacent_struct::Kind>();
    assert_complete::<Vec<(u8, adjacent::Kind)>>();
}

/// How many values are asked for: a few thousand take some milliseconds in a debug build.
fn cost<V: DeserializeOwned>() -> usize {
    of_counted::<V>().1
}

macro_rules! wide {
    ($($field:ident)*; $($variant:ident)*) => {
        build! { wide:
            pub(super) struct Wide { $($field: Option<NonZeroU32>),* }
            pub(super) enum Wise { $($variant(Vec<u8>, u8)),* }
            pub(super) enum Deep { $($variant(Box<Deep>, Option<Box<Deep>>)),*, End(u8) }
            pub(super) struct Both { wide: Wide, wise: Wise, deep: Vec<Deep> }
        }
    };
}

wide! {
    f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 f13 f14 f15 f16 f17 f18 f19 f20 f21 f22 f23 f24 f25 f26 f27 f28 f29 f30
    f31 f32 f33 f34 f35 f36 f37 f38 f39 f40 f41 f42 f43 f44 f45 f46 f47 f48 f49 f50 f51 f52 f53 f54 f55 f56 f57 f58
    f59 f60 f61 f62 f63 f64 f65 f66 f67 f68 f69 f70 f71 f72 f73 f74 f75 f76 f77 f78 f79 f80 f81 f82 f83 f84 f85 f86
    f87 f88 f89 f90 f91 f92 f93 f94 f95 f96 f97 f98 f99;
    V0 V1 V2 V3 V4 V5 V6 V7 V8 V9 V10 V11 V12 V13 V14 V15 V16 V17 V18 V19 V20 V21 V22 V23 V24 V25 V26 V27 V28 V29 V30
    V31 V32 V33 V34 V35 V36 V37 V38 V39 V40 V41 V42 V43 V44 V45 V46 V47 V48 V49 V50 V51 V52 V53 V54 V55 V56 V57 V58
    V59 V60 V61 V62 V63 V64 V65 V66 V67 V68 V69 V70 V71 V72 V73 V74 V75 V76 V77 V78 V79 V80 V81 V82 V83 V84 V85 V86
    V87 V88 V89 V90 V91 V92 V93 V94 V95 V96 V97 V98 V99 V100 V101 V102 V103 V104 V105 V106 V107 V108 V109 V110 V111
    V112 V113 V114 V115 V116 V117 V118 V119 V120 V121 V122 V123 V124 V125 V126 V127 V128 V129 V130 V131 V132 V133
    V134 V135 V136 V137 V138 V139 V140 V141 V142 V143 V144 V145 V146 V147 V148 V149 V150 V151 V152 V153 V154 V155
    V156 V157 V158 V159 V160 V161 V162 V163 V164 V165 V166 V167 V168 V169 V170 V171 V172 V173 V174 V175 V176 V177
    V178 V179 V180 V181 V182 V183 V184 V185 V186 V187 V188 V189 V190 V191 V192 V193 V194 V195 V196 V197 V198 V199
}

#[test]
fn wide_types_are_cheap() {
    assert_complete::<wide::Wide>();
    assert_complete::<wide::Wise>();
    assert_complete::<wide::Both>();
    assert_complete::<wide::Deep>();
    assert!(cost::<wide::Wide>() < 200);
    assert!(cost::<wide::Wise>() < 1_000);
    assert!(cost::<wide::Deep>() < 2_000);
    assert!(cost::<wide::Both>() < 5_000);
}

#[test]
fn a_type_with_more_values_than_are_asked_for_ends() {
    type Twice<T> = (T, T);
    type Many = Twice<Twice<Twice<Twice<Twice<Twice<Twice<Twice<Twice<u8>>>>>>>>>;
    assert_complete::<Many>();
    assert_incomplete::<Twice<Twice<Twice<Twice<Twice<Twice<Twice<Twice<Many>>>>>>>>>();
}

#[test]
fn a_small_stack_is_enough() {
    let body = || {
        assert_complete::<recursive::Expr>();
        assert_complete::<wide::Both>();
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(body).unwrap().join().unwrap();
}
