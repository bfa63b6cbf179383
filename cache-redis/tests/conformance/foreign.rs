//! What is not ours, under our names: another type than bytes.

use cache_core::port::{Acquire, Expire, Fill, Kind, Moved, Read, Release, Rename, Set, Take, Taken, Until, When};
use cache_core::{Error, ErrorKind};

use crate::bench::{Bench, LIMIT};
use crate::steps::{
    KEY, LEASE, MESSAGE, Names, OTHER, TTL, invalidate_keys, invalidate_tokens, names, new_id, raise_barriers, sealed,
    stored,
};
use crate::whole::{FINGERPRINT, PLAIN, Whole};

crate::conformance! { real:
    an_entry_of_another_type_is_none_and_a_load_takes_its_place
    a_set_takes_the_place_of_an_entry_of_another_type
    an_invalidation_removes_an_entry_of_another_type
    a_control_record_of_another_type_is_told
    a_lease_of_another_type_is_told
    an_invalidation_removes_a_lease_of_another_type
    a_token_of_another_type_is_told
    an_invalidation_removes_a_token_of_another_type
    what_is_of_another_type_is_neither_taken_nor_moved
    what_a_renamed_entry_would_lie_on_is_told_where_it_is_of_another_type
}

impl Bench {
    /// Puts a list where our bytes would be.
    pub(crate) fn put_list(&self, name: &[u8]) {
        self.command(&[b"DEL", name]);
        assert_eq!(self.command(&[b"RPUSH", name, b"x"]).int(), 1);
    }

    /// How the operations that store something go.
    async fn storing(&self, tokens: &Names) -> [Option<ErrorKind>; 3] {
        let at = Read { key: KEY, tokens };
        let acquire = Acquire { at, id: new_id(), kind: Kind::Load, lease: LEASE, ttl: Some(TTL), seen: b"" };
        let lease = cache_core::port::Lease { id: new_id(), granted: self.beside("elsewhere").stamp().await };
        let entry = &sealed(b"body");
        let fill = Fill { at, lease: &lease, minted_by: &[], entry, ttl: Some(TTL), message: None };
        let set = Set { at, entry, ttl: Some(TTL), when: When::Always, message: MESSAGE };
        [
            kind(self.store.acquire(acquire, LIMIT).await),
            kind(self.store.fill(fill, LIMIT).await),
            kind(self.store.set(set, LIMIT).await),
        ]
    }
}

const FOREIGN: Option<ErrorKind> = Some(ErrorKind::Foreign);

fn kind<T>(result: Result<T, Error>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

async fn an_entry_of_another_type_is_none_and_a_load_takes_its_place(bench: Bench) {
    bench.put_list(&bench.entry(KEY));
    assert_eq!(bench.read(KEY, &[]).await.entry, None);
    let at = Read { key: KEY, tokens: &[] };
    let acquire = Acquire { at, id: new_id(), kind: Kind::Load, lease: LEASE, ttl: Some(TTL), seen: b"" };
    let lease = crate::steps::granted(bench.acquire_with(acquire).await);
    stored(bench.fill(KEY, &[], &lease, b"body").await);
    assert_eq!(bench.served(KEY, &[]).await.as_deref(), Some(&b"body"[..]));
}

async fn a_set_takes_the_place_of_an_entry_of_another_type(bench: Bench) {
    bench.put_list(&bench.entry(KEY));
    stored(bench.set(KEY, &[], b"body", None).await);
    assert_eq!(bench.served(KEY, &[]).await.as_deref(), Some(&b"body"[..]));
}

async fn an_invalidation_removes_an_entry_of_another_type(bench: Bench) {
    bench.put_list(&bench.entry(KEY));
    bench.evict(invalidate_keys(&[KEY.into()])).await;
    assert!(!bench.has(&bench.entry(KEY)));
}

async fn a_control_record_of_another_type_is_told(bench: Bench) {
    bench.put_list(&bench.control());
    assert_eq!(bench.read(KEY, &[]).await.control, None);
    assert_eq!(bench.storing(&[]).await, [FOREIGN; 3]);
    assert_eq!(kind(bench.store.evict(invalidate_keys(&[KEY.into()]), LIMIT).await), FOREIGN);
    assert_eq!(kind(bench.store.stamp(LIMIT).await), FOREIGN);
    bench.lose(&bench.control());
    bench.load(KEY, &[], b"body").await;
}

async fn a_lease_of_another_type_is_told(bench: Bench) {
    bench.put_list(&bench.lease(KEY));
    // A set does not look at the lease that it ends.
    assert_eq!(bench.storing(&[]).await, [FOREIGN, FOREIGN, None]);
    bench.put_list(&bench.lease(KEY));
    assert_eq!(kind(bench.store.release_many(&[Release { key: KEY, id: &new_id() }], LIMIT).await), FOREIGN);
    // The others are not touched.
    bench.load(OTHER, &[], b"body").await;
}

async fn an_invalidation_removes_a_lease_of_another_type(bench: Bench) {
    bench.put_list(&bench.lease(KEY));
    bench.evict(invalidate_keys(&[KEY.into()])).await;
    bench.load(KEY, &[], b"body").await;
}

async fn a_token_of_another_type_is_told(bench: Bench) {
    let tokens = names(["global:#users", "global:author:7"]);
    bench.put_list(&bench.token(&tokens[1]));
    assert_eq!(bench.read(KEY, &tokens).await.tokens, [None, None]);
    // A fill without its lease does not look at the tokens.
    assert_eq!(bench.storing(&tokens).await, [FOREIGN, None, FOREIGN]);
    let lease = bench.begin(KEY, &tokens[..1]).await;
    let fill = Fill {
        at: Read { key: KEY, tokens: &tokens },
        lease: &lease,
        minted_by: &[],
        entry: &sealed(b"body"),
        ttl: Some(TTL),
        message: None,
    };
    assert_eq!(kind(bench.store.fill(fill, LIMIT).await), FOREIGN);
    assert_eq!(bench.served(KEY, &tokens[..1]).await, None);
}

async fn an_invalidation_removes_a_token_of_another_type(bench: Bench) {
    let tokens = names(["global:#users"]);
    for evict in [invalidate_tokens(&tokens), raise_barriers(&tokens)] {
        bench.put_list(&bench.token(&tokens[0]));
        bench.evict(evict).await;
        bench.load(KEY, &tokens, b"body").await;
        assert!(bench.served(KEY, &tokens).await.is_some());
    }
}

async fn what_is_of_another_type_is_neither_taken_nor_moved(bench: Bench) {
    let take = Take { key: KEY, fingerprint: FINGERPRINT, message: MESSAGE };
    let expire = Expire { key: KEY, to: Until::Never, message: MESSAGE };
    for name in [bench.entry(KEY), bench.token(b"global:#users")] {
        bench.put(&PLAIN).await;
        bench.put_list(&name);
        assert_eq!(bench.store.take(take, LIMIT).await.expect("the server is there"), Taken::Nothing);
        assert_eq!(bench.store.expire(expire, LIMIT).await.expect("the server is there"), Moved::Missing);
        bench.lose(&name);
    }
    bench.put_list(&bench.control());
    assert_eq!(kind(bench.store.take(take, LIMIT).await), FOREIGN);
    assert_eq!(kind(bench.store.expire(expire, LIMIT).await), FOREIGN);
    assert_eq!(kind(bench.store.inspect_many(&[KEY], LIMIT).await.remove(0)), FOREIGN);
}

async fn what_a_renamed_entry_would_lie_on_is_told_where_it_is_of_another_type(bench: Bench) {
    bench.put(&PLAIN).await;
    let seen = bench.get(&bench.entry(KEY)).expect("it is there");
    let new = Whole::of("global:users:8", &["x"]);
    let (entry, tokens) = (&new.sealed(), new.tokens());
    let rename =
        Rename { from: KEY, to: Read { key: OTHER, tokens: &tokens }, seen: &seen[..67], entry, message: MESSAGE };
    bench.put_list(&bench.token(b"global:x"));
    assert_eq!(kind(bench.store.rename(rename, LIMIT).await), FOREIGN);
    assert!(bench.is_valid(KEY).await && !bench.has(&bench.entry(OTHER)));
    bench.lose(&bench.token(b"global:x"));
    // An entry of another type gives way, as everywhere, and so does a lease.
    bench.put_list(&bench.entry(OTHER));
    bench.put_list(&bench.lease(OTHER));
    assert_eq!(kind(bench.store.rename(rename, LIMIT).await), None);
    assert!(bench.is_valid(OTHER).await);
}
