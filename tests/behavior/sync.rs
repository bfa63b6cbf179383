//! Functions that are not asynchronous: on any thread, inside an executor and outside.

use std::collections::HashMap;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use larder::{Cache, CacheKey, HasCache, cache_evict, cache_put, cacheable};

use crate::support::{Gate, Loads, held, within};

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct User {
    id: u64,
    load: u64,
}

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
    gate: Gate,
}

/// A cache whose calls wait for each other without end.
fn cache() -> Cache {
    Cache::builder("test").lease(Duration::from_hours(1)).build().expect("the name is valid")
}

impl Service {
    fn new() -> Arc<Self> {
        Arc::new(Self { cache: cache(), loads: Loads::default(), gate: Gate::closed() })
    }

    #[cacheable("user:{id}")]
    fn by_id(&self, id: u64) -> Result<User, std::num::ParseIntError> {
        let checked: u64 = format!("{id}").parse()?;
        if checked == 0 {
            return "none".parse::<u64>().map(|id| User { id, load: 0 });
        }
        Ok(User { id, load: self.loads.next() })
    }

    #[cacheable("user:{id}")]
    async fn by_id_in_a_task(&self, id: u64) -> Result<User, std::num::ParseIntError> {
        self.gate.pass().await;
        Ok(User { id, load: self.loads.next() })
    }

    #[cacheable]
    fn of<T, const N: usize>(&self, key: T, list: &[u8; N]) -> (usize, u64)
    where
        T: CacheKey + Copy,
    {
        let _ = key;
        (list.len(), self.loads.next())
    }

    #[cacheable]
    fn fibonacci(&self, n: u64) -> u64 {
        self.loads.next();
        if n < 2 { n } else { self.fibonacci(n - 1) + self.fibonacci(n - 2) }
    }

    #[cache_put("user:{result.id}")]
    fn save(&self, user: User) -> Option<User> {
        (user.id > 0).then_some(user)
    }

    #[cache_evict(key = "user:{id}")]
    fn forget(&self, id: u64) -> Result<(), String> {
        if id == 0 { Err("no".to_owned()) } else { Ok(()) }
    }

    #[cache_put("user:{id}")]
    #[cache_put("last")]
    #[cache_evict(key = "user:{id}", condition = id > 10)]
    fn stacked(&mut self, id: u64) -> User {
        User { id, load: self.loads.next() }
    }

    #[tracing::instrument(skip(self))]
    #[cacheable]
    fn instrumented_above(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable]
    #[tracing::instrument(skip(self))]
    fn instrumented_below(&self, id: u64) -> u64 {
        self.loads.next()
    }
}

#[cacheable("free:{id}", cache = cache, skip(loads))]
fn free(cache: &Cache, loads: &Loads, mut id: u64) -> (u64, u64) {
    id += 1;
    (id, loads.next())
}

#[test]
fn a_hit_skips_the_body_and_an_error_is_not_stored() {
    let service = Service::new();
    assert_eq!(service.by_id(7).expect("it is found").load, 1);
    assert_eq!(service.by_id(7).expect("it is found").load, 1);
    assert!(service.by_id(0).is_err());
    assert_eq!(service.by_id(8).expect("it is found").load, 2);
    assert_eq!(service.cache.stats().hits, 1);
}

#[test]
fn generics_recursion_and_free_functions() {
    let service = Service::new();
    assert_eq!(
        (service.of(7_u8, b"abc"), service.of(7_u8, b"abc"), service.of(7_u16, b"abc")),
        ((3, 1), (3, 1), (3, 2))
    );
    assert_eq!(service.fibonacci(30), 832_040);
    assert_eq!(service.loads.count(), 33);
    let (cache, loads) = (Cache::in_process(), Loads::default());
    assert_eq!((free(&cache, &loads, 7), free(&cache, &loads, 7)), ((8, 1), (8, 1)));
}

#[test]
fn puts_and_evictions() {
    let service = Service::new();
    assert!(service.save(User { id: 7, load: 70 }).is_some());
    assert_eq!(service.by_id(7).expect("it is found").load, 70);
    assert_eq!(service.forget(7), Ok(()));
    assert_eq!(service.by_id(7).expect("it is found").load, 1);
    assert!(service.save(User { id: 0, load: 0 }).is_none());
    assert!(service.forget(0).is_err());
}

#[test]
fn stacked_and_instrumented() {
    let mut service = Arc::into_inner(Service::new()).expect("nobody else has it");
    assert_eq!((service.stacked(7).load, service.by_id(7).expect("it is found").load), (1, 1));
    assert_eq!((service.stacked(11).load, service.by_id(11).expect("it is found").load), (2, 3));
    assert_eq!((service.instrumented_above(1), service.instrumented_above(1)), (4, 4));
    assert_eq!((service.instrumented_below(1), service.instrumented_below(1)), (5, 5));
}

/// Runs something on a thread with an executor of its own; fails where that takes too long.
fn in_time<F: Future<Output = ()>>(run: impl FnOnce() -> F + Send + 'static) {
    let (done, ends) = mpsc::channel();
    let thread = thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it starts").block_on(run());
        // Nobody listens any more where it took too long.
        let _ = done.send(());
    });
    let ended = ends.recv_timeout(Duration::from_secs(10));
    assert_ne!(ended, Err(mpsc::RecvTimeoutError::Timeout), "it hangs");
    thread.join().expect("nothing panics");
}

#[test]
fn it_does_not_wait_for_a_task_on_its_own_thread() {
    in_time(async || {
        let service = Service::new();
        let task = held(service.by_id_in_a_task(7)).await;
        assert_eq!(service.by_id(7).expect("it is found").load, 1, "it loads itself");
        service.gate.open();
        assert!(within(task).await.is_ok());
    });
}

#[test]
fn threads_share_one_load() {
    let service = Service::new();
    let calls: Vec<_> = (0..16)
        .map(|_| {
            let service = Arc::clone(&service);
            thread::spawn(move || service.slow(7))
        })
        .collect();
    let loads: Vec<u64> = calls.into_iter().map(|call| call.join().expect("the thread ends")).collect();
    assert_eq!(loads, [1; 16]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_waits_for_a_load_on_a_thread() {
    let service = Service::new();
    let (begun, begins) = std::sync::mpsc::channel();
    let (go_on, goes_on) = std::sync::mpsc::channel();
    let thread = {
        let service = Arc::clone(&service);
        thread::spawn(move || service.told(7, &begun, &goes_on))
    };
    begins.recv().expect("the body begins");
    let task = held(service.told_in_a_task(7)).await;
    go_on.send(()).expect("the body waits");
    assert_eq!(thread.join().expect("the thread ends"), 1);
    assert_eq!(within(task).await, 1);
}

#[test]
fn a_batch_waits_for_no_task_on_its_own_thread_either() {
    in_time(async || {
        let service = Service::new();
        let task = held(service.by_id_in_a_task(7)).await;
        let found = service.by_ids(&[7, 8]);
        assert_eq!(found.values().map(|user| user.load).collect::<Vec<_>>(), [0, 0]);
        service.gate.open();
        assert!(within(task).await.is_ok());
        assert_eq!(service.by_id(8).expect("it is found").load, 0);
    });
}

impl Service {
    #[cacheable("user:{ids}", batch)]
    fn by_ids(&self, ids: &[u64]) -> HashMap<u64, User> {
        ids.iter().map(|id| (*id, User { id: *id, load: 0 })).collect()
    }

    #[cacheable("slow:{id}")]
    fn slow(&self, id: u64) -> u64 {
        thread::sleep(std::time::Duration::from_millis(50));
        self.loads.next()
    }

    #[cacheable("told:{id}")]
    fn told(&self, id: u64, begun: &std::sync::mpsc::Sender<()>, goes_on: &std::sync::mpsc::Receiver<()>) -> u64 {
        begun.send(()).expect("the test listens");
        goes_on.recv().expect("the test tells");
        self.loads.next()
    }

    #[cacheable("told:{id}")]
    async fn told_in_a_task(&self, id: u64) -> u64 {
        self.loads.next()
    }
}
