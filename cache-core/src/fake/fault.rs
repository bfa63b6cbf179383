//! What goes wrong on the way to the server, until it is healed.

use std::time::Duration;

use tokio::sync::watch;

use crate::fake::channel::Delivery;
use crate::fake::gate::Op;
use crate::fake::history;
use crate::fake::server::FakeRedis;
use crate::model::clock;
use crate::model::error::ErrorKind;
use crate::wire::records::Stamp;

/// What goes wrong with the second level of a test, from [`fault`](FakeRedis::fault) until [`heal`](FakeRedis::heal).
///
/// What a call loses to it is bounded by the cache's budget, as before a real server, in *real* time, for that is what a
/// caller loses; the manual clock stands still meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nobody is there: each operation fails at once, and subscriptions have ended.
    Down,
    /// It does what it is asked at once, and each answer takes so long; a call waits for the budget at most. What nodes ask by
    /// themselves, to know whether memory is true, is answered at once.
    Slow(Duration),
    /// Nothing arrives until it is healed; a call waits for the budget.
    Hung,
    /// Nodes are not told what others have invalidated. They see it when they ask, every third of
    /// [`max_staleness`](crate::CacheBuilder::max_staleness).
    LossyMessages,
}

/// What operations meet on their way.
#[derive(Debug, Default)]
pub(crate) struct Weather(watch::Sender<Option<Fault>>);

impl Weather {
    fn set(&self, fault: Option<Fault>) {
        self.0.send_replace(fault);
    }

    pub(super) async fn on_the_way_there(&self) {
        if self.now() == Some(Fault::Hung) {
            // The sender is in `self`, so it lives as long as this waits.
            let _ = self.0.subscribe().wait_for(|fault| *fault != Some(Fault::Hung)).await;
        }
    }

    pub(super) async fn on_the_way_back(&self, op: Op) {
        if let (Some(Fault::Slow(time)), false) = (self.now(), op.is_background()) {
            clock::sleep(time).await;
        }
    }

    fn now(&self) -> Option<Fault> {
        *self.0.borrow()
    }
}

impl FakeRedis {
    /// Has something go wrong until [`heal`](Self::heal), in place of what went wrong before.
    ///
    /// ```
    /// use cache_core::testing::{Fault, FakeRedis};
    ///
    /// let server = FakeRedis::new();
    /// server.fault(Fault::Down);
    /// server.heal();
    /// ```
    pub fn fault(&self, fault: Fault) {
        self.fail_with((fault == Fault::Down).then_some(ErrorKind::Unavailable));
        self.deliver(if fault == Fault::LossyMessages { Delivery::Lost } else { Delivery::AtOnce });
        // At last, for what hung goes on now and meets what has come.
        self.server.weather.set(Some(fault));
        if fault == Fault::Down {
            self.cut_subscriptions();
        }
    }

    /// Ends what goes wrong. Operations that hung arrive now, where their callers still wait.
    pub fn heal(&self) {
        self.fail_with(None);
        self.deliver(Delivery::AtOnce);
        self.server.weather.set(None);
    }

    /// Where the history of the caches with a prefix stands.
    pub(crate) fn stands(&self, prefix: &str) -> Option<Stamp> {
        self.server.now(|state| history::stands(&state.keys, format!("{prefix}:#c").as_bytes()))
    }

    /// What goes wrong.
    pub(crate) fn current_fault(&self) -> Option<Fault> {
        self.server.weather.now()
    }
}
