//! What a load takes from the cached calls that its body awaited, and gives to the load around it: their tags.
//!
//! Every call tells the load around it, whichever way it was answered: a hit by its entry, a call that ran its body by what
//! that was made of, a call that waited by what the other call's load was made of. Only loads of the same cache are told,
//! for an invalidation is one of a cache.

use std::sync::Arc;

use crate::engine::Engine;
use crate::engine::lead::Lead;
use crate::engine::level2::Level2;
use crate::engine::level2::fill::Right;
use crate::engine::look_up::Miss;
use crate::flight::chain;
use crate::flight::load::Load;
use crate::model::clock::Timestamp;
use crate::model::entry::{Entry, Floors};
use crate::model::inherited::{Bound, Inherited, Origin};
use crate::model::plan::{Decision, Plan, TagNames};
use crate::model::space::Space;
use crate::wire::names;

impl Engine {
    /// Tells this cache from every other.
    pub(crate) fn id(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Tells the load around the running call which tags the call brings along.
    pub(crate) fn bequeath(&self, tags: impl FnOnce(&mut Inherited)) {
        chain::inherit(self.id(), tags);
    }

    /// When an entry was last known to be current.
    pub(crate) fn confirmed(&self, entry: &Entry) -> Timestamp {
        self.confirmed_fresh().confirms(entry.header.known)
    }

    /// Where the server's history stood when it was last heard of.
    pub(crate) fn heard(&self) -> Bound {
        self.level2.as_ref().and_then(Level2::heard)
    }
}

impl Miss {
    /// The same for a call that was given another's value.
    pub(crate) fn bequeath_entry(&self, entry: Option<&Entry>) {
        if let Some(entry) = entry {
            let engine = &self.call.engine;
            engine.bequeath(|inherited| inherited.add_entry(entry, engine.confirmed(entry)));
        }
    }

    /// The same for a call that waited for a load which brought no value.
    pub(crate) fn bequeath_load(&self, load: &Load) {
        if let Some(made_of) = load.made_of() {
            self.call.engine.bequeath(|inherited| inherited.add_all(made_of));
        }
    }

    /// The same for a call that ran its body beside the cache, in which `heard` was known. `decision` is missing where
    /// there was no value.
    pub(crate) fn bequeath_passed(&self, plan: &Plan, decision: Option<&Decision>, heard: Bound) {
        let engine = &self.call.engine;
        let mut floors = engine.floors(&self.call, &plan.tags);
        if let Some(decision) = decision {
            engine.add_tags(&self.call.space, &mut floors, &decision.tags);
        }
        engine.bequeath(|inherited| {
            floors.tags.iter().for_each(|floor| inherited.add(floor, heard));
            inherited.is_incomplete |= decision.is_some_and(|decision| plan.more_tags && decision.rejected);
        });
    }
}

impl Lead {
    /// Where the server's history stands as the body begins.
    pub(crate) fn note_beginning(&mut self) {
        self.heard = match &self.right {
            Right::Leased(lease) => Some(lease.granted),
            Right::None | Right::Asked(_) | Right::Unreachable => self.call.engine.heard(),
        };
    }

    /// What the load is made of, with the tags of its own: for the load around it, and for the calls that wait.
    ///
    /// `knows_all`: whether its own are all there.
    pub(crate) fn made_of(&self, own: &Floors, knows_all: bool) -> Arc<Inherited> {
        let inherited = if self.call.operation.inherits_tags { self.frame.inherited() } else { Inherited::default() };
        let mut made_of = inherited.with_own(&own.tags, self.heard);
        made_of.is_incomplete |= !knows_all;
        made_of.note_known(self.load.began.at);
        let made_of = Arc::new(made_of);
        self.call.engine.bequeath(|inherited| inherited.add_all(&made_of));
        self.load.note_made_of(Arc::clone(&made_of));
        made_of
    }

    /// What those must know that are made of this load's value.
    pub(crate) fn origin(&self, made_of: &Inherited) -> Option<Box<Origin>> {
        Origin::of(made_of.bound(self.heard), made_of.is_incomplete)
    }
}

/// The names of the tags, in the space of the entry that is made of them.
pub(crate) fn names(space: &Space, made_of: &Inherited) -> TagNames {
    let mut tags = TagNames::default();
    made_of.iter().for_each(|(floor, _)| tags.push_name(&names::tag_of(space, floor.token())));
    tags
}

/// The floors with those of the tags.
pub(crate) fn with_tags(mut own: Floors, made_of: &Inherited) -> Floors {
    own.tags = made_of.iter().map(|(floor, _)| Arc::clone(floor)).collect();
    own
}
