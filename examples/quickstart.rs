//! Run with: cargo run --example quickstart

use larder::prelude::*;

#[derive(HasCache)]
struct Greetings {
    cache: Cache,
}

impl Greetings {
    #[cacheable("greeting:{name}", ttl = "5m")]
    async fn greet(&self, name: &str) -> String {
        println!("  the body runs for {name}");
        format!("Hello, {name}!")
    }

    #[cache_evict(key = "greeting:{name}")]
    async fn forget(&self, name: &str) {
        println!("  {name} is forgotten");
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let greetings = Greetings { cache: Cache::in_process() };

    assert_eq!(greetings.greet("Ada").await, "Hello, Ada!");
    assert_eq!(greetings.greet("Ada").await, "Hello, Ada!");
    let stats = greetings.cache.stats();
    assert_eq!((stats.misses, stats.hits), (1, 1));
    println!("two calls: {} load, {} hit", stats.misses, stats.hits);

    greetings.forget("Ada").await;
    assert_eq!(greetings.greet("Ada").await, "Hello, Ada!");
    let stats = greetings.cache.stats();
    assert_eq!((stats.misses, stats.hits), (2, 1));
    println!("after the eviction: {} loads, {} hit", stats.misses, stats.hits);
}
