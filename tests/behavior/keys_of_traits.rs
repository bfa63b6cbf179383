//! Methods of traits never share an entry by accident, whatever else is called like them.

use larder::{Cache, HasCache, cacheable};

use crate::support::Loads;

#[derive(HasCache)]
struct Service {
    cache: Cache,
    loads: Loads,
}

/// Has the cache of a [`Service`].
#[derive(HasCache)]
struct Other<'a>(#[cache] &'a Service);

impl Service {
    fn new() -> Self {
        Self { cache: Cache::in_process(), loads: Loads::default() }
    }

    #[cacheable]
    async fn find(&self, id: u64) -> u64 {
        self.loads.next()
    }
}

/// A body that two types have in common.
trait Common: HasCache {
    fn loads(&self) -> &Loads;

    #[cacheable]
    async fn common(&self, id: u64) -> u64 {
        self.loads().next()
    }
}

impl Common for Service {
    fn loads(&self) -> &Loads {
        &self.loads
    }
}

impl Common for Other<'_> {
    fn loads(&self) -> &Loads {
        &self.0.loads
    }
}

trait Finds {
    async fn find(&self, id: u64) -> u64;
}

trait Looks {
    async fn find(&self, id: u64) -> u64;
}

trait FindsBy<K> {
    async fn find(&self, id: K) -> u64;
}

impl Finds for Service {
    #[cacheable]
    async fn find(&self, id: u64) -> u64 {
        self.loads.next()
    }
}

impl Looks for Service {
    #[cacheable]
    async fn find(&self, id: u64) -> u64 {
        self.loads.next()
    }
}

impl FindsBy<u8> for Service {
    #[cacheable]
    async fn find(&self, id: u8) -> u64 {
        self.loads.next()
    }
}

impl FindsBy<u16> for Service {
    #[cacheable]
    async fn find(&self, id: u16) -> u64 {
        self.loads.next()
    }
}

#[tokio::test]
async fn methods_of_one_name_in_traits_and_beside_them() {
    let service = Service::new();
    let loads = [
        service.find(7).await,
        Finds::find(&service, 7).await,
        Looks::find(&service, 7).await,
        FindsBy::<u8>::find(&service, 7).await,
        FindsBy::<u16>::find(&service, 7).await,
    ];
    assert_eq!(loads, [1, 2, 3, 4, 5]);
    assert_eq!(Looks::find(&service, 7).await, 3);
}

#[tokio::test]
async fn a_default_body_of_two_types() {
    let service = Service::new();
    assert_ne!(service.common(7).await, Other(&service).common(7).await);
}
