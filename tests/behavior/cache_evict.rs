//! `#[cache_evict]`: what each selector reaches.

use larder::{Cache, HasCache, cache_evict, cacheable};

use crate::support::Loads;

#[derive(Debug, Clone, PartialEq)]
struct Post {
    id: u64,
    author: String,
}

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    #[cacheable("post:{id}", tags = ["posts", "post:{id}", format!("parity:{}", id % 2)])]
    async fn post(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cacheable("numbered", tags = |load| [format!("load:{load}")])]
    async fn tagged_by_value(&self) -> u64 {
        self.loads.next()
    }

    #[cacheable("numbered-too", tags = ["load:{result}"])]
    async fn tagged_by_template_of_value(&self) -> u64 {
        self.loads.next()
    }

    /// Fills posts 0 to 3, and says later which of them had to be loaded anew.
    async fn fill(&self) {
        for id in 0..4 {
            self.post(id).await;
        }
    }

    async fn gone(&self) -> Vec<u64> {
        let mut gone = Vec::new();
        for id in 0..4 {
            let before = self.loads.count();
            self.post(id).await;
            gone.extend((self.loads.count() > before).then_some(id));
        }
        gone
    }

    #[cache_evict(key = "post:{id}")]
    async fn by_key(&self, id: u64) {}

    #[cache_evict("post:{id}")]
    async fn by_key_without_its_name(&self, id: u64) {}

    #[cache_evict(key = ("post", id))]
    async fn by_key_expression(&self, id: u64) {}

    #[cache_evict(key = "post:{result.id}")]
    async fn by_key_of_result(&self, id: u64) -> Post {
        Post { id, author: "ada".to_owned() }
    }

    #[cache_evict(keys = ids.iter().map(|id| ("post", *id)))]
    async fn by_keys(&self, ids: &[u64]) {}

    #[cache_evict(tags = ["post:{id}"])]
    async fn by_tag_template(&self, id: u64) {}

    #[cache_evict(tags = [format!("parity:{parity}"), "post:2"])]
    async fn by_tag_expression(&self, parity: u64) {}

    #[cache_evict(tags = |post: &Post| vec![format!("post:{}", post.id)])]
    async fn by_tags_of_value(&self, id: u64) -> Option<Post> {
        (id != 0).then(|| Post { id, author: "ada".to_owned() })
    }

    #[cache_evict(tags = ["post:{result.id}"])]
    async fn by_tag_of_result(&self, id: u64) -> Result<Post, String> {
        Ok(Post { id, author: "ada".to_owned() })
    }

    #[cache_evict(tags = ["load:{number}"])]
    async fn by_load(&self, number: u64) {}

    #[cache_evict(key = "post:{id}", keys = [("post", id + 1)], tags = ["post:3"], pattern = "post:0")]
    async fn by_all_selectors(&self, id: u64) {}
}

async fn filled() -> Service {
    let service = Service::new();
    service.fill().await;
    service
}

#[tokio::test]
async fn a_key_template_evicts_its_entry_and_no_other() {
    let service = filled().await;
    service.by_key(2).await;
    assert_eq!(service.gone().await, [2]);
    assert_eq!(service.cache.stats().invalidations, 1);
}

#[tokio::test]
async fn a_template_that_comes_first_is_the_key() {
    let service = filled().await;
    service.by_key_without_its_name(2).await;
    assert_eq!(service.gone().await, [2]);
}

#[tokio::test]
async fn a_key_expression_evicts_its_entry_and_no_other() {
    let service = filled().await;
    service.by_key_expression(2).await;
    assert_eq!(service.gone().await, [2]);
}

#[tokio::test]
async fn a_key_may_be_made_of_the_result() {
    let service = filled().await;
    assert_eq!(service.by_key_of_result(2).await.author, "ada");
    assert_eq!(service.gone().await, [2]);
}

#[tokio::test]
async fn several_keys_are_evicted_at_once() {
    let service = filled().await;
    service.by_keys(&[0, 3]).await;
    assert_eq!(service.gone().await, [0, 3]);
}

#[tokio::test]
async fn a_tag_template_evicts_what_carries_the_tag() {
    let service = filled().await;
    service.by_tag_template(2).await;
    assert_eq!(service.gone().await, [2]);
}

#[tokio::test]
async fn tags_may_be_expressions_and_several() {
    let service = filled().await;
    service.by_tag_expression(1).await;
    assert_eq!(service.gone().await, [1, 2, 3]);
}

#[tokio::test]
async fn tags_may_be_named_by_a_closure_over_the_value() {
    let service = filled().await;
    assert!(service.by_tags_of_value(2).await.is_some());
    assert_eq!(service.gone().await, [2]);
}

#[tokio::test]
async fn tags_of_a_value_that_is_absent_evict_nothing() {
    let service = filled().await;
    assert_eq!(service.by_tags_of_value(0).await, None);
    assert!(service.gone().await.is_empty());
}

#[tokio::test]
async fn a_tag_may_be_made_of_the_result() {
    let service = filled().await;
    assert!(service.by_tag_of_result(2).await.is_ok());
    assert_eq!(service.gone().await, [2]);
}

#[tokio::test]
async fn an_entry_carries_the_tags_that_a_closure_named_from_its_value() {
    let service = Service::new();
    assert_eq!((service.tagged_by_value().await, service.tagged_by_template_of_value().await), (1, 2));
    service.by_load(1).await;
    assert_eq!((service.tagged_by_value().await, service.tagged_by_template_of_value().await), (3, 2));
    service.by_load(2).await;
    assert_eq!((service.tagged_by_value().await, service.tagged_by_template_of_value().await), (3, 4));
}

#[tokio::test]
async fn several_selectors_act_together() {
    let service = filled().await;
    service.by_all_selectors(1).await;
    assert_eq!(service.gone().await, [0, 1, 2, 3]);
    assert_eq!(service.cache.stats().invalidations, 4);
}
