//! What a test sees of its caches, and where it holds them: the engine's part of the test kit.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use crate::engine::Engine;
use crate::engine::invalidate::Invalidation;
use crate::gates::{Gates, Keeper};
use crate::model::evicted::Evicted;
use crate::model::operation::Operation;

/// Where a load or a put can be held: see [`Kit::hold`](crate::testing::Kit::hold).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Point {
    /// The cache had nothing, and the body is about to run. What is invalidated now is newer than the load.
    BeforeBody,
    /// The body has returned, and what it brought is about to be stored. A body that brought nothing to store does not come
    /// here.
    BeforeStore,
}

/// What is held where: by the name of the function, where one was given.
#[derive(Debug)]
struct Stop {
    point: Point,
    function: Option<String>,
}

/// Where a load or a put is held.
pub(crate) struct Hold(Keeper<Stop>);

impl Hold {
    pub(crate) async fn reached(&self) {
        self.0.arrived().await;
    }
}

/// What the caches of a kit have in common.
#[derive(Default)]
pub(crate) struct Probe {
    nodes: Mutex<Vec<Weak<Engine>>>,
    evicted: Mutex<Vec<Evicted>>,
    /// By function.
    loads: Mutex<BTreeMap<&'static str, u64>>,
    stops: Gates<Stop>,
}

impl Probe {
    /// Notes a cache.
    pub(crate) fn watch(&self, engine: &Arc<Engine>) {
        self.nodes.lock().push(Arc::downgrade(engine));
    }

    /// The caches that are still there.
    pub(crate) fn nodes(&self) -> Vec<Arc<Engine>> {
        let mut nodes = self.nodes.lock();
        nodes.retain(|node| node.strong_count() > 0);
        nodes.iter().filter_map(Weak::upgrade).collect()
    }

    pub(crate) fn hold(&self, point: Point, function: Option<String>) -> Hold {
        Hold(self.stops.add(Stop { point, function }))
    }

    /// What was invalidated since this was asked for the last time.
    pub(crate) fn take_evicted(&self) -> Vec<Evicted> {
        std::mem::take(&mut self.evicted.lock())
    }

    /// How often a body has run to fill a cache: that of a function, or any.
    pub(crate) fn loads(&self, function: Option<&str>) -> u64 {
        let loads = self.loads.lock();
        loads
            .iter()
            .filter(|(name, _)| function.is_none_or(|function| function == **name))
            .map(|(_, count)| count)
            .sum()
    }

    pub(crate) fn note_evicted(&self, invalidation: &Invalidation) {
        let space = &invalidation.space;
        let mut evicted = self.evicted.lock();
        evicted.extend(invalidation.keys.iter().map(|key| Evicted::entry(space, key.full())));
        evicted.extend(invalidation.tags.iter().map(|tag| Evicted::tag_of(space, tag)));
        let patterns = invalidation.patterns.iter();
        evicted.extend(
            patterns
                .map(|(namespace, pattern)| Evicted::pattern(namespace.as_str(), pattern.to_string()).of_space(space)),
        );
        let of_space = |evicted: Evicted| evicted.of_space(space);
        evicted.extend(invalidation.namespaces.iter().map(|name| of_space(Evicted::namespace(name.as_str()))));
        let everywhere = invalidation.everywhere.iter();
        evicted.extend(everywhere.map(|name| Evicted::namespace(name.as_str()).across_tenants()));
        evicted.extend(invalidation.everything.then(|| of_space(Evicted::everything())));
        evicted.extend(invalidation.renews.then(|| Evicted::everything().across_tenants()));
    }
}

/// Without what was invalidated: keys may be secret.
impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Probe").finish_non_exhaustive()
    }
}

impl Engine {
    /// A body is about to run to fill the cache.
    pub(crate) async fn about_to_load(&self, operation: &Operation) {
        if let Some(probe) = &self.settings.probe {
            *probe.loads.lock().entry(operation.function()).or_default() += 1;
            self.stop_at(Point::BeforeBody, operation).await;
        }
    }

    /// Where a test may hold a load or a put.
    pub(crate) async fn stop_at(&self, point: Point, operation: &Operation) {
        if let Some(probe) = &self.settings.probe {
            let is_here = |stop: &Stop| {
                let is_of = stop.function.as_ref().is_none_or(|function| function == operation.function());
                stop.point == point && is_of
            };
            // Nobody fails what is held here.
            drop(probe.stops.pass(is_here).await);
        }
    }
}
