//! Keeping a lock: it is extended at each third of its ttl.

use std::sync::Arc;
use std::time::Duration;

use crate::locks::hold::Shared;

/// After an attempt that came to nothing, the next one comes this part of the ttl later.
const AGAIN: u32 = 20;

/// Extends a claim as long as it is held. Who has lost it is not told here: by the clock it ends by itself.
pub(super) async fn renew(hold: Arc<Shared>) {
    let mut pause = None;
    loop {
        let (since, ttl) = hold.last();
        let next = pause.map_or(since.plus(ttl / 3), |pause| hold.clock().now().plus(pause));
        if hold.is_over_before(next).await {
            return;
        }
        // It may have been extended by hand meanwhile.
        if pause.is_none() && hold.last().0 != since {
            continue;
        }
        pause = match hold.extend(hold.last().1).await {
            Ok(()) => None,
            Err(_) if hold.is_given_back() => return,
            Err(error) if error.is_not_held() => {
                tracing::warn!(
                    "a lock was lost: its server gave it to another or lost it, or its answer came too late"
                );
                return;
            }
            Err(error) => {
                tracing::warn!(%error, "a lock could not be extended; it is tried again until its ttl ends");
                Some((ttl / AGAIN).max(Duration::from_millis(5)))
            }
        };
    }
}
