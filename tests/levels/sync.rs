//! Functions that are not asynchronous, on two levels: the same protocol, from any thread.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::following::Following;
use crate::level::{Level, on_every_level};
use crate::support::{Gate, Loads, held, within};

#[derive(HasCache)]
struct Node {
    cache: Cache,
    loads: Arc<Loads>,
    gate: Arc<Gate>,
}

impl Node {
    /// Nodes that keep nothing in memory, so that what they find is on the server.
    fn two(level: &Level) -> [Self; 2] {
        let (loads, gate) = (Arc::<Loads>::default(), Arc::new(Gate::closed()));
        [(); 2].map(|()| {
            let cache = level.builder().l1_ttl(Duration::ZERO).lease(Duration::from_hours(1)).following();
            Self { cache, loads: Arc::clone(&loads), gate: Arc::clone(&gate) }
        })
    }

    #[cacheable("item:{id}", tags = ["items"])]
    fn item(&self, id: u64) -> Result<u64, String> {
        if id == 0 { Err("no".to_owned()) } else { Ok(self.loads.next()) }
    }

    #[cacheable("item:{id}", tags = ["items"])]
    async fn item_in_a_task(&self, id: u64) -> Result<u64, String> {
        self.gate.pass().await;
        Ok(self.loads.next())
    }

    #[cache_put("item:{id}", tags = ["items"])]
    #[cache_put("number:{result}")]
    fn put(&self, id: u64, number: u64) -> u64 {
        number
    }

    #[cacheable("number:{number}")]
    fn number(&self, number: u64) -> u64 {
        0
    }

    #[cache_evict(tags = ["items"])]
    #[cache_evict(key = "item:{id}", timing = before)]
    fn evict(&self, id: u64) {}
}

/// Runs something that holds its thread; fails where that takes too long.
fn in_time(run: impl FnOnce() + Send + 'static) {
    let (done, ends) = mpsc::channel();
    let thread = thread::spawn(move || {
        run();
        // Nobody listens any more where it took too long.
        let _ = done.send(());
    });
    let ended = ends.recv_timeout(Duration::from_secs(10));
    assert_ne!(ended, Err(mpsc::RecvTimeoutError::Timeout), "it hangs");
    thread.join().expect("nothing panics");
}

on_every_level! {
    async fn a_thread_stores_puts_and_evicts_for_other_nodes(level: Level) {
        in_time(move || {
            let [here, there] = Node::two(&level);
            assert_eq!((here.item(7), there.item(7), there.item(0)), (Ok(1), Ok(1), Err("no".to_owned())));
            here.put(7, 70);
            assert_eq!((there.item(7), there.number(70)), (Ok(70), 70));
            there.evict(7);
            assert_eq!((here.item(7), there.item(7)), (Ok(2), Ok(2)));
        });
    }

    async fn inside_an_executor_of_one_thread_it_works_too(level: Level) {
        in_time(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it starts");
            runtime.block_on(async move {
                let [here, there] = Node::two(&level);
                let run = async move {
                    for id in 1..100 {
                        assert_eq!((here.item(id), there.item(id)), (Ok(id), Ok(id)));
                    }
                };
                within(tokio::spawn(run)).await.expect("the task ends");
            });
        });
    }

    async fn it_does_not_wait_for_a_load_that_a_task_on_its_thread_leads(level: Level) {
        in_time(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it starts");
            runtime.block_on(async move {
                let [here, there] = Node::two(&level);
                let task = {
                    let here = Arc::new(here);
                    let task = tokio::spawn({
                        let here = Arc::clone(&here);
                        async move { here.item_in_a_task(7).await }
                    });
                    here.gate.arrival().await;
                    let waiting = held(here.item_in_a_task(7)).await;
                    assert_eq!(here.item(7), Ok(1), "it loads itself, and cannot store");
                    here.gate.open();
                    assert_eq!(within(waiting).await, Ok(2));
                    task
                };
                assert_eq!(within(task).await.expect("the task ends"), Ok(2));
                assert_eq!(there.item(7), Ok(2));
            });
        });
    }
}
