//! Cached functions that call cached functions: none waits for a lease of its own call.

use std::sync::Arc;
use std::time::Duration;

use larder::{Cache, HasCache, cacheable};

use crate::level::{Level, on_every_level};
use crate::support::{Loads, within};

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    loads: Arc<Loads>,
}

impl Node {
    fn two(level: &Level) -> [Arc<Self>; 2] {
        let loads = Arc::new(Loads::default());
        [level.node(), level.node()].map(|cache| Arc::new(Self { cache, loads: Arc::clone(&loads) }))
    }

    #[cacheable("outer:{id}")]
    async fn outer(&self, id: u64) -> u64 {
        self.loads.next();
        self.inner(id).await + 1
    }

    #[cacheable("inner:{id}")]
    async fn inner(&self, id: u64) -> u64 {
        self.loads.next();
        id
    }

    #[cacheable]
    async fn fib(&self, n: u64) -> u64 {
        self.loads.next();
        if n < 2 { n } else { self.fib(n - 1).await + self.fib(n - 2).await }
    }

    #[cacheable("itself:{key}", skip(depth))]
    async fn itself(&self, key: u64, depth: u64) -> u64 {
        self.loads.next();
        if depth == 0 { key } else { self.itself(key, depth - 1).await + 1 }
    }

    #[cacheable("around:{key}", skip(length, depth))]
    async fn around(self: Arc<Self>, key: u64, length: u64, depth: u64) -> u64 {
        self.loads.next();
        if depth == 0 { 0 } else { Arc::clone(&self).around((key + 1) % length, length, depth - 1).await + 1 }
    }

    /// Under the key of `inner`, with a value of another type.
    #[cacheable("inner:{id}")]
    async fn text(&self, id: u64) -> String {
        self.inner(id).await.to_string()
    }

    #[cacheable("twice:{id}")]
    async fn twice_at_once(&self, id: u64) -> u64 {
        let (left, right) = futures::future::join(self.inner(id), self.inner(id)).await;
        left + right
    }
}

/// A lease that a call waits for in vain costs it two seconds.
async fn at_once<T>(call: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_millis(1500), call).await.expect("it waited for a lease in vain")
}

on_every_level! {
    async fn an_outer_load_and_its_inner_one_are_both_stored(level: Level) {
        let [a, b] = Node::two(&level);
        assert_eq!(at_once(a.outer(7)).await, 8);
        assert_eq!(at_once(b.inner(7)).await, 7);
        assert_eq!(at_once(b.outer(7)).await, 8);
        assert_eq!(a.loads.count(), 2);
    }

    async fn a_recursive_function_loads_each_key_once(level: Level) {
        let [a, b] = Node::two(&level);
        assert_eq!(within(a.fib(30)).await, 832_040);
        assert_eq!(at_once(b.fib(30)).await, 832_040);
        assert_eq!(a.loads.count(), 31);
    }

    async fn a_function_that_calls_itself_with_its_own_key_does_not_wait_for_its_own_lease(level: Level) {
        let [a, b] = Node::two(&level);
        assert_eq!(at_once(a.itself(1, 3)).await, 4);
        let stored = at_once(b.itself(1, 3)).await;
        assert!(stored <= 4);
        level.until_no_lease_is_left().await;
    }

    async fn a_load_does_not_wait_for_the_lease_of_another_type_under_its_key_around_it(level: Level) {
        let [a, _] = Node::two(&level);
        assert_eq!(at_once(a.text(7)).await, "7");
        level.until_no_lease_is_left().await;
    }

    async fn a_load_may_ask_for_one_key_twice_at_once(level: Level) {
        let [a, _] = Node::two(&level);
        assert_eq!(at_once(a.twice_at_once(7)).await, 14);
        assert_eq!(a.loads.count(), 1);
    }

    async fn a_ring_of_loads_within_one_call_ends(level: Level) {
        let [a, _] = Node::two(&level);
        assert_eq!(at_once(Arc::clone(&a).around(0, 3, 7)).await, 7);
        level.until_no_lease_is_left().await;
    }

    /// Each node has a lease that the other one waits for; neither sees the other's wait, and both go on after it.
    async fn rings_of_loads_on_two_nodes_end(level: Level) {
        let [a, b] = Node::two(&level);
        let ring = |node: &Arc<Node>, key| Arc::clone(node).around(key, 2, 3);
        let (left, right) = within(futures::future::join(ring(&a, 0), ring(&b, 1))).await;
        assert!(left > 0 && right > 0);
    }
}
