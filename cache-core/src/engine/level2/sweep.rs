//! An invalidation by pattern: a barrier first, which refuses every load that runs, then a walk over the keys, and at
//! last a message. O(all keys of the server); tags and namespaces do the same in one step.

use std::time::Duration;

use crate::engine::invalidate::Invalidation;
use crate::engine::level2::Level2;
use crate::engine::level2::trouble::is_passing;
use crate::model::clock;
use crate::model::error::{Error, ErrorKind};
use crate::model::namespace::Namespace;
use crate::model::pattern::KeyPattern;
use crate::model::space::Space;
use crate::port::{Evict, Evicted, Stopwatch};
use crate::wire::message::Operation;
use crate::wire::names;

/// How often a step of the walk is tried that the server does not answer.
const ATTEMPTS: u32 = 6;
/// The pause before the second attempt; before each further one twice as long.
const PAUSE: Duration = Duration::from_millis(50);
/// The longest pause between two steps.
const LONGEST_REST: Duration = Duration::from_millis(100);
/// How often the walk begins anew because the server did.
pub(super) const WALKS: usize = 3;

impl Level2 {
    /// Removes the entries that match; the barrier is raised already. Says how many there were.
    ///
    /// The server's own glob is asked for the namespace only: in a key a byte may be escaped because of what follows it,
    /// and the end of a long one is a hash, which only our matcher knows how to read.
    pub(super) async fn sweep(
        &self,
        invalidation: &Invalidation,
        namespace: &Namespace,
        pattern: &KeyPattern,
    ) -> Result<Evicted, Error> {
        let (space, judges) = (&invalidation.space, invalidation.judges);
        let head = [space.as_str(), ":", namespace.as_str(), ":"].concat().into_bytes();
        let mut removed = 0;
        for _ in 0..WALKS {
            let run = self.run().await?;
            removed += self.walk(&head, pattern, judges).await?;
            // Where a walk had come to means nothing to another run: it might leave entries out.
            if self.run().await? == run {
                let closed = self.close(space, namespace).await?;
                return Ok(Evicted { removed, ..closed });
            }
        }
        Err(Error::new(
            ErrorKind::Server,
            "the second level begins again and again: an eviction by pattern comes to no end",
        ))
    }

    /// One walk over the keys. What the server does not answer is tried again from there on.
    async fn walk(&self, head: &[u8], pattern: &KeyPattern, judges: bool) -> Result<u64, Error> {
        let (mut cursor, mut removed) = (0, 0);
        loop {
            let watch = Stopwatch::start();
            let (next, gone) = self.again_and_again(|| self.step(head, pattern, (cursor, judges))).await?;
            removed += gone;
            if next == 0 {
                return Ok(removed);
            }
            cursor = next;
            clock::sleep(rest(watch.elapsed())).await;
        }
    }

    /// One page of the keys. Says where to go on, and how many entries it removed.
    async fn step(
        &self,
        head: &[u8],
        pattern: &KeyPattern,
        (cursor, judges): (u64, bool),
    ) -> Result<(u64, u64), Error> {
        let page = self.store.scan(head, cursor, self.limits.budget).await?;
        let matches = |key: &[u8]| key.strip_prefix(head).is_some_and(|rest| pattern.matches(rest));
        let keys: Vec<_> = page.keys.into_iter().filter(|key| matches(key)).collect();
        if keys.is_empty() {
            return Ok((page.next, 0));
        }
        let message = self.message(&keys.iter().map(|key| Operation::Key(key)).collect::<Vec<_>>());
        let evict = Evict { keys: &keys, message: &message, judges, ..Evict::default() };
        let evicted = self.store.evict(evict, self.limits.budget).await?;
        let valid = evicted.valid.iter().filter(|valid| **valid).count();
        Ok((page.next, if judges { u64::try_from(valid).unwrap_or(u64::MAX) } else { evicted.removed }))
    }

    /// Which run of the server this is.
    pub(super) async fn run(&self) -> Result<Box<[u8]>, Error> {
        self.again_and_again(|| self.store.poll(self.limits.budget)).await.map(|heard| heard.run)
    }

    pub(super) async fn again_and_again<T, F>(&self, question: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut pause = PAUSE;
        for _ in 1..ATTEMPTS {
            match question().await {
                Err(error) if is_passing(error.kind()) => self.troubles.note(&error),
                answer => return answer,
            }
            clock::sleep(pause).await;
            pause *= 2;
        }
        question().await
    }

    /// The last word. An entry that was read from the server before the walk came to it, and lost there meanwhile, was
    /// removed by nobody: only what is said after the walk keeps it out of a memory.
    async fn close(&self, space: &Space, namespace: &Namespace) -> Result<Evicted, Error> {
        let token = names::of_namespace(space, namespace.as_str());
        let message = self.message(&[Operation::Pattern(&token)]);
        let evict = Evict { message: &message, ..Evict::default() };
        self.again_and_again(|| self.store.evict(evict, self.limits.budget)).await
    }
}

/// How long to leave the server to others after a step that took so long: a walk takes no more than half of its time.
pub(super) fn rest(took: Duration) -> Duration {
    took.min(LONGEST_REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_rests_as_long_as_it_works_but_not_for_ever() {
        for (took, expected) in [(0, 0), (7, 7), (100, 100), (5_000, 100)] {
            assert_eq!(rest(Duration::from_millis(took)), Duration::from_millis(expected));
        }
    }
}
