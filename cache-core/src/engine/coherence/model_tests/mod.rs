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
    World { kinds: &[], gets: [2; 2], losses: 0, disconnects: 0, polls: 0, drops: 0, doubles: 0, mutant: None };
const KEY: World = World { kinds: &[Kind::Key], ..QUIET };
const TAG: World = World { kinds: &[Kind::Tag], ..QUIET };
const SET: World = World { kinds: &[Kind::Set], ..QUIET };
const PATTERN: World = World { kinds: &[Kind::Pattern], ..QUIET };
/// All that is asked is the node that does not write.
const OTHER_NODE: World = World { gets: [0, 2], polls: 1, ..QUIET };

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
    kills(Mutant::AdoptsWithWhatItHas, World { kinds: &[Kind::Key], drops: 1, ..OTHER_NODE });
    kills(Mutant::AttachesWithWhatItHas, World { kinds: &[Kind::Key], disconnects: 1, polls: 0, ..OTHER_NODE });
    kills(Mutant::GapsUnseen, World { kinds: &[Kind::Key, Kind::Other], drops: 1, ..OTHER_NODE });
    if is_full() {
        let world = World { kinds: &[Kind::Key, Kind::Other], drops: 1, losses: 1, ..OTHER_NODE };
        kills(Mutant::FollowsAnyHistory, world);
    }
    // It reads behind the barrier what the walk then does not find.
    kills(Mutant::PatternsEndWithoutAWord, World { kinds: &[Kind::Pattern], gets: [0, 3], losses: 1, ..OTHER_NODE });
}

/// To attach drops everything anyway, and an answer counts from when its question was sent. That such answers are void
/// spares a node needless losses; where it became a rule that truth needs, this would fail.
#[test]
fn an_answer_from_before_the_history_was_lost_would_be_harmless() {
    let kinds: &[Kind] = if is_full() { &[Kind::Key, Kind::Other] } else { &[Kind::Key] };
    let world = World { kinds, disconnects: 1, ..OTHER_NODE };
    explore(World { mutant: Some(Mutant::CountsOldAnswers), ..world });
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

/// What one fault prepares and the other brings about.
#[test]
fn two_faults_at_once_do_not_bring_it_back() {
    explore(World { kinds: &[Kind::Key, Kind::Other], drops: 1, ..OTHER_NODE });
    if is_full() {
        explore(World { kinds: &[Kind::Pattern], gets: [0, 3], losses: 1, ..OTHER_NODE });
        explore(World { kinds: &[Kind::Key, Kind::Other], drops: 1, losses: 1, ..OTHER_NODE });
        explore(World { kinds: &[Kind::Tag, Kind::Other], polls: 1, drops: 1, ..QUIET });
        explore(World { losses: 1, polls: 1, ..SET });
        explore(World { disconnects: 1, polls: 1, ..TAG });
        explore(World { losses: 1, disconnects: 1, polls: 1, ..TAG });
    }
}

#[test]
fn two_writes_and_a_loss_do_not_bring_it_back() {
    explore(World { kinds: &[Kind::Key, Kind::Tag], gets: [1, 2], ..QUIET });
    if is_full() {
        for kinds in [[Kind::Tag, Kind::Tag], [Kind::Key, Kind::Tag], [Kind::Key, Kind::Key], [Kind::Tag, Kind::Key]] {
            let kinds: &'static [Kind] = Box::leak(Box::new(kinds));
            explore(World { kinds, losses: 1, ..QUIET });
        }
    }
}
