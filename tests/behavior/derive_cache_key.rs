//! `#[derive(CacheKey)]`: different values have different keys, and a field may be skipped or written otherwise.

use std::fmt::{Display, Formatter};

use larder::{Cache, CacheKey, HasCache, KeyWriter, cacheable};

use crate::support::Loads;

#[derive(CacheKey)]
struct Query {
    text: String,
    page: Option<u32>,
    #[cache_key(skip)]
    trace: &'static str,
}

#[derive(CacheKey)]
struct Pair(u32, String);

#[derive(CacheKey)]
struct Unit;

#[derive(CacheKey)]
struct Generic<'a, T, const N: usize>
where
    T: ?Sized,
{
    value: &'a T,
    list: [u8; N],
}

#[derive(CacheKey)]
enum Filter {
    All,
    Ids(Vec<u32>),
    Range(u32, u32),
    Named {
        name: String,
        #[cache_key(skip)]
        _trace: u32,
    },
}

struct Percent(f64);

impl Display for Percent {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}%", self.0)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "`with` is given a reference")]
fn bits(number: &f64) -> u64 {
    number.to_bits()
}

#[derive(CacheKey)]
struct Odd {
    #[cache_key(display)]
    percent: Percent,
    #[cache_key(with = bits)]
    exact: f64,
    key: u32,
}

/// Written by hand, as one that the derives cannot write.
struct Lowercase(&'static str);

impl CacheKey for Lowercase {
    fn write_key(&self, key: &mut KeyWriter) {
        key.push_str(&self.0.to_lowercase());
    }
}

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    #[cacheable]
    async fn search(&self, query: &Query, filter: Filter) -> u64 {
        assert!(!query.trace.is_empty());
        self.loads.next()
    }

    #[cacheable("{query.text}:{pair.1}:{pair.0}")]
    async fn by_fields(&self, query: &Query, pair: Pair) -> u64 {
        self.loads.next()
    }
}

fn query(text: &str, page: Option<u32>, trace: &'static str) -> Query {
    Query { text: text.to_owned(), page, trace }
}

fn named(name: &str) -> Filter {
    Filter::Named { name: name.to_owned(), _trace: 0 }
}

/// Checks that no two of the keys are equal.
fn differ(keys: &[String]) {
    for (at, key) in keys.iter().enumerate() {
        assert!(!keys[at + 1..].contains(key), "{key:?} stands twice in {keys:?}");
    }
}

#[tokio::test]
async fn derived_arguments_are_part_of_the_key() {
    let service = Service { cache: Cache::in_process(), loads: Loads::default() };
    assert_eq!(service.search(&query("a", None, "x"), Filter::All).await, 1);
    assert_eq!(service.search(&query("a", None, "y"), Filter::All).await, 1, "`trace` is skipped");
    assert_eq!(service.search(&query("a", Some(1), "x"), Filter::All).await, 2);
    assert_eq!(service.search(&query("a", None, "x"), named("All")).await, 3);
}

#[tokio::test]
async fn a_template_names_fields_by_name_and_by_number() {
    let service = Service { cache: Cache::in_process(), loads: Loads::default() };
    assert_eq!(service.by_fields(&query("a", None, "x"), Pair(1, "b".to_owned())).await, 1);
    assert_eq!(service.by_fields(&query("a", Some(5), "y"), Pair(1, "b".to_owned())).await, 1);
    assert_eq!(service.by_fields(&query("a", None, "x"), Pair(2, "b".to_owned())).await, 2);
}

#[test]
fn the_fields_of_a_struct_do_not_run_into_each_other() {
    differ(&[
        query("a", Some(1), "").to_key(),
        query("a,1", None, "").to_key(),
        query("a,%-", None, "").to_key(),
        query("a", None, "").to_key(),
        query("", None, "").to_key(),
    ]);
    differ(&[Pair(1, "2".to_owned()).to_key(), Pair(12, String::new()).to_key(), Pair(1, ",2".to_owned()).to_key()]);
}

#[test]
fn the_variants_of_an_enum_have_different_keys() {
    differ(&[
        Filter::All.to_key(),
        Filter::Ids(vec![]).to_key(),
        Filter::Ids(vec![1, 2]).to_key(),
        Filter::Range(1, 2).to_key(),
        named("").to_key(),
        named("All").to_key(),
        named("Range,1,2").to_key(),
    ]);
}

#[test]
fn neighbouring_enums_do_not_run_into_each_other() {
    differ(&[
        (Filter::Ids(vec![1]), Filter::Ids(vec![2])).to_key(),
        (Filter::Ids(vec![1, 2]), Filter::Ids(vec![])).to_key(),
        (Filter::All, Filter::Range(1, 2)).to_key(),
        (named("a:b"), named("c")).to_key(),
        (named("a"), named("b:c")).to_key(),
    ]);
}

#[test]
fn generics_lifetimes_and_constants_are_derived() {
    differ(&[
        Generic { value: "a", list: [1, 2] }.to_key(),
        Generic { value: "a,1", list: [2] }.to_key(),
        Generic { value: &7_u8, list: [] }.to_key(),
        Unit.to_key(),
    ]);
}

#[test]
fn a_field_is_written_as_it_is_displayed() {
    let key = |percent| Odd { percent: Percent(percent), exact: 0.0, key: 0 }.to_key();
    differ(&[key(1.5), key(2.5)]);
    assert!(key(1.5).starts_with("1.5%25"), "the `%` is escaped in {}", key(1.5));
}

#[test]
fn a_field_is_written_with_a_function() {
    let key = |exact| Odd { percent: Percent(1.0), exact, key: 0 }.to_key();
    differ(&[key(0.0), key(-0.0), key(1.0)]);
}

#[test]
fn a_key_may_be_written_by_hand() {
    assert_eq!(Lowercase("Ab:C").to_key(), "ab%3Ac");
}
