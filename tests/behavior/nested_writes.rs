//! Writes inside of bodies, also to the key that is being loaded: nothing waits for itself, and nothing old stays.

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Loads, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    #[cacheable("item:{id}")]
    async fn item(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("item:{id}")]
    async fn evicts_its_own_key(&self, id: u64) -> u64 {
        let load = self.loads.next();
        self.evict(id).await;
        load
    }

    #[cacheable("item:{id}")]
    async fn puts_its_own_key(&self, id: u64) -> u64 {
        let load = self.loads.next();
        self.put(id, 100).await;
        load
    }

    #[cache_put("item:{id}")]
    async fn put(&self, id: u64, value: u64) -> u64 {
        value
    }

    #[cache_put("item:{id}")]
    async fn put_the_next(&self, id: u64) -> u64 {
        self.item(id).await + 10
    }

    #[cache_evict("item:{id}")]
    async fn evict(&self, id: u64) {}

    #[cache_evict("item:{id}")]
    async fn evict_what_it_reads(&self, id: u64) -> u64 {
        self.item(id).await
    }

    #[cacheable("item:{id}")]
    fn item_in_place(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("item:{id}")]
    fn puts_its_own_key_in_place(&self, id: u64) -> u64 {
        let load = self.loads.next();
        self.put_in_place(id, 100);
        load
    }

    #[cacheable("item:{id}")]
    fn evicts_its_own_key_in_place(&self, id: u64) -> u64 {
        let load = self.loads.next();
        self.evict_in_place(id);
        load
    }

    #[cache_put("item:{id}")]
    fn put_in_place(&self, id: u64, value: u64) -> u64 {
        value
    }

    #[cache_put("item:{id}")]
    fn put_the_next_in_place(&self, id: u64) -> u64 {
        self.item_in_place(id) + 10
    }

    #[cache_evict("item:{id}")]
    fn evict_in_place(&self, id: u64) {}

    #[cache_evict("item:{id}")]
    fn evict_what_it_reads_in_place(&self, id: u64) -> u64 {
        self.item_in_place(id)
    }
}

#[tokio::test]
async fn a_body_that_evicts_the_key_it_loads_stores_nothing() {
    let service = Service::new();
    assert_eq!(within(service.evicts_its_own_key(7)).await, 1);
    assert_eq!(service.item(7).await, 2);
}

#[tokio::test]
async fn a_value_that_a_body_puts_under_its_own_key_outlives_what_it_returns() {
    let service = Service::new();
    assert_eq!(within(service.puts_its_own_key(7)).await, 1);
    assert_eq!(service.item(7).await, 100);
}

#[tokio::test]
async fn a_put_may_read_the_key_that_it_writes() {
    let service = Service::new();
    assert_eq!(within(service.put_the_next(7)).await, 11);
    assert_eq!(service.item(7).await, 11);
    assert_eq!(within(service.put_the_next(7)).await, 21);
    assert_eq!(service.item(7).await, 21);
}

#[tokio::test]
async fn an_eviction_may_read_what_it_evicts() {
    let service = Service::new();
    assert_eq!(within(service.evict_what_it_reads(7)).await, 1);
    assert_eq!(service.item(7).await, 2, "also what its body has loaded is gone");
}

#[test]
fn a_body_on_a_thread_that_evicts_the_key_it_loads_stores_nothing() {
    let service = Service::new();
    assert_eq!((service.evicts_its_own_key_in_place(7), service.item_in_place(7)), (1, 2));
}

#[test]
fn a_value_that_a_body_on_a_thread_puts_under_its_own_key_outlives_what_it_returns() {
    let service = Service::new();
    assert_eq!((service.puts_its_own_key_in_place(7), service.item_in_place(7)), (1, 100));
}

#[test]
fn a_put_on_a_thread_may_read_the_key_that_it_writes() {
    let service = Service::new();
    assert_eq!((service.put_the_next_in_place(7), service.item_in_place(7)), (11, 11));
    assert_eq!((service.put_the_next_in_place(7), service.item_in_place(7)), (21, 21));
}

#[test]
fn an_eviction_on_a_thread_may_read_what_it_evicts() {
    let service = Service::new();
    assert_eq!((service.evict_what_it_reads_in_place(7), service.item_in_place(7)), (1, 2));
}
