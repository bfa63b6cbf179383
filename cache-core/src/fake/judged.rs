//! The operations that go by whether an entry may be served, each in one step.

use std::time::Duration;

use crate::fake::operations::Step;
use crate::port::Inspected;

impl Step<'_> {
    pub(crate) fn inspect(&self, key: &[u8]) -> Option<Inspected> {
        let entry = self.judged(key)?;
        let ends = (entry.header.expires_at != 0).then_some(entry.header.expires_at);
        let left = ends.map(|end| Duration::from_millis(end.saturating_sub(self.keys.now)));
        Some(Inspected { key: entry.full_key, left })
    }
}
