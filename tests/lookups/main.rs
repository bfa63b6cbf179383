//! The example `lookups` as its users meet it: a process of its own, asked over HTTP.

mod service;

use std::io::Write;
use std::net::TcpStream;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use cache_core::port::Stopwatch;
use larder_test_support::{Kind, Server};
use serde_json::{Value, json};

use crate::service::{PATIENCE, Process, Service, new_database};

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

/// Runs the self-test, and expects it to pass.
fn self_test(redis: Option<&str>) {
    let (mut process, lines) = Process::start_behind(redis, new_database(), &["--self-test"]);
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

#[test]
fn the_requests_in_the_header_answer_what_it_says() {
    self_test(None);
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

        // Its memory drops what it had when the message comes.
        other.ask_until("it serves the put", || other.get("/countries/CY") == written);
        other.ask_until("its list shows the change", || holds(&other.codes_in("europe"), "CY"));
        assert_eq!(one.get("/countries/CY"), written);
    }
}

/// How long after a put at one process the other still serves what was before, from its memory: the median of many.
fn delay(one: &Service, other: &Service, rounds: u64) -> Duration {
    let mut delays: Vec<Duration> = (0..rounds)
        .map(|round| {
            let name = format!("Kypros {round}");
            other.get("/countries/CY");
            one.put("/countries/CY", &json!({ "name": name, "currency": "EUR", "region": "asia" }));
            let put = Stopwatch::start();
            other.ask_until("it serves the put", || other.get("/countries/CY")["name"] == name.as_str());
            put.elapsed()
        })
        .collect();
    delays.sort_unstable();
    delays[delays.len() / 2]
}

#[test]
fn a_put_at_one_process_is_served_by_the_other_within_50_ms() {
    for kind in Kind::ALL {
        let (_server, one, other) = two_services(kind);
        let median = delay(&one, &other, 21);
        println!("{kind}: {median:?}");
        assert!(median < Duration::from_millis(50), "{kind}: {median:?}");
    }
}

/// Nobody may publish: the poll alone tells.
#[test]
fn a_put_at_one_process_is_served_by_the_other_within_the_bound_where_no_message_comes() {
    for kind in Kind::ALL {
        let (server, one, other) = two_services(kind);
        server.command(&["ACL", "SETUSER", "default", "-publish"]);
        let median = delay(&one, &other, 3);
        println!("{kind}: {median:?}");
        assert!(median < Duration::from_secs(3), "{kind}: {median:?}");
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
fn the_requests_in_the_header_answer_the_same_behind_a_server() {
    self_test(Some(&Server::start(Kind::Redis).url()));
}
