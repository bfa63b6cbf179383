//! Calls, evictions, puts, losses and alterations on three nodes, interleaved at every operation in ways that nobody
//! thought of: no call is given a value from before an eviction or a put that had returned when it began.
//!
//! A failure names its seed, which alone says what was done.

use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::Arc;

use cache_core::testing::{FakeRedis, Gate as Hold, Moment, Op};
use fastrand::Rng;
use futures::future::FutureExt;

use crate::level::Level;
use crate::support::{Gate, within};
use crate::versions::{IDS, Node, Source, at};

const SEEDS: u64 = 300;
const STEPS: usize = 60;
/// The last of them keeps things in memory.
const NODES: usize = 3;

type Pending = Pin<Box<dyn Future<Output = u64> + Send>>;

/// A call that has begun.
struct Call {
    future: Pending,
    node: usize,
    id: u64,
    /// The oldest version that it may be given. A put, which is given its own, has none.
    floor: u64,
    is_put: bool,
    gate: Arc<Gate>,
}

/// An eviction on its way to the server, or back.
struct Eviction {
    future: Pin<Box<dyn Future<Output = ()> + Send>>,
    hold: Hold,
    has_been_there: bool,
    reached: Vec<(u64, u64)>,
    node: usize,
}

struct World {
    random: Rng,
    server: FakeRedis,
    level: Level,
    nodes: [Arc<Node>; NODES],
    source: Arc<Source>,
    /// The oldest version that a call at each node may be given from now on, for each id.
    floors: [[u64; IDS]; NODES],
    calls: Vec<Call>,
    holds: Vec<Hold>,
    eviction: Option<Eviction>,
    log: String,
}

impl World {
    fn new(seed: u64) -> Self {
        let (server, source) = (FakeRedis::new(), Arc::new(Source::default()));
        let level = Level::on(server.clone());
        let nodes = std::array::from_fn(|node| {
            let cache = if node == NODES - 1 { level.node() } else { level.node_without_memory() };
            Node::new(cache, &source)
        });
        Self {
            random: Rng::with_seed(seed),
            server,
            level,
            nodes,
            source,
            floors: Default::default(),
            calls: Vec::new(),
            holds: Vec::new(),
            eviction: None,
            log: format!("seed {seed}"),
        }
    }

    fn say(&mut self, step: std::fmt::Arguments<'_>) {
        let _ = write!(self.log, "\n  {step}");
    }

    async fn step(&mut self) {
        let (node, id) = (self.random.usize(..NODES), self.random.u64(..IDS as u64));
        match self.random.u32(..100) {
            0..30 => self.call(node, id),
            30..40 => self.open_a_gate(),
            40..48 => self.hold(),
            48..58 => self.release(),
            58..72 => self.evict(node, id).await,
            72..80 => self.go_on_with_the_eviction().await,
            80..86 => self.put(node, id),
            86..90 => self.cancel().await,
            90..94 => self.lose(),
            94..99 => self.alter(),
            _ => {
                self.say(format_args!("everything is lost"));
                self.server.flush();
            }
        }
        self.poll();
    }

    fn gate(&mut self) -> Arc<Gate> {
        let gate = Arc::new(Gate::closed());
        if self.random.bool() {
            gate.let_through(1);
        }
        gate
    }

    fn call(&mut self, node: usize, id: u64) {
        let (gate, is_valued) = (self.gate(), self.random.u32(..4) == 0);
        self.say(format_args!("{node} reads {id}, by value {is_valued}"));
        let (this, held) = (Arc::clone(&self.nodes[node]), Arc::clone(&gate));
        let future: Pending = if is_valued { this.get_valued(id, held).boxed() } else { this.get(id, held).boxed() };
        self.calls.push(Call { future, node, id, floor: self.floors[node][at(id)], is_put: false, gate });
    }

    fn put(&mut self, node: usize, id: u64) {
        let (gate, is_known) = (self.gate(), self.random.bool());
        self.say(format_args!("{node} puts {id}, key known {is_known}"));
        let (this, held) = (Arc::clone(&self.nodes[node]), Arc::clone(&gate));
        let future: Pending =
            if is_known { this.put(id, held).boxed() } else { this.create(id, held).map(|put| put.1).boxed() };
        self.calls.push(Call { future, node, id, floor: 0, is_put: true, gate });
    }

    fn open_a_gate(&mut self) {
        if !self.calls.is_empty() {
            let call = self.random.usize(..self.calls.len());
            self.calls[call].gate.let_through(1);
            self.say(format_args!("call {call} goes on"));
        }
    }

    fn hold(&mut self) {
        let ops = [Op::Read, Op::Acquire, Op::Fill, Op::Set];
        let (op, moment) = (ops[self.random.usize(..ops.len())], self.moment());
        if self.holds.len() < 3 {
            self.say(format_args!("the next {op:?} is held {moment:?}"));
            self.holds.push(self.server.gate(op, moment));
        }
    }

    fn moment(&mut self) -> Moment {
        if self.random.bool() { Moment::Before } else { Moment::After }
    }

    fn release(&mut self) {
        if !self.holds.is_empty() {
            let hold = self.random.usize(..self.holds.len());
            self.say(format_args!("hold {hold} is released"));
            self.holds.swap_remove(hold).release();
        }
    }

    /// Somebody writes, and then evicts.
    async fn evict(&mut self, node: usize, id: u64) {
        if self.eviction.is_some() {
            return;
        }
        let (kind, this) = (self.random.u32(..5), Arc::clone(&self.nodes[node]));
        self.source.write(id);
        let ids = if kind < 3 { id..id + 1 } else { 0..IDS as u64 };
        let reached = ids.map(|id| (id, self.source.read(id))).collect();
        self.say(format_args!("{node} evicts {id} by {kind}: {reached:?}"));
        let mut future = match kind {
            0 => this.evict_key(id).boxed(),
            1 => this.evict_tag(id).boxed(),
            2 => this.evict_pattern(id).boxed(),
            3 => this.evict_all().boxed(),
            _ => this.clear().boxed(),
        };
        let hold = self.server.gate(Op::Evict, Moment::Before);
        // It runs on a thread of the server's.
        assert!((&mut future).now_or_never().is_none());
        within(hold.arrived()).await;
        self.eviction = Some(Eviction { future, hold, has_been_there: false, reached, node });
        while self.eviction.is_some() && self.random.bool() {
            self.go_on_with_the_eviction().await;
        }
    }

    async fn go_on_with_the_eviction(&mut self) {
        let Some(mut eviction) = self.eviction.take() else { return };
        if !eviction.has_been_there {
            let after = self.server.gate(Op::Evict, Moment::After);
            std::mem::replace(&mut eviction.hold, after).release();
            within(eviction.hold.arrived()).await;
            self.say(format_args!("the server has evicted"));
            self.eviction = Some(Eviction { has_been_there: true, ..eviction });
            return;
        }
        eviction.hold.release();
        within(eviction.future).await;
        self.say(format_args!("the eviction has returned"));
        for (id, version) in eviction.reached {
            self.reached(eviction.node, id, version);
        }
    }

    /// From now on no call may be given less; what another node keeps in memory is no promise.
    fn reached(&mut self, by: usize, id: u64, version: u64) {
        for (node, floors) in self.floors.iter_mut().enumerate() {
            if node == by || node < NODES - 1 {
                floors[at(id)] = floors[at(id)].max(version);
            }
        }
    }

    async fn cancel(&mut self) {
        if !self.calls.is_empty() {
            let call = self.calls.swap_remove(self.random.usize(..self.calls.len()));
            self.say(format_args!("a call of {} is cancelled", call.node));
            drop(call.future);
            self.nodes[call.node].settle().await;
        }
    }

    fn name(&mut self) -> Option<String> {
        let names = self.level.names();
        (!names.is_empty()).then(|| names[self.random.usize(..names.len())].clone())
    }

    fn lose(&mut self) {
        if let Some(name) = self.name() {
            self.say(format_args!("{name} is lost"));
            self.level.lose(&name);
        }
    }

    fn alter(&mut self) {
        let Some(name) = self.name() else { return };
        let mut bytes = self.level.bytes(&name).expect("it is there");
        let how = self.random.u32(..4);
        match how {
            _ if bytes.is_empty() => {}
            0 => bytes.truncate(self.random.usize(..bytes.len())),
            1 => bytes = (0..self.random.u8(..100)).collect(),
            2 if !name.starts_with('#') => bytes = self.level.bytes(&self.another(&name)).unwrap_or_default(),
            _ => {
                let at = self.random.usize(..bytes.len());
                bytes[at] ^= 1 << self.random.u8(..8);
            }
        }
        self.say(format_args!("{name} is altered by {how}"));
        self.level.overwrite(&name, &bytes);
    }

    /// The other entry's name.
    fn another(&self, name: &str) -> String {
        let mut names = self.level.names().into_iter().filter(|other| !other.starts_with('#') && other != name);
        names.next_back().unwrap_or_default()
    }

    /// Goes on with every call as far as it gets, and looks at what those that end are given.
    fn poll(&mut self) {
        for _ in 0..2 {
            for mut call in std::mem::take(&mut self.calls) {
                match (&mut call.future).now_or_never() {
                    None => self.calls.push(call),
                    Some(version) => self.ended(&call, version),
                }
            }
        }
    }

    fn ended(&mut self, call: &Call, version: u64) {
        let (node, id, floor) = (call.node, call.id, call.floor);
        self.say(format_args!("{node} is given {version} of {id}"));
        assert!(version >= floor, "{node} is given {version} of {id}, and not {floor}\n{}", self.log);
        if call.is_put {
            self.reached(node, id, version);
        }
    }

    /// Everything that was held goes on or is given up; what the source holds then is found by everybody, and stored.
    async fn end(mut self) {
        self.holds.clear();
        while self.eviction.is_some() {
            self.go_on_with_the_eviction().await;
        }
        for call in &self.calls {
            call.gate.let_through(1);
        }
        self.poll();
        self.calls.clear();
        for node in &self.nodes {
            node.settle().await;
        }
        // One that was altered is nobody's, and ends by its own time only.
        self.level.names().iter().filter(|name| name.starts_with("#l:")).for_each(|name| self.level.lose(name));
        let open = Arc::new(Gate::closed());
        open.open();
        for id in 0..IDS as u64 {
            for node in 0..NODES {
                let floor = self.floors[node][at(id)];
                let version = within(Arc::clone(&self.nodes[node]).get(id, Arc::clone(&open))).await;
                assert!(version >= floor, "in the end {node} is given {version} of {id}, not {floor}\n{}", self.log);
            }
            let before = self.source.loads();
            for node in 0..NODES {
                within(Arc::clone(&self.nodes[node]).get(id, Arc::clone(&open))).await;
            }
            let loads = self.source.loads() - before;
            assert_eq!(loads, 0, "in the end {id} is not stored\n{}", self.log);
        }
    }
}

#[tokio::test]
async fn no_call_is_given_what_an_acknowledged_eviction_or_put_has_replaced() {
    for seed in 0..SEEDS {
        let mut world = World::new(seed);
        for _ in 0..STEPS {
            world.step().await;
            tokio::task::yield_now().await;
        }
        world.end().await;
    }
}
