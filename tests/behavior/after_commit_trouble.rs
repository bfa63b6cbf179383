//! A transaction's evictions where the second level makes trouble, and what is told of them.

use std::time::Duration;

use cache_core::testing::FakeRedis;
use larder::{Cache, CommitScope, ErrorKind, HasCache, cache_evict, cache_put, cacheable};

use crate::failed::{Failed, SECRET};
use crate::following::Following;
use crate::recorder::{Recorder, recorded};
use crate::support::{Loads, within};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

impl Service {
    fn new(server: &FakeRedis) -> Self {
        let cache = Cache::builder("test")
            .key_secret(SECRET)
            .budget(Duration::from_millis(200))
            .redis(server.clone())
            .following();
        Self { cache, loads: Loads::default() }
    }

    #[cacheable("item:{id}")]
    async fn item(&self, id: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict("item:{id}", timing = after_commit, span = info)]
    async fn change(&self, id: u64) {}

    #[cache_evict("item:{id}", timing = after_commit)]
    #[cache_evict("other:{id}", span = info)]
    async fn change_two(&self, id: u64) {}

    #[cache_evict("item:{id}", on_cache_error = fail)]
    async fn change_at_once(&self, id: u64) -> Result<(), Failed> {
        Ok(())
    }

    #[cache_put("item:{id}", on_cache_error = fail, span = info)]
    async fn put(&self, id: u64) -> Result<u64, Failed> {
        Ok(id)
    }
}

#[tokio::test]
async fn what_the_second_level_does_not_take_at_the_commit_is_delivered_later() {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    within(service.item(1)).await;
    let scope = CommitScope::new();
    within(scope.run(service.change(1))).await;
    server.fail_with(Some(ErrorKind::Unavailable));
    assert_eq!(within(scope.commit(async { Ok::<_, Failed>(7) })).await, Ok(7), "the commit's result is unchanged");
    assert!(service.cache.stats().undelivered > 0);
    server.fail_with(None);
    within(async {
        while service.cache.stats().undelivered > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(within(service.item(1)).await, 2);
}

#[tokio::test]
async fn nothing_is_asked_of_the_second_level_before_the_commit() {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    let scope = CommitScope::new();
    let before = server.operations();
    within(scope.run(service.change(1))).await;
    assert_eq!(Box::pin(within(scope.run(service.put(1)))).await, Ok(1));
    assert_eq!(server.operations(), before);
    within(scope.commit(async {})).await;
    assert_eq!(server.operations().evict, before.evict + 1, "both with one");
}

#[tokio::test]
async fn an_eviction_at_once_still_fails_in_a_transaction_that_has_changed_something() {
    let server = FakeRedis::new();
    let service = Service::new(&server);
    let scope = CommitScope::new();
    within(scope.run(service.change(1))).await;
    server.fail_with(Some(ErrorKind::Unavailable));
    assert_eq!(
        within(scope.run(service.change_at_once(1))).await,
        Err(Failed::Cache(ErrorKind::Unavailable)),
        "whoever wants to know is told"
    );
    drop(scope);
}

#[tokio::test]
async fn a_span_says_that_the_eviction_waits() {
    let service = Service { cache: Cache::in_process(), loads: Loads::default() };
    let recorder = Recorder::default();
    let _default = tracing::subscriber::set_default(recorder.clone());
    let scope = CommitScope::new();
    scope.run(service.change(1)).await;
    scope.run(service.change_two(1)).await;
    scope.run(service.put(1)).await.expect("it cannot fail");
    scope.commit(async {}).await;
    service.change(1).await;
    let told: Vec<_> = recorder.take().iter().map(|span| recorded(span, &["evict", "put"]).join(" ")).collect();
    assert_eq!(told, ["deferred ", "deferred ", " not_stored", "delivered "]);
}
