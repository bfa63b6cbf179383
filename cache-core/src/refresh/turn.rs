//! [`Turn`]: the right to refresh, of one node at a time.

use std::convert::Infallible;
use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};

use crate::coordination::lock::place;
use crate::engine::look_up::Call;
use crate::locks::acquire::try_acquire;
use crate::locks::hold::Hold;
use crate::model::clock::{Clock, Timestamp};
use crate::model::error::Error;
use crate::namespace::StoredKey;

/// The claim ends a tenth of the period before its own node asks again.
fn ttl(every: Duration) -> Duration {
    every / 10 * 9
}

/// A claim that is granted for a period.
///
/// It is not given back when the value is there, but left to end: so nodes whose periods begin at other moments do not load in
/// this one. Dropped before that, it is given back, and another node may load.
pub(super) struct Turn {
    hold: Hold,
    clock: Clock,
    ttl: Duration,
    /// When a load that still runs needs more time.
    short: Timestamp,
    /// When it gets no more.
    last: Timestamp,
}

impl Turn {
    /// Asks for it, once. `mark` keeps the claim apart from any user's lock: escaping keeps it out of keys.
    pub(super) async fn ask(call: &Call, key: &StoredKey, mark: &str, every: Duration) -> Result<Self, Error> {
        let name: Arc<[u8]> = [call.key_of(key)?.bytes(), mark.as_bytes()].concat().into();
        let (place, settings, ttl) = (place(call, name), &call.engine.settings, ttl(every));
        let clock = place.clock.clone();
        let asked = clock.now();
        let hold = try_acquire(place, ttl).await?;
        // What is loaded for longer than a lease of the second level is not stored there; others may try then.
        let last = asked.plus(settings.lease);
        Ok(Self { hold, short: asked.plus(ttl / 3 * 2), clock, ttl, last })
    }

    /// Runs a load, and has the claim last while it runs.
    pub(super) async fn around<F: Future>(&self, load: F) -> F::Output {
        match select(pin!(load), pin!(self.keep())).await {
            Either::Left((loaded, _)) => loaded,
            Either::Right((never, _)) => match never {},
        }
    }

    async fn keep(&self) -> Infallible {
        let mut next = self.short;
        while next < self.last {
            self.clock.sleep_until(next).await;
            let now = self.clock.now();
            next = match self.hold.extend(self.ttl).await {
                Ok(()) => now.plus(self.ttl / 3 * 2),
                Err(error) if error.is_not_held() => {
                    tracing::warn!("a refresh takes so long that another node may have begun one");
                    return pending().await;
                }
                Err(_) => now.plus(self.ttl / 10),
            };
        }
        pending().await
    }

    /// Leaves the claim to end by itself, for the value is there. One that had to last longer might last into the next period;
    /// it comes back, to be given back then.
    pub(super) fn leave(self) -> Option<Self> {
        if self.clock.now() < self.short {
            self.hold.leave();
            return None;
        }
        Some(self)
    }

    /// Gives it back. Where that fails, it ends by itself.
    pub(super) async fn release(self) {
        drop(self.hold.release().await);
    }
}
