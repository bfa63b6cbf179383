//! The loads that run, by key. A stripe's lock is also what makes "check and store" one step.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;

use crate::flight::load::Load;
use crate::model::entry_key::{CarriedHash, EntryKey};
use crate::sync::{Mutex, MutexGuard};

const STRIPES: usize = 64;

/// The running loads. Only misses and invalidations come here, hits never do.
#[derive(Debug)]
pub(crate) struct Table(Box<[Mutex<Stripe>]>);

/// The loads of the keys that share a lock.
#[derive(Debug, Default)]
pub(crate) struct Stripe(HashMap<EntryKey, Slot, CarriedHash>);

#[derive(Debug, Default)]
struct Slot {
    /// The loads that later calls may wait for: one for each type of value, and one that queues behind a closed one.
    shared: Vec<Arc<Load>>,
    /// Loads that nobody waits for.
    alone: Vec<Arc<Load>>,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self((0..STRIPES).map(|_| Mutex::default()).collect())
    }

    /// Locks the stripe of a key.
    pub(crate) fn lock(&self, key: &EntryKey) -> MutexGuard<'_, Stripe> {
        self.lock_by(key.hash())
    }

    /// Locks the stripe of the keys with a hash.
    pub(crate) fn lock_by(&self, hash: u64) -> MutexGuard<'_, Stripe> {
        // The map inside a stripe goes by the lowest and the highest bits, so the stripe is chosen by others.
        #[allow(clippy::cast_possible_truncation, reason = "a remainder of the number of stripes")]
        let stripe = (hash >> 40) as usize % STRIPES;
        self.0[stripe].lock()
    }

    /// Invalidates every load whose key is reached, stripe by stripe.
    pub(crate) fn invalidate_where(&self, reached: impl Fn(&EntryKey) -> bool) {
        for stripe in &self.0 {
            stripe.lock().invalidate_where(&reached);
        }
    }
}

impl Stripe {
    /// The newest load of a key that may be waited for by calls that want this type.
    pub(crate) fn shared(&self, key: &EntryKey, value: (TypeId, u32)) -> Option<&Arc<Load>> {
        self.0.get(key)?.shared.iter().rfind(|load| load.value == value)
    }

    /// Enters a load that later calls may wait for.
    pub(crate) fn share(&mut self, key: EntryKey, load: Arc<Load>) {
        self.0.entry(key).or_default().shared.push(load);
    }

    /// Lets no later call wait for a load. It goes on, and stores if nothing that it lies on was invalidated.
    pub(crate) fn retire(&mut self, key: &EntryKey, load: &Arc<Load>) {
        if let Some(slot) = self.0.get_mut(key) {
            slot.alone.extend(slot.shared.extract_if(.., |shared| Arc::ptr_eq(shared, load)));
        }
    }

    /// Enters a load that nobody waits for.
    pub(crate) fn enter_alone(&mut self, key: EntryKey, load: Arc<Load>) {
        self.0.entry(key).or_default().alone.push(load);
    }

    /// Takes every load of a key away, as one that must not be stored and must not be joined.
    pub(crate) fn invalidate(&mut self, key: &EntryKey) {
        if let Some(slot) = self.0.remove(key) {
            slot.invalidate();
        }
    }

    /// The same for every key that is reached.
    pub(crate) fn invalidate_where(&mut self, reached: impl Fn(&EntryKey) -> bool) {
        self.0.retain(|key, slot| {
            let reached = reached(key);
            if reached {
                slot.invalidate();
            }
            !reached
        });
    }

    /// Takes a load away that has ended.
    pub(crate) fn leave(&mut self, key: &EntryKey, load: &Arc<Load>) {
        if let Some(slot) = self.0.get_mut(key) {
            slot.shared.retain(|shared| !Arc::ptr_eq(shared, load));
            slot.alone.retain(|alone| !Arc::ptr_eq(alone, load));
            if slot.shared.is_empty() && slot.alone.is_empty() {
                self.0.remove(key);
            }
        }
    }
}

impl Slot {
    fn invalidate(&self) {
        for load in self.shared.iter().chain(&self.alone) {
            load.invalidate_key();
        }
    }
}
