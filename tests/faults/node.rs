//! A service with one method of each kind, and what it returns whatever is wrong with its second level.

use std::time::Duration;

use futures::future::{join, join_all};
use larder::{Cache, CacheBuilder, HasCache, cache_evict, cache_put, cacheable};

use crate::bench::{BUDGET, SECRET, cheap, fresh, margin};
use crate::metronome::Watch;
use crate::support::{Gate, Loads, within};

/// The service on one machine. Keys, values and errors are secrets.
#[derive(HasCache)]
pub(crate) struct Node {
    pub(crate) cache: Cache,
    pub(crate) loads: Loads,
    /// Tells its values from those of other nodes.
    number: String,
    /// Where its server is.
    pub(crate) at: String,
}

impl Node {
    pub(crate) fn new(builder: CacheBuilder, port: u16) -> Self {
        let watch = Watch::start();
        let cache = builder.build().expect("the settings are valid");
        assert!(
            watch.elapsed() < margin(),
            "a cache does not wait for its server, and this took {:?}",
            watch.elapsed()
        );
        Self { cache, loads: Loads::default(), number: fresh("value"), at: format!("127.0.0.1:{port}") }
    }

    fn load(&self) -> String {
        self.value(self.loads.next())
    }

    /// What its load of this number brings.
    pub(crate) fn value(&self, number: u64) -> String {
        format!("{}.{number}", self.number)
    }

    #[cacheable("item:{id}", namespace = "items", tags = ["items", "item:{id}"])]
    pub(crate) async fn item(&self, id: &str) -> String {
        self.load()
    }

    /// The same entry, loaded as slowly as the gate wants.
    #[cacheable("item:{id}", namespace = "items", tags = ["items", "item:{id}"])]
    pub(crate) async fn gated(&self, id: &str, gate: &Gate) -> String {
        let value = self.load();
        gate.pass().await;
        value
    }

    #[cacheable("failing:{id}", namespace = "items")]
    pub(crate) async fn failing(&self, id: &str) -> Result<String, String> {
        Err(format!("{id} is refused"))
    }

    #[cacheable("missing:{id}", namespace = "items")]
    pub(crate) async fn missing(&self, id: &str) -> Option<String> {
        None
    }

    #[cache_put("item:{id}", namespace = "items", tags = ["items", "item:{id}"])]
    pub(crate) async fn put(&self, id: &str, value: &str) -> String {
        value.to_owned()
    }

    #[cache_put("item:{id}", namespace = "items", tags = ["items", "item:{id}"])]
    pub(crate) async fn put_gated(&self, id: &str, value: &str, gate: &Gate) -> String {
        gate.pass().await;
        value.to_owned()
    }

    #[cache_put("item:{id}", namespace = "items")]
    pub(crate) async fn put_failing(&self, id: &str) -> Result<String, String> {
        Err(format!("{id} is refused"))
    }

    #[cache_put("item:{result.0}", namespace = "items", value = |both| both.1.clone())]
    pub(crate) async fn put_late(&self, id: &str, value: &str) -> (String, String) {
        (id.to_owned(), value.to_owned())
    }

    #[cache_evict("item:{id}", namespace = "items")]
    pub(crate) async fn evict(&self, id: &str) -> Result<u64, String> {
        Ok(7)
    }

    #[cache_evict(tags = ["item:{id}"])]
    pub(crate) async fn evict_tag(&self, id: &str) -> Option<u64> {
        None
    }

    #[cache_evict(namespace = "items", all)]
    pub(crate) async fn evict_all(&self) -> u64 {
        9
    }

    #[cache_evict(namespace = "items", pattern = "item:{id}*")]
    pub(crate) async fn evict_pattern(&self, id: &str) -> u64 {
        11
    }

    #[cache_evict("item:{id}", namespace = "items")]
    pub(crate) async fn evict_failing(&self, id: &str) -> Result<u64, String> {
        Err(format!("{id} is refused"))
    }
}

/// Every load, in every way: nothing that a caller sees is different from a service without trouble.
impl Node {
    /// Results are unchanged, and no call costs more than a budget.
    pub(crate) async fn loads_run(&self) {
        self.loads_run_in_herds(1).await;
    }

    /// The same where it is the fill that fails. Nobody has confirmed then that a value was not invalidated while it was
    /// loaded, and calls that came meanwhile are given a later one.
    pub(crate) async fn unconfirmed_loads_run(&self) {
        self.loads_run_in_herds(3).await;
    }

    async fn loads_run_in_herds(&self, loads: u64) {
        let before = self.loads.count();
        assert_eq!(cheap(self.item(&fresh("arg"))).await, self.value(before + 1));
        let id = fresh("arg");
        assert_eq!(cheap(self.failing(&id)).await, Err(format!("{id} is refused")));
        assert_eq!(cheap(self.missing(&fresh("arg"))).await, None);
        self.a_slow_load_runs().await;
        self.herds_run(loads).await;
    }

    /// A loader that takes long adds its own time, and no more.
    async fn a_slow_load_runs(&self) {
        let (id, gate) = (fresh("arg"), Gate::closed());
        let number = self.loads.count() + 1;
        let call = self.gated(&id, &gate);
        let length = Duration::from_millis(30);
        let load = async {
            gate.arrival().await;
            tokio::time::sleep(length).await;
            gate.let_through(1);
        };
        let watch = Watch::start();
        let (value, ()) = within(join(call, load)).await;
        let cost = watch.elapsed().saturating_sub(length);
        assert!(cost <= BUDGET + margin(), "the loader took {length:?}, and the cache {cost:?}");
        assert_eq!(value, self.value(number));
    }

    /// Many calls at once: those on one key share a load, and none waits for another's budget.
    async fn herds_run(&self, loads: u64) {
        let (id, gate, before) = (fresh("arg"), Gate::closed(), self.loads.count());
        let calls = join_all((0..50).map(|_| self.gated(&id, &gate)));
        let loader = async {
            gate.arrival().await;
            // As a loader that takes a moment does, this one lets those who wait come near.
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
            gate.open();
        };
        let (values, ()) = cheap(join(calls, loader)).await;
        let shared = self.loads.count() - before;
        assert!((1..=loads).contains(&shared), "calls that come together share {loads} load, and these made {shared}");
        assert!(values.iter().all(|value| (before..=before + loads).any(|number| *value == self.value(number))));
        let (ids, before): (Vec<_>, _) = ((0..50).map(|_| fresh("arg")).collect(), self.loads.count());
        cheap(join_all(ids.iter().map(|id| self.item(id)))).await;
        assert_eq!(self.loads.count(), before + 50, "each key is loaded");
    }

    /// What was loaded without the second level stays in memory for a moment.
    pub(crate) async fn memory_bridges(&self) {
        let (id, before) = (fresh("arg"), self.cache.stats().hits);
        let value = cheap(self.item(&id)).await;
        assert_eq!(cheap(self.item(&id)).await, value, "it is in memory for a moment");
        assert_eq!(self.cache.stats().hits, before + 1);
    }

    pub(crate) async fn puts_run(&self) {
        let (id, value) = (fresh("arg"), format!("{SECRET}put"));
        assert_eq!(cheap(self.put(&id, &value)).await, value);
        assert_eq!(cheap(self.put_failing(&id)).await, Err(format!("{id} is refused")));
        assert_eq!(cheap(self.put_late(&id, &value)).await, (id, value));
    }

    /// Evictions reach this node's memory at once.
    pub(crate) async fn evictions_run(&self) {
        for way in 0..4 {
            let (id, loads) = (fresh("arg"), self.loads.count());
            let old = cheap(self.item(&id)).await;
            match way {
                0 => assert_eq!(cheap(self.evict(&id)).await, Ok(7)),
                1 => assert_eq!(cheap(self.evict_tag(&id)).await, None),
                2 => assert_eq!(cheap(self.evict_all()).await, 9),
                _ => assert_eq!(cheap(self.evict_pattern(&id)).await, 11),
            }
            assert_ne!(cheap(self.item(&id)).await, old, "eviction {way} reaches memory");
            assert_eq!(self.loads.count(), loads + 2);
        }
        let id = fresh("arg");
        assert_eq!(cheap(self.evict_failing(&id)).await, Err(format!("{id} is refused")));
    }
}
