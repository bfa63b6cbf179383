//! Entries that another version of the program wrote: a counted miss, and then overwritten.

use larder::{Cache, HasCache, cacheable};
use serde::{Deserialize, Serialize};

use crate::level::on_every_level;
use crate::support::{Loads, within};

const ENTRY: &str = "global:_:user";

/// What stands for two builds: the same key, and types of different shapes.
mod earlier {
    use super::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct User {
        pub(super) id: u64,
    }
}

mod later {
    use super::{Deserialize, Serialize};

    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    pub(super) struct User {
        pub(super) id: u64,
        pub(super) name: Option<String>,
    }
}

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    loads: Loads,
}

impl Node {
    fn new(cache: Cache) -> Self {
        Self { cache, loads: Loads::default() }
    }

    #[cacheable("user")]
    async fn earlier(&self) -> earlier::User {
        earlier::User { id: self.loads.next() }
    }

    #[cacheable("user")]
    async fn later(&self) -> later::User {
        later::User { id: self.loads.next(), name: None }
    }
}

on_every_level! {
    async fn an_entry_of_another_format_is_a_counted_miss_and_overwritten(level: Level) {
        let [a, b] = [level.node(), level.node_without_memory()].map(Node::new);
        within(a.later()).await;
        let ours = level.bytes(ENTRY).expect("it is stored");
        // The format, and the codec with the compression.
        for (at, counted) in [(1, 1), (2, 2)] {
            let mut theirs = ours.clone();
            theirs[at] ^= 0x12;
            level.overwrite(ENTRY, &theirs);
            let loads = b.loads.count();
            within(b.later()).await;
            assert_eq!(b.loads.count(), loads + 1, "byte {at} is of another format");
            assert_eq!(b.cache.stats().trouble.mismatched, counted);
            within(b.later()).await;
            assert_eq!(b.loads.count(), loads + 1, "byte {at}: it is overwritten");
        }
        assert_eq!(b.cache.stats().trouble.corrupt, 0);
    }

    async fn an_entry_of_another_shape_is_a_counted_miss_and_overwritten(level: Level) {
        let [a, b] = [level.node_without_memory(), level.node_without_memory()].map(Node::new);
        for round in 1..4 {
            within(a.earlier()).await;
            assert_eq!(a.loads.count(), round);
            within(b.later()).await;
            assert_eq!(b.loads.count(), round, "what the other build wrote is not read");
            assert_eq!(b.cache.stats().trouble.mismatched, round);
            within(b.later()).await;
            assert_eq!(b.loads.count(), round, "it is overwritten");
        }
        assert_eq!(a.cache.stats().trouble.mismatched, 2, "the way back is the same");
    }
}
