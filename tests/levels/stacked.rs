//! Several attributes on one function, on two levels: what one of them does is no invalidation by somebody else for the
//! others.

use std::sync::Arc;

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};
use serde::{Deserialize, Serialize};

use crate::level::{Level, on_every_level};
use crate::support::Loads;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    email: String,
    load: u64,
}

#[derive(HasCache)]
struct Node {
    cache: Cache,
    loads: Arc<Loads>,
}

impl Node {
    /// Nodes that keep nothing in memory, so that what they find is on the server.
    fn two(level: &Level) -> [Self; 2] {
        let loads = Arc::<Loads>::default();
        [(); 2].map(|()| Self { cache: level.node_without_memory(), loads: Arc::clone(&loads) })
    }

    fn user(&self, id: u64) -> User {
        User { id, email: format!("{id}@x"), load: self.loads.next() }
    }

    #[cacheable("user:{id}", namespace = "users")]
    async fn by_id(&self, id: u64) -> User {
        self.user(id)
    }

    #[cacheable("email:{email}", namespace = "users", tags = ["email:{result.email}"])]
    async fn by_email(&self, email: &str) -> User {
        User { id: 0, email: email.to_owned(), load: self.loads.next() }
    }

    #[cacheable("load:{load}", namespace = "users")]
    async fn by_load(&self, load: u64) -> User {
        User { id: 0, email: String::new(), load: self.loads.next() + 1000 * load }
    }

    #[cacheable("list", tags = ["users"])]
    async fn list(&self) -> u64 {
        self.loads.next()
    }

    #[cache_put("load:{result.load}", namespace = "users")]
    #[cache_put("email:{result.email}", namespace = "users", tags = ["email:{result.email}"])]
    #[cache_put("user:{id}", namespace = "users")]
    #[cache_evict(tags = ["users"])]
    #[cache_evict(pattern = "page:*", namespace = "users")]
    async fn save(&self, id: u64) -> User {
        self.user(id)
    }

    #[cacheable("summary:{id}", namespace = "users")]
    #[cache_evict(pattern = "*", namespace = "users", timing = before)]
    async fn summary(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("digest:{id}", namespace = "users")]
    #[cache_evict(tags = ["users"], timing = before)]
    async fn digest(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("report:{id}", namespace = "users")]
    #[cache_evict(pattern = "page:*", namespace = "users")]
    #[cache_evict(tags = ["users"])]
    async fn report(&self, id: u64) -> u64 {
        self.loads.next()
    }
}

on_every_level! {
    async fn every_put_of_a_function_is_stored_also_where_only_the_result_names_its_key(level: Level) {
        let [here, there] = Node::two(&level);
        let saved = here.save(7).await;
        assert_eq!(there.by_id(7).await, saved);
        assert_eq!(there.by_email("7@x").await, saved);
        assert_eq!(there.by_load(saved.load).await, saved);
    }

    async fn every_eviction_of_a_function_reaches_the_other_node(level: Level) {
        let [here, there] = Node::two(&level);
        assert_eq!((there.list().await, there.list().await), (1, 1));
        here.save(7).await;
        assert_eq!(there.list().await, 3);
    }

    async fn a_pattern_in_the_namespace_of_a_reader_leaves_its_own_load_in_place(level: Level) {
        let [here, there] = Node::two(&level);
        assert_eq!(there.list().await, 1);
        assert_eq!((here.report(7).await, there.report(7).await, there.report(7).await), (2, 2, 2));
        assert_eq!(there.list().await, 3);
        assert_eq!((here.report(7).await, there.list().await), (2, 3), "a hit evicts nothing");
    }

    async fn a_reader_whose_own_namespace_is_reached_before_its_body_does_not_store(level: Level) {
        let [here, there] = Node::two(&level);
        assert_eq!((here.summary(7).await, here.summary(7).await, there.summary(7).await), (1, 2, 3));
        assert_eq!((here.cache.stats().refused, there.cache.stats().refused), (2, 1));
    }

    async fn a_reader_evicts_what_others_have_before_its_body_and_stores(level: Level) {
        let [here, there] = Node::two(&level);
        assert_eq!(there.list().await, 1);
        assert_eq!((here.digest(7).await, there.digest(7).await), (2, 2));
        assert_eq!(there.list().await, 3);
    }
}
