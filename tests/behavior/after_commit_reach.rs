//! What `timing = after_commit` reaches: whatever names entries, each name once, and bounded.

use larder::{Cache, CommitScope, HasCache, cache_evict, cacheable, caching};

use crate::support::Loads;

#[derive(HasCache)]
struct Selectors {
    #[cache]
    cache: Cache,
    other: Cache,
    loads: Loads,
}

impl Selectors {
    #[cacheable("a:{id}", namespace = "space/a", tags = ["tag-{id}", across_tenants("all")])]
    async fn a(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable(namespace = "space/b", cache = self.other)]
    async fn b(&self, id: u64) -> u64 {
        self.loads.next()
    }

    /// Which of them are in the caches.
    async fn have(&self, ids: [u64; 3]) -> [bool; 6] {
        let mut have = [false; 6];
        for (at, id) in ids.into_iter().enumerate() {
            let before = self.loads.count();
            self.a(id).await;
            have[at] = self.loads.count() == before;
            let before = self.loads.count();
            self.b(id).await;
            have[3 + at] = self.loads.count() == before;
        }
        have
    }

    #[cache_evict(keys = ids.iter().map(|id| format!("a:{id}")), namespace = "space/a", timing = after_commit)]
    async fn keys(&self, ids: &[u64]) {}

    #[cache_evict(tags = ["tag-{id}", "tag-{result}"], timing = after_commit)]
    async fn tags(&self, id: u64) -> u64 {
        id + 1
    }

    #[cache_evict(tags = [across_tenants("all")], timing = after_commit)]
    async fn across(&self) {}

    #[cache_evict(tags = |count| (0..*count).map(|id| format!("many-{id}")), timing = after_commit)]
    async fn many_tags(&self, count: u64) -> u64 {
        count
    }

    #[cache_evict(pattern = "a:{id}*", namespace = "space/a", timing = after_commit)]
    async fn pattern(&self, id: u64) {}

    #[cache_evict(all, namespace = "space", timing = after_commit)]
    async fn all(&self) {}

    #[cache_evict(all, across_tenants, namespace = "space/b", cache = self.other, timing = after_commit)]
    async fn all_across(&self) {}

    #[cache_evict(of = Self::b, args(id = id), cache = self.other, timing = after_commit)]
    async fn of(&self, id: u64) {}

    #[cache_evict(of = Self::b, args(id = |id| *id), cache = self.other, timing = after_commit, unless = |id| *id == 3)]
    async fn of_result(&self, id: u64) -> u64 {
        id
    }

    #[caching(
        cache_evict("a:{id}", namespace = "space/a", timing = before),
        cache_evict(of = Self::b, args(id = id), cache = self.other, timing = after_commit),
        cache_evict(tags = ["tag-2"])
    )]
    async fn stacked(&self, id: u64) {}
}

async fn selectors() -> Selectors {
    let selectors = Selectors { cache: Cache::in_process(), other: Cache::in_process(), loads: Loads::default() };
    selectors.have([1, 2, 3]).await;
    assert_eq!(selectors.have([1, 2, 3]).await, [true; 6]);
    selectors
}

/// What is left after the commit of this; nothing was gone before.
async fn left<F: Future>(selectors: &Selectors, change: F) -> [bool; 6] {
    let scope = CommitScope::new();
    scope.run(change).await;
    assert_eq!(selectors.have([1, 2, 3]).await, [true; 6]);
    scope.commit(async {}).await;
    selectors.have([1, 2, 3]).await
}

#[tokio::test]
async fn whatever_names_the_entries_waits() {
    let all = [true; 6];
    let s = &selectors().await;
    assert_eq!(left(s, s.keys(&[1, 3])).await, [false, true, false, true, true, true]);
    assert_eq!(left(s, s.tags(1)).await, [false, false, true, true, true, true]);
    assert_eq!(left(s, s.across()).await, [false, false, false, true, true, true]);
    assert_eq!(left(s, s.pattern(2)).await, [true, false, true, true, true, true]);
    assert_eq!(left(s, s.all()).await, [false, false, false, true, true, true]);
    assert_eq!(left(s, s.all_across()).await, [true, true, true, false, false, false]);
    assert_eq!(left(s, s.of(2)).await, [true, true, true, true, false, true]);
    assert_eq!(left(s, s.of_result(1)).await, [true, true, true, false, true, true]);
    assert_eq!(left(s, s.of_result(3)).await, all, "`unless` objects");
}

#[tokio::test]
async fn of_several_attributes_each_keeps_its_own_time() {
    let selectors = selectors().await;
    let scope = CommitScope::new();
    scope.run(selectors.stacked(1)).await;
    assert_eq!(selectors.have([1, 2, 3]).await, [false, false, true, true, true, true]);
    scope.commit(async {}).await;
    assert_eq!(selectors.have([1, 2, 3]).await, [true, true, true, false, true, true]);
}

#[tokio::test]
async fn the_same_name_waits_once() {
    let selectors = selectors().await;
    let scope = CommitScope::new();
    for _ in 0..3 {
        scope.run(selectors.keys(&[1, 2, 1])).await;
        scope.run(selectors.pattern(1)).await;
        scope.run(selectors.tags(1)).await;
    }
    scope.commit(async {}).await;
    assert_eq!(selectors.cache.stats().invalidations, 2 + 1 + 2);
}

#[tokio::test]
async fn what_lies_in_a_namespace_that_is_evicted_needs_no_name() {
    let selectors = selectors().await;
    let scope = CommitScope::new();
    scope.run(selectors.keys(&[1, 2])).await;
    scope.run(selectors.all()).await;
    scope.run(selectors.pattern(3)).await;
    scope.commit(async {}).await;
    assert_eq!(selectors.cache.stats().invalidations, 1);
    assert_eq!(selectors.have([1, 2, 3]).await, [false, false, false, true, true, true]);
}

#[tokio::test]
async fn more_than_1024_keys_become_their_namespace() {
    let selectors = selectors().await;
    let ids: Vec<u64> = (10..1034).collect();
    assert_eq!(left(&selectors, selectors.keys(&ids)).await, [true; 6]);
    let many = async {
        selectors.keys(&ids).await;
        selectors.keys(&[9]).await;
        selectors.of(1).await;
    };
    assert_eq!(left(&selectors, many).await, [false, false, false, false, true, true]);
    assert_eq!(selectors.cache.stats().invalidations, 1024 + 1);
    assert_eq!(selectors.other.stats().invalidations, 1, "of another cache all are named");
}

#[tokio::test]
async fn more_than_16_patterns_become_their_namespace() {
    let selectors = selectors().await;
    let patterns = async |count: u64| {
        for id in 10..10 + count {
            selectors.pattern(id).await;
        }
    };
    assert_eq!(left(&selectors, patterns(16)).await, [true; 6]);
    assert_eq!(left(&selectors, patterns(17)).await, [false, false, false, true, true, true]);
    assert_eq!(selectors.cache.stats().invalidations, 16 + 1);
}

#[tokio::test]
async fn more_than_1024_tags_become_everything() {
    let selectors = selectors().await;
    assert_eq!(left(&selectors, selectors.many_tags(1024)).await, [true; 6]);
    let many = async {
        selectors.many_tags(1025).await;
        selectors.keys(&[1]).await;
        selectors.across().await;
    };
    assert_eq!(left(&selectors, many).await, [false, false, false, true, true, true]);
    assert_eq!(selectors.cache.stats().invalidations, 1024 + 2, "everything, and what is other tenants' too");
}
