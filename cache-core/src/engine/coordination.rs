//! Questions about what nodes agree on beside the entries: how long they may take, and what went wrong.

use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::engine::Engine;
use crate::model::error::Error;
use crate::model::space::Space;

impl Engine {
    /// How long such a question may take. It is asked while invalidations wait for their delivery too: they do not touch it.
    pub(crate) fn patience(&self) -> Duration {
        self.level2.as_ref().map_or_else(|| self.alone(), |level| level.limits.budget)
    }

    /// Says once that there is nobody to agree with.
    fn alone(&self) -> Duration {
        if !self.counters.said_alone.swap(true, Ordering::Relaxed) {
            tracing::info!(
                cache = &*self.name,
                "this cache has no second level: its locks, counters, limits and events are of this process only"
            );
        }
        Duration::MAX
    }

    /// Removes the counters and the limits of a space, in a walk over all names. Doing it again is safe.
    pub(crate) async fn forget(&self, space: &Space) -> Result<(), Error> {
        let head = [space.as_str(), ":"].concat();
        if let Some(level) = &self.level2 {
            return self.told(level.forget(head.as_bytes()).await);
        }
        let mut cursor = 0;
        loop {
            cursor = self.coordination.forget(head.as_bytes(), cursor, self.patience()).await?;
            if cursor == 0 {
                return Ok(());
            }
        }
    }

    /// The answer. An error has been counted and said, unless it is the answer that a lock is another's.
    pub(crate) fn told<T>(&self, answer: Result<T, Error>) -> Result<T, Error> {
        answer.inspect_err(|error| match &self.level2 {
            Some(level) if !error.is_not_acquired() && !error.is_not_held() => level.troubles.note(error),
            _ => {}
        })
    }
}
