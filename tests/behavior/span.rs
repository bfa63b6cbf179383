//! `span`: a span around each call says how it ended, and names no key in clear.

use async_trait::async_trait;
use larder::{Cache, HasCache, bypass, cache_config, cache_evict, cache_put, cacheable, refresh};

use crate::recorder::{Recorder, recorded};
use crate::support::{Gate, Loads, held, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
    other: Other,
}

/// Has a function of the same name in the same module.
#[derive(HasCache)]
struct Other {
    cache: Cache,
}

impl Other {
    #[cacheable("other:{name}", span = off)]
    async fn user(&self, name: &str) -> usize {
        name.len()
    }
}

impl Service {
    fn new() -> Self {
        let gate = Gate::closed();
        gate.open();
        Self::with_gate(gate)
    }

    fn with_gate(gate: Gate) -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default(), gate, other: Other { cache: Cache::in_process() } }
    }

    #[cacheable("user:{name}", namespace = "users", span = debug)]
    async fn user(&self, name: &str) -> u64 {
        self.other.user(name).await;
        self.gate.pass().await;
        self.loads.next()
    }

    #[cacheable("quiet", span = off)]
    async fn quiet(&self) -> u64 {
        self.user("ada").await
    }

    #[cacheable("none:{id}", cache_none, span = debug)]
    async fn none(&self, id: u64) -> Option<u64> {
        None
    }

    #[cacheable("user:{names}", namespace = "users", batch, span = info)]
    async fn users(&self, names: Vec<String>) -> Vec<Option<u64>> {
        names.iter().map(|_| Some(self.loads.next())).collect()
    }

    #[cacheable("sync:{name}", span = info)]
    fn user_sync(&self, name: &str) -> u64 {
        self.loads.next()
    }

    #[cache_put("user:{name}", namespace = "users", unless = |_| name.is_empty(), span = info)]
    fn put(&self, name: &str) -> u64 {
        self.loads.next()
    }

    #[cache_evict("user:{name}", namespace = "users", span = debug)]
    async fn evict(&self, name: &str) {}

    #[cacheable("report:{id}", span = debug)]
    #[cache_evict(tags = ["reports"])]
    async fn report(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_put("first:{id}", unless = |_| true)]
    #[cache_put("second:{id}")]
    #[cache_evict(tags = ["reports"], span = debug)]
    async fn put_twice(&self, id: u64) -> u64 {
        self.loads.next()
    }
}

#[async_trait]
trait Repository {
    async fn find(&self, id: u64) -> u64;
}

#[async_trait]
#[cache_config(span = debug)]
impl Repository for Service {
    #[cacheable("found:{id}")]
    #[cache_evict("lost:{id}", span = info)]
    async fn find(&self, id: u64) -> u64 {
        self.loads.next()
    }
}

#[tokio::test]
async fn the_span_of_a_reader_says_how_it_was_answered() {
    let (service, recorder) = (Service::new(), Recorder::default());
    let _guard = tracing::subscriber::set_default(recorder.clone());
    within(service.user("ada")).await;
    within(service.user("ada")).await;
    let spans = recorder.take();
    assert_eq!(spans.len(), 2, "none of `Other::user`: {spans:?}");
    let names = ["at", "operation", "module", "function", "namespace", "cache", "outcome", "level"];
    let place = ["DEBUG", "cacheable", module_path!(), "user", "users", "cache"];
    assert_eq!(recorded(&spans[0], &names), [&place[..], &["miss", "none"]].concat());
    assert_eq!(recorded(&spans[1], &names), [&place[..], &["hit", "memory"]].concat());
}

#[tokio::test]
async fn a_key_is_shown_as_a_hash() {
    let (service, recorder) = (Service::new(), Recorder::default());
    let _guard = tracing::subscriber::set_default(recorder.clone());
    within(service.user("grace")).await;
    within(service.user("grace")).await;
    within(service.user("bob")).await;
    service.put("grace");
    let spans = recorder.take();
    // No digit of a hash is spelled `g` or `r`.
    assert!(!format!("{spans:?}").contains("grace"), "{spans:?}");
    let keys: Vec<&String> = spans.iter().map(|span| &span["key"]).collect();
    assert!(keys.iter().all(|key| key.len() == 16), "{keys:?}");
    assert_eq!((keys[0], keys[0]), (keys[1], keys[3]), "of one key");
    assert_ne!(keys[0], keys[2]);
}

#[tokio::test]
async fn the_span_of_an_inner_call_is_its_own() {
    let (service, recorder) = (Service::new(), Recorder::default());
    let _guard = tracing::subscriber::set_default(recorder.clone());
    within(service.quiet()).await;
    within(service.quiet()).await;
    let spans = recorder.take();
    assert_eq!(spans.len(), 1, "none of `quiet`: {spans:?}");
    assert_eq!(recorded(&spans[0], &["function", "outcome"]), ["user", "miss"]);
}

#[tokio::test]
async fn the_outcome_of_a_function_of_the_same_name_inside_is_not_shown() {
    let (service, recorder) = (Service::with_gate(Gate::closed()), Recorder::default());
    let _guard = tracing::subscriber::set_default(recorder.clone());
    drop(held(service.user("ada")).await);
    let spans = recorder.take();
    assert_eq!(recorded(&spans[0], &["function", "outcome", "key"]), ["user", "", ""], "it was dropped in its body");
}

#[tokio::test]
async fn every_answer_has_its_word() {
    let (service, recorder) = (Service::with_gate(Gate::closed()), Recorder::default());
    let _guard = tracing::subscriber::set_default(recorder.clone());
    let (first, second) = (held(service.user("ada")).await, held(service.user("ada")).await);
    service.gate.open();
    within(first).await;
    within(second).await;
    within(service.none(7)).await;
    within(service.none(7)).await;
    within(bypass(service.user("ada"))).await;
    within(refresh(service.user("ada"))).await;
    let spans = recorder.take();
    let words: Vec<_> = spans.iter().map(|span| recorded(span, &["outcome", "level"])).collect();
    assert_eq!(
        words,
        [
            ["miss", "none"],
            ["collapsed", "none"],
            ["miss", "none"],
            ["negative", "memory"],
            ["bypassed", "none"],
            ["refreshed", "none"]
        ]
    );
}

#[tokio::test]
async fn the_span_of_a_batch_counts() {
    let (service, recorder) = (Service::new(), Recorder::default());
    let _guard = tracing::subscriber::set_default(recorder.clone());
    within(service.users(vec!["a".into(), "b".into()])).await;
    within(service.users(vec!["a".into(), "b".into(), "c".into()])).await;
    within(bypass(service.users(vec!["a".into()]))).await;
    let spans = recorder.take();
    let names = ["at", "hits", "misses", "outcome"];
    assert_eq!(recorded(&spans[0], &names), ["INFO", "0", "2", ""]);
    assert_eq!(recorded(&spans[1], &names), ["INFO", "2", "1", ""]);
    assert_eq!(recorded(&spans[2], &names), ["INFO", "", "", "bypassed"]);
}

#[test]
fn a_function_that_is_not_asynchronous_has_its_span() {
    let (service, recorder) = (Service::new(), Recorder::default());
    tracing::subscriber::with_default(recorder.clone(), || (service.user_sync("ada"), service.user_sync("ada")));
    let spans = recorder.take();
    assert_eq!(recorded(&spans[0], &["at", "outcome"]), ["INFO", "miss"]);
    assert_eq!(recorded(&spans[1], &["at", "outcome"]), ["INFO", "hit"]);
}

#[tokio::test]
async fn the_span_of_a_writer_says_what_became_of_it() {
    let (service, recorder) = (Service::new(), Recorder::default());
    let _guard = tracing::subscriber::set_default(recorder.clone());
    service.put("ada");
    service.put("");
    within(service.evict("ada")).await;
    let spans = recorder.take();
    assert_eq!(recorded(&spans[0], &["at", "operation", "put"]), ["INFO", "cache_put", "stored"]);
    assert_eq!(recorded(&spans[1], &["put"]), ["not_stored"], "`unless` objected");
    assert_eq!(recorded(&spans[2], &["at", "operation", "evict"]), ["DEBUG", "cache_evict", "delivered"]);
}

#[tokio::test]
async fn one_span_is_around_all_attributes_of_a_function() {
    let (service, recorder) = (Service::new(), Recorder::default());
    let _guard = tracing::subscriber::set_default(recorder.clone());
    within(service.report(7)).await;
    within(service.report(7)).await;
    within(Box::pin(service.put_twice(7))).await;
    let spans = recorder.take();
    let names = ["operation", "outcome", "put", "evict"];
    assert_eq!(recorded(&spans[0], &names), ["cacheable cache_evict", "miss", "", "delivered"]);
    assert_eq!(recorded(&spans[1], &names), ["cacheable cache_evict", "hit", "", ""], "a hit evicts nothing");
    let put_twice = ["cache_put cache_put cache_evict", "", "not_stored", "delivered"];
    assert_eq!(recorded(&spans[2], &names), put_twice, "one put of the two is not stored");
}

#[tokio::test]
async fn a_method_with_a_boxed_future_has_its_span_and_its_own_word_wins_over_the_default() {
    let (service, recorder) = (Service::new(), Recorder::default());
    let _guard = tracing::subscriber::set_default(recorder.clone());
    within(Repository::find(&service, 7)).await;
    within(Repository::find(&service, 7)).await;
    let spans = recorder.take();
    assert_eq!(recorded(&spans[0], &["at", "function", "outcome", "evict"]), ["INFO", "find", "miss", "delivered"]);
    assert_eq!(recorded(&spans[1], &["at", "function", "outcome"]), ["INFO", "find", "hit"]);
}
