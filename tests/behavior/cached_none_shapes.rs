//! A `None` that was stored is a hit, and told from a miss, in every shape of a function.

use std::collections::HashMap;

use async_trait::async_trait;
use larder::{Answer, Cache, HasCache, cache_config, cacheable, observe};

use crate::support::{Loads, within};

type R<T> = Result<T, String>;
type Maybe<T> = Option<T>;

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

/// Every load brings nothing.
impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    fn none(&self) -> Option<u64> {
        self.loads.next();
        None
    }

    #[cacheable("method:{id}", cache_none)]
    async fn method(&self, id: u64) -> Option<u64> {
        self.none()
    }

    #[cacheable("sync:{id}", cache_none)]
    fn sync(&self, id: u64) -> R<Maybe<u64>> {
        let found = self.none().map(Ok::<u64, String>).transpose()?;
        Ok(found)
    }

    #[tracing::instrument(skip_all)]
    #[cacheable("early:{id}", cache_none)]
    async fn early(&self, id: u64) -> R<Maybe<u64>> {
        let Some(found) = self.none() else { return Ok(None) };
        Ok(Some(found))
    }

    #[cacheable("generic:{id}", cache_none)]
    async fn generic<T: larder::CacheKey>(&self, id: T) -> Option<u64> {
        self.none()
    }

    #[cacheable("batch:{ids}", batch, cache_none)]
    async fn by_position(&self, ids: &[u64]) -> Vec<Option<u64>> {
        ids.iter().map(|_| self.none()).collect()
    }

    #[cacheable("batch:{ids}", batch, cache_none)]
    fn by_map(&self, ids: &[u64]) -> R<HashMap<u64, u64>> {
        Ok(ids.iter().filter_map(|id| Some((*id, self.none()?))).collect())
    }

    #[cacheable(batch = Self::method, args(id = ids), by = |id| *id, cache_none)]
    async fn of_method(&self, ids: Vec<u64>) -> Vec<u64> {
        ids.iter().filter_map(|_| self.none()).collect()
    }
}

#[cacheable("free:{id}", cache = service.cache, cache_none)]
async fn free(service: &Service, id: u64) -> Maybe<u64> {
    service.none()
}

trait Native: HasCache {
    fn source(&self) -> &Service;

    #[cacheable("native:{id}", cache_none)]
    async fn by_default(&self, id: u64) -> Option<u64> {
        self.source().none()
    }
}

impl Native for Service {
    fn source(&self) -> &Service {
        self
    }
}

#[async_trait]
trait Boxed {
    async fn boxed(&self, id: u64) -> R<Option<u64>>;
}

#[cache_config(namespace = "boxed", cache_none)]
#[async_trait]
impl Boxed for Service {
    #[cacheable]
    async fn boxed(&self, id: u64) -> R<Option<u64>> {
        Ok(self.none().filter(|found| *found == id))
    }
}

/// How the second of two equal calls is answered, and how often the bodies ran.
async fn second_answer<V>(service: &Service, call: impl AsyncFn(&Service) -> V) -> (Answer, u64) {
    within(call(service)).await;
    let told = observe(within(call(service))).await.outcome().expect("a cached function was called").answer;
    (told, service.loads.count())
}

#[tokio::test]
async fn of_a_method() {
    assert_eq!(second_answer(&Service::new(), async |it| it.method(7).await).await, (Answer::Negative, 1));
}

#[tokio::test]
async fn of_a_function_that_is_not_asynchronous() {
    assert_eq!(second_answer(&Service::new(), async |it| it.sync(7)).await, (Answer::Negative, 1));
}

#[tokio::test]
async fn of_a_function_that_returns_it_early() {
    assert_eq!(second_answer(&Service::new(), async |it| it.early(7).await).await, (Answer::Negative, 1));
}

#[tokio::test]
async fn of_a_generic_function() {
    assert_eq!(second_answer(&Service::new(), async |it| it.generic("x").await).await, (Answer::Negative, 1));
}

#[tokio::test]
async fn of_a_free_function() {
    assert_eq!(second_answer(&Service::new(), async |it| free(it, 7).await).await, (Answer::Negative, 1));
}

#[tokio::test]
async fn of_a_default_body() {
    assert_eq!(second_answer(&Service::new(), async |it| it.by_default(7).await).await, (Answer::Negative, 1));
}

#[tokio::test]
async fn of_a_method_under_async_trait() {
    assert_eq!(second_answer(&Service::new(), async |it| it.boxed(7).await).await, (Answer::Negative, 1));
}

#[tokio::test]
async fn of_an_element_by_position_and_by_map() {
    assert_eq!(second_answer(&Service::new(), async |it| it.by_position(&[7]).await).await, (Answer::Negative, 1));
    let service = Service::new();
    within(service.by_position(&[7])).await;
    assert_eq!(second_answer(&service, async |it| it.by_map(&[7])).await, (Answer::Negative, 1));
}

#[tokio::test]
async fn of_an_element_whose_reader_found_none() {
    let service = Service::new();
    within(service.method(7)).await;
    assert_eq!(second_answer(&service, async |it| it.of_method(vec![7]).await).await, (Answer::Negative, 1));
}
