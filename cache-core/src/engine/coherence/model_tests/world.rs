//! Two nodes before one server, a writer on the first of them, and what can go wrong between them.

use stateright::{Model, Property};

use crate::engine::coherence::model_tests::node::{Message, Node};
use crate::engine::coherence::model_tests::server::{Answer, Server};

/// A version of the source's row.
pub(super) type Version = u8;

/// What a write invalidates, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Key,
    Tag,
    /// By pattern: what raises the barrier, and the last word.
    Barrier,
    Pattern,
    Set,
    /// Of something else: all that our key sees of it is one number more.
    Other,
}

/// A rule that is broken, to see that the model would find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Mutant {
    SameGeneration,
    ServesWithoutToken,
    FillsWithoutLease,
    FillsUnderAnyToken,
    MintsAtZeroAtTheGrant,
    MintsAtZeroAtTheFill,
    EvictsKeepTheLease,
    IgnoresTheBarrier,
    SetsKeepTheLease,
    InsertsAnything,
    DropsNothingItself,
    AttachesWithWhatItHas,
    AdoptsWithWhatItHas,
    GapsUnseen,
    FollowsAnyHistory,
    PatternsEndWithoutAWord,
    CountsOldAnswers,
}

/// How much may happen.
#[derive(Debug, Clone, Copy)]
pub(super) struct World {
    pub(super) kinds: &'static [Kind],
    /// How many calls each node is asked for.
    pub(super) gets: [u8; 2],
    pub(super) losses: u8,
    pub(super) disconnects: u8,
    pub(super) polls: u8,
    pub(super) drops: u8,
    pub(super) doubles: u8,
    pub(super) mutant: Option<Mutant>,
}

/// How far a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Call {
    Idle,
    /// It has found nothing in memory; what had been evicted by then must not be seen.
    Begun {
        began: u64,
        known: Version,
    },
    /// The server had it.
    Read {
        began: u64,
        known: Version,
        version: Version,
    },
    Leased {
        began: u64,
        known: Version,
    },
    Loaded {
        began: u64,
        known: Version,
        version: Version,
    },
    Stored {
        began: u64,
        known: Version,
        version: Version,
    },
}

/// How far the write is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Write {
    Source,
    Evict,
    Walk,
    Close,
    Acknowledge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct State {
    server: Server,
    /// The row, and the newest version whose eviction has returned.
    row: Version,
    returned: Version,
    nodes: [Node; 2],
    calls: [(u8, Call); 2],
    written: usize,
    write: Write,
    left: [u8; 5],
    /// What was broken.
    pub(super) broken: Option<&'static str>,
}

const LOSSES: usize = 0;
const DISCONNECTS: usize = 1;
const POLLS: usize = 2;
const DROPS: usize = 3;
const DOUBLES: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// A call finds the entry in memory.
    Hit(usize),
    /// A call goes on, or begins with nothing in memory, where its copy may also have ended.
    Step(usize),
    Receive(usize),
    Drop(usize),
    Double(usize),
    Disconnect(usize),
    Subscribe(usize),
    Ask(usize),
    Serve(usize),
    Judge(usize),
    Write,
    Lose(u8),
}

impl Model for World {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let mut server = Server::NEW;
        let at = server.stamp(None);
        let Self { gets, losses, disconnects, polls, drops, doubles, .. } = *self;
        vec![State {
            server,
            row: 0,
            returned: 0,
            nodes: [Node::following(at), Node::following(at)],
            calls: gets.map(|gets| (gets, Call::Idle)),
            written: 0,
            write: Write::Source,
            left: [losses, disconnects, polls, drops, doubles],
            broken: None,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        // Only a call can show that something is broken.
        if state.calls.iter().all(|call| *call == (0, Call::Idle)) {
            return;
        }
        for at in 0..2 {
            let (node, (left, call)) = (&state.nodes[at], state.calls[at]);
            if (left, call) == (0, Call::Idle) {
                continue;
            }
            if call != Call::Idle || left > 0 {
                actions.push(Action::Step(at));
            }
            if call == Call::Idle && node.serves().is_some() {
                actions.push(Action::Hit(at));
            }
            if !node.queue.is_empty() {
                actions.push(Action::Receive(at));
                if state.left[DROPS] > 0 {
                    actions.push(Action::Drop(at));
                }
                if state.left[DOUBLES] > 0 {
                    actions.push(Action::Double(at));
                }
            }
            match node.hears {
                true if state.left[DISCONNECTS] > 0 => actions.push(Action::Disconnect(at)),
                false => actions.push(Action::Subscribe(at)),
                true => {}
            }
            if node.is_asking() {
                actions.push(Action::Serve(at));
            } else if node.is_answered() {
                actions.push(Action::Judge(at));
            } else if state.left[POLLS] > 0 {
                actions.push(Action::Ask(at));
            }
        }
        if state.written < self.kinds.len() {
            actions.push(Action::Write);
        }
        if state.left[LOSSES] > 0 {
            let losses = u8::try_from(state.server.losses().count()).unwrap_or(0);
            actions.extend((0..losses).map(Action::Lose));
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        let mutant = self.mutant;
        match action {
            Action::Hit(at) => state.hit(at),
            Action::Step(at) => state.step(at, mutant),
            Action::Receive(at) => state.nodes[at].receive(mutant),
            Action::Drop(at) => {
                state.nodes[at].queue.remove(0);
                state.left[DROPS] -= 1;
            }
            Action::Double(at) => {
                let again = state.nodes[at].queue[0];
                state.nodes[at].receive(mutant);
                state.nodes[at].queue.push(again);
                state.left[DOUBLES] -= 1;
            }
            Action::Disconnect(at) => {
                state.nodes[at].disconnect();
                state.left[DISCONNECTS] -= 1;
            }
            Action::Subscribe(at) => {
                state.nodes[at].subscribe();
                // It asks anew, which costs nothing here: else it would never follow again.
                if state.nodes[at].poll.is_none() {
                    state.nodes[at].ask(state.returned);
                }
            }
            Action::Ask(at) => {
                state.nodes[at].ask(state.returned);
                state.left[POLLS] -= 1;
            }
            Action::Serve(at) => {
                let stamp = state.server.stamp(mutant);
                state.nodes[at].answer(stamp);
            }
            Action::Judge(at) => state.nodes[at].judge(mutant),
            Action::Write => state.write(self.kinds[state.written], mutant),
            Action::Lose(which) => {
                state.server = state.server.losses().nth(which.into())?;
                state.left[LOSSES] -= 1;
            }
        }
        Some(state.normalized())
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("nothing is served that was evicted", |_, state: &State| state.broken.is_none()),
            Property::sometimes("memory answers after a write", |_, state: &State| {
                state.returned > 0 && state.nodes.iter().any(|node| node.serves().is_some())
            }),
        ]
    }
}

impl State {
    fn hit(&mut self, at: usize) {
        if let Some((version, oldest)) = self.nodes[at].serves() {
            if version < oldest {
                self.broken = Some("memory is further behind than the bound");
            }
            if at == 0 && version < self.returned {
                self.broken = Some("a node does not see its own eviction");
            }
        }
        self.calls[at].0 -= 1;
    }

    fn step(&mut self, at: usize, mutant: Option<Mutant>) {
        let (left, call) = &mut self.calls[at];
        let node = &mut self.nodes[at];
        *call = match *call {
            Call::Idle => {
                *left -= 1;
                Call::Begun { began: node.beginning(), known: self.returned }
            }
            Call::Begun { began, known } => match self.server.look(at, mutant) {
                Answer::Hit(version) => Call::Read { began, known, version },
                Answer::Leased => Call::Leased { began, known },
                Answer::Busy => Call::Idle,
            },
            Call::Read { began, known, version } => {
                if version < known {
                    self.broken = Some("the server gave what was evicted before the call began");
                }
                node.insert(version, began, known, mutant);
                Call::Idle
            }
            Call::Leased { began, known } => Call::Loaded { began, known, version: self.row },
            Call::Loaded { began, known, version } if self.server.fill(at, version, mutant) => {
                Call::Stored { began, known, version }
            }
            Call::Loaded { .. } => Call::Idle,
            Call::Stored { began, known, version } => {
                node.insert(version, began, known, mutant);
                Call::Idle
            }
        };
        if self.calls[at] == (0, Call::Idle) {
            self.nodes[at].retire();
        }
    }

    fn write(&mut self, kind: Kind, mutant: Option<Mutant>) {
        self.write = match self.write {
            Write::Source => {
                self.row += u8::from(kind != Kind::Other);
                Write::Evict
            }
            Write::Evict if kind == Kind::Pattern => {
                self.evict(Kind::Barrier, mutant);
                Write::Walk
            }
            Write::Evict => {
                self.evict(kind, mutant);
                Write::Acknowledge
            }
            Write::Walk => {
                // Leases without an entry are not found.
                if self.server.entry.is_some() {
                    self.evict(Kind::Key, mutant);
                }
                Write::Close
            }
            Write::Close => {
                if mutant != Some(Mutant::PatternsEndWithoutAWord) {
                    self.evict(Kind::Pattern, mutant);
                }
                Write::Acknowledge
            }
            Write::Acknowledge => {
                if mutant != Some(Mutant::DropsNothingItself) {
                    self.nodes[0].acknowledge(kind);
                }
                self.returned = self.row;
                self.written += 1;
                Write::Source
            }
        };
    }

    fn evict(&mut self, kind: Kind, mutant: Option<Mutant>) {
        let stamp = self.server.evict(kind, self.row, mutant);
        for (at, node) in self.nodes.iter_mut().enumerate().filter(|(_, node)| node.hears) {
            node.queue.push(Message { stamp, kind, is_own: at == 0 });
        }
    }

    fn normalized(mut self) -> Self {
        for at in 0..2 {
            let node = self.nodes[at].clone();
            let mut began: Vec<&mut u64> = match &mut self.calls[at].1 {
                Call::Idle => Vec::new(),
                Call::Begun { began, .. }
                | Call::Read { began, .. }
                | Call::Leased { began, .. }
                | Call::Loaded { began, .. }
                | Call::Stored { began, .. } => vec![began],
            };
            self.nodes[at] = node.normalized(&mut began);
        }
        self
    }
}
