//! What goes wrong meanwhile: to the server, to nodes, and on the way between them. Each fault ends by itself.

use std::thread;
use std::time::Duration;

use fastrand::Rng;
use larder_test_support::{Fault as Trouble, Server};

use crate::clock::Moment;
use crate::nodes::{NODES, Nodes};
use crate::variant::{BOUND, NAME};

/// A fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// The server forgets everything.
    Flush,
    /// The server forgets where its history stands.
    LoseControl,
    /// The server hangs up on all who listen for messages.
    KillSubscribers,
    /// The server hangs up on all others.
    KillClients,
    /// The server stands still for a moment.
    StopServerBriefly,
    /// The server stands still for longer than memory may be behind, and than a call waits.
    StopServer,
    /// A node stands still for longer than memory may be behind.
    StopNode,
    /// A node is killed, and another starts.
    ReplaceNode,
    /// Messages to a node are held back for longer than memory may be behind.
    HoldMessages,
    /// Messages to all nodes are.
    HoldAllMessages,
    /// Again and again some messages are lost, and the next ones come before anybody asks.
    LoseMessages,
    /// A node's subscription is broken off, and it cannot subscribe for longer than memory may be behind.
    RefuseMessages,
    /// Every answer and message reaches a node so late that others write meanwhile.
    SlowReplies,
    /// The same, and then none reaches it: what it asks is carried out, and it hears nothing.
    SlowThenSilent,
    /// It hears nothing at once.
    Silent,
    /// A node's packets are lost both ways.
    BlackHole,
    /// All connections of a node are reset.
    Cut,
}

impl Fault {
    pub(crate) const ALL: [Self; 17] = [
        Self::Flush,
        Self::LoseControl,
        Self::KillSubscribers,
        Self::KillClients,
        Self::StopServerBriefly,
        Self::StopServer,
        Self::StopNode,
        Self::ReplaceNode,
        Self::HoldMessages,
        Self::HoldAllMessages,
        Self::LoseMessages,
        Self::RefuseMessages,
        Self::SlowReplies,
        Self::SlowThenSilent,
        Self::Silent,
        Self::BlackHole,
        Self::Cut,
    ];

    /// Does it, and ends it.
    fn strike(self, server: &Server, nodes: &mut Nodes, rng: &mut Rng) {
        let at = rng.usize(..NODES);
        let long = BOUND.mul_f64(1.5 + rng.f64());
        match self {
            Self::Flush => command(server, &["FLUSHALL"]),
            Self::LoseControl => command(server, &["DEL", &format!("{NAME}:#c")]),
            Self::KillSubscribers => command(server, &["CLIENT", "KILL", "TYPE", "pubsub"]),
            Self::KillClients => command(server, &["CLIENT", "KILL", "TYPE", "normal"]),
            Self::StopServerBriefly => stop(server, BOUND / 4),
            Self::StopServer => stop(server, long),
            Self::StopNode => nodes.pause(at, long),
            Self::ReplaceNode => nodes.replace(at),
            Self::HoldMessages => trouble(nodes, &[at], &Trouble::HoldMessages, long),
            Self::HoldAllMessages => trouble(nodes, &[0, 1, 2], &Trouble::HoldMessages, long),
            Self::RefuseMessages => trouble(nodes, &[at], &Trouble::RefuseMessages, long),
            Self::LoseMessages => {
                for _ in 0..10 {
                    trouble(nodes, &[0, 1, 2], &Trouble::LoseMessages, BOUND / 16);
                    thread::sleep(BOUND / 10);
                }
            }
            Self::SlowReplies => trouble(nodes, &[at], &Trouble::Delay(BOUND / 10), long),
            Self::SlowThenSilent => {
                nodes.proxy(at).set(Trouble::Delay(BOUND / 3));
                thread::sleep(BOUND);
                trouble(nodes, &[at], &Trouble::Hold, long);
            }
            Self::Silent => trouble(nodes, &[at], &Trouble::Hold, long),
            Self::BlackHole => trouble(nodes, &[at], &Trouble::BlackHole, long),
            Self::Cut => nodes.proxy(at).cut(),
        }
    }
}

fn command(server: &Server, parts: &[&str]) {
    server.command(parts);
}

fn stop(server: &Server, time: Duration) {
    server.stop();
    thread::sleep(time);
    server.cont();
}

fn trouble(nodes: &Nodes, at: &[usize], trouble: &Trouble, time: Duration) {
    for at in at {
        nodes.proxy(*at).set(trouble.clone());
    }
    thread::sleep(time);
    for at in at {
        nodes.proxy(*at).clear();
    }
}

/// What went wrong, and when.
#[derive(Debug, Default)]
pub(crate) struct Faults(pub(crate) Vec<(Fault, Moment, Moment)>);

impl Faults {
    /// Lets every fault strike in an order of the seed's, and all of them again, until this moment; all at least once. In
    /// between nothing is wrong, for longer where there is time.
    pub(crate) fn strike(server: &Server, nodes: &mut Nodes, mut rng: Rng, until: Moment) -> Self {
        let calm = if until.since(Moment::now()) < LONG { 50..300 } else { 200..3_000 };
        let (mut faults, mut deck) = (Self::default(), Vec::new());
        let mut told = Moment::now();
        while Moment::now() < until || faults.0.len() < Fault::ALL.len() {
            if deck.is_empty() {
                deck = Fault::ALL.to_vec();
                rng.shuffle(&mut deck);
            }
            thread::sleep(Duration::from_millis(rng.u64(calm.clone())));
            let (fault, begin) = (deck.pop().expect("it was filled"), Moment::now());
            fault.strike(server, nodes, &mut rng);
            faults.0.push((fault, begin, Moment::now()));
            if told.plus(PROGRESS) < Moment::now() {
                told = Moment::now();
                let history = nodes.history.lock();
                let (reads, writes, left) = (history.reads.len(), history.writes.len(), until.since(told).as_secs());
                println!("… {reads} reads, {writes} writes, {} faults; {left} s left", faults.0.len());
            }
        }
        // What a fault has caused shows itself for a while.
        thread::sleep(2 * BOUND);
        faults
    }

    /// How often one has struck.
    pub(crate) fn count(&self, fault: Fault) -> usize {
        self.0.iter().filter(|(other, ..)| *other == fault).count()
    }

    /// What was wrong at a moment.
    pub(crate) fn at(&self, moment: Moment) -> Option<Fault> {
        let begun = self.0.partition_point(|(_, begin, _)| *begin <= moment);
        let (fault, _, end) = self.0.get(begun.checked_sub(1)?)?;
        // A node needs a moment to find its way back.
        (moment <= end.plus(RECOVERY)).then_some(*fault)
    }
}

/// How long after a fault it counts as its consequence what happens.
const RECOVERY: Duration = Duration::from_millis(500);
/// A run that takes longer has time for calm.
const LONG: Duration = Duration::from_mins(1);
/// How often a long run says that it goes on.
const PROGRESS: Duration = Duration::from_secs(10);
