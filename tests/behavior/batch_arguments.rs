//! `batch` beside the arguments that change how the engine treats entries: they hold for each element.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use larder::{Cache, HasCache, ManualClock, cacheable};

use crate::support::{Gate, cache_with_clock, held, within};

const SECOND: Duration = Duration::from_secs(1);

#[derive(HasCache)]
struct Service {
    cache: Cache,
    clock: ManualClock,
    gate: Gate,
    asked: Mutex<Vec<Vec<u64>>>,
}

impl Service {
    fn new() -> Self {
        let (cache, clock) = cache_with_clock();
        Self { cache, clock, gate: Gate::closed(), asked: Mutex::default() }
    }

    fn load(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.asked.lock().expect("nobody panics").push(ids.to_vec());
        ids.iter().filter(|id| **id < 1000).map(|id| (*id, id * 10)).collect()
    }

    fn asked(&self) -> Vec<Vec<u64>> {
        std::mem::take(&mut *self.asked.lock().expect("nobody panics"))
    }

    #[cacheable("{ids}", batch, ttl = "1m", idle = "10s", cache_none)]
    async fn idle(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("{ids}", batch, ttl = "100s", jitter = "10%", cache_none)]
    async fn jittered(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("{ids}", batch, single_flight = off)]
    async fn each_for_itself(&self, ids: &[u64]) -> HashMap<u64, u64> {
        let found = self.load(ids);
        self.gate.pass().await;
        found
    }

    #[cacheable("{ids}", batch, version = 2, cache_none)]
    async fn second_version(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("{ids}", batch, version = 3, cache_none)]
    async fn third_version(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("{id}", version = 2, cache_none)]
    async fn one_of_second_version(&self, id: u64) -> Option<u64> {
        self.load(&[id]).remove(&id)
    }

    #[cacheable("{ids}", batch)]
    async fn keeps_no_none(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("{ids}", batch, l1 = off)]
    async fn without_memory(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }

    #[cacheable("{ids}", batch, l2 = off)]
    async fn in_memory(&self, ids: &[u64]) -> HashMap<u64, u64> {
        self.load(ids)
    }
}

#[tokio::test]
async fn each_element_ends_when_nobody_reads_it() {
    let service = Service::new();
    within(service.idle(&[1, 2, 1000])).await;
    service.clock.advance(9 * SECOND);
    within(service.idle(&[1, 1000])).await;
    service.clock.advance(9 * SECOND);
    within(service.idle(&[1, 2, 1000])).await;
    assert_eq!(service.asked(), [vec![1, 2, 1000], vec![2]]);
}

#[tokio::test]
async fn the_elements_of_one_load_do_not_end_together() {
    let service = Service::new();
    for ids in [(0..200).collect::<Vec<u64>>(), (1000..1200).collect()] {
        within(service.jittered(&ids)).await;
        service.clock.advance(89 * SECOND);
        within(service.jittered(&ids)).await;
        assert_eq!(service.asked().len(), 1, "none lives less than nine tenths of its time");
        service.clock.advance(6 * SECOND);
        within(service.jittered(&ids)).await;
        let midway = service.asked().concat().len();
        assert!((50..150).contains(&midway), "{midway} of 200 have ended midway");
    }
}

#[tokio::test]
async fn with_single_flight_off_every_batch_asks_for_what_it_lacks() {
    let service = Service::new();
    let first = held(service.each_for_itself(&[1, 2])).await;
    let second = held(service.each_for_itself(&[2, 3])).await;
    assert_eq!(service.asked(), [[1, 2], [2, 3]]);
    service.gate.open();
    within(first).await;
    within(second).await;
    within(service.each_for_itself(&[1, 2, 3])).await;
    assert!(service.asked().is_empty());
}

#[tokio::test]
async fn elements_of_another_version_are_misses() {
    let service = Service::new();
    within(service.second_version(&[1, 1000])).await;
    assert_eq!(within(service.one_of_second_version(1)).await, Some(10));
    assert_eq!(within(service.one_of_second_version(1000)).await, None);
    within(service.second_version(&[1, 1000])).await;
    assert_eq!(service.asked(), [[1, 1000]]);
    within(service.third_version(&[1, 1000])).await;
    assert_eq!(service.asked(), [[1, 1000]]);
}

#[tokio::test]
async fn a_stored_none_is_a_miss_for_a_batch_that_keeps_none() {
    let service = Service::new();
    within(service.idle(&[1000])).await;
    within(service.keeps_no_none(&[1000])).await;
    assert_eq!(service.asked(), [[1000], [1000]]);
}

#[tokio::test]
async fn without_memory_no_element_is_looked_for_there() {
    let service = Service::new();
    within(service.in_memory(&[1, 2])).await;
    within(service.without_memory(&[1, 2])).await;
    assert_eq!(service.asked(), [[1, 2], [1, 2]]);
}

#[tokio::test]
async fn without_a_second_level_that_is_not_there_nothing_changes() {
    let service = Service::new();
    within(service.in_memory(&[1, 2])).await;
    within(service.in_memory(&[1, 2])).await;
    assert_eq!(service.asked(), [[1, 2]]);
}
