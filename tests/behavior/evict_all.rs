//! Whole namespaces, tags from outside, and the whole cache.

use larder::{Cache, HasCache, cache_evict, cacheable};

use crate::support::Loads;

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    #[cacheable("{id}", namespace = "users", tags = ["user:{id}"])]
    async fn user(&self, id: &str) -> u64 {
        self.loads.next()
    }

    #[cacheable("{id}", namespace = "users/admins")]
    async fn admin(&self, id: &str) -> u64 {
        self.loads.next()
    }

    #[cacheable("{id}", namespace = "usersAbc")]
    async fn neighbour(&self, id: &str) -> u64 {
        self.loads.next()
    }

    #[cacheable("users:{id}")]
    async fn without_namespace(&self, id: &str) -> u64 {
        self.loads.next()
    }

    #[cache_evict(all, namespace = "users")]
    async fn evict_users(&self) {}

    #[cache_evict(all, namespace = "users/admins")]
    async fn evict_admins(&self) {}

    #[cache_evict(all, namespace = "users", tags = ["outside"])]
    async fn evict_users_and_a_tag(&self) {}

    #[cacheable("tagged", tags = ["outside"])]
    async fn tagged(&self) -> u64 {
        self.loads.next()
    }

    /// Calls every reader once; each keeps the number of its load while it is a hit.
    async fn loads_of_each(&self) -> [u64; 4] {
        [self.user("a").await, self.admin("a").await, self.neighbour("a").await, self.without_namespace("a").await]
    }
}

async fn filled() -> Service {
    let service = Service { cache: Cache::in_process(), loads: Loads::default() };
    assert_eq!(service.loads_of_each().await, [1, 2, 3, 4]);
    assert_eq!(service.loads_of_each().await, [1, 2, 3, 4]);
    service
}

#[tokio::test]
async fn all_evicts_the_namespace_and_those_below_it() {
    let service = filled().await;
    service.evict_users().await;
    assert_eq!(service.loads_of_each().await, [5, 6, 3, 4], "not the neighbours");
}

#[tokio::test]
async fn all_does_not_reach_the_namespace_above() {
    let service = filled().await;
    service.evict_admins().await;
    assert_eq!(service.loads_of_each().await, [1, 5, 3, 4]);
}

#[tokio::test]
async fn what_was_loaded_after_all_stays() {
    let service = filled().await;
    service.evict_users().await;
    assert_eq!(service.loads_of_each().await, [5, 6, 3, 4]);
    assert_eq!(service.loads_of_each().await, [5, 6, 3, 4]);
}

#[tokio::test]
async fn all_goes_together_with_tags() {
    let service = filled().await;
    assert_eq!(service.tagged().await, 5);
    service.evict_users_and_a_tag().await;
    assert_eq!(service.tagged().await, 6);
    assert_eq!(service.user("a").await, 7);
}

#[tokio::test]
async fn clear_evicts_everything() {
    let service = filled().await;
    service.cache.clear().await.expect("the cache is in this process");
    assert_eq!(service.loads_of_each().await, [5, 6, 7, 8]);
    assert_eq!(service.loads_of_each().await, [5, 6, 7, 8]);
}

#[tokio::test]
async fn clear_leaves_another_cache_alone() {
    let (service, other) = (filled().await, filled().await);
    other.cache.clear().await.expect("the cache is in this process");
    assert_eq!(service.loads_of_each().await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn invalidate_tags_meets_the_tag_that_a_template_wrote() {
    let service = filled().await;
    service.cache.invalidate_tags([format!("user:{}", "a")]).await.expect("the cache is in this process");
    assert_eq!(service.loads_of_each().await, [5, 2, 3, 4]);
}

#[tokio::test]
async fn invalidate_tags_takes_several_tags_and_unknown_ones() {
    let service = filled().await;
    assert_eq!((service.tagged().await, service.user("b").await), (5, 6));
    service.cache.invalidate_tags(["nobody:carries:this", "outside", "user:a"]).await.expect("in this process");
    assert_eq!((service.tagged().await, service.user("a").await, service.user("b").await), (7, 8, 6));
    assert_eq!(service.cache.stats().invalidations, 3);
}

#[tokio::test]
async fn a_hostile_value_in_a_tag_is_only_itself() {
    let service = filled().await;
    let hostile = ["*", "a*", "{a}", "a:b", "a,b", "", "%41"];
    let mut loads = Vec::new();
    for id in hostile {
        loads.push(service.user(id).await);
    }
    service.cache.invalidate_tags([("user", "*"), ("user", "a:b")]).await.expect("in this process");
    for (id, load) in hostile.into_iter().zip(loads) {
        assert_eq!(service.user(id).await > load, id == "*" || id == "a:b", "{id:?}");
    }
    assert_eq!(service.user("a").await, 1);
}
