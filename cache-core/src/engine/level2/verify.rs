//! Whether what memory served is what the second level would have answered: of some hits, in the background.
//!
//! A hit costs nothing for it but the draw; those that are drawn wait in a short queue for one task, which asks the second level as
//! a look-up does. What it finds cannot always tell an invalidation from a loss, so the history decides: a copy is
//! stale only where something has replaced it on the server that this node has not heard of, after messages have had
//! their time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::mpsc::{self, error::TrySendError};

use crate::decisions::records::{self, Copied};
use crate::engine::Engine;
use crate::engine::counters::count;
use crate::engine::level2::Level2;
use crate::model::clock;
use crate::model::entry::Entry;
use crate::model::entry_key::EntryKey;
use crate::model::operation::Operation;
use crate::model::stats::Verified;
use crate::port::{Read, Stamp};
use crate::scope::trace;
use crate::wire::envelope;
use crate::wire::names::TokenNames;
use crate::wire::records::Token;

/// So many hits wait to be verified.
const WAITING: usize = 64;
/// How long messages may be on their way before memory counts as behind.
const ON_THE_WAY: Duration = Duration::from_millis(50);

/// Draws hits, and counts what became of them.
#[derive(Debug)]
pub(crate) struct Verifier {
    one_in: u32,
    queue: mpsc::Sender<Hit>,
    checked: AtomicU64,
    confirmed: AtomicU64,
    stale: AtomicU64,
    overtaken: AtomicU64,
    unknown: AtomicU64,
    dropped: AtomicU64,
    /// In nanoseconds.
    oldest_stale: AtomicU64,
}

/// A call that memory has answered.
#[derive(Debug)]
pub(crate) struct Hit {
    key: EntryKey,
    entry: Arc<Entry>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Confirmed,
    /// It was last known to be current so long ago.
    Stale(Duration),
    Overtaken,
    Unknown,
}

impl Verifier {
    /// One that draws one hit in so many, and where they wait.
    pub(crate) fn new(one_in: u32) -> (Self, mpsc::Receiver<Hit>) {
        let (queue, hits) = mpsc::channel(WAITING);
        let (checked, confirmed, stale, overtaken, unknown, dropped, oldest_stale) = Default::default();
        (Self { one_in, queue, checked, confirmed, stale, overtaken, unknown, dropped, oldest_stale }, hits)
    }

    /// At random: what comes in a rhythm would else always be drawn, or never.
    #[cold]
    fn draw(&self, operation: &Operation, entry: &Arc<Entry>, key: impl FnOnce() -> EntryKey) {
        if !operation.uses_l2 || fastrand::u32(..self.one_in) != 0 {
            return;
        }
        let hit = Hit { key: key(), entry: Arc::clone(entry) };
        if let Err(TrySendError::Full(_)) = self.queue.try_send(hit) {
            count(&self.dropped);
        }
    }

    fn note(&self, verdict: Verdict) {
        count(match verdict {
            Verdict::Confirmed => &self.confirmed,
            Verdict::Stale(age) => {
                let nanos = u64::try_from(age.as_nanos()).unwrap_or(u64::MAX);
                self.oldest_stale.fetch_max(nanos, Ordering::Relaxed);
                &self.stale
            }
            Verdict::Overtaken => &self.overtaken,
            Verdict::Unknown => &self.unknown,
        });
        count(&self.checked);
    }

    pub(crate) fn read(&self) -> Verified {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Verified {
            checked: read(&self.checked),
            confirmed: read(&self.confirmed),
            stale: read(&self.stale),
            overtaken: read(&self.overtaken),
            unknown: read(&self.unknown),
            dropped: read(&self.dropped),
            oldest_stale: Duration::from_nanos(read(&self.oldest_stale)),
        }
    }
}

/// Verifies the hits that were drawn, one after the other, for as long as the cache is there.
pub(crate) async fn verify(engine: Weak<Engine>, mut hits: mpsc::Receiver<Hit>) {
    while let Some(hit) = hits.recv().await {
        let Some(engine) = engine.upgrade() else { return };
        let (Some(level), Some(verifier)) = (&engine.level2, &engine.verifier) else { return };
        let verdict = engine.judge(level, &hit).await;
        if let Verdict::Stale(age) = verdict {
            level.troubles.behind(&format!(
                "memory served the entry of key {:016x} after another node had invalidated it; it was last known to be current {age:?} before. See `stats().coherence`: messages are late or lost",
                trace::shown(hit.key.hash())
            ));
        }
        verifier.note(verdict);
    }
}

impl Engine {
    /// Has a hit verified, where it is drawn.
    #[inline]
    pub(crate) fn draw(&self, operation: &Operation, entry: &Arc<Entry>, key: impl FnOnce() -> EntryKey) {
        if let Some(verifier) = &self.verifier {
            verifier.draw(operation, entry, key);
        }
    }

    async fn judge(&self, level: &Level2, hit: &Hit) -> Verdict {
        let Some(loaded) = hit.entry.header.origin.as_ref().and_then(|origin| origin.bound()) else {
            return Verdict::Unknown;
        };
        let since = match level.compare(hit, loaded).await {
            Copied::Current => return Verdict::Confirmed,
            Copied::Unknown => return Verdict::Unknown,
            Copied::Replaced(since) => since,
        };
        if self.is_behind(level, hit, since).is_some() {
            clock::sleep(ON_THE_WAY).await;
        }
        match self.is_behind(level, hit, since) {
            Some(true) => Verdict::Stale(self.settings.clock.now().since(self.confirmed(&hit.entry))),
            // It knows of everything that was invalidated up to there, and this entry was not: the server has lost its own.
            Some(false) => Verdict::Unknown,
            None => Verdict::Overtaken,
        }
    }

    /// Whether memory, which still serves an entry, has not heard yet of everything up to there; `None`: it does not serve it
    /// any more.
    fn is_behind(&self, level: &Level2, hit: &Hit, since: Stamp) -> Option<bool> {
        // First what was heard: what it names is dropped before that.
        let has_heard = level.standing.has_heard(since);
        let serves = self.find(&hit.key).is_some_and(|present| Arc::ptr_eq(&present, &hit.entry));
        serves.then_some(!has_heard)
    }
}

impl Level2 {
    /// What the server has in the place of what memory served, in one round trip.
    async fn compare(&self, hit: &Hit, loaded: Stamp) -> Copied {
        let Some(mut tokens) = TokenNames::of_key(hit.key.bytes()) else { return Copied::Unknown };
        tokens.0.extend(hit.entry.header.floors.tags.iter().map(|tag| tag.token().into()));
        let read = Read { key: hit.key.bytes(), tokens: &tokens.0 };
        let snapshot = self.ask(&mut self.allowance(), |within| self.store.read(read, within)).await;
        let Ok(snapshot) = snapshot else { return Copied::Unknown };
        let control = snapshot.control.as_deref().and_then(Stamp::decode);
        let envelope = snapshot.entry.as_deref().and_then(|bytes| envelope::open(bytes).ok());
        let (Some(control), Some(envelope)) = (control, envelope) else { return Copied::Unknown };
        self.hear(control);
        if envelope.key != hit.key.full() {
            return Copied::Unknown;
        }
        let tokens = snapshot.tokens.iter().map(|token| token.as_deref().and_then(Token::decode)).collect::<Vec<_>>();
        records::compare(loaded, &envelope.header, control, &tokens, snapshot.server_now)
    }
}
