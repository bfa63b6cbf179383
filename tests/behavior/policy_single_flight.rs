//! `single_flight`: who runs the body when several calls miss.

use larder::{Cache, HasCache, cacheable, refresh};

use crate::support::{Gate, Loads, held, within};

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

    #[cacheable("item", single_flight = off)]
    async fn each(&self) -> u64 {
        self.gate.pass().await;
        self.loads.next()
    }

    /// The first load waits at the gate with what it has read.
    #[cacheable("item", single_flight = off)]
    async fn first_is_slow(&self) -> u64 {
        let load = self.loads.next();
        if load == 1 {
            self.gate.pass().await;
        }
        load
    }

    #[cacheable("item", single_flight = local)]
    async fn local(&self) -> u64 {
        self.gate.pass().await;
        self.loads.next()
    }

    #[cacheable("item", single_flight = cluster)]
    async fn cluster(&self) -> u64 {
        self.gate.pass().await;
        self.loads.next()
    }
}

#[tokio::test]
async fn with_single_flight_off_every_call_that_misses_runs_its_own_body() {
    let service = Service::new();
    let (first, second) = (held(service.each()).await, held(service.each()).await);
    service.gate.open();
    assert_eq!((within(first).await, within(second).await), (1, 2));
    assert_eq!(service.cache.stats().misses, 2);
    assert_eq!(within(service.each()).await, 2, "a hit is a hit");
}

#[tokio::test]
async fn a_load_with_single_flight_off_is_not_waited_for() {
    let service = Service::new();
    let own = held(service.each()).await;
    let shared = held(service.cluster()).await;
    service.gate.open();
    assert_eq!((within(own).await, within(shared).await), (1, 2));
}

#[tokio::test]
async fn local_and_cluster_share_a_load_in_the_process() {
    let service = Service::new();
    let (first, second) = (held(service.local()).await, held(service.cluster()).await);
    service.gate.open();
    assert_eq!((within(first).await, within(second).await), (1, 1));
}

#[tokio::test]
async fn a_refresh_with_single_flight_off_is_not_followed_by_an_older_value() {
    let service = Service::new();
    let older = held(service.first_is_slow()).await;
    assert_eq!(within(refresh(service.first_is_slow())).await, 2);
    service.gate.open();
    assert_eq!(within(older).await, 1);
    assert_eq!(within(service.first_is_slow()).await, 2);
}
