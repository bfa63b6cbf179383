//! Step 2: wait for the load that runs, or lead one.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crate::decisions::memory;
use crate::engine::counters::count;
use crate::engine::failing::{Cause, OnTrouble};
use crate::engine::lead::Lead;
use crate::engine::level2::fill::Right;
use crate::engine::level2::question::Way;
use crate::engine::look_up::Miss;
use crate::engine::{Engine, Fence};
use crate::flight::chain::{self, Frame, Waiting};
use crate::flight::load::{Landing, Load};
use crate::flight::table::Stripe;
use crate::flight::waits::Wait;
use crate::model::clock::{self, Stopwatch};
use crate::model::entry::Entry;
use crate::model::operation::Flights;
use crate::model::outcome::Answer;
use crate::model::plan::Plan;
use crate::scope::{Since, Use};

/// How a call that found nothing goes on.
#[allow(clippy::large_enum_variant, reason = "it lives for a moment, and leading is what most misses come to")]
pub(crate) enum Joined {
    /// It leads: it runs its body.
    Lead(Lead),
    /// The value came meanwhile: from another call's load, or into memory.
    Value(Arc<Entry>),
    /// Another call's load found nothing.
    Absent,
    /// Another call's load failed.
    Failed(Cause),
}

impl Joined {
    /// The entry that has the value, where one has.
    pub(crate) fn entry(&self) -> Option<&Entry> {
        match self {
            Joined::Value(entry) => Some(entry),
            Joined::Lead(_) | Joined::Absent | Joined::Failed(_) => None,
        }
    }

    /// How a call was answered that has waited.
    pub(crate) fn answer(&self) -> Answer {
        if let Joined::Failed(Cause::Trouble(_)) = self { Answer::Failed } else { Answer::Collapsed }
    }
}

/// What a call has come to that found nothing.
#[allow(clippy::large_enum_variant, reason = "as of `Joined`")]
#[derive(Debug)]
pub(crate) enum Followed {
    Lead(Lead),
    Value(Arc<Entry>),
    Absent,
    /// That load failed, with an error that can be copied.
    Failed(Cause, Arc<Load>),
    /// That load failed, with an error that cannot.
    Unshared(Arc<Load>),
}

enum Step {
    Done(Followed),
    Wait(Waiter),
    /// Lead, once the load before this one has had its answer.
    Queue(Lead, Arc<Load>, Marks),
}

/// What keeps rings of loads from waiting for themselves, for as long as a call waits.
type Marks = (Option<Wait>, Wait);

/// A call that waits for a load.
struct Waiter {
    load: Arc<Load>,
    /// Whether the call began before the load's body did.
    is_older_than_body: bool,
    mark: Option<Wait>,
}

/// What a call has come to so far.
#[derive(Debug, Default)]
pub(crate) struct Course {
    /// Whether it waits only for loads whose body has not begun yet, for the end of another told it nothing.
    is_choosy: bool,
    /// How long it has waited for others' questions to the second level: so much less it may wait for its own.
    pub(crate) lost: Duration,
}

impl Miss {
    /// Waits for another call's load, or leads.
    ///
    /// # Panics
    /// If the load that this call waited for panicked.
    pub(crate) async fn join(&self, plan: &Plan, on_trouble: OnTrouble) -> Joined {
        let mut course = Course { lost: self.call.settled().await, ..Course::default() };
        match self.follow(plan, &mut course).await {
            Followed::Lead(lead) => Joined::Lead(lead),
            Followed::Value(entry) => Joined::Value(entry),
            Followed::Absent => Joined::Absent,
            // Trouble of another call's is none of a function's that goes on in spite of it.
            Followed::Failed(Cause::Trouble(_), load) if on_trouble == OnTrouble::GoOn => {
                self.after_unshared(&load, plan).await
            }
            Followed::Failed(cause, _) => Joined::Failed(cause),
            Followed::Unshared(load) => self.after_unshared(&load, plan).await,
        }
    }

    /// Leads, or follows the loads of others until one of them tells how it ended, or leaves it to this call.
    ///
    /// Cancel safe: what `course` has noted holds for the next time.
    ///
    /// # Panics
    /// If the load that this call waited for panicked.
    pub(crate) async fn follow(&self, plan: &Plan, course: &mut Course) -> Followed {
        if self.shares_nothing() {
            return Followed::Lead(self.lead_alone(plan));
        }
        let is_strict = self.wanted == Use::PastMemory;
        loop {
            let waiter = match self.step(plan, course) {
                Step::Done(followed) => return followed,
                Step::Wait(waiter) => waiter,
                Step::Queue(lead, before, marks) => {
                    let followed = self.queue(lead, &before, course).await;
                    drop(marks);
                    match followed {
                        Some(followed) => return followed,
                        None => continue,
                    }
                }
            };
            let Waiter { load, is_older_than_body, mark } = waiter;
            let landing = self.within_lease(&load, load.landing(), course).await.unwrap_or(Landing::Abandoned);
            drop(mark);
            match landing {
                Landing::Value(_) | Landing::Absent | Landing::Failed(_)
                    if !load.answers(is_older_than_body, is_strict) =>
                {
                    course.is_choosy = true;
                }
                Landing::Value(entry) => return Followed::Value(entry),
                Landing::Absent => {
                    self.bequeath_load(&load);
                    return Followed::Absent;
                }
                Landing::Failed(error) => {
                    self.bequeath_load(&load);
                    return Followed::Failed(Cause::Body(error), load);
                }
                Landing::Troubled(error) => {
                    self.bequeath_load(&load);
                    return Followed::Failed(Cause::Trouble(error), load);
                }
                Landing::Unshared => return Followed::Unshared(load),
                Landing::Abandoned => {}
                Landing::Panicked => {
                    count(&self.call.engine.counters.collapsed);
                    panic!("the load of `{}` that this call waited for panicked", self.call.operation)
                }
            }
        }
    }

    /// Whether it neither waits for others' loads nor lets others wait for its own. A refresh takes loads away that began
    /// before it, and shares with refreshes only.
    fn shares_nothing(&self) -> bool {
        self.call.operation.flights == Flights::Off && self.since().is_none()
    }

    /// What a load comes to, or `None` once the lease is over: a leader that nobody polls, or that waits for this very
    /// call through another task, would else be waited for without end.
    async fn within_lease<T>(
        &self,
        load: &Arc<Load>,
        event: impl Future<Output = T>,
        course: &mut Course,
    ) -> Option<T> {
        let (watch, lost) = (Stopwatch::start(), load.lost());
        let mut event = std::pin::pin!(event);
        let mut lease = std::pin::pin!(clock::sleep(self.call.engine.settings.lease));
        let came = std::future::poll_fn(|context| match event.as_mut().poll(context) {
            Poll::Ready(come) => Poll::Ready(Some(come)),
            Poll::Pending => lease.as_mut().poll(context).map(|()| None),
        });
        let came = came.await;
        course.lost += watch.elapsed().min(load.lost().saturating_sub(lost));
        if came.is_none() {
            self.call.engine.flights.lock(&self.key).retire(&self.key, load);
        }
        came
    }

    /// Waits until the load before this one has had its answer. If that opened it again, this one is not needed.
    async fn queue(&self, mut lead: Lead, before: &Arc<Load>, course: &mut Course) -> Option<Followed> {
        let is_for_the_end = course.is_choosy && before.body_runs();
        let answered = async {
            if is_for_the_end {
                before.landing().await;
            }
            before.reopened().await
        };
        if self.within_lease(before, answered, course).await == Some(true) {
            return None;
        }
        lead.allowance.lose(course.lost);
        // It has landed, perhaps in memory.
        match self.find() {
            // Whoever waits for this load looks for himself: it is the memory's answer, which may be behind, and not all of
            // them want that.
            Some(entry) => {
                drop(lead);
                Some(Followed::Value(entry))
            }
            None => Some(Followed::Lead(lead)),
        }
    }

    /// Whether it loads in turn with others. A call inside a load does not: those who hold the turns might be waiting for
    /// that load. Nor does one that holds its thread: they might need it.
    pub(crate) fn takes_turns(&self) -> bool {
        !chain::is_inside() && !self.call.operation.is_sync()
    }

    /// Runs its own body, in turn with the others that waited for the same failed load.
    async fn after_unshared(&self, failed: &Load, plan: &Plan) -> Joined {
        let turn = if self.takes_turns() { Arc::clone(&failed.turns).acquire_owned().await.ok() } else { None };
        if let Some(entry) = self.find() {
            return Joined::Value(entry);
        }
        let mut lead = self.lead_alone(plan);
        lead.turn = turn;
        Joined::Lead(lead)
    }

    fn step(&self, plan: &Plan, course: &Course) -> Step {
        let engine = &self.call.engine;
        let mut stripe = engine.flights.lock(&self.key);
        if let Some(load) = stripe.shared(&self.key, self.kind.id()).cloned() {
            if engine.joinable(&load) && self.is_new_enough(&load) {
                if self.might_hold_up(&load) {
                    drop(stripe);
                    return Step::Done(Followed::Lead(self.lead_alone(plan)));
                }
                return match chain::wait_for(load.id) {
                    Waiting::Allowed(mark) if load.is_open() && !(course.is_choosy && load.body_runs()) => {
                        load.wait_for();
                        Step::Wait(Waiter { is_older_than_body: !load.body_runs(), load, mark })
                    }
                    Waiting::Allowed(mark) => {
                        let lead = self.lead(self.begin(plan));
                        stripe.share(self.key.clone(), Arc::clone(&lead.load));
                        // Who waits for this one waits for the one before it too.
                        let behind = chain::queue(lead.load.id, load.id);
                        Step::Queue(lead, load, (mark, behind))
                    }
                    Waiting::WouldDeadlock => {
                        drop(stripe);
                        Step::Done(Followed::Lead(self.lead_alone(plan)))
                    }
                };
            }
            stripe.retire(&self.key, &load);
        }
        Step::Done(self.lead_in(&mut stripe, plan, course))
    }

    /// Leads, where nobody else loads that could be waited for; `None`: somebody does.
    pub(crate) fn lead_or_find(&self, plan: &Plan, course: &Course) -> Option<Followed> {
        if self.shares_nothing() {
            return Some(Followed::Lead(self.lead_alone(plan)));
        }
        let engine = &self.call.engine;
        let mut stripe = engine.flights.lock(&self.key);
        if let Some(load) = stripe.shared(&self.key, self.kind.id()).cloned() {
            if engine.joinable(&load) && self.is_new_enough(&load) {
                if self.might_hold_up(&load) {
                    drop(stripe);
                    return Some(Followed::Lead(self.lead_alone(plan)));
                }
                return match chain::wait_for(load.id) {
                    Waiting::Allowed(_) => None,
                    Waiting::WouldDeadlock => {
                        drop(stripe);
                        Some(Followed::Lead(self.lead_alone(plan)))
                    }
                };
            }
            stripe.retire(&self.key, &load);
        }
        Some(self.lead_in(&mut stripe, plan, course))
    }

    /// Whether a load's leader might need the thread that this call would hold while it waited.
    fn might_hold_up(&self, load: &Load) -> bool {
        self.call.operation.is_sync() && !load.is_sync
    }

    /// Leads a load that later calls may wait for.
    fn lead_in(&self, stripe: &mut Stripe, plan: &Plan, course: &Course) -> Followed {
        if self.since().is_some() {
            // What they bring is older than what this call will.
            stripe.invalidate(&self.key);
        }
        // A load that landed between the look-up and the lock has stored its value by now.
        if let Some(entry) = self.find() {
            return Followed::Value(entry);
        }
        let mut lead = self.lead(self.begin(plan));
        lead.allowance.lose(course.lost);
        stripe.share(self.key.clone(), Arc::clone(&lead.load));
        Followed::Lead(lead)
    }

    /// The entry of this key, if it may be served and can answer this call.
    pub(crate) fn find(&self) -> Option<Arc<Entry>> {
        let asks_memory = self.wanted == Use::Usual && self.call.operation.uses_l1;
        if !asks_memory {
            return None;
        }
        self.call.engine.find(&self.key).filter(|entry| self.takes(entry))
    }

    /// Since when what it takes must have been loaded, where it refreshes.
    fn since(&self) -> Option<Since> {
        if let Use::Fresh(since) = self.wanted { Some(since) } else { None }
    }

    /// Whether what a load will bring is new enough: a refresh takes what another one loads whose body begins after it.
    fn is_new_enough(&self, load: &Load) -> bool {
        self.since().is_none_or(|since| load.refreshes && (load.id.0 > since.0 || !load.body_runs()))
    }

    /// Leads a load that no other call waits for.
    pub(crate) fn lead_alone(&self, plan: &Plan) -> Lead {
        let mut stripe = self.call.engine.flights.lock(&self.key);
        let mut lead = self.lead(self.begin(plan));
        lead.is_alone = true;
        stripe.enter_alone(self.key.clone(), Arc::clone(&lead.load));
        lead
    }

    /// Begins a load; called under the key's stripe lock, so that whoever invalidates later finds it.
    fn begin(&self, plan: &Plan) -> Arc<Load> {
        let engine = &self.call.engine;
        // The floors are held first: a cell that is made now may stand at the present sequence.
        let floors = engine.floors(&self.call, &plan.tags);
        let load = Load::new(self.kind.id(), engine.beginning(), floors, plan.more_tags);
        let load = if self.call.operation.is_sync() { load.that_is_sync() } else { load };
        Arc::new(if self.since().is_some() { load.that_refreshes() } else { load })
    }

    fn lead(&self, load: Arc<Load>) -> Lead {
        let frame = Frame::new(load.id, self.key.hash(), self.call.engine.id());
        Lead {
            call: self.call.clone(),
            key: self.key.clone(),
            load,
            frame,
            kind: self.kind,
            failure: self.failure,
            right: Right::None,
            allowance: self.call.engine.allowance(),
            not_remote: None,
            heard: None,
            refreshes: self.since().is_some(),
            way: Way::Alone,
            is_alone: false,
            turn: None,
        }
    }
}

impl Engine {
    fn joinable(&self, load: &Load) -> bool {
        match self.settings.fence {
            Fence::On => {
                memory::joinable(load.began.sequence, &load.floors, load.more_tags, self.invalidations.last_tag())
            }
            #[cfg(feature = "test-hooks")]
            Fence::Off => true,
        }
    }
}
