//! Step 4: store what a load brought, unless something that it lies on was invalidated meanwhile.

use std::sync::Arc;

use crate::engine::counters::count;
use crate::engine::join::Lead;
use crate::flight::load::Landing;
use crate::model::entry::Entry;
use crate::model::plan::{Decision, Plan};
use crate::model::value::Stored;

impl Lead {
    /// Stores the value if it may be, and hands it to the calls that waited.
    pub(crate) fn store<V>(&self, stored: &Stored<V>, value: &V, plan: &Plan, decision: &Decision) {
        let engine = &self.call.engine;
        let ttl = decision.ttl.or(plan.ttl).unwrap_or(engine.settings.ttl);
        let seal = || {
            let mut floors = self.load.floors.clone();
            engine.add_tags(self.call.space, &mut floors, &decision.tags);
            (stored.seal)(engine.header(self.load.began, floors, ttl), (stored.copy)(value))
        };
        if decision.rejected || ttl.is_zero() {
            engine.flights.lock(&self.key).leave(&self.key, &self.load);
            // Nobody can join any more; who did is given the value, though it is not stored.
            let landing = if self.load.is_waited_for() { Landing::Value(seal()) } else { Landing::Unshared };
            self.load.land(landing);
        } else {
            let entry = seal();
            self.store_entry(&entry);
            self.load.land(Landing::Value(entry));
        }
    }

    /// The check and the store are one step under the key's stripe lock, which an invalidation of the key takes too. A
    /// tag or a namespace that is invalidated right after the check has raised a floor that every look-up compares
    /// with the entry's own beginning, so it needs no lock.
    fn store_entry(&self, entry: &Arc<Entry>) {
        let engine = &self.call.engine;
        let mut stripe = engine.flights.lock(&self.key);
        let newer = engine.find(&self.key).is_some_and(|present| present.header.began > self.load.began);
        if newer {
            // Later calls did not wait for this load, and one of theirs has landed before it.
        } else if engine.storable(self.load.is_key_invalidated(), self.load.began, &entry.header.floors) {
            engine.memory.insert(self.key.clone(), Arc::clone(entry));
            count(&engine.counters.stored);
        } else {
            count(&engine.counters.refused);
        }
        stripe.leave(&self.key, &self.load);
    }
}
