//! `bypass`, `refresh` and `observe` where there are two levels and two nodes.

use std::sync::Arc;

use larder::{
    Answer, Cache, HasCache, Level as Place, Outcome, Reason, bypass, cache_put, cacheable, observe, refresh,
};

use crate::level::{Level, on_every_level};
use crate::support::{Gate, Loads, within};

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    source: Arc<Source>,
}

#[derive(Debug)]
struct Source {
    loads: Loads,
    gate: Gate,
}

impl Node {
    /// Nodes that keep nothing in memory.
    fn two(level: &Level) -> [Self; 2] {
        Self::of([level.node_without_memory(), level.node_without_memory()])
    }

    fn of(caches: [Cache; 2]) -> [Self; 2] {
        let source = Arc::new(Source { loads: Loads::default(), gate: Gate::closed() });
        caches.map(|cache| Self { cache, source: Arc::clone(&source) })
    }

    #[cacheable("item:{id}", tags = ["items"])]
    async fn item(&self, id: u64) -> u64 {
        self.source.loads.next()
    }

    #[cacheable("slow:{id}")]
    async fn slow(&self, id: u64) -> u64 {
        let load = self.source.loads.next();
        self.source.gate.pass().await;
        load
    }

    #[cacheable("small", unless = |load| *load > 1)]
    async fn small(&self) -> u64 {
        self.source.loads.next()
    }

    #[cacheable("item:{id}")]
    async fn text(&self, id: u64) -> String {
        id.to_string()
    }

    #[cacheable("item:{id}", tags = ["items", "more"])]
    async fn item_with_more_tags(&self, id: u64) -> u64 {
        self.source.loads.next()
    }

    #[cache_put("item:{id}")]
    async fn write(&self, id: u64) -> u64 {
        self.source.loads.next()
    }
}

async fn outcome<F: Future>(call: F) -> Outcome {
    within(observe(call)).await.outcome().expect("a cached function was called").clone()
}

on_every_level! {
    async fn a_bypassed_call_reads_and_stores_nothing_on_the_server(level: Level) {
        let [a, _] = Node::two(&level);
        assert_eq!(within(bypass(a.item(1))).await, 1);
        let is_control = |name: &String| name == "#c" || name == "#meta";
        assert!(level.names().iter().all(is_control), "{:?}", level.names());
    }

    async fn a_refresh_replaces_what_another_node_has_in_memory(level: Level) {
        let [a, b] = Node::of([level.node(), level.node()]);
        assert_eq!(within(a.item(1)).await, 1);
        assert_eq!(within(b.item(1)).await, 1);
        assert_eq!(within(refresh(b.item(1))).await, 2);
        within(async { while a.item(1).await != 2 { tokio::task::yield_now().await } }).await;
    }

    async fn a_put_inside_a_bypass_removes_its_key_on_the_server(level: Level) {
        let [a, b] = Node::two(&level);
        assert_eq!(within(a.item(1)).await, 1);
        assert_eq!(within(Box::pin(bypass(a.write(1)))).await, 2);
        assert_eq!(within(b.item(1)).await, 3);
    }

    async fn a_refreshed_value_is_what_other_nodes_read(level: Level) {
        let [a, b] = Node::two(&level);
        assert_eq!(within(a.item(1)).await, 1);
        assert_eq!(within(refresh(b.item(1))).await, 2);
        assert_eq!(within(a.item(1)).await, 2);
        level.until_no_lease_is_left().await;
    }

    async fn a_load_of_another_node_from_before_a_refresh_is_not_stored(level: Level) {
        let [a, b] = Node::two(&level);
        let earlier = held_at(&a, a.slow(1)).await;
        let fresh = held_at(&b, refresh(b.slow(1))).await;
        a.source.gate.let_through(2);
        assert_eq!(within(fresh).await, 2);
        assert_eq!(within(earlier).await, 1);
        a.source.gate.open();
        assert_eq!(within(a.slow(1)).await, 2);
    }

    async fn other_nodes_are_given_the_present_entry_while_a_refresh_runs(level: Level) {
        let [a, b] = Node::two(&level);
        a.source.gate.let_through(1);
        assert_eq!(within(a.slow(1)).await, 1);
        a.source.gate.arrival().await;
        let fresh = held_at(&b, refresh(b.slow(1))).await;
        assert_eq!(within(a.slow(1)).await, 1);
        a.source.gate.open();
        assert_eq!(within(fresh).await, 2);
    }

    async fn a_refresh_whose_value_is_not_to_be_stored_leaves_nothing_on_the_server(level: Level) {
        let [a, b] = Node::two(&level);
        assert_eq!(within(a.small()).await, 1);
        assert_eq!(within(refresh(b.small())).await, 2);
        assert_eq!(within(a.small()).await, 3);
    }

    async fn a_hit_on_the_server_is_told_with_the_reason_why_it_was_not_one_in_memory(level: Level) {
        let [a, b] = Node::of([level.node(), level.node()]);
        within(a.item(1)).await;
        let told = outcome(b.item(1)).await;
        assert_eq!((told.answer, told.level, told.age), (Answer::Hit, Place::Remote, None));
        assert_eq!((told.not_in_memory, told.not_remote), (Some(Reason::Nothing), None));
        let told = outcome(b.item(1)).await;
        assert_eq!((told.answer, told.level, told.age), (Answer::Hit, Place::Memory, None));
    }

    async fn a_miss_tells_why_the_server_did_not_answer(level: Level) {
        let [a, b] = Node::two(&level);
        assert_eq!(outcome(a.item(1)).await.not_remote, Some(Reason::Nothing));
        assert_eq!(outcome(b.item_with_more_tags(1)).await.not_remote, Some(Reason::FewerTags));
        assert_eq!(outcome(b.text(1)).await.not_remote, Some(Reason::OtherType));
        within(a.item(2)).await;
        within(b.cache.invalidate_tags(["items"])).await.expect("the server takes it");
        assert_eq!(outcome(a.item(2)).await.not_remote, Some(Reason::Invalidated));
    }
}

/// A call whose body waits at the gate.
async fn held_at<T>(node: &Node, call: impl Future<Output = T>) -> impl Future<Output = T> {
    let mut call = Box::pin(call);
    let gate = &node.source.gate;
    let arrived = within(futures::future::select(&mut call, Box::pin(gate.arrival()))).await;
    assert!(matches!(arrived, futures::future::Either::Right(_)), "the call should be held, but it is through");
    drop(arrived);
    call
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_the_reason_of_a_miss() {
    let server = cache_core::testing::FakeRedis::new();
    let [a, _] = Node::two(&Level::on(server.clone()));
    server
        .gate(cache_core::testing::Op::Read, cache_core::testing::Moment::Before)
        .fail(larder::ErrorKind::Unavailable);
    assert_eq!(outcome(a.item(1)).await.not_remote, Some(Reason::Unreachable));
}
