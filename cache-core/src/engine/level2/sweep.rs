//! An invalidation by pattern: a barrier first, which refuses every load that runs, then a walk over the keys, and at
//! last a message. O(all keys of the server); tags and namespaces do the same in one step.

use crate::engine::level2::Level2;
use crate::model::error::Error;
use crate::model::namespace::Namespace;
use crate::model::pattern::KeyPattern;
use crate::model::space::Space;
use crate::port::{Evict, Evicted};
use crate::wire::message::Operation;
use crate::wire::names;

impl Level2 {
    /// Removes the entries that match; the barrier is raised already. Says how many there were.
    ///
    /// The server's own glob is asked for the namespace only: in a key a byte may be escaped because of what follows it,
    /// and the end of a long one is a hash, which only our matcher knows how to read.
    pub(super) async fn sweep(
        &self,
        space: Space,
        namespace: Namespace,
        pattern: &KeyPattern,
    ) -> Result<Evicted, Error> {
        let head = [space.as_str(), ":", namespace.as_str(), ":"].concat().into_bytes();
        let (mut cursor, mut removed) = (0, 0);
        loop {
            let page = self.store.scan(&head, cursor, self.limits.budget).await?;
            let matches = |key: &[u8]| key.strip_prefix(&*head).is_some_and(|rest| pattern.matches(rest));
            let keys: Vec<_> = page.keys.into_iter().filter(|key| matches(key)).collect();
            if !keys.is_empty() {
                let message = self.message(&keys.iter().map(|key| Operation::Key(key)).collect::<Vec<_>>());
                let evict = Evict { keys: &keys, message: &message, ..Evict::default() };
                removed += self.store.evict(evict, self.limits.budget).await?.removed;
            }
            cursor = page.next;
            if cursor == 0 {
                break;
            }
        }
        let closed = self.close(space, namespace).await?;
        Ok(Evicted { removed, ..closed })
    }

    /// The last word. An entry that was read from the server before the walk came to it, and lost there meanwhile, was
    /// removed by nobody: only what is said after the walk keeps it out of a memory.
    async fn close(&self, space: Space, namespace: Namespace) -> Result<Evicted, Error> {
        let token = names::of_namespace(space, namespace.as_str());
        let message = self.message(&[Operation::Pattern(&token)]);
        let evict = Evict { message: &message, ..Evict::default() };
        self.store.evict(evict, self.limits.budget).await
    }
}
