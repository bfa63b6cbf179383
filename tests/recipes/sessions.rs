//! Sessions: each method, tenants, several nodes, and ends by the clock.

use std::time::Duration;

use cache_core::testing::{FakeRedis, Moment, Op};
use larder::recipes::{Session, SessionId, Sessions};
use larder::{Cache, ErrorKind, ManualClock, Tenant, tenant};

use crate::backend::{on_every_backend, on_every_shared_backend};
use crate::following::Following;
use crate::hostile::USERS;
use crate::support::{self, within};

const MINUTE: Duration = Duration::from_mins(1);

fn of(cache: &Cache) -> Sessions<u64> {
    Sessions::new(cache, 10 * MINUTE)
}

async fn found(sessions: &Sessions<u64>, id: &SessionId) -> Option<u64> {
    sessions.get(id).await.unwrap().map(Session::into_data)
}

on_every_backend! {
    async fn a_session_has_its_user_and_its_data(backend: Backend) {
        let sessions = of(&backend.node());
        let id = sessions.create(7, 42).await.unwrap();
        let session = sessions.get(&id).await.unwrap().unwrap();
        assert_eq!((session.user(), *session.data()), ("7", 42));
    }

    async fn a_client_has_its_session_by_the_text_of_its_id(backend: Backend) {
        let sessions = of(&backend.node());
        let cookie = sessions.create(7, 42).await.unwrap().as_str().to_owned();
        assert_eq!(found(&sessions, &SessionId::parse(&cookie).unwrap()).await, Some(42));
        let another = SessionId::parse(&"0".repeat(64)).unwrap();
        assert_eq!(found(&sessions, &another).await, None);
    }

    async fn an_update_changes_the_data(backend: Backend) {
        let sessions = of(&backend.node());
        let id = sessions.create("ada", 42).await.unwrap();
        assert!(sessions.update(&id, |data| *data += 1).await.unwrap());
        let session = sessions.get(&id).await.unwrap().unwrap();
        assert_eq!((session.user(), *session.data()), ("ada", 43));
    }

    async fn a_session_that_was_deleted_is_neither_found_nor_updated(backend: Backend) {
        let sessions = of(&backend.node());
        let [id, other] = [sessions.create(7, 1).await.unwrap(), sessions.create(7, 2).await.unwrap()];
        assert!(sessions.delete(&id).await.unwrap());
        assert_eq!((found(&sessions, &id).await, found(&sessions, &other).await), (None, Some(2)));
        assert!(!sessions.update(&id, |data| *data += 1).await.unwrap());
        assert!(!sessions.delete(&id).await.unwrap());
    }

    async fn all_sessions_of_a_user_are_deleted_and_nobody_elses(backend: Backend) {
        let sessions = of(&backend.node());
        let mut ids = Vec::new();
        for user in USERS {
            ids.push([sessions.create(user, 1).await.unwrap(), sessions.create(user, 2).await.unwrap()]);
        }
        for (gone, user) in USERS.into_iter().enumerate() {
            sessions.delete_all_of(user).await.unwrap();
            for (at, [first, second]) in ids.iter().enumerate() {
                let there = (at > gone).then_some(1);
                let found = (found(&sessions, first).await, found(&sessions, second).await);
                assert_eq!(found, (there, there.map(|_| 2)), "{:?}, after {user:?}", USERS[at]);
            }
        }
    }

    async fn sessions_of_different_names_never_meet(backend: Backend) {
        let cache = backend.node();
        let (plain, shop, admin) = (of(&cache), of(&cache).named("shop"), of(&cache).named("admin"));
        let id = shop.create(7, 42).await.unwrap();
        assert_eq!((found(&plain, &id).await, found(&admin, &id).await), (None, None));
        plain.delete_all_of(7).await.unwrap();
        admin.delete_all_of(7).await.unwrap();
        assert!(!plain.delete(&id).await.unwrap());
        assert_eq!(found(&shop, &id).await, Some(42));
        let none = of(&cache).named("a name");
        assert!(none.create(7, 42).await.unwrap_err().is_config());
    }

    async fn a_session_belongs_to_its_tenant(backend: Backend) {
        let sessions = of(&backend.node());
        let [acme, globex] = ["acme", "globex"].map(|name| Tenant::from_id(name).unwrap());
        let id = tenant::scope(acme.clone(), sessions.create(7, 42)).await.unwrap();
        assert_eq!(found(&sessions, &id).await, None);
        assert_eq!(tenant::scope(globex.clone(), found(&sessions, &id)).await, None);
        assert!(!tenant::scope(globex.clone(), sessions.delete(&id)).await.unwrap());
        tenant::scope(globex, sessions.delete_all_of(7)).await.unwrap();
        assert_eq!(tenant::scope(acme.clone(), found(&sessions, &id)).await, Some(42));
        tenant::scope(acme.clone(), sessions.delete_all_of(7)).await.unwrap();
        assert_eq!(tenant::scope(acme, found(&sessions, &id)).await, None);
    }

    async fn neither_keys_nor_debug_show_an_id(backend: Backend) {
        let cache = backend.node();
        let sessions = of(&cache);
        let id = sessions.create(7, 42).await.unwrap();
        let keys = cache.namespace("sessions").keys("*").await.unwrap();
        assert_eq!(keys.len(), 2);
        assert!(keys.iter().all(|key| !key.as_str().contains(id.as_str())));
        assert!(!format!("{id:?}{sessions:?}{:?}", sessions.get(&id).await).contains(id.as_str()));
    }
}

on_every_shared_backend! {
    /// The other node is told nothing: it has nothing in memory that it would have to be told of.
    async fn what_one_node_deletes_the_other_does_not_find(backend: Backend) {
        let (here, there) = (of(&backend.mute_node()), of(&backend.node()));
        let [id, other] = [here.create(7, 1).await.unwrap(), here.create(7, 2).await.unwrap()];
        assert_eq!((found(&there, &id).await, found(&there, &other).await), (Some(1), Some(2)));
        here.delete(&id).await.unwrap();
        assert_eq!((found(&there, &id).await, found(&there, &other).await), (None, Some(2)));
        here.delete_all_of(7).await.unwrap();
        assert_eq!(found(&there, &other).await, None);
    }

    async fn what_one_node_updates_the_other_finds(backend: Backend) {
        let (here, there) = (of(&backend.mute_node()), of(&backend.node()));
        let id = here.create(7, 1).await.unwrap();
        assert_eq!(found(&there, &id).await, Some(1));
        assert!(here.update(&id, |data| *data += 1).await.unwrap());
        assert_eq!(found(&there, &id).await, Some(2));
    }
}

/// Two nodes of one server, or twice the same in memory, with their clock.
fn nodes(is_shared: bool) -> ([Cache; 2], ManualClock) {
    let clock = ManualClock::new();
    let builder = || Cache::builder("sessions").clock(clock.clock());
    if !is_shared {
        let node = builder().build().unwrap();
        return ([node.clone(), node], clock);
    }
    let server = FakeRedis::new();
    ([builder().redis(server.clone()).following(), builder().redis(server).following()], clock)
}

#[tokio::test]
async fn a_session_ends_when_it_was_not_used_for_so_long() {
    for is_shared in [false, true] {
        let ([here, there], clock) = nodes(is_shared);
        let id = of(&here).create(7, 42).await.unwrap();
        clock.advance(10 * MINUTE);
        assert_eq!(found(&of(&there), &id).await, None);
        assert!(!of(&there).update(&id, |_| {}).await.unwrap() && !of(&here).delete(&id).await.unwrap());
    }
}

#[tokio::test]
async fn reads_and_updates_on_any_node_put_the_end_off() {
    for is_shared in [false, true] {
        let ([here, there], clock) = nodes(is_shared);
        let id = of(&here).create(7, 42).await.unwrap();
        for round in 0..5 {
            clock.advance(9 * MINUTE);
            let node = of(if round % 2 == 0 { &there } else { &here });
            assert_eq!(found(&node, &id).await, Some(42 + round));
            clock.advance(9 * MINUTE);
            assert!(node.update(&id, |data| *data += 1).await.unwrap());
        }
        clock.advance(10 * MINUTE);
        assert_eq!(found(&of(&here), &id).await, None);
    }
}

#[tokio::test]
async fn no_use_puts_the_end_beyond_the_greatest_age() {
    for is_shared in [false, true] {
        let ([here, there], clock) = nodes(is_shared);
        let [here, there] = [&here, &there].map(|node| of(node).max_age(30 * MINUTE));
        let id = here.create(7, 42).await.unwrap();
        for _ in 0..3 {
            clock.advance(9 * MINUTE);
            assert!(there.update(&id, |_| {}).await.unwrap());
            assert_eq!(found(&there, &id).await, Some(42));
        }
        clock.advance(3 * MINUTE);
        assert_eq!(found(&here, &id).await, None);
    }
}

/// Whatever is held, everything else has been asked by then: nothing waits for an answer.
#[tokio::test]
async fn a_session_is_begun_and_found_in_one_round_trip() {
    let server = FakeRedis::new();
    let sessions = of(&Cache::builder("sessions").redis(server.clone()).following());
    let id = sessions.create(7, 42).await.unwrap();

    let gate = server.gate(Op::Set, Moment::Before);
    server.take_operations();
    let held = support::held(sessions.create(7, 42)).await;
    assert!(gate.has_arrived());
    assert_eq!(server.take_operations().set, 2);
    gate.release();
    within(held).await.unwrap();

    for op in [Op::Expire, Op::Read] {
        let gate = server.gate(op, Moment::Before);
        server.take_operations();
        let held = support::held(sessions.get(&id)).await;
        assert!(gate.has_arrived());
        let asked = server.take_operations();
        assert_eq!((asked.expire, asked.read), (2, 1), "{op:?}");
        gate.release();
        assert!(within(held).await.unwrap().is_some());
        assert_eq!(server.take_operations().read, 0, "no tags have to be asked for");
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_asked_is_an_error_and_logs_nobody_out() {
    let server = FakeRedis::new();
    let node = || of(&Cache::builder("sessions").redis(server.clone()).following());
    let (sessions, another) = (node(), node());
    let id = sessions.create(7, 42).await.unwrap();
    server.fail_with(Some(ErrorKind::Unavailable));
    assert!(sessions.get(&id).await.unwrap_err().is_unavailable());
    assert!(sessions.update(&id, |data| *data += 1).await.unwrap_err().is_unavailable());
    assert!(sessions.create(7, 42).await.unwrap_err().is_unavailable());
    server.fail_with(None);
    assert_eq!(found(&another, &id).await, Some(42));
}

/// What is in no other place is not given up for what is only asked for more often.
#[tokio::test]
async fn in_a_full_cache_a_new_session_stays_and_the_one_unused_for_longest_goes() {
    let cache = Cache::builder("sessions").capacity(20).build().unwrap();
    let sessions = of(&cache);
    let mut ids = Vec::new();
    for user in 0..10 {
        ids.push(sessions.create(user, user).await.unwrap());
    }
    for _ in 0..10 {
        for id in &ids {
            assert!(found(&sessions, id).await.is_some());
        }
        // What reads have said of the entries is taken in.
        cache.stats();
    }
    let new = sessions.create(10, 10).await.unwrap();
    cache.stats();
    assert_eq!(found(&sessions, &new).await, Some(10));
    assert_eq!(found(&sessions, &ids[0]).await, None);
    assert_eq!(found(&sessions, &ids[9]).await, Some(9));
}
