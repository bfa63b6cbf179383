//! What a node tells the test's process at its end: numbers with names, on one line.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::Ordering;

use larder::Stats;

use crate::items::Items;

const MARK: &str = "race-levels-report";

/// Numbers by name.
#[derive(Debug, Default)]
pub(crate) struct Report(BTreeMap<String, u64>);

impl Report {
    pub(crate) fn of(with_memory: &Items, without: &Items) -> Self {
        let mut report = Self::default();
        for (name, items) in [("memory", with_memory), ("bare", without)] {
            report.note(name, "stale", items.stale.load(Ordering::SeqCst));
            report.note(name, "reads", items.reads.load(Ordering::SeqCst));
            report.note_stats(name, &items.cache.stats());
        }
        report
    }

    fn note_stats(&mut self, cache: &str, stats: &Stats) {
        let trouble = stats.trouble;
        let refusals = trouble.denied + trouble.unsupported + trouble.full + trouble.foreign + trouble.server;
        for (name, number) in [
            ("hits", stats.hits),
            ("remote-hits", stats.remote_hits),
            ("misses", stats.misses),
            ("collapsed", stats.collapsed),
            ("stored", stats.stored),
            ("refused", stats.refused),
            ("unstored", stats.unstored),
            ("invalidations", stats.invalidations),
            ("undelivered", stats.undelivered),
            ("timeouts", trouble.timeout),
            ("unavailable", trouble.unavailable),
            ("refusals", refusals),
            ("corrupt", trouble.corrupt),
            ("mismatched", trouble.mismatched),
            ("codec", trouble.codec),
        ] {
            self.note(cache, name, number);
        }
    }

    fn note(&mut self, cache: &str, name: &str, number: u64) {
        self.0.insert(format!("{cache}.{name}"), number);
    }

    pub(crate) fn print(&self) {
        // The harness leaves its own line open.
        println!("\n{MARK} {self}");
    }

    /// The report on this line, if it has one.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let numbers = line.strip_prefix(MARK)?.split_whitespace();
        let read = |number: &str| {
            let (name, number) = number.split_once('=').expect("a name and a number");
            (name.to_owned(), number.parse().expect("a number"))
        };
        Some(Self(numbers.map(read).collect()))
    }

    pub(crate) fn add(&mut self, other: Self) {
        for (name, number) in other.0 {
            *self.0.entry(name).or_default() += number;
        }
    }

    /// One number of one cache.
    pub(crate) fn number(&self, name: &str) -> u64 {
        *self.0.get(name).unwrap_or_else(|| panic!("no node has told its `{name}`"))
    }

    /// One number of both caches together.
    pub(crate) fn sum(&self, name: &str) -> u64 {
        ["memory", "bare"].iter().map(|cache| self.number(&format!("{cache}.{name}"))).sum()
    }

    /// The share of calls that were hits on either level.
    pub(crate) fn hit_share(&self, cache: &str) -> f64 {
        let number = |name: &str| self.number(&format!("{cache}.{name}"));
        let hits = number("hits") + number("remote-hits");
        #[allow(clippy::cast_precision_loss, reason = "a ratio of counts needs no more than 52 bits")]
        let (hits, calls) = (hits as f64, (hits + number("misses") + number("collapsed")).max(1) as f64);
        hits / calls
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (name, number)) in self.0.iter().enumerate() {
            write!(f, "{}{name}={number}", if position == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}
