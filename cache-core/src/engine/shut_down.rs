//! The end of a cache's part in it all: what is under way to the second level is waited for, and then that is left.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::select;

use crate::engine::Engine;
use crate::engine::level2::Level2;
use crate::model::clock;
use crate::model::error::{Error, ErrorKind};

/// How long is waited for what is under way. A platform that ends a process gives it some ten seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long is waited for connections to close: a task that blocks the adapter's thread may hold that up.
const CLOSING: Duration = Duration::from_secs(1);

impl Engine {
    /// Switches the cache off, for ever, and leaves the second level. Whoever asks again is given the same answer.
    ///
    /// Dropped, it is switched off; whoever asks the next time does the rest.
    pub(crate) async fn shut_down(&self) -> Result<(), Error> {
        self.settings.switch.turn_off();
        let Some(level) = &self.level2 else { return Ok(()) };
        self.left.get_or_init(|| self.leave(level)).await.clone()
    }

    async fn leave(&self, level: &Level2) -> Result<(), Error> {
        select(pin!(self.is_done(level)), pin!(clock::sleep(PATIENCE))).await;
        let undelivered = level.undelivered.len() + level.deliveries.count();
        select(pin!(level.store.close()), pin!(clock::sleep(CLOSING))).await;
        if undelivered == 0 {
            return Ok(());
        }
        let message = format!(
            "the cache was shut down before the second level took {undelivered} of its invalidations: other nodes may serve what those \
             name until its ttl is over"
        );
        Err(Error::new(ErrorKind::Unavailable, message))
    }

    /// Waits until nothing is under way.
    async fn is_done(&self, level: &Level2) {
        while level.deliveries.count() + self.chores.count() > 0 {
            level.deliveries.none_left().await;
            // What a delivery has left is one of these.
            self.chores.none_left().await;
        }
    }
}
