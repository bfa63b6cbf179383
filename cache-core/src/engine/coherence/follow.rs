//! The task that keeps the node's memory at the server's history. One queue brings everything that happens to it, so that
//! it decides one thing after the other.

#[cfg(any(test, feature = "testing"))]
mod settled;

#[cfg(any(test, feature = "testing"))]
pub(crate) use settled::ServerIs;

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::{mpsc, oneshot};

use crate::decisions::history::{self, Polled, Question, Told};
use crate::engine::Engine;
use crate::engine::coherence::contact::Contact;
use crate::engine::coherence::standing::Standing;
use crate::engine::counters::count;
use crate::engine::level2::Level2;
use crate::model::clock::{self, Stopwatch, Timestamp};
use crate::model::error::Error;
use crate::model::stamp::Stamp;
use crate::port::{Heard, Subscription};
use crate::wire::message;

/// So many questions are on the way at most: a slow answer must not end everything that memory holds.
const ASKING: usize = 3;
/// How long messages may be on their way when the server is seen to be ahead.
const ON_THE_WAY: Duration = Duration::from_millis(50);
/// Between two questions that callers make it ask.
const LEAST_PAUSE: Duration = Duration::from_millis(100);
/// A question or a subscription that is not answered by then is given up, however far memory may be behind: while one
/// hangs, nothing else makes memory true.
const PATIENCE: Duration = Duration::from_secs(2);
/// Pauses between attempts to subscribe: the first, and from attempt to attempt twice as long until the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// What happens to the task.
#[derive(Debug)]
pub(crate) enum Event {
    /// The server has confirmed the subscription of this number, or refused it.
    Subscribed(u64, Result<(), Error>),
    Message(Vec<u8>),
    /// The subscription of this number has ended; messages may be missing.
    Deaf(u64),
    /// It may be time to ask.
    Beat,
    /// Somebody wants to know now.
    Hurry,
    /// An answer to a question sent then.
    Answer(Box<Asked>, Result<Heard, Error>),
    /// Messages that were on their way have had their time.
    Due(Question, Timestamp, Stamp),
    /// A test wants to know whether it has noticed how the server is, and not to wait until it asks.
    #[cfg(any(test, feature = "testing"))]
    Settle(ServerIs, std::sync::mpsc::Sender<bool>),
}

/// A question, and what was known when it was sent.
#[derive(Debug)]
pub(crate) struct Asked {
    question: Question,
    sent: Timestamp,
    heard: Option<(Heard, Timestamp)>,
}

/// What the task knows beside where the node stands.
struct Follower {
    events: mpsc::Sender<Event>,
    /// Whether messages come: a node that cannot subscribe has the poll alone.
    hears: bool,
    /// The number of the subscription that counts, and what it goes on for as long as.
    subscription: (u64, Option<oneshot::Sender<()>>),
    /// Whether an attempt to subscribe is under way which must not be overtaken by an answer.
    subscribes: bool,
    asking: usize,
    asked: Stopwatch,
    contact: Contact,
    /// The last answer, and when it was asked for.
    heard: Option<(Heard, Timestamp)>,
    /// Whether a question was answered since the last one was sent.
    is_answered: bool,
    /// How often in a row messages were missing that should have come.
    missing: u32,
    pause: Duration,
}

/// Follows the history for as long as the cache is there.
pub(crate) async fn follow(engine: Weak<Engine>, mut queue: mpsc::Receiver<Event>) {
    let mut follower = {
        let Some((engine, events)) = engine.upgrade().and_then(|engine| Some((Arc::clone(&engine), engine.events()?)))
        else {
            return;
        };
        let mut follower = Follower {
            events,
            hears: false,
            subscription: (0, None),
            subscribes: false,
            asking: 0,
            asked: Stopwatch::start(),
            contact: Contact::default(),
            heard: None,
            is_answered: true,
            missing: 0,
            pause: PAUSES.0,
        };
        follower.subscribe(&engine, Duration::ZERO);
        follower.beat(&engine);
        follower
    };
    while let Some(event) = queue.recv().await {
        // Memory is not asked any more where the cache was shut down.
        let Some(engine) = engine.upgrade().filter(|engine| engine.is_on()) else { return };
        let Some(level) = &engine.level2 else { return };
        follower.handle(&engine, level, event);
    }
}

impl Engine {
    fn events(&self) -> Option<mpsc::Sender<Event>> {
        self.level2.as_ref().map(|level| level.standing.events())
    }

    /// How often the server is asked.
    fn interval(&self) -> Duration {
        self.settings.staleness / 3
    }

    /// Drops everything, and stands there.
    pub(in crate::engine) fn adopt(&self, standing: &Standing, sent: Timestamp, answer: Stamp) {
        self.drop_memory();
        standing.stand_at(answer);
        self.fresh.extend(sent.plus(self.settings.staleness));
        standing.settle();
    }

    /// The history is lost: nothing confirms what memory holds.
    fn lose(&self, standing: &Standing) {
        self.fresh.end();
        standing.lose();
    }
}

impl Follower {
    fn handle(&mut self, engine: &Arc<Engine>, level: &Level2, event: Event) {
        match event {
            Event::Subscribed(number, outcome) if number == self.subscription.0 => {
                self.subscribed(engine, level, outcome);
            }
            Event::Message(bytes) => {
                self.message(engine, level, &bytes);
                count(&level.standing.messages);
            }
            Event::Deaf(number) if number == self.subscription.0 => {
                engine.lose(&level.standing);
                self.hears = false;
                self.subscribe(engine, Duration::ZERO);
            }
            // Of one that was given up.
            Event::Subscribed(..) | Event::Deaf(_) => {}
            Event::Beat => self.ask_if_due(engine, level),
            Event::Hurry => {
                if self.asked.elapsed() >= LEAST_PAUSE.min(engine.interval() / 8) {
                    self.ask(engine, level);
                }
            }
            Event::Answer(asked, answer) => {
                self.asking -= 1;
                if let Ok(answer) = answer {
                    self.is_answered = true;
                    self.contact.found(engine, asked.sent);
                    self.answered(engine, level, *asked, answer);
                } else {
                    self.contact.failed(asked.sent);
                    level.standing.settle();
                }
            }
            Event::Due(question, sent, answer) => self.due(engine, level, question, sent, answer),
            #[cfg(any(test, feature = "testing"))]
            Event::Settle(server, reply) => drop(reply.send(self.is_settled(engine, level, server))),
        }
        self.contact.serve_on(engine);
    }

    /// Drops everything, and stands there.
    fn adopt(&mut self, engine: &Engine, standing: &Standing, sent: Timestamp, answer: Stamp) {
        engine.adopt(standing, sent, answer);
        self.contact.confirm(engine, sent);
    }

    fn subscribed(&mut self, engine: &Arc<Engine>, level: &Level2, outcome: Result<(), Error>) {
        self.subscribes = false;
        match outcome {
            Ok(()) => {
                // What was confirmed before may have missed messages.
                engine.lose(&level.standing);
                (self.hears, self.missing, self.pause) = (true, 0, PAUSES.0);
            }
            Err(error) => {
                tracing::debug!("no messages from other nodes, the poll alone keeps memory true: {error}");
                self.subscribe(engine, self.pause);
                self.pause = PAUSES.1.min(2 * self.pause);
            }
        }
        self.ask(engine, level);
    }

    fn message(&mut self, engine: &Engine, level: &Level2, bytes: &[u8]) {
        let standing = &level.standing;
        self.missing = 0;
        let Some(message) = message::decode(bytes) else {
            // Somebody else uses the channel, or what was said is lost.
            engine.drop_memory();
            return;
        };
        let is_own = message.node == standing.node;
        match history::on_message(standing.now().position, message.stamp) {
            // What this node invalidates it drops by itself.
            Told::Next | Told::Late | Told::Unheeded if is_own => {}
            Told::Next | Told::Late | Told::Unheeded => engine.apply(&message.operations),
            Told::Gap => {
                count(&standing.gaps);
                engine.drop_memory();
            }
            Told::Elsewhere => return self.lost(engine, level),
        }
        if standing.now().position.is_some_and(|at| at.sequence < message.stamp.sequence) {
            standing.stand_at(message.stamp);
        }
    }

    fn answered(&mut self, engine: &Arc<Engine>, level: &Level2, asked: Asked, heard: Heard) {
        let standing = &level.standing;
        let Asked { question: asked, sent, heard: before } = asked;
        let (now, answer) = (standing.now(), heard.stamp);
        let mut told = history::on_poll(asked, now.losses, now.position, answer);
        if told != Polled::Void {
            let has_lost =
                |(before, _): &(Heard, _)| history::has_lost_its_end((before.stamp, &before.run), (answer, &heard.run));
            if let Some((_, last)) = before.filter(has_lost) {
                engine.replay(level, last);
                // It is not the history that memory has followed.
                told = if told == Polled::Attach { told } else { Polled::Lost };
            }
            self.heard = Some((heard, sent));
        }
        match told {
            Polled::True => self.contact.confirm(engine, sent),
            Polled::Ahead if self.hears => {
                self.later(engine, ON_THE_WAY, Event::Due(asked, sent, answer));
            }
            Polled::Ahead | Polled::Attach => self.adopt(engine, standing, sent, answer),
            Polled::Lost => self.lost(engine, level),
            Polled::Void => {}
        }
    }

    fn due(&mut self, engine: &Arc<Engine>, level: &Level2, asked: Question, sent: Timestamp, answer: Stamp) {
        let standing = &level.standing;
        let now = standing.now();
        match history::on_poll(asked, now.losses, now.position, answer) {
            Polled::True => self.contact.confirm(engine, sent),
            Polled::Ahead => {
                count(&standing.gaps);
                self.adopt(engine, standing, sent, answer);
                self.missing += 1;
                if self.missing > 1 {
                    // The way of the messages is broken, though nobody said so.
                    let _ = self.events.try_send(Event::Deaf(self.subscription.0));
                }
            }
            Polled::Attach | Polled::Lost | Polled::Void => {}
        }
    }

    /// Another history: what stands in memory is of no known one.
    fn lost(&mut self, engine: &Engine, level: &Level2) {
        engine.lose(&level.standing);
        // At once: what asked before says nothing any more.
        let _ = self.events.try_send(Event::Beat);
        self.is_answered = false;
    }

    fn ask_if_due(&mut self, engine: &Arc<Engine>, level: &Level2) {
        let since = self.asked.elapsed();
        if !self.is_answered || since >= engine.interval() {
            self.ask(engine, level);
        }
    }

    /// Asks where the history stands, unless too many questions are on the way already.
    fn ask(&mut self, engine: &Arc<Engine>, level: &Level2) {
        if self.asking >= ASKING || self.subscribes {
            return;
        }
        (self.asking, self.is_answered, self.asked) = (self.asking + 1, false, Stopwatch::start());
        let (events, store) = (self.events.clone(), Arc::clone(&level.store));
        // Given up while memory is still confirmed, so that no moment is left in which it is not.
        let within = PATIENCE.min(engine.settings.staleness / 2);
        let (question, sent, heard) = (level.standing.now(), engine.settings.clock.now(), self.heard.clone());
        let asked = Box::new(Asked { question, sent, heard });
        level.store.spawn(Box::pin(async move {
            let answer = store.poll(within).await;
            drop(store);
            let _ = events.send(Event::Answer(asked, answer)).await;
        }));
    }

    /// Asks for the messages of others, and passes them on for as long as they come.
    fn subscribe(&mut self, engine: &Arc<Engine>, after: Duration) {
        let Some(level) = &engine.level2 else { return };
        // An answer must not come before the first attempt: a node that stands where it hears nothing yet would lose that
        // again at once. Later ones are made beside the poll.
        self.subscribes = after.is_zero();
        let (keep, kept) = oneshot::channel();
        let number = self.subscription.0 + 1;
        self.subscription = (number, Some(keep));
        let (events, engine) = (self.events.clone(), Arc::downgrade(engine));
        level.store.spawn(Box::pin(async move {
            clock::sleep(after).await;
            let Some(subscription) = subscription(&engine).await else { return };
            match subscription {
                Ok(subscription) => {
                    let _ = events.send(Event::Subscribed(number, Ok(()))).await;
                    let passes = std::pin::pin!(pass_on(subscription, &events));
                    if let Either::Left(_) = select(passes, kept).await {
                        let _ = events.send(Event::Deaf(number)).await;
                    }
                }
                Err(error) => drop(events.send(Event::Subscribed(number, Err(error))).await),
            }
        }));
    }

    /// Looks again and again whether it is time to ask.
    fn beat(&self, engine: &Arc<Engine>) {
        let Some(level) = &engine.level2 else { return };
        let (events, pause) = (self.events.clone(), engine.interval() / 4);
        level.store.spawn(Box::pin(async move {
            loop {
                clock::sleep(pause).await;
                if events.send(Event::Beat).await.is_err() {
                    return;
                }
            }
        }));
    }

    fn later(&self, engine: &Engine, after: Duration, event: Event) {
        let Some(level) = &engine.level2 else { return };
        let events = self.events.clone();
        level.store.spawn(Box::pin(async move {
            clock::sleep(after).await;
            let _ = events.send(event).await;
        }));
    }
}

async fn subscription(engine: &Weak<Engine>) -> Option<Result<Box<dyn Subscription>, Error>> {
    let engine = engine.upgrade()?;
    let level = engine.level2.as_ref()?;
    let (store, within) = (Arc::clone(&level.store), PATIENCE.min(engine.settings.staleness));
    drop(engine);
    Some(store.subscribe(within).await)
}

async fn pass_on(mut subscription: Box<dyn Subscription>, events: &mpsc::Sender<Event>) {
    while let Ok(message) = subscription.next().await {
        if events.send(Event::Message(message)).await.is_err() {
            return;
        }
    }
}
