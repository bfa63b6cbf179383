//! The promise of several processes, while everything fails: what was written is not read in its old version.
//!
//! Processes with a cache each on one server read, put and evict at random, in every way there is, over a versioned source.
//! Messages, connections, the server and the nodes themselves fail meanwhile (`faults.rs`). Each tells what it has done and
//! when (`record.rs`), by a clock that all of them share, and the whole history is judged at the end (`judge.rs`). The same
//! with one rule broken is found out, so the test can fail.

mod clock;
mod faults;
mod items;
mod judge;
#[cfg(test)]
mod judge_tests;
mod node;
mod nodes;
mod record;
mod report;
mod settings;
mod source;
mod variant;

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use larder_test_support::{Fault as Trouble, Kind, Server};

use crate::clock::Moment;
use crate::faults::Faults;
use crate::judge::{Rule, Verdict, judge};
use crate::nodes::{History, NODES, Nodes};
use crate::report::Report;
use crate::settings::Settings;
use crate::variant::{BOUND, Variant};

/// The longest tick of a kernel. The engine reads the coarse clock, which stands still for so long: what memory answers may
/// be older by that much.
const TICK: Duration = Duration::from_millis(10);
/// How long the broken ones run at most. A second or two is enough where the machine has little else to do.
const BROKEN: Duration = Duration::from_secs(20);
/// How often it is looked whether they are found out.
const LOOKS: Duration = Duration::from_millis(500);

/// Runs nodes for this time, or until enough is found of what is broken, and judges them.
fn run(variant: Variant, settings: Settings, is_enough: impl Fn(&Verdict) -> bool) -> Report {
    /// Two runs at once would get in each other's way.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let Settings { time, seed, kind } = settings;
    let (server, source) = (Server::start(kind), Server::start(Kind::Redis));
    let mut nodes = Nodes::start(variant, &server, &source, seed);
    println!("{variant:?}: {NODES} nodes on {kind} for {time:?}, seed {seed}, max_staleness {BOUND:?}");
    let until = Moment::now().plus(time);
    let faults = if variant == Variant::Sound {
        Faults::strike(&server, &mut nodes, Rng::with_seed(seed), until)
    } else {
        if variant == Variant::Deaf {
            nodes.proxies().for_each(|proxy| proxy.set(Trouble::HoldMessages));
        }
        while Moment::now() < until && !is_enough(&verdict(&nodes.history.lock())) {
            thread::sleep(LOOKS);
        }
        Faults::default()
    };
    let history = nodes.end();
    let verdict = verdict(&history);
    let shown = if variant == Variant::Sound { 5 } else { 1 };
    let report = Report { history, verdict, faults, shown };
    println!("{report}");
    report
}

fn verdict(history: &History) -> Verdict {
    judge(&history.reads, &history.writes, BOUND + TICK)
}

/// Runs what is broken until this is found of it.
#[track_caller]
fn assert_found(variant: Variant, rules: &[Rule]) -> Verdict {
    let is_found = |verdict: &Verdict| rules.iter().all(|rule| verdict.violations_of(*rule) > 0);
    let report = run(variant, Settings { time: BROKEN, ..Settings::chosen() }, is_found);
    assert!(
        is_found(&report.verdict),
        "{variant:?}: the run does not find {rules:?}, so it cannot show that they hold"
    );
    report.verdict
}

#[test]
fn nothing_is_read_that_is_older_than_promised() {
    let settings = Settings::chosen();
    let report = run(Variant::Sound, settings, |_| false);
    assert!(report.verdict.violations.is_empty(), "see above");
    let shortfalls = report.shortfalls(settings.time);
    assert!(shortfalls.is_empty(), "the run says nothing: {}", shortfalls.join("; "));
}

#[test]
fn memory_that_nothing_makes_true_is_found_out() {
    let verdict = assert_found(Variant::Deaf, &[Rule::G3]);
    // The others do not depend on what a node is told.
    assert_eq!([Rule::G1, Rule::G2].map(|rule| verdict.violations_of(rule)), [0, 0]);
}

#[test]
fn removing_the_entry_after_a_write_is_found_out() {
    assert_found(Variant::Unlink, &[Rule::G1, Rule::G2]);
}

#[test]
fn late_loads_that_are_let_in_are_found_out() {
    assert_found(Variant::Unfenced, &[Rule::G1, Rule::G2]);
}

/// Not a test of its own: this program is a node too.
#[test]
fn a_node_where_this_was_started_as_one() {
    node::run_if_started_as_one();
}
