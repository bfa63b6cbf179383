//! Calls, and what other nodes have invalidated: messages that are applied, and polls that make memory true again.
//!
//! The row is what the other nodes share. Whoever follows them is a task beside the calls, as in `engine/coherence/`.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::engine::Fence;
use crate::engine::coherence::standing::Standing;
use crate::engine::schedules::world::{By, World, all, task};
use crate::engine::schedules::{holds, is_found_out};
use crate::model::clock::Freshness;
use crate::model::space::Space;
use crate::model::stamp::Stamp;
use crate::wire::message::Operation;
use crate::wire::names;

const ANSWER: Stamp = Stamp { generation: [1; 16], sequence: 7 };
const BOUND: Duration = Duration::from_secs(3);

impl World {
    /// What a message does that names the row.
    fn hear(&self, by: By) {
        let key = self.key();
        let (tag, namespace) = (names::of_tag(&Space::Global, b"books"), names::of_namespace(&Space::Global, "rows"));
        let space = names::of_space(&Space::Global);
        self.engine.apply(&[match by {
            By::Key => Operation::Key(key.bytes()),
            By::Tag => Operation::Token(&tag),
            By::Namespace => Operation::Token(&namespace),
            By::Space => Operation::Token(&space),
            By::Pattern => Operation::Pattern(&namespace),
        }]);
    }
}

/// Calls that meet a message. Another node has written and invalidated before it is told.
fn calls_and_a_message(world: &Arc<World>, tell: impl FnOnce(&World) + 'static) {
    let follower = task(world, async move |world| {
        world.row.store(2, Ordering::SeqCst);
        tell(&world);
        world.least.store(2, Ordering::SeqCst);
    });
    let calls = (0..2).map(|_| {
        task(world, async |world| {
            world.read_checked().await;
            world.read_checked().await;
        })
    });
    all(calls.collect::<Vec<_>>().into_iter().chain([follower]));
    assert!(world.in_memory().is_none_or(|value| value == 2), "memory has kept {:?}", world.in_memory());
}

#[test]
fn once_a_message_is_applied_nothing_older_is_answered() {
    for by in By::ALL {
        holds(250, move || calls_and_a_message(&World::new(), move |world| world.hear(by)));
    }
}

/// Few calls have few moments, so that each of them is met.
#[test]
fn a_load_that_ends_while_a_message_is_applied_leaves_nothing_older() {
    for by in By::ALL {
        holds(600, move || {
            let world = World::new();
            let load = task(&world, async |world| world.read_checked().await);
            let follower = task(&world, async move |world| {
                world.row.store(2, Ordering::SeqCst);
                world.hear(by);
            });
            all([load, follower]);
            assert!(world.in_memory().is_none_or(|value| value == 2), "memory has kept what is older, by {by:?}");
        });
    }
}

#[test]
fn once_everything_is_dropped_nothing_older_is_answered() {
    holds(250, || {
        calls_and_a_message(&World::new(), |world| world.engine.apply(&[Operation::Everything]));
    });
}

#[test]
fn without_the_fence_a_message_is_undone_by_a_load_that_began_before() {
    for by in By::ALL {
        is_found_out(move || {
            calls_and_a_message(&World::with(Fence::Off, Freshness::unlimited()), move |world| world.hear(by));
        });
    }
}

#[test]
fn a_message_of_something_else_does_not_count() {
    is_found_out(|| {
        calls_and_a_message(&World::new(), |world| world.engine.apply(&[Operation::Key(b"global:rows:another")]));
    });
}

/// Memory that holds what others have invalidated, is not confirmed, and becomes so by a poll. `adopt` does that.
fn memory_that_becomes_true(adopt: impl FnOnce(&World) + 'static) {
    let world = World::new();
    let first = task(&world, async |world| world.read_checked().await);
    all([first]);
    // The connection broke.
    world.engine.fresh.end();
    assert_eq!(world.in_memory(), None);
    let follower = task(&world, async move |world| {
        // What others have written meanwhile, and the answer knows of.
        world.row.store(2, Ordering::SeqCst);
        adopt(&world);
        world.least.store(2, Ordering::SeqCst);
    });
    let looks = (0..2).map(|_| {
        task(&world, async |world| {
            // Whatever may be served has been confirmed, and that is what others have written.
            for _ in 0..3 {
                let value = world.in_memory();
                assert!(value.is_none_or(|value| value == 2), "{value:?} was served as if it were confirmed");
            }
            world.read_checked().await;
        })
    });
    all(looks.collect::<Vec<_>>().into_iter().chain([follower]));
}

#[test]
fn what_a_poll_confirms_is_served_and_nothing_that_it_has_made_untrue() {
    holds(700, || {
        memory_that_becomes_true(|world| {
            let (standing, _events) = Standing::new([0; 16]);
            world.engine.adopt(&standing, world.clock().now(), ANSWER);
            // The bound is nothing here, so that this is what confirms.
            world.engine.fresh.extend(world.clock().now().plus(BOUND));
        });
    });
}

#[test]
fn memory_that_is_confirmed_before_it_is_dropped_serves_what_is_untrue() {
    is_found_out(|| {
        memory_that_becomes_true(|world| {
            world.engine.fresh.extend(world.clock().now().plus(BOUND));
            world.engine.drop_memory();
        });
    });
}

#[test]
fn memory_that_is_confirmed_without_being_dropped_serves_what_is_untrue() {
    is_found_out(|| {
        memory_that_becomes_true(|world| world.engine.fresh.extend(world.clock().now().plus(BOUND)));
    });
}
