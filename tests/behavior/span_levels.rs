//! `span` over a second level: which level answered, and what trouble did.

use std::time::Duration;

use cache_core::testing::FakeRedis;
use larder::{Cache, Error, ErrorKind, HasCache, cache_evict, cache_put, cacheable};

use crate::failed::SECRET;
use crate::following::Following;
use crate::recorder::{Recorder, recorded};
use crate::support::{Loads, within};

#[derive(HasCache)]
struct Node {
    cache: Cache,
    loads: Loads,
}

impl Node {
    fn new(server: &FakeRedis) -> Self {
        let cache = Cache::builder("node").key_secret(SECRET).budget(Duration::from_secs(10)).redis(server.clone());
        Self { cache: cache.following(), loads: Loads::default() }
    }

    #[cacheable("item:{id}", on_cache_error = fail, span = debug)]
    async fn item(&self, id: u64) -> Result<u64, Error> {
        Ok(self.loads.next())
    }

    #[cacheable("item:{ids}", batch, on_cache_error = fail, span = debug)]
    async fn items(&self, ids: Vec<u64>) -> Result<Vec<Option<u64>>, Error> {
        Ok(ids.iter().map(|_| Some(self.loads.next())).collect())
    }

    #[cache_put("item:{id}", span = debug)]
    async fn put(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict("item:{id}", span = debug)]
    async fn evict(&self, id: u64) {}
}

#[tokio::test]
async fn the_span_says_which_level_answered() {
    let server = FakeRedis::new();
    let (first, second) = (Node::new(&server), Node::new(&server));
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    within(Box::pin(first.item(7))).await.expect("it is loaded");
    within(Box::pin(second.item(7))).await.expect("it is read");
    within(Box::pin(second.item(7))).await.expect("it is there");
    let spans = recorder.take();
    let words: Vec<_> = spans.iter().map(|span| recorded(span, &["cache", "outcome", "level"])).collect();
    assert_eq!(words, [["node", "miss", "none"], ["node", "hit", "remote"], ["node", "hit", "memory"]]);
}

#[tokio::test]
async fn the_span_of_a_call_that_fails_for_trouble_says_so() {
    let server = FakeRedis::new();
    let node = Node::new(&server);
    server.fail_with(Some(ErrorKind::Full));
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    within(Box::pin(node.item(7))).await.expect_err("the server does not answer");
    within(Box::pin(node.items(vec![7, 8]))).await.expect_err("the server does not answer");
    let spans = recorder.take();
    assert_eq!(recorded(&spans[0], &["outcome", "level"]), ["failed", "none"]);
    assert_eq!(recorded(&spans[1], &["outcome", "level"]), ["failed", "none"]);
}

#[tokio::test]
async fn the_span_of_a_write_that_the_server_does_not_take_says_so() {
    let server = FakeRedis::new();
    let node = Node::new(&server);
    let recorder = Recorder::default();
    let _guard = tracing::subscriber::set_default(recorder.clone());
    within(Box::pin(node.put(7))).await;
    within(Box::pin(node.evict(7))).await;
    server.fail_with(Some(ErrorKind::Full));
    within(Box::pin(node.put(7))).await;
    within(Box::pin(node.evict(7))).await;
    let spans = recorder.take();
    let words: Vec<_> = spans.iter().map(|span| recorded(span, &["put", "evict"])).collect();
    assert_eq!(words, [["stored", ""], ["", "delivered"], ["not_stored", ""], ["", "undelivered"]]);
}
