//! Caches whose time a test moves: in memory, and on the fake, whose time it is too.

use cache_core::testing::FakeRedis;
use larder::{Cache, ManualClock};

pub(crate) fn caches() -> Vec<(Cache, ManualClock)> {
    let cache = |server: Option<FakeRedis>| {
        let clock = ManualClock::new();
        (Cache::builder("clock").clock(clock.clock()).redis(server).build().unwrap(), clock)
    };
    vec![cache(None), cache(Some(FakeRedis::new()))]
}
