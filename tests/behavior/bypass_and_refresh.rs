//! `bypass` and `refresh`: what cached calls inside do, and what stays in the cache.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::FutureExt;
use larder::{Cache, HasCache, bypass, cache_evict, cache_put, cacheable, refresh};

use crate::support::{Gate, Loads, held, within};

#[derive(HasCache)]
struct Service {
    #[cache]
    cache: Cache,
    loads: Loads,
    inner_loads: Loads,
    gate: Gate,
    is_gone: AtomicBool,
}

impl Service {
    fn new() -> Arc<Self> {
        let gate = Gate::closed();
        let (loads, inner_loads) = (Loads::default(), Loads::default());
        Arc::new(Self { cache: Cache::in_process(), loads, inner_loads, gate, is_gone: AtomicBool::new(false) })
    }

    #[cacheable("item:{id}")]
    async fn item(&self, id: u64) -> u64 {
        assert!(id < 100, "on purpose");
        self.loads.next()
    }

    #[cacheable("outer:{id}")]
    async fn outer(&self, id: u64) -> (u64, u64) {
        (self.loads.next(), self.inner(id).await)
    }

    #[cacheable("inner:{id}")]
    async fn inner(&self, id: u64) -> u64 {
        self.inner_loads.next()
    }

    #[cacheable("slow:{id}")]
    async fn slow(&self, id: u64) -> u64 {
        let load = self.loads.next();
        self.gate.pass().await;
        load
    }

    #[cacheable("tagged", tags = |load| [format!("load-{load}")])]
    async fn tagged(&self) -> u64 {
        let load = self.loads.next();
        self.gate.pass().await;
        load
    }

    #[cacheable("maybe")]
    async fn maybe(&self) -> Option<u64> {
        let load = self.loads.next();
        (!self.is_gone.load(Ordering::SeqCst)).then_some(load)
    }

    #[cacheable("fallible")]
    async fn fallible(&self) -> Result<u64, String> {
        let load = self.loads.next();
        if self.is_gone.load(Ordering::SeqCst) { Err("gone".to_owned()) } else { Ok(load) }
    }

    #[cacheable("small", unless = |load| *load > 1)]
    async fn small(&self) -> u64 {
        self.loads.next()
    }

    #[cache_put("item:{id}")]
    async fn write(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict(key = "item:{id}")]
    async fn remove(&self, id: u64) {}
}

#[tokio::test]
async fn a_bypassed_call_neither_reads_nor_stores() {
    let service = Service::new();
    assert_eq!(bypass(service.item(1)).await, 1);
    assert_eq!(service.item(1).await, 2);
    assert_eq!(bypass(service.item(1)).await, 3);
    assert_eq!(service.item(1).await, 2);
}

#[tokio::test]
async fn a_bypassed_call_counts_nothing() {
    let service = Service::new();
    bypass(service.item(1)).await;
    assert_eq!(service.cache.stats(), Cache::in_process().stats());
}

#[tokio::test]
async fn what_a_bypassed_body_calls_is_bypassed() {
    let service = Service::new();
    assert_eq!(service.outer(1).await, (1, 1));
    assert_eq!(bypass(service.outer(1)).await, (2, 2));
    assert_eq!(service.inner(1).await, 1);
}

#[tokio::test]
async fn a_bypassed_call_does_not_wait_for_a_load_that_runs() {
    let service = Service::new();
    let leader = held(service.slow(1)).await;
    let bypassed = held(bypass(service.slow(1))).await;
    service.gate.open();
    assert_eq!(within(futures::future::join(leader, bypassed)).await, (1, 2));
}

#[tokio::test]
async fn an_eviction_inside_a_bypass_evicts() {
    let service = Service::new();
    service.item(1).await;
    bypass(service.remove(1)).await;
    assert_eq!(service.item(1).await, 2);
}

#[tokio::test]
async fn a_put_inside_a_bypass_removes_its_key_and_stores_nothing() {
    let service = Service::new();
    service.item(1).await;
    assert_eq!(bypass(service.write(1)).await, 2);
    assert_eq!(service.cache.stats().stored, 1);
    assert_eq!(service.item(1).await, 3);
}

#[tokio::test]
async fn a_spawned_task_is_not_inside_of_a_scope() {
    let service = Service::new();
    service.item(1).await;
    let spawned = Arc::clone(&service);
    let value = bypass(async { tokio::spawn(async move { spawned.item(1).await }).await }).await;
    assert_eq!(value.expect("it does not panic"), 1);
}

#[tokio::test]
async fn a_scope_ends_with_its_future_also_where_that_panics_or_is_dropped() {
    let service = Service::new();
    service.item(1).await;
    let panicked = AssertUnwindSafe(bypass(service.item(100))).catch_unwind().await;
    assert!(panicked.is_err());
    drop(held(bypass(service.slow(1))).await);
    assert_eq!(service.item(1).await, 1);
}

#[tokio::test]
async fn other_calls_of_the_task_are_not_inside_of_a_scope_that_waits() {
    let service = Service::new();
    service.item(1).await;
    let bypassed = held(bypass(service.slow(1))).await;
    assert_eq!(service.item(1).await, 1);
    drop(bypassed);
}

#[tokio::test]
async fn the_innermost_scope_counts() {
    let service = Service::new();
    service.item(1).await;
    refresh(bypass(service.item(1))).await;
    assert_eq!(service.item(1).await, 1);
    bypass(refresh(service.item(1))).await;
    assert_eq!(service.item(1).await, 3);
}

#[tokio::test]
async fn a_refreshed_call_runs_its_body_and_stores_what_it_brings() {
    let service = Service::new();
    assert_eq!(service.item(1).await, 1);
    assert_eq!(refresh(service.item(1)).await, 2);
    assert_eq!(service.item(1).await, 2);
}

#[tokio::test]
async fn what_a_refreshed_body_calls_is_refreshed() {
    let service = Service::new();
    assert_eq!(service.outer(1).await, (1, 1));
    assert_eq!(refresh(service.outer(1)).await, (2, 2));
    assert_eq!(service.inner(1).await, 2);
}

#[tokio::test]
async fn a_refresh_does_not_join_a_load_that_runs() {
    let service = Service::new();
    let earlier = held(service.slow(1)).await;
    let fresh = held(refresh(service.slow(1))).await;
    service.gate.open();
    assert_eq!(within(futures::future::join(earlier, fresh)).await, (1, 2));
}

#[tokio::test]
async fn a_refresh_does_not_join_an_earlier_refresh_whose_body_runs() {
    let service = Service::new();
    let earlier = held(refresh(service.slow(1))).await;
    let fresh = held(refresh(service.slow(1))).await;
    service.gate.open();
    assert_eq!(within(futures::future::join(earlier, fresh)).await, (1, 2));
    assert_eq!(service.slow(1).await, 2);
}

#[tokio::test]
async fn calls_inside_one_refresh_share_a_load() {
    let service = Service::new();
    let both = held(refresh(futures::future::join(service.slow(1), service.slow(1)))).await;
    service.gate.open();
    assert_eq!(within(both).await, (1, 1));
}

#[tokio::test]
async fn a_load_from_before_a_refresh_is_not_stored_whenever_it_ends() {
    let service = Service::new();
    let earlier = held(service.slow(1)).await;
    let fresh = held(refresh(service.slow(1))).await;
    service.gate.arrival().await;
    service.gate.arrival().await;
    // The gate lets them through in the order of their arrival, so the test takes the later one first.
    service.gate.let_through(2);
    assert_eq!(within(fresh).await, 2);
    assert_eq!(within(earlier).await, 1);
    assert_eq!(service.slow(1).await, 2);
    assert_eq!(service.cache.stats().refused, 1);
}

#[tokio::test]
async fn others_are_given_the_present_entry_while_a_refresh_runs() {
    let service = Service::new();
    service.gate.let_through(1);
    assert_eq!(service.slow(1).await, 1);
    let fresh = held(refresh(service.slow(1))).await;
    assert_eq!(service.slow(1).await, 1);
    service.gate.open();
    assert_eq!(within(fresh).await, 2);
}

#[tokio::test]
async fn a_call_that_finds_nothing_waits_for_a_refresh_that_runs() {
    let service = Service::new();
    let fresh = held(refresh(service.slow(1))).await;
    let other = held(service.slow(1)).await;
    service.gate.open();
    assert_eq!(within(futures::future::join(fresh, other)).await, (1, 1));
}

#[tokio::test]
async fn a_refresh_that_finds_none_leaves_nothing() {
    let service = Service::new();
    assert_eq!(service.maybe().await, Some(1));
    service.is_gone.store(true, Ordering::SeqCst);
    assert_eq!(refresh(service.maybe()).await, None);
    assert_eq!(service.maybe().await, None);
}

#[tokio::test]
async fn a_refresh_whose_value_is_not_to_be_stored_leaves_nothing() {
    let service = Service::new();
    assert_eq!(service.small().await, 1);
    assert_eq!(refresh(service.small()).await, 2);
    assert_eq!(service.small().await, 3);
}

#[tokio::test]
async fn a_refresh_that_fails_leaves_the_entry_as_it_was() {
    let service = Service::new();
    assert_eq!(service.fallible().await, Ok(1));
    service.is_gone.store(true, Ordering::SeqCst);
    assert_eq!(refresh(service.fallible()).await, Err("gone".to_owned()));
    assert_eq!(service.fallible().await, Ok(1));
}

#[tokio::test]
async fn a_refresh_that_was_evicted_meanwhile_is_not_stored() {
    let service = Service::new();
    let fresh = held(refresh(service.slow(1))).await;
    service.cache.clear().await.expect("there is one level");
    service.gate.open();
    assert_eq!(within(fresh).await, 1);
    assert_eq!(service.slow(1).await, 2);
}

#[tokio::test]
async fn a_fresh_value_that_was_evicted_while_it_was_loaded_leaves_no_older_one() {
    let service = Service::new();
    service.gate.let_through(1);
    assert_eq!(within(service.tagged()).await, 1);
    let fresh = held(refresh(service.tagged())).await;
    service.cache.invalidate_tags(["load-2"]).await.expect("there is one level");
    service.gate.open();
    assert_eq!(within(fresh).await, 2);
    assert_eq!(within(service.tagged()).await, 3);
}
