//! Telling how a call ended, to whoever observes it.

use std::sync::Arc;

use crate::decisions::memory;
use crate::engine::Engine;
use crate::engine::look_up::{Call, Miss};
use crate::model::around;
use crate::model::entry::{Entry, Header};
use crate::model::entry_key::EntryKey;
use crate::model::operation::Operation;
use crate::model::outcome::{Answer, Level, Outcome, Reason};
use crate::model::unreachable::Unreachable;
use crate::scope::{self, Use};
use crate::wire::value::ValueKind;

/// How a call ended, beside what is known of it from its start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct End<'a> {
    pub(crate) answer: Answer,
    pub(crate) level: Level,
    /// The entry that had the value, where one had.
    pub(crate) entry: Option<&'a Entry>,
    pub(crate) not_remote: Option<Reason>,
}

impl<'a> End<'a> {
    /// A call that the second level has answered.
    pub(crate) fn found(answer: Answer, entry: &'a Entry) -> Self {
        Self { answer, level: Level::Remote, entry: Some(entry), not_remote: None }
    }

    /// A call whose value no level had.
    pub(crate) fn without_entry(answer: Answer) -> Self {
        Self { answer, level: Level::None, entry: None, not_remote: None }
    }
}

impl Engine {
    /// Tells how a call ended; `key` is the hash of its key, where it has one.
    fn tell(&self, operation: &Operation, key: Option<u64>, not_in_memory: Option<Reason>, end: End<'_>) {
        scope::show(operation, |trace| trace.answered(&self.name, key, end.answer, end.level));
        let age = end.entry.and_then(|entry| entry.header.age(self.settings.clock.now()));
        scope::tell(|depth| Outcome {
            module: operation.module(),
            function: operation.function(),
            cache: Arc::clone(&self.name),
            depth,
            answer: end.answer,
            level: end.level,
            age,
            not_in_memory,
            not_remote: end.not_remote,
        });
    }

    /// Tells of a hit in memory whoever is around it.
    #[cold]
    pub(crate) fn note_hit(&self, operation: &Operation, key: u64, answer: Answer, entry: &Entry) {
        let answer = if self.is_served_on(&entry.header) { Answer::Stale } else { answer };
        let end = End { answer, level: Level::Memory, entry: Some(entry), not_remote: None };
        self.tell(operation, Some(key), None, end);
        self.bequeath(|inherited| inherited.add_entry(entry, self.confirmed(entry)));
    }

    /// Whether a hit is one that memory serves only because the second level cannot be reached.
    ///
    /// This is asked after the hit: the word that it was served by, and the entry's own time, may have ended meanwhile. So
    /// only where such serving was asked for is a hit called that.
    fn is_served_on(&self, entry: &Header) -> bool {
        matches!(self.settings.unreachable, Unreachable::Stale(_))
            && !self.confirmed_fresh().covers(entry.known, self.settings.clock.now())
    }

    /// Why memory does not answer a call, where somebody wants to know.
    pub(crate) fn reason_of_miss<Q>(&self, wanted: Use, key: &Q, kind: ValueKind) -> Option<Reason>
    where
        Q: equivalent::Equivalent<EntryKey> + std::hash::Hash + ?Sized,
    {
        if around::is_plain() || !scope::is_watched() {
            return None;
        }
        match wanted {
            Use::Usual => {}
            Use::PastMemory => return Some(Reason::Unconfirmed),
            Use::None | Use::Fresh(_) => return None,
        }
        let Some(entry) = self.memory.get(key) else { return Some(Reason::Nothing) };
        Some(match memory::unservable(&entry.header, self.fresh(), self.settings.clock.now()) {
            Some(reason) => reason,
            None if !kind.is_value(&entry) => Reason::OtherType,
            // It has come this very moment.
            None => Reason::Nothing,
        })
    }
}

impl Call {
    /// Tells how a call ended, and why memory did not answer it.
    pub(crate) fn tell(&self, key: Option<u64>, not_in_memory: Option<Reason>, end: End<'_>) {
        if !around::is_plain() {
            self.engine.tell(self.operation, key, not_in_memory, end);
        }
    }
}

impl Miss {
    /// Tells how this call ended.
    pub(crate) fn tell(&self, end: End<'_>) {
        self.call.tell(Some(self.key.hash()), self.not_in_memory, end);
    }
}
