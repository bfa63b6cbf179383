//! What a declared hit costs, as a ratio to a raw `moka::sync` get: `cargo bench --bench l1_hit`.
//!
//! Both run in turn in one process, each round a few milliseconds, and the median of the rounds' ratios is printed:
//! absolute times drift on a shared machine, ratios of neighbours do not. Ends with an error above the bound.

#![allow(clippy::disallowed_methods, reason = "a benchmark measures time")]

use std::process::ExitCode;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use larder::{Cache, HasCache, cacheable};

/// The most that a declared hit may cost, in raw gets.
const BOUND: f64 = 1.35;
const KEYS: u64 = 1_000;
const CAPACITY: u64 = 10_000;
const ROUNDS: usize = 301;
const GETS: u64 = 20_000;

/// A busy neighbour may spoil a run, but hardly three.
const ATTEMPTS: u32 = 3;

type Raw = moka::sync::Cache<Box<[u8]>, Arc<User>, foldhash::fast::RandomState>;

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct User {
    id: u64,
    name: String,
}

impl Users {
    #[cacheable("user:{id}", namespace = "users", tags = ["users", "user:{id}"])]
    async fn by_id(&self, id: u64) -> Arc<User> {
        Arc::new(User { id, name: id.to_string() })
    }
}

/// Runs a future that never waits, so that no runtime is measured.
fn now<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

/// The keys of a round, one after the other.
fn round() -> impl Iterator<Item = u64> {
    (0..GETS).map(|step| std::hint::black_box((step * 7_919) % KEYS))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() -> ExitCode {
    let users = Users { cache: Cache::builder("bench").capacity(CAPACITY).build().expect("the name is valid") };
    let raw =
        moka::sync::Cache::builder().max_capacity(CAPACITY).build_with_hasher(foldhash::fast::RandomState::default());
    // The floor's key is prebuilt: the same text that the declared hit has to build each time.
    let keys: Vec<Box<[u8]>> =
        (0..KEYS).map(|id| format!("global:users:user:{id}").into_bytes().into_boxed_slice()).collect();
    for id in 0..KEYS {
        let value = now(users.by_id(id));
        raw.insert(keys[usize::try_from(id).expect("small")].clone(), value);
    }

    for attempt in 1..=ATTEMPTS {
        let (ratio, floor) = compare(&users, &raw, &keys);
        assert_eq!(users.cache.stats().misses, KEYS, "the rounds were not all hits");
        println!("raw moka::sync get of an Arc<T>   {floor:7.1} ns   1.00");
        println!("declared hit, two tags            {:7.1} ns   {ratio:.2}   (at most {BOUND})", floor * ratio);
        if ratio <= BOUND {
            return ExitCode::SUCCESS;
        }
        eprintln!("attempt {attempt} of {ATTEMPTS}: a declared hit costs {ratio:.2} raw gets; the bound is {BOUND}");
    }
    ExitCode::FAILURE
}

/// The median ratio of a declared hit to a raw get, and the median raw get in nanoseconds.
#[allow(clippy::cast_precision_loss, reason = "a few thousand")]
fn compare(users: &Users, raw: &Raw, keys: &[Box<[u8]>]) -> (f64, f64) {
    let (mut ratios, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for id in round() {
            std::hint::black_box(raw.get(&keys[usize::try_from(id).expect("small")]));
        }
        let floor = start.elapsed();
        // As it is called: awaited where it is made.
        let start = Instant::now();
        now(async {
            for id in round() {
                std::hint::black_box(users.by_id(id).await);
            }
        });
        let declared = start.elapsed();
        ratios.push(declared.as_secs_f64() / floor.as_secs_f64());
        floors.push(floor.as_secs_f64() * 1e9 / GETS as f64);
    }
    (median(ratios), median(floors))
}
