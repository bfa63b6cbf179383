//! A session that is deleted while something else is done with it: gates hold that between its steps, on two nodes of one server.

use std::time::Duration;

use cache_core::testing::{FakeRedis, Moment, Op};
use larder::Cache;
use larder::recipes::{Session, SessionId, Sessions};

use crate::following::Following;
use crate::support::within;

/// What each operation of a read and of an update may be held at.
const MOMENTS: [(Op, Moment); 6] = [
    (Op::Read, Moment::Before),
    (Op::Read, Moment::After),
    (Op::Expire, Moment::Before),
    (Op::Expire, Moment::After),
    (Op::Set, Moment::Before),
    (Op::Set, Moment::After),
];

fn node(server: &FakeRedis) -> Sessions<u64> {
    Sessions::new(&Cache::builder("races").redis(server.clone()).following(), Duration::from_mins(10))
}

async fn found(sessions: &Sessions<u64>, id: &SessionId) -> Option<u64> {
    sessions.get(id).await.unwrap().map(Session::into_data)
}

/// Begins something on one node, deletes the session on the other where it is held, and lets it go on: the session must
/// be gone. Gives what came of what was begun.
async fn deleted_at<R: Send + 'static, F: Future<Output = R> + Send + 'static>(
    (op, moment): (Op, Moment),
    of_user: bool,
    begin: impl FnOnce(Sessions<u64>, SessionId) -> F,
) -> R {
    let server = FakeRedis::new();
    let (here, there) = (node(&server), node(&server));
    let id = here.create(7, 42).await.unwrap();
    assert_eq!(found(&there, &id).await, Some(42));
    let gate = server.gate(op, moment);
    let running = tokio::spawn(begin(there.clone(), id.clone()));
    within(gate.arrived()).await;
    if of_user {
        here.delete_all_of(7).await.unwrap();
    } else {
        assert!(here.delete(&id).await.unwrap());
    }
    assert_eq!(found(&here, &id).await, None, "after the deletion has returned, at {op:?}, {moment:?}");
    gate.release();
    let came = within(running).await.unwrap();
    for node in [&here, &there] {
        assert_eq!(found(node, &id).await, None, "brought back, at {op:?}, {moment:?}");
        assert!(!node.update(&id, |data| *data += 1).await.unwrap());
    }
    came
}

#[tokio::test]
async fn an_update_brings_no_deleted_session_back() {
    for at in MOMENTS {
        for of_user in [false, true] {
            let updated =
                deleted_at(at, of_user, |there, id| async move { there.update(&id, |data| *data += 1).await.unwrap() });
            assert!(!updated.await, "{at:?}");
        }
    }
}

#[tokio::test]
async fn a_read_that_puts_the_end_off_brings_no_deleted_session_back() {
    for at in &MOMENTS[..4] {
        for of_user in [false, true] {
            deleted_at(*at, of_user, |there, id| async move { drop(there.get(&id).await.unwrap()) }).await;
        }
    }
}

#[tokio::test]
async fn an_update_that_is_given_up_brings_no_deleted_session_back() {
    for at in MOMENTS {
        let server = FakeRedis::new();
        let (here, there) = (node(&server), node(&server));
        let id = here.create(7, 42).await.unwrap();
        let gate = server.gate(at.0, at.1);
        tokio::select! {
            biased;
            _ = there.update(&id, |data| *data += 1) => panic!("it is held"),
            () = gate.arrived() => {}
        }
        assert!(here.delete(&id).await.unwrap());
        gate.release();
        assert_eq!((found(&here, &id).await, found(&there, &id).await), (None, None));
    }
}

#[tokio::test]
async fn of_updates_that_overlap_the_last_stays_and_so_does_the_session() {
    let server = FakeRedis::new();
    let (here, there) = (node(&server), node(&server));
    let id = here.create(7, 42).await.unwrap();
    let gate = server.gate(Op::Set, Moment::Before);
    let (node, held) = (there.clone(), id.clone());
    let late = tokio::spawn(async move { node.update(&held, |data| *data = 2).await.unwrap() });
    within(gate.arrived()).await;
    assert!(here.update(&id, |data| *data = 1).await.unwrap());
    gate.release();
    assert!(within(late).await.unwrap());
    assert_eq!((found(&here, &id).await, found(&there, &id).await), (Some(2), Some(2)));
}
