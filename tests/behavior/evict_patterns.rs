//! `#[cache_evict(pattern = ..)]`: globs over keys, in which a value matches only itself.

use larder::{Cache, HasCache, cache_evict, cacheable};

use crate::support::Loads;

const HOSTILE: [&str; 14] = ["*", "?", "[ab]", "\\", "{a}", ":", ",", "%", "#", " ", "\n", "", "ä", "users"];

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    #[cacheable("{name}:{page}", namespace = "pages")]
    async fn page(&self, name: &str, page: u32) -> u64 {
        self.loads.next()
    }

    #[cacheable("{name}:{page}", namespace = "pagesAbc")]
    async fn neighbour(&self, name: &str, page: u32) -> u64 {
        self.loads.next()
    }

    #[cacheable("{name}:{page}")]
    async fn without_namespace(&self, name: &str, page: u32) -> u64 {
        self.loads.next()
    }

    #[cacheable("{a}-{b}", namespace = "pages")]
    async fn joined(&self, a: &str, b: &str) -> u64 {
        self.loads.next()
    }

    #[cache_evict(pattern = "{name}:*", namespace = "pages")]
    async fn evict_pages_of(&self, name: &str) {}

    #[cache_evict(pattern = "{a}-*", namespace = "pages")]
    async fn evict_joined(&self, a: &str) {}

    #[cache_evict(pattern = "a[0-2]?:1", namespace = "pages")]
    async fn evict_by_glob(&self) {}

    #[cache_evict(pattern = "*:1", namespace = "pages")]
    async fn evict_first_pages(&self) {}

    #[cache_evict(pattern = "x:*")]
    async fn evict_without_namespace(&self) {}

    /// Whether a page has to be loaded anew.
    async fn is_gone(&self, name: &str, page: u32) -> bool {
        let before = self.loads.count();
        self.page(name, page).await > before
    }
}

#[tokio::test]
async fn a_pattern_evicts_every_key_that_matches() {
    let service = Service::new();
    for page in 1..4 {
        service.page("a", page).await;
    }
    service.page("b", 1).await;
    service.evict_pages_of("a").await;
    for page in 1..4 {
        assert!(service.is_gone("a", page).await);
    }
    assert!(!service.is_gone("b", 1).await);
}

#[tokio::test]
async fn a_pattern_has_stars_question_marks_and_classes() {
    let service = Service::new();
    for name in ["a0x", "a2y", "a3x", "a0", "a0xx"] {
        service.page(name, 1).await;
    }
    service.evict_by_glob().await;
    for (name, expected) in [("a0x", true), ("a2y", true), ("a3x", false), ("a0", false), ("a0xx", false)] {
        assert_eq!(service.is_gone(name, 1).await, expected, "{name}");
    }
}

#[tokio::test]
async fn a_value_in_a_pattern_matches_only_itself() {
    for evicted in HOSTILE {
        let service = Service::new();
        for name in HOSTILE {
            service.page(name, 1).await;
            service.page(&format!("{name}{name}x"), 1).await;
        }
        service.evict_pages_of(evicted).await;
        for name in HOSTILE {
            assert_eq!(service.is_gone(name, 1).await, name == evicted, "{name:?} when {evicted:?} was evicted");
            assert!(!service.is_gone(&format!("{name}{name}x"), 1).await, "{name:?} when {evicted:?} was evicted");
        }
    }
}

#[tokio::test]
async fn a_star_in_a_pattern_reaches_hostile_values_too() {
    let service = Service::new();
    for name in HOSTILE {
        service.page(name, 1).await;
        service.page(name, 2).await;
    }
    service.evict_first_pages().await;
    for name in HOSTILE {
        assert!(service.is_gone(name, 1).await, "{name:?}");
        assert!(!service.is_gone(name, 2).await, "{name:?}");
    }
}

#[tokio::test]
async fn a_value_that_holds_the_literal_behind_it_is_found() {
    let service = Service::new();
    let load = service.joined("x-y", "z").await;
    service.evict_joined("x-y").await;
    assert!(service.joined("x-y", "z").await > load);
}

#[tokio::test]
async fn a_pattern_does_not_leave_its_namespace() {
    let service = Service::new();
    let (neighbour, without) = (service.neighbour("a", 1).await, service.without_namespace("a", 1).await);
    service.page("a", 1).await;
    service.evict_pages_of("a").await;
    assert!(service.is_gone("a", 1).await);
    assert_eq!(service.neighbour("a", 1).await, neighbour);
    assert_eq!(service.without_namespace("a", 1).await, without);
}

#[tokio::test]
async fn a_pattern_without_a_namespace_reaches_keys_that_have_none() {
    let service = Service::new();
    let (without, page) = (service.without_namespace("x", 1).await, service.page("x", 1).await);
    service.evict_without_namespace().await;
    assert!(service.without_namespace("x", 1).await > without);
    assert_eq!(service.page("x", 1).await, page);
}

#[tokio::test]
async fn a_pattern_finds_the_head_of_a_key_that_was_too_long_to_keep() {
    let service = Service::new();
    let (long, other) = ("k".repeat(300), "o".repeat(300));
    service.page(&long, 1).await;
    service.page(&other, 1).await;
    service.evict_pages_of(&long).await;
    assert!(service.is_gone(&long, 1).await);
    assert!(!service.is_gone(&other, 1).await);
}
