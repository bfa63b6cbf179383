//! The example as a process, and the requests that are sent to it.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http::Request;

/// How long anything may take. Nothing waits for it unless it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The example's executable: `target/debug/examples/lookups`, beside `target/debug/deps/lookups-0123456789abcdef`.
fn executable() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its path");
    let profile = test.parent().and_then(|deps| deps.parent()).expect("a test is two levels below its profile");
    let example = profile.join("examples").join(format!("lookups{}", std::env::consts::EXE_SUFFIX));
    assert!(example.exists(), "{} is missing; build it: `cargo build --example lookups`", example.display());
    example
}

pub(crate) fn new_database() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("lookups-{}-{}.sqlite", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The lines that a process writes to its standard output.
pub(crate) type Lines = Receiver<String>;

/// A process that is killed at the end, and its database.
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) database: PathBuf,
}

impl Process {
    /// With a new database.
    pub(crate) fn start(arguments: &[&str]) -> (Self, Lines) {
        Self::start_over(new_database(), arguments)
    }

    pub(crate) fn start_over(database: PathBuf, arguments: &[&str]) -> (Self, Lines) {
        Self::start_behind(None, database, arguments)
    }

    /// Before a server, if there is one.
    pub(crate) fn start_behind(redis: Option<&str>, database: PathBuf, arguments: &[&str]) -> (Self, Lines) {
        let mut command = Command::new(executable());
        command.env_remove("REDIS_URL").envs(redis.map(|url| ("REDIS_URL", url)));
        command.args(arguments).arg("--database").arg(&database).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the example starts");
        let stdout = child.stdout.take().expect("its output is piped");
        let (sender, lines) = mpsc::channel();
        // Ends with the process, whose end closes the pipe.
        std::thread::spawn(move || {
            let written = BufReader::new(stdout).lines().map_while(Result::ok);
            written.take_while(|line| sender.send(line.clone()).is_ok()).for_each(drop);
        });
        (Self { child, database }, lines)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Each fails where there is nothing left to do: it has ended, it made no file.
        drop(self.child.kill());
        drop(self.child.wait());
        drop(std::fs::remove_file(&self.database));
        drop(std::fs::remove_file(self.database.with_extension("sqlite-journal")));
    }
}

/// A service of one test's own.
pub(crate) struct Service {
    pub(crate) process: Process,
    pub(crate) agent: Agent,
    pub(crate) address: String,
}

impl Service {
    pub(crate) fn start() -> Self {
        Self::of(Process::start(&["--port", "0"]))
    }

    pub(crate) fn of((process, lines): (Process, Lines)) -> Self {
        let first = lines.recv_timeout(PATIENCE).expect("the example says where it listens");
        let address = first.strip_prefix("listening on ").expect("the first line is the address").to_owned();
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        Self { process, agent: config.build().new_agent(), address }
    }

    pub(crate) fn send(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.address));
        let answer = match body {
            None => self.agent.run(request.body(()).expect("a request")),
            Some(body) => {
                let request = request.header("content-type", "application/json");
                self.agent.run(request.body(body.to_string()).expect("a request"))
            }
        };
        let mut answer = answer.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let body = answer.body_mut().read_json().unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        (answer.status().as_u16(), body)
    }

    /// The answer to a `GET` that succeeds.
    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, body) = self.send("GET", path, None);
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    /// The answer to a `PUT` that succeeds.
    pub(crate) fn put(&self, path: &str, body: &Value) -> Value {
        let (status, body) = self.send("PUT", path, Some(body));
        assert_eq!(status, 200, "PUT {path}: {body}");
        body
    }

    /// The codes of a region's countries.
    pub(crate) fn codes_in(&self, region: &str) -> Vec<String> {
        let list = self.get(&format!("/regions/{region}"));
        let countries = list.as_array().expect("a list");
        countries.iter().map(|country| country["code"].as_str().expect("a code").to_owned()).collect()
    }

    /// One of the counts in `/stats`.
    pub(crate) fn count(&self, name: &str) -> u64 {
        self.get("/stats")[name].as_u64().unwrap_or_else(|| panic!("`{name}` is a number"))
    }

    /// Asks again until it is so, thousands of times if need be.
    pub(crate) fn ask_until(&self, what: &str, is_so: impl Fn() -> bool) {
        assert!((0..20_000).any(|_| is_so()), "{what}: it does not; {}", self.get("/stats"));
    }

    /// What `request` gives, and how many statements the database began for it.
    pub(crate) fn queries_of<T>(&self, request: impl FnOnce() -> T) -> (T, u64) {
        let before = self.count("database_queries");
        let answer = request();
        (answer, self.count("database_queries") - before)
    }
}
