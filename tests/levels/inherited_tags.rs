//! Tags of cached functions that a body awaits, where there are two levels and two nodes.

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::{FakeRedis, Moment, Op};
use larder::{Cache, ErrorKind, HasCache, cache_put, cacheable};

use crate::following::Following;
use crate::level::{Level, on_every_level};
use crate::support::{Loads, within};

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    source: Arc<Source>,
}

/// What the nodes load from: the number of the load is the value, so a test sees how old it is.
#[derive(Debug, Default)]
struct Source {
    inner: Loads,
    outer: Loads,
}

impl Node {
    fn of<const N: usize>(caches: [Cache; N]) -> [Self; N] {
        let source = Arc::new(Source::default());
        caches.map(|cache| Self { cache, source: Arc::clone(&source) })
    }

    async fn evict(&self, tag: &str) {
        within(self.cache.invalidate_tags([tag])).await.expect("the server takes it");
    }

    #[cacheable("inner:{id}", tags = ["inner:{id}"])]
    async fn inner(&self, id: u64) -> u64 {
        self.source.inner.next()
    }

    #[cache_put("inner:{id}", tags = ["inner:{id}"])]
    async fn write(&self, id: u64) -> u64 {
        self.source.inner.next()
    }

    #[cacheable("here:{id}", tags = ["here:{id}"], l2 = off)]
    async fn here(&self, id: u64) -> u64 {
        self.source.inner.next()
    }

    #[cacheable("over_here:{id}")]
    async fn over_here(&self, id: u64) -> u64 {
        self.source.outer.next();
        self.here(id).await
    }

    #[cacheable("over_here_too:{id}")]
    async fn over_here_too(&self, id: u64) -> u64 {
        self.here(id).await
    }

    #[cacheable("outer:{id}", tags = ["outers"])]
    async fn outer(&self, id: u64) -> u64 {
        self.source.outer.next();
        self.inner(id).await
    }

    #[cacheable("outermost:{id}")]
    async fn outermost(&self, id: u64) -> u64 {
        self.outer(id).await
    }

    #[cacheable("alone:{id}", inherit_tags = false)]
    async fn alone(&self, id: u64) -> u64 {
        self.inner(id).await
    }
}

on_every_level! {
    async fn an_eviction_on_another_node_reaches_what_was_made_of_the_entry(level: Level) {
        let [a, b] = Node::of([level.node_without_memory(), level.node_without_memory()]);
        assert_eq!(within(a.outermost(1)).await, 1);
        assert_eq!(within(b.outermost(1)).await, 1);
        b.evict("inner:1").await;
        assert_eq!(within(a.outermost(1)).await, 2);
        assert_eq!(within(b.outermost(1)).await, 2);
    }

    async fn tags_are_inherited_from_hits_on_either_level(level: Level) {
        let [a, b, without] = Node::of([level.node(), level.node(), level.node_without_memory()]);
        within(a.inner(1)).await;
        // `b` finds it on the server, then in its memory.
        assert_eq!(within(b.outer(1)).await, 1);
        assert_eq!(within(b.outermost(1)).await, 1);
        assert_eq!(within(without.outermost(1)).await, 1);
        assert_eq!(b.source.outer.count(), 1);
        a.evict("inner:1").await;
        assert_eq!(within(without.outermost(1)).await, 2);
    }

    /// A reader cannot know them before its body, and accepts what the entry lists.
    async fn an_entry_with_inherited_tags_is_a_hit_for_other_nodes(level: Level) {
        let [a, b] = Node::of([level.node(), level.node()]);
        within(a.outer(1)).await;
        assert_eq!(within(b.outer(1)).await, 1);
        assert_eq!((b.cache.stats().remote_hits, b.source.outer.count()), (1, 1));
        b.evict("inner:1").await;
        assert_eq!(within(b.outer(1)).await, 2);
    }

    /// `a` still has the inner value in memory, `b` has evicted it and minted its tag's token anew. What `a` makes of the
    /// old value must not stand under the new token.
    async fn what_is_made_of_a_stale_copy_is_not_stored_though_its_tag_has_a_new_token(level: Level) {
        let [a, b] = Node::of([level.node(), level.mute_node()]);
        assert_eq!(within(a.inner(1)).await, 1);
        b.evict("inner:1").await;
        assert_eq!(within(b.inner(1)).await, 2);
        // Memory may lag behind where a message is lost: this is what the server must be kept from.
        assert_eq!(within(a.outer(1)).await, 1);
        assert_eq!(within(b.outer(1)).await, 2);
        assert_eq!(a.cache.stats().refused, 1);
    }

    async fn what_is_made_of_a_stale_copy_is_not_stored_where_its_tag_has_no_token(level: Level) {
        let [a, b] = Node::of([level.node(), level.mute_node()]);
        assert_eq!(within(a.inner(1)).await, 1);
        b.evict("inner:1").await;
        assert_eq!(within(a.outer(1)).await, 1);
        assert_eq!(within(b.outer(1)).await, 2);
    }

    /// The one in the middle is not stored, but a call around it is given its value all the same.
    async fn what_is_made_of_something_made_of_a_stale_copy_is_not_stored(level: Level) {
        let [a, b] = Node::of([level.node(), level.mute_node()]);
        assert_eq!(within(a.inner(1)).await, 1);
        b.evict("inner:1").await;
        assert_eq!(within(b.inner(1)).await, 2);
        assert_eq!(within(a.outermost(1)).await, 1);
        assert_eq!(within(b.outermost(1)).await, 2);
    }

    async fn a_value_that_was_put_passes_its_tags_on(level: Level) {
        let [a, b] = Node::of([level.node(), level.node_without_memory()]);
        within(a.write(1)).await;
        assert_eq!(within(a.outer(1)).await, 1);
        assert_eq!(within(b.outer(1)).await, 1);
        b.evict("inner:1").await;
        assert_eq!(within(b.outer(1)).await, 2);
    }

    async fn what_is_made_of_a_stale_copy_of_a_value_that_was_put_is_not_stored(level: Level) {
        let [a, b] = Node::of([level.node(), level.mute_node()]);
        within(a.write(1)).await;
        b.evict("inner:1").await;
        assert_eq!(within(b.inner(1)).await, 2);
        assert_eq!(within(a.outer(1)).await, 1);
        assert_eq!(within(b.outer(1)).await, 2);
    }

    async fn a_fresh_inner_value_lets_the_outer_one_be_stored_again(level: Level) {
        let [a, b] = Node::of([level.node(), level.node_without_memory()]);
        within(a.outer(1)).await;
        a.evict("inner:1").await;
        assert_eq!(within(a.outer(1)).await, 2);
        assert_eq!(within(b.outer(1)).await, 2);
        assert_eq!(b.source.outer.count(), 2);
    }

    async fn what_does_not_inherit_is_stored_without_the_tags(level: Level) {
        let [a, b] = Node::of([level.node(), level.node_without_memory()]);
        within(a.alone(1)).await;
        b.evict("inner:1").await;
        assert_eq!(within(b.alone(1)).await, 1);
    }

    async fn what_is_made_of_an_entry_of_memory_alone_is_stored_if_the_server_vouches_for_its_tags(level: Level) {
        let [a, b] = Node::of([level.node(), level.node_without_memory()]);
        // The server is heard of.
        within(a.inner(9)).await;
        assert_eq!(within(a.here(1)).await, 2);
        assert_eq!(within(a.over_here(1)).await, 2);
        assert_eq!(within(b.over_here(1)).await, 2);
        assert_eq!(a.source.outer.count(), 1);
    }

    async fn what_is_made_of_a_stale_entry_of_memory_alone_is_not_stored(level: Level) {
        let [a, b] = Node::of([level.node(), level.mute_node()]);
        within(a.inner(9)).await;
        assert_eq!(within(a.here(1)).await, 2);
        b.evict("here:1").await;
        // Mints the token.
        assert_eq!(within(b.over_here(1)).await, 3);
        assert_eq!(within(a.over_here_too(1)).await, 2);
        assert_eq!(within(b.over_here_too(1)).await, 3);
    }
}

/// Loaded while the server had never been heard of: nobody can tell what was evicted since.
#[tokio::test]
async fn what_is_made_of_a_value_from_before_the_server_was_heard_of_is_not_stored_there() {
    let server = FakeRedis::new();
    let level = Level::on(server.clone());
    let clock = larder::ManualClock::new();
    let cache = level.builder().clock(clock.clock()).following();
    let [a, b] = Node::of([cache, level.node_without_memory()]);
    server.gate(Op::Read, Moment::Before).fail(ErrorKind::Unavailable);
    assert_eq!(within(a.inner(1)).await, 1);
    assert_eq!(within(a.outer(1)).await, 1);
    assert_eq!(a.cache.stats().unstored, 1);
    assert_eq!(within(b.outer(1)).await, 2);
    clock.advance(Duration::from_secs(1));
    assert_eq!(within(a.outer(1)).await, 2);
}

/// A second question shows the tokens that only the entry names.
#[tokio::test]
async fn a_hit_on_the_server_with_inherited_tags_costs_two_round_trips() {
    let server = FakeRedis::new();
    let level = Level::on(server.clone());
    let [a, b] = Node::of([level.node(), level.node()]);
    within(a.outer(1)).await;
    server.take_operations();
    within(b.outer(1)).await;
    assert_eq!(server.take_operations().read, 2);
}
