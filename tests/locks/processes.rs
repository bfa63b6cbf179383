//! Several processes on one server.

use std::time::Duration;

use cache_core::port::Stopwatch;
use larder_test_support::{Client, Kind, Server};
use rusqlite::Connection;

use crate::child::{Child, Job, TTL, cache};

/// What a lock protects: takes no write with a token that is smaller than the largest it has seen, and notes who wrote.
const WRITE: &str = "
    local largest = tonumber(redis.call('GET', KEYS[1]) or '0')
    if tonumber(ARGV[1]) < largest then
        redis.call('INCR', KEYS[3])
        return 0
    end
    redis.call('SET', KEYS[1], ARGV[1])
    redis.call('RPUSH', KEYS[2], ARGV[2])
    return 1
";

/// Whether the write was taken.
pub(crate) fn write_with_token(client: &mut Client, who: &str, token: u64) -> bool {
    let token = token.to_string();
    client.command(&["EVAL", WRITE, "3", "largest", "written", "refused", &token, who]).unwrap().int() == 1
}

fn number(server: &Server, name: &str) -> i64 {
    match server.command(&["GET", name]) {
        larder_test_support::Value::Nil => 0,
        value => value.text().parse().unwrap(),
    }
}

fn on_both(test: impl Fn(&Server)) {
    for kind in [Kind::Redis, Kind::Valkey] {
        test(&Server::start(kind));
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// It is stopped for longer than the ttl; another takes the lock meanwhile.
#[test]
fn a_holder_that_was_stopped_learns_that_it_has_lost_before_it_goes_on() {
    on_both(|server| {
        let mut client = server.client().unwrap();
        for round in 0..5 {
            let mut child = Child::start(Job::Hold, server, server.folder(), 0);
            let token: u64 = child.says().unwrap().strip_prefix("holds ").unwrap().parse().unwrap();
            while number(server, "largest") < i64::try_from(token).unwrap() {}
            child.stop();
            let next = run(async {
                let guard = cache(server.port()).lock("resource").wait(TTL * 10).acquire().await.unwrap();
                guard.fencing_token()
            });
            assert!(next > token);
            assert!(write_with_token(&mut client, "parent", next));
            let before = server.command(&["LLEN", "written"]).int();
            child.go_on();
            assert_eq!(child.says().as_deref(), Some("lost"));
            child.ends();
            // Nothing of it was taken, and it tried once at most: what it was at when it was stopped.
            assert_eq!(server.command(&["LLEN", "written"]).int(), before);
            assert!(number(server, "refused") <= round + 1);
        }
    });
}

#[test]
fn a_holder_that_was_killed_keeps_the_lock_for_its_ttl_at_most() {
    on_both(|server| {
        let mut child = Child::start(Job::Sit, server, server.folder(), 0);
        let token: u64 = child.says().unwrap().strip_prefix("holds ").unwrap().parse().unwrap();
        child.kill();
        let killed = Stopwatch::start();
        let next = run(async {
            cache(server.port()).lock("resource").wait(TTL * 20).acquire().await.unwrap().fencing_token()
        });
        assert!(next > token);
        // Beside the ttl: the time until it asks again, and a busy machine's.
        assert!(killed.elapsed() < TTL + Duration::from_secs(2), "{:?}", killed.elapsed());
    });
}

/// Some stay inside for twice the ttl.
fn enter(server: &Server, job: Job) {
    let children: Vec<_> = (0..4).map(|_| Child::start(job, server, server.folder(), 5)).collect();
    children.into_iter().for_each(Child::ends);
}

#[test]
fn processes_are_never_inside_together_while_renewals_work() {
    on_both(|server| {
        enter(server, Job::Enter);
        assert_eq!((number(server, "violations"), number(server, "lost")), (0, 0));
        let tokens = server.command(&["LRANGE", "tokens", "0", "-1"]);
        let tokens: Vec<u64> = tokens.array().iter().map(|token| token.text().parse().unwrap()).collect();
        assert_eq!(tokens.len(), 20);
        assert!(tokens.is_sorted_by(|a, b| a < b), "{tokens:?}");
    });
}

/// So the test above can fail.
#[test]
fn without_renewal_two_are_inside_together() {
    let server = Server::start(Kind::Redis);
    enter(&server, Job::EnterUnrenewed);
    assert!(number(&server, "violations") > 0 && number(&server, "lost") > 0);
}

/// How many invoices have each number, of so many processes that took so many each.
fn invoices(server: &Server, job: Job, processes: u32, each: u32) -> Vec<(i64, i64)> {
    let database = Connection::open(server.folder().join("invoices.db")).unwrap();
    database.query_row("pragma journal_mode = wal", [], |_| Ok(())).unwrap();
    database
        .execute_batch("create table invoices (number integer not null); create index numbers on invoices (number)")
        .unwrap();
    let children: Vec<_> = (0..processes).map(|_| Child::start(job, server, server.folder(), each)).collect();
    children.into_iter().for_each(Child::ends);
    let mut counts = database.prepare("select number, count(*) from invoices group by number order by number").unwrap();
    counts.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn ten_thousand_invoice_numbers_of_four_processes_have_no_gap_and_no_double() {
    let server = Server::start(Kind::Redis);
    let numbers = invoices(&server, Job::Number, 4, 2_500);
    let expected: Vec<_> = (1..=10_000).map(|number| (number, 1)).collect();
    assert!(numbers == expected, "{} numbers", numbers.len());
}

/// So the test above can fail.
#[test]
fn without_the_lock_invoice_numbers_come_twice() {
    let server = Server::start(Kind::Redis);
    let numbers = invoices(&server, Job::NumberUnlocked, 4, 500);
    assert!(numbers.iter().any(|(_, count)| *count > 1));
}
