//! Several processes on one server: this program started anew, with orders in its environment.

use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, thread};

use cache_core::port::Stopwatch;
use larder::{Cache, Redis};
use larder_test_support::{Client, Kind, Server, Value};

const ORDERS: &str = "LARDER_REFRESH_CHILD";
/// A process that hears nothing of its end ends by itself.
const LONGEST: Duration = Duration::from_mins(1);
const EVERY: Duration = Duration::from_millis(200);

/// A process; dropped, it is killed.
struct Node(Child);

impl Node {
    fn start(server: &Server) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["processes::process", "--exact", "--test-threads=1"]).env(ORDERS, server.port().to_string());
        Self(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Reads and refreshes until it is killed. Does nothing where this program was not started as a child.
#[test]
fn process() {
    let Ok(port) = env::var(ORDERS) else { return };
    let port: u16 = port.parse().unwrap();
    thread::spawn(|| {
        thread::sleep(LONGEST);
        std::process::exit(1);
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let cache = Cache::builder("refresh").budget(Duration::from_secs(5));
        let cache = cache.redis(Redis::at(format!("redis://127.0.0.1:{port}"))).build().unwrap();
        let rate = cache.refresh_every("rate", EVERY, move || async move { load(port).await });
        tokio::spawn(rate.clone().run());
        Client::connect(port).unwrap().command(&["INCR", "nodes"]).unwrap();
        loop {
            rate.get().await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}

/// Looks whether it is alone, for a fifth of the period.
async fn load(port: u16) -> Result<u64, String> {
    let mut client = Client::connect(port).unwrap();
    let inside = client.command(&["INCR", "inside"]).unwrap().int();
    tokio::time::sleep(EVERY / 5).await;
    if inside != 1 || client.command(&["DECR", "inside"]).unwrap().int() != 0 {
        client.command(&["INCR", "violations"]).unwrap();
    }
    Ok(client.command(&["INCR", "loads"]).unwrap().int().unsigned_abs())
}

fn number(server: &Server, name: &str) -> u64 {
    match server.command(&["GET", name]) {
        Value::Nil => 0,
        value => value.text().parse().unwrap(),
    }
}

fn wait_for(server: &Server, name: &str, least: u64) {
    let waiting = Stopwatch::start();
    while number(server, name) < least {
        assert!(waiting.elapsed() < Duration::from_secs(20), "{name} stays below {least}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn three_processes_load_once_in_a_period_and_go_on_when_one_is_killed() {
    let server = Server::start(Kind::Redis);
    let mut nodes: Vec<_> = (0..3).map(|_| Node::start(&server)).collect();
    wait_for(&server, "nodes", 3);
    let (before, period) = (number(&server, "loads"), Stopwatch::start());
    wait_for(&server, "loads", before + 8);
    // A turn is nine tenths of a period. The first load may have begun before.
    assert!(period.elapsed() >= EVERY / 10 * 9 * 6, "{:?}", period.elapsed());
    assert_eq!(number(&server, "violations"), 0);
    for _ in 0..2 {
        drop(nodes.remove(0));
        wait_for(&server, "loads", number(&server, "loads") + 3);
    }
}
