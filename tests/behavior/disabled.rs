//! `Cache::disabled()`: the code around the cache runs as if no attribute were there.

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Gate, Loads, held, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::disabled(), loads: Loads::default(), gate: Gate::closed() }
    }

    #[cacheable("item:{id}", tags = |load| [format!("load:{load}")])]
    async fn item(&self, id: u64) -> Result<u64, String> {
        Ok(self.loads.next())
    }

    #[cache_put("item:{result}", tags = ["item:{id}", "load:{result}"])]
    async fn put(&self, id: u64) -> Option<u64> {
        Some(self.loads.next())
    }

    #[cache_evict(key = "item:{id}", tags = ["items"], pattern = "item:*")]
    async fn evict(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("none", cache_none, cache_err = |_| Some(std::time::Duration::from_secs(1)))]
    fn none_in_place(&self) -> Result<Option<u64>, String> {
        let load = self.loads.next();
        if load > 2 { Err(load.to_string()) } else { Ok(None) }
    }

    #[cacheable("listing")]
    #[cache_evict("item:{result}")]
    async fn stacked(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("held")]
    async fn item_at_gate(&self) -> u64 {
        let load = self.loads.next();
        self.gate.pass().await;
        load
    }
}

#[tokio::test]
async fn every_body_runs() {
    let service = Service::new();
    assert_eq!((service.item(7).await, service.item(7).await), (Ok(1), Ok(2)));
    assert_eq!((service.put(7).await, service.put(7).await), (Some(3), Some(4)));
    assert_eq!((service.evict(7).await, service.item(4).await), (5, Ok(6)));
}

#[tokio::test]
async fn every_body_runs_without_async_and_under_several_attributes() {
    let service = Service::new();
    assert_eq!((service.none_in_place(), service.none_in_place()), (Ok(None), Ok(None)));
    assert_eq!((service.none_in_place(), service.loads.count()), (Err("3".to_owned()), 3));
    assert_eq!((service.stacked().await, service.stacked().await), (4, 5));
}

#[tokio::test]
async fn nothing_is_stored_or_counted() {
    let service = Service::new();
    let before = service.cache.stats();
    assert_eq!(service.item(7).await, Ok(1));
    assert_eq!(service.put(7).await, Some(2));
    assert_eq!(service.evict(7).await, 3);
    assert_eq!(service.cache.stats(), before);
    assert!(!service.cache.is_enabled());
}

#[tokio::test]
async fn concurrent_calls_each_run_their_body() {
    let service = Service::new();
    let (first, second) = (held(service.item_at_gate()).await, held(service.item_at_gate()).await);
    service.gate.open();
    assert_eq!((within(first).await, within(second).await), (1, 2));
}

#[tokio::test]
async fn it_can_be_cleared_like_any_other() {
    let service = Service::new();
    service.cache.clear().await.expect("there is nothing to clear");
    service.cache.invalidate_tags(["items"]).await.expect("there is nothing to invalidate");
    assert_eq!(service.item(7).await, Ok(1));
}
