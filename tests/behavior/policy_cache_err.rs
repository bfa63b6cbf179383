//! `cache_err`: an error is stored too, for as long as a closure over it says.

use std::time::Duration;

use larder::{Cache, HasCache, ManualClock, cache_evict, cacheable};

use crate::support::{Gate, Loads, cache_with_clock, held, within};

const SECOND: Duration = Duration::from_secs(1);

/// It has no bytes: it stays in memory.
#[derive(Debug, Clone, PartialEq)]
enum Failure {
    NotFound,
    Broken,
}

impl Failure {
    fn life(&self) -> Option<Duration> {
        (*self == Failure::NotFound).then_some(10 * SECOND)
    }
}

type R<T> = Result<T, Failure>;

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
}

impl Service {
    fn fails<T>(&self, failure: Failure) -> R<T> {
        self.loads.next();
        Err(failure)
    }

    #[cacheable("item", ttl = "1m", cache_err = |e| e.life())]
    async fn not_found(&self) -> R<u64> {
        self.fails(Failure::NotFound)
    }

    #[cacheable("item", cache_err = |e| e.life(), cache_none)]
    async fn broken(&self) -> R<Option<u64>> {
        self.fails(Failure::Broken)
    }

    #[cacheable("item")]
    async fn without_cache_err(&self) -> R<u64> {
        self.fails(Failure::Broken)
    }

    #[cacheable("item", cache_err = |_| Some(SECOND))]
    async fn of_another_error(&self) -> Result<u64, String> {
        self.loads.next();
        Err("another".to_owned())
    }

    #[cacheable("item", cache_err = |_| Some(Duration::ZERO))]
    async fn for_no_time(&self) -> R<u64> {
        self.fails(Failure::NotFound)
    }

    #[cacheable("item", cache_err = |e| e.life(), tags = ["items"])]
    async fn slow(&self) -> R<u64> {
        self.loads.next();
        self.gate.pass().await;
        Err(Failure::NotFound)
    }

    #[cacheable("item", cache_err = |_| panic!("the closure panics"))]
    async fn panics(&self) -> R<u64> {
        self.fails(Failure::NotFound)
    }

    #[cacheable("item", cache_err = |e| e.life(), l1 = off)]
    async fn without_memory(&self) -> R<u64> {
        self.fails(Failure::NotFound)
    }

    #[cacheable("item", cache_err = |e| e.life())]
    fn sync(&self) -> R<u64> {
        self.fails(Failure::NotFound)
    }

    /// Another call stores an error between the look-up of this one and its load.
    #[cacheable("item", cache_err = |e| e.life(), ttl = { self.sync().expect_err("it fails"); SECOND })]
    async fn comes_late(&self) -> R<u64> {
        self.fails(Failure::Broken)
    }

    #[cache_evict("item")]
    async fn evict(&self) {}
}

fn service() -> (Service, ManualClock) {
    let (cache, clock) = cache_with_clock();
    (Service { cache, loads: Loads::default(), gate: Gate::closed() }, clock)
}

#[tokio::test]
async fn an_error_is_stored_for_as_long_as_the_closure_says() {
    let (service, clock) = service();
    for _ in 0..3 {
        assert_eq!(service.not_found().await, Err(Failure::NotFound));
    }
    let stats = service.cache.stats();
    assert_eq!((stats.misses, stats.stored, stats.hits), (1, 1, 2));
    clock.advance(9 * SECOND);
    service.not_found().await.expect_err("it fails");
    assert_eq!(service.loads.count(), 1);
    clock.advance(SECOND);
    service.not_found().await.expect_err("it fails");
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn an_error_that_the_closure_gives_no_time_is_not_stored() {
    let (service, _) = service();
    for _ in 0..2 {
        assert_eq!(service.broken().await, Err(Failure::Broken));
        assert_eq!(service.for_no_time().await, Err(Failure::NotFound));
    }
    assert_eq!((service.loads.count(), service.cache.stats().stored), (4, 0));
}

#[tokio::test]
async fn a_function_without_cache_err_takes_a_stored_error_for_a_miss() {
    let (service, _) = service();
    service.not_found().await.expect_err("it fails");
    assert_eq!(service.without_cache_err().await, Err(Failure::Broken));
}

#[tokio::test]
async fn a_stored_error_of_another_type_is_a_miss() {
    let (service, _) = service();
    service.not_found().await.expect_err("it fails");
    assert_eq!(service.of_another_error().await, Err("another".to_owned()));
}

#[tokio::test]
async fn a_stored_error_is_evicted() {
    let (service, _) = service();
    service.not_found().await.expect_err("it fails");
    service.evict().await;
    service.not_found().await.expect_err("it fails");
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn an_error_whose_key_was_evicted_while_it_was_loaded_is_not_stored() {
    let (service, _) = service();
    let load = held(service.slow()).await;
    service.evict().await;
    service.gate.open();
    assert_eq!(within(load).await, Err(Failure::NotFound));
    assert_eq!((service.cache.stats().stored, service.cache.stats().refused), (0, 1));
}

#[tokio::test]
async fn who_waits_for_a_load_is_given_its_error_whether_it_stores_such_or_not() {
    let (service, _) = service();
    let load = held(service.slow()).await;
    let stores = held(service.not_found()).await;
    let does_not = held(service.without_cache_err()).await;
    service.gate.open();
    let expected = Err(Failure::NotFound);
    assert_eq!(
        (within(load).await, within(stores).await, within(does_not).await),
        (expected.clone(), expected.clone(), expected)
    );
    assert_eq!(service.loads.count(), 1);
}

#[tokio::test]
async fn an_error_that_was_stored_since_the_look_up_is_found() {
    let (service, _) = service();
    assert_eq!(service.comes_late().await, Err(Failure::NotFound));
    assert_eq!(service.loads.count(), 1);
}

#[tokio::test]
async fn without_memory_an_error_is_not_kept_there() {
    let (service, _) = service();
    service.without_memory().await.expect_err("it fails");
    service.not_found().await.expect_err("it fails");
    assert_eq!((service.loads.count(), service.cache.stats().stored), (2, 1));
}

#[tokio::test]
#[should_panic(expected = "the closure panics")]
async fn a_closure_that_panics_panics_in_the_call() {
    let (service, _) = service();
    let _ = service.panics().await;
}
