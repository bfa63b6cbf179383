//! [`CacheBuilder`]: the settings of a cache.

use std::time::Duration;

use crate::cache::Cache;
use crate::engine::{Engine, Fence, Settings, Switch};
use crate::model::clock::Clock;
use crate::model::error::Error;
use crate::model::namespace;

/// How long an entry lives whose function does not say.
const TTL: Duration = Duration::from_hours(1);
/// How many entries stay in memory.
const CAPACITY: u64 = 10_000;
/// How long a call waits for another call's load.
const LEASE: Duration = Duration::from_secs(30);

/// Settings for a [`Cache`]; see [`Cache::builder`].
///
/// ```
/// use std::time::Duration;
/// use cache_core::Cache;
///
/// let cache = Cache::builder("erp").ttl(Duration::from_secs(300)).capacity(50_000).build()?;
/// assert_eq!(cache.name(), "erp");
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct CacheBuilder {
    name: String,
    settings: Settings,
}

impl CacheBuilder {
    pub(crate) fn new(name: String) -> Self {
        Self { name, ..Self::defaults() }
    }

    pub(crate) fn defaults() -> Self {
        let settings = Settings {
            switch: Switch::On,
            clock: Clock::system(),
            ttl: TTL,
            capacity: CAPACITY,
            lease: LEASE,
            fence: Fence::On,
        };
        Self { name: String::new(), settings }
    }

    /// How long an entry lives whose function does not say. One hour by default; zero stores nothing.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.settings.ttl = ttl;
        self
    }

    /// How many entries are kept in memory, 10 000 by default. Beyond it the least used go.
    pub fn capacity(mut self, entries: u64) -> Self {
        self.settings.capacity = entries;
        self
    }

    /// How long a call waits for another call's load before one of those who wait loads anew, 30 s by default.
    ///
    /// Only a load that hangs, or whose leader is not polled, takes longer than it should: this bounds the harm. It is
    /// real time, whatever the [`clock`](Self::clock).
    pub fn lease(mut self, lease: Duration) -> Self {
        self.settings.lease = lease;
        self
    }

    /// Where the time comes from: the system by default, a [`ManualClock`](crate::ManualClock) in tests.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.settings.clock = clock;
        self
    }

    /// Switches the cache off: every annotated function runs its body.
    pub fn disabled(mut self) -> Self {
        self.settings.switch = Switch::Off;
        self
    }

    /// Lets late loads in, so that a test can show what the fence keeps out.
    #[cfg(feature = "test-hooks")]
    #[doc(hidden)]
    pub fn without_fence(mut self) -> Self {
        self.settings.fence = Fence::Off;
        self
    }

    /// Builds the cache.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where the name cannot be used.
    pub fn build(self) -> Result<Cache, Error> {
        if self.name.contains('/') || namespace::check(&self.name).is_err() {
            return Err(Error::config("a cache's name is 1 to 64 ASCII letters, digits, `_`, `.` and `-`"));
        }
        let name = self.name.clone();
        Ok(self.into_cache(&name))
    }

    pub(crate) fn into_cache(self, name: &str) -> Cache {
        Cache::from_parts(Engine::new(self.settings), name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_not_stand_in_a_key_is_refused() {
        for name in ["", "a:b", "a/b", "{a}", "a b", "ü"] {
            let error = Cache::builder(name).build().expect_err(name);
            assert!(error.is_config());
        }
        assert!(Cache::builder("erp-2.x_y").build().is_ok());
    }
}
