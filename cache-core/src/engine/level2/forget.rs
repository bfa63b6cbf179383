//! What is counted of a space goes with it: a walk over all names of the server.

use crate::engine::level2::Level2;
use crate::engine::level2::sweep::{WALKS, rest};
use crate::model::clock;
use crate::model::error::{Error, ErrorKind};
use crate::port::Stopwatch;

impl Level2 {
    /// Removes the counters and limits whose names begin so. What the server does not answer is tried again from there on.
    pub(in crate::engine) async fn forget(&self, head: &[u8]) -> Result<(), Error> {
        for _ in 0..WALKS {
            let run = self.run().await?;
            let mut cursor = 0;
            loop {
                let watch = Stopwatch::start();
                cursor = self.again_and_again(|| self.store.forget(head, cursor, self.limits.budget)).await?;
                if cursor == 0 {
                    break;
                }
                clock::sleep(rest(watch.elapsed())).await;
            }
            // Where a walk had come to means nothing to another run: it might leave some out.
            if self.run().await? == run {
                return Ok(());
            }
        }
        Err(Error::new(
            ErrorKind::Server,
            "the second level begins again and again: counters cannot be removed, so purge once more",
        ))
    }
}
