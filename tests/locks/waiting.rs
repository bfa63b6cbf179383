//! Who waits for a lock, and what becomes of claims whose answer is lost or that nobody waits for.

use std::sync::Arc;
use std::time::Duration;

use cache_core::testing::{Delivery, FakeRedis, Moment, Op};
use larder::{Cache, ErrorKind, Lock, ManualClock};
use parking_lot::Mutex;
use tokio::task::JoinHandle;

use crate::following::Following as _;
use crate::support::{held, within};

const TTL: Duration = Duration::from_secs(30);
const LONG: Duration = Duration::from_mins(10);

struct World {
    server: FakeRedis,
    clock: ManualClock,
}

impl World {
    fn new() -> Self {
        Self { server: FakeRedis::new(), clock: ManualClock::new() }
    }

    fn node(&self) -> Cache {
        Cache::builder("locks").clock(self.clock.clock()).redis(self.server.clone()).following()
    }

    fn lock(&self) -> Lock {
        self.node().lock("a").ttl(TTL).wait(LONG)
    }

    /// Has the time go on until a task has ended: long before a ttl has, which would end it too.
    async fn passes_until<T>(&self, task: &JoinHandle<T>) {
        let step = Duration::from_millis(10);
        let mut passed = Duration::ZERO;
        while !task.is_finished() {
            assert!(passed < TTL / 2, "it does not end");
            self.clock.advance(step);
            passed += step;
            // Other threads come as far as they can.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Waits until nobody has the lock.
    async fn is_free(&self) {
        within(async {
            while self.server.bytes("locks:#k:global:_:a").is_some() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

/// The clock stands still, so nobody asks by himself.
#[tokio::test]
async fn who_waits_is_told_that_it_was_given_back() {
    let world = World::new();
    let guard = world.lock().acquire().await.unwrap();
    let gate = world.server.gate(Op::Claim, Moment::After);
    let waits = tokio::spawn({
        let lock = world.lock();
        async move { lock.acquire().await.map(|guard| guard.fencing_token()) }
    });
    within(gate.arrived()).await;
    gate.release();
    let token = guard.fencing_token();
    guard.release().await.unwrap();
    assert!(within(waits).await.unwrap().unwrap() > token);
}

#[tokio::test]
async fn who_is_not_told_asks_by_itself() {
    let world = World::new();
    world.server.deliver(Delivery::Lost);
    let guard = world.lock().acquire().await.unwrap();
    let gate = world.server.gate(Op::Claim, Moment::After);
    let waits = tokio::spawn({
        let lock = world.lock();
        async move { lock.acquire().await.map(drop) }
    });
    within(gate.arrived()).await;
    // Once more when it begins to listen; after that nothing but the time has it ask.
    let again = world.server.gate(Op::Claim, Moment::After);
    gate.release();
    within(again.arrived()).await;
    again.release();
    guard.release().await.unwrap();
    world.passes_until(&waits).await;
    waits.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_dies_holding_it_keeps_it_until_its_ttl_ends() {
    let world = World::new();
    // A node whose process ends gives nothing back.
    std::mem::forget(world.lock().renewal(larder::Renewal::ByHand).acquire().await.unwrap());
    let mut waits = held(world.lock_acquire()).await;
    world.clock.advance(TTL / 1000 * 999);
    tokio::select! {
        biased;
        _ = &mut waits => panic!("it is held yet"),
        () = tokio::time::sleep(Duration::from_millis(50)) => {}
    }
    // It asks when the claim has ended, and perhaps a moment later.
    world.clock.advance(Duration::from_millis(350));
    drop(within(waits).await.unwrap());
}

impl World {
    async fn lock_acquire(&self) -> Result<larder::LockGuard, larder::Error> {
        self.lock().acquire().await
    }
}

#[tokio::test]
async fn those_who_wait_in_one_process_are_served_in_order() {
    let world = World::new();
    let lock = world.lock();
    let guard = lock.acquire().await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut waiting = Vec::new();
    for place in 0..5 {
        let (order, lock) = (Arc::clone(&order), lock.clone());
        let mut waits = held(async move {
            let guard = lock.acquire().await.unwrap();
            order.lock().push(place);
            guard.release().await.unwrap();
        })
        .await;
        // The first one asks the server.
        let _ = futures::poll!(&mut waits);
        waiting.push(waits);
    }
    guard.release().await.unwrap();
    within(futures::future::join_all(waiting)).await;
    assert_eq!(*order.lock(), [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn of_those_who_wait_in_one_process_one_asks() {
    let world = World::new();
    let lock = world.lock();
    let _guard = lock.acquire().await.unwrap();
    world.server.take_operations();
    let mut waiting = Vec::new();
    for _ in 0..20 {
        waiting.push(held(lock.acquire()).await);
    }
    assert!(world.server.operations().claim <= 2, "{:?}", world.server.operations());
}

#[tokio::test]
async fn who_gives_up_waiting_is_not_in_the_way() {
    let world = World::new();
    let lock = world.lock();
    let guard = lock.acquire().await.unwrap();
    let gives_up = held(lock.acquire()).await;
    let waits = held(lock.acquire()).await;
    drop(gives_up);
    guard.release().await.unwrap();
    drop(within(waits).await.unwrap());
}

#[tokio::test]
async fn a_wait_ends_in_line_too() {
    let world = World::new();
    let lock = world.lock();
    let _guard = lock.acquire().await.unwrap();
    let _first = held(lock.acquire()).await;
    let second = held(lock.clone().wait(Duration::from_secs(10)).acquire_owned()).await;
    world.clock.advance(Duration::from_secs(10));
    assert!(within(second).await.unwrap_err().is_not_acquired());
}

/// A future that has its lock with it.
trait AcquireOwned {
    async fn acquire_owned(self) -> Result<larder::LockGuard, larder::Error>;
}

impl AcquireOwned for Lock {
    async fn acquire_owned(self) -> Result<larder::LockGuard, larder::Error> {
        self.acquire().await
    }
}

#[tokio::test]
async fn a_claim_that_nobody_waits_for_is_given_back() {
    let world = World::new();
    let lock = world.lock();
    let gate = world.server.gate(Op::Claim, Moment::After);
    let gives_up = tokio::spawn(async move { lock.try_acquire().await.map(drop) });
    within(gate.arrived()).await;
    assert!(world.server.bytes("locks:#k:global:_:a").is_some());
    gives_up.abort();
    gate.release();
    world.is_free().await;
}

#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_asked_for_again_and_granted() {
    let world = World::new();
    let gate = world.server.gate(Op::Claim, Moment::After);
    let waits = tokio::spawn({
        let lock = world.lock();
        async move { lock.acquire().await }
    });
    within(gate.arrived()).await;
    gate.fail(ErrorKind::Timeout);
    world.passes_until(&waits).await;
    let guard = waits.await.unwrap().unwrap();
    assert!(guard.is_held());
    assert_eq!(world.server.operations().claim, 2);
}

#[tokio::test]
async fn an_attempt_whose_answer_was_lost_gives_back_what_it_may_have_been_granted() {
    let world = World::new();
    let lock = world.lock();
    let gate = world.server.gate(Op::Claim, Moment::After);
    let asks = tokio::spawn(async move { lock.try_acquire().await.map(drop) });
    within(gate.arrived()).await;
    gate.fail(ErrorKind::Timeout);
    assert_eq!(within(asks).await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    world.is_free().await;
}

#[tokio::test]
async fn a_lock_that_was_granted_too_late_is_not_held() {
    let world = World::new();
    let lock = world.lock();
    let gate = world.server.gate(Op::Claim, Moment::After);
    let asks = tokio::spawn(async move { lock.try_acquire().await.map(drop) });
    within(gate.arrived()).await;
    world.clock.advance(TTL / 200 * 199);
    gate.release();
    assert_eq!(within(asks).await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    world.is_free().await;
}

#[tokio::test]
async fn a_release_whose_answer_was_lost_is_done() {
    let world = World::new();
    let guard = world.lock().acquire().await.unwrap();
    let gate = world.server.gate(Op::Free, Moment::Before);
    let releases = tokio::spawn(guard.release());
    within(gate.arrived()).await;
    gate.fail(ErrorKind::Timeout);
    assert_eq!(within(releases).await.unwrap().unwrap_err().kind(), ErrorKind::Timeout);
    world.is_free().await;
}

#[tokio::test]
async fn a_release_that_nobody_waits_for_is_done() {
    let world = World::new();
    let guard = world.lock().acquire().await.unwrap();
    let gate = world.server.gate(Op::Free, Moment::Before);
    let releases = tokio::spawn(guard.release());
    within(gate.arrived()).await;
    releases.abort();
    gate.fail(ErrorKind::Timeout);
    world.is_free().await;
}

#[tokio::test]
async fn a_server_that_is_gone_is_an_error_when_the_wait_ends() {
    let world = World::new();
    let lock = world.lock().wait(Duration::from_secs(1));
    world.server.fail_with(Some(ErrorKind::Unavailable));
    assert_eq!(lock.try_acquire().await.unwrap_err().kind(), ErrorKind::Unavailable);
    let waits = tokio::spawn(async move { lock.acquire().await.map(drop) });
    world.passes_until(&waits).await;
    assert_eq!(waits.await.unwrap().unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn what_the_server_refuses_is_an_error_at_once() {
    let world = World::new();
    let lock = world.lock();
    world.server.fail_with(Some(ErrorKind::Denied));
    assert_eq!(within(lock.acquire()).await.unwrap_err().kind(), ErrorKind::Denied);
}

#[tokio::test]
async fn who_waits_hears_again_after_the_subscription_was_cut() {
    let world = World::new();
    let guard = world.lock().acquire().await.unwrap();
    let gate = world.server.gate(Op::Claim, Moment::After);
    let waits = tokio::spawn({
        let lock = world.lock();
        async move { lock.acquire().await.map(drop) }
    });
    within(gate.arrived()).await;
    gate.release();
    // Given back while nobody listens, and the clock stands still: it asks when it listens again.
    world.server.cut_subscriptions();
    guard.release().await.unwrap();
    within(waits).await.unwrap().unwrap();
}
