//! A service whose functions cache what tests read and write by hand.

use std::sync::Arc;

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Gate, Loads};

#[derive(Debug, HasCache)]
pub(crate) struct Users {
    pub(crate) cache: Cache,
    pub(crate) loads: Arc<Loads>,
    pub(crate) gate: Arc<Gate>,
}

impl Users {
    pub(crate) fn new(cache: Cache) -> Self {
        Self { cache, loads: Arc::default(), gate: Arc::new(Gate::closed()) }
    }

    #[cacheable("{id}", namespace = "users", tags = ["team"])]
    pub(crate) async fn get(&self, id: &str) -> u64 {
        let _ = id;
        self.loads.next()
    }

    /// The same, held up in its body.
    #[cacheable("{id}", namespace = "users", tags = ["team"])]
    pub(crate) async fn slow(&self, id: &str) -> u64 {
        let _ = id;
        let load = self.loads.next();
        self.gate.pass().await;
        load
    }

    #[cacheable("{id}", namespace = "users", version = 2)]
    pub(crate) async fn second(&self, id: &str) -> u64 {
        let _ = id;
        self.loads.next()
    }

    #[cacheable("of [{team}:{id}", namespace = "users")]
    pub(crate) async fn of_team(&self, team: &str, id: u64) -> u64 {
        let _ = (team, id);
        self.loads.next()
    }

    #[cacheable("{id}", namespace = "users")]
    pub(crate) async fn maybe(&self, id: &str) -> Option<u64> {
        let _ = id;
        self.loads.next();
        None
    }

    #[cacheable("{id}", namespace = "rates", tenant = none)]
    pub(crate) async fn rate(&self, id: &str) -> u64 {
        let _ = id;
        self.loads.next()
    }

    #[cache_put("{id}", namespace = "users")]
    pub(crate) async fn save(&self, id: &str, value: u64) -> u64 {
        let _ = id;
        value
    }

    #[cache_evict(key = "{id}", namespace = "users")]
    pub(crate) async fn delete(&self, id: &str) {
        let _ = id;
    }
}
