//! Step 2: wait for the load that runs, or lead one.

use std::any::Any;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::OwnedSemaphorePermit;

use crate::engine::counters::count;
use crate::engine::look_up::{Call, Miss};
use crate::engine::{Engine, Fence};
use crate::flight::chain::{self, Frame, Waiting};
use crate::flight::load::{Landing, Load};
use crate::flight::waits::Wait;
use crate::model::clock;
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
            let (load, wait) = match self.step(plan) {
                Step::Done(joined) => return joined,
                Step::Wait(load, wait) => (load, wait),
            };
            let landing = self.wait_for(&load).await;
            drop(wait);
            match landing {
                Landing::Value(entry) => return Joined::Value(entry),
                Landing::Absent => return Joined::Absent,
                Landing::Failed(error) => return Joined::Failed(error),
                Landing::Unshared => return self.after_unshared(&load, plan).await,
                Landing::Abandoned => {}
                Landing::Panicked => {
                    count(&self.call.engine.counters.collapsed);
                    panic!("the load of `{}` that this call waited for panicked", self.call.operation)
                }
            }
        }
    }

    /// The end of a load, or [`Landing::Abandoned`] once the lease is over: a leader that nobody polls, or that waits
    /// for this very call through another task, would else be waited for without end.
    async fn wait_for(&self, load: &Arc<Load>) -> Landing {
        let mut landing = std::pin::pin!(load.landing());
        let mut lease = std::pin::pin!(clock::sleep(self.call.engine.settings.lease));
        let landing = std::future::poll_fn(|context| match landing.as_mut().poll(context) {
            Poll::Ready(landing) => Poll::Ready(Some(landing)),
            Poll::Pending => lease.as_mut().poll(context).map(|()| None),
        });
        let landed = landing.await;
        landed.unwrap_or_else(|| {
            self.call.engine.flights.lock(&self.key).retire(&self.key, load);
            Landing::Abandoned
        })
    }

    /// Runs its own body, in turn with the others that waited for the same failed load.
    async fn after_unshared(&self, failed: &Load, plan: &Plan) -> Joined {
        // A call inside a load takes no turn: those who hold the turns might be waiting for that load.
        let turn = if chain::is_inside() { None } else { Arc::clone(&failed.turns).acquire_owned().await.ok() };
        if let Some(entry) = self.find() {
            return Joined::Value(entry);
        }
        let mut lead = self.lead_alone(plan);
        lead.turn = turn;
        Joined::Lead(lead)
    }

    fn step(&self, plan: &Plan) -> Step {
        let engine = &self.call.engine;
        let mut stripe = engine.flights.lock(&self.key);
        if let Some(load) = stripe.shared(&self.key, self.value).cloned() {
            if engine.joinable(&load) {
                return match chain::wait_for(load.id) {
                    Waiting::Allowed(wait) => {
                        load.wait_for();
                        Step::Wait(load, wait)
                    }
                    Waiting::WouldDeadlock => {
                        drop(stripe);
                        Step::Done(Joined::Lead(self.lead_alone(plan)))
                    }
                };
            }
            stripe.retire(&self.key, &load);
        }
        // A load that landed between the look-up and the lock has stored its value by now.
        if let Some(entry) = self.find() {
            return Step::Done(Joined::Value(entry));
        }
        let lead = self.lead(self.begin(plan));
        stripe.share(self.key.clone(), Arc::clone(&lead.load));
        Step::Done(Joined::Lead(lead))
    }

    /// The entry of this key, if it may be served and has the type that is wanted.
    fn find(&self) -> Option<Arc<Entry>> {
        self.call.engine.find(&self.key).filter(|entry| entry.value.type_id() == self.value)
    }

    /// Leads a load that no other call waits for.
    pub(crate) fn lead_alone(&self, plan: &Plan) -> Lead {
        let mut stripe = self.call.engine.flights.lock(&self.key);
        let lead = self.lead(self.begin(plan));
        stripe.enter_alone(self.key.clone(), Arc::clone(&lead.load));
        lead
    }

    /// Begins a load; called under the key's stripe lock, so that whoever invalidates later finds it.
    fn begin(&self, plan: &Plan) -> Arc<Load> {
        let engine = &self.call.engine;
        // The floors are held first: a cell that is made now may stand at the present sequence.
        let floors = engine.floors(self.call.space, self.call.operation.namespace(), &plan.tags);
        Arc::new(Load::new(self.value, engine.invalidations.now(), floors, plan.more_tags))
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
