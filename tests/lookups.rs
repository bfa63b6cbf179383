//! The example `lookups` as its users meet it: a process of its own, asked over HTTP.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use larder_test_support::{Kind, Server};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

/// How long anything may take. Nothing waits for it unless it fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// The example's executable: `target/debug/examples/lookups`, beside `target/debug/deps/lookups-0123456789abcdef`.
fn executable() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its path");
    let profile = test.parent().and_then(|deps| deps.parent()).expect("a test is two levels below its profile");
    let example = profile.join("examples").join(format!("lookups{}", std::env::consts::EXE_SUFFIX));
    assert!(example.exists(), "{} is missing; build it: `cargo build --example lookups`", example.display());
    example
}

fn new_database() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("lookups-{}-{}.sqlite", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// The lines that a process writes to its standard output.
type Lines = Receiver<String>;

/// A process that is killed at the end, and its database.
struct Process {
    child: Child,
    database: PathBuf,
}

impl Process {
    /// With a new database.
    fn start(arguments: &[&str]) -> (Self, Lines) {
        Self::start_over(new_database(), arguments)
    }

    fn start_over(database: PathBuf, arguments: &[&str]) -> (Self, Lines) {
        Self::start_behind(None, database, arguments)
    }

    /// Before a server, if there is one.
    fn start_behind(redis: Option<&str>, database: PathBuf, arguments: &[&str]) -> (Self, Lines) {
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
struct Service {
    process: Process,
    agent: Agent,
    address: String,
}

impl Service {
    fn start() -> Self {
        Self::of(Process::start(&["--port", "0"]))
    }

    fn of((process, lines): (Process, Lines)) -> Self {
        let first = lines.recv_timeout(PATIENCE).expect("the example says where it listens");
        let address = first.strip_prefix("listening on ").expect("the first line is the address").to_owned();
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(PATIENCE));
        Self { process, agent: config.build().new_agent(), address }
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
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
    fn get(&self, path: &str) -> Value {
        let (status, body) = self.send("GET", path, None);
        assert_eq!(status, 200, "GET {path}: {body}");
        body
    }

    /// The answer to a `PUT` that succeeds.
    fn put(&self, path: &str, body: &Value) -> Value {
        let (status, body) = self.send("PUT", path, Some(body));
        assert_eq!(status, 200, "PUT {path}: {body}");
        body
    }

    /// The codes of a region's countries.
    fn codes_in(&self, region: &str) -> Vec<String> {
        let list = self.get(&format!("/regions/{region}"));
        let countries = list.as_array().expect("a list");
        countries.iter().map(|country| country["code"].as_str().expect("a code").to_owned()).collect()
    }

    /// One of the counts in `/stats`.
    fn count(&self, name: &str) -> u64 {
        self.get("/stats")[name].as_u64().unwrap_or_else(|| panic!("`{name}` is a number"))
    }

    /// Asks again until it is so, thousands of times if need be.
    fn ask_until(&self, what: &str, is_so: impl Fn() -> bool) {
        assert!((0..20_000).any(|_| is_so()), "{what}: it does not; {}", self.get("/stats"));
    }

    /// What `request` gives, and how many statements the database began for it.
    fn queries_of<T>(&self, request: impl FnOnce() -> T) -> (T, u64) {
        let before = self.count("database_queries");
        let answer = request();
        (answer, self.count("database_queries") - before)
    }
}

/// What Cyprus, which the data set has in Asia, is changed to.
fn cyprus_in_europe() -> Value {
    json!({ "name": "Kypros", "currency": "EUR", "region": "europe" })
}

fn holds(codes: &[String], code: &str) -> bool {
    codes.iter().any(|held| held == code)
}

#[test]
fn the_data_set_is_served() {
    let service = Service::start();
    let germany = json!({ "code": "DE", "name": "Germany", "region": "europe", "currency": "EUR" });
    assert_eq!(service.get("/countries/DE"), germany);
    let regions = ["africa", "americas", "antarctica", "asia", "europe", "oceania"];
    let countries: usize = regions.iter().map(|region| service.codes_in(region).len()).sum();
    assert_eq!(countries, keshvar::CountryIterator::new().count());
}

#[test]
fn a_second_get_does_not_reach_the_database() {
    let service = Service::start();
    for path in ["/countries/DE", "/regions/europe"] {
        let (first, queries) = service.queries_of(|| service.get(path));
        assert_eq!(queries, 1, "{path}");
        let (second, queries) = service.queries_of(|| service.get(path));
        assert_eq!(queries, 0, "{path}");
        assert_eq!(first, second);
    }
}

#[test]
fn lower_and_upper_case_share_one_entry() {
    let service = Service::start();
    let upper = service.get("/countries/DE");
    let (lower, queries) = service.queries_of(|| service.get("/countries/de"));
    assert_eq!((lower, queries), (upper, 0));
    let upper = service.get("/regions/EUROPE");
    let (lower, queries) = service.queries_of(|| service.get("/regions/europe"));
    assert_eq!((lower, queries), (upper, 0));
    assert_eq!(service.count("entries"), 2);
}

#[test]
fn a_put_is_seen_by_the_next_get_without_reaching_the_database() {
    let service = Service::start();
    // Once over an entry, once where there is none.
    service.get("/countries/CY");
    for path in ["/countries/CY", "/countries/MT"] {
        let written = service.put(path, &cyprus_in_europe());
        assert_eq!(written["name"], "Kypros");
        let (read, queries) = service.queries_of(|| service.get(path));
        assert_eq!((read, queries), (written, 0), "{path}");
    }
}

#[test]
fn a_put_is_seen_by_the_next_list_of_the_old_and_the_new_region() {
    let service = Service::start();
    assert!(holds(&service.codes_in("asia"), "CY"));
    assert!(!holds(&service.codes_in("europe"), "CY"));
    service.get("/regions/africa");

    service.put("/countries/CY", &cyprus_in_europe());

    assert!(!holds(&service.codes_in("asia"), "CY"));
    assert!(holds(&service.codes_in("europe"), "CY"));
    let ((), queries) = service.queries_of(|| drop(service.get("/regions/africa")));
    assert_eq!(queries, 0, "a region that was not touched stays in memory");
}

#[test]
fn a_put_that_leaves_the_region_is_seen_by_its_list() {
    let service = Service::start();
    service.get("/regions/europe");
    service.put("/countries/DE", &json!({ "name": "Deutschland", "currency": "eur", "region": "Europe" }));
    let list = service.get("/regions/europe");
    let germany = json!({ "code": "DE", "name": "Deutschland", "region": "europe", "currency": "EUR" });
    assert!(list.as_array().expect("a list").contains(&germany), "{list}");
}

#[test]
fn a_delete_is_seen_by_the_next_get_and_the_next_list() {
    let service = Service::start();
    service.get("/countries/CY");
    assert!(holds(&service.codes_in("asia"), "CY"));

    let (status, deleted) = service.send("DELETE", "/countries/cy", None);
    assert_eq!((status, &deleted["code"]), (200, &json!("CY")));

    assert_eq!(service.send("GET", "/countries/CY", None).0, 404);
    assert!(!holds(&service.codes_in("asia"), "CY"));
}

#[test]
fn an_unknown_code_is_404_for_every_method() {
    let service = Service::start();
    let change = cyprus_in_europe();
    for path in ["/countries/ZZ", "/countries/toolong", "/countries/%C3%9F"] {
        for (method, body) in [("GET", None), ("PUT", Some(&change)), ("DELETE", None)] {
            let answer = service.send(method, path, body);
            assert_eq!(answer, (404, json!({ "error": "unknown country" })), "{method} {path}");
        }
    }
    assert_eq!(service.count("entries"), 0, "what is not there is not stored");
}

#[test]
fn a_put_that_is_refused_changes_nothing() {
    let service = Service::start();
    let before = service.get("/countries/DE");
    for wrong in [json!({ "name": " ", "currency": "EUR", "region": "europe" }), json!({ "name": "Germany" })] {
        assert_eq!(service.send("PUT", "/countries/DE", Some(&wrong)).0, 422, "{wrong}");
    }
    let (after, queries) = service.queries_of(|| service.get("/countries/DE"));
    assert_eq!((after, queries), (before, 0));
}

#[test]
fn a_put_whose_client_hangs_up_is_seen_by_the_lists() {
    let service = Service::start();
    assert!(!holds(&service.codes_in("europe"), "CY"));
    // Somebody else holds the file, so the change begins and waits.
    let other = rusqlite::Connection::open(&service.process.database).expect("the database opens");
    other.execute_batch("BEGIN IMMEDIATE").expect("nobody writes");
    let before = service.count("database_queries");
    let (host, body) = (service.address.trim_start_matches("http://"), cyprus_in_europe().to_string());
    let mut client = TcpStream::connect(host).expect("the service listens");
    let head = "PUT /countries/CY HTTP/1.1\r\nhost: lookups\r\ncontent-type: application/json";
    write!(client, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).expect("the request is sent");
    service.ask_until("the change begins", || service.count("database_queries") > before);

    drop(client);
    // Answers that come after the end of that connection has reached the service.
    (0..10).for_each(|_| drop(service.get("/stats")));
    other.execute_batch("ROLLBACK").expect("the lock is given back");

    service.ask_until("the list shows the change", || holds(&service.codes_in("europe"), "CY"));
    assert_eq!(service.get("/countries/CY")["name"], "Kypros");
}

#[test]
fn stats_count_every_call_once() {
    let service = Service::start();
    let (paths, threads, rounds) = (["/countries/DE", "/countries/FR", "/regions/asia"], 4, 5);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| (0..rounds).for_each(|_| paths.iter().for_each(|path| drop(service.get(path)))));
        }
    });
    let stats = service.get("/stats");
    let count = |name: &str| stats[name].as_u64().unwrap_or_else(|| panic!("`{name}` is a number"));
    let calls = threads * rounds * paths.len() as u64;
    assert_eq!(count("hits") + count("misses") + count("collapsed"), calls, "{stats}");
    // However many asked at once: one load, one statement and one entry for each path.
    for name in ["misses", "database_queries", "stored", "entries"] {
        assert_eq!(count(name), paths.len() as u64, "`{name}` in {stats}");
    }
    assert_eq!((count("refused"), count("invalidations")), (0, 0), "{stats}");
}

#[test]
fn a_database_given_by_path_is_kept_and_not_filled_again() {
    let (mut process, lines) = Process::start(&["--port", "0"]);
    drop(lines.recv_timeout(PATIENCE).expect("it listens, so the file is filled"));
    process.child.kill().expect("it runs");
    process.child.wait().expect("it ends");
    let connection = rusqlite::Connection::open(&process.database).expect("the file is a database");
    connection.execute("DELETE FROM countries WHERE code = 'DE'", []).expect("a row is deleted");
    drop(connection);

    let service = Service::of(Process::start_over(process.database.clone(), &["--port", "0"]));
    assert_eq!(service.send("GET", "/countries/DE", None).0, 404);
    assert_eq!(service.send("GET", "/countries/FR", None).0, 200);
}

#[test]
fn the_requests_in_the_header_answer_what_it_says() {
    let (mut process, lines) = Process::start(&["--self-test"]);
    let mut output = String::new();
    loop {
        match lines.recv_timeout(PATIENCE) {
            Ok(line) => output = output + &line + "\n",
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => panic!("the self-test hangs:\n{output}"),
        }
    }
    let status = process.child.wait().expect("it ended");
    assert!(status.success() && output.ends_with("passed\n"), "{status}:\n{output}");
}

/// Two processes over one database and one server.
fn two_services(kind: Kind) -> (Server, Service, Service) {
    let (server, database) = (Server::start(kind), new_database());
    let start = || Service::of(Process::start_behind(Some(&server.url()), database.clone(), &["--port", "0"]));
    let (one, other) = (start(), start());
    (server, one, other)
}

#[test]
fn what_one_process_has_loaded_the_other_need_not() {
    for kind in Kind::ALL {
        let (_server, one, other) = two_services(kind);
        for path in ["/countries/DE", "/regions/europe"] {
            let loaded = one.get(path);
            let (served, queries) = other.queries_of(|| other.get(path));
            assert_eq!((served, queries), (loaded, 0), "{kind}: {path}");
        }
        assert_eq!((other.count("remote_hits"), other.count("misses")), (2, 0), "{kind}");
    }
}

#[test]
fn a_put_at_one_process_is_what_the_other_serves() {
    for kind in Kind::ALL {
        let (_server, one, other) = two_services(kind);
        assert!(!holds(&other.codes_in("europe"), "CY"));
        assert_eq!(other.get("/countries/CY")["region"], "asia");

        let written = one.put("/countries/CY", &cyprus_in_europe());

        // Its memory may hold what it had for one second.
        other.ask_until("it serves the put", || other.get("/countries/CY") == written);
        other.ask_until("its list shows the change", || holds(&other.codes_in("europe"), "CY"));
        assert_eq!(one.get("/countries/CY"), written);
    }
}

#[test]
fn the_service_runs_without_its_server_and_with_it_again() {
    for kind in Kind::ALL {
        let (server, one, other) = two_services(kind);
        server.kill();
        assert_eq!(one.get("/countries/DE")["name"], "Germany");
        assert_eq!(one.put("/countries/CY", &cyprus_in_europe())["region"], "europe");
        assert_eq!(one.get("/countries/CY")["region"], "europe");
        server.restart();
        let before = other.count("remote_hits");
        other.ask_until("it is given what the first process puts", || {
            one.put("/countries/CY", &cyprus_in_europe());
            other.get("/countries/CY");
            other.count("remote_hits") > before
        });
    }
}

#[test]
fn the_self_test_passes_behind_a_server_too() {
    let server = Server::start(Kind::Redis);
    let (mut process, lines) = Process::start_behind(Some(&server.url()), new_database(), &["--self-test"]);
    let output: Vec<_> = std::iter::from_fn(|| lines.recv_timeout(PATIENCE).ok()).collect();
    let status = process.child.wait().expect("it ends");
    assert!(status.success() && output.last().is_some_and(|line| line.ends_with("passed")), "{status}: {output:?}");
}
