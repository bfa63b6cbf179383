//! Which leases this node has waited for in vain: whoever has one is slow or gone, and no later call waits for it again.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;

use crate::port::Stopwatch;

/// How many keys are remembered; beyond, all are forgotten, and one call for each waits once more.
const REMEMBERED: usize = 1024;

/// The keys by their hashes, each with the time that its lease had left. Another key of the same hash is not waited for
/// either, and loads without storing.
#[derive(Debug, Default)]
pub(crate) struct Patience(Mutex<HashMap<u64, (Stopwatch, Duration)>>);

impl Patience {
    /// Notes that a call has waited long enough for a lease that has so much time left.
    pub(crate) fn end(&self, key: u64, left: Duration) {
        let mut keys = self.0.lock();
        if keys.len() >= REMEMBERED {
            keys.clear();
        }
        keys.insert(key, (Stopwatch::start(), left));
    }

    /// Whether a call has waited for the lease that stands, and in vain.
    pub(crate) fn is_over(&self, key: u64) -> bool {
        let mut keys = self.0.lock();
        let stands = keys.get(&key).map(|(since, left)| since.elapsed() < *left);
        if stands == Some(false) {
            keys.remove(&key);
        }
        stands == Some(true)
    }

    /// Forgets a key whose lease has ended.
    pub(crate) fn renew(&self, key: u64) {
        self.0.lock().remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_over_for_as_long_as_the_lease_stands() {
        let patience = Patience::default();
        assert!(!patience.is_over(7));
        patience.end(7, Duration::from_mins(1));
        assert!(patience.is_over(7));
        assert!(!patience.is_over(8));
        patience.renew(7);
        assert!(!patience.is_over(7));
        patience.end(7, Duration::ZERO);
        assert!(!patience.is_over(7));
    }

    #[test]
    fn not_more_is_remembered_than_is_agreed() {
        let patience = Patience::default();
        (0..5_000).for_each(|key| patience.end(key, Duration::from_mins(1)));
        assert!(patience.0.lock().len() <= REMEMBERED);
    }
}
