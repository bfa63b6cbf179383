//! Operations on many: each is answered by itself, in the order in which they were asked.

use cache_core::port::{Acquire, Acquired, Fill, Filled, Kind, Read, Release};

use crate::bench::{Bench, LIMIT};
use crate::record::{self, HEADER};
use crate::steps::{KEY, LEASE, OTHER, TTL, granted, invalidate_keys, names, new_id, sealed};

crate::conformance! {
    many_reads_see_what_each_alone_would
    many_reads_of_one_entry_see_the_same
    more_reads_than_one_command_takes_are_answered
    no_reads_have_no_answers
    many_leases_are_granted_each_by_itself
    many_loads_are_stored_each_by_itself
    many_leases_are_given_back_but_nobody_elses
}

fn key(number: usize) -> Vec<u8> {
    format!("global:users:{number}").into_bytes()
}

async fn read(bench: &Bench, reads: &[Read<'_>]) -> Vec<Option<Vec<u8>>> {
    let answers = bench.store.read_many(reads, LIMIT).await.into_iter();
    answers.map(|answer| record::servable(&answer.expect("the server is there"))).collect()
}

fn load<'a>(key: &'a [u8], tokens: &'a [Box<[u8]>], id: [u8; 16], seen: &'a [u8]) -> Acquire<'a> {
    Acquire { at: Read { key, tokens }, id, kind: Kind::Load, lease: LEASE, ttl: Some(TTL), seen }
}

async fn many_reads_see_what_each_alone_would(bench: Bench) {
    let (common, own) = (names(["global:#users"]), names(["global:#users", "global:author:7"]));
    bench.load(KEY, &common, b"one").await;
    bench.load(OTHER, &own, b"two").await;
    let reads = [
        Read { key: OTHER, tokens: &own },
        Read { key: b"global:users:none", tokens: &common },
        Read { key: KEY, tokens: &common },
        Read { key: KEY, tokens: &own },
        Read { key: KEY, tokens: &names(["global:missing"]) },
    ];
    let (one, two) = (Some(b"one".to_vec()), Some(b"two".to_vec()));
    assert_eq!(read(&bench, &reads).await, [two, None, one.clone(), one, None]);
    let answers = bench.store.read_many(&reads, LIMIT).await;
    for (read, answer) in reads.iter().zip(answers) {
        let (alone, among) = (bench.read(read.key, read.tokens).await, answer.expect("the server is there"));
        assert_eq!((alone.entry, alone.control, alone.tokens), (among.entry, among.control, among.tokens));
    }
}

async fn many_reads_of_one_entry_see_the_same(bench: Bench) {
    bench.load(KEY, &[], b"one").await;
    let reads = [Read { key: KEY, tokens: &[] }; 3];
    let one = Some(b"one".to_vec());
    assert_eq!(read(&bench, &reads).await, [one.clone(), one.clone(), one]);
}

async fn more_reads_than_one_command_takes_are_answered(bench: Bench) {
    let (keys, tokens) = ((0..300).map(key).collect::<Vec<_>>(), names(["global:#users"]));
    for number in [0, 127, 128, 299] {
        bench.load(&keys[number], &tokens, &keys[number]).await;
    }
    let reads: Vec<_> = keys.iter().map(|key| Read { key, tokens: &tokens }).collect();
    let found = read(&bench, &reads).await;
    assert_eq!(found.len(), 300);
    for (number, found) in found.into_iter().enumerate() {
        assert_eq!(found, [0, 127, 128, 299].contains(&number).then(|| key(number)), "{number}");
    }
}

async fn no_reads_have_no_answers(bench: Bench) {
    assert_eq!(read(&bench, &[]).await.len(), 0);
    assert_eq!(bench.store.acquire_many(&[], LIMIT).await.len(), 0);
    assert_eq!(bench.store.fill_many(&[], LIMIT).await.len(), 0);
    bench.store.release_many(&[], LIMIT).await.expect("nothing is asked");
    assert!(bench.names().is_empty());
}

async fn many_leases_are_granted_each_by_itself(bench: Bench) {
    let tokens = names(["global:#users"]);
    let (stored, taken, free) = (key(1), key(2), key(3));
    bench.load(&stored, &tokens, b"body").await;
    bench.begin(&taken, &tokens).await;
    let entry = bench.get(&bench.entry(&stored)).expect("it was stored");
    let ids = [new_id(), new_id(), new_id(), new_id()];
    let acquires = [
        load(&free, &tokens, ids[0], b""),
        load(&taken, &tokens, ids[1], b""),
        load(&stored, &tokens, ids[2], b""),
        load(&stored, &tokens, ids[3], &entry[..HEADER]),
    ];
    let answers = bench.store.acquire_many(&acquires, LIMIT).await.into_iter();
    let answers: Vec<_> = answers.map(|answer| answer.expect("the server is there")).collect();
    assert_eq!(granted(answers[0]).id, ids[0]);
    assert!(matches!(answers[1], Acquired::Busy(_, Kind::Load)), "{:?}", answers[1]);
    assert_eq!(answers[2], Acquired::Changed);
    assert_eq!(granted(answers[3]).id, ids[3]);
}

async fn many_loads_are_stored_each_by_itself(bench: Bench) {
    let tokens = names(["global:#users"]);
    let keys: Vec<_> = (0..200).map(key).collect();
    let acquires: Vec<_> = keys.iter().map(|key| load(key, &tokens, new_id(), b"")).collect();
    let leases = bench.store.acquire_many(&acquires, LIMIT).await.into_iter();
    let leases: Vec<_> = leases.map(|lease| granted(lease.expect("the server is there"))).collect();
    bench.evict(invalidate_keys(&[Box::from(&*keys[150])])).await;
    let bodies: Vec<_> = keys.iter().map(|key| sealed(key)).collect();
    let fills = keys.iter().zip(&leases).zip(&bodies).map(|((key, lease), entry)| {
        let at = Read { key, tokens: &tokens };
        Fill { at, lease, minted_by: &[], entry, ttl: Some(TTL), message: None }
    });
    let answers = bench.store.fill_many(&fills.collect::<Vec<_>>(), LIMIT).await.into_iter();
    for (number, answer) in answers.enumerate() {
        let is_stored = matches!(answer.expect("the server is there"), Filled::Stored(_));
        assert_eq!(is_stored, number != 150, "what was invalidated is refused, and nothing else: {number}");
    }
    let reads: Vec<_> = keys.iter().map(|key| Read { key, tokens: &tokens }).collect();
    for (number, found) in read(&bench, &reads).await.into_iter().enumerate() {
        assert_eq!(found, (number != 150).then(|| key(number)));
    }
}

async fn many_leases_are_given_back_but_nobody_elses(bench: Bench) {
    let keys: Vec<_> = (0..150).map(key).collect();
    let mut leases = Vec::new();
    for key in &keys {
        leases.push(bench.begin(key, &[]).await);
    }
    let foreign = new_id();
    let id = |number: usize| if number == 140 { &foreign } else { &leases[number].id };
    let releases: Vec<_> = (0..150).map(|number| Release { key: &keys[number], id: id(number) }).collect();
    bench.store.release_many(&releases, LIMIT).await.expect("the server is there");
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(bench.has(&bench.lease(key)), number == 140, "{number}");
    }
}
