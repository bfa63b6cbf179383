//! Step 2: wait for the load that runs, or lead one.

use std::any::Any;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use crate::engine::look_up::{Call, Miss};
use crate::engine::{Engine, Fence};
use crate::flight::chain::{self, Frame, Waiting};
use crate::flight::load::{Landing, Load};
use crate::flight::waits::Wait;
use crate::model::entry::Entry;
use crate::model::entry_key::EntryKey;
use crate::model::plan::Plan;
use crate::model::validity;

/// How a call that found nothing goes on.
pub(crate) enum Joined {
    /// It leads: it runs its body.
    Lead(Lead),
    /// The value came meanwhile: from another call's load, or into memory.
    Value(Arc<Entry>),
    /// Another call's load found nothing.
    Absent,
    /// Another call's load failed.
    Failed(Arc<dyn Any + Send + Sync>),
}

/// The right and the duty to load. Dropped without [`land`](Lead::land), it passes to a waiting call.
#[derive(Debug)]
pub(crate) struct Lead {
    pub(crate) call: Call,
    pub(crate) key: EntryKey,
    pub(crate) load: Arc<Load>,
    pub(crate) frame: Arc<Frame>,
    /// Its turn, where it is one of many whose leader failed.
    turn: Option<OwnedSemaphorePermit>,
}

enum Step {
    Done(Joined),
    Wait(Arc<Load>, Option<Wait>),
}

impl Miss {
    /// Waits for another call's load, or leads.
    ///
    /// # Panics
    /// If the load that this call waited for panicked.
    pub(crate) async fn join(&self, plan: &Plan) -> Joined {
        loop {
            let load = match self.step(plan) {
                Step::Done(joined) => return joined,
                Step::Wait(load, wait) => {
                    let landing = load.landing().await;
                    drop(wait);
                    match landing {
                        Landing::Value(entry) => return Joined::Value(entry),
                        Landing::Absent => return Joined::Absent,
                        Landing::Failed(error) => return Joined::Failed(error),
                        Landing::Abandoned => continue,
                        Landing::Panicked => {
                            panic!("the load of `{}` that this call waited for panicked", self.call.operation)
                        }
                        Landing::Unshared => load,
                    }
                }
            };
            return self.after_unshared(&load, plan).await;
        }
    }

    /// Runs its own body, in turn with the others that waited for the same failed load.
    async fn after_unshared(&self, failed: &Load, plan: &Plan) -> Joined {
        // A call inside a load takes no turn: those who hold the turns might be waiting for that load.
        let turn = if chain::is_inside() { None } else { Arc::clone(&failed.turns).acquire_owned().await.ok() };
        if let Some(entry) = self.call.engine.find(&self.key) {
            return Joined::Value(entry);
        }
        let mut lead = self.lead_alone(plan);
        lead.turn = turn;
        Joined::Lead(lead)
    }

    fn step(&self, plan: &Plan) -> Step {
        let engine = &self.call.engine;
        let mut stripe = engine.flights.lock(&self.key);
        if let Some(load) = stripe.shared(&self.key) {
            if engine.joinable(load) {
                let load = Arc::clone(load);
                match chain::wait_for(load.id) {
                    Waiting::Allowed(wait) => {
                        load.wait_for();
                        return Step::Wait(load, wait);
                    }
                    Waiting::WouldDeadlock => {
                        drop(stripe);
                        return Step::Done(Joined::Lead(self.lead_alone(plan)));
                    }
                }
            }
            stripe.invalidate(&self.key);
        }
        // A load that landed between the look-up and the lock has stored its value by now.
        if let Some(entry) = engine.find(&self.key) {
            return Step::Done(Joined::Value(entry));
        }
        let load = self.begin(plan);
        stripe.share(self.key.clone(), Arc::clone(&load));
        Step::Done(Joined::Lead(self.lead(load)))
    }

    /// Leads a load that no other call waits for.
    pub(crate) fn lead_alone(&self, plan: &Plan) -> Lead {
        let mut stripe = self.call.engine.flights.lock(&self.key);
        let load = self.begin(plan);
        stripe.enter_alone(self.key.clone(), Arc::clone(&load));
        self.lead(load)
    }

    /// Begins a load; called under the key's stripe lock, so that whoever invalidates later finds it.
    fn begin(&self, plan: &Plan) -> Arc<Load> {
        let engine = &self.call.engine;
        // The floors are held first: a cell that is made now may stand at the present sequence.
        let floors = engine.floors(self.call.space, self.call.operation.namespace(), &plan.tags);
        Arc::new(Load::new(engine.invalidations.now(), floors, plan.more_tags))
    }

    fn lead(&self, load: Arc<Load>) -> Lead {
        let frame = Frame::new(load.id);
        Lead { call: self.call.clone(), key: self.key.clone(), load, frame, turn: None }
    }
}

impl Engine {
    fn joinable(&self, load: &Load) -> bool {
        match self.settings.fence {
            Fence::On => validity::joinable(load.began, &load.floors, load.more_tags, self.invalidations.last_tag()),
            #[cfg(feature = "test-hooks")]
            Fence::Off => true,
        }
    }
}

impl Lead {
    /// Ends the load for everybody who waits; where it ended already, nothing changes.
    pub(crate) fn end(&self, landing: Landing) {
        self.call.engine.flights.lock(&self.key).leave(&self.key, &self.load);
        self.load.land(landing);
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        self.end(Landing::Abandoned);
        drop(self.turn.take());
    }
}
