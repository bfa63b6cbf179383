//! A walk over the keys of a namespace.

use crate::bench::Bench;
use crate::steps::{KEY, OTHER, invalidate_keys, names};

crate::conformance! {
    a_walk_sees_every_key_under_its_head
    a_walk_sees_no_namespace_whose_name_begins_alike
    a_walk_takes_wildcards_in_a_head_as_they_are
    a_walk_under_no_head_sees_every_entry_and_no_control_data
    a_walk_sees_no_control_data_under_its_names
    a_walk_over_nothing_ends
    a_walk_sees_what_stays_while_others_go
    a_walk_sees_keys_of_any_bytes
}

async fn fill(bench: &Bench, keys: &[&[u8]]) {
    for key in keys {
        bench.load(key, &names(["global:#"]), b"body").await;
    }
}

async fn a_walk_sees_every_key_under_its_head(bench: Bench) {
    let mut keys: Vec<Box<[u8]>> = (0..300).map(|key| format!("global:users:{key}").into_bytes().into()).collect();
    for key in &keys {
        bench.load(key, &[], b"body").await;
    }
    fill(&bench, &[b"global:orders:1", b"tenant:acme:users:1"]).await;
    keys.sort();
    assert_eq!(bench.walk(b"global:users:").await, keys);
}

async fn a_walk_sees_no_namespace_whose_name_begins_alike(bench: Bench) {
    fill(&bench, &[KEY, b"global:usersAbc:7", b"global:users/x:7", b"global:user:7", b"xglobal:users:7"]).await;
    assert_eq!(bench.walk(b"global:users:").await, [KEY.into()]);
    assert_eq!(bench.walk(b"global:users/").await, names(["global:users/x:7"]));
}

async fn a_walk_takes_wildcards_in_a_head_as_they_are(bench: Bench) {
    let heads: [&[u8]; 7] = [b"a*b:", b"a?b:", b"a[x]b:", b"a[^x]b:", b"a\\*b:", b"a\\b:", b"a]b:"];
    let others: [&[u8]; 5] = [b"axb:1", b"axxb:1", b"ayb:1", b"ab:1", b"a^b:1"];
    let keys: Vec<_> = heads.iter().map(|head| [head, &b"1"[..]].concat()).collect();
    fill(&bench, &others).await;
    fill(&bench, &keys.iter().map(|key| &**key).collect::<Vec<_>>()).await;
    for (head, key) in heads.iter().zip(keys) {
        assert_eq!(bench.walk(head).await, [key.into_boxed_slice()], "{}", head.escape_ascii());
    }
}

async fn a_walk_under_no_head_sees_every_entry_and_no_control_data(bench: Bench) {
    fill(&bench, &[KEY, OTHER]).await;
    bench.begin(b"global:users:9", &names(["global:author:7"])).await;
    assert_eq!(bench.walk(b"").await, [KEY.into(), OTHER.into()]);
}

async fn a_walk_sees_no_control_data_under_its_names(bench: Bench) {
    fill(&bench, &[KEY]).await;
    bench.begin(OTHER, &names(["global:author:7"])).await;
    for head in [b"#".as_slice(), b"#c", b"#l:", b"#t:global:"] {
        assert!(bench.walk(head).await.is_empty(), "{}", head.escape_ascii());
    }
}

async fn a_walk_over_nothing_ends(bench: Bench) {
    assert!(bench.walk(b"global:users:").await.is_empty());
    fill(&bench, &[KEY]).await;
    assert!(bench.walk(b"global:orders:").await.is_empty());
}

async fn a_walk_sees_what_stays_while_others_go(bench: Bench) {
    let key = |at: usize| format!("global:users:{at}").into_bytes().into_boxed_slice();
    for at in 0..100 {
        bench.load(&key(at), &[], b"body").await;
    }
    let (mut seen, mut cursor, mut gone) = (Vec::new(), 0, 0);
    loop {
        let page = bench.store.scan(b"global:users:", cursor, crate::bench::LIMIT).await.expect("the server is there");
        seen.extend(page.keys);
        if page.next == 0 {
            break;
        }
        cursor = page.next;
        // The first half goes, a few with every page.
        let going: Vec<_> = (gone..50.min(gone + 7)).map(key).collect();
        gone += going.len();
        bench.evict(invalidate_keys(&going)).await;
    }
    assert!((50..100).all(|at| seen.contains(&key(at))));
}

async fn a_walk_sees_keys_of_any_bytes(bench: Bench) {
    let every: Vec<u8> = (0..=255).collect();
    let key = [b"global:users:".as_slice(), &every].concat();
    fill(&bench, &[&key]).await;
    assert_eq!(bench.walk(b"global:users:").await, [key.clone().into_boxed_slice()]);
    assert_eq!(bench.walk(&key).await, [key.into_boxed_slice()]);
}
