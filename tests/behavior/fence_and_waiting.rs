//! Calls that wait for a load, or run their own body after it, while something is evicted.

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Gate, Loads, held, within};

/// An error that waiting calls cannot be given a copy of.
#[derive(Debug, PartialEq)]
struct NoClone;

struct Put {
    load: u64,
    text: &'static str,
}

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default(), gate: Gate::closed() }
    }

    #[cacheable("item")]
    async fn item(&self) -> u64 {
        let load = self.loads.next();
        self.gate.pass().await;
        load
    }

    #[cacheable("item")]
    async fn fails_first(&self) -> Result<u64, NoClone> {
        let load = self.loads.next();
        self.gate.pass().await;
        if load == 1 { Err(NoClone) } else { Ok(load) }
    }

    #[cacheable("item", skip(depth))]
    async fn inside_itself(&self, depth: u64) -> u64 {
        let load = self.loads.next();
        if depth > 0 {
            return Box::pin(self.inside_itself(depth - 1)).await;
        }
        self.gate.pass().await;
        load
    }

    #[cache_put("item{result.text}", value = |put| put.load)]
    async fn put_under_a_late_key(&self) -> Put {
        self.gate.pass().await;
        Put { load: self.loads.next(), text: "" }
    }

    #[cache_evict("item")]
    async fn evict(&self) {}
}

#[tokio::test]
async fn a_call_that_waited_before_the_eviction_is_given_the_value_of_its_load() {
    let service = Service::new();
    let (leader, waiting) = (held(service.item()).await, held(service.item()).await);
    service.evict().await;
    service.gate.let_through(1);
    assert_eq!((within(leader).await, within(waiting).await), (1, 1));
    assert_eq!(service.cache.stats().entries, 0);
}

#[tokio::test]
async fn a_waiting_call_that_takes_over_after_an_eviction_loads_what_may_be_kept() {
    let service = Service::new();
    let (leader, waiting) = (held(service.item()).await, held(service.item()).await);
    service.evict().await;
    drop(leader);
    service.gate.let_through(1);
    assert_eq!(within(waiting).await, 2);
    assert_eq!(within(service.item()).await, 2);
}

#[tokio::test]
async fn a_waiting_call_joins_the_load_of_a_call_that_came_after_the_eviction() {
    let service = Service::new();
    let (leader, mut waiting) = (held(service.item()).await, held(service.item()).await);
    service.evict().await;
    let later = held(service.item()).await;
    drop(leader);
    assert!(futures::poll!(&mut waiting).is_pending());
    service.gate.let_through(1);
    assert_eq!((within(later).await, within(waiting).await), (2, 2));
    assert_eq!(service.loads.count(), 2);
}

#[tokio::test]
async fn a_body_that_runs_on_its_own_after_a_failed_load_is_refused_too() {
    let service = Service::new();
    let (leader, mut waiting) = (held(service.fails_first()).await, held(service.fails_first()).await);
    service.gate.let_through(1);
    assert_eq!(within(leader).await, Err(NoClone));
    assert!(futures::poll!(&mut waiting).is_pending(), "it runs its own body now");
    service.evict().await;
    service.gate.let_through(1);
    assert_eq!(within(waiting).await, Ok(2));
    assert_eq!(service.cache.stats().refused, 1);
    service.gate.open();
    assert_eq!(within(service.fails_first()).await, Ok(3));
}

#[tokio::test]
async fn a_load_inside_a_load_of_its_own_key_is_refused_too() {
    let service = Service::new();
    let call = held(service.inside_itself(2)).await;
    service.evict().await;
    service.gate.open();
    assert_eq!(within(call).await, 3);
    assert_eq!(service.cache.stats().refused, 3);
    assert_eq!(within(service.item()).await, 4);
}

#[tokio::test]
async fn a_put_whose_key_is_known_only_at_the_end_is_refused_too() {
    let service = Service::new();
    let put = held(service.put_under_a_late_key()).await;
    service.evict().await;
    service.gate.open();
    assert_eq!(within(put).await.load, 1);
    assert_eq!(service.cache.stats().refused, 1);
    assert_eq!(within(service.item()).await, 2);
}

#[tokio::test]
async fn a_put_whose_key_is_known_only_at_the_end_is_read() {
    let service = Service::new();
    service.gate.open();
    assert_eq!(within(service.put_under_a_late_key()).await.load, 1);
    assert_eq!(within(service.item()).await, 1);
}
