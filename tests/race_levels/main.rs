//! The promise on two levels, under load and across processes: what was invalidated is never served again.
//!
//! Two processes read and write a versioned source through caches on one server. A writer raises a key's version and
//! invalidates, in every way there is; once that has returned, a read that begins must not see an older version. A cache
//! with a memory is held to this for the invalidations made through it, a cache without one for those made anywhere: all
//! of them share their name, and so their entries. The same run with the fence switched off finds stale reads, so the
//! test can fail.

mod items;
mod node;
mod nodes;
mod report;
mod source;

use std::sync::{Arc, Mutex, PoisonError};

use cache_core::port::Stopwatch;
use larder_test_support::{Kind, Server};

use crate::nodes::Nodes;
use crate::report::Report;
use crate::source::Source;

/// How one run differs from another. The nodes know it too, for they run the same test.
struct Variant {
    /// The test's name, by which the nodes find it.
    test: &'static str,
    /// Rounds of each writer, with two writes each.
    rounds: usize,
    is_mutant: bool,
}

const PLAIN: Variant = Variant { test: "", rounds: 300, is_mutant: false };

/// What a run came to.
struct Outcome {
    report: Report,
    overlapped: u64,
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
    let nodes = Nodes::start(variant.test, &server.url(), source.serve());
    let report = nodes.join();
    let outcome = Outcome { report, overlapped: source.overlapped() };
    println!(
        "{}: {:.1} s; {} invalidations overlapped a load; hits {:.3} with memory, {:.3} without; {}",
        variant.test,
        watch.elapsed().as_secs_f64(),
        outcome.overlapped,
        outcome.report.hit_share("memory"),
        outcome.report.hit_share("bare"),
        outcome.report,
    );
    Some(outcome)
}

impl Outcome {
    /// What every run must have been, for its result to mean something, and the result.
    fn assert_sound(&self, hit_share: f64) {
        let Self { report, overlapped } = self;
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
