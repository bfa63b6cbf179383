//! Executors that come and go, or are none of tokio's: a cache outlives each of them, and its thread ends with it.
//!
//! Threads are counted, so each of these tests runs in a process of its own.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, thread};

use futures::executor::block_on;
use larder_test_support::Kind;
use tokio::runtime::{Builder, Runtime};

use crate::bench::{Bench, SECRET, fresh};
use crate::node::Node;
use crate::support::{Gate, within};

/// Set in a process that runs one test.
const ALONE: &str = "LARDER_TEST_RUNS_ALONE";
/// How long a test may take, and a thread to end.
const PATIENCE: Duration = Duration::from_secs(20);
const A_MOMENT: Duration = Duration::from_millis(5);

/// Runs the test in a process of its own. It must end by itself, without a panic on any thread.
fn alone(behaviour: impl FnOnce()) {
    if env::var_os(ALONE).is_some() {
        return behaviour();
    }
    let name = thread::current().name().expect("a test's thread has its name").to_owned();
    let mut command = Command::new(env::current_exe().expect("this program"));
    command.args(["--exact", &name, "--nocapture"]).env(ALONE, "1");
    let mut test = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("this program starts");
    let waits = PATIENCE.as_millis() / A_MOMENT.as_millis();
    let ended = (0..waits).any(|_| {
        thread::sleep(A_MOMENT);
        test.try_wait().expect("it is our child").is_some()
    });
    if !ended {
        test.kill().expect("it is our child");
    }
    let output = test.wait_with_output().expect("it is our child");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(ended, "it hangs: {said}");
    assert!(output.status.success() && said.contains("1 passed") && !said.contains("panicked"), "{said}");
}

/// How many threads of this process drive a connection; on Linux, which tells.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let names = tasks.filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
    names.filter(|name| name.trim() == "larder-redis").count()
}

/// Waits until there are so many.
fn await_threads(count: usize) {
    if !cfg!(target_os = "linux") {
        return;
    }
    let waits = PATIENCE.as_millis() / A_MOMENT.as_millis() / 2;
    let ended = (0..waits).any(|_| {
        thread::sleep(A_MOMENT);
        threads() == count
    });
    assert!(ended, "{} threads drive connections, and {count} should", threads());
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("an executor")
}

fn multi_thread() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("an executor")
}

/// Two tests for each behaviour: on Redis and on Valkey, each in a process of its own.
macro_rules! alone_on_every_server {
    ($($(#[$doc:meta])* fn $name:ident($kind:ident: Kind) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            fn behaviour($kind: Kind) $body

            #[test]
            fn redis() {
                alone(|| behaviour(Kind::Redis));
            }

            #[test]
            fn valkey() {
                alone(|| behaviour(Kind::Valkey));
            }
        }
    )*};
}

alone_on_every_server! {
    fn a_cache_outlives_the_executors_that_use_it(kind: Kind) {
        let bench = Bench::start(kind);
        let first = current_thread();
        let node = first.block_on(bench.warm_patient_node());
        let (id, later) = (fresh("arg"), fresh("arg"));
        let value = first.block_on(node.item(&id));
        drop(first);
        for _ in 0..5 {
            for executor in [current_thread(), multi_thread()] {
                let fresh = fresh("arg");
                executor.block_on(async {
                    assert_eq!(within(node.item(&id)).await, value);
                    within(node.item(&fresh)).await;
                    within(node.put(&later, "later")).await;
                    assert_eq!(within(node.evict(&later)).await, Ok(7));
                });
                assert!(bench.has(&bench.entry(&fresh)), "the second level is used by every executor");
                assert!(!bench.has(&bench.entry(&later)));
            }
        }
        assert_eq!(node.cache.stats().trouble, larder::Trouble::default());
        assert!(!cfg!(target_os = "linux") || threads() == 1, "one thread, however many executors");
        drop(node);
        await_threads(0);
    }

    fn a_cache_needs_no_executor_of_tokio(kind: Kind) {
        let bench = Bench::start(kind);
        let (node, other) = (bench.patient_node(), bench.patient_node());
        let id = fresh("arg");
        let value = block_on(async {
            node.cache.ready().await.expect("the server is there");
            node.item(&id).await
        });
        assert_eq!(block_on(other.item(&id)), value, "it was read from the server");
        assert_eq!(other.cache.stats().remote_hits, 1);
        assert_eq!(block_on(node.put(&id, "new")), "new");
        assert_eq!(block_on(node.evict(&id)), Ok(7));
        assert_eq!(block_on(node.evict_pattern(&id)), 11);
        block_on(node.cache.invalidate_tags(["items"])).expect("the server takes it");
        assert!(!bench.has(&bench.entry(&id)));
        // Neither does trouble need one.
        bench.server.stop();
        assert!(block_on(bench.node().item(&fresh("arg"))).contains("value"));
        bench.server.cont();
        drop((node, other));
        await_threads(0);
    }

    fn a_cache_is_built_and_dropped_anywhere(kind: Kind) {
        let bench = Bench::start(kind);
        for executor in [current_thread, multi_thread] {
            // Built outside, dropped inside.
            let node = bench.patient_node();
            executor().block_on(async move {
                within(node.item(&fresh("arg"))).await;
                drop(node);
            });
            // Built inside, dropped outside, after its executor.
            let running = executor();
            let node = running.block_on(async { bench.patient_node() });
            running.block_on(node.item(&fresh("arg")));
            drop(running);
            drop(node);
            // Never used, and dropped while it connects.
            drop(bench.node());
            executor().block_on(async { drop(bench.node()) });
            // Dropped by a task that ends with its executor.
            let running = executor();
            let node = bench.patient_node();
            running.block_on(node.item(&fresh("arg")));
            running.spawn(async move {
                std::future::pending::<()>().await;
                drop(node);
            });
            running.shutdown_background();
            await_threads(0);
        }
    }

    /// What had begun does not keep anybody waiting, and what was evicted stays so.
    fn an_executor_ends_in_the_midst_of_fills_and_evictions(kind: Kind) {
        let bench = Bench::start(kind);
        for executor in [current_thread, multi_thread] {
            let running = executor();
            let node = Arc::new(running.block_on(bench.warm_node()));
            let (evicted, put, gate) = (fresh("arg"), fresh("arg"), Arc::new(Gate::closed()));
            let old = running.block_on(node.item(&evicted));
            let (filled, before) = (fresh("arg"), node.cache.stats().invalidations);
            bench.server.stop();
            running.block_on(async {
                let tasks = [Arc::clone(&node), Arc::clone(&node), Arc::clone(&node)];
                let [one, two, three] = tasks;
                let (id, held) = (filled.clone(), Arc::clone(&gate));
                tokio::spawn(async move { one.gated(&id, &held).await });
                let id = evicted.clone();
                tokio::spawn(async move { two.evict(&id).await });
                let id = put.clone();
                tokio::spawn(async move { three.put(&id, "s3cr3tnew").await });
                within(async {
                    while node.cache.stats().invalidations == before {
                        tokio::task::yield_now().await;
                    }
                })
                .await;
            });
            running.shutdown_background();
            bench.server.cont();
            let next = current_thread();
            next.block_on(async {
                within(async { while node.cache.ready().await.is_err() || node.cache.stats().undelivered > 0 {} }).await;
                gate.open();
                // Nobody waits for the eviction any more, and once begun it goes on.
                within(async { while node.item(&evicted).await == old {} }).await;
                assert!(within(node.item(&put)).await.starts_with(SECRET));
                assert!(within(node.gated(&filled, &gate)).await.contains("value"));
                bench.recovers(&node).await;
            });
            drop(node);
            await_threads(0);
        }
    }

    /// A call that leads a load on one executor is dropped with it: a call on another one takes over.
    fn a_load_goes_on_after_its_executor_has_ended(kind: Kind) {
        let bench = Bench::start(kind);
        let node = Arc::new(current_thread().block_on(bench.warm_patient_node()));
        let (id, gate, running) = (fresh("arg"), Arc::new(Gate::closed()), multi_thread());
        let (leads, held, led) = (Arc::clone(&node), Arc::clone(&gate), id.clone());
        running.spawn(async move { leads.gated(&led, &held).await });
        let next = current_thread();
        next.block_on(gate.arrival());
        let before = node.loads.count();
        next.block_on(async {
            let waits = crate::support::held(node.gated(&id, &gate)).await;
            // Ended when this returns, with every task of it; elsewhere, for an executor must not wait for another.
            thread::spawn(move || running.shutdown_timeout(PATIENCE)).join().expect("it ends");
            gate.open();
            assert_eq!(within(waits).await, node.value(before + 1), "its own load");
        });
        assert!(bench.has(&bench.entry(&id)), "it is stored");
        drop(node);
        await_threads(0);
    }

    /// Whatever waits for a server that does not answer ends with its cache.
    fn a_cache_is_dropped_while_its_server_does_not_answer(kind: Kind) {
        let bench = Bench::start(kind);
        let (hung, absent): (Node, Node) = current_thread().block_on(async { (bench.warm_node().await, bench.warm_node().await) });
        bench.server.stop();
        assert_eq!(block_on(hung.evict(&fresh("arg"))), Ok(7));
        block_on(hung.put(&fresh("arg"), "value"));
        assert!(hung.cache.stats().undelivered > 0);
        drop(hung);
        drop(bench.node());
        await_threads(1);
        bench.server.kill();
        assert_eq!(block_on(absent.evict(&fresh("arg"))), Ok(7));
        assert!(absent.cache.stats().undelivered > 0);
        drop(absent);
        drop(bench.node());
        await_threads(0);
    }
}
