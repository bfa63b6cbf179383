//! Every shape of function.

use std::fmt::Display;
use std::pin::Pin;
use std::sync::Arc;

use larder::{Cache, CacheKey, CacheValue, HasCache, cache_evict, cache_put, cacheable};

use crate::values::{Answer, Failure, Local, Trace, User};

/// A generic service.
#[derive(Debug, HasCache)]
pub struct Shapes<T> {
    #[cache]
    cache: Cache,
    /// What it is generic over.
    pub item: T,
}

impl<T: Clone + Send + Sync + serde::Serialize + serde::de::DeserializeOwned + 'static> Shapes<T> {
    /// The parameter of the `impl`.
    #[cacheable("item:{id}")]
    pub async fn of_impl(&self, id: u64) -> T {
        let _ = id;
        self.item.clone()
    }

    /// Parameters of the function, and constants.
    #[cacheable(namespace = "shapes")]
    pub async fn of_function<K, const N: usize>(&self, key: K) -> [u64; 2]
    where
        K: CacheKey + Send,
    {
        drop(key);
        [N as u64; 2]
    }

    /// `self: Arc<Self>`
    #[cacheable("arc:{id}")]
    pub async fn by_arc(self: Arc<Self>, id: u64) -> u64 {
        id
    }

    /// `self: Pin<&Self>`
    #[cacheable("pin:{id}", cache = self.cache)]
    pub async fn by_pin(self: Pin<&Self>, id: u64) -> u64 {
        id
    }

    /// By value.
    #[cache_evict("own:{id}")]
    pub async fn by_value(self, id: u64) -> T {
        let _ = id;
        self.item
    }

    /// `&mut self`
    #[cache_put("mut:{id}")]
    pub async fn by_mut(&mut self, id: u64, item: T) -> T {
        self.item = item;
        let _ = id;
        self.item.clone()
    }

    /// Lifetimes, in the error too.
    #[cacheable("lifetime:{name}")]
    pub async fn lifetimes<'a>(&self, name: &'a str) -> Result<String, &'a str> {
        if name.is_empty() { Err(name) } else { Ok(name.to_owned()) }
    }

    /// Patterns, `mut` and `impl Trait`.
    #[cacheable("pattern:{first}:{second}:{third}:{id}", skip(_trace))]
    pub async fn patterns(
        &self,
        (first, mut second): (u64, u64),
        mut third: String,
        shown: impl Display + Send,
        User { id, .. }: User,
        _trace: Trace,
    ) -> String {
        second += 1 + id;
        third.push('x');
        format!("{first}{second}{third}{shown}")
    }

    /// Recursion.
    #[cacheable("fibonacci:{n}")]
    pub async fn fibonacci(&self, n: u64) -> u64 {
        if n < 2 { n } else { self.fibonacci(n - 1).await + self.fibonacci(n - 2).await }
    }

    /// One half of a ring.
    #[cacheable("ping:{n}")]
    pub async fn ping(&self, n: u64) -> Answer<u64> {
        if n == 0 { Ok(0) } else { self.pong(n - 1).await }
    }

    /// The other half.
    #[cacheable("pong:{n}")]
    pub async fn pong(&self, n: u64) -> Answer<u64> {
        if n == 0 { Ok(1) } else { self.ping(n - 1).await }
    }

    /// Recursion on the caller's thread.
    #[cacheable("factorial:{n}")]
    pub fn factorial(&self, n: u64) -> u64 {
        if n < 2 { 1 } else { n * self.factorial(n - 1) }
    }

    /// Returns early, in several ways.
    #[cacheable("early:{text}")]
    #[cache_evict("late:{text}")]
    pub async fn early(&self, text: &str) -> Result<Option<u64>, std::num::ParseIntError> {
        if text.is_empty() {
            return Ok(None);
        }
        let Some(digits) = text.strip_prefix('#') else { return Ok(Some(0)) };
        let number = digits.parse::<u64>()?;
        Ok(Some(number))
    }

    /// An error that stays on its thread.
    #[cacheable("local:{id}")]
    pub async fn local(&self, id: u64) -> Result<u64, Local> {
        if id == 0 { Err(Local("none".into())) } else { Ok(id) }
    }

    /// Not asynchronous.
    #[cacheable("sync:{id}")]
    pub fn sync(&self, id: u64) -> Answer<u64> {
        let small = u32::try_from(id).map_err(|error| Failure(error.to_string()))?;
        Ok(u64::from(small))
    }

    /// Not asynchronous either.
    #[cache_put("sync:{id}")]
    pub fn sync_put(&self, id: u64) -> u64 {
        id
    }

    /// Nor this.
    #[cache_evict("sync:{id}")]
    pub fn sync_evict(&self, id: u64) {
        let _ = id;
    }

    /// `&mut self`, not asynchronous, and several attributes.
    #[cache_put("mut:{id}")]
    #[cache_put("last")]
    #[cache_evict("list:{id}")]
    pub fn sync_by_mut(&mut self, id: u64, item: T) -> T {
        self.item = item.clone();
        let _ = id;
        item
    }

    /// `&mut self`
    #[cache_evict("mut:{id}")]
    pub async fn evict_by_mut(&mut self, id: u64, item: T) {
        let _ = id;
        self.item = item;
    }

    /// What it returns has no name.
    #[cache_evict("opaque:{id}")]
    pub async fn opaque(&self, id: u64) -> impl Iterator<Item = u64> + use<T> {
        0..id
    }

    /// Of a receiver that is shared.
    #[cache_evict(of = Self::by_arc, args(id = id))]
    pub async fn evict_by_arc(self: Arc<Self>, id: u64) {
        let _ = id;
    }

    /// Traced above.
    #[tracing::instrument(skip_all)]
    #[cacheable("above:{id}")]
    pub async fn traced_above(&self, id: u64) -> u64 {
        id
    }

    /// Traced below.
    #[cacheable("below:{id}")]
    #[tracing::instrument(skip_all)]
    pub async fn traced_below(&self, id: u64) -> u64 {
        id
    }

    /// Traced above, not asynchronous, and written.
    #[tracing::instrument(skip_all)]
    #[cache_put("above:{id}")]
    pub fn traced_put(&self, id: u64) -> u64 {
        id
    }

    /// Traced between.
    #[cache_evict("above:{id}")]
    #[tracing::instrument(skip_all, err)]
    #[cache_evict("below:{id}")]
    pub async fn traced_between(&self, id: u64) -> Answer<()> {
        let _ = id;
        Ok(())
    }

    /// With attributes of others.
    #[must_use]
    #[cfg(not(miri))]
    #[inline]
    #[cacheable("must:{id}")]
    pub fn must_use(&self, id: u64) -> u64 {
        id
    }
}

/// A value of any type.
#[cacheable("any:{id}", cache = cache)]
pub async fn any<V, Route>(cache: &Cache, id: u64, make: impl FnOnce() -> V + Send) -> V
where
    V: CacheValue<Route>,
{
    let _ = id;
    make()
}

/// Not asynchronous, and recursive.
#[must_use]
#[cacheable("collatz:{n}", cache = cache, skip(steps))]
pub fn collatz(cache: &Cache, n: u64, mut steps: u32) -> u32 {
    steps += 1;
    if n < 2 { steps } else { collatz(cache, if n.is_multiple_of(2) { n / 2 } else { 3 * n + 1 }, steps) }
}

/// Lifetimes of its own.
#[cacheable("longest:{left}:{right}", cache = cache)]
pub async fn longest<'a, 'b: 'a>(cache: &Cache, left: &'a str, right: &'b [&'b str]) -> String {
    let longest: &'a str =
        right.iter().fold(left, |longest, other| if longest.len() < other.len() { other } else { longest });
    longest.to_owned()
}

/// Named like what an expansion might call its variables.
#[cacheable("{key}:{value}:{result}", cache = cache, skip(hit, plan), tags = |stored| [*stored, plan])]
pub async fn named(cache: &Cache, key: u64, value: u64, result: u64, hit: u64, plan: u64) -> u64 {
    key + value + result + hit + plan
}
