//! A server that has no memory left.

use std::time::Duration;

use cache_core::ErrorKind;
use cache_core::port::{Expire, Fill, Kind, Moved, Read, Rename, Set, Take, Taken, Until, When};

use crate::bench::{Bench, LIMIT};
use crate::steps::{KEY, MESSAGE, OTHER, TTL, granted, invalidate_keys, invalidate_tokens, names, sealed, stored};
use crate::whole::{FINGERPRINT, PLAIN, Whole};

crate::conformance! { own:
    a_full_server_stores_nothing_and_says_so
    a_full_server_is_read
    a_full_server_invalidates
    a_full_server_takes_a_lease_back
    a_full_server_takes_a_value_away_and_moves_an_end
    a_full_server_renames_nothing_and_says_so
    a_full_server_begins_a_new_history
}

impl Bench {
    pub(crate) fn fill_up(&self) {
        assert_eq!(self.command(&[b"CONFIG", b"SET", b"maxmemory", b"1"]).text(), "OK");
    }

    fn make_room(&self) {
        assert_eq!(self.command(&[b"CONFIG", b"SET", b"maxmemory", b"0"]).text(), "OK");
    }
}

async fn a_full_server_stores_nothing_and_says_so(bench: Bench) {
    let lease = bench.begin(KEY, &[]).await;
    bench.fill_up();
    let (at, entry) = (Read { key: KEY, tokens: &[] }, &sealed(b"body"));
    let fill = Fill { at, lease: &lease, minted_by: &[], entry, ttl: Some(TTL), message: None };
    let refused = bench.store.fill(fill, LIMIT).await.expect_err("there is no memory");
    assert_eq!(refused.kind(), ErrorKind::Full);
    let set = Set { at, entry, ttl: Some(TTL), when: When::Always, message: MESSAGE };
    let refused = bench.store.set(set, LIMIT).await.expect_err("there is no memory");
    assert_eq!(refused.kind(), ErrorKind::Full);
    assert!(!bench.has(&bench.entry(KEY)));
    bench.make_room();
    stored(bench.fill(KEY, &[], &lease, b"body").await);
}

async fn a_full_server_is_read(bench: Bench) {
    let tokens = names(["global:author:7"]);
    bench.load(KEY, &tokens, b"body").await;
    bench.fill_up();
    assert_eq!(bench.served(KEY, &tokens).await.as_deref(), Some(&b"body"[..]));
    assert_eq!(bench.walk(b"global:users:").await, [KEY.into()]);
    assert_eq!(bench.sequence().await, 0);
}

async fn a_full_server_invalidates(bench: Bench) {
    let tokens = names(["global:author:7"]);
    bench.load(KEY, &tokens, b"body").await;
    bench.load(OTHER, &tokens, b"body").await;
    let listener = bench.listen();
    bench.fill_up();
    assert_eq!(bench.evict(invalidate_keys(&[KEY.into()])).await.removed, 1);
    bench.evict(invalidate_tokens(&tokens)).await;
    assert_eq!(bench.served(KEY, &tokens).await, None);
    assert_eq!(bench.served(OTHER, &tokens).await, None);
    assert_eq!((bench.sequence().await, listener.heard().len()), (2, 2));
}

async fn a_full_server_takes_a_lease_back(bench: Bench) {
    let lease = bench.begin(KEY, &[]).await;
    bench.fill_up();
    bench.release(KEY, &lease).await;
    bench.make_room();
    granted(bench.acquire(KEY, &[], Kind::Load).await);
}

async fn a_full_server_takes_a_value_away_and_moves_an_end(bench: Bench) {
    bench.put(&PLAIN).await;
    bench.put(&Whole::of("global:users:8", &[])).await;
    bench.fill_up();
    let take = Take { key: KEY, fingerprint: FINGERPRINT, message: MESSAGE };
    assert!(matches!(bench.store.take(take, LIMIT).await, Ok(Taken::Entry(..))));
    assert!(bench.is_valid(OTHER).await);
    let expire = async |to| bench.store.expire(Expire { key: OTHER, to, message: MESSAGE }, LIMIT).await;
    assert!(matches!(expire(Until::In(TTL * 2)).await, Ok(Moved::Later)));
    assert!(matches!(expire(Until::In(TTL)).await, Ok(Moved::Earlier(_))));
    assert!(matches!(expire(Until::In(Duration::ZERO)).await, Ok(Moved::Earlier(_))));
    assert!(!bench.has(&bench.entry(OTHER)));
}

async fn a_full_server_renames_nothing_and_says_so(bench: Bench) {
    bench.put(&PLAIN).await;
    let seen = bench.get(&bench.entry(KEY)).expect("it is there");
    bench.fill_up();
    let new = Whole::of("global:users:8", &[]);
    let (entry, tokens) = (&new.sealed(), new.tokens());
    let to = Read { key: OTHER, tokens: &tokens };
    let rename = Rename { from: KEY, to, seen: &seen[..67], entry, message: MESSAGE };
    let refused = bench.store.rename(rename, LIMIT).await.expect_err("there is no memory");
    assert_eq!(refused.kind(), ErrorKind::Full);
    assert!(bench.is_valid(KEY).await);
}

async fn a_full_server_begins_a_new_history(bench: Bench) {
    bench.put(&PLAIN).await;
    bench.fill_up();
    let stamp = bench.store.renew(MESSAGE, LIMIT).await.expect("it needs next to no memory");
    assert_eq!(bench.stamp().await, stamp);
    assert!(!bench.is_valid(KEY).await);
}
