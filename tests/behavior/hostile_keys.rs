//! Whatever characters the arguments hold: different arguments have different entries, equal ones the same.

use std::collections::HashMap;
use std::hash::Hash;

use larder::{Cache, HasCache, cacheable};
use proptest::prelude::*;

use crate::support::Loads;

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    #[cacheable("{a}-{b}")]
    async fn by_dash(&self, a: &str, b: &str) -> u64 {
        self.loads.next()
    }

    #[cacheable("{a}{b}")]
    async fn by_nothing(&self, a: &str, b: &str) -> u64 {
        self.loads.next()
    }

    #[cacheable("{a}:{b}")]
    async fn by_colon(&self, a: &str, b: &str) -> u64 {
        self.loads.next()
    }

    #[cacheable("{a}%2{b}A")]
    async fn by_escape(&self, a: &str, b: &str) -> u64 {
        self.loads.next()
    }

    #[cacheable]
    async fn by_default(&self, a: &str, b: &str) -> u64 {
        self.loads.next()
    }

    #[cacheable(key = (a, b))]
    async fn by_tuple(&self, a: &str, b: &str) -> u64 {
        self.loads.next()
    }

    #[cacheable("{a}-{b}")]
    async fn numbers_by_dash(&self, a: i8, b: i8) -> u64 {
        self.loads.next()
    }

    #[cacheable("{a}1{b}")]
    async fn numbers_by_digit(&self, a: i8, b: i8) -> u64 {
        self.loads.next()
    }

    #[allow(clippy::option_option, reason = "it is a key like any other")]
    #[cacheable("{a}-{b}")]
    async fn options_by_dash(&self, a: Option<&str>, b: Option<Option<&str>>) -> u64 {
        self.loads.next()
    }

    #[cacheable("{a}{b}")]
    async fn lists_by_nothing(&self, a: &[String], b: &(String, Vec<String>)) -> u64 {
        self.loads.next()
    }

    #[cacheable("{text}")]
    async fn alone(&self, text: &str) -> u64 {
        self.loads.next()
    }
}

/// Calls `find` twice with each value: a new value must load, and one that was seen must find its load again.
fn each_has_its_own_entry<T>(values: &[T], find: &impl AsyncFn(&Service, &T) -> u64) -> Result<(), TestCaseError>
where
    T: Hash + Eq + Clone + std::fmt::Debug,
{
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be built");
    runtime.block_on(async {
        let (service, mut seen) = (Service::new(), HashMap::new());
        for value in values.iter().chain(values) {
            let load = find(&service, value).await;
            let expected = *seen.entry(value.clone()).or_insert(service.loads.count());
            prop_assert_eq!(load, expected, "{:?}", value);
            prop_assert_eq!(service.loads.count(), seen.len() as u64, "{:?}", value);
        }
        Ok(())
    })
}

/// Short texts of few characters, so that they come close to each other: those of the template, and two others.
fn texts_near(template: &'static str) -> impl Strategy<Value = BoxedStrategy<String>> {
    let others = prop::sample::subsequence("*?[]\\{}:,%# \n\u{e9}-+2a".chars().collect::<Vec<_>>(), 2);
    others.prop_map(move |others| {
        let alphabet: Vec<char> = template.chars().chain(others).collect();
        prop::collection::vec(prop::sample::select(alphabet), 0..4).prop_map(String::from_iter).boxed()
    })
}

/// What `of_text` makes of such texts, many times.
fn many<S: Strategy>(
    template: &'static str,
    of_text: impl Fn(BoxedStrategy<String>) -> S,
) -> impl Strategy<Value = Vec<S::Value>> {
    texts_near(template).prop_flat_map(move |text| prop::collection::vec(of_text(text), 1..80))
}

fn pairs(template: &'static str) -> impl Strategy<Value = Vec<(String, String)>> {
    many(template, |text| (text.clone(), text))
}

fn pairs_of_options() -> impl Strategy<Value = Vec<(Option<String>, Option<Option<String>>)>> {
    use prop::option::of;
    many("%-", |text| (of(text.clone()), of(of(text))))
}

type Lists = (Vec<String>, (String, Vec<String>));

fn pairs_of_lists() -> impl Strategy<Value = Vec<Lists>> {
    use prop::collection::vec;
    many(",1", |text| (vec(text.clone(), 0..3), (text.clone(), vec(text, 0..3))))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn pairs_of_texts_with_a_dash_between(pairs in pairs("-")) {
        each_has_its_own_entry(&pairs, &async |service, (a, b)| service.by_dash(a, b).await)?;
    }

    #[test]
    fn pairs_of_texts_with_nothing_between(pairs in pairs("")) {
        each_has_its_own_entry(&pairs, &async |service, (a, b)| service.by_nothing(a, b).await)?;
    }

    #[test]
    fn pairs_of_texts_with_a_colon_between(pairs in pairs(":")) {
        each_has_its_own_entry(&pairs, &async |service, (a, b)| service.by_colon(a, b).await)?;
    }

    #[test]
    fn pairs_of_texts_with_half_an_escape_between(pairs in pairs("%2A")) {
        each_has_its_own_entry(&pairs, &async |service, (a, b)| service.by_escape(a, b).await)?;
    }

    #[test]
    fn pairs_of_texts_in_the_default_key(pairs in pairs(":%")) {
        each_has_its_own_entry(&pairs, &async |service, (a, b)| service.by_default(a, b).await)?;
    }

    #[test]
    fn pairs_of_texts_in_a_tuple(pairs in pairs(":%")) {
        each_has_its_own_entry(&pairs, &async |service, (a, b)| service.by_tuple(a, b).await)?;
    }

    #[test]
    fn texts_alone(texts in many(":,", |text| text)) {
        each_has_its_own_entry(&texts, &async |service, text| service.alone(text).await)?;
    }

    #[test]
    fn texts_of_any_characters(texts in prop::collection::vec(".{0,80}", 1..60)) {
        each_has_its_own_entry(&texts, &async |service, text| service.alone(text).await)?;
    }

    #[test]
    fn pairs_of_numbers_with_a_dash_between(pairs in prop::collection::vec((-3_i8..3, -12_i8..12), 1..60)) {
        each_has_its_own_entry(&pairs, &async |service, (a, b)| service.numbers_by_dash(*a, *b).await)?;
    }

    #[test]
    fn pairs_of_numbers_with_a_digit_between(pairs in prop::collection::vec((-12_i8..12, 0_i8..120), 1..60)) {
        each_has_its_own_entry(&pairs, &async |service, (a, b)| service.numbers_by_digit(*a, *b).await)?;
    }

    #[test]
    fn pairs_of_optional_texts(pairs in pairs_of_options()) {
        each_has_its_own_entry(&pairs, &async |service, (a, b)| {
            service.options_by_dash(a.as_deref(), b.as_ref().map(Option::as_deref)).await
        })?;
    }

    #[test]
    fn pairs_of_lists_of_texts(pairs in pairs_of_lists()) {
        each_has_its_own_entry(&pairs, &async |service, (a, b)| service.lists_by_nothing(a, b).await)?;
    }

    #[test]
    fn long_texts_that_differ_in_one_place(at in 0..400_usize, length in 401..500_usize) {
        let texts = ["x", "y", ":"].map(|differing| {
            let mut text = "k".repeat(length);
            text.replace_range(at..=at, differing);
            text
        });
        each_has_its_own_entry(&texts, &async |service, text| service.alone(text).await)?;
    }
}
