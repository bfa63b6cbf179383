//! The promise on two levels, under load and across processes: what was invalidated is never served again.
//!
//! Two processes read and write a versioned source through caches on one server. A writer raises a key's version and
//! invalidates, in every way there is; once that has returned, a read that begins must not see an older version. A cache
//! with a memory is held to this for the invalidations made through it, a cache without one for those made anywhere: all
//! of them share their name, and so their entries. The same run with the fence switched off finds stale reads, so the
//! test can fail.

mod chaos;
mod items;
mod node;
mod nodes;
mod report;
mod source;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use cache_core::port::Stopwatch;
use larder_test_support::{Kind, Server};

use crate::chaos::{Chaos, info};
use crate::nodes::Nodes;
use crate::report::Report;
use crate::source::Source;

/// How one run differs from another. The nodes know it too, for they run the same test.
struct Variant {
    /// The test's name, by which the nodes find it.
    test: &'static str,
    /// Rounds of each writer, with a few writes each.
    rounds: usize,
    is_mutant: bool,
    /// What is done to the server meanwhile.
    chaos: Option<fn(&Server) -> Chaos>,
}

const PLAIN: Variant = Variant { test: "", rounds: 170, is_mutant: false, chaos: None };

/// What a run came to.
struct Outcome {
    report: Report,
    overlapped: u64,
    /// How often the chaos has struck.
    blows: u64,
    /// How many records the server has given up for want of memory.
    given_up: u64,
}

/// Runs the nodes against a server; `None` in a process that was one of them.
fn race(variant: &Variant, server: impl FnOnce() -> Server) -> Option<Outcome> {
    /// Two runs at once would get in each other's way.
    static ALONE: Mutex<()> = Mutex::new(());
    if node::is_one(variant) {
        return None;
    }
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let watch = Stopwatch::start();
    let (server, source) = (server(), Arc::new(Source::default()));
    let chaos = variant.chaos.map(|start| start(&server));
    let report = Nodes::start(variant.test, &server.url(), source.serve()).join();
    let blows = chaos.map_or(0, Chaos::end);
    let outcome = Outcome { report, overlapped: source.overlapped(), blows, given_up: info(&server, "evicted_keys") };
    println!("{} in {:.1} s: {outcome}", variant.test, watch.elapsed().as_secs_f64());
    Some(outcome)
}

impl Outcome {
    /// What every run must have been, for its result to mean something, and the result.
    fn assert_sound(&self, hit_share: f64) {
        let Self { report, overlapped, .. } = self;
        assert_eq!(report.sum("stale"), 0, "stale reads");
        assert!(*overlapped >= 1_000, "only {overlapped} invalidations overlapped a load");
        let hits = report.hit_share("memory");
        assert!(hits >= hit_share, "only {hits:.3} of the reads with a memory were hits");
        let refused = report.sum("refused");
        assert!(refused >= 100, "only {refused} late loads were refused");
    }

    fn assert_untroubled(&self) {
        for trouble in ["timeouts", "unavailable", "refusals", "undelivered", "corrupt", "mismatched", "codec"] {
            assert_eq!(self.report.sum(trouble), 0, "{trouble}");
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { report, overlapped, blows, given_up } = self;
        let (stale, refused, hits) = (report.sum("stale"), report.sum("refused"), report.hit_share("memory"));
        write!(f, "{stale} stale reads, {overlapped} invalidations overlapped a load, {refused} fills refused, ")?;
        write!(f, "hits {hits:.3} with a memory and {:.3} without", report.hit_share("bare"))?;
        write!(f, ", {blows} blows, {given_up} records given up; {report}")
    }
}

#[test]
fn redis() {
    let variant = Variant { test: "redis", ..PLAIN };
    let Some(outcome) = race(&variant, || Server::start(Kind::Redis)) else { return };
    outcome.assert_sound(0.8);
    outcome.assert_untroubled();
}

#[test]
fn valkey() {
    let variant = Variant { test: "valkey", ..PLAIN };
    let Some(outcome) = race(&variant, || Server::start(Kind::Valkey)) else { return };
    outcome.assert_sound(0.8);
    outcome.assert_untroubled();
}

/// Memory is cold more often than it is without the chaos, but its hits do not ask the server: the floor holds.
#[test]
fn with_records_that_are_lost_and_altered() {
    let test = "with_records_that_are_lost_and_altered";
    let variant = Variant { test, chaos: Some(Chaos::damage), ..PLAIN };
    let Some(outcome) = race(&variant, || Server::start(Kind::Redis)) else { return };
    outcome.assert_sound(0.8);
    assert!(outcome.blows >= 1_000, "only {} records were damaged", outcome.blows);
}

#[test]
fn with_a_server_that_is_short_of_memory() {
    let test = "with_a_server_that_is_short_of_memory";
    let variant = Variant { test, chaos: Some(Chaos::fill), ..PLAIN };
    // Of what it gives up it looks at one record only, and so takes ours as well.
    let server = || Server::options(Kind::Redis).max_memory("2mb", "allkeys-lru").config("maxmemory-samples", "1");
    let Some(outcome) = race(&variant, || server().start()) else { return };
    outcome.assert_sound(0.8);
    outcome.assert_untroubled();
    assert!(outcome.given_up > 0, "the server had memory enough");
}

#[test]
fn without_the_fence_the_same_run_finds_stale_reads() {
    let test = "without_the_fence_the_same_run_finds_stale_reads";
    let variant = Variant { test, is_mutant: true, ..PLAIN };
    let Some(outcome) = race(&variant, || Server::start(Kind::Redis)) else { return };
    for cache in ["memory", "bare"] {
        let stale = outcome.report.number(&format!("{cache}.stale"));
        assert!(stale > 0, "{cache}: the run found nothing, so it cannot show that the fence works");
    }
}
