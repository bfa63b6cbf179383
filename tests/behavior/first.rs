//! first
use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

#[derive(HasCache)]
struct Users {
    cache: Cache,
    loads: AtomicU32,
}

impl Users {
    #[cacheable("user:{id}", namespace = "users", ttl = "5m", tags = ["users", "user:{id}"])]
    async fn by_id(&self, id: u64) -> Result<User, String> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        if id == 0 {
            return Err("zero".to_owned());
        }
        let name: String = tokio::task::yield_now().await.to_string_();
        Ok(User { id, name })
    }
    #[cache_put("user:{result.id}", namespace = "users")]
    async fn rename(&self, id: u64, name: String) -> Result<User, String> {
        Ok(User { id, name })
    }
    #[cache_evict(key = "user:{id}", namespace = "users")]
    async fn delete(&self, id: u64) -> Result<(), String> {
        let _ = id;
        Ok(())
    }
    #[cache_evict(tags = ["users"])]
    async fn flush(&self) {}
    #[cacheable]
    async fn default_key(self: Arc<Self>, a: u32, b: &str) -> Option<String> {
        Some(format!("{a}{b}"))
    }
    #[cacheable]
    async fn fib(&self, n: u64) -> u64 {
        if n < 2 { n } else { self.fib(n - 1).await + self.fib(n - 2).await }
    }
}
trait ToS {
    fn to_string_(&self) -> String;
}
impl ToS for () {
    fn to_string_(&self) -> String {
        "x".into()
    }
}

#[tokio::test]
async fn it_works() {
    let users = Arc::new(Users { cache: Cache::in_process(), loads: AtomicU32::new(0) });
    assert_eq!(users.by_id(7).await.unwrap().name, "x");
    assert_eq!(users.by_id(7).await.unwrap().name, "x");
    assert_eq!(users.loads.load(Ordering::SeqCst), 1);
    users.rename(7, "ada".into()).await.unwrap();
    assert_eq!(users.by_id(7).await.unwrap().name, "ada");
    users.delete(7).await.unwrap();
    assert_eq!(users.by_id(7).await.unwrap().name, "x");
    users.flush().await;
    assert_eq!(users.by_id(7).await.unwrap().name, "x");
    assert_eq!(users.loads.load(Ordering::SeqCst), 3);
    assert_eq!(Arc::clone(&users).default_key(1, "x").await, Some("1x".into()));
    let u = Arc::clone(&users);
    assert_eq!(tokio::spawn(async move { u.fib(30).await }).await.unwrap(), 832040);
}
