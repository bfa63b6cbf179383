//! Tags of cached functions that a body awaits: the entry carries them too.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use larder::{Cache, HasCache, bypass, cache_evict, cache_put, cacheable};

use crate::support::{Gate, Loads, held, within};

#[derive(HasCache)]
struct Service {
    #[cache]
    cache: Cache,
    other: Cache,
    outer_loads: Loads,
    loads: Loads,
    gate: Gate,
    is_gone: AtomicBool,
}

impl Service {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            cache: Cache::in_process(),
            other: Cache::in_process(),
            outer_loads: Loads::default(),
            loads: Loads::default(),
            gate: Gate::closed(),
            is_gone: AtomicBool::new(false),
        })
    }

    async fn evict(&self, tag: &str) {
        self.cache.invalidate_tags([tag]).await.expect("there is one level");
    }

    #[cacheable("inner:{id}", tags = ["inner:{id}", "inners"])]
    async fn inner(&self, id: u64) -> u64 {
        self.loads.next() + id - id
    }

    #[cacheable("outer:{id}")]
    async fn outer(&self, id: u64) -> (u64, u64) {
        let load = self.outer_loads.next();
        (load, self.inner(id).await)
    }

    #[cacheable("outermost:{id}", tags = ["outermost"])]
    async fn outermost(&self, id: u64) -> (u64, u64) {
        self.outer(id).await
    }

    #[cacheable("alone:{id}", inherit_tags = false)]
    async fn alone(&self, id: u64) -> (u64, u64) {
        (self.outer_loads.next(), self.inner(id).await)
    }

    #[cacheable("around_alone:{id}")]
    async fn around_alone(&self, id: u64) -> (u64, u64) {
        self.alone(id).await
    }

    #[cacheable("by_value:{id}", tags = |value| [format!("value:{value}")])]
    async fn by_value(&self, id: u64) -> u64 {
        id
    }

    #[cacheable("over_by_value:{id}")]
    async fn over_by_value(&self, id: u64) -> (u64, u64) {
        (self.outer_loads.next(), self.by_value(id).await)
    }

    #[cacheable("slow", tags = ["slow"])]
    async fn slow(&self) -> u64 {
        self.gate.pass().await;
        self.loads.next()
    }

    #[cacheable("over_slow:{id}")]
    async fn over_slow(&self, id: u64) -> (u64, u64) {
        (self.outer_loads.next() + id - id, self.slow().await)
    }

    #[cacheable("maybe", tags = ["maybe"])]
    async fn maybe(&self) -> Option<u64> {
        self.inner(1).await;
        let load = self.loads.next();
        (!self.is_gone.load(Ordering::SeqCst)).then_some(load)
    }

    #[cacheable("over_maybe")]
    async fn over_maybe(&self) -> (u64, bool) {
        (self.outer_loads.next(), self.maybe().await.is_some())
    }

    #[cacheable("slow_none", tags = ["slow_none"])]
    async fn slow_none(&self) -> Option<u64> {
        self.inner(1).await;
        self.gate.pass().await;
        None
    }

    #[cacheable("over_slow_none:{id}")]
    async fn over_slow_none(&self, id: u64) -> (u64, Option<u64>) {
        (self.outer_loads.next() + id - id, self.slow_none().await)
    }

    #[cacheable("rejected", tags = |value| [format!("value:{value}")], unless = |value| *value == 1)]
    async fn rejected(&self) -> u64 {
        1
    }

    #[cacheable("over_rejected")]
    async fn over_rejected(&self) -> (u64, u64) {
        (self.outer_loads.next(), self.rejected().await)
    }

    #[cacheable("over_bypassed")]
    async fn over_bypassed(&self) -> (u64, u64) {
        (self.outer_loads.next(), bypass(self.inner(1)).await)
    }

    #[cacheable("over_many:{count}")]
    async fn over_many(&self, count: u64) -> u64 {
        for id in 0..count {
            self.tagged(id).await;
        }
        self.outer_loads.next()
    }

    #[cacheable("over_over_many:{count}")]
    async fn over_over_many(&self, count: u64) -> u64 {
        self.over_many(count).await
    }

    #[cacheable("tagged:{id}", tags = ["tagged:{id}"])]
    async fn tagged(&self, id: u64) -> u64 {
        id
    }

    #[cacheable("elsewhere", cache = self.other, tags = ["inner:1"])]
    async fn elsewhere(&self) -> u64 {
        self.inner(1).await
    }

    #[cacheable("over_elsewhere")]
    async fn over_elsewhere(&self) -> (u64, u64) {
        (self.outer_loads.next(), self.elsewhere().await)
    }

    #[cacheable("gated:{id}")]
    async fn gated(&self, id: u64) -> (u64, u64) {
        let inner = self.inner(id).await;
        self.gate.pass().await;
        (self.outer_loads.next(), inner)
    }

    #[cache_put("inner:{id}", tags = ["put"])]
    async fn write(&self, id: u64) -> u64 {
        self.loads.next() + id - id
    }

    #[cache_evict(key = "inner:{id}")]
    async fn evict_key(&self, id: u64) {}

    #[cacheable("spawning")]
    async fn spawning(self: Arc<Self>) -> (u64, u64) {
        let load = self.outer_loads.next();
        (load, tokio::spawn(async move { self.inner(1).await }).await.expect("it does not panic"))
    }
}

#[tokio::test]
async fn an_eviction_of_a_tag_reaches_what_was_made_of_an_entry_that_carries_it() {
    let service = Service::new();
    assert_eq!(service.outer(1).await, (1, 1));
    service.evict("inner:2").await;
    assert_eq!(service.outer(1).await, (1, 1));
    service.evict("inner:1").await;
    assert_eq!(service.outer(1).await, (2, 2));
}

#[tokio::test]
async fn tags_are_inherited_also_from_a_hit() {
    let service = Service::new();
    service.inner(1).await;
    assert_eq!(service.outer(1).await, (1, 1));
    service.evict("inner:1").await;
    assert_eq!(service.outer(1).await, (2, 2));
}

#[tokio::test]
async fn tags_are_inherited_through_several_functions() {
    let service = Service::new();
    assert_eq!(service.outermost(1).await, (1, 1));
    service.evict("inner:1").await;
    assert_eq!(service.outermost(1).await, (2, 2));
    // And where the one in the middle is a hit.
    service.evict("outermost").await;
    assert_eq!(service.outermost(1).await, (2, 2));
    service.evict("inners").await;
    assert_eq!(service.outermost(1).await, (3, 3));
}

#[tokio::test]
async fn tags_are_inherited_from_a_load_that_another_call_leads() {
    let service = Service::new();
    let leader = held(service.slow()).await;
    let outer = held(service.over_slow(1)).await;
    service.gate.open();
    assert_eq!(within(futures::future::join(leader, outer)).await, (1, (1, 1)));
    service.evict("slow").await;
    assert_eq!(service.over_slow(1).await, (2, 2));
}

#[tokio::test]
async fn tags_that_the_value_names_are_inherited() {
    let service = Service::new();
    assert_eq!(service.over_by_value(7).await, (1, 7));
    service.evict("value:8").await;
    assert_eq!(service.over_by_value(7).await, (1, 7));
    service.evict("value:7").await;
    assert_eq!(service.over_by_value(7).await, (2, 7));
}

#[tokio::test]
async fn tags_of_a_value_that_was_put_are_inherited() {
    let service = Service::new();
    service.write(1).await;
    assert_eq!(service.outer(1).await, (1, 1));
    service.evict("put").await;
    assert_eq!(service.outer(1).await, (2, 2));
}

#[tokio::test]
async fn tags_of_a_none_are_inherited_with_those_that_it_is_made_of() {
    for tag in ["maybe", "inner:1"] {
        let service = Service::new();
        service.is_gone.store(true, Ordering::SeqCst);
        assert_eq!(service.over_maybe().await, (1, false));
        service.is_gone.store(false, Ordering::SeqCst);
        assert_eq!(service.over_maybe().await, (1, false));
        service.evict(tag).await;
        assert_eq!(service.over_maybe().await, (2, true));
    }
}

#[tokio::test]
async fn tags_of_a_none_that_another_call_loads_are_inherited_with_those_that_it_is_made_of() {
    for tag in ["slow_none", "inner:1"] {
        let service = Service::new();
        let leader = held(service.slow_none()).await;
        let outer = held(service.over_slow_none(1)).await;
        service.gate.open();
        assert_eq!(within(futures::future::join(leader, outer)).await, (None, (1, None)));
        service.evict(tag).await;
        assert_eq!(service.over_slow_none(1).await, (2, None));
    }
}

#[tokio::test]
async fn a_function_that_inherits_nothing_is_not_reached() {
    let service = Service::new();
    assert_eq!(service.alone(1).await, (1, 1));
    service.evict("inner:1").await;
    assert_eq!(service.alone(1).await, (1, 1));
}

#[tokio::test]
async fn what_a_function_does_not_inherit_it_does_not_pass_on() {
    let service = Service::new();
    assert_eq!(service.around_alone(1).await, (1, 1));
    service.evict("inner:1").await;
    assert_eq!(service.around_alone(1).await, (1, 1));
}

#[tokio::test]
async fn an_eviction_of_a_key_does_not_reach_what_was_made_of_its_entry() {
    let service = Service::new();
    assert_eq!(service.outer(1).await, (1, 1));
    service.evict_key(1).await;
    assert_eq!(service.outer(1).await, (1, 1));
}

#[tokio::test]
async fn what_an_invalidation_overtakes_is_not_stored() {
    let service = Service::new();
    let outer = held(service.gated(1)).await;
    service.evict("inner:1").await;
    service.gate.open();
    assert_eq!(within(outer).await, (1, 1));
    assert_eq!(service.gated(1).await, (2, 2));
}

#[tokio::test]
async fn a_value_made_of_one_whose_tags_nobody_knows_is_not_stored() {
    let service = Service::new();
    assert_eq!(service.over_rejected().await, (1, 1));
    assert_eq!(service.cache.stats().untracked, 1);
    assert_eq!(service.over_rejected().await, (2, 1));
}

#[tokio::test]
async fn a_bypassed_call_passes_its_tags_on() {
    let service = Service::new();
    assert_eq!(service.over_bypassed().await, (1, 1));
    service.evict("inner:1").await;
    assert_eq!(service.over_bypassed().await, (2, 2));
}

#[tokio::test]
async fn sixty_four_tags_are_inherited() {
    let service = Service::new();
    assert_eq!(service.over_many(64).await, 1);
    assert_eq!(service.over_many(64).await, 1);
    service.evict("tagged:63").await;
    assert_eq!(service.over_many(64).await, 2);
}

#[tokio::test]
async fn a_value_that_would_inherit_more_tags_than_64_is_not_stored_and_neither_is_what_is_made_of_it() {
    let service = Service::new();
    assert_eq!(service.over_over_many(65).await, 1);
    assert_eq!(service.cache.stats().untracked, 2);
    assert_eq!(service.over_over_many(65).await, 2);
}

#[tokio::test]
async fn tags_of_another_cache_are_not_inherited_from_it() {
    let service = Service::new();
    service.elsewhere().await;
    assert_eq!(service.over_elsewhere().await, (1, 1));
    service.evict("inner:1").await;
    assert_eq!(service.over_elsewhere().await, (1, 1));
}

#[tokio::test]
async fn tags_of_calls_in_a_spawned_task_are_not_inherited() {
    let service = Service::new();
    assert_eq!(Arc::clone(&service).spawning().await, (1, 1));
    service.evict("inner:1").await;
    assert_eq!(Arc::clone(&service).spawning().await, (1, 1));
}
