//! `return` and `?` in a body pass through the policy on both levels.

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::level::on_every_level;
use crate::support::{Loads, within};

const ENTRY: &str = "global:_:item";

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    loads: Loads,
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

impl Node {
    #[cacheable("item", skip(text))]
    async fn get(&self, text: &str) -> Result<Option<u64>, String> {
        self.loads.next();
        if text == "nothing" {
            return Ok(None);
        }
        if text == "early" {
            return Ok(Some(1));
        }
        Ok(Some(number(text)?))
    }

    #[cache_put("item")]
    async fn put(&self, text: &str) -> Result<Option<u64>, String> {
        if text == "nothing" {
            return Ok(None);
        }
        if text == "early" {
            return Ok(Some(2));
        }
        Ok(Some(number(text)?))
    }

    #[cache_evict(key = "item")]
    async fn evict(&self, text: &str) -> Result<(), String> {
        if text == "early" {
            return Ok(());
        }
        number(text)?;
        Ok(())
    }
}

on_every_level! {
    async fn a_load_that_returns_early_is_stored_and_one_that_fails_is_not(level: Level) {
        let node = Node { cache: level.node_without_memory(), loads: Loads::default() };
        for text in ["x", "nothing"] {
            assert_ne!(within(node.get(text)).await, Ok(Some(1)));
            assert_eq!(level.bytes(ENTRY), None, "{text}");
            level.until_no_lease_is_left().await;
        }
        assert_eq!(within(node.get("early")).await, Ok(Some(1)));
        assert_eq!(within(node.get("x")).await, Ok(Some(1)), "it is stored");
    }

    async fn a_put_that_returns_early_is_stored_and_one_that_fails_changes_nothing(level: Level) {
        let node = Node { cache: level.node_without_memory(), loads: Loads::default() };
        assert_eq!(within(node.put("early")).await, Ok(Some(2)));
        assert_eq!(within(node.get("7")).await, Ok(Some(2)));
        within(node.put("x")).await.expect_err("it is no number");
        assert_eq!(within(node.get("7")).await, Ok(Some(2)));
        assert_eq!(within(node.put("nothing")).await, Ok(None));
        assert_eq!(within(node.get("7")).await, Ok(Some(7)));
    }

    async fn an_eviction_that_returns_early_is_done_and_one_that_fails_is_not(level: Level) {
        let node = Node { cache: level.node_without_memory(), loads: Loads::default() };
        within(node.get("1")).await.expect("it is a number");
        within(node.evict("x")).await.expect_err("it is no number");
        assert_eq!(within(node.get("2")).await, Ok(Some(1)));
        for text in ["early", "7"] {
            within(node.get("1")).await.expect("it is a number");
            within(node.evict(text)).await.expect("it succeeds");
            assert_eq!(level.bytes(ENTRY), None, "{text}");
        }
    }
}
