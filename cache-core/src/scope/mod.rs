//! Floor 3: the scopes that the running task is inside of: a thread-local, set while a scope's future is polled.
//!
//! As with the loads of `flight/chain.rs`, tasks that are spawned inside are not inside of it.

pub(crate) mod stamps;
pub(crate) mod tenant;
pub(crate) mod trace;
pub(crate) mod transaction;

use std::cell::RefCell;
use std::pin::pin;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::model::around;
use crate::model::causal::Stamp;
use crate::model::operation::Operation;
use crate::model::outcome::Outcome;
use crate::scope::stamps::Noted;
use crate::scope::trace::Trace;
use crate::scope::transaction::Transaction;

thread_local! {
    static CURRENT: RefCell<Option<Arc<Scope>>> = const { RefCell::new(None) };
}

/// A scope, and the one around it.
#[derive(Debug)]
pub(crate) struct Scope {
    wish: Wish,
    outer: Option<Arc<Scope>>,
}

/// What a scope wants of the calls inside.
#[derive(Debug)]
pub(crate) enum Wish {
    /// Something else than usual.
    Use(Use),
    /// To be told how they ended.
    Watch(Watch),
    /// To show in a span how one call ended.
    Trace(Trace),
    /// That what they change waits for a commit.
    Commit(Arc<Transaction>),
    /// To be told where what is written stands.
    Stamp(Noted),
    /// Nothing from a memory that has not seen so much.
    AtLeast(Stamp),
}

/// How a call uses the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It reads and stores.
    Usual,
    /// Neither.
    None,
    /// It reads and stores, but takes nothing from memory, which may not have seen what it must.
    PastMemory,
    /// It stores, and takes only what was loaded since.
    Fresh(Since),
}

/// The number of the first load that began after a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Since(pub(crate) u64);

/// What was told, and in how many bodies the watching future itself is.
#[derive(Debug)]
pub(crate) struct Watch {
    bodies: u32,
    outcomes: Mutex<Vec<Outcome>>,
}

impl Scope {
    /// A scope inside of those that the running task is in.
    pub(crate) fn new(wish: Wish) -> Arc<Self> {
        Arc::new(Self { wish, outer: current() })
    }

    /// One that is told how calls end.
    pub(crate) fn watch() -> Arc<Self> {
        Self::new(Wish::Watch(Watch { bodies: around::bodies(), outcomes: Mutex::default() }))
    }

    /// What it was told so far, and forgets.
    pub(crate) fn told(&self) -> Vec<Outcome> {
        match &self.wish {
            Wish::Watch(watch) => std::mem::take(&mut watch.outcomes.lock()),
            _ => Vec::new(),
        }
    }

    /// Polls a future inside.
    pub(crate) async fn around<F: Future>(self: &Arc<Self>, future: F) -> F::Output {
        let mut future = pin!(future);
        std::future::poll_fn(|context| self.enter(|| future.as_mut().poll(context))).await
    }

    /// Runs something inside.
    pub(crate) fn enter<R>(self: &Arc<Self>, run: impl FnOnce() -> R) -> R {
        struct Restore(Option<Arc<Scope>>);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.set(self.0.take());
            }
        }
        let _restore = Restore(CURRENT.replace(Some(Arc::clone(self))));
        match &self.wish {
            Wish::Trace(trace) => trace.span().in_scope(|| around::in_scope(run)),
            _ => around::in_scope(run),
        }
    }
}

fn current() -> Option<Arc<Scope>> {
    CURRENT.with_borrow(Clone::clone)
}

/// How the running call uses the cache. In a transaction that has changed something not at all: what is cached may be older,
/// and what is read uncommitted.
pub(crate) fn wanted() -> Use {
    if is_in_changed_transaction() { Use::None } else { wished() }
}

/// How the callers want it to be used: as the innermost scope that says so.
pub(crate) fn wished() -> Use {
    CURRENT.with_borrow(|current| {
        let mut scopes = std::iter::successors(current.as_deref(), |scope| scope.outer.as_deref());
        let wish = scopes.find_map(|scope| match &scope.wish {
            Wish::Use(wanted) => Some(*wanted),
            _ => None,
        });
        wish.unwrap_or(Use::Usual)
    })
}

/// Whether the running call is in a transaction that may have changed something.
pub(crate) fn is_in_changed_transaction() -> bool {
    CURRENT.with_borrow(|current| {
        let mut scopes = std::iter::successors(current.as_deref(), |scope| scope.outer.as_deref());
        scopes.any(|scope| matches!(&scope.wish, Wish::Commit(transaction) if transaction.is_changed()))
    })
}

/// The innermost transaction that the running call is in.
pub(crate) fn transaction() -> Option<Arc<Transaction>> {
    CURRENT.with_borrow(|current| {
        let mut scopes = std::iter::successors(current.as_deref(), |scope| scope.outer.as_deref());
        scopes.find_map(|scope| match &scope.wish {
            Wish::Commit(transaction) => Some(Arc::clone(transaction)),
            _ => None,
        })
    })
}

/// Whether anybody wants to be told how the running call ends.
pub(crate) fn is_watched() -> bool {
    let mut watched = false;
    each_watch(|_| watched = true);
    watched
}

/// Tells every scope around that wants to know how a call ended. `outcome` is given the depth of the call in each.
pub(crate) fn tell(outcome: impl Fn(u32) -> Outcome) {
    let bodies = around::bodies();
    each_watch(|watch| watch.outcomes.lock().push(outcome(bodies.saturating_sub(watch.bodies))));
}

/// Shows something of a function's call in its span, where it has one.
pub(crate) fn show(operation: &Operation, show: impl FnOnce(&Trace)) {
    CURRENT.with_borrow(|current| {
        let mut scopes = std::iter::successors(current.as_deref(), |scope| scope.outer.as_deref());
        let innermost = scopes.find_map(|scope| match &scope.wish {
            Wish::Trace(trace) => Some(trace),
            _ => None,
        });
        if let Some(trace) = innermost.filter(|trace| trace.is_of(operation)) {
            show(trace);
        }
    });
}

fn each_watch(mut each: impl FnMut(&Watch)) {
    CURRENT.with_borrow(|current| {
        for scope in std::iter::successors(current.as_deref(), |scope| scope.outer.as_deref()) {
            if let Wish::Watch(watch) = &scope.wish {
                each(watch);
            }
        }
    });
}
