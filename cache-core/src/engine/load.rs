//! Step 4: the body. The only part of the engine that is compiled for each annotated function: a thin shell around
//! the body's future and the value's type.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use crate::engine::counters::count;
use crate::engine::failing::{Failing, OnTrouble};
use crate::engine::join::Joined;
use crate::engine::lead::Lead;
use crate::engine::level2::fetch::Found;
use crate::engine::look_up::{Call, Miss};
use crate::engine::on_error::OnError;
use crate::engine::outcome::End;
#[cfg(any(test, feature = "testing"))]
use crate::engine::probe::Point;
use crate::engine::store::{Loaded, Parcel};
use crate::flight::chain;
use crate::flight::load::Landing;
use crate::model::around;
use crate::model::error::Error;
use crate::model::outcome::Answer;
use crate::model::plan::{Decision, Plan};
use crate::model::returned::{Seen, Shape};
use crate::model::shared::Shared;
use crate::scope::Use;
use crate::wire::failure::StoredError;
use crate::wire::value::Stored;

/// Answers a call that found nothing: from a load that runs already, or by running `body`. Without a `miss` the call
/// has nothing to do with the cache.
///
/// # Panics
/// Where `body` does, and where the load did that this call waited for.
///
/// # Cancel safety
/// Dropped while it leads, it passes the load to a waiting call; dropped while it waits, it changes nothing.
#[doc(hidden)]
pub async fn load<S: Shape, B: Future<Output = S::Return>>(
    miss: Option<Box<Miss>>,
    _: S,
    stored: Stored<S::Value>,
    errors: OnError<S::Value, S::Error, impl FnOnce(&S::Error) -> Option<Duration>, S::Return>,
    plan: Plan,
    decide: impl FnOnce(&S::Value, &mut Decision),
    body: B,
) -> S::Return {
    let Some(miss) = miss else { return body.await };
    if miss.wanted == Use::None {
        return miss.pass_by::<S, _>(&plan, decide, errors.trouble, pin!(body)).await;
    }
    let OnError { shared, kept, life, trouble } = errors;
    let mut lead = match miss.join_as::<S>(&stored, shared.as_ref(), kept, trouble, &plan).await {
        Ok(result) => return result,
        Err(lead) => lead,
    };
    let mut decide = Some(decide);
    let found = match miss.fetch(&mut lead, &plan, trouble).await {
        Ok(found) => found,
        Err(result) => return result,
    };
    if let Some(found) = found {
        let Some(value) = (stored.open)(&found.entry) else {
            return miss.without_value::<S>(&lead, found, kept);
        };
        if !plan.more_tags || found.carries(&lead.decide(&value, decide.take()).tags) {
            miss.keep(&lead, Answer::Hit, found);
            return S::value(value);
        }
        lead.give_up();
    }
    miss.call.count_miss();
    lead.note_beginning();
    let (value, failed) = S::take(lead.run(pin!(body)).await);
    miss.tell(End { not_remote: lead.not_remote, ..End::without_entry(miss.answer()) });
    let (stored_error, failed) = lead.settle::<S>(failed, OnError { shared, kept, life, trouble }, &plan);
    if let Some(result) = failed {
        return result;
    }
    // Given up before the wait: what holds an error need not be `Send`.
    drop(failed);
    #[cfg(any(test, feature = "testing"))]
    miss.call.engine.stop_at(Point::BeforeStore, miss.call.operation).await;
    if let (Some(Loaded::Error(parcel, failed)), Some(kept)) = (stored_error, kept) {
        return lead.deliver_error::<S>(parcel, failed, kept).await;
    }
    let loaded = match &value {
        Some(value) => lead.or_panicked(|| {
            let decision = decide.map(|decide| decided(&miss.call, value, decide));
            lead.pack(&stored, value, &plan, decision.as_ref())
        }),
        None => lead.pack_none(&plan),
    };
    match (lead.deliver(loaded, OnTrouble::of(trouble)).await, trouble) {
        (Err(error), Some(failing)) => failing(error),
        _ => S::whole(value),
    }
}

fn decided<V>(call: &Call, value: &V, decide: impl FnOnce(&V, &mut Decision)) -> Decision {
    let mut decision = Decision::new(call.secret());
    decide(value, &mut decision);
    decision
}

impl Miss {
    /// Runs the body, as if there were no cache; or fails, where that is for want of a tenant and the function fails then.
    async fn pass_by<S: Shape, B: Future<Output = S::Return>>(
        &self,
        plan: &Plan,
        decide: impl FnOnce(&S::Value, &mut Decision),
        trouble: Option<Failing<S::Return>>,
        mut body: Pin<&mut B>,
    ) -> S::Return {
        if let (true, Some(failing)) = (self.lacks_tenant, trouble) {
            return failing(Error::tenant_missing());
        }
        let heard = self.call.engine.heard();
        let result = std::future::poll_fn(|context| around::in_body(|| body.as_mut().poll(context))).await;
        self.tell(End::without_entry(Answer::Bypassed));
        if !chain::is_inside() {
            return result;
        }
        // What is loaded around it is made of this value all the same.
        let (value, failed) = S::take(result);
        let decision = value.as_ref().map(|value| decided(&self.call, value, decide));
        self.bequeath_passed(plan, decision.as_ref(), heard);
        failed.unwrap_or_else(|| S::whole(value))
    }

    /// What it is called that this call runs its body and stores what comes of it.
    pub(crate) fn answer(&self) -> Answer {
        if let Use::Fresh(_) = self.wanted { Answer::Refreshed } else { Answer::Miss }
    }

    /// The `None` or the error that the second level had.
    fn without_value<S: Shape>(
        &self,
        lead: &Lead,
        found: Found,
        kept: Option<StoredError<S::Value, S::Error>>,
    ) -> S::Return {
        let error = kept.and_then(|kept| (kept.open)(&found.entry));
        self.keep(lead, Answer::Negative, found);
        error.map_or_else(|| S::whole(None), S::failed)
    }

    /// Ends with what the second level had.
    fn keep(&self, lead: &Lead, answer: Answer, found: Found) {
        self.bequeath_entry(Some(&found.entry));
        self.tell(End::found(answer, &found.entry));
        lead.keep(found);
    }

    /// What the second level has. With trouble the load ends, where the function fails then: for every call that waits for
    /// it, and for this one, whose result that is.
    async fn fetch<R>(&self, lead: &mut Lead, plan: &Plan, trouble: Option<Failing<R>>) -> Result<Option<Found>, R> {
        match (lead.fetch(plan).await, trouble) {
            (Ok(found), _) => Ok(found),
            (Err(error), Some(failing)) => {
                lead.fail_with(&error);
                self.tell(End { not_remote: lead.not_remote, ..End::without_entry(Answer::Failed) });
                Err(failing(error))
            }
            (Err(_), None) => Ok(None),
        }
    }

    /// The result of another call's load in this call's type, or the right to load.
    async fn join_as<S: Shape>(
        &self,
        stored: &Stored<S::Value>,
        shared: Option<&Shared<S::Error>>,
        kept: Option<StoredError<S::Value, S::Error>>,
        trouble: Option<Failing<S::Return>>,
        plan: &Plan,
    ) -> Result<S::Return, Lead> {
        let joined = self.join(plan, OnTrouble::of(trouble)).await;
        let result = match &joined {
            Joined::Lead(_) => None,
            Joined::Value(entry) if self.kind.is_none(entry) => S::absent(),
            Joined::Value(entry) => {
                (stored.open)(entry).map(S::value).or_else(|| kept.and_then(|kept| (kept.open)(entry)).map(S::failed))
            }
            Joined::Absent => S::absent(),
            Joined::Failed(cause) => cause.pass_on(shared, S::failed, trouble),
        };
        match (result, joined) {
            (Some(result), joined) => {
                count(&self.call.engine.counters.collapsed);
                self.bequeath_entry(joined.entry());
                self.tell(End { entry: joined.entry(), ..End::without_entry(joined.answer()) });
                Ok(result)
            }
            (None, Joined::Lead(lead)) => Err(lead),
            // An error of another type, from a function that shares the key and the type of the value.
            (None, _) => Err(self.lead_alone(plan)),
        }
    }
}

impl Lead {
    /// Runs the body inside this load. A panic goes on to the caller once the waiting calls are told.
    async fn run<B: Future>(&self, mut body: Pin<&mut B>) -> B::Output {
        #[cfg(any(test, feature = "testing"))]
        self.call.engine.about_to_load(self.call.operation).await;
        self.load.begin_body();
        std::future::poll_fn(|context| self.or_panicked(|| self.frame.enter(|| body.as_mut().poll(context)))).await
    }

    /// What a value that the second level had calls for.
    fn decide<V>(&self, value: &V, decide: Option<impl FnOnce(&V, &mut Decision)>) -> Decision {
        self.or_panicked(|| decide.map_or_else(Decision::default, |decide| decided(&self.call, value, decide)))
    }

    /// What becomes of a result that holds an error: an error to store, or the result itself, and then the load has ended.
    /// By value, as the result is not held while the error is stored: it need not be `Send`.
    fn settle<S: Shape>(
        &mut self,
        failed: Option<S::Return>,
        errors: OnError<S::Value, S::Error, impl FnOnce(&S::Error) -> Option<Duration>, S::Return>,
        plan: &Plan,
    ) -> (Option<Loaded>, Option<S::Return>) {
        let Some(result) = failed else { return (None, None) };
        let OnError { shared, kept, life, .. } = errors;
        let made_of = self.made_of(&self.load.floors, true);
        let stored = self.or_panicked(|| match (S::look(&result), kept) {
            (Seen::Failed(error), Some(kept)) => {
                life(error).and_then(|life| self.pack_error(error, kept, (life, plan), made_of))
            }
            _ => None,
        });
        if let Some(parcel) = stored {
            return (Some(Loaded::Error(parcel, self.sealed::<S>(&result, shared.as_ref()))), None);
        }
        self.give_back();
        self.or_panicked(|| self.fail::<S>(&result, shared.as_ref()));
        (None, Some(result))
    }

    /// Stores an error, and makes it the result. Trouble with that is none: the body has failed already, which says more.
    async fn deliver_error<S: Shape>(
        &mut self,
        parcel: Parcel,
        failed: Option<Arc<dyn Any + Send + Sync>>,
        kept: StoredError<S::Value, S::Error>,
    ) -> S::Return {
        let entry = Arc::clone(&parcel.entry);
        drop(self.deliver(Loaded::Error(parcel, failed), OnTrouble::GoOn).await);
        S::failed((kept.open)(&entry).unwrap_or_else(|| unreachable!("the entry was made of an error")))
    }

    /// Ends with trouble, before a body ran.
    pub(crate) fn fail_with(&mut self, error: &Error) {
        self.note_beginning();
        self.made_of(&self.load.floors, true);
        self.give_back();
        self.end(Landing::Troubled(error.clone()));
    }

    /// Hands an error to the calls that waited, where it can be copied.
    fn fail<S: Shape>(&self, result: &S::Return, shared: Option<&Shared<S::Error>>) {
        self.end(self.sealed::<S>(result, shared).map_or(Landing::Unshared, Landing::Failed));
    }

    /// A copy of an error for the calls that wait, where there can be one.
    fn sealed<S: Shape>(
        &self,
        result: &S::Return,
        shared: Option<&Shared<S::Error>>,
    ) -> Option<Arc<dyn Any + Send + Sync>> {
        match (S::look(result), shared) {
            (Seen::Failed(error), Some(shared)) => Some(self.or_panicked(|| (shared.seal)(error))),
            _ => None,
        }
    }

    /// Runs code of the user's. If it panics, the waiting calls are told before the panic goes on.
    pub(crate) fn or_panicked<R>(&self, run: impl FnOnce() -> R) -> R {
        catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
            self.end(Landing::Panicked);
            resume_unwind(panic)
        })
    }
}
