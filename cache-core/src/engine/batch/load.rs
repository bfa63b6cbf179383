//! The body of a batch: run for the elements that it leads, and once more where others leave some to it.

use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;

use crate::engine::batch::gather::{Led, Members};
use crate::engine::batch::look_up::{Batch, Prepared};
use crate::engine::failing::{Failing, OnTrouble};
use crate::engine::level2::convoy::{Convoy, Patience, Ride};
use crate::engine::level2::fetch::Found;
use crate::engine::outcome::End;
#[cfg(any(test, feature = "testing"))]
use crate::engine::probe::Point;
use crate::engine::store::Loaded;
use crate::flight::chain::Frame;
use crate::flight::load::Landing;
use crate::model::around;
use crate::model::batched::{Collection, Collects};
use crate::model::error::Error;
use crate::model::outcome::Answer;
use crate::model::plan::Decision;
use crate::model::returned::{Seen, Shape};
use crate::model::shared::Shared;
use crate::scope::Use;
use crate::wire::value::Stored;

/// What the engine is handed of a batch's types.
#[doc(hidden)]
#[derive(Debug)]
pub struct Typed<S: Shape, C: Collects<Value: 'static>> {
    kind: C,
    stored: Stored<C::Value>,
    shared: Option<Shared<S::Error>>,
    trouble: Option<Failing<S::Return>>,
    shape: PhantomData<fn() -> S>,
}

/// The body of a batch, for any list of elements.
#[doc(hidden)]
#[derive(Debug)]
pub struct Body<F> {
    repeats: bool,
    run: F,
}

impl<S: Shape, C: Collects<Value: 'static>> Typed<S, C> {
    /// A shape, the kind of its collection, the functions of its value, of its error, and of trouble with the cache.
    pub fn new(
        _: S,
        kind: C,
        stored: Stored<C::Value>,
        shared: Option<Shared<S::Error>>,
        trouble: Option<Failing<S::Return>>,
    ) -> Self {
        Self { kind, stored, shared, trouble, shape: PhantomData }
    }
}

/// The result for a request of which these values were found.
pub fn gather<T, S, C, R>(_: S, kind: &C, elements: &[T], found: Vec<Option<C::Value>>) -> S::Return
where
    S: Shape<Value = C::Whole>,
    C: Collection<T, R>,
{
    S::value(kind.gather(elements, found))
}

impl<F> Body<F> {
    /// A body for such elements, which can run more than once, or is `None` from its second run on.
    pub fn new<T, B>(_: &[T], repeats: bool, run: F) -> Self
    where
        F: FnMut(Vec<T>) -> Option<B>,
    {
        Self { repeats, run }
    }
}

/// A body for such elements that can run once.
pub fn body_once<T, B>(_: &[T], run: impl FnOnce(Vec<T>) -> B) -> Body<impl FnMut(Vec<T>) -> Option<B>> {
    let mut run = Some(run);
    Body { repeats: false, run: move |elements| run.take().map(|run| run(elements)) }
}

/// Answers a call for many elements: from loads that run already, and by running `body` for those that nobody loads.
/// Without a `batch` the call has nothing to do with the cache.
///
/// # Panics
/// Where `body` does, and where a load did that this call waited for.
///
/// # Cancel safety
/// Dropped while it leads, it passes each element to a waiting call; dropped while it waits, it changes nothing.
#[doc(hidden)]
pub async fn load_batch<T, S, C, R, X, B>(
    batch: Option<Batch<C::Value>>,
    typed: Typed<S, C>,
    elements: &[T],
    prepared: Prepared<X>,
    decide: impl FnMut(&T, &X, &C::Value, &mut Decision),
    mut body: Body<impl FnMut(Vec<T>) -> Option<B>>,
) -> S::Return
where
    T: Clone,
    S: Shape<Value = C::Whole>,
    C: Collection<T, R, Value: 'static>,
    B: Future<Output = S::Return>,
{
    let Some(batch) = batch else { return body.once(elements).await };
    if batch.wanted == Use::None {
        return pass_by(&batch, typed.trouble, body.once(elements)).await;
    }
    let convoy = Convoy::new(&batch.call.engine);
    convoy.lose(batch.call.settled().await);
    let misses = batch.missing.iter().map(|missing| batch.miss(missing));
    let members = Members::new(convoy, misses, body.repeats);
    let mut work = Work { batch, typed, elements, prepared, decide, members };
    while let Some(gathered) = work.members.gather(&work.prepared.plans).await {
        if let Some(failed) = gathered.failed {
            match failed.cause.pass_on(work.typed.shared.as_ref(), S::failed, work.typed.trouble) {
                Some(result) => return result,
                None => work.members.refuse(failed),
            }
        }
        for (which, entry) in gathered.landed {
            work.answer(which, entry.and_then(|entry| (work.typed.stored.open)(&entry)));
        }
        let (leads, trouble) = work.fetch(gathered.leads).await;
        if let (Some(error), Some(failing)) = (trouble, work.typed.trouble) {
            return failing(work.fail(leads, error));
        }
        if leads.is_empty() {
            continue;
        }
        let asked = leads.iter().map(|led| work.element(led).clone()).collect();
        let (leads, result) = run(leads, body.next(asked)).await;
        work.members.tell_loaded(&leads);
        let (loaded, other) = work.loaded(leads, result);
        if let Some(result) = other {
            return result;
        }
        // Given up before the wait: what holds an error need not be `Send`.
        drop(other);
        match loaded {
            Some(loaded) => {
                if let (Some(error), Some(failing)) = (work.deliver(loaded).await, work.typed.trouble) {
                    return failing(error);
                }
            }
            None => return body.once(elements).await,
        }
    }
    S::value(work.typed.kind.gather(elements, work.batch.found))
}

/// An element that was loaded, and what for.
type Brought = (Led, Loaded);

/// What is common to the rounds of a batch.
struct Work<'a, T, S: Shape, C: Collects<Value: 'static>, X, D> {
    batch: Batch<C::Value>,
    typed: Typed<S, C>,
    elements: &'a [T],
    prepared: Prepared<X>,
    decide: D,
    members: Members,
}

impl<T, S, C, X, D> Work<'_, T, S, C, X, D>
where
    S: Shape<Value = C::Whole>,
    C: Collects<Value: 'static>,
    D: FnMut(&T, &X, &C::Value, &mut Decision),
{
    fn element(&self, led: &Led) -> &T {
        &self.elements[self.batch.missing[led.which].at]
    }

    fn answer(&mut self, which: usize, value: Option<C::Value>) {
        self.batch.answer(which, value, self.typed.stored.copy);
        self.members.done(which);
    }

    fn decide(&mut self, led: &Led, value: &C::Value) -> Decision {
        let element = &self.elements[self.batch.missing[led.which].at];
        let mut decision = Decision::new(self.batch.call.secret());
        (self.decide)(element, &self.prepared.extras[led.which], value, &mut decision);
        decision
    }

    /// Asks the second level, and gives back those that are to be loaded, and what trouble there was. Those that another
    /// node loads are left for later, where there are others to load.
    async fn fetch(&mut self, leads: Vec<Led>) -> (Vec<Led>, Option<Error>) {
        if self.batch.call.level2().is_none() {
            return (leads, None);
        }
        let plans = std::mem::take(&mut self.prepared.plans);
        let fetches = leads.into_iter().map(|Led { which, mut lead }| {
            let plan = &plans[which];
            async move {
                let found = lead.fetch(plan).await;
                (Led { which, lead }, found)
            }
        });
        let mut ride = Ride::new(&self.members.convoy, fetches);
        let (mut leads, mut trouble) = (Vec::new(), None);
        let patience = |leads: &[Led]| if leads.is_empty() { Patience::Waits } else { Patience::Leaves };
        while let Some((led, found)) = ride.next(patience(&leads)).await {
            leads.extend(match found {
                Ok(Some(found)) => {
                    let more_tags = plans[led.which].more_tags;
                    self.keep(led, found, more_tags)
                }
                Ok(None) => Some(led),
                Err(error) => {
                    trouble = Some(error);
                    Some(led)
                }
            });
        }
        drop(ride);
        self.prepared.plans = plans;
        (leads, trouble)
    }

    /// Ends loads with trouble, for every call that waits for one of them and for this one.
    fn fail(&self, leads: Vec<Led>, error: Error) -> Error {
        for mut led in leads {
            led.lead.fail_with(&error);
            self.members.tell_failed(&led);
        }
        error
    }

    /// Keeps what the second level had; gives the lead back where it cannot be used.
    fn keep(&mut self, mut led: Led, found: Found, more_tags: bool) -> Option<Led> {
        let value = (self.typed.stored.open)(&found.entry);
        if let Some(value) = value.as_ref().filter(|_| more_tags) {
            let decision = led.lead.or_panicked(|| self.decide(&led, value));
            if !found.carries(&decision.tags) {
                led.lead.give_up();
                return Some(led);
            }
        }
        let answer = if value.is_some() { Answer::Hit } else { Answer::Negative };
        self.members.found(led.which, answer, &found.entry);
        led.lead.keep(found);
        self.answer(led.which, value);
        None
    }

    /// What the body's result means for each element that it was run for; or the result, where it is the whole call's.
    /// Neither, where it does not tell which value belongs to which element.
    fn loaded<R>(&mut self, leads: Vec<Led>, result: S::Return) -> (Option<Vec<Brought>>, Option<S::Return>)
    where
        C: Collection<T, R>,
    {
        let whole = match S::take(result) {
            (_, Some(result)) => {
                fail::<S>(leads, &result, self.typed.shared.as_ref());
                return (None, Some(result));
            }
            (Some(whole), None) => whole,
            (None, None) => {
                self.forsake(&leads);
                return (None, Some(S::whole(None)));
            }
        };
        let asked: Vec<&T> = leads.iter().map(|led| self.element(led)).collect();
        let is_everything = asked.len() == self.elements.len();
        let values = match self.typed.kind.pick(whole, &asked) {
            Ok(values) => values,
            Err(whole) => {
                let operation = self.batch.call.operation;
                tracing::warn!(%operation, "a batch was not stored: its body returned a list of another length");
                self.forsake(&leads);
                return (None, is_everything.then(|| S::value(whole)));
            }
        };
        let mut loaded = Vec::with_capacity(leads.len());
        for (led, value) in leads.into_iter().zip(values) {
            let packed = led.lead.or_panicked(|| match &value {
                Some(value) => {
                    let decision = self.decide(&led, value);
                    led.lead.pack(&self.typed.stored, value, &self.prepared.plans[led.which], Some(&decision))
                }
                None => led.lead.pack_none(&self.prepared.plans[led.which]),
            });
            self.answer(led.which, value);
            loaded.push((led, packed));
        }
        (Some(loaded), None)
    }

    /// Tells the load around this call what it brings along where it stores nothing.
    fn forsake(&self, leads: &[Led]) {
        for led in leads {
            led.lead.made_of(&led.lead.load.floors, !self.prepared.plans[led.which].more_tags);
        }
    }

    /// Stores what was loaded, and hands it to the calls that waited. Says what trouble the call fails with.
    async fn deliver(&mut self, loaded: Vec<Brought>) -> Option<Error> {
        #[cfg(any(test, feature = "testing"))]
        self.batch.call.engine.stop_at(Point::BeforeStore, self.batch.call.operation).await;
        let on_trouble = OnTrouble::of(self.typed.trouble);
        let deliveries =
            loaded.into_iter().map(|(mut led, loaded)| async move { led.lead.deliver(loaded, on_trouble).await });
        let mut ride = Ride::new(&self.members.convoy, deliveries);
        let mut trouble = None;
        while let Some(delivered) = ride.next(Patience::Waits).await {
            trouble = trouble.or(delivered.err());
        }
        self.members.convoy.flush();
        trouble
    }
}

impl<F> Body<F> {
    /// The body for some elements.
    fn next<T, B>(&mut self, elements: Vec<T>) -> B
    where
        F: FnMut(Vec<T>) -> Option<B>,
    {
        match (self.run)(elements) {
            Some(body) => body,
            None => panic!("the body of a batch cannot run again: an argument that it took cannot be copied"),
        }
    }

    /// The body for all elements.
    fn once<T: Clone, B>(&mut self, elements: &[T]) -> B
    where
        F: FnMut(Vec<T>) -> Option<B>,
    {
        self.next(elements.to_vec())
    }
}

/// Runs the body, as if there were no cache; or fails, where that is for want of a tenant and the function fails then.
async fn pass_by<V, B: Future>(batch: &Batch<V>, trouble: Option<Failing<B::Output>>, body: B) -> B::Output {
    if let (true, Some(failing)) = (batch.lacks_tenant, trouble) {
        return failing(Error::tenant_missing());
    }
    let (call, mut body) = (&batch.call, pin!(body));
    let result = std::future::poll_fn(|context| around::in_body(|| body.as_mut().poll(context))).await;
    call.tell(None, None, End::without_entry(Answer::Bypassed));
    // Which tags its elements would have had nobody has asked.
    call.engine.bequeath(|inherited| inherited.is_incomplete = true);
    result
}

/// Runs a body inside all its loads. A panic goes on to the caller once the waiting calls are told.
async fn run<B: Future>(mut leads: Vec<Led>, body: B) -> (Vec<Led>, B::Output) {
    let cache = leads.first().map_or(0, |led| led.lead.call.engine.id());
    let frame = Frame::of_many(leads.iter().map(|led| (led.lead.load.id, led.lead.key.hash())), cache);
    for led in &mut leads {
        led.lead.call.count_miss();
        led.lead.note_beginning();
        led.lead.load.begin_body();
        led.lead.frame = Arc::clone(&frame);
    }
    #[cfg(any(test, feature = "testing"))]
    if let Some(led) = leads.first() {
        led.lead.call.engine.about_to_load(led.lead.call.operation).await;
    }
    let mut body = pin!(body);
    let poll = |context: &mut std::task::Context<'_>| {
        let polled =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| frame.enter(|| body.as_mut().poll(context))));
        polled.unwrap_or_else(|panic| {
            for led in &leads {
                led.lead.end(Landing::Panicked);
            }
            std::panic::resume_unwind(panic)
        })
    };
    let result = std::future::poll_fn(poll).await;
    (leads, result)
}

/// Hands an error to the calls that waited, where it can be copied.
fn fail<S: Shape>(leads: Vec<Led>, result: &S::Return, shared: Option<&Shared<S::Error>>) {
    let landing = match (S::look(result), shared) {
        (Seen::Failed(error), Some(shared)) => Landing::Failed((shared.seal)(error)),
        _ => Landing::Unshared,
    };
    for mut led in leads {
        led.lead.made_of(&led.lead.load.floors, true);
        led.lead.give_back();
        led.lead.end(landing.clone());
    }
}
