//! What a second level must not bring back, and must not cost: interleavings that a server's gates hold still.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use cache_core::port::Stopwatch;
use cache_core::testing::{FakeRedis, Moment, Op};
use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::following::Following;
use crate::support::{Gate, Loads, held, within};

#[derive(HasCache)]
struct Node<'a> {
    cache: Cache,
    source: &'a Source,
}

/// What all nodes read: a number that may be missing.
#[derive(Debug, Default)]
struct Source {
    is_there: AtomicBool,
    value: AtomicU64,
    loads: Loads,
}

impl Source {
    fn read(&self) -> Option<u64> {
        self.loads.next();
        self.is_there.load(Ordering::SeqCst).then(|| self.value.load(Ordering::SeqCst))
    }

    fn write(&self, value: u64) {
        self.value.store(value, Ordering::SeqCst);
        self.is_there.store(true, Ordering::SeqCst);
    }
}

impl Node<'_> {
    #[cacheable("item")]
    async fn item(&self, gate: &Gate) -> u64 {
        let read = self.source.read();
        gate.pass().await;
        read.unwrap_or_default()
    }

    #[cacheable("item")]
    async fn found(&self, gate: &Gate) -> Option<u64> {
        let read = self.source.read();
        gate.pass().await;
        read
    }

    #[cacheable("item")]
    async fn tried(&self, gate: &Gate) -> Result<u64, &'static str> {
        let read = self.source.read();
        gate.pass().await;
        read.ok_or("it is not there")
    }

    #[cacheable("item", unless = |value| *value == 0)]
    async fn picky(&self, gate: &Gate) -> u64 {
        let read = self.source.read();
        gate.pass().await;
        read.unwrap_or_default()
    }

    #[cacheable("item", skip(inner))]
    async fn nested(&self, gate: &Gate, inner: bool) -> u64 {
        if !inner {
            gate.pass().await;
            return Box::pin(self.nested(gate, true)).await;
        }
        self.source.loads.next()
    }

    #[cacheable("item")]
    async fn slow(&self) -> u64 {
        let load = self.source.loads.next();
        tokio::time::sleep(Duration::from_millis(20)).await;
        load
    }

    #[cache_evict(key = "item")]
    async fn evict(&self) {}

    #[cache_put("item")]
    async fn store(&self, value: u64) -> u64 {
        value
    }

    #[cache_put("item")]
    async fn put(&self, gate: &Gate) -> u64 {
        gate.pass().await;
        42
    }
}

fn node<'a>(server: &FakeRedis, source: &'a Source) -> Node<'a> {
    let builder = Cache::builder("review").redis(server.clone()).l1_ttl(Duration::ZERO).budget(Duration::from_secs(5));
    Node { cache: builder.following(), source }
}

/// A load that may not be stored answers no later call; one waits behind it. Should the body of the first come to ask for
/// its own key, it must not wait for the second.
#[tokio::test]
async fn a_load_does_not_wait_for_one_that_queues_behind_it() {
    let (server, source) = (FakeRedis::new(), Source::default());
    let (reader, writer) = (node(&server, &source), node(&server, &source));
    let (writing, loading) = (Gate::closed(), Gate::closed());
    let mut put = held(writer.put(&writing)).await;
    let first = held(reader.nested(&loading, false)).await;
    let second = held(reader.nested(&loading, true)).await;
    loading.open();
    let (first, second) = within(futures::future::join(first, second)).await;
    assert_ne!(first, second, "neither was stored");
    writing.open();
    within(&mut put).await;
}

/// An eviction of another node returned before the call began, and the load that runs began before the eviction: its
/// value, its absence and its error are all older than what the call may see.
macro_rules! a_later_call_is_not_answered_by_an_evicted_load {
    ($($name:ident: $method:ident, $old:expr, $new:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let (server, source) = (FakeRedis::new(), Source::default());
            let (reader, writer) = (node(&server, &source), node(&server, &source));
            let gate = Gate::closed();
            let early = held(reader.$method(&gate)).await;
            within(gate.arrival()).await;
            source.write(7);
            within(writer.evict()).await;
            let late = held(reader.$method(&gate)).await;
            gate.open();
            let (early, late) = within(futures::future::join(early, late)).await;
            assert_eq!((early, late), ($old, $new));
        }
    )*};
}

a_later_call_is_not_answered_by_an_evicted_load! {
    nor_by_its_value: item, 0, 7;
    nor_by_its_absence: found, None, Some(7);
    nor_by_its_error: tried, Err("it is not there"), Ok(7);
    nor_by_a_value_that_is_not_to_be_stored: picky, 0, 7;
}

/// The intent, the value and the eviction of what could not be stored: all within one budget.
#[tokio::test]
async fn a_put_costs_one_budget() {
    const BUDGET: Duration = Duration::from_secs(1);
    let (server, source) = (FakeRedis::new(), Source::default());
    let cache = Cache::builder("review").redis(server.clone()).budget(BUDGET).following();
    let node = Node { cache, source: &source };
    let open = Gate::closed();
    open.open();
    for hung in [vec![Op::Acquire, Op::Evict, Op::Evict], vec![Op::Fill, Op::Evict, Op::Evict]] {
        let gates: Vec<_> = hung.iter().map(|op| server.gate(*op, Moment::Before)).collect();
        let began = Stopwatch::start();
        assert_eq!(within(node.put(&open)).await, 42);
        let took = began.elapsed();
        assert!(took < BUDGET * 3 / 2, "{hung:?} took {took:?}");
        drop(gates);
        while node.cache.stats().undelivered > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// The pause before the second attempt counts too: where it would take what is left, there is none.
#[tokio::test]
async fn an_eviction_costs_one_budget() {
    const BUDGET: Duration = Duration::from_millis(45);
    let (server, source) = (FakeRedis::new(), Source::default());
    let cache = Cache::builder("review").redis(server.clone()).budget(BUDGET).following();
    let node = Node { cache, source: &source };
    server.gate(Op::Evict, Moment::Before).fail(larder::ErrorKind::Server);
    within(node.evict()).await;
    assert_eq!(server.operations().evict, 1);
}

/// A call that found a question under way waits for its answer, and does not wait as long again where none came.
#[tokio::test]
async fn a_call_that_queues_behind_a_question_without_an_answer_costs_one_budget() {
    const BUDGET: Duration = Duration::from_secs(1);
    let (server, source) = (FakeRedis::new(), Source::default());
    let builder = Cache::builder("review").redis(server.clone()).budget(BUDGET).l1_ttl(Duration::ZERO);
    let node = Node { cache: builder.following(), source: &source };
    let open = Gate::closed();
    open.open();
    let _gates: Vec<_> = (0..4).map(|_| server.gate(Op::Read, Moment::Before)).collect();
    let timed = || async {
        let began = Stopwatch::start();
        node.item(&open).await;
        began.elapsed()
    };
    let took = within(futures::future::join_all((0..5).map(|_| timed()))).await;
    assert!(took.iter().all(|took| *took < BUDGET * 3 / 2), "{took:?}");
}

/// Callers of one key with nothing in memory: those who came while the server was asked wait for the next question,
/// which answers them all.
#[tokio::test]
async fn many_callers_of_one_key_ask_a_few_times() {
    let (server, source) = (FakeRedis::new(), Source::default());
    let node = node(&server, &source);
    let open = Gate::closed();
    open.open();
    within(node.item(&open)).await;
    server.take_operations();
    let gate = server.gate(Op::Read, Moment::Before);
    let calls = futures::future::join_all((0..1000).map(|_| node.item(&open)));
    let released = async {
        gate.arrived().await;
        gate.release();
    };
    within(futures::future::join(calls, released)).await;
    assert_eq!((server.operations().read, source.loads.count()), (2, 1));
}

/// A key that is evicted while it is loaded, again and again: those who wait are answered by a load that began after
/// they did, whether it could be stored or not.
#[tokio::test]
async fn many_callers_of_a_key_that_is_evicted_all_the_time_load_a_few_times() {
    let (server, source) = (FakeRedis::new(), Source::default());
    let (reader, writer) = (node(&server, &source), node(&server, &source));
    let calls = futures::future::join_all((0..1000).map(|_| reader.slow()));
    let evictions = async {
        loop {
            writer.evict().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        _ = within(calls) => {}
        () = evictions => {}
    }
    assert!(source.loads.count() < 10, "{} loads", source.loads.count());
}

/// A put is stored on the server, another node overwrites it, this node reads that: the answer to its own put, which comes
/// only now, is old.
#[tokio::test]
async fn a_put_does_not_take_the_place_of_what_was_read_meanwhile() {
    let (server, source) = (FakeRedis::new(), Source::default());
    let cache = || Cache::builder("review").redis(server.clone()).following();
    let (a, b) = (Node { cache: cache(), source: &source }, Node { cache: cache(), source: &source });
    let reply = server.gate(Op::Fill, Moment::After);
    let put = held(a.store(1)).await;
    within(reply.arrived()).await;
    within(b.store(2)).await;
    let closed = Gate::closed();
    assert_eq!(within(a.item(&closed)).await, 2);
    reply.release();
    within(put).await;
    assert_eq!(within(a.item(&closed)).await, 2);
}

/// The server has done what it was told, and whoever told it is gone, before the answer came or after.
#[tokio::test]
async fn an_eviction_whose_caller_is_gone_reaches_the_memory() {
    let (server, source) = (FakeRedis::new(), Source::default());
    let cache = Cache::builder("review").redis(server.clone()).following();
    let node = Node { cache, source: &source };
    let open = Gate::closed();
    open.open();
    for is_answered in [false, true] {
        source.write(1);
        within(node.evict()).await;
        assert_eq!(within(node.item(&open)).await, 1);
        source.write(2);
        let reply = server.gate(Op::Evict, Moment::After);
        let evict = held(node.evict()).await;
        within(reply.arrived()).await;
        if is_answered {
            reply.release();
            tokio::time::sleep(Duration::from_millis(20)).await;
            drop(evict);
        } else {
            drop(evict);
            // Read again from the server, it may not stay.
            within(node.item(&open)).await;
            reply.release();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(within(node.item(&open)).await, 2, "answered: {is_answered}");
    }
}

#[tokio::test]
async fn settings_at_the_end_of_time() {
    let (server, source) = (FakeRedis::new(), Source::default());
    let max = Duration::MAX;
    let builder = Cache::builder("review").redis(server.clone()).lease(max).budget(max).l1_ttl(max).ttl(max);
    let node = Node { cache: builder.following(), source: &source };
    let gate = Gate::closed();
    let first = held(node.item(&gate)).await;
    let second = held(node.item(&gate)).await;
    gate.open();
    within(futures::future::join(first, second)).await;
    within(node.evict()).await;
    within(node.put(&gate)).await;
}
