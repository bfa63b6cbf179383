//! What a kind of trouble is counted as, and said.

use larder::Trouble;

use crate::bench::{Bench, assert_discreet, cheap};
use crate::log;
use crate::node::Node;

/// Every counter by its name.
pub(crate) fn counters(trouble: &Trouble) -> [(&'static str, u64); 11] {
    [
        ("unavailable", trouble.unavailable),
        ("timeout", trouble.timeout),
        ("denied", trouble.denied),
        ("unsupported", trouble.unsupported),
        ("full", trouble.full),
        ("foreign", trouble.foreign),
        ("server", trouble.server),
        ("too_large", trouble.too_large),
        ("codec", trouble.codec),
        ("corrupt", trouble.corrupt),
        ("mismatched", trouble.mismatched),
    ]
}

/// What a line that says trouble tells its reader to do; each has one of them.
const CURES: [&str; 16] = [
    "start it",
    "start them",
    "name a server",
    "check ",
    "raise ",
    "grant ",
    "remove ",
    "take another",
    "name the primary",
    "look at",
    "is made anew",
    "is loaded anew",
    "Larder needs",
    "cache less",
    "cache a flatter",
    "wait until",
];

/// What is expected of one kind of trouble.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected<'a> {
    /// The counter that rises.
    pub(crate) counter: &'a str,
    /// Other counters that may rise beside it.
    pub(crate) beside: &'a [&'a str],
    /// What the log says.
    pub(crate) says: &'a str,
}

impl Expected<'_> {
    /// Asserts that the right counter has risen and no other one.
    #[track_caller]
    pub(crate) fn is_counted(&self, before: &Trouble, node: &Node) {
        let after = node.cache.stats().trouble;
        for ((name, before), (_, now)) in counters(before).into_iter().zip(counters(&after)) {
            if name == self.counter {
                assert!(now > before, "{name} has not risen: {after:?}");
            } else if !self.beside.contains(&name) {
                assert_eq!(now, before, "{name} has risen beside {}: {after:?}", self.counter);
            }
        }
    }

    /// Asserts that the log has one line for each kind, which says what to do and tells no secret.
    #[track_caller]
    pub(crate) fn is_said(&self, bench: &Bench, node: &Node) {
        let said = log::warnings("cache", &bench.name);
        let kinds = counters(&node.cache.stats().trouble).iter().filter(|(_, count)| *count > 0).count();
        assert_eq!(said.len(), kinds, "one line for each kind: {said:#?} {:?}", node.cache.stats().trouble);
        let told = log::warnings("at", &node.at);
        let all: Vec<_> = said.iter().chain(&told).collect();
        assert!(all.iter().any(|line| line.contains(self.says)), "no line says {:?}: {all:#?}", self.says);
        let mut each = told.clone();
        each.dedup();
        assert_eq!(each.len(), told.len(), "the adapter repeats itself: {told:#?}");
        for line in all {
            assert!(CURES.iter().any(|cure| line.contains(cure)), "this line does not say what to do: {line}");
        }
        assert_discreet(&log::everything());
        assert_discreet(&format!("{0:?} {0:#?}", node.cache));
    }

    /// Asserts that the service runs as if nothing were wrong, that it is counted, and that the log says it. Nothing
    /// comes back from the second level.
    pub(crate) async fn is_survived(&self, bench: &Bench, node: &Node) {
        let before = node.cache.stats().trouble;
        node.loads_run().await;
        node.memory_bridges().await;
        node.puts_run().await;
        node.evictions_run().await;
        self.is_counted(&before, node);
        self.is_said(bench, node);
    }

    /// Asserts that [`ready`](larder::Cache::ready) says the same.
    pub(crate) async fn is_told(&self, node: &Node) {
        let error = cheap(node.cache.ready()).await.expect_err("the second level cannot be used");
        let kind = format!("{:?}", error.kind()).to_lowercase();
        assert!(kind == self.counter || self.beside.contains(&&*kind), "{kind}: {error}");
        assert!(CURES.iter().any(|cure| error.to_string().contains(cure)), "what is to be done? {error}");
        assert_discreet(&format!("{error} {error:?}"));
    }
}
