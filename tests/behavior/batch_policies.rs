//! `batch`: tags, lives and decisions are each element's own.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use larder::{Answer, Cache, HasCache, ManualClock, bypass, cache_evict, cacheable, observe, refresh};

use crate::support::{cache_with_clock, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    clock: ManualClock,
    asked: Mutex<Vec<Vec<u64>>>,
}

impl Service {
    fn new() -> Self {
        let (cache, clock) = cache_with_clock();
        Self { cache, clock, asked: Mutex::default() }
    }

    fn load(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.asked.lock().expect("nobody panics").push(ids.to_vec());
        ids.iter().filter(|id| **id < 100).map(|id| (*id, id * 10)).collect()
    }

    fn asked(&self) -> Vec<Vec<u64>> {
        std::mem::take(&mut *self.asked.lock().expect("nobody panics"))
    }

    #[cacheable("item:{ids}", batch, tags = ["item-{ids}", "shop-{shop}", format!("even-{}", *ids % 2 == 0)], skip(shop))]
    async fn tagged(&self, ids: &[u64], shop: u64) -> HashMap<u64, u64> {
        let _ = shop;
        self.load(ids)
    }

    #[cacheable("by value:{ids}", batch, tags = |value| [format!("value-{value}"), format!("item-{ids}")])]
    async fn tagged_by_value(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("by result:{ids}", batch, tags = ["{shop}:{ids}:{result}"], skip(shop))]
    async fn tagged_by_both(&self, ids: Vec<u64>, shop: String) -> HashMap<u64, u64> {
        drop(shop);
        self.load(&ids)
    }

    #[cacheable("short:{ids}", batch, ttl = Duration::from_secs(*ids))]
    async fn lives_by_element(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("short:{ids}", batch, ttl = |value| Duration::from_secs(*value))]
    async fn lives_by_value(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("vetoed:{ids}", batch, unless = |value| *value > 15)]
    async fn vetoed(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("none:{ids}", batch, cache_none = "30s")]
    async fn with_none(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("none:{id}", cache_none)]
    async fn one_with_none(&self, id: u64) -> Option<u64> {
        self.load(&[id]).remove(&id)
    }

    #[cacheable("rate", tags = ["rates"])]
    async fn rate(&self) -> u64 {
        self.asked.lock().expect("nobody panics").push(vec![]);
        2
    }

    #[cacheable("priced:{ids}", batch)]
    async fn priced(&self, ids: &[u64]) -> HashMap<u64, u64> {
        let rate = self.rate().await;
        self.load(ids).into_iter().map(|(id, price)| (id, price * rate)).collect()
    }

    #[cacheable("sum", tags = ["sums"])]
    async fn sum(&self) -> u64 {
        self.tagged(&[1, 2], 7).await.into_values().sum()
    }

    #[cacheable("failing:{ids}", batch, tags = ["failing-{ids}"])]
    async fn failing(&self, ids: &[u64]) -> Result<HashMap<u64, u64>, String> {
        Err(format!("{:?}", self.load(ids)))
    }

    #[cacheable("absent:{ids}", batch, tags = ["absent-{ids}"])]
    async fn absent(&self, ids: &[u64]) -> Option<HashMap<u64, u64>> {
        self.load(ids);
        None
    }

    #[cacheable("are there")]
    async fn are_there(&self) -> (bool, bool) {
        (self.failing(&[1]).await.is_ok(), self.absent(&[1]).await.is_some())
    }

    #[cacheable("item:{ids}", batch)]
    fn sync(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("brief:{ids}", batch, l1_ttl = "10s")]
    async fn briefly_in_memory(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("nowhere:{ids}", batch, l1 = off)]
    async fn not_in_memory(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("item:{ids}", batch)]
    #[cache_evict(tags = ["shop-7"])]
    async fn that_evicts(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cache_evict(key = "item:{id}")]
    async fn evict(&self, id: u64) {}

    #[cache_evict(tags = [tag])]
    async fn evict_tag(&self, tag: &str) {}
}

#[tokio::test]
async fn the_key_of_one_element_is_evicted() {
    let service = Service::new();
    within(service.tagged(&[1, 2, 3], 7)).await;
    within(service.evict(2)).await;
    within(service.tagged(&[1, 2, 3], 7)).await;
    assert_eq!(service.asked(), [vec![1, 2, 3], vec![2]]);
}

#[tokio::test]
async fn the_elements_stay_in_memory_as_long_as_l1_ttl_says() {
    let service = Service::new();
    within(service.briefly_in_memory(&[1, 2])).await;
    service.clock.advance(Duration::from_secs(9));
    within(service.briefly_in_memory(&[1, 2])).await;
    assert_eq!(service.asked(), [[1, 2]]);
    service.clock.advance(Duration::from_secs(2));
    within(service.briefly_in_memory(&[1, 2])).await;
    assert_eq!(service.asked(), [[1, 2]]);
}

#[tokio::test]
async fn without_memory_every_element_is_asked_for_again() {
    let service = Service::new();
    within(service.not_in_memory(&[1, 2])).await;
    within(service.not_in_memory(&[1, 2])).await;
    assert_eq!(service.asked(), [[1, 2], [1, 2]]);
}

#[tokio::test]
async fn tags_are_each_elements_own() {
    let service = Service::new();
    within(service.tagged(&[1, 2, 3, 4], 7)).await;
    for (tag, reached) in [("item-3", vec![3]), ("even-true", vec![2, 4]), ("shop-7", vec![1, 2, 3, 4])] {
        service.asked();
        within(service.evict_tag(tag)).await;
        within(service.tagged(&[1, 2, 3, 4], 7)).await;
        assert_eq!(service.asked(), [reached], "{tag}");
    }
}

#[tokio::test]
async fn tags_of_the_values_are_each_elements_own() {
    let service = Service::new();
    within(service.tagged_by_value(&[1, 2, 3])).await;
    within(service.evict_tag("value-20")).await;
    within(service.evict_tag("item-3")).await;
    within(service.tagged_by_value(&[1, 2, 3])).await;
    assert_eq!(service.asked(), [vec![1, 2, 3], vec![2, 3]]);
}

#[tokio::test]
async fn tags_of_argument_element_and_value_are_each_elements_own() {
    let service = Service::new();
    let call = || service.tagged_by_both(vec![1, 2], "a".to_owned());
    within(call()).await;
    within(service.evict_tag("a:2:20")).await;
    within(call()).await;
    assert_eq!(service.asked(), [vec![1, 2], vec![2]]);
}

#[tokio::test]
async fn each_element_lives_as_long_as_it_says() {
    let service = Service::new();
    within(service.lives_by_element(&[1, 5])).await;
    service.clock.advance(Duration::from_secs(2));
    within(service.lives_by_element(&[1, 5])).await;
    assert_eq!(service.asked(), [vec![1, 5], vec![1]]);
}

#[tokio::test]
async fn each_value_lives_as_long_as_it_says() {
    let service = Service::new();
    within(service.lives_by_value(&[1, 5])).await;
    service.clock.advance(Duration::from_secs(20));
    within(service.lives_by_value(&[1, 5])).await;
    assert_eq!(service.asked(), [vec![1, 5], vec![1]]);
}

#[tokio::test]
async fn a_value_that_is_vetoed_is_returned_and_not_stored() {
    let service = Service::new();
    for _ in 0..2 {
        assert_eq!(within(service.vetoed(&[1, 2])).await, HashMap::from([(1, 10), (2, 20)]));
    }
    assert_eq!(service.asked(), [vec![1, 2], vec![2]]);
}

#[tokio::test]
async fn an_element_that_is_not_there_is_stored_as_none_where_that_is_wanted() {
    let service = Service::new();
    for _ in 0..2 {
        assert_eq!(within(service.with_none(&[1, 100, 101])).await, HashMap::from([(1, 10)]));
    }
    assert_eq!(within(service.one_with_none(100)).await, None);
    assert_eq!(service.asked(), [[1, 100, 101]]);
    service.clock.advance(Duration::from_secs(30));
    within(service.with_none(&[1, 100])).await;
    assert_eq!(service.asked(), [[100]]);
}

#[tokio::test]
async fn a_batch_that_bypasses_reads_and_stores_nothing() {
    let service = Service::new();
    within(service.tagged(&[1], 7)).await;
    within(bypass(service.tagged(&[1, 2, 2], 7))).await;
    within(bypass(service.tagged(&[], 7))).await;
    within(service.tagged(&[1, 2], 7)).await;
    assert_eq!(service.asked(), [vec![1], vec![1, 2, 2], vec![], vec![2]]);
}

#[tokio::test]
async fn a_batch_that_refreshes_loads_every_element_once() {
    let service = Service::new();
    within(service.tagged(&[1, 2], 7)).await;
    within(refresh(service.tagged(&[1, 2, 2], 7))).await;
    within(service.tagged(&[1, 2], 7)).await;
    assert_eq!(service.asked(), [[1, 2], [1, 2]]);
}

#[tokio::test]
async fn each_element_inherits_the_tags_of_what_the_body_awaits() {
    let service = Service::new();
    within(service.priced(&[1, 2])).await;
    within(service.priced(&[1, 2, 3])).await;
    assert_eq!(service.asked(), [vec![], vec![1, 2], vec![3]]);
    within(service.evict_tag("rates")).await;
    within(service.priced(&[1, 2, 3])).await;
    assert_eq!(service.asked(), [vec![], vec![1, 2, 3]]);
}

#[tokio::test]
async fn a_function_that_awaits_a_batch_inherits_the_tags_of_its_elements() {
    let service = Service::new();
    for tag in ["item-1", "item-2", "shop-7"] {
        within(service.tagged(&[1], 7)).await;
        assert_eq!(within(service.sum()).await, 30);
        service.asked();
        within(service.evict_tag(tag)).await;
        within(service.sum()).await;
        assert!(!service.asked().is_empty(), "{tag}: the sum is made anew");
    }
}

#[tokio::test]
async fn a_function_that_awaits_a_batch_without_values_inherits_the_tags_of_its_elements() {
    let service = Service::new();
    for tag in ["failing-1", "absent-1"] {
        assert_eq!(within(service.are_there()).await, (false, false));
        service.asked();
        within(service.are_there()).await;
        assert!(service.asked().is_empty(), "it is stored");
        within(service.evict_tag(tag)).await;
        within(service.are_there()).await;
        assert!(!service.asked().is_empty(), "{tag}: it is made anew");
    }
}

#[tokio::test]
async fn a_batch_that_is_not_asynchronous_shares_its_entries() {
    let service = Service::new();
    within(service.tagged(&[1, 2], 7)).await;
    assert_eq!(service.sync(&[2, 3, 100]), HashMap::from([(2, 20), (3, 30)]));
    assert_eq!(within(service.tagged(&[3], 7)).await, HashMap::from([(3, 30)]));
    assert_eq!(service.asked(), [vec![1, 2], vec![3, 100]]);
}

#[tokio::test]
async fn a_batch_evicts_where_its_body_runs() {
    let service = Service::new();
    within(service.tagged(&[1], 7)).await;
    within(service.that_evicts(&[1])).await;
    within(service.tagged(&[1], 7)).await;
    within(service.that_evicts(&[1, 2])).await;
    within(service.tagged(&[1], 7)).await;
    assert_eq!(service.asked(), [[1], [2], [1]]);
}

#[tokio::test]
async fn each_element_is_told_of() {
    let service = Service::new();
    within(service.with_none(&[1, 100])).await;
    let observed = within(observe(service.with_none(&[1, 2, 100, 2]))).await;
    let answers: Vec<Answer> = observed.outcomes.iter().map(|outcome| outcome.answer).collect();
    assert_eq!(answers, [Answer::Hit, Answer::Negative, Answer::Miss]);
}
