//! What waits for a commit: for each cache one invalidation, which names everything once and is bounded.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::engine::Engine;
use crate::engine::invalidate::Invalidation;
use crate::model::entry_key::{self, CarriedHash, EntryKey};
use crate::model::key::KeyWriter;
use crate::model::namespace::{self, Namespace};
use crate::model::plan;

/// How many keys of one cache wait by name, and how many tags.
const KEPT: usize = 1024;
/// How many patterns do, each of which costs a walk over everything.
const WALKED: usize = 16;

/// What waits; `None` once the commit is over, or nothing came of it.
#[derive(Debug)]
pub(super) struct Waiting(Mutex<Option<Vec<Deferred>>>);

/// What waits in one space of one cache.
#[derive(Debug)]
pub(super) struct Deferred {
    engine: Arc<Engine>,
    /// Everything but the keys.
    reached: Invalidation,
    /// The keys, and the namespaces that they lie in.
    keys: HashMap<EntryKey, Namespace, CarriedHash>,
}

impl Default for Waiting {
    fn default() -> Self {
        Self(Mutex::new(Some(Vec::new())))
    }
}

impl Waiting {
    /// Adds an invalidation, whose keys lie in `namespaces`. Given back where nothing waits any more.
    pub(super) fn add(
        &self,
        engine: &Arc<Engine>,
        more: Invalidation,
        namespaces: &[Namespace],
    ) -> Option<Invalidation> {
        let mut waiting = self.0.lock();
        let Some(waiting) = &mut *waiting else { return Some(more) };
        let same = |waits: &&mut Deferred| Arc::ptr_eq(&waits.engine, engine) && waits.reached.space == more.space;
        match waiting.iter_mut().find(same) {
            Some(deferred) => deferred.add(more, namespaces),
            None => waiting.push(Deferred::new(engine, more, namespaces)),
        }
        None
    }

    /// Gives what waits, and lets nothing wait from now on.
    pub(super) fn close(&self) -> Vec<Deferred> {
        self.0.lock().take().unwrap_or_default()
    }
}

impl Deferred {
    fn new(engine: &Arc<Engine>, first: Invalidation, namespaces: &[Namespace]) -> Self {
        let reached = Invalidation::new(&first.space);
        let mut deferred = Self { engine: Arc::clone(engine), reached, keys: HashMap::default() };
        deferred.add(first, namespaces);
        deferred
    }

    fn add(&mut self, more: Invalidation, namespaces: &[Namespace]) {
        let Invalidation { keys, tags, patterns, namespaces: whole, everywhere, everything, .. } = more;
        for key in keys {
            match namespaces.iter().find(|namespace| self.is_in(&key, namespace)) {
                Some(namespace) => drop(self.keys.insert(key, namespace.clone())),
                // None that the caller knows, and all the same not to be lost.
                None => self.reached.everything = true,
            }
        }
        tags.iter().for_each(|tag| self.reached.tags.push_name(tag));
        add_new(&mut self.reached.patterns, patterns);
        add_new(&mut self.reached.namespaces, whole);
        add_new(&mut self.reached.everywhere, everywhere);
        self.reached.everything |= everything;
        self.bound();
    }

    fn is_in(&self, key: &EntryKey, namespace: &Namespace) -> bool {
        let mut head = KeyWriter::begin(&self.reached.space, namespace, &self.engine.settings.secret);
        key.bytes().starts_with(entry_key::finish(&mut head).bytes())
    }

    /// Widens what is too much, and leaves out what is reached anyway.
    fn bound(&mut self) {
        let reached = &mut self.reached;
        if reached.tags.iter().len() > KEPT {
            reached.everything = true;
        }
        if self.keys.len() > KEPT {
            add_new(&mut reached.namespaces, self.keys.values().cloned());
        }
        if reached.patterns.len() > WALKED {
            add_new(&mut reached.namespaces, reached.patterns.iter().map(|(namespace, _)| namespace.clone()));
        }
        if reached.everything {
            self.keys.clear();
            reached.patterns.clear();
            reached.namespaces.clear();
            let tags = std::mem::take(&mut reached.tags);
            // Those that other spaces have too are not reached with this one.
            let across = tags.iter().filter(|tag| plan::across_tenants(tag).is_some());
            across.for_each(|tag| reached.tags.push_name(tag));
        }
        let whole = &reached.namespaces;
        if whole.is_empty() {
            return;
        }
        let is_reached =
            |inner: &Namespace| whole.iter().any(|outer| namespace::contains(outer.as_str(), inner.as_str()));
        self.keys.retain(|_, namespace| !is_reached(namespace));
        reached.patterns.retain(|(namespace, _)| !is_reached(namespace));
    }

    fn into_invalidation(self) -> (Arc<Engine>, Invalidation) {
        let Self { engine, mut reached, keys } = self;
        reached.keys.extend(keys.into_keys());
        engine.count_invalidation(&reached);
        (engine, reached)
    }

    /// Invalidates in memory and on the second level.
    ///
    /// Cancel safe: once polled it is done.
    pub(super) async fn invalidate(self) {
        let (engine, reached) = self.into_invalidation();
        // Trouble is counted and said there; what was not delivered will be.
        drop(engine.invalidate(reached, engine.allowance()).await);
    }

    pub(super) fn invalidate_in_background(self) {
        let (engine, reached) = self.into_invalidation();
        engine.invalidate_in_background(reached);
    }
}

/// Adds what is not there yet.
fn add_new<T: PartialEq>(present: &mut Vec<T>, more: impl IntoIterator<Item = T>) {
    for one in more {
        if !present.contains(&one) {
            present.push(one);
        }
    }
}
