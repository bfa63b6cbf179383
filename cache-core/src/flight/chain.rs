//! The loads that the running task is inside of: a thread-local, set while the body of a load is polled.
//!
//! A task-local would cost six times as much. Tasks that a body spawns are not inside of it.

use std::cell::RefCell;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::flight::load::LoadId;
use crate::flight::waits::{self, Wait};
use crate::model::around;
use crate::model::inherited::Inherited;
use crate::sync::{Mutex, thread_local};

thread_local! {
    static CURRENT: RefCell<Option<Arc<Frame>>> = const { RefCell::new(None) };
}

/// A load, and the one around it. Or the loads of a batch, which share a body: to whoever waits it is one more load, which
/// all of them wait for.
#[derive(Debug)]
pub(crate) struct Frame {
    load: LoadId,
    /// The hashes of the keys that are loaded.
    keys: SmallVec<[u64; 1]>,
    /// Whose loads they are.
    cache: usize,
    /// What the cached calls in the body have brought along.
    inherited: Mutex<Inherited>,
    outer: Option<Arc<Frame>>,
    _waits: SmallVec<[Wait; 1]>,
}

/// What a call that finds a running load may do.
pub(crate) enum Waiting {
    /// Wait; the mark is kept until then.
    Allowed(Option<Wait>),
    /// Not wait: the load waits, perhaps through others, for a load that this call is inside of.
    WouldDeadlock,
}

impl Frame {
    /// The frame of a load that the running task is going to lead.
    pub(crate) fn new(load: LoadId, key: u64, cache: usize) -> Arc<Self> {
        let outer = current();
        let inside = outer.as_ref().map(|outer| waits::inside(outer.load, load));
        let (keys, inherited) = (SmallVec::from_buf([key]), Mutex::default());
        Arc::new(Self { load, keys, cache, inherited, outer, _waits: inside.into_iter().collect() })
    }

    /// The frame of a body that is run for many loads, each with the hash of its key.
    pub(crate) fn of_many(loads: impl Iterator<Item = (LoadId, u64)>, cache: usize) -> Arc<Self> {
        let (load, outer, mut keys) = (LoadId::next(), current(), SmallVec::new());
        let inside = outer.as_ref().map(|outer| waits::inside(outer.load, load));
        let members = loads.map(|(member, key)| {
            keys.push(key);
            waits::behind(member, load)
        });
        let waits = members.chain(inside).collect();
        Arc::new(Self { load, keys, cache, inherited: Mutex::default(), outer, _waits: waits })
    }

    /// Whether this load runs inside another of its key.
    pub(crate) fn is_inside_its_key(&self) -> bool {
        let mut outer = std::iter::successors(self.outer.as_deref(), |frame| frame.outer.as_deref());
        outer.any(|outer| self.keys.iter().any(|key| outer.keys.contains(key)))
    }

    /// What the cached calls in its body have brought along.
    pub(crate) fn inherited(&self) -> Inherited {
        self.inherited.lock().clone()
    }

    /// Runs `poll` inside this load.
    pub(crate) fn enter<R>(self: &Arc<Self>, poll: impl FnOnce() -> R) -> R {
        struct Restore(Option<Arc<Frame>>);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.with(|current| current.replace(self.0.take()));
            }
        }
        let _restore = Restore(CURRENT.with(|current| current.replace(Some(Arc::clone(self)))));
        around::in_body(poll)
    }
}

/// Tells the innermost load of a cache that the running task is inside of what a call brings along.
pub(crate) fn inherit(cache: usize, tags: impl FnOnce(&mut Inherited)) {
    if around::is_plain() {
        return;
    }
    let innermost = current();
    let mut frames = std::iter::successors(innermost.as_deref(), |frame| frame.outer.as_deref());
    if let Some(frame) = frames.find(|frame| frame.cache == cache) {
        tags(&mut frame.inherited.lock());
    }
}

/// Notes that a load, which nobody waits for yet, is going to wait for the end of another.
pub(crate) fn queue(load: LoadId, before: LoadId) -> Wait {
    waits::behind(load, before)
}

fn current() -> Option<Arc<Frame>> {
    CURRENT.with(|current| current.borrow().clone())
}

/// Whether the running task is inside a load.
pub(crate) fn is_inside() -> bool {
    current().is_some()
}

/// Asks whether the running task may wait for a load.
pub(crate) fn wait_for(load: LoadId) -> Waiting {
    let innermost = current();
    let frames = std::iter::successors(innermost.as_deref(), |frame| frame.outer.as_deref());
    let chain: Vec<LoadId> = frames.map(|frame| frame.load).collect();
    if chain.is_empty() {
        return Waiting::Allowed(None);
    }
    match waits::wait(&chain, load) {
        Some(wait) => Waiting::Allowed(Some(wait)),
        None => Waiting::WouldDeadlock,
    }
}
