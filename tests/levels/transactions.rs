//! `timing = after_commit` where there are two nodes.

use std::sync::Arc;

use larder::{Cache, CommitScope, HasCache, at_least, cache_evict, cache_put, cacheable, stamped};

use crate::level::{Level, on_every_level};
use crate::support::{Loads, within};

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    loads: Arc<Loads>,
}

impl Node {
    fn two(level: &Level) -> [Self; 2] {
        let loads = Arc::new(Loads::default());
        [(); 2].map(|()| Self { cache: level.node(), loads: Arc::clone(&loads) })
    }

    #[cacheable("item:{id}")]
    async fn item(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict("item:{id}", timing = after_commit)]
    async fn change(&self, id: u64) {}

    #[cache_put("item:{id}")]
    async fn write(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict("other")]
    async fn mark(&self) {}

    fn heard(&self) -> u64 {
        self.cache.stats().coherence.messages
    }

    /// Waits until it is not given this any more, and says what it is given.
    async fn after(&self, old: u64) -> u64 {
        within(async {
            loop {
                match self.item(1).await {
                    item if item == old => tokio::task::yield_now().await,
                    item => return item,
                }
            }
        })
        .await
    }
}

on_every_level! {
    async fn what_waits_for_a_commit_is_stamped_where_the_commit_is(level: Level) {
        let [a, b] = Node::two(&level);
        within(b.item(1)).await;
        let scope = CommitScope::new();
        let changed = within(Box::pin(stamped(scope.run(a.change(1))))).await;
        assert!(changed.stamp.expect("nothing went wrong").is_empty());
        let committed = within(Box::pin(stamped(scope.commit(async {})))).await;
        let stamp = committed.stamp.expect("it was delivered");
        assert!(!stamp.is_empty());
        assert_eq!(within(at_least(stamp, b.item(1))).await, 2);
    }

    async fn other_nodes_are_told_after_the_commit_and_not_before(level: Level) {
        let [a, b] = Node::two(&level);
        assert_eq!(within(a.item(1)).await, 1);
        let before = a.heard();
        let scope = CommitScope::new();
        within(scope.run(b.change(1))).await;
        assert_eq!(within(Box::pin(scope.run(b.write(1)))).await, 2);
        // Messages come in their order: had the changes been told, they would be here before this one.
        within(b.mark()).await;
        within(async { while a.heard() == before { tokio::task::yield_now().await; } }).await;
        assert_eq!(a.heard(), before + 1);
        assert_eq!(within(a.item(1)).await, 1, "it is what is committed");
        within(scope.commit(async {})).await;
        assert_eq!(a.after(1).await, 3);
        assert_eq!(a.heard(), before + 2, "both changes with one message");
        assert_eq!(within(b.item(1)).await, 3);
    }

    async fn what_another_node_loads_before_the_commit_is_evicted_everywhere(level: Level) {
        let [a, b] = Node::two(&level);
        let scope = CommitScope::new();
        within(scope.run(b.change(1))).await;
        assert_eq!(within(a.item(1)).await, 1);
        assert_eq!(within(b.item(1)).await, 1, "from the server");
        within(scope.commit(async {})).await;
        assert_eq!(within(b.item(1)).await, 2);
        assert_eq!(a.after(1).await, 2);
    }

    async fn without_a_commit_no_node_is_told(level: Level) {
        let [a, b] = Node::two(&level);
        assert_eq!(within(a.item(1)).await, 1);
        let scope = CommitScope::new();
        within(scope.run(b.change(1))).await;
        assert_eq!(within(scope.run(b.item(1))).await, 2, "its own write");
        drop(scope);
        assert_eq!(within(b.item(1)).await, 1, "from the server");
        assert_eq!(within(a.item(1)).await, 1);
    }

    async fn a_commit_that_is_dropped_reaches_the_other_nodes_too(level: Level) {
        let [a, b] = Node::two(&level);
        assert_eq!(within(a.item(1)).await, 1);
        let scope = CommitScope::new();
        within(scope.run(b.change(1))).await;
        let mut commit = Box::pin(scope.commit(std::future::pending::<()>()));
        assert!(futures::poll!(&mut commit).is_pending());
        drop(commit);
        assert_eq!(a.after(1).await, 2);
    }
}
