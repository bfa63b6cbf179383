//! `jitter`: lifetimes are shortened at random, never prolonged.

use std::time::Duration;

use larder::{Cache, HasCache, ManualClock, cache_put, cacheable};

use crate::support::{Loads, cache_with_clock};

const IDS: u64 = 200;

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    #[cacheable("item:{id}", ttl = "100s", jitter = "10%", cache_none)]
    async fn item(&self, id: u64) -> Option<u64> {
        self.loads.next();
        id.is_multiple_of(2).then_some(id)
    }

    /// A look that stores nothing where it finds nothing.
    #[cacheable("item:{id}", ttl = Duration::ZERO, cache_none)]
    async fn look(&self, id: u64) -> Option<u64> {
        let _ = id;
        self.loads.next();
        None
    }

    #[cache_put("item:{id}", ttl = "100s", jitter = "10%")]
    async fn put(&self, id: u64) -> u64 {
        id
    }

    #[cacheable("for-ever", ttl = Duration::MAX, jitter = "90%")]
    async fn for_ever(&self) -> u64 {
        self.loads.next()
    }
}

fn service() -> (Service, ManualClock) {
    let (cache, clock) = cache_with_clock();
    (Service { cache, loads: Loads::default() }, clock)
}

/// How many entries have ended 89 s, 95 s and 100 s after they were stored.
async fn ended(store: impl AsyncFn(&Service, u64)) -> [u64; 3] {
    let (service, clock) = service();
    for id in 0..IDS {
        store(&service, id).await;
    }
    let mut ended = [0; 3];
    for (ended, seconds) in ended.iter_mut().zip([89, 6, 5]) {
        clock.advance(Duration::from_secs(seconds));
        let before = service.loads.count();
        for id in 0..IDS {
            service.look(id).await;
        }
        *ended = service.loads.count() - before;
    }
    ended
}

fn are_spread([early, midway, late]: [u64; 3]) {
    assert_eq!(early, 0, "none lives less than nine tenths of its time");
    assert!((IDS / 4..3 * IDS / 4).contains(&midway), "{midway} of {IDS} have ended midway");
    assert_eq!(late, IDS, "none lives longer than it was said");
}

#[tokio::test]
async fn entries_that_were_stored_together_do_not_end_together() {
    are_spread(
        ended(async |service, id| {
            service.item(id).await;
        })
        .await,
    );
}

#[tokio::test]
async fn puts_that_were_stored_together_do_not_end_together() {
    are_spread(
        ended(async |service, id| {
            service.put(id).await;
        })
        .await,
    );
}

#[tokio::test]
async fn what_lives_for_ever_is_not_harmed() {
    let (service, clock) = service();
    service.for_ever().await;
    clock.advance(Duration::from_hours(1_000_000));
    assert_eq!(service.for_ever().await, 1);
}
