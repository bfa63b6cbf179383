//! An eviction overtakes what the server has answered already, or is being told.

use std::sync::Arc;

use cache_core::testing::{FakeRedis, Moment, Op};

use crate::level::{Level, on_every_server};
use crate::nodes::{Evict, Node, Source, begin, end, entry};
use crate::support::{held, within};

/// A fake, with the nodes of a level on it.
fn fake() -> (FakeRedis, Level) {
    let server = FakeRedis::new();
    (server.clone(), Level::on(server))
}

#[tokio::test]
async fn a_read_that_an_eviction_on_its_node_overtook_is_not_kept_in_memory() {
    let (server, level) = fake();
    let (source, a, b) = Node::two(&level);
    for kind in Evict::EACH {
        b.evict(Evict::Clear, 7).await;
        a.evict(Evict::Clear, 7).await;
        assert!(b.loads(7).await.0, "it is on the server now");
        let gate = server.gate(Op::Read, Moment::After);
        let read = begin(Arc::clone(&a).slow(7));
        gate.arrived().await;
        let after = source.write();
        a.evict(kind, 7).await;
        gate.release();
        assert_eq!(end(read).await, after - 1, "{kind:?}: the call is older than the eviction");
        assert_eq!(a.loads(7).await, (true, after), "{kind:?}");
    }
}

/// Without memory there is nothing but the read itself that could be old.
#[tokio::test]
async fn a_call_after_an_eviction_elsewhere_is_not_answered_by_a_read_before_it() {
    let (server, level) = fake();
    let (source, a, b) = Node::two_without_memory(&level);
    for kind in Evict::EACH {
        a.loads(7).await;
        let gate = server.gate(Op::Read, Moment::After);
        let first = held(a.get(7)).await;
        assert!(gate.has_arrived());
        let after = source.write();
        b.evict(kind, 7).await;
        let second = held(a.get(7)).await;
        let third = held(a.get(7)).await;
        gate.release();
        assert_eq!(within(first).await, after - 1, "{kind:?}: it began before");
        let (second, third) = within(futures::future::join(second, third)).await;
        assert_eq!((second, third), (after, after), "{kind:?}");
        assert!(!b.loads(7).await.0, "{kind:?}: what they loaded is stored");
    }
}

/// The second call queues behind the first, and is answered by what that has left in memory. Who waits for the second and
/// wants nothing from memory must not be given that.
#[tokio::test]
async fn a_call_without_memory_is_not_answered_by_what_a_read_before_an_eviction_left_there() {
    for kind in Evict::EACH {
        let ((server, level), source) = (fake(), Source::new());
        let (a, b) = (Node::new(level.node(), &source), Node::new(level.mute_node(), &source));
        b.loads(7).await;
        let gate = server.gate(Op::Read, Moment::After);
        let first = held(a.get(7)).await;
        assert!(gate.has_arrived());
        let second = held(a.get(7)).await;
        let after = source.write();
        b.evict(kind, 7).await;
        let third = held(a.get_there(7)).await;
        gate.release();
        let (first, second, third) = within(futures::future::join3(first, second, third)).await;
        assert_eq!((first, second), (after - 1, after - 1), "{kind:?}: memory may be behind");
        assert_eq!(third, after, "{kind:?}");
    }
}

/// The eviction comes between the read that found nothing and the lease.
#[tokio::test]
async fn an_eviction_before_the_lease_is_granted_refuses_nothing() {
    let (server, level) = fake();
    let (source, a, b) = Node::two_without_memory(&level);
    for kind in Evict::EACH {
        let gate = server.gate(Op::Acquire, Moment::Before);
        let load = held(a.get(7)).await;
        assert!(gate.has_arrived());
        let after = source.write();
        b.evict(kind, 7).await;
        gate.release();
        assert_eq!(within(load).await, after, "{kind:?}");
        assert!(!b.loads(7).await.0, "{kind:?}: it is stored");
        b.evict(Evict::Clear, 7).await;
    }
}

/// The load reads its source after the eviction, and its lease is older all the same.
#[tokio::test]
async fn an_eviction_after_the_lease_was_granted_refuses_the_fill() {
    let (server, level) = fake();
    let (source, a, b) = Node::two_without_memory(&level);
    for kind in Evict::EACH {
        let gate = server.gate(Op::Acquire, Moment::After);
        let load = held(a.get(7)).await;
        assert!(gate.has_arrived());
        source.write();
        b.evict(kind, 7).await;
        let second = held(a.get(7)).await;
        gate.release();
        assert_eq!(within(load).await, source.version(), "{kind:?}");
        assert_eq!(within(second).await, source.version(), "{kind:?}");
        b.evict(Evict::Clear, 7).await;
    }
    assert!(a.cache.stats().refused >= 7);
}

#[tokio::test]
async fn a_fill_that_an_eviction_overtook_stores_nothing() {
    let (server, level) = fake();
    for evicts_itself in [true, false] {
        let (source, a, b) = Node::two(&level);
        for kind in Evict::EACH {
            let evicting = if evicts_itself { &a } else { &b };
            evicting.evict(Evict::Key, 7).await;
            let gate = server.gate(Op::Fill, Moment::Before);
            let load = held(a.get(7)).await;
            assert!(gate.has_arrived());
            let after = source.write();
            evicting.evict(kind, 7).await;
            gate.release();
            assert_eq!(within(load).await, after - 1, "{kind:?}: its caller is given what it read");
            assert_eq!(level.bytes(&entry(7)), None, "{kind:?}");
            assert_eq!(a.loads(7).await, (true, after), "{kind:?}");
            evicting.evict(kind, 7).await;
            a.evict(Evict::Clear, 7).await;
        }
    }
}

/// Here the server has stored the value; the eviction removes it, and the filling node must not know better.
#[tokio::test]
async fn an_eviction_that_overtakes_the_answer_to_a_fill_removes_what_was_filled() {
    let (server, level) = fake();
    let (source, a, b) = Node::two(&level);
    for kind in Evict::EACH {
        let gate = server.gate(Op::Fill, Moment::After);
        let load = held(a.get(7)).await;
        assert!(gate.has_arrived());
        let after = source.write();
        a.evict(kind, 7).await;
        gate.release();
        assert_eq!(within(load).await, after - 1, "{kind:?}: its caller is given what it read");
        assert_eq!(a.loads(7).await, (true, after), "{kind:?}");
        assert_eq!(b.loads(7).await, (false, after), "{kind:?}");
        b.evict(Evict::Clear, 7).await;
        a.evict(Evict::Clear, 7).await;
    }
}

#[tokio::test]
async fn a_call_after_an_eviction_elsewhere_is_not_answered_by_a_fill_before_it() {
    let (server, level) = fake();
    let (source, a, b) = Node::two_without_memory(&level);
    for kind in Evict::EACH {
        let gate = server.gate(Op::Fill, Moment::After);
        let first = held(a.get(7)).await;
        assert!(gate.has_arrived());
        let after = source.write();
        b.evict(kind, 7).await;
        let second = held(a.get(7)).await;
        gate.release();
        assert_eq!(within(first).await, after - 1, "{kind:?}");
        assert_eq!(within(second).await, after, "{kind:?}");
        b.evict(Evict::Clear, 7).await;
    }
}

/// Until the server has taken it, an eviction has not returned; from then on no call may see what was before.
#[tokio::test]
async fn an_eviction_whose_answer_is_late_has_reached_everybody_when_it_returns() {
    let (server, level) = fake();
    let (source, a, b) = Node::two_without_memory(&level);
    for moment in [Moment::Before, Moment::After] {
        for kind in Evict::EACH {
            a.loads(7).await;
            let after = source.write();
            let gate = server.gate(Op::Evict, moment);
            let eviction = begin({
                let a = Arc::clone(&a);
                async move { a.evict(kind, 7).await }
            });
            gate.arrived().await;
            let meanwhile = b.loads(7).await.1;
            assert!(meanwhile >= after - 1, "{kind:?}");
            gate.release();
            end(eviction).await;
            assert_eq!((a.loads(7).await.1, b.loads(7).await.1), (after, after), "{kind:?} {moment:?}");
        }
    }
}

/// The same, where the memory of the evicting node is filled by a read while its eviction is on the way.
#[tokio::test]
async fn what_is_read_while_an_eviction_is_on_its_way_does_not_stay_in_memory() {
    let (server, level) = fake();
    let (source, a, b) = Node::two(&level);
    for moment in [Moment::Before, Moment::After] {
        for kind in Evict::EACH {
            b.evict(Evict::Clear, 7).await;
            b.loads(7).await;
            a.evict(Evict::Clear, 7).await;
            let after = source.write();
            b.evict(Evict::Clear, 7).await;
            b.loads(7).await;
            assert_eq!(b.loads(7).await.1, after);
            let after = source.write();
            let gate = server.gate(Op::Evict, moment);
            let eviction = begin({
                let a = Arc::clone(&a);
                async move { a.evict(kind, 7).await }
            });
            gate.arrived().await;
            a.loads(7).await;
            gate.release();
            end(eviction).await;
            assert_eq!(a.loads(7).await.1, after, "{kind:?} {moment:?}");
        }
    }
}

on_every_server! {
    async fn a_call_after_an_eviction_elsewhere_is_not_answered_by_a_read_on_its_way(level: Level) {
        let source = Source::new();
        let (cache, network) = level.node_behind_a_network();
        let (a, b) = (Node::new(cache, &source), Node::new(level.node_without_memory(), &source));
        for kind in Evict::EACH {
            a.loads(7).await;
            network.hold_answers().await;
            let first = begin(Arc::clone(&a).slow(7));
            network.has_done(&["MGET", "item:7"]).await;
            let after = source.write();
            b.evict(kind, 7).await;
            let second = held(a.get(7)).await;
            network.release();
            assert_eq!(end(first).await, after - 1, "{kind:?}: it began before");
            assert_eq!(within(second).await, after, "{kind:?}");
        }
    }

    async fn a_call_after_an_eviction_elsewhere_is_not_answered_by_a_fill_on_its_way(level: Level) {
        let source = Source::new();
        let (cache, network) = level.node_behind_a_network();
        let (a, b) = (Node::new(cache, &source), Node::new(level.node_without_memory(), &source));
        for kind in Evict::EACH {
            b.evict(Evict::Clear, 7).await;
            let first = begin(Arc::clone(&a).slow(7));
            source.gate.arrival().await;
            network.hold_answers().await;
            source.gate.let_through(1);
            network.has_done(&["lua", "\"SET\"", "global:items:item:7", "PX"]).await;
            let after = source.write();
            b.evict(kind, 7).await;
            let second = held(a.get(7)).await;
            network.release();
            assert_eq!(end(first).await, after - 1, "{kind:?}: its caller is given what it read");
            assert_eq!(within(second).await, after, "{kind:?}");
        }
    }
}
