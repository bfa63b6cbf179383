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
    #[cacheable("item:{id}", ttl = "100s", jitter = "10%")]
    async fn item(&self, id: u64) -> u64 {
        self.loads.next();
        id
    }

    #[cacheable("item:{id}", jitter = "10%", cache_none = "100s")]
    async fn none(&self, id: u64) -> Option<u64> {
        let _ = id;
        self.loads.next();
        None
    }

    #[cacheable("item:{id}", jitter = "10%", cache_err = |_| Some(Duration::from_secs(100)))]
    async fn error(&self, id: u64) -> Result<u64, u64> {
        self.loads.next();
        Err(id)
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

/// How many entries have ended 89 s, 95 s and 100 s after they were stored. Those that have are loaded anew.
async fn ended(store: impl AsyncFn(&Service, u64), read: impl AsyncFn(&Service, u64)) -> [u64; 3] {
    let (service, clock) = service();
    for id in 0..IDS {
        store(&service, id).await;
    }
    let before = service.loads.count();
    let mut ended = [0; 3];
    for (ended, seconds) in ended.iter_mut().zip([89, 6, 5]) {
        clock.advance(Duration::from_secs(seconds));
        for id in 0..IDS {
            read(&service, id).await;
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
    let item = async |service: &Service, id| assert_eq!(service.item(id).await, id);
    are_spread(ended(item, item).await);
}

#[tokio::test]
async fn stored_nones_do_not_end_together() {
    let none = async |service: &Service, id| assert_eq!(service.none(id).await, None);
    are_spread(ended(none, none).await);
}

#[tokio::test]
async fn stored_errors_do_not_end_together() {
    let error = async |service: &Service, id| assert_eq!(service.error(id).await, Err(id));
    are_spread(ended(error, error).await);
}

#[tokio::test]
async fn puts_that_were_stored_together_do_not_end_together() {
    let put = async |service: &Service, id| assert_eq!(service.put(id).await, id);
    let item = async |service: &Service, id| assert_eq!(service.item(id).await, id);
    are_spread(ended(put, item).await);
}

#[tokio::test]
async fn what_lives_for_ever_is_not_harmed() {
    let (service, clock) = service();
    service.for_ever().await;
    clock.advance(Duration::from_hours(1_000_000));
    assert_eq!(service.for_ever().await, 1);
}
