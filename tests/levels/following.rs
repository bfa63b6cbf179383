//! Nodes whose memory follows what others invalidate from their first call on.

use std::time::Duration;

use cache_core::port::Stopwatch;
use larder::{Cache, CacheBuilder};

/// How far memory may be behind in tests that are about something else: their clocks jump, and nobody polls meanwhile.
const HOURS: Duration = Duration::from_hours(1000);

/// A server answers much sooner.
const PATIENCE: Duration = Duration::from_secs(10);

/// Builds nodes.
pub(crate) trait Following {
    /// A node that follows already, and is told of invalidations by messages only.
    fn following(self) -> Cache;

    /// A node that follows already, and whose memory may be so far behind.
    fn at_most_behind(self, staleness: Duration) -> Cache;
}

impl Following for CacheBuilder {
    fn following(self) -> Cache {
        self.at_most_behind(HOURS)
    }

    fn at_most_behind(self, staleness: Duration) -> Cache {
        let cache = self.max_staleness(staleness).build().expect("the settings are valid");
        let asked = Stopwatch::start();
        while !cache.stats().coherence.is_following {
            assert!(asked.elapsed() < PATIENCE, "the node does not follow: is its server there?");
            std::thread::sleep(Duration::from_millis(1));
        }
        cache
    }
}
