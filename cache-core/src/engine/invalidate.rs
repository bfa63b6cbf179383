//! Invalidations: of a key, a tag, a pattern, a namespace, a space. Each ends every load that began before it.

use crate::cache::Cache;
use crate::engine::counters::count;
use crate::engine::look_up::Call;
use crate::engine::{Engine, Switch};
use crate::fence::sequence::Reach;
use crate::model::entry_key::{self, EntryKey};
use crate::model::key::{CacheKey, KeyWriter};
use crate::model::namespace::Namespace;
use crate::model::operation::Operation;
use crate::model::pattern::KeyPattern;
use crate::model::plan::TagNames;
use crate::model::returned::{Seen, Shape};
use crate::model::space::Space;

impl Engine {
    /// Invalidates a key, as asked for.
    fn invalidate_key(&self, key: &EntryKey) {
        count(&self.counters.invalidations);
        self.remove_key(key);
    }

    /// Removes an entry, and takes its loads away.
    pub(crate) fn remove_key(&self, key: &EntryKey) {
        let mut stripe = self.flights.lock(key);
        self.invalidations.next(Reach::Key(key.hash()));
        stripe.invalidate(key);
        self.memory.remove(key);
    }

    /// Invalidates what carries a tag, in one step however much that is.
    pub(crate) fn invalidate_tag(&self, space: Space, name: &[u8]) {
        count(&self.counters.invalidations);
        self.tags.raise(space, name, self.invalidations.next_tag());
    }

    /// Invalidates a namespace and those below it, in one step.
    pub(crate) fn invalidate_namespace(&self, space: Space, namespace: &str) {
        count(&self.counters.invalidations);
        self.namespaces.raise(space, namespace, self.invalidations.next_namespace());
    }

    /// Invalidates a whole space, in one step.
    pub(crate) fn invalidate_space(&self, space: Space) {
        count(&self.counters.invalidations);
        self.namespaces.raise_space(space, self.invalidations.next_namespace());
    }

    /// Removes the entries of a namespace whose keys match, and says how many; looks at every entry in memory.
    pub(crate) fn invalidate_pattern(&self, space: Space, namespace: Namespace, pattern: &KeyPattern) -> u64 {
        count(&self.counters.invalidations);
        let mut head = KeyWriter::begin(space, namespace);
        let head = entry_key::finish(&mut head);
        let reached = |key: &EntryKey| key.bytes().strip_prefix(head).is_some_and(|rest| pattern.matches(rest));
        // First the number, then the loads, then the entries: a load that begins after the number is a new one, one
        // that began earlier is found among the loads or, if it has landed by then, among the entries.
        let sequence = self.invalidations.next(Reach::Pattern);
        self.flights.invalidate_where(reached);
        let mut removed = 0;
        for (key, _) in self.memory.iter().filter(|(key, _)| reached(key)) {
            let _stripe = self.flights.lock(&key);
            if self.memory.get(&*key).is_some_and(|entry| entry.header.began < sequence) && self.memory.remove(&key) {
                removed += 1;
            }
        }
        removed
    }
}

/// What a `#[cache_evict]` call is going to invalidate, settled before its body runs.
#[doc(hidden)]
#[derive(Debug)]
pub struct Eviction {
    call: Call,
    ended: bool,
    keys: Vec<EntryKey>,
    tags: TagNames,
    patterns: Vec<KeyPattern>,
    all: bool,
}

/// Puts a pattern together from glob syntax and values.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct PatternWriter(KeyPattern);

impl PatternWriter {
    /// Adds glob syntax.
    pub fn glob(&mut self, text: &str) {
        self.0.push_glob(text);
    }

    /// Adds a value, which matches only itself.
    pub fn value<K: CacheKey + ?Sized>(&mut self, value: &K) {
        let mut writer = KeyWriter::detached();
        value.write_key(&mut writer);
        self.0.push_value(writer.written());
    }
}

impl Eviction {
    /// Begins an eviction. `None`: the cache is switched off.
    pub fn begin(cache: &Cache, operation: &'static Operation) -> Option<Self> {
        (cache.engine().settings.switch == Switch::On).then(|| Self {
            call: Call::new(cache, operation),
            ended: false,
            keys: Vec::new(),
            tags: TagNames::default(),
            patterns: Vec::new(),
            all: false,
        })
    }

    /// Adds a key.
    pub fn key(&mut self, write: impl FnOnce(&mut KeyWriter)) {
        self.keys.push(self.call.key(write));
    }

    /// Adds several keys.
    pub fn keys<K: CacheKey>(&mut self, keys: impl IntoIterator<Item = K>) {
        for key in keys {
            self.key(|writer| key.write_whole_key(writer));
        }
    }

    /// Adds a tag given by a template.
    pub fn tag_template(&mut self, write: impl FnOnce(&mut KeyWriter)) {
        self.tags.write(write);
    }

    /// Adds a tag given by an expression.
    pub fn tag<T: CacheKey + ?Sized>(&mut self, tag: &T) {
        self.tags.push(tag);
    }

    /// Adds the tags that a closure named.
    pub fn tags<T: CacheKey>(&mut self, tags: impl IntoIterator<Item = T>) {
        self.tags.extend(tags);
    }

    /// Adds a pattern.
    pub fn pattern(&mut self, write: impl FnOnce(&mut PatternWriter)) {
        let mut writer = PatternWriter::default();
        write(&mut writer);
        self.patterns.push(writer.0);
    }

    /// Adds the whole namespace.
    pub fn all(&mut self) {
        self.all = true;
    }

    /// Ends the eviction: adds what the result names, or calls it off where the body failed or `unless` objects.
    pub fn apply<S: Shape>(
        mut self,
        _: S,
        result: &S::Return,
        unless: impl FnOnce(&S::Value) -> bool,
        add: impl FnOnce(&S::Value, &mut Self),
    ) {
        match S::look(result) {
            Seen::Failed(_) => self.ended = true,
            Seen::Absent => {}
            Seen::Value(value) if unless(value) => self.ended = true,
            Seen::Value(value) => add(value, &mut self),
        }
    }

    fn invalidate(&self) {
        let Call { engine, operation, space } = &self.call;
        for key in &self.keys {
            engine.invalidate_key(key);
        }
        for tag in self.tags.iter() {
            engine.invalidate_tag(*space, tag);
        }
        for pattern in &self.patterns {
            engine.invalidate_pattern(*space, operation.namespace(), pattern);
        }
        if self.all {
            engine.invalidate_namespace(*space, operation.namespace().as_str());
        }
    }
}

impl Drop for Eviction {
    /// Invalidates, unless the body failed or `unless` objected. A body that was cancelled or panicked may have written,
    /// so it counts as one that succeeded: what was settled before it is invalidated.
    fn drop(&mut self) {
        if !self.ended {
            self.invalidate();
        }
    }
}
