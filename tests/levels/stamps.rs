//! `stamped` and `at_least`: reads that follow what another node has written.

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::{FakeRedis, Moment, Op};
use larder::{
    Cache, ErrorKind, HasCache, Level as Place, Outcome, Reason, Stamp, at_least, cache_evict, cache_put, cacheable,
    observe, refresh, stamped,
};

use crate::following::Following;
use crate::level::{Level, on_every_level};
use crate::nodes::{Evict, Node, Source};
use crate::support::{Gate, Loads, within};

#[derive(Debug, HasCache)]
struct Writer {
    #[cache]
    cache: Cache,
    source: Arc<(Loads, Gate)>,
}

impl Writer {
    fn new(cache: Cache, source: &Arc<(Loads, Gate)>) -> Arc<Self> {
        Arc::new(Self { cache, source: Arc::clone(source) })
    }

    /// One whose memory follows by messages only, and one that nobody hears.
    fn two(level: &Level) -> [Arc<Self>; 2] {
        let source = Arc::new((Loads::default(), Gate::closed()));
        [level.node(), level.mute_node()].map(|cache| Self::new(cache, &source))
    }

    #[cacheable("item:{id}")]
    async fn get(&self, id: u64) -> u64 {
        self.source.0.next()
    }

    #[cacheable("sum", tags = ["sum"])]
    async fn sum(&self) -> u64 {
        self.get(1).await + 100 * self.get(2).await
    }

    #[cacheable("item:{ids}", batch)]
    async fn many(&self, ids: &[u64]) -> Vec<Option<u64>> {
        ids.iter().map(|_| Some(self.source.0.next())).collect()
    }

    #[cacheable("slow:{id}")]
    async fn slow(self: Arc<Self>, id: u64) -> u64 {
        let load = self.source.0.next();
        self.source.1.pass().await;
        load
    }

    #[cache_put("item:{id}")]
    async fn put(&self, id: u64) -> u64 {
        self.source.0.next()
    }

    #[cache_put("item:{result.0}", value = |made| made.1)]
    async fn make(&self, id: u64) -> (u64, u64) {
        (id, self.source.0.next())
    }

    #[cache_evict(key = "item:{id}")]
    async fn evict(&self, id: u64) {}
}

async fn outcome<F: Future>(call: F) -> Outcome {
    within(observe(call)).await.outcome().expect("a cached function was called").clone()
}

async fn stamp_of<F: Future>(call: F) -> Stamp {
    within(Box::pin(stamped(call))).await.stamp.expect("it was delivered")
}

on_every_level! {
    async fn a_read_that_follows_an_eviction_of_any_kind_is_not_older_though_no_message_came(level: Level) {
        let source = Source::new();
        let (a, b) = (Node::new(level.node(), &source), Node::new(level.mute_node(), &source));
        for kind in Evict::EACH {
            let before = source.version();
            a.loads(7).await;
            let after = source.write();
            let stamp = stamp_of(b.evict(kind, 7)).await;
            assert_eq!(a.loads(7).await, (false, before), "{kind:?}: memory has not heard of it");
            assert_eq!(at_least(stamp, a.loads(7)).await, (true, after), "{kind:?}");
        }
    }

    async fn a_read_that_follows_a_put_is_given_what_was_put(level: Level) {
        let [a, b] = Writer::two(&level);
        within(a.get(1)).await;
        let stamp = stamp_of(b.put(1)).await;
        assert_eq!(within(a.get(1)).await, 1);
        assert_eq!(within(at_least(stamp, a.get(1))).await, 2);
    }

    async fn a_read_that_follows_a_put_whose_key_the_result_names_is_given_what_was_put(level: Level) {
        let [a, b] = Writer::two(&level);
        within(a.get(1)).await;
        let stamp = stamp_of(b.make(1)).await;
        assert_eq!(within(at_least(stamp, a.get(1))).await, 2);
    }

    async fn a_read_that_follows_a_refresh_is_given_what_it_loaded(level: Level) {
        let [a, b] = Writer::two(&level);
        within(a.get(1)).await;
        let stamp = stamp_of(refresh(b.get(1))).await;
        assert_eq!(within(at_least(stamp, a.get(1))).await, 2);
    }

    async fn the_elements_of_a_batch_follow_too(level: Level) {
        let [a, b] = Writer::two(&level);
        assert_eq!(within(a.many(&[1, 2])).await, [Some(1), Some(2)]);
        let stamp = stamp_of(b.put(2)).await;
        assert_eq!(within(a.many(&[1, 2])).await, [Some(1), Some(2)]);
        assert_eq!(within(at_least(stamp, a.many(&[1, 2]))).await, [Some(1), Some(3)]);
    }

    async fn calls_in_a_body_follow_too(level: Level) {
        let [a, b] = Writer::two(&level);
        within(a.get(1)).await;
        within(a.get(2)).await;
        let stamp = stamp_of(b.put(1)).await;
        assert_eq!(within(at_least(stamp, a.sum())).await, 203);
    }

    async fn memory_answers_as_soon_as_it_has_seen_the_stamp(level: Level) {
        let [a, b] = Writer::two(&level);
        within(a.get(1)).await;
        let stamp = stamp_of(b.put(1)).await;
        // The first call has it ask where the history stands, at once.
        within(async {
            while outcome(at_least(stamp.clone(), a.get(1))).await.level != Place::Memory {}
        })
        .await;
        assert_eq!(within(at_least(stamp, a.get(1))).await, 2);
    }

    async fn memory_that_has_heard_of_it_is_not_passed_by(level: Level) {
        let source = Arc::new((Loads::default(), Gate::closed()));
        let [a, b] = [level.node(), level.node()].map(|cache| Writer::new(cache, &source));
        within(a.get(1)).await;
        let stamp = stamp_of(b.evict(2)).await;
        level.until(|_| a.cache.stats().coherence.messages == 1).await;
        let outcome = outcome(at_least(stamp, a.get(1))).await;
        assert_eq!((outcome.level, outcome.not_in_memory), (Place::Memory, None));
    }

    async fn the_outcome_says_why_memory_was_not_asked(level: Level) {
        let [a, b] = Writer::two(&level);
        within(a.get(1)).await;
        let stamp = stamp_of(b.evict(2)).await;
        let outcome = outcome(at_least(stamp, a.get(1))).await;
        assert_eq!((outcome.level, outcome.not_in_memory), (Place::Remote, Some(Reason::Unconfirmed)));
    }

    async fn of_two_scopes_both_count(level: Level) {
        let [a, b] = Writer::two(&level);
        within(a.get(1)).await;
        let stamp = stamp_of(b.put(1)).await;
        assert_eq!(within(at_least(stamp, at_least(Stamp::default(), a.get(1)))).await, 2);
    }

    async fn a_stamp_of_another_history_is_one_that_memory_has_not_seen(level: Level) {
        let [a, _] = Writer::two(&level);
        within(a.get(1)).await;
        let stamp: Stamp = "000102030405060708090a0b0c0d0e0f-0".parse().expect("it is a stamp");
        assert_eq!(outcome(at_least(stamp, a.get(1))).await.level, Place::Remote);
    }

    async fn of_several_writes_the_last_one_counts(level: Level) {
        let [a, b] = Writer::two(&level);
        within(a.get(1)).await;
        within(a.get(2)).await;
        let stamp = stamp_of(async { (b.put(1).await, b.put(2).await) }).await;
        assert_eq!(within(at_least(stamp.clone(), a.get(2))).await, 4);
        let again = stamp_of(b.put(1)).await;
        assert_eq!(stamp.and(&again), again);
    }

    async fn an_empty_stamp_asks_for_nothing(level: Level) {
        let [a, _] = Writer::two(&level);
        within(a.get(1)).await;
        let stamp = stamp_of(a.get(1)).await;
        assert!(stamp.is_empty());
        assert_eq!(outcome(at_least(stamp, a.get(1))).await.level, Place::Memory);
    }
}

#[tokio::test]
async fn without_a_second_level_there_is_nothing_to_follow() {
    let source = Arc::new((Loads::default(), Gate::closed()));
    let node = Writer::new(Cache::builder("stamps").build().expect("the settings are valid"), &source);
    within(node.get(1)).await;
    let stamp = stamp_of(node.evict(2)).await;
    assert!(stamp.is_empty());
    let foreign: Stamp = "000102030405060708090a0b0c0d0e0f-7".parse().expect("it is a stamp");
    assert_eq!(outcome(at_least(foreign, node.get(1))).await.level, Place::Memory);
}

/// A fake whose budget is short, so that what it does not answer fails soon.
fn impatient(server: &FakeRedis, source: &Arc<(Loads, Gate)>) -> Arc<Writer> {
    let builder = Level::on(server.clone()).builder().budget(Duration::from_millis(50));
    Writer::new(builder.following(), source)
}

#[tokio::test]
async fn what_was_not_delivered_has_no_stamp() {
    let (server, source) = (FakeRedis::new(), Arc::new((Loads::default(), Gate::closed())));
    let node = impatient(&server, &source);
    let _gates: Vec<_> = (0..50).map(|_| server.gate(Op::Evict, Moment::Before)).collect();
    let stamped = within(stamped(node.evict(1))).await;
    assert_eq!(stamped.stamp.map_err(|error| error.kind()), Err(ErrorKind::Timeout));
}

#[tokio::test]
async fn what_was_dropped_has_no_stamp() {
    let (server, source) = (FakeRedis::new(), Arc::new((Loads::default(), Gate::closed())));
    let node = Writer::new(Level::on(server).node(), &source);
    let dropped = stamped(async {
        let mut put = std::pin::pin!(Arc::clone(&node).hang());
        assert!(futures::poll!(put.as_mut()).is_pending());
        // It goes out of scope here.
    });
    let stamped = within(dropped).await;
    assert_eq!(stamped.stamp.map_err(|error| error.kind()), Err(ErrorKind::Unavailable));
}

impl Writer {
    #[cache_evict(key = "item:1")]
    async fn hang(self: Arc<Self>) {
        self.source.1.pass().await;
    }
}

/// Nobody can confirm then what a load brings whose body has read before the eviction.
#[tokio::test]
async fn a_load_that_began_before_is_not_shared_where_the_server_is_gone() {
    let (server, source) = (FakeRedis::new(), Arc::new((Loads::default(), Gate::closed())));
    let node = impatient(&server, &source);
    let other = Writer::new(Level::on(FakeRedis::new()).node(), &source);
    let gates: Vec<_> = (0..50).map(|_| server.gate(Op::Read, Moment::Before)).collect();
    let first = tokio::spawn(Arc::clone(&node).slow(1));
    source.1.arrival().await;
    let stamp = stamp_of(other.evict(1)).await;
    let usual = tokio::spawn(Arc::clone(&node).slow(1));
    let follows = tokio::spawn(at_least(stamp, Arc::clone(&node).slow(1)));
    tokio::task::yield_now().await;
    source.1.open();
    let brought = (
        within(first).await.expect("it ends"),
        within(usual).await.expect("it ends"),
        within(follows).await.expect("it ends"),
    );
    assert_eq!((brought.0, brought.1), (1, 1));
    assert_ne!(brought.2, 1);
    drop(gates);
}
