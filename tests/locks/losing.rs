//! How a lock is kept, and how its holder learns that it is lost: by a clock that is moved by hand, on the fake.

use std::future::pending;
use std::time::Duration;

use cache_core::testing::{FakeRedis, Moment, Op};
use larder::{Cache, ErrorKind, Lock, ManualClock, Renewal};
use tokio::sync::oneshot;

use crate::following::Following as _;
use crate::support::within;

const TTL: Duration = Duration::from_secs(30);

struct World {
    server: FakeRedis,
    clock: ManualClock,
    cache: Cache,
}

impl World {
    fn new() -> Self {
        let (server, clock) = (FakeRedis::new(), ManualClock::new());
        let cache = Cache::builder("locks").clock(clock.clock()).redis(server.clone()).following();
        Self { server, clock, cache }
    }

    fn lock(&self) -> Lock {
        self.cache.lock("a").ttl(TTL)
    }

    /// Lets the time go on to the next renewal, and waits until the server has done it and the holder heard.
    async fn renewal(&self) {
        let gate = self.server.gate(Op::Extend, Moment::After);
        self.clock.advance(TTL / 3);
        within(gate.arrived()).await;
        gate.release();
    }

    fn owner_is_there(&self) -> bool {
        self.server.bytes("locks:#k:global:_:a").is_some()
    }
}

#[tokio::test]
async fn it_is_renewed_at_each_third_of_its_ttl() {
    let world = World::new();
    let guard = world.lock().acquire().await.unwrap();
    for _ in 0..10 {
        assert_eq!(world.server.time_left("locks:#k:global:_:a"), Some(TTL));
        world.renewal().await;
    }
    // The holder hears of the last one a moment later.
    within(async {
        while !guard.is_held() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(guard.trouble().is_none());
}

#[tokio::test]
async fn nobody_renews_what_was_given_back() {
    let world = World::new();
    world.lock().acquire().await.unwrap().release().await.unwrap();
    let guard = world.lock().acquire().await.unwrap();
    world.server.take_operations();
    world.renewal().await;
    within(async {
        while guard.trouble().is_some() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(world.server.operations().extend, 1);
}

/// Of one ttl more than a hundredth is left when it is told.
#[tokio::test]
async fn the_holder_is_told_before_the_ttl_ends() {
    let world = World::new();
    let guard = world.lock().renewal(Renewal::ByHand).acquire().await.unwrap();
    let lost = tokio::spawn(guard.lost());
    world.clock.advance(TTL / 50 * 49);
    assert!(guard.is_held());
    world.clock.advance(TTL / 100);
    within(lost).await.unwrap();
    assert!(!guard.is_held() && world.owner_is_there());
}

#[tokio::test]
async fn a_renewal_that_fails_is_told_and_tried_again() {
    let world = World::new();
    let guard = world.lock().acquire().await.unwrap();
    let failing = world.server.gate(Op::Extend, Moment::Before);
    world.clock.advance(TTL / 3);
    within(failing.arrived()).await;
    failing.fail(ErrorKind::Unavailable);
    within(async {
        while guard.trouble().is_none() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(guard.is_held());
    assert_eq!(guard.trouble().unwrap().kind(), ErrorKind::Unavailable);
    let again = world.server.gate(Op::Extend, Moment::After);
    world.clock.advance(TTL / 20);
    within(again.arrived()).await;
    again.release();
    within(async {
        while guard.trouble().is_some() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(guard.is_held());
}

/// Whether the server has extended it or not: an answer that does not come extends nothing here.
#[tokio::test]
async fn without_an_answer_it_is_lost_and_stays_lost() {
    let world = World::new();
    let guard = world.lock().acquire().await.unwrap();
    let gate = world.server.gate(Op::Extend, Moment::After);
    world.clock.advance(TTL / 3);
    within(gate.arrived()).await;
    world.clock.advance(TTL);
    within(guard.lost()).await;
    // The answer comes after all.
    gate.release();
    tokio::task::yield_now().await;
    assert!(!guard.is_held());
    assert!(guard.extend(TTL).await.unwrap_err().is_not_held());
}

#[tokio::test]
async fn what_the_server_has_lost_is_lost_at_the_next_renewal() {
    let world = World::new();
    let guard = world.lock().acquire().await.unwrap();
    world.server.flush();
    world.clock.advance(Duration::from_millis(1));
    let other = world.lock().acquire().await.unwrap();
    assert!(other.fencing_token() > guard.fencing_token());
    world.clock.advance(TTL / 3);
    within(guard.lost()).await;
    assert!(!guard.is_held());
    assert!(guard.release().await.unwrap_err().is_not_held());
    assert!(world.owner_is_there());
    drop(other);
}

#[tokio::test]
async fn work_is_dropped_where_it_stands_when_the_lock_is_lost() {
    struct Told(Option<oneshot::Sender<()>>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.0.take().unwrap().send(()).unwrap();
        }
    }
    let world = World::new();
    let guard = world.lock().renewal(Renewal::ByHand).acquire().await.unwrap();
    let (told, dropped) = oneshot::channel();
    let work = tokio::spawn(async move {
        let told = Told(Some(told));
        let done = guard.run(async move {
            let _told = told;
            pending::<()>().await;
        });
        done.await
    });
    world.clock.advance(TTL);
    within(dropped).await.unwrap();
    assert!(within(work).await.unwrap().unwrap_err().is_not_held());
}

/// As after the process was stopped: nothing has told it yet, and the work is ready to go on.
#[tokio::test]
async fn work_does_not_go_on_when_the_clock_has_passed_the_ttl() {
    let world = World::new();
    let guard = world.lock().renewal(Renewal::ByHand).acquire().await.unwrap();
    let (mut steps, clock) = (0, world.clock.clone());
    let work = std::future::poll_fn(|context| {
        steps += 1;
        clock.advance(TTL);
        context.waker().wake_by_ref();
        std::task::Poll::<()>::Pending
    });
    assert!(within(guard.run(work)).await.unwrap_err().is_not_held());
    assert_eq!(steps, 1);
}

#[tokio::test]
async fn work_whose_last_step_outlasts_the_lock_is_not_done() {
    let world = World::new();
    let guard = world.lock().renewal(Renewal::ByHand).acquire().await.unwrap();
    let done = guard.run(async { world.clock.advance(TTL) }).await;
    assert!(done.unwrap_err().is_not_held());
}

#[tokio::test]
async fn an_extension_moves_the_moment_at_which_it_is_lost() {
    let world = World::new();
    let guard = world.lock().renewal(Renewal::ByHand).acquire().await.unwrap();
    guard.extend(TTL * 10).await.unwrap();
    world.clock.advance(TTL * 9);
    assert!(guard.is_held());
    guard.extend(TTL / 10).await.unwrap();
    assert!(guard.is_held());
    world.clock.advance(TTL);
    assert!(!guard.is_held());
}
