//! Something under our names that is not ours, or not as it was: another type, altered bytes.

use futures::future::join;
use larder::{Cache, HasCache, Trouble, cacheable};
use larder_test_support::Kind;

use crate::bench::{Bench, cheap, eventually, fresh, on_every_server};
use crate::support::{Gate, within};
use crate::trouble::Expected;

const FOREIGN: Expected<'static> = Expected {
    counter: "foreign",
    beside: &[],
    says: "holds something of another type under our names: remove it, or take another prefix",
};
const CORRUPT: Expected<'static> = Expected {
    counter: "corrupt",
    beside: &["mismatched"],
    says: "an entry was not used, because its bytes were altered",
};

/// Where the server's header and the generation in it stand.
const GENERATION: std::ops::Range<usize> = 3..19;

/// Puts something of another type under a name.
fn replace_by_a_list(bench: &Bench, name: &str) {
    bench.told(&["DEL", name]);
    bench.told(&["LPUSH", name, "foreign"]);
}

/// An older build of the service.
#[derive(HasCache)]
struct OtherBuild {
    cache: Cache,
}

impl OtherBuild {
    #[cacheable("item:{id}", namespace = "items", tags = ["items", "item:{id}"])]
    async fn item(&self, id: &str) -> u64 {
        42
    }
}

on_every_server! {
    async fn an_entry_of_another_type_is_overwritten(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_patient_node().await;
        for gated in [false, true] {
            let (id, gate, before) = (fresh("arg"), Gate::closed(), node.cache.stats());
            let name = bench.entry(&id);
            if !gated {
                replace_by_a_list(&bench, &name);
                gate.open();
            }
            let replaced = async {
                gate.arrival().await;
                if gated {
                    replace_by_a_list(&bench, &name);
                    gate.open();
                }
            };
            let (value, ()) = cheap(join(node.gated(&id, &gate), replaced)).await;
            assert!(bench.bytes(&name).is_some(), "it is an entry again");
            assert_eq!(node.cache.stats().stored, before.stored + 1);
            let other = bench.other().await;
            assert_eq!(within(other.item(&id)).await, value);
        }
        let id = fresh("arg");
        replace_by_a_list(&bench, &bench.entry(&id));
        assert_eq!(cheap(node.evict(&id)).await, Ok(7));
        assert!(!bench.has(&bench.entry(&id)));
        replace_by_a_list(&bench, &bench.entry(&id));
        assert_eq!(cheap(node.put(&id, "value")).await, "value");
        assert!(bench.bytes(&bench.entry(&id)).is_some(), "it is an entry again");
        assert_eq!(node.cache.stats().trouble, Trouble::default(), "it heals");
    }

    async fn a_control_record_of_another_type_is_told_and_used_once_it_is_gone(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_patient_node().await;
        replace_by_a_list(&bench, &bench.full("#c"));
        FOREIGN.is_survived(&bench, &node).await;
        FOREIGN.is_told(&node).await;
        bench.told(&["DEL", &bench.full("#c")]);
        bench.recovers(&node).await;
    }

    async fn a_lease_of_another_type_is_told_and_heals_with_an_eviction(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_patient_node().await;
        let (id, before) = (fresh("arg"), node.cache.stats());
        replace_by_a_list(&bench, &bench.full(&format!("#l:global:items:item:{id}")));
        let value = cheap(node.item(&id)).await;
        assert!(!bench.has(&bench.entry(&id)));
        assert_eq!(cheap(node.item(&id)).await, value, "it is in memory for a moment");
        FOREIGN.is_counted(&before.trouble, &node);
        assert_eq!(cheap(node.put(&id, "value")).await, "value");
        node.loads_run().await;
        FOREIGN.is_said(&bench, &node);
        assert_eq!(cheap(node.evict(&id)).await, Ok(7));
        assert!(cheap(node.item(&id)).await.contains("value"));
        assert!(bench.has(&bench.entry(&id)), "it is stored");
        bench.recovers(&node).await;
    }

    async fn a_token_of_another_type_is_told_and_heals_with_an_eviction(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_patient_node().await;
        for way in ["items", "#items", "#"] {
            let (id, before) = (fresh("arg"), node.cache.stats());
            replace_by_a_list(&bench, &bench.full(&format!("#t:global:{way}")));
            assert!(cheap(node.item(&id)).await.contains("value"));
            assert!(!bench.has(&bench.entry(&id)));
            node.loads_run().await;
            node.memory_bridges().await;
            node.puts_run().await;
            FOREIGN.is_counted(&before.trouble, &node);
            match way {
                "items" => within(node.cache.invalidate_tags(["items"])).await.expect("it is removed"),
                "#items" => assert_eq!(cheap(node.evict_all()).await, 9),
                _ => within(node.cache.clear()).await.expect("it is removed"),
            }
            bench.recovers(&node).await;
        }
        FOREIGN.is_said(&bench, &node);
    }

    async fn altered_bytes_are_counted_misses_and_overwritten(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.warm_patient_node().await;
        let reader = bench.other().await;
        let (id, name) = { let id = fresh("arg"); (id.clone(), bench.entry(&id)) };
        within(node.item(&id)).await;
        let good = bench.bytes(&name).expect("it is stored");
        let mut altered = vec![
            b"garbage".to_vec(),
            Vec::new(),
            vec![0; 1024 * 1024],
            vec![0xff; 300],
            [&good[..], b"x"].concat(),
        ];
        altered.extend([1, 2, 3, 18, 66, 67, 75, 100, good.len() - 1].map(|length| good[..length].to_vec()));
        for at in (0..good.len()).filter(|at| !GENERATION.contains(at)).step_by(5).chain([good.len() - 1]) {
            let mut flipped = good.clone();
            flipped[at] ^= 1 << (at % 8);
            altered.push(flipped);
        }
        for bytes in altered {
            let before = reader.cache.stats();
            bench.server.command(&[&b"SET"[..], name.as_bytes(), &bytes]);
            let value = cheap(reader.item(&id)).await;
            let stats = reader.cache.stats();
            assert_eq!(stats.misses, before.misses + 1, "{} bytes", bytes.len());
            let counted = |trouble: Trouble| trouble.corrupt + trouble.mismatched;
            assert_eq!(counted(stats.trouble), counted(before.trouble) + 1, "{}", bytes[..bytes.len().min(90)].escape_ascii());
            assert_eq!(cheap(reader.item(&id)).await, value, "it was overwritten");
            assert_eq!(reader.cache.stats().remote_hits, stats.remote_hits + 1);
        }
        CORRUPT.is_counted(&Trouble::default(), &reader);
        CORRUPT.is_said(&bench, &reader);
        bench.recovers(&reader).await;
    }

    /// An entry of another history is no damage: the server may have lost its control record.
    async fn an_entry_of_another_history_is_a_miss_and_overwritten(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.other().await;
        let (id, before) = (fresh("arg"), node.cache.stats());
        within(node.item(&id)).await;
        let mut bytes = bench.bytes(&bench.entry(&id)).expect("it is stored");
        bytes[GENERATION.start] ^= 1;
        bench.server.command(&[&b"SET"[..], bench.entry(&id).as_bytes(), &bytes]);
        let value = cheap(node.item(&id)).await;
        assert_eq!(cheap(node.item(&id)).await, value);
        let stats = node.cache.stats();
        assert_eq!((stats.misses - before.misses, stats.remote_hits - before.remote_hits), (2, 1));
        assert_eq!(stats.trouble, Trouble::default());
    }

    /// Two builds of the program give one key values of different types: neither reads the other's bytes.
    async fn an_entry_of_another_type_of_value_is_a_counted_miss(kind: Kind) {
        let bench = Bench::start(kind);
        let (node, other) = (bench.other().await, bench.other().await);
        let old = OtherBuild { cache: other.cache.clone() };
        let (id, before) = (fresh("arg"), other.cache.stats().trouble);
        let value = within(node.item(&id)).await;
        assert_eq!(cheap(old.item(&id)).await, 42);
        assert_eq!(cheap(old.item(&id)).await, 42);
        let expected = Expected { counter: "mismatched", beside: &[], says: "a build with another shape of its type wrote it" };
        expected.is_counted(&before, &other);
        expected.is_said(&bench, &other);
        assert_eq!((other.cache.stats().misses, other.cache.stats().remote_hits), (1, 1), "it was overwritten");
        assert_ne!(cheap(node.item(&id)).await, value);
    }

    /// Control data that was altered invalidates, and is made anew.
    async fn altered_control_data_costs_misses_only(kind: Kind) {
        let bench = Bench::start(kind);
        let node = bench.other().await;
        for name in ["#c", "#t:global:items", "#t:global:#items", "#t:global:#"] {
            for bytes in [&b""[..], b"garbage", &[0; 32], &[0; 48], &[0xff; 32], &[0xff; 48]] {
                let id = fresh("arg");
                let old = within(node.item(&id)).await;
                bench.server.command(&[&b"SET"[..], bench.full(name).as_bytes(), bytes]);
                let new = cheap(node.item(&id)).await;
                assert_ne!(new, old, "{name} {bytes:?}");
                assert_eq!(cheap(node.item(&id)).await, new, "it is stored");
            }
        }
        let id = fresh("arg");
        for bytes in [&b""[..], b"garbage", &[0xff; 49]] {
            let lease = bench.full(&format!("#l:global:items:item:{id}"));
            bench.server.command(&[&b"SET"[..], lease.as_bytes(), bytes]);
            assert_eq!(cheap(node.evict(&id)).await, Ok(7));
            bench.server.command(&[&b"SET"[..], lease.as_bytes(), bytes]);
            assert!(cheap(node.item(&id)).await.contains("value"));
            eventually("it is stored", || bench.has(&bench.entry(&id))).await;
        }
        assert_eq!(node.cache.stats().trouble, Trouble::default());
    }
}
