//! One holder at a time.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::join_all;
use larder::{Cache, ErrorKind, Lock, Renewal, Tenancy, Tenant, tenant};

use crate::backend::{on_every_backend, on_every_shared_backend};

/// The lock is held by another.
async fn is_held(lock: &Lock) -> bool {
    match lock.try_acquire().await {
        Ok(_) => false,
        Err(error) => {
            assert!(error.is_not_acquired(), "{error}");
            true
        }
    }
}

on_every_backend! {
    async fn a_lock_has_one_holder(backend: Backend) {
        let cache = backend.node();
        let guard = cache.lock("a").try_acquire().await.unwrap();
        assert!(guard.is_held());
        assert!(is_held(&cache.lock("a")).await);
        assert!(!is_held(&cache.lock("b")).await);
    }

    async fn what_was_released_is_acquired(backend: Backend) {
        let lock = backend.node().lock("a");
        lock.try_acquire().await.unwrap().release().await.unwrap();
        assert!(!is_held(&lock).await);
    }

    async fn what_was_dropped_is_acquired(backend: Backend) {
        let lock = backend.node().lock("a");
        drop(lock.try_acquire().await.unwrap());
        drop(lock.acquire().await.unwrap());
    }

    async fn who_waits_acquires_what_is_given_back(backend: Backend) {
        let lock = backend.node().lock("a").wait(Duration::from_secs(30));
        let guard = lock.acquire().await.unwrap();
        let waits = tokio::spawn({
            let lock = lock.clone();
            async move { lock.acquire().await.unwrap().fencing_token() }
        });
        let token = guard.fencing_token();
        guard.release().await.unwrap();
        assert!(waits.await.unwrap() > token);
    }

    async fn a_wait_ends(backend: Backend) {
        let lock = backend.node().lock("a").wait(Duration::from_millis(50));
        let _guard = lock.acquire().await.unwrap();
        assert!(lock.acquire().await.unwrap_err().is_not_acquired());
    }

    async fn many_tasks_never_hold_it_at_once(backend: Backend) {
        let nodes = [backend.node(), backend.node()];
        let nodes = if backend.is_shared() { nodes } else { [nodes[0].clone(), nodes[0].clone()] };
        let (inside, done) = (AtomicU64::new(0), AtomicU64::new(0));
        let work = nodes.iter().cycle().take(20).map(|node| {
            let (inside, done) = (&inside, &done);
            let lock = node.lock("a").wait(Duration::from_mins(1));
            async move {
                let token = lock.with_lock(|token| async move {
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two hold it");
                    tokio::task::yield_now().await;
                    assert_eq!(inside.fetch_sub(1, Ordering::SeqCst), 1);
                    done.fetch_add(1, Ordering::SeqCst);
                    token
                });
                token.await.unwrap()
            }
        });
        let tokens: HashSet<_> = join_all(work).await.into_iter().collect();
        assert_eq!((tokens.len(), done.into_inner()), (20, 20));
    }

    async fn every_holder_has_a_larger_fencing_token(backend: Backend) {
        let lock = backend.node().lock("a");
        let mut last = 0;
        for _ in 0..20 {
            let guard = lock.acquire().await.unwrap();
            assert!(guard.fencing_token() > last);
            last = guard.fencing_token();
            guard.release().await.unwrap();
        }
        assert!(last < 1 << 53);
    }

    async fn with_lock_gives_what_its_work_gives_and_frees_the_lock(backend: Backend) {
        let lock = backend.node().lock("a");
        assert_eq!(lock.with_lock(|_| async { Err::<(), _>("the work's own error") }).await.unwrap(), Err("the work's own error"));
        assert!(!is_held(&lock).await);
    }

    async fn with_lock_holds_it_while_its_work_runs(backend: Backend) {
        let lock = backend.node().lock("a");
        assert!(lock.with_lock(|_| is_held(&lock)).await.unwrap());
    }

    async fn work_that_panics_frees_the_lock(backend: Backend) {
        let lock = backend.node().lock("a");
        let panics = lock.with_lock(|_| async { panic!("the work's own panic") });
        AssertUnwindSafe(panics).catch_unwind().await.unwrap_err();
        drop(lock.acquire().await.unwrap());
    }

    async fn work_that_is_given_up_frees_the_lock(backend: Backend) {
        let lock = backend.node().lock("a");
        let (said, heard) = tokio::sync::oneshot::channel();
        let work = lock.with_lock(|_| async move {
            said.send(()).unwrap();
            std::future::pending::<()>().await;
        });
        tokio::select! {
            _ = work => unreachable!("it never ends"),
            done = heard => done.unwrap(),
        }
        drop(lock.acquire().await.unwrap());
    }

    async fn a_lock_that_was_extended_outlasts_its_ttl(backend: Backend) {
        let lock = backend.node().lock("a").ttl(Duration::from_millis(300)).renewal(Renewal::ByHand);
        let guard = lock.acquire().await.unwrap();
        guard.extend(Duration::from_mins(1)).await.unwrap();
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert!(guard.is_held());
        assert!(is_held(&lock).await);
        guard.release().await.unwrap();
    }

    async fn a_lock_that_is_renewed_outlasts_its_ttl(backend: Backend) {
        let lock = backend.node().lock("a").ttl(Duration::from_millis(900));
        let guard = lock.acquire().await.unwrap();
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        assert!(guard.is_held());
        assert!(is_held(&lock).await);
        guard.release().await.unwrap();
    }

    async fn a_lock_that_nobody_renews_ends_and_is_granted(backend: Backend) {
        let lock = backend.node().lock("a").ttl(Duration::from_millis(150)).renewal(Renewal::ByHand);
        let guard = lock.acquire().await.unwrap();
        let next = lock.acquire().await.unwrap();
        assert!(!guard.is_held() && next.is_held());
        guard.lost().await;
        assert!(guard.extend(Duration::from_secs(1)).await.unwrap_err().is_not_held());
        assert!(guard.run(async {}).await.unwrap_err().is_not_held());
        assert!(guard.release().await.unwrap_err().is_not_held());
        assert!(is_held(&lock).await, "who has lost it frees nobody else's");
        drop(next);
    }

    async fn locks_belong_to_tenants(backend: Backend) {
        let lock = backend.node().lock("a");
        let of = |name| tenant::scope(Tenant::from_id(name).unwrap(), lock.try_acquire());
        let guards = [of("acme").await.unwrap(), of("other").await.unwrap(), lock.try_acquire().await.unwrap()];
        assert!(of("acme").await.unwrap_err().is_not_acquired());
        drop(guards);
    }

    async fn a_tenant_that_is_required_is_missing(backend: Backend) {
        let lock = backend.node().namespace("n").tenancy(Tenancy::Required).lock("a");
        assert!(lock.try_acquire().await.unwrap_err().is_tenant_missing());
        assert!(lock.acquire().await.unwrap_err().is_tenant_missing());
    }

    async fn locks_of_two_namespaces_and_of_hostile_names_do_not_meet(backend: Backend) {
        let cache = backend.node();
        let names = ["a", "a:b", "a%3Ab", "a*", "", "#k", "ä", "a\0", &"long".repeat(200), &"long".repeat(201)];
        let mut guards = Vec::new();
        for namespace in [(*cache).clone(), cache.namespace("a"), cache.namespace("a/b")] {
            for name in names {
                guards.push(namespace.lock(name).try_acquire().await.unwrap());
            }
            guards.push(namespace.lock(("b", "c:d")).try_acquire().await.unwrap());
            guards.push(namespace.lock(("b:c", "d")).try_acquire().await.unwrap());
        }
        for guard in guards {
            guard.release().await.unwrap();
        }
    }

    async fn what_clears_and_purges_leaves_locks(backend: Backend) {
        let cache = backend.node();
        let guard = cache.lock("a").acquire().await.unwrap();
        cache.set("a", 7_u64).await.unwrap();
        cache.clear().await.unwrap();
        cache.remove_matching("*").await.unwrap();
        cache.purge_global().await.unwrap();
        cache.purge_everything().await.unwrap();
        assert!(is_held(&cache.lock("a")).await);
        guard.release().await.unwrap();
    }

    async fn a_ttl_that_is_too_short_is_an_error(backend: Backend) {
        let cache = backend.node();
        let short = Duration::from_millis(99);
        assert_eq!(cache.lock("a").ttl(short).acquire().await.unwrap_err().kind(), ErrorKind::Config);
        let guard = cache.lock("a").acquire().await.unwrap();
        assert_eq!(guard.extend(short).await.unwrap_err().kind(), ErrorKind::Config);
        assert!(guard.is_held());
    }

    async fn a_namespace_that_is_none_has_no_locks(backend: Backend) {
        let lock = backend.node().namespace("no name").lock("a");
        assert_eq!(lock.acquire().await.unwrap_err().kind(), ErrorKind::Config);
    }

    async fn who_waits_for_the_end_of_a_lock_hears_that_it_was_given_back(backend: Backend) {
        let guard = backend.node().lock("a").acquire().await.unwrap();
        let lost = tokio::spawn(guard.lost());
        guard.release().await.unwrap();
        lost.await.unwrap();
    }
}

on_every_shared_backend! {
    async fn a_lock_has_one_holder_among_nodes(backend: Backend) {
        let [a, b] = [backend.node(), backend.node()];
        let guard = a.lock("a").try_acquire().await.unwrap();
        assert!(is_held(&b.lock("a")).await);
        guard.release().await.unwrap();
        assert!(!is_held(&b.lock("a")).await);
    }

    async fn who_waits_on_another_node_acquires_what_is_given_back(backend: Backend) {
        let [a, b] = [backend.node(), backend.node()];
        let guard = a.lock("a").acquire().await.unwrap();
        let waits = tokio::spawn(async move { b.lock("a").wait(Duration::from_secs(30)).acquire().await.unwrap().fencing_token() });
        let token = guard.fencing_token();
        drop(guard);
        assert!(waits.await.unwrap() > token);
    }

    async fn nobody_need_be_told_that_it_was_given_back(backend: Backend) {
        let [a, b] = [backend.mute_node(), backend.mute_node()];
        let guard = a.lock("a").acquire().await.unwrap();
        let waits = tokio::spawn(async move { b.lock("a").wait(Duration::from_secs(30)).acquire().await.map(drop) });
        drop(guard);
        waits.await.unwrap().unwrap();
    }
}

/// It says where it holds, and a cache that is switched off is no reason to let two in.
#[tokio::test]
async fn a_cache_that_is_switched_off_locks_all_the_same() {
    let lock = Cache::disabled().lock("a");
    let _guard = lock.acquire().await.unwrap();
    assert!(is_held(&lock).await);
}
