//! Keys on the server: whatever characters an argument has, it reaches its own entry and no other.

use std::sync::Arc;

use larder::{Cache, HasCache, cache_evict, cacheable};

use crate::level::{Level, on_every_level};
use crate::support::{Loads, within};

/// Arguments that mean something to a glob, to a separator, to a hash tag, to a text or to a size.
fn hostile() -> Vec<String> {
    let mut texts: Vec<String> =
        ["", "*", "?", "[ab]", "[", "]", "\\", "\\*", "{", "}", "{a}", ":", "a:b", "%", "%2A", "%3A"]
            .map(String::from)
            .to_vec();
    texts.extend(
        [
            "a", "b", "ab", " ", "a b", "\0", "a\0", "\r\n", "ü", "u\u{308}", "日本", "🦀", "#", "#c", "#t:x", "^-",
            "a-b",
        ]
        .map(String::from),
    );
    texts.extend(["x".repeat(199), "x".repeat(300), "x".repeat(301), format!("{}*", "x".repeat(300)), "*".repeat(300)]);
    texts
}

#[derive(Debug, HasCache)]
struct Node {
    cache: Cache,
    loads: Arc<Loads>,
}

impl Node {
    fn two(level: &Level) -> [Self; 2] {
        Self::on([level.node_without_memory(), level.node_without_memory()])
    }

    fn on(caches: [Cache; 2]) -> [Self; 2] {
        let loads = Arc::new(Loads::default());
        caches.map(|cache| Self { cache, loads: Arc::clone(&loads) })
    }

    #[cacheable("item:{text}", namespace = "users", tags = ["tag:{text}"])]
    async fn get(&self, text: &str) -> u64 {
        let _ = text;
        self.loads.next()
    }

    #[cacheable("item:{text}", namespace = "usersAbc")]
    async fn get_of_a_longer_namespace(&self, text: &str) -> u64 {
        let _ = text;
        self.loads.next()
    }

    #[cacheable("item:{text}", namespace = "users/admins")]
    async fn get_of_a_lower_namespace(&self, text: &str) -> u64 {
        let _ = text;
        self.loads.next()
    }

    #[cacheable("items:{text}", namespace = "users")]
    async fn get_of_a_longer_key(&self, text: &str) -> u64 {
        let _ = text;
        self.loads.next()
    }

    #[cacheable("item:{text}", namespace = "users")]
    async fn get_text(&self, text: &str) -> String {
        format!("{text} {}", self.loads.next())
    }

    #[cache_evict(key = "item:{text}", namespace = "users")]
    async fn evict(&self, text: &str) {}

    #[cache_evict(tags = ["tag:{text}"])]
    async fn evict_tag(&self, text: &str) {}

    #[cache_evict(namespace = "users", pattern = "item:{text}")]
    async fn evict_pattern(&self, text: &str) {}

    #[cache_evict(namespace = "users", pattern = "item:*")]
    async fn evict_items(&self) {}

    #[cache_evict(namespace = "users", all)]
    async fn evict_all(&self) {}
}

/// Each text's entry is evicted alone; a pattern may take others of those along whose keys are hashed.
async fn evicted_alone(level: &Level, hashed_may_go_along: bool, evict: impl AsyncFn(&Node, &str)) {
    let ([a, b], texts) = (Node::two(level), hostile());
    let mut expected = Vec::new();
    for text in &texts {
        expected.push(within(a.get(text)).await);
    }
    for text in &texts {
        within(evict(&b, text)).await;
        for (other, load) in texts.iter().zip(&mut expected) {
            let now = within(a.get(other)).await;
            let may_go = other == text || hashed_may_go_along && text.len() > 150 && other.len() > 150;
            assert!(now == *load || may_go, "{other:?} was reached by {text:?}");
            assert!(now > *load || other != text, "{text:?} was not reached");
            *load = now;
        }
    }
}

on_every_level! {
    async fn every_argument_has_an_entry_of_its_own(level: Level) {
        let ([a, b], texts) = (Node::two(&level), hostile());
        for (text, load) in texts.iter().zip(1..) {
            assert_eq!(within(a.get(text)).await, load, "{text:?}");
        }
        for (text, load) in texts.iter().zip(1..) {
            assert_eq!(within(b.get(text)).await, load, "{text:?}");
        }
    }

    async fn every_argument_is_evicted_alone_by_key(level: Level) {
        evicted_alone(&level, false, async |node, text| node.evict(text).await).await;
    }

    async fn every_argument_is_evicted_alone_by_tag(level: Level) {
        evicted_alone(&level, false, async |node, text| node.evict_tag(text).await).await;
    }

    async fn every_argument_is_evicted_alone_by_a_pattern_with_its_value(level: Level) {
        evicted_alone(&level, true, async |node, text| node.evict_pattern(text).await).await;
    }

    async fn a_pattern_with_a_wildcard_reaches_every_argument(level: Level) {
        let ([a, b], texts) = (Node::two(&level), hostile());
        for text in &texts {
            within(a.get(text)).await;
        }
        let before = a.loads.count();
        within(b.evict_items()).await;
        for text in &texts {
            assert!(within(a.get(text)).await > before, "{text:?}");
        }
    }

    async fn nothing_of_a_namespace_reaches_one_whose_name_is_longer(level: Level) {
        let [a, b] = Node::two(&level);
        let load = within(a.get_of_a_longer_namespace("x")).await;
        let longer_key = within(a.get_of_a_longer_key("x")).await;
        within(b.evict("x")).await;
        within(b.evict_items()).await;
        assert_eq!(within(a.get_of_a_longer_key("x")).await, longer_key);
        within(b.evict_all()).await;
        assert_eq!(within(a.get_of_a_longer_namespace("x")).await, load);
        assert!(within(a.get_of_a_longer_key("x")).await > longer_key);
    }

    async fn a_namespace_takes_those_below_it_along(level: Level) {
        let [a, b] = Node::two(&level);
        let load = within(a.get_of_a_lower_namespace("x")).await;
        within(b.evict_items()).await;
        assert_eq!(within(a.get_of_a_lower_namespace("x")).await, load, "a pattern is of one namespace");
        within(b.evict_all()).await;
        assert!(within(a.get_of_a_lower_namespace("x")).await > load);
    }

    async fn caches_with_different_names_on_one_server_never_meet(level: Level) {
        let (one, other) = (level.named("shop"), level.named("shop2"));
        let [a, b] = Node::on([one, other]);
        assert_eq!(within(a.get("x")).await, 1);
        assert_eq!(within(b.get("x")).await, 2);
        for evict in 0..5 {
            within(async {
                match evict {
                    0 => b.evict("x").await,
                    1 => b.evict_tag("x").await,
                    2 => b.evict_items().await,
                    3 => b.evict_all().await,
                    _ => b.cache.clear().await.expect("the server is there"),
                }
            })
            .await;
            assert_eq!(within(a.get("x")).await, 1, "{evict}");
            assert_eq!(within(b.get("x")).await, 3 + evict);
        }
    }

    async fn two_functions_with_equal_arguments_share_an_entry_only_where_they_share_a_key(level: Level) {
        let [a, b] = Node::two(&level);
        let load = within(a.get("x")).await;
        assert_ne!(within(b.get_of_a_longer_key("x")).await, load);
        assert_ne!(within(b.get_of_a_longer_namespace("x")).await, load);
        assert_eq!(within(b.get("x")).await, load);
    }

    async fn two_types_under_one_key_never_give_each_other_values(level: Level) {
        let [a, b] = Node::two(&level);
        for round in 0..3 {
            let number = within(a.get("x")).await;
            assert_eq!(number, 2 * round + 1);
            let text = within(b.get_text("x")).await;
            assert_eq!(text, format!("x {}", number + 1));
            assert_eq!(within(a.get_text("x")).await, text, "the last one stored is found again");
        }
        assert!(a.cache.stats().trouble.mismatched > 0);
    }
}
