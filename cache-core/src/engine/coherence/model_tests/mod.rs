//! A model of the protocol, explored to its end within bounds: one key, one token, two nodes with two calls each, writes of
//! every kind, and the loss of anything on the server, of messages and of connections. What it decides by are the functions
//! that the engine decides by; the server's steps are those of the scripts.
//!
//! A small part runs with the other tests, the rest where `LARDER_MODEL` is `full`: see CONTRIBUTING.md.

mod node;
mod server;
mod world;

use stateright::{Checker, Model};

use crate::engine::coherence::model_tests::world::{Kind, Mutant, World};

const QUIET: World =
    World { kinds: &[], gets: 2, losses: 0, disconnects: 0, polls: 0, drops: 0, doubles: 0, mutant: None };
const KEY: World = World { kinds: &[Kind::Key], ..QUIET };
const TAG: World = World { kinds: &[Kind::Tag], ..QUIET };
const SET: World = World { kinds: &[Kind::Set], ..QUIET };
const PATTERN: World = World { kinds: &[Kind::Pattern], ..QUIET };

const HOLDS: &str = "nothing is served that was evicted";

fn is_full() -> bool {
    std::env::var_os("LARDER_MODEL").is_some_and(|extent| extent == "full")
}

fn explore(world: World) {
    let checker = world.checker().threads(2).spawn_bfs().join();
    println!("{} states: {world:?}", checker.unique_state_count());
    checker.assert_no_discovery(HOLDS);
    checker.assert_any_discovery("memory answers after a write");
}

/// Shows that the model would find what a broken rule lets through.
fn kills(mutant: Mutant, world: World) {
    let checker = World { mutant: Some(mutant), ..world }.checker().threads(2).spawn_bfs().join();
    println!("{} states until {mutant:?} is found", checker.unique_state_count());
    assert!(checker.discovery(HOLDS).is_some(), "the model does not see what {mutant:?} breaks");
}

#[test]
fn what_was_evicted_never_comes_back() {
    for world in [KEY, TAG, SET] {
        explore(world);
    }
}

#[test]
fn every_broken_rule_of_the_server_is_found() {
    kills(Mutant::ServesWithoutToken, TAG);
    kills(Mutant::FillsWithoutLease, KEY);
    kills(Mutant::MintsAtZeroAtTheGrant, TAG);
    kills(Mutant::MintsAtZeroAtTheFill, TAG);
    kills(Mutant::EvictsKeepTheLease, KEY);
    kills(Mutant::SetsKeepTheLease, SET);
    kills(Mutant::FillsUnderAnyToken, PATTERN);
    kills(Mutant::IgnoresTheBarrier, PATTERN);
    kills(Mutant::SameGeneration, World { losses: 1, ..TAG });
}

#[test]
fn every_broken_rule_of_memory_is_found() {
    kills(Mutant::InsertsAnything, KEY);
    kills(Mutant::DropsNothingItself, KEY);
    if is_full() {
        kills(Mutant::AdoptsWithWhatItHas, World { drops: 1, polls: 1, ..KEY });
        kills(Mutant::AttachesWithWhatItHas, World { disconnects: 1, ..KEY });
    }
}

#[test]
fn nothing_that_is_lost_or_doubled_brings_it_back() {
    explore(World { losses: 1, ..SET });
    if is_full() {
        for world in [KEY, TAG, SET] {
            explore(World { doubles: 1, ..world });
        }
        for world in [KEY, TAG, SET, PATTERN] {
            explore(World { polls: 1, ..world });
            explore(World { losses: 1, ..world });
            explore(World { disconnects: 1, ..world });
        }
    }
}
