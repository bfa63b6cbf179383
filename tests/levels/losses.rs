//! Names that are lost, and bytes that are altered: never an old value, at most a miss.

use std::sync::Arc;

use crate::level::{Level, on_every_level};
use crate::nodes::{Evict, Node, begin, end, entry};
use crate::support::within;

/// What may happen to a name.
#[derive(Debug, Clone, Copy)]
enum Harm {
    Lost,
    Garbage,
    Empty,
    Truncated,
    Flipped,
    /// The bytes of another name of its kind.
    Anothers,
}

const HARMS: [Harm; 6] = [Harm::Lost, Harm::Garbage, Harm::Empty, Harm::Truncated, Harm::Flipped, Harm::Anothers];

fn harm(level: &Level, name: &str, harm: Harm) {
    let there = level.bytes(name);
    let Some(bytes) = there else { return };
    match harm {
        Harm::Lost => level.lose(name),
        Harm::Garbage => {
            level.overwrite(name, b"none of ours, and longer than any record is: 0123456789abcdefghijklmn");
        }
        Harm::Empty => level.overwrite(name, b""),
        Harm::Truncated => level.overwrite(name, &bytes[..bytes.len() / 2]),
        Harm::Flipped => {
            let mut flipped = bytes;
            let at = flipped.len() - 3;
            flipped[at] ^= 0x10;
            level.overwrite(name, &flipped);
        }
        Harm::Anothers => {
            let kind = |name: &str| name.get(..2).filter(|head| head.starts_with('#')).unwrap_or("").to_owned();
            let mut others = level.names().into_iter().filter(|other| other != name && kind(other) == kind(name));
            if let Some(bytes) = others.find_map(|other| level.bytes(&other)) {
                level.overwrite(name, &bytes);
            }
        }
    }
}

/// Every name that a load of an item leaves, or holds while it runs.
async fn every_name(level: &Level, node: &Arc<Node>) -> Vec<String> {
    let load = begin(Arc::clone(node).slow(7));
    node.source.gate.arrival().await;
    let mut names = level.names();
    node.source.gate.let_through(1);
    end(load).await;
    names.extend(level.names());
    names.sort_unstable();
    names.dedup();
    let wanted = ["#c", "#l:global:items:item:7", "#t:global:#", "#t:global:#items", "#t:global:item-7"];
    for name in wanted.into_iter().chain([&*entry(7)]) {
        assert!(names.iter().any(|there| there == name), "{name} should be among {names:?}");
    }
    names
}

/// A call is given what was there when it began, or later; and what it stored is found again in the end.
async fn heals(a: &Arc<Node>, b: &Arc<Node>, what: &str) {
    let version = a.source.version();
    for node in [a, b, a, b] {
        assert_eq!(within(node.get(7)).await, version, "{what}");
    }
    assert_eq!(b.loads(7).await, (false, version), "{what}: it is stored again");
}

on_every_level! {
    async fn harm_to_any_name_between_a_load_and_an_eviction_brings_nothing_old_back(level: Level) {
        let (source, a, b) = Node::two_without_memory(&level);
        b.loads(8).await;
        let names = every_name(&level, &a).await;
        for name in &names {
            for kind in HARMS {
                let what = format!("{name} {kind:?}");
                a.loads(7).await;
                harm(&level, name, kind);
                source.write();
                b.evict(Evict::Tag, 7).await;
                heals(&a, &b, &what).await;
            }
        }
    }

    async fn harm_to_any_name_after_an_eviction_brings_nothing_old_back(level: Level) {
        let (source, a, b) = Node::two_without_memory(&level);
        b.loads(8).await;
        let names = every_name(&level, &a).await;
        for name in &names {
            for kind in HARMS {
                let what = format!("{name} {kind:?}");
                a.loads(7).await;
                source.write();
                b.evict(Evict::Tag, 7).await;
                harm(&level, name, kind);
                heals(&a, &b, &what).await;
            }
        }
    }

    async fn harm_to_any_name_during_a_load_brings_nothing_old_back(level: Level) {
        let (source, a, b) = Node::two_without_memory(&level);
        b.loads(8).await;
        let names = every_name(&level, &a).await;
        for name in &names {
            for kind in HARMS {
                for evicts_first in [true, false] {
                    let what = format!("{name} {kind:?} {evicts_first}");
                    a.evict(Evict::Key, 7).await;
                    let load = begin(Arc::clone(&a).slow(7));
                    source.gate.arrival().await;
                    source.write();
                    if evicts_first {
                        b.evict(Evict::Tag, 7).await;
                    }
                    harm(&level, name, kind);
                    if !evicts_first {
                        b.evict(Evict::Tag, 7).await;
                    }
                    source.gate.let_through(1);
                    end(load).await;
                    heals(&a, &b, &what).await;
                }
            }
        }
    }

    async fn everything_lost_at_any_moment_brings_nothing_old_back(level: Level) {
        let (source, a, b) = Node::two_without_memory(&level);
        let lose_everything = || level.names().iter().for_each(|name| level.lose(name));
        a.loads(7).await;
        lose_everything();
        heals(&a, &b, "after a load").await;
        b.evict(Evict::Key, 7).await;
        let load = begin(Arc::clone(&a).slow(7));
        source.gate.arrival().await;
        source.write();
        b.evict(Evict::Tag, 7).await;
        lose_everything();
        source.gate.let_through(1);
        end(load).await;
        heals(&a, &b, "during a load").await;
    }

    async fn an_entry_that_survives_the_loss_of_the_control_record_is_not_served(level: Level) {
        let (source, a, b) = Node::two_without_memory(&level);
        a.loads(7).await;
        source.write();
        b.evict(Evict::Clear, 7).await;
        level.lose("#c");
        b.loads(8).await;
        assert_eq!(a.loads(7).await, (true, source.version()));
    }

    async fn an_entry_under_anothers_name_is_a_counted_miss(level: Level) {
        let (_, a, b) = Node::two_without_memory(&level);
        a.loads(7).await;
        a.source.write();
        a.loads(8).await;
        let (seven, eight) = (level.bytes(&entry(7)), level.bytes(&entry(8)));
        level.overwrite(&entry(7), &eight.expect("it is stored"));
        level.overwrite(&entry(8), &seven.expect("it is stored"));
        assert_eq!(b.loads(7).await, (true, 2));
        assert_eq!(b.loads(8).await, (true, 2));
        // Their tags may be found missing before their keys are looked at; either way it is seen.
        heals(&a, &b, "swapped entries").await;
    }

    async fn bytes_that_are_no_entry_are_a_counted_miss(level: Level) {
        let (source, a, b) = Node::two_without_memory(&level);
        a.loads(7).await;
        let whole = level.bytes(&entry(7)).expect("it is stored");
        let mut counted = 0;
        for at in 0..whole.len() {
            let mut altered = whole.clone();
            altered[at] ^= 1;
            level.overwrite(&entry(7), &altered);
            assert_eq!(b.loads(7).await, (true, source.version()), "byte {at}");
            counted += 1;
        }
        let trouble = b.cache.stats().trouble;
        // An altered generation is another history's entry, which is an ordinary miss.
        assert!(trouble.corrupt + trouble.mismatched >= counted - 16, "{trouble:?}");
    }
}
