//! The processes of the nodes, which end with the test's.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use cache_core::port::Stopwatch;

use crate::node::{NODES, SERVER, SOURCE};
use crate::report::Report;

/// How long a run may take at most.
const LIMIT: Duration = Duration::from_mins(5);

/// Running nodes; dropped, they are killed.
#[derive(Debug)]
pub(crate) struct Nodes {
    // Each with the pipe whose end is its own; to wait for a child would close it.
    children: Vec<(Child, ChildStdin)>,
    reports: Receiver<Option<Report>>,
}

impl Nodes {
    /// Starts this program anew, for each node, with nothing to do but this test.
    pub(crate) fn start(test: &str, server: &str, source: u16) -> Self {
        let (sender, reports) = channel();
        let children = (0..NODES).map(|_| {
            let mut command = Command::new(env::current_exe().expect("it runs"));
            command.args(["--exact", test, "--nocapture"]).env(SERVER, server).env(SOURCE, source.to_string());
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs already");
            let lines = BufReader::new(child.stdout.take().expect("it was asked for")).lines();
            let sender = sender.clone();
            // Ends with the child. What it shows of stale reads is shown.
            thread::spawn(move || {
                let shown = |line: &String| {
                    if line.starts_with("stale") {
                        println!("{line}");
                    }
                };
                let mut lines = lines.map_while(Result::ok).inspect(shown);
                // Nobody listens any more where another node has failed.
                drop(sender.send(lines.find_map(|line| Report::read(&line))));
                lines.for_each(drop);
            });
            let pipe = child.stdin.take().expect("it was asked for");
            (child, pipe)
        });
        Self { children: children.collect(), reports }
    }

    /// Waits until all have ended, and adds up what they report.
    pub(crate) fn join(mut self) -> Report {
        let watch = Stopwatch::start();
        let mut sum = Report::default();
        for _ in 0..NODES {
            let report = self.reports.recv_timeout(LIMIT.saturating_sub(watch.elapsed()));
            sum.add(report.expect("the run ends within its limit").expect("a node that fails has said why"));
        }
        for (child, _) in &mut self.children {
            assert!(child.wait().expect("it is ours").success(), "a node has failed");
        }
        sum
    }
}

impl Drop for Nodes {
    fn drop(&mut self) {
        for (child, _) in &mut self.children {
            // One that has ended cannot be killed, and need not be.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
