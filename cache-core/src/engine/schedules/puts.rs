//! Puts that meet puts, invalidations and calls: afterwards the key holds what the row holds, or nothing.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::engine::Fence;
use crate::engine::schedules::world::{By, World, all, task};
use crate::engine::schedules::{holds, is_found_out};
use crate::model::clock::Freshness;

fn assert_true_or_empty(world: &World) {
    let (kept, row) = (world.in_memory(), world.row.load(Ordering::SeqCst));
    assert!(kept.is_none_or(|kept| kept == row), "memory has kept {kept:?}, and the row is {row}");
}

fn two_puts(world: &Arc<World>) {
    let puts = [2, 3].map(|value| task(world, async move |world| world.put(value).await));
    let call = task(world, async |world| world.read_checked().await);
    all(puts.into_iter().chain([call]));
    assert_true_or_empty(world);
}

fn a_put_and_an_invalidation(world: &Arc<World>, by: By) {
    let put = task(world, async |world| world.put(2).await);
    let write = task(world, async move |world| world.write(3, by).await);
    let call = task(world, async |world| world.read_checked().await);
    all([put, write, call]);
    assert_true_or_empty(world);
}

#[test]
fn of_two_puts_that_overlap_the_later_row_stays_or_none() {
    holds(1000, || two_puts(&World::new()));
}

#[test]
fn a_put_that_meets_an_invalidation_leaves_the_row_or_nothing() {
    for by in By::ALL {
        holds(250, move || a_put_and_an_invalidation(&World::new(), by));
    }
}

#[test]
fn after_a_put_nothing_older_is_answered() {
    holds(700, || {
        let world = World::new();
        let calls = (0..2).map(|_| {
            task(&world, async |world| {
                world.read_checked().await;
                world.read_checked().await;
            })
        });
        let calls: Vec<_> = calls.collect();
        let put = task(&world, async |world| {
            world.put(2).await;
            world.least.store(2, Ordering::SeqCst);
            world.read_checked().await;
        });
        all(calls.into_iter().chain([put]));
        assert_true_or_empty(&world);
    });
}

#[test]
fn without_the_fence_an_older_put_stays() {
    is_found_out(|| two_puts(&World::with(Fence::Off, Freshness::unlimited())));
    for by in By::ALL {
        is_found_out(move || a_put_and_an_invalidation(&World::with(Fence::Off, Freshness::unlimited()), by));
    }
}
