//! [`Meanings`]: what events mean for a cache, whoever said so.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::engine::Engine;
use crate::engine::invalidate::Invalidation;
use crate::model::error::Error;

/// Reads an event, and says what it invalidates.
pub(crate) type Meaning = Arc<dyn Fn(&Engine, &[u8]) -> Result<Vec<Invalidation>, Error> + Send + Sync>;

/// What was said of the events of each topic. They belong to the cache: a node is handed what was told whichever of its parts
/// hears it.
#[derive(Default)]
pub(crate) struct Meanings(Mutex<Said>);

/// By topic and event.
type Said = HashMap<(Arc<str>, &'static str), Vec<Meaning>>;

impl Meanings {
    pub(crate) fn add(&self, topic: &Arc<str>, event: &'static str, meaning: Meaning) {
        self.0.lock().entry((Arc::clone(topic), event)).or_default().push(meaning);
    }

    /// All that was said of an event.
    pub(crate) fn of(&self, topic: &str, event: &[u8]) -> Vec<Meaning> {
        let all = self.0.lock();
        let said = all.iter().filter(|((at, name), _)| **at == *topic && name.as_bytes() == event);
        said.flat_map(|(_, meanings)| meanings.iter().cloned()).collect()
    }

    /// The events of a topic of which something was said.
    pub(crate) fn events(&self, topic: &str) -> Vec<&'static str> {
        self.0.lock().keys().filter(|(at, _)| **at == *topic).map(|(_, name)| *name).collect()
    }
}

impl fmt::Debug for Meanings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meanings").finish_non_exhaustive()
    }
}
