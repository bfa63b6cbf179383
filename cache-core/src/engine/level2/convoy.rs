//! The questions of a batch: each element asks for itself, as a single call does, and what they ask at the same time
//! travels together.
//!
//! Elements are polled until each of them waits; then everything that was asked departs, one operation of the port for
//! each kind of question. So a batch costs the round trips of one call, and all its elements share one call's allowance.

use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use futures_channel::oneshot;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use parking_lot::Mutex;

use crate::engine::Engine;
use crate::engine::level2::Allowance;
use crate::engine::level2::question::{OwnAcquire, OwnFill, OwnRead, Question};
use crate::model::clock::Stopwatch;
use crate::model::entry_key::EntryKey;
use crate::model::error::{Error, ErrorKind};

/// What the elements of one batch have asked, and not been sent yet.
#[derive(Debug)]
pub(crate) struct Convoy {
    engine: Arc<Engine>,
    pub(crate) reads: Queue<OwnRead>,
    pub(crate) acquires: Queue<OwnAcquire>,
    pub(crate) fills: Queue<OwnFill>,
    /// What the whole batch may still lose to the second level.
    allowance: Mutex<Allowance>,
    /// Leases that go back together.
    returned: Mutex<Vec<(EntryKey, [u8; 16])>>,
    /// One for all elements, so that those who pause come back together.
    jitter: f64,
}

/// Questions of one kind that wait to depart.
pub(crate) type Queue<Q> = Mutex<Vec<Asked<Q>>>;

/// A question, how long it may take, and who waits for the answer.
#[derive(Debug)]
pub(crate) struct Asked<Q: Question> {
    question: Q,
    within: Duration,
    answer: oneshot::Sender<Result<Q::Answer, Error>>,
}

impl Convoy {
    pub(crate) fn new(engine: &Arc<Engine>) -> Arc<Self> {
        Arc::new(Self {
            engine: Arc::clone(engine),
            reads: Mutex::default(),
            acquires: Mutex::default(),
            fills: Mutex::default(),
            allowance: Mutex::new(engine.allowance()),
            returned: Mutex::default(),
            jitter: fastrand::f64(),
        })
    }

    /// Asks together with the others. Only a [`Ride`] lets it depart.
    pub(super) async fn ask<Q: Question>(&self, question: Q, within: Duration) -> Result<Q::Answer, Error> {
        let (answer, answered) = oneshot::channel();
        Q::queue(self).lock().push(Asked { question, within, answer });
        let gone = |_| Err(Error::new(ErrorKind::Unavailable, "the question was given up"));
        answered.await.unwrap_or_else(gone)
    }

    pub(super) fn jitter(&self) -> f64 {
        self.jitter
    }

    /// Counts time that was lost while the batch waited for others' questions.
    pub(crate) fn lose(&self, time: Duration) {
        self.allowance.lock().lose(time);
    }

    /// Notes a lease that is to go back.
    pub(super) fn give_back(&self, key: EntryKey, id: [u8; 16]) {
        self.returned.lock().push((key, id));
    }

    /// Gives back, in the background, what was noted.
    pub(crate) fn flush(&self) {
        let returned = std::mem::take(&mut *self.returned.lock());
        if !returned.is_empty() {
            self.engine.release_in_background(returned);
        }
    }

    /// Sends what has been asked.
    fn depart(self: &Arc<Self>, trains: &FuturesUnordered<BoxFuture<'static, ()>>) {
        self.depart_with::<OwnRead>(trains);
        self.depart_with::<OwnAcquire>(trains);
        self.depart_with::<OwnFill>(trains);
    }

    fn depart_with<Q: Question>(self: &Arc<Self>, trains: &FuturesUnordered<BoxFuture<'static, ()>>) {
        let asked = std::mem::take(&mut *Q::queue(self).lock());
        if !asked.is_empty() {
            trains.push(Box::pin(Arc::clone(self).travel(asked)));
        }
    }

    /// Asks the second level all of these, and hands out the answers.
    async fn travel<Q: Question>(self: Arc<Self>, asked: Vec<Asked<Q>>) {
        let within = asked.iter().map(|asked| asked.within).min().unwrap_or_default();
        let (questions, waiting): (Vec<_>, Vec<_>) =
            asked.into_iter().map(|asked| (asked.question, asked.answer)).unzip();
        let Some(level) = &self.engine.level2 else { return };
        let (mut allowance, watch) = (self.allowance.lock().clone(), Stopwatch::start());
        let answers = allowance
            .spend(async |left| Ok(Q::ask_all(&*level.store, &questions, left.min(within)).await))
            .await
            .unwrap_or_else(|error: Error| questions.iter().map(|_| Err(error.clone())).collect());
        self.allowance.lock().lose(watch.elapsed());
        for (answer, waiting) in answers.into_iter().zip(waiting) {
            // Whoever asked may have given up waiting.
            let _ = waiting.send(answer);
        }
    }
}

impl Drop for Convoy {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Elements of a batch under way: each its own future, their questions together.
pub(crate) struct Ride<F> {
    elements: FuturesUnordered<F>,
    trains: FuturesUnordered<BoxFuture<'static, ()>>,
    convoy: Arc<Convoy>,
}

/// Whether a ride goes on for elements that only pause, until another node is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    Waits,
    Leaves,
}

impl<F: Future> Ride<F> {
    pub(crate) fn new(convoy: &Arc<Convoy>, elements: impl IntoIterator<Item = F>) -> Self {
        let elements = elements.into_iter().collect();
        Self { elements, trains: FuturesUnordered::new(), convoy: Arc::clone(convoy) }
    }

    /// The next element that is through; `None` where there is none, or only such as pause and nobody waits for them.
    pub(crate) async fn next(&mut self, patience: Patience) -> Option<F::Output> {
        std::future::poll_fn(|context| {
            loop {
                if let Poll::Ready(element) = self.elements.poll_next_unpin(context) {
                    return Poll::Ready(element);
                }
                self.convoy.depart(&self.trains);
                match self.trains.poll_next_unpin(context) {
                    // It has brought answers.
                    Poll::Ready(Some(())) => {}
                    Poll::Ready(None) if patience == Patience::Leaves => return Poll::Ready(None),
                    Poll::Ready(None) | Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }
}
