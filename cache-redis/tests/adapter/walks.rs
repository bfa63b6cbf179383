//! Walks over odd names, among other prefixes.

use std::collections::BTreeSet;

use cache_core::port::{Evict, RemoteStore};

use crate::bench::{Bench, LONG, names, open};
use crate::each_kind;

each_kind! {
    a_walk_finds_every_entry_and_nothing_else
    a_walk_over_a_head_takes_it_literally
    a_walk_over_many_goes_on
}

async fn a_walk_finds_every_entry_and_nothing_else(bench: &Bench) {
    let odd = ["global:a:", "global:a:\u{0}\r\n", "global:a:*", "global:a:[x]", "global:a:{x}", "global:a:é", "x"];
    for key in odd {
        bench.put(&format!("shop:{key}"), b"e");
    }
    bench.server.command(&[&b"SET"[..], b"shop:global:a:\xff\xfe", b"e"]);
    bench.lease(&names(["global:#users"])).await;
    for other in ["shopping:global:a:1", "sho", "shop", "other:global:a:1", "ashop:global:a:1"] {
        bench.put(other, b"e");
    }
    let mut expected: BTreeSet<Box<[u8]>> = names(odd).into();
    expected.insert(Box::from(&b"global:a:\xff\xfe"[..]));
    assert_eq!(walk(&*bench.store, b"").await, expected);
}

async fn a_walk_over_a_head_takes_it_literally(bench: &Bench) {
    let store = open(&bench.server.url(), "s[h]o*p?", LONG);
    let keys = names([r"g:*a-1", r"g:xa-1", r"g:\a^1", r"g:[a]1", r"g:a1"]);
    for key in &keys {
        bench.server.command(&[&b"SET"[..], &[b"s[h]o*p?:", &key[..]].concat(), b"e"]);
        bench.server.command(&[&b"SET"[..], &[b"shoxpx:", &key[..]].concat(), b"e"]);
    }
    assert_eq!(walk(&*store, b"g:").await.len(), 5);
    for (head, found) in [(&b"g:*"[..], 0), (br"g:\a^", 2), (b"g:[a]", 3)] {
        assert_eq!(walk(&*store, head).await, BTreeSet::from([keys[found].clone()]));
    }
    assert!(walk(&*store, b"g:?").await.is_empty());
}

async fn a_walk_over_many_goes_on(bench: &Bench) {
    let keys: Vec<Box<[u8]>> = (0..5000).map(|n| format!("global:users:{n}").into_bytes().into()).collect();
    let mut client = bench.server.client().expect("the server is there");
    for key in &keys {
        client.send(&[&b"SET"[..], &[b"shop:", &key[..]].concat(), b"e"]).expect("sent");
    }
    for _ in &keys {
        client.receive().expect("set");
    }
    let found = walk(&*bench.store, b"global:users:").await;
    assert_eq!(found.len(), 5000);
    assert_eq!(walk(&*bench.store, b"global:users:499").await.len(), 11);
    let evicted = bench.evict(Evict { keys: &keys, message: b"", ..Evict::default() }).await;
    assert_eq!(evicted.removed, 5000);
}

async fn walk(store: &dyn RemoteStore, head: &[u8]) -> BTreeSet<Box<[u8]>> {
    let mut found = BTreeSet::new();
    let mut cursor = 0;
    loop {
        let piece = store.scan(head, cursor, LONG).await.expect("the server is there");
        found.extend(piece.keys);
        cursor = piece.next;
        if cursor == 0 {
            return found;
        }
    }
}
