//! Several processes before one server: this program, started anew with nothing to do but one test.

use std::io::{BufRead, BufReader, Write, stdin};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;
use std::{env, fmt};

use larder::{Cache, Redis};
use larder_test_support::{Kind, Server};

use crate::support::within;

/// How many there are.
const PROCESSES: usize = 4;
/// Tells a process whose server it is one of.
const SERVER: &str = "LARDER_COORDINATION_SERVER";
/// In front of what a process says to its parent, between whatever else is printed.
const MARK: &str = "@said ";

/// The processes of one test.
#[derive(Debug)]
pub(crate) struct Processes {
    pub(crate) kind: Kind,
    /// What the program is told to run.
    pub(crate) test: &'static str,
}

/// What all processes have said, and the server that they have said it about.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) server: Server,
    pub(crate) lines: Vec<String>,
}

impl Processes {
    /// Runs a node in each process, all from the same moment on. What it gives is said. `None`: this is such a process.
    pub(crate) fn run(&self, node: impl AsyncFnOnce(Cache) -> String) -> Option<Said> {
        if let Ok(url) = env::var(SERVER) {
            be_one(&url, node);
            return None;
        }
        let server = Server::start(self.kind);
        let mut processes: Vec<_> = (0..PROCESSES).map(|_| Process::start(self.test, &server.url())).collect();
        for process in &mut processes {
            assert_eq!(process.next().as_deref(), Some("ready"), "a process has failed, and said why");
        }
        for process in &mut processes {
            process.pipe.write_all(b"go\n").expect("it waits for that");
        }
        let said = processes.iter_mut().map(|process| process.next().expect("a process has failed, and said why"));
        Some(Said { lines: said.collect(), server })
    }
}

fn be_one(url: &str, node: impl AsyncFnOnce(Cache) -> String) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("the system has threads").block_on(async {
        let cache = Cache::builder("nodes").budget(Duration::from_secs(10)).redis(Redis::at(url)).build();
        let cache = cache.expect("the settings are valid");
        within(cache.ready()).await.expect("the server is there");
        say("ready");
        stdin().read_line(&mut String::new()).expect("the parent is there");
        say(&within(node(cache)).await);
    });
}

#[allow(clippy::print_stdout, reason = "that is how processes speak")]
fn say(line: &str) {
    println!("\n{MARK}{line}");
}

/// One process; dropped, it is killed.
struct Process {
    child: Child,
    pipe: ChildStdin,
    lines: BufReader<ChildStdout>,
}

impl Process {
    fn start(test: &str, url: &str) -> Self {
        let name = test.split_once("::").expect("a test is in a module of the program").1;
        let mut command = Command::new(env::current_exe().expect("it runs"));
        command.args(["--exact", name, "--nocapture"]).env(SERVER, url);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs already");
        let pipe = child.stdin.take().expect("it was asked for");
        let lines = BufReader::new(child.stdout.take().expect("it was asked for"));
        Self { child, pipe, lines }
    }

    /// What it says next; `None`: nothing any more.
    fn next(&mut self) -> Option<String> {
        let mut line = String::new();
        while self.lines.read_line(&mut line).expect("it is ours") > 0 {
            if let Some(said) = line.strip_prefix(MARK) {
                return Some(said.trim_end().to_owned());
            }
            line.clear();
        }
        None
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and need not be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Process").field(&self.child.id()).finish()
    }
}

/// Two tests for each behaviour: on Redis and on Valkey.
macro_rules! on_both_servers {
    ($($(#[$doc:meta])* fn $name:ident($processes:ident: Processes) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            fn behaviour($processes: &Processes) $body

            #[test]
            fn redis() {
                behaviour(&Processes { kind: Kind::Redis, test: concat!(module_path!(), "::redis") });
            }

            #[test]
            fn valkey() {
                behaviour(&Processes { kind: Kind::Valkey, test: concat!(module_path!(), "::valkey") });
            }
        }
    )*};
}

pub(crate) use on_both_servers;
