//! The operations in short: what a behaviour does not name is as usual.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_core::port::{
    Acquire, Acquired, Evict, Evicted, Fill, Filled, Kind, Lease, Read, Release, Sealed, Set, Snapshot, Stamp, When,
};

use crate::bench::{Bench, LIMIT};
use crate::record::{self, HEADER, Header};

pub(crate) const KEY: &[u8] = b"global:users:7";
pub(crate) const OTHER: &[u8] = b"global:users:8";
pub(crate) const TTL: Duration = Duration::from_mins(10);
pub(crate) const LEASE: Duration = Duration::from_secs(30);
pub(crate) const MESSAGE: &[u8] = b"what the nodes are told";

/// Names of keys or tokens.
pub(crate) type Names = [Box<[u8]>];

pub(crate) fn names<const N: usize>(names: [&str; N]) -> [Box<[u8]>; N] {
    names.map(|name| name.as_bytes().into())
}

/// An entry with this content; the server does not look into it.
pub(crate) fn sealed(body: &[u8]) -> Sealed {
    Sealed { mark: *b"L1\x01", body: body.to_vec(), idle: None }
}

pub(crate) fn invalidate_tokens(tokens: &Names) -> Evict<'_> {
    Evict { tokens, message: MESSAGE, ..Evict::default() }
}

pub(crate) fn invalidate_keys(keys: &Names) -> Evict<'_> {
    Evict { keys, message: MESSAGE, ..Evict::default() }
}

pub(crate) fn raise_barriers(barriers: &Names) -> Evict<'_> {
    Evict { barriers, message: MESSAGE, ..Evict::default() }
}

/// An id that no other lease has.
pub(crate) fn new_id() -> [u8; 16] {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let count = COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let mut id = *b"lease   \0\0\0\0\0\0\0\0";
    id[8..].copy_from_slice(&count);
    id
}

impl Bench {
    pub(crate) async fn read(&self, key: &[u8], tokens: &Names) -> Snapshot {
        self.store.read(Read { key, tokens }, LIMIT).await.expect("the server is there")
    }

    /// The content of an entry, if it may be served.
    pub(crate) async fn served(&self, key: &[u8], tokens: &Names) -> Option<Vec<u8>> {
        record::servable(&self.read(key, tokens).await)
    }

    pub(crate) async fn stamp(&self) -> Stamp {
        self.store.stamp(LIMIT).await.expect("the server is there")
    }

    pub(crate) async fn sequence(&self) -> u64 {
        self.stamp().await.sequence
    }

    /// Asks for a lease, having seen the entry that is there.
    pub(crate) async fn acquire(&self, key: &[u8], tokens: &Names, kind: Kind) -> Acquired {
        let entry = self.get(&self.entry(key)).unwrap_or_default();
        let seen = &entry[..entry.len().min(HEADER)];
        self.acquire_with(Acquire { at: Read { key, tokens }, id: new_id(), kind, lease: LEASE, ttl: Some(TTL), seen })
            .await
    }

    pub(crate) async fn acquire_with(&self, acquire: Acquire<'_>) -> Acquired {
        self.store.acquire(acquire, LIMIT).await.expect("the server is there")
    }

    /// Begins a load.
    pub(crate) async fn begin(&self, key: &[u8], tokens: &Names) -> Lease {
        granted(self.acquire(key, tokens, Kind::Load).await)
    }

    /// Begins a write.
    pub(crate) async fn begin_write(&self, key: &[u8], tokens: &Names) -> Lease {
        granted(self.acquire(key, tokens, Kind::Write).await)
    }

    /// Ends a load.
    pub(crate) async fn fill(&self, key: &[u8], tokens: &Names, lease: &Lease, body: &[u8]) -> Filled {
        self.fill_for(key, tokens, lease, body, Some(TTL)).await
    }

    pub(crate) async fn fill_for(
        &self,
        key: &[u8],
        tokens: &Names,
        lease: &Lease,
        body: &[u8],
        ttl: Option<Duration>,
    ) -> Filled {
        let fill = Fill { at: Read { key, tokens }, lease, minted_by: &[], entry: &sealed(body), ttl, message: None };
        self.store.fill(fill, LIMIT).await.expect("the server is there")
    }

    /// Ends a load of what was made of older things.
    pub(crate) async fn fill_of(&self, key: &[u8], tokens: &Names, lease: &Lease, minted_by: &[u64]) -> Filled {
        let at = Read { key, tokens };
        let fill = Fill { at, lease, minted_by, entry: &sealed(b"body"), ttl: Some(TTL), message: None };
        self.store.fill(fill, LIMIT).await.expect("the server is there")
    }

    /// Ends a write.
    pub(crate) async fn fill_write(&self, key: &[u8], tokens: &Names, lease: &Lease, body: &[u8]) -> Filled {
        let at = Read { key, tokens };
        let fill = Fill { at, lease, minted_by: &[], entry: &sealed(body), ttl: Some(TTL), message: Some(MESSAGE) };
        self.store.fill(fill, LIMIT).await.expect("the server is there")
    }

    /// Loads and stores, with nothing in between.
    pub(crate) async fn load(&self, key: &[u8], tokens: &Names, body: &[u8]) -> Stamp {
        let lease = self.begin(key, tokens).await;
        stored(self.fill(key, tokens, &lease, body).await)
    }

    pub(crate) async fn set(&self, key: &[u8], tokens: &Names, body: &[u8], expected: Option<Stamp>) -> Filled {
        let when = expected.map_or(When::Always, When::At);
        let set = Set { at: Read { key, tokens }, entry: &sealed(body), ttl: Some(TTL), when, message: MESSAGE };
        self.store.set(set, LIMIT).await.expect("the server is there")
    }

    pub(crate) async fn evict(&self, evict: Evict<'_>) -> Evicted {
        self.store.evict(evict, LIMIT).await.expect("the server is there")
    }

    pub(crate) async fn release(&self, key: &[u8], lease: &Lease) {
        self.store.release_many(&[Release { key, id: &lease.id }], LIMIT).await.expect("the server is there");
    }

    /// Walks over everything under a head. A key that is seen twice is there once.
    pub(crate) async fn walk(&self, head: &[u8]) -> Vec<Box<[u8]>> {
        let (mut keys, mut cursor) = (Vec::new(), 0);
        loop {
            let page = self.store.scan(head, cursor, LIMIT).await.expect("the server is there");
            keys.extend(page.keys);
            if page.next == 0 {
                keys.sort();
                keys.dedup();
                return keys;
            }
            cursor = page.next;
        }
    }

    /// What the server wrote in front of an entry.
    pub(crate) fn header(&self, key: &[u8]) -> Header {
        let entry = self.get(&self.entry(key)).expect("the entry is there");
        record::header(&entry).expect("the header is well-formed")
    }

    /// A token that must be there.
    pub(crate) fn minted(&self, name: &[u8]) -> record::Token {
        let token = self.get(&self.token(name)).expect("the token is there");
        let token = token.strip_suffix(&*self.token(name)).expect("it ends with its name");
        record::token(token).expect("the token is well-formed")
    }

    pub(crate) fn has(&self, name: &[u8]) -> bool {
        self.get(name).is_some()
    }
}

#[track_caller]
pub(crate) fn granted(acquired: Acquired) -> Lease {
    match acquired {
        Acquired::Granted(lease) => lease,
        other => panic!("the lease should be granted, but: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn stored(filled: Filled) -> Stamp {
    match filled {
        Filled::Stored(stamp) => stamp,
        other => panic!("the entry should be stored, but: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn refused(filled: Filled) -> Stamp {
    match filled {
        Filled::Refused(stamp) => stamp,
        other => panic!("the entry should be refused, but: {other:?}"),
    }
}
