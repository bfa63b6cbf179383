//! A span that is told what becomes of one function's call.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock};

use parking_lot::Mutex;
use tracing::Span;
use tracing::field::display;

use crate::model::around;
use crate::model::operation::Operation;
use crate::model::outcome::{Answer, Level};

/// Hashes the hashes of keys: those of the map are made for speed, and who sees enough of them finds out their seed.
static SHOWN: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The span, whose call it is around, and what became of that so far.
#[derive(Debug)]
pub(crate) struct Trace {
    span: Span,
    module: &'static str,
    function: &'static str,
    elements: Elements,
    /// In how many bodies the call itself is.
    bodies: u32,
    told: Mutex<Told>,
}

/// What is shown of a key in the place of its hash.
pub(crate) fn shown(key: u64) -> u64 {
    SHOWN.hash_one(key)
}

/// How many keys a reader's call looks up.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elements {
    /// One.
    One,
    /// One for each element of a batch.
    Many,
}

/// What became of an eviction. The later ones are worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Evicted {
    /// Every level was told.
    Delivered,
    /// It waits for a transaction's commit.
    Deferred,
    /// It waits for the second level.
    Undelivered,
}

/// What a call has told.
#[derive(Debug, Default)]
struct Told {
    cache: Option<Arc<str>>,
    key: Option<u64>,
    ended: Option<(Answer, Level)>,
    hits: u64,
    misses: u64,
    /// Whether all puts are stored.
    stored: Option<bool>,
    /// What became of the evictions: the worst of all.
    evicted: Option<Evicted>,
}

impl Trace {
    pub(crate) fn new(span: Span, (module, function): (&'static str, &'static str), elements: Elements) -> Self {
        Self { span, module, function, elements, bodies: around::bodies(), told: Mutex::default() }
    }

    /// Whether a call of this function is the one that the span is around.
    pub(super) fn is_of(&self, operation: &Operation) -> bool {
        (self.module, self.function) == (operation.module(), operation.function())
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    /// How a look-up ended; a batch's does for each element, and once without a key where it passes the cache by.
    pub(crate) fn answered(&self, cache: &Arc<str>, key: Option<u64>, answer: Answer, level: Level) {
        if around::bodies() != self.bodies {
            // A function of the same name, which the body calls.
            return;
        }
        let mut told = self.told.lock();
        told.cache = Some(Arc::clone(cache));
        match (self.elements, answer) {
            (Elements::Many, Answer::Hit | Answer::Negative | Answer::Stale) => told.hits += 1,
            (Elements::Many, Answer::Miss | Answer::Collapsed | Answer::Refreshed) => told.misses += 1,
            (Elements::Many, Answer::Bypassed | Answer::Failed) => told.ended = Some((answer, level)),
            (Elements::One, _) => (told.key, told.ended) = (key, Some((answer, level))),
        }
    }

    /// What became of a put.
    pub(crate) fn put(&self, cache: &Arc<str>, key: u64, is_stored: bool) {
        let mut told = self.told.lock();
        told.cache.get_or_insert_with(|| Arc::clone(cache));
        told.key.get_or_insert(key);
        told.stored = Some(is_stored && told.stored.unwrap_or(true));
    }

    /// What became of evictions.
    pub(crate) fn evicted(&self, cache: &Arc<str>, evicted: Evicted) {
        let mut told = self.told.lock();
        told.cache.get_or_insert_with(|| Arc::clone(cache));
        told.evicted = told.evicted.max(Some(evicted));
    }
}

impl Drop for Trace {
    /// Records each field once, at the end: some subscribers write a field as often as it is recorded.
    fn drop(&mut self) {
        let (span, told) = (&self.span, self.told.get_mut());
        if let Some(cache) = &told.cache {
            span.record("cache", &**cache);
        }
        if let Some(key) = told.key {
            span.record("key", display(format_args!("{:016x}", shown(key))));
        }
        if let Some((answer, level)) = told.ended {
            span.record("outcome", answer_word(answer)).record("level", level_word(level));
        }
        if told.hits + told.misses > 0 {
            span.record("hits", told.hits).record("misses", told.misses);
        }
        if let Some(is_stored) = told.stored {
            span.record("put", if is_stored { "stored" } else { "not_stored" });
        }
        if let Some(evicted) = told.evicted {
            span.record("evict", evicted_word(evicted));
        }
    }
}

fn answer_word(answer: Answer) -> &'static str {
    match answer {
        Answer::Hit => "hit",
        Answer::Negative => "negative",
        Answer::Stale => "stale",
        Answer::Miss => "miss",
        Answer::Collapsed => "collapsed",
        Answer::Refreshed => "refreshed",
        Answer::Bypassed => "bypassed",
        Answer::Failed => "failed",
    }
}

fn level_word(level: Level) -> &'static str {
    match level {
        Level::Memory => "memory",
        Level::Remote => "remote",
        Level::None => "none",
    }
}

fn evicted_word(evicted: Evicted) -> &'static str {
    match evicted {
        Evicted::Delivered => "delivered",
        Evicted::Deferred => "deferred",
        Evicted::Undelivered => "undelivered",
    }
}
