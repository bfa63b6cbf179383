//! A hit allocates nothing beyond what the map underneath does.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use larder::{Cache, HasCache, Tenant, cacheable, tenant};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{id}", namespace = "users", ttl = "5m", tags = ["users", "user:{id}"])]
    async fn by_id(&self, id: u64) -> Arc<String> {
        Arc::new(id.to_string())
    }

    #[cacheable(namespace = "users")]
    async fn by_name(&self, name: &str, active: Option<bool>) -> Result<Option<Arc<String>>, String> {
        Ok(active.map(|_| Arc::new(name.to_owned())))
    }
}

/// Runs a future that never waits.
fn now<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

const KEYS: u64 = 100;
const HITS: u64 = 3_000;

#[test]
fn hits_allocate_no_more_than_gets_of_a_raw_map() {
    let users = Users { cache: Cache::in_process() };
    let raw =
        moka::sync::Cache::builder().max_capacity(10_000).build_with_hasher(foldhash::fast::RandomState::default());
    for id in 0..KEYS {
        now(users.by_id(id));
        now(users.by_name("ada", Some(true))).expect("it succeeds");
        raw.insert(id, Arc::new(id.to_string()));
    }
    // moka keeps its own books now and then, on the thread of whoever reads; a round before counts for neither.
    let declared_loop = || {
        for hit in 0..HITS {
            std::hint::black_box(now(users.by_id(hit % KEYS)));
            std::hint::black_box(now(users.by_name("ada", Some(true)))).expect("it succeeds");
        }
    };
    let raw_loop = || {
        for hit in 0..2 * HITS {
            std::hint::black_box(raw.get(&(hit % KEYS)));
        }
    };
    declared_loop();
    raw_loop();
    let (declared, floor) = (measure(declared_loop), measure(raw_loop));
    println!("{} allocations in {} hits; {} in as many raw gets", declared.count_total, 2 * HITS, floor.count_total);
    assert_eq!(users.cache.stats().misses, KEYS + 1, "the loop was not all hits");
    assert!(declared.count_total <= floor.count_total + 2, "{} > {}", declared.count_total, floor.count_total);
}

#[test]
fn a_tenants_hits_and_hits_by_hand_allocate_as_little() {
    let users = Users { cache: Cache::in_process() };
    let by_hand = users.cache.namespace("users");
    let acme = Tenant::from_id("acme").expect("a name");
    let (hits, floor) = tenant::sync_scope(acme, || {
        (0..KEYS).for_each(|id| drop(now(users.by_id(id))));
        let round = || {
            for hit in 0..HITS {
                std::hint::black_box(now(users.by_id(hit % KEYS)));
                let value = now(by_hand.get::<Arc<String>>("user:7")).expect("it can be asked for");
                std::hint::black_box(value.expect("it is there"));
            }
        };
        round();
        let raw =
            moka::sync::Cache::builder().max_capacity(10_000).build_with_hasher(foldhash::fast::RandomState::default());
        (0..KEYS).for_each(|id| raw.insert(id, Arc::new(id.to_string())));
        let raw_round = || (0..2 * HITS).for_each(|hit| drop(std::hint::black_box(raw.get(&(hit % KEYS)))));
        raw_round();
        (measure(round), measure(raw_round))
    });
    assert_eq!(users.cache.stats().misses, KEYS, "the loop was not all hits");
    assert!(hits.count_total <= floor.count_total + 2, "{} > {}", hits.count_total, floor.count_total);
}
