//! Values that the second level does not keep: too large, or nested too deep.

use std::time::Duration;

use cache_core::port::Stopwatch;
use larder::{Cache, HasCache, cache_put, cacheable};
use larder_test_support::Kind;
use serde::{Deserialize, Serialize};

use crate::bench::{Bench, cheap, eventually, fresh, on_every_server};
use crate::node::Node;
use crate::support::within;
use crate::trouble::Expected;

const LIMIT: usize = 1000;

/// As deep as it is told to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Deep(Vec<Deep>);

fn deep(levels: usize) -> Deep {
    (1..levels).fold(Deep(Vec::new()), |deep, _| Deep(vec![deep]))
}

#[derive(HasCache)]
struct Values {
    cache: Cache,
}

impl Values {
    #[cacheable("item:{id}", namespace = "items", skip(size))]
    async fn sized(&self, id: &str, size: usize) -> String {
        "x".repeat(size)
    }

    #[cacheable("deep:{id}", namespace = "items", skip(levels))]
    async fn deep(&self, id: &str, levels: usize) -> Deep {
        deep(levels)
    }

    #[cacheable("tagged:{id}", namespace = "items", tags = |count| (0..*count).collect::<Vec<_>>(), skip(count))]
    async fn tagged(&self, id: &str, count: usize) -> usize {
        count
    }

    #[cache_put("deep:{id}", namespace = "items")]
    async fn put_deep(&self, id: &str, levels: usize) -> Deep {
        deep(levels)
    }
}

fn node(bench: &Bench) -> (Node, Values) {
    let port = bench.server.port();
    let node = Node::new(bench.builder(port).budget(Duration::from_secs(10)).value_limit(LIMIT), port);
    let values = Values { cache: node.cache.clone() };
    (node, values)
}

on_every_server! {
    async fn a_value_over_the_limit_is_returned_and_not_stored(kind: Kind) {
        let bench = Bench::start(kind);
        let (node, values) = node(&bench);
        let node = bench.warm(node).await;
        let expected = Expected { counter: "too_large", beside: &[], says: "cache less of it, or raise the limit" };
        let (id, before) = (fresh("arg"), node.cache.stats());
        let lease = bench.full(&format!("#l:global:items:item:{id}"));
        for size in [LIMIT + 1, 10 * LIMIT, 1000 * LIMIT] {
            assert_eq!(cheap(values.sized(&id, size)).await.len(), size);
            assert!(!bench.has(&bench.entry(&id)), "it is not stored");
            eventually("the lease is given back", || !bench.has(&lease)).await;
        }
        let stats = node.cache.stats();
        assert_eq!((stats.unstored - before.unstored, stats.misses - before.misses), (3, 3), "nor kept in memory");
        assert_eq!(stats.trouble.too_large, 3);
        assert_eq!(cheap(values.sized(&id, LIMIT / 2)).await.len(), LIMIT / 2);
        assert!(bench.has(&bench.entry(&id)), "a smaller one is stored");
        let large = "x".repeat(2 * LIMIT);
        assert_eq!(cheap(node.put(&id, &large)).await, large);
        assert!(!bench.has(&bench.entry(&id)), "a put that stores nothing removes what was there");
        assert!(!bench.has(&lease));
        expected.is_counted(&before.trouble, &node);
        expected.is_said(&bench, &node);
        bench.recovers(&node).await;
    }

    /// It is not even looked into: whoever can write to the server decides how large it is.
    async fn an_entry_over_the_limit_of_its_reader_is_a_miss(kind: Kind) {
        let bench = Bench::start(kind);
        let (node, small) = node(&bench);
        let node = bench.warm(node).await;
        let builder = bench.builder(bench.server.port()).budget(Duration::from_secs(10)).l1_ttl(Duration::ZERO);
        let large = Values { cache: builder.build().expect("the settings are valid") };
        let (id, size) = (fresh("arg"), 3 << 20);
        assert_eq!(within(large.sized(&id, size)).await.len(), size);
        assert!(bench.has(&bench.entry(&id)), "it is stored");
        assert_eq!(within(small.sized(&id, LIMIT / 2)).await.len(), LIMIT / 2, "the method has run");
        assert_eq!(node.cache.stats().trouble.too_large, 1);
        assert_eq!(within(large.sized(&id, size)).await.len(), LIMIT / 2, "and what it returned is stored");
    }

    /// Each tag of an entry costs a read with every look-up of it.
    async fn a_value_with_too_many_tags_is_returned_and_not_stored(kind: Kind) {
        let bench = Bench::start(kind);
        let (node, values) = node(&bench);
        let node = bench.warm(node).await;
        let (id, before) = (fresh("arg"), node.cache.stats());
        for count in [1025, 5_000] {
            assert_eq!(within(values.tagged(&id, count)).await, count);
        }
        assert!(!bench.has(&bench.full(&format!("global:items:tagged:{id}"))));
        assert_eq!(node.cache.stats().trouble.too_large - before.trouble.too_large, 2);
        assert_eq!(within(values.tagged(&id, 1024)).await, 1024);
        assert!(bench.has(&bench.full(&format!("global:items:tagged:{id}"))), "so many are stored");
    }

    async fn a_value_that_is_nested_too_deep_is_returned_and_not_stored(kind: Kind) {
        let bench = Bench::start(kind);
        let (node, values) = node(&bench);
        let node = bench.warm(node).await;
        let expected = Expected { counter: "codec", beside: &[], says: "cache a flatter one" };
        let (id, before) = (fresh("arg"), node.cache.stats());
        let (name, lease) = (format!("global:items:deep:{id}"), format!("#l:global:items:deep:{id}"));
        let (name, lease) = (bench.full(&name), bench.full(&lease));
        for levels in [100, 500, 900] {
            assert_eq!(cheap(values.deep(&id, levels)).await, deep(levels));
            assert!(!bench.has(&name), "it is not stored");
            eventually("the lease is given back", || !bench.has(&lease)).await;
        }
        assert_eq!(node.cache.stats().trouble.codec, 3);
        assert_eq!(cheap(values.deep(&id, 20)).await, deep(20));
        assert!(bench.has(&name), "a flatter one is stored");
        assert_eq!(cheap(values.put_deep(&id, 100)).await, deep(100));
        assert!(!bench.has(&name), "a put that stores nothing removes what was there");
        expected.is_counted(&before.trouble, &node);
        expected.is_said(&bench, &node);
        bench.recovers(&node).await;
    }

    /// A value is written and read in no time that a caller would notice.
    async fn a_large_value_within_the_limit_is_shared(kind: Kind) {
        let bench = Bench::start(kind);
        let (node, other) = (bench.warm_patient_node().await, bench.warm_patient_node().await);
        let (a, b) = (Values { cache: node.cache.clone() }, Values { cache: other.cache.clone() });
        let (id, watch) = (fresh("arg"), Stopwatch::start());
        let size = 1024 * 1024;
        assert_eq!(within(a.sized(&id, size)).await.len(), size);
        assert_eq!(within(b.sized(&id, size)).await.len(), size);
        assert_eq!(other.cache.stats().remote_hits, 1, "{:?}: {:?}", watch.elapsed(), other.cache.stats());
    }
}
