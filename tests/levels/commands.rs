//! What a server is told: no command that looks at every key at once, and no script whose work grows with the data.

use std::sync::Arc;

use crate::level::on_every_server;
use crate::nodes::{Evict, Node};
use crate::watch::Watch;

/// Commands whose cost is that of all keys, or of a whole collection; and those that walk, in a script.
const UNBOUNDED: [&str; 8] = ["KEYS", "FLUSHDB", "FLUSHALL", "SORT", "SMEMBERS", "HGETALL", "LRANGE", "ZRANGE"];

fn name(line: &str) -> String {
    line.split('"').nth(1).unwrap_or_default().to_uppercase()
}

fn is_of_a_script(line: &str) -> bool {
    line.contains(" lua]")
}

/// How many commands a script runs at most for what was done since the last look.
async fn longest_script(watch: &Watch) -> usize {
    let (mut longest, mut runs) = (0, 0);
    for line in watch.commands().await {
        let name = name(&line);
        assert!(!UNBOUNDED.contains(&&*name), "{line}");
        assert!(!(is_of_a_script(&line) && name == "SCAN"), "{line}");
        runs = if is_of_a_script(&line) { runs + 1 } else { 0 };
        longest = longest.max(runs);
    }
    longest
}

async fn everything(node: &Arc<Node>) {
    for kind in Evict::EACH {
        node.loads(7).await;
        node.evict(kind, 7).await;
    }
}

on_every_server! {
    async fn no_command_looks_at_every_key_at_once(level: Level) {
        let (_, a, _) = Node::two_without_memory(&level);
        let watch = level.watch();
        everything(&a).await;
        assert!(longest_script(&watch).await > 0, "scripts are seen");
    }

    async fn no_script_does_more_where_there_are_more_entries(level: Level) {
        let (_, a, _) = Node::two_without_memory(&level);
        let watch = level.watch();
        // The first time there is no control record yet.
        everything(&a).await;
        watch.forget().await;
        everything(&a).await;
        let with_few = longest_script(&watch).await;
        for id in 1000..1300 {
            a.loads(id).await;
        }
        watch.forget().await;
        everything(&a).await;
        assert_eq!(longest_script(&watch).await, with_few);
    }
}
