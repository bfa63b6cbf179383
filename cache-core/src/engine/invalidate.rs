//! Invalidations in memory: of a key, a tag, a pattern, a namespace, a space. Each ends every load that began before it.

use std::sync::Arc;

use crate::engine::Engine;
use crate::engine::counters::count;
use crate::engine::values::stands;
use crate::fence::sequence::Reach;
use crate::model::entry::Entry;
use crate::model::entry_key::{self, EntryKey};
use crate::model::key::KeyWriter;
use crate::model::namespace::Namespace;
use crate::model::pattern::KeyPattern;
use crate::model::plan::TagNames;
use crate::model::space::Space;

/// What an invalidation reaches, in one space.
#[derive(Debug)]
pub(crate) struct Invalidation {
    pub(crate) space: Space,
    pub(crate) keys: Vec<EntryKey>,
    pub(crate) tags: TagNames,
    pub(crate) patterns: Vec<(Namespace, KeyPattern)>,
    pub(crate) namespaces: Vec<Namespace>,
    /// Those that it reaches in every space.
    pub(crate) everywhere: Vec<Namespace>,
    /// Whether it reaches the whole space.
    pub(crate) everything: bool,
    /// Whether it reaches all there is, whatever the space.
    pub(crate) renews: bool,
    /// Whether somebody wants to know which of them had an entry.
    pub(crate) judges: bool,
}

/// What an invalidation found.
#[derive(Debug, Default)]
pub(crate) struct Removed {
    /// How many entries the patterns removed.
    pub(crate) matched: u64,
    /// Of each key whether it had an entry that could be served, where somebody wants to know.
    pub(crate) valid: Vec<bool>,
}

impl Invalidation {
    /// One that reaches nothing yet.
    pub(crate) fn new(space: &Space) -> Self {
        let (keys, tags, patterns, namespaces, everywhere) = Default::default();
        Self {
            space: space.clone(),
            keys,
            tags,
            patterns,
            namespaces,
            everywhere,
            everything: false,
            renews: false,
            judges: false,
        }
    }

    /// Adds what another one of the same space reaches.
    pub(crate) fn absorb(&mut self, more: Self) {
        self.keys.extend(more.keys);
        more.tags.iter().for_each(|tag| self.tags.push_name(tag));
        self.patterns.extend(more.patterns);
        self.namespaces.extend(more.namespaces);
        self.everywhere.extend(more.everywhere);
        self.everything |= more.everything;
        self.renews |= more.renews;
        self.judges |= more.judges;
    }

    /// Whether it reaches nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
            && self.tags.iter().len() == 0
            && self.patterns.is_empty()
            && self.namespaces.is_empty()
            && self.everywhere.is_empty()
            && !self.everything
            && !self.renews
    }

    /// How many invalidations this counts as.
    pub(crate) fn len(&self) -> usize {
        let named = self.keys.len() + self.tags.iter().len() + self.patterns.len();
        named + self.namespaces.len() + self.everywhere.len() + usize::from(self.everything) + usize::from(self.renews)
    }

    /// Invalidates in memory; says what was there.
    pub(crate) fn apply(&self, engine: &Engine) -> Removed {
        let valid = self.keys.iter().map(|key| engine.remove_key(key)).collect();
        self.tags.iter().for_each(|tag| engine.raise_tag(&self.space, tag));
        self.namespaces.iter().for_each(|namespace| engine.raise_namespace(&self.space, namespace.as_str()));
        self.everywhere.iter().for_each(|namespace| engine.raise_namespace_everywhere(namespace.as_str()));
        if self.everything {
            engine.raise_space(&self.space);
        }
        if self.renews {
            engine.drop_memory();
        }
        let matched =
            self.patterns.iter().map(|(name, pattern)| engine.remove_matching(&self.space, name, pattern)).sum();
        Removed { matched, valid }
    }
}

impl Engine {
    /// Counts an invalidation, as asked for.
    pub(crate) fn count_invalidation(&self, invalidation: &Invalidation) {
        #[cfg(any(test, feature = "testing"))]
        if let Some(probe) = &self.settings.probe {
            probe.note_evicted(invalidation);
        }
        (0..invalidation.len()).for_each(|_| {
            count(&self.counters.invalidations);
            if let Some(tally) = invalidation.space.tally() {
                count(&tally.invalidations);
            }
        });
    }

    /// Removes an entry from memory, and takes its loads away. Says whether there was one that stood.
    pub(crate) fn remove_key(&self, key: &EntryKey) -> bool {
        let mut stripe = self.flights.lock(key);
        self.invalidations.next(Reach::Key(key.hash()));
        stripe.invalidate(key);
        self.memory.take(key).is_some_and(|entry| stands(&entry, self.settings.clock.now()))
    }

    /// Refuses what lies on a tag and was begun before now.
    pub(crate) fn raise_tag(&self, space: &Space, tag: &[u8]) {
        let numbers = &self.invalidations;
        self.tags.raise(space, tag, numbers.upcoming(), || numbers.next_tag());
    }

    /// The same for a namespace and those below it.
    pub(crate) fn raise_namespace(&self, space: &Space, name: &str) {
        let numbers = &self.invalidations;
        self.namespaces.raise(space, name, numbers.upcoming(), || numbers.next_namespace());
    }

    /// The same in every space.
    pub(crate) fn raise_namespace_everywhere(&self, name: &str) {
        let numbers = &self.invalidations;
        self.namespaces.raise_everywhere(name, numbers.upcoming(), || numbers.next_namespace());
    }

    /// The same for all namespaces of a space.
    pub(crate) fn raise_space(&self, space: &Space) {
        let numbers = &self.invalidations;
        self.namespaces.raise_space(space, numbers.upcoming(), || numbers.next_namespace());
    }

    /// Removes an entry from memory now, and from the second level in the background.
    pub(crate) fn forget_in_background(self: &Arc<Self>, space: &Space, key: EntryKey) {
        self.invalidate_in_background(Invalidation { keys: vec![key], ..Invalidation::new(space) });
    }

    /// Removes the entries of a namespace whose keys match, and says how many; looks at every entry in memory.
    fn remove_matching(&self, space: &Space, namespace: &Namespace, pattern: &KeyPattern) -> u64 {
        let mut head = KeyWriter::begin(space, namespace, &self.settings.secret);
        let head = entry_key::finish(&mut head).bytes();
        let reached = |key: &EntryKey| key.bytes().strip_prefix(head).is_some_and(|rest| pattern.matches(rest));
        // First the number, then the loads, then the entries: a load that begins after the number is a new one, one
        // that began earlier is found among the loads or, if it has landed by then, among the entries.
        let sequence = self.invalidations.next(Reach::Pattern);
        self.flights.invalidate_where(reached);
        let (mut removed, now) = (0, self.settings.clock.now());
        for (key, _) in self.memory.iter().filter(|(key, _)| reached(key)) {
            let _stripe = self.flights.lock(&key);
            let is_older = |entry: &Arc<Entry>| entry.header.began < sequence;
            if let Some(entry) = self.memory.get(&*key).filter(is_older)
                && self.memory.remove(&*key)
                && stands(&entry, now)
            {
                removed += 1;
            }
        }
        removed
    }
}
