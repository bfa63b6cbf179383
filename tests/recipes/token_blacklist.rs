//! Revoked tokens: each method, tenants, other nodes, and a server that cannot be asked.

use std::time::Duration;

use cache_core::testing::{FakeRedis, Moment, Op};
use larder::recipes::TokenBlacklist;
use larder::{Cache, ErrorKind, ManualClock, Tenant, tenant};

use crate::backend::{on_every_backend, on_every_shared_backend};
use crate::following::Following;
use crate::support::within;

const MINUTE: Duration = Duration::from_mins(1);

fn of(cache: &Cache) -> TokenBlacklist {
    TokenBlacklist::new(cache)
}

on_every_backend! {
    async fn a_token_is_revoked_and_no_other(backend: Backend) {
        let revoked = of(&backend.node());
        assert!(!revoked.is_revoked("token").await.unwrap());
        revoked.revoke("token", MINUTE).await.unwrap();
        assert!(revoked.is_revoked("token").await.unwrap());
        for other in ["Token", "token ", "", "token:token"] {
            assert!(!revoked.is_revoked(other).await.unwrap(), "{other:?}");
        }
    }

    async fn a_token_without_any_time_left_needs_no_revocation(backend: Backend) {
        let revoked = of(&backend.node());
        revoked.revoke("token", Duration::ZERO).await.unwrap();
        assert!(!revoked.is_revoked("token").await.unwrap());
    }

    async fn a_tenants_tokens_are_its_own(backend: Backend) {
        let revoked = of(&backend.node());
        tenant::scope(Tenant::from_id("acme").unwrap(), revoked.revoke("token", MINUTE)).await.unwrap();
        assert!(!revoked.is_revoked("token").await.unwrap());
        assert!(tenant::scope(Tenant::from_id("acme").unwrap(), revoked.is_revoked("token")).await.unwrap());
    }

    async fn no_key_shows_a_token(backend: Backend) {
        let cache = backend.node();
        of(&cache).revoke("eyJhbGciOi", MINUTE).await.unwrap();
        let keys = cache.namespace("revoked").keys("*").await.unwrap();
        assert!(keys.len() == 1 && !keys[0].as_str().contains("eyJ"), "{keys:?}");
    }

    async fn what_cannot_be_stored_is_no_success(backend: Backend) {
        let revoked = of(&backend.node());
        let inside = larder::bypass(revoked.revoke("token", MINUTE)).await;
        assert_eq!(inside.unwrap_err().kind(), ErrorKind::Config);
        revoked.revoke("token", MINUTE).await.unwrap();
        assert!(larder::bypass(revoked.is_revoked("token")).await.unwrap());
    }
}

on_every_shared_backend! {
    /// The other node is told nothing.
    async fn what_one_node_revokes_the_other_refuses_at_once(backend: Backend) {
        let (here, there) = (of(&backend.mute_node()), of(&backend.node()));
        assert!(!there.is_revoked("token").await.unwrap());
        here.revoke("token", MINUTE).await.unwrap();
        assert!(there.is_revoked("token").await.unwrap());
    }
}

#[tokio::test]
async fn a_revocation_lasts_as_long_as_the_longest_that_was_asked_for() {
    for has_server in [false, true] {
        let clock = ManualClock::new();
        let builder = Cache::builder("tokens").clock(clock.clock());
        let cache = if has_server { builder.redis(FakeRedis::new()).following() } else { builder.build().unwrap() };
        let revoked = of(&cache);
        revoked.revoke("token", 10 * MINUTE).await.unwrap();
        revoked.revoke("token", MINUTE).await.unwrap();
        clock.advance(9 * MINUTE);
        assert!(revoked.is_revoked("token").await.unwrap());
        revoked.revoke("token", 5 * MINUTE).await.unwrap();
        clock.advance(4 * MINUTE);
        assert!(revoked.is_revoked("token").await.unwrap());
        clock.advance(MINUTE);
        assert!(!revoked.is_revoked("token").await.unwrap());
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_asked_is_an_error_and_not_a_no() {
    let server = FakeRedis::new();
    let revoked = of(&Cache::builder("tokens").redis(server.clone()).following());
    revoked.revoke("token", MINUTE).await.unwrap();
    assert!(revoked.is_revoked("token").await.unwrap());
    server.fail_with(Some(ErrorKind::Unavailable));
    assert!(revoked.is_revoked("token").await.unwrap_err().is_unavailable());
    assert!(revoked.revoke("other", MINUTE).await.unwrap_err().is_unavailable());
}

#[tokio::test]
async fn a_cache_that_is_switched_off_revokes_nothing_and_says_so() {
    assert!(of(&Cache::disabled()).revoke("token", MINUTE).await.unwrap_err().is_config());
}

/// Nobody is let in because nobody knows.
#[tokio::test]
async fn a_cache_that_is_switched_off_does_not_say_no() {
    assert!(of(&Cache::disabled()).is_revoked("token").await.unwrap_err().is_config());
    for server in [None, Some(FakeRedis::new())] {
        let builder = Cache::builder("tokens");
        let cache = match server {
            None => builder.build().unwrap(),
            Some(server) => builder.redis(server).following(),
        };
        let revoked = of(&cache);
        revoked.revoke("token", MINUTE).await.unwrap();
        cache.shutdown().await.unwrap();
        assert!(revoked.is_revoked("token").await.unwrap_err().is_config());
    }
}

/// The first revocation ends while the second one looks at it.
#[tokio::test]
async fn a_revocation_that_ends_meanwhile_is_made_anew() {
    let (server, clock) = (FakeRedis::new(), ManualClock::new());
    let revoked = of(&Cache::builder("tokens").clock(clock.clock()).redis(server.clone()).following());
    revoked.revoke("token", MINUTE).await.unwrap();
    let looks = server.gate(Op::Inspect, Moment::Before);
    let again = tokio::spawn({
        let revoked = revoked.clone();
        async move { revoked.revoke("token", MINUTE).await }
    });
    within(looks.arrived()).await;
    clock.advance(MINUTE);
    looks.release();
    within(again).await.unwrap().unwrap();
    assert!(revoked.is_revoked("token").await.unwrap());
}
