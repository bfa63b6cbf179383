//! The processes of the nodes, each behind a network of its own, and what they have told so far.

use std::env;
use std::io::{BufReader, Read as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use larder_test_support::{Proxy, Server};
use parking_lot::Mutex;

use crate::clock::Moment;
use crate::node::Orders;
use crate::record::{BYTES, Counts, Read, Record, Write};
use crate::variant::Variant;

/// How many there are at a time.
pub(crate) const NODES: usize = 3;
/// How long a node may take to start, and to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything that was told.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) reads: Vec<Read>,
    pub(crate) writes: Vec<Write>,
    /// Of all nodes together.
    pub(crate) counts: Counts,
}

/// The nodes; dropped, they are killed.
#[derive(Debug)]
pub(crate) struct Nodes {
    running: Vec<Node>,
    pub(crate) history: Arc<Mutex<History>>,
    started: u8,
    server: u16,
    source: u16,
    variant: Variant,
    seed: u64,
}

/// A running node.
#[derive(Debug)]
struct Node {
    // The process ends before its network.
    process: Process,
    /// Where it tells; shut down, it ends.
    wire: TcpStream,
    listener: JoinHandle<()>,
    proxy: Proxy,
}

#[derive(Debug)]
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not be. A stopped one is killed as well.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Nodes {
    /// Starts this program anew for each node, and waits until all have begun.
    pub(crate) fn start(variant: Variant, server: &Server, source: &Server, seed: u64) -> Self {
        let (running, history, started) = Default::default();
        let mut nodes = Self { running, history, started, server: server.port(), source: source.port(), variant, seed };
        for _ in 0..NODES {
            let node = nodes.start_one(Proxy::in_front_of(nodes.server));
            nodes.running.push(node);
        }
        nodes
    }

    /// A node never has the number of one before it: what that has told stays.
    fn start_one(&mut self, proxy: Proxy) -> Node {
        self.started += 1;
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let listener = socket.local_addr().expect("it is bound").port();
        let Self { started: id, server, source, variant, seed, .. } = *self;
        let orders = Orders { id, listener, proxy: proxy.port(), server, source, variant, seed };
        let (name, value) = orders.to_variable();
        let mut command = Command::new(env::current_exe().expect("it runs"));
        command.args(["--exact", "a_node_where_this_was_started_as_one", "--nocapture"]).env(name, value);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("it runs already");
        let mut process = Process(process);
        let wire = accept(&socket, &mut process);
        let (ready, is_ready) = channel();
        let listener = thread::spawn({
            let (wire, history) = (wire.try_clone().expect("it is a socket"), Arc::clone(&self.history));
            move || listen(wire, &history, &ready)
        });
        is_ready.recv_timeout(PATIENCE).expect("the node reaches its server");
        Node { process, wire, listener, proxy }
    }

    pub(crate) fn proxy(&self, at: usize) -> &Proxy {
        &self.running[at].proxy
    }

    pub(crate) fn proxies(&self) -> impl Iterator<Item = &Proxy> {
        self.running.iter().map(|node| &node.proxy)
    }

    /// Kills a node where it is, and starts another in its place.
    pub(crate) fn replace(&mut self, at: usize) {
        let Node { process, wire, listener, proxy } = self.running.remove(at);
        drop(process);
        listener.join().expect("what it has told is whole");
        drop(wire);
        let node = self.start_one(proxy);
        self.running.insert(at, node);
    }

    /// Stops a node where it is, and lets it go on after this time. The shell does both, so that no node stands still for
    /// ever, whatever becomes of this process.
    pub(crate) fn pause(&self, at: usize, time: Duration) {
        let id = self.running[at].process.0.id().to_string();
        let mut command = Command::new("/bin/sh");
        let script = r#"kill -s STOP "$1" && sleep "$2" && kill -s CONT "$1""#;
        let status = command.args(["-c", script, "sh", &id, &time.as_secs_f64().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "node {id} could not be stopped and continued");
    }

    /// Lets all end, and takes what they have told.
    pub(crate) fn end(mut self) -> History {
        for node in &self.running {
            node.wire.shutdown(Shutdown::Write).expect("the node listens");
        }
        for Node { mut process, listener, proxy, .. } in self.running.drain(..) {
            listener.join().expect("what it has told is whole");
            let limit = Moment::now().plus(PATIENCE);
            let status = loop {
                if let Some(status) = process.0.try_wait().expect("it is ours") {
                    break status;
                }
                assert!(Moment::now() < limit, "a node does not end");
                thread::sleep(Duration::from_millis(1));
            };
            assert!(status.success(), "a node has failed: it has said why");
            drop(proxy);
        }
        std::mem::take(&mut *self.history.lock())
    }
}

/// Waits for the node to call; it calls at once, or fails.
fn accept(socket: &TcpListener, process: &mut Process) -> TcpStream {
    socket.set_nonblocking(true).expect("it is a socket");
    let limit = Moment::now().plus(PATIENCE);
    loop {
        if let Ok((wire, _)) = socket.accept() {
            wire.set_nonblocking(false).expect("it is a socket");
            return wire;
        }
        assert!(process.0.try_wait().expect("it is ours").is_none(), "a node has ended before it began");
        assert!(Moment::now() < limit, "a node does not begin");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Takes down what a node tells, until it says no more. One that was killed may have told half a record.
fn listen(wire: TcpStream, history: &Mutex<History>, ready: &Sender<()>) {
    let (mut wire, mut bytes) = (BufReader::with_capacity(1 << 16, wire), [0; BYTES]);
    while wire.read_exact(&mut bytes).is_ok() {
        match Record::decode(&bytes) {
            Record::Ready => ready.send(()).expect("somebody waits"),
            Record::Read(read) => history.lock().reads.push(read),
            Record::Write(write) => history.lock().writes.push(write),
            Record::End(counts) => history.lock().counts += counts,
        }
    }
}
