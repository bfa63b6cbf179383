//! Calls that miss together while their key is invalidated, and loads that do not come to their end.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use shuttle::future::yield_now;

use crate::engine::Fence;
use crate::engine::schedules::world::{By, World, all, panics, task};
use crate::engine::schedules::{holds, is_found_out};
use crate::model::clock::Freshness;

/// Three calls that look twice, and a write with an invalidation, after whose end nothing older may be answered.
fn calls_and_an_invalidation(world: &Arc<World>, by: By) {
    let write = task(world, async move |world| {
        world.write(2, by).await;
        world.least.store(2, Ordering::SeqCst);
    });
    let calls = (0..3).map(|_| {
        task(world, async |world| {
            world.read_checked().await;
            world.read_checked().await;
        })
    });
    all(calls.collect::<Vec<_>>().into_iter().chain([write]));
    let value = world.in_memory();
    assert!(value.is_none_or(|value| value == 2), "memory has kept {value:?}");
}

#[test]
fn after_an_invalidation_nothing_older_is_answered_and_nothing_is_loaded_twice() {
    for by in By::ALL {
        holds(250, move || {
            let world = World::new();
            calls_and_an_invalidation(&world, by);
            // One before, one after; and where it takes more than one step, one that began in between.
            let most = if let By::Key = by { 2 } else { 3 };
            assert!(world.bodies() <= most, "{} bodies have run, by {by:?}", world.bodies());
        });
    }
}

/// Few calls have few moments, so that each of them is met.
#[test]
fn a_load_that_ends_while_its_key_is_invalidated_leaves_nothing_older() {
    for by in By::ALL {
        holds(600, move || {
            let world = World::new();
            let load = task(&world, async |world| world.read_checked().await);
            let write = task(&world, async move |world| world.write(2, by).await);
            all([load, write]);
            assert!(world.in_memory().is_none_or(|value| value == 2), "memory has kept what is older, by {by:?}");
        });
    }
}

#[test]
fn without_the_fence_something_older_is_answered() {
    for by in By::ALL {
        is_found_out(move || calls_and_an_invalidation(&World::with(Fence::Off, Freshness::unlimited()), by));
    }
}

#[test]
fn calls_that_miss_together_load_once() {
    holds(700, || {
        let world = World::new();
        all((0..4).map(|_| task(&world, async |world| world.read_checked().await)).collect::<Vec<_>>());
        assert_eq!((world.bodies(), world.in_memory()), (1, Some(1)));
    });
}

#[test]
fn a_waiting_call_takes_over_from_a_leader_that_is_dropped() {
    holds(700, || {
        let world = World::new();
        let leader = task(&world, async |world| world.read_checked().await);
        let others: Vec<_> = (0..2).map(|_| task(&world, async |world| world.read_checked().await)).collect();
        let end = leader.abort_handle();
        let killer = task(&world, async move |_| {
            yield_now().await;
            end.abort();
        });
        all(others.into_iter().chain([leader, killer]));
        assert!(world.bodies() <= 2, "{} bodies have run", world.bodies());
        assert_eq!(world.in_memory(), Some(1));
    });
}

#[test]
fn a_leader_that_is_dropped_while_its_key_is_invalidated_leaves_nothing_behind() {
    for by in By::ALL {
        holds(300, move || {
            let world = World::new();
            let leader = task(&world, async |world| world.read_checked().await);
            let other = task(&world, async |world| world.read_checked().await);
            let end = leader.abort_handle();
            let killer = task(&world, async move |_| end.abort());
            let write = task(&world, async move |world| {
                world.write(2, by).await;
                world.least.store(2, Ordering::SeqCst);
                world.read_checked().await;
            });
            all([other, leader, killer, write]);
            assert!(world.in_memory().is_none_or(|value| value == 2));
        });
    }
}

#[test]
fn who_waits_for_a_leader_that_panics_is_told_and_later_calls_load_anew() {
    holds(700, || {
        let world = World::new();
        world.panics.store(true, Ordering::SeqCst);
        let calls = (0..3).map(|_| {
            task(&world, async |world| {
                // Whoever is told panics too, and that is all that it may be told.
                panics(world.read_checked()).await;
            })
        });
        all(calls.collect::<Vec<_>>());
        let later = task(&world, async |world| world.read_checked().await);
        all([later]);
        assert_eq!(world.in_memory(), Some(1));
        assert!(world.bodies() <= 3);
    });
}
