//! [`Counter`]: a number that all nodes count together.

use std::fmt;
use std::time::Duration;

use crate::engine::look_up::Call;
use crate::model::entry_key::EntryKey;
use crate::model::error::{Error, ErrorKind};
use crate::model::key::CacheKey;
use crate::model::operation::Operation;
use crate::namespace::{Namespace, StoredKey};
use crate::port::{By, Count, Counted};
use crate::wire::number::Number;

static COUNTER: Operation = Operation::new("larder::Namespace", "counter", None);

/// A number that all nodes count together: views, stock, credits, whatever must not lose a step.
///
/// A cheap handle, made by [`Namespace::counter`]. A counter that nobody has stepped yet, or whose time is over, is not there,
/// and counts from zero.
///
/// # Exactness
/// Whole numbers are exact over the whole range of `i64`, on every backend; a step that leaves it is an error and changes
/// nothing. [`increment_by_float`](Self::increment_by_float) adds as doubles do, on every backend alike; what has a fraction then, or
/// is beyond 2^53, no whole number is added to any more.
///
/// # Whose counter
/// That of the tenant around the *step*, not around the making of the handle, as the cache's or the namespace's
/// [`Tenancy`](crate::Tenancy) says. Counters of two namespaces, of two tenants, and of the same key as an entry do not meet.
/// [`clear`](Namespace::clear), patterns, tags and [`purge_everything`](crate::Cache::purge_everything) leave counters
/// alone; [`purge_tenant`](crate::Cache::purge_tenant) and [`purge_global`](crate::Cache::purge_global) remove them.
///
/// # Where it counts
/// On the second level: each step is one script and one round trip, nothing is kept in memory, and scopes such as
/// [`bypass`](crate::bypass) and transactions change nothing about it. **Without a second level it is a counter of this cache
/// in this process only**, of its handle and all clones of it, and ends with it; nothing else is different. So it is in a cache that is
/// switched off.
///
/// # Errors
/// Every step says what kept the second level from taking it, as [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable),
/// [`Timeout`](crate::ErrorKind::Timeout) or [`Full`](crate::ErrorKind::Full);
/// [`TenantMissing`](crate::ErrorKind::TenantMissing) and [`Config`](crate::ErrorKind::Config), of a namespace that is none or a
/// hashed piece of the key without a [`key_secret`](crate::CacheBuilder::key_secret); and
/// [`Foreign`](crate::ErrorKind::Foreign) where something stands in the counter's place that is no number.
///
/// **After an error that is about the way to the server, a time that ran out or an answer that was lost, it is unknown whether
/// the step was counted. It is counted once at most**: nobody sends it again. Whoever must know reads the counter, or keeps
/// what it counts in a database.
///
/// # Cancel safety
/// A step that is dropped before its end may be counted or not, as after an error.
///
/// ```
/// use std::time::Duration;
/// use cache_core::Cache;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let cache = Cache::in_process();
/// let views = cache.counter(("views", 42)).expires_after(Duration::from_secs(24 * 60 * 60));
/// assert_eq!(views.increment().await?, 1);
/// assert_eq!(views.increment_by(10).await?, 11);
/// assert_eq!(views.decrement().await?, 10);
/// assert_eq!(views.get().await?, Some(10));
/// assert!(views.reset().await?);
/// assert_eq!(views.get().await?, None);
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Counter {
    namespace: Namespace,
    key: StoredKey,
    lasts: Option<Duration>,
}

impl Namespace {
    /// The counter of a key: see [`Counter`]. Nothing is asked, and nothing is counted yet.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let shop = Cache::in_process().namespace("shop");
    /// assert_eq!(shop.counter("orders").increment().await?, 1);
    /// assert_eq!(shop.counter("orders").increment().await?, 2);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn counter(&self, key: impl CacheKey) -> Counter {
        let key = StoredKey::written(self, |writer| key.write_whole_key(writer));
        Counter { namespace: self.clone(), key, lasts: None }
    }
}

impl Counter {
    /// The same counter, for steps that give it a time to live: from the step on that creates it, which sets it in the same
    /// instant. Steps on a counter that is there do not move its end. A millisecond at least; for ever by default.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cache_core::{Cache, ManualClock};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let clock = ManualClock::new();
    /// let logins = Cache::builder("test").clock(clock.clock()).build()?.counter("logins").expires_after(Duration::from_secs(60));
    /// logins.increment().await?;
    /// clock.advance(Duration::from_secs(59));
    /// assert_eq!(logins.increment().await?, 2);
    /// clock.advance(Duration::from_secs(1));
    /// assert_eq!(logins.increment().await?, 1);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    #[must_use]
    pub fn expires_after(mut self, time: Duration) -> Self {
        self.lasts = Some(time);
        self
    }

    /// Adds 1; the number then. One round trip.
    ///
    /// # Errors
    /// As [`increment_by`](Self::increment_by).
    ///
    /// # Cancel safety
    /// Dropped before its end, it may be counted or not.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// assert_eq!(Cache::in_process().counter("views").increment().await?, 1);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn increment(&self) -> Result<i64, Error> {
        self.increment_by(1).await
    }

    /// Adds so many; the number then. One round trip.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfRange`](crate::ErrorKind::OutOfRange), and nothing was changed, where the sum is no `i64`, or the counter
    /// has a fraction. Others as [`Counter`] says.
    ///
    /// # Cancel safety
    /// Dropped before its end, it may be counted or not.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let calls = Cache::in_process().counter("calls");
    /// assert_eq!(calls.increment_by(10).await?, 10);
    /// assert!(calls.increment_by(i64::MAX).await.unwrap_err().is_out_of_range());
    /// assert_eq!(calls.get().await?, Some(10));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn increment_by(&self, by: i64) -> Result<i64, Error> {
        integer(self.count(By::Integer(by)).await?)
    }

    /// Takes 1 away; the number then, which may be below zero. One round trip.
    ///
    /// # Errors
    /// As [`increment_by`](Self::increment_by).
    ///
    /// # Cancel safety
    /// Dropped before its end, it may be counted or not.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// assert_eq!(Cache::in_process().counter("stock").decrement().await?, -1);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn decrement(&self) -> Result<i64, Error> {
        self.increment_by(-1).await
    }

    /// Takes so many away; the number then, which may be below zero. One round trip.
    ///
    /// # Errors
    /// As [`increment_by`](Self::increment_by); [`i64::MIN`] is out of range, for there is no such number above zero.
    ///
    /// # Cancel safety
    /// Dropped before its end, it may be counted or not.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let credits = Cache::in_process().counter("credits");
    /// credits.set(100).await?;
    /// assert_eq!(credits.decrement_by(30).await?, 70);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn decrement_by(&self, by: i64) -> Result<i64, Error> {
        let by = by.checked_neg().ok_or_else(|| out_of_range("a counter goes down by more than `i64::MIN` at most"))?;
        self.increment_by(by).await
    }

    /// Adds a number that may have a fraction; the sum. One round trip.
    ///
    /// The counter goes on in whole numbers where the sum is one, below 2^53.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfRange`](crate::ErrorKind::OutOfRange), and nothing was changed, where what is added or the sum is infinite
    /// or no number. Others as [`Counter`] says.
    ///
    /// # Cancel safety
    /// Dropped before its end, it may be counted or not.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let score = Cache::in_process().counter("score");
    /// score.increment().await?;
    /// assert_eq!(score.increment_by_float(2.5).await?, 3.5);
    /// assert!(score.increment().await.unwrap_err().is_out_of_range());
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn increment_by_float(&self, by: f64) -> Result<f64, Error> {
        if !by.is_finite() {
            return Err(out_of_range("what is added to a counter is a number, and none that is infinite"));
        }
        float(self.count(By::Float(by)).await?)
    }

    /// The number; `None` where the counter is not there. One round trip.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfRange`](crate::ErrorKind::OutOfRange) where it is no `i64`: [`get_float`](Self::get_float) reads it. Others
    /// as [`Counter`] says.
    ///
    /// # Cancel safety
    /// It changes nothing.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// assert_eq!(Cache::in_process().counter("views").get().await?, None);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn get(&self) -> Result<Option<i64>, Error> {
        self.counted().await?.map(integer).transpose()
    }

    /// The number as a double, to the nearest one; `None` where the counter is not there. One round trip.
    ///
    /// # Errors
    /// As [`Counter`] says.
    ///
    /// # Cancel safety
    /// It changes nothing.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let score = Cache::in_process().counter("score");
    /// score.increment_by_float(0.5).await?;
    /// assert_eq!(score.get_float().await?, Some(0.5));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn get_float(&self) -> Result<Option<f64>, Error> {
        self.counted().await?.map(float).transpose()
    }

    /// Gives the counter a number, whatever it held. One that is there keeps its end. One round trip.
    ///
    /// # Errors
    /// As [`Counter`] says.
    ///
    /// # Cancel safety
    /// Dropped before its end, it may be done or not.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let stock = Cache::in_process().counter("stock");
    /// stock.set(12).await?;
    /// assert_eq!(stock.decrement().await?, 11);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn set(&self, number: i64) -> Result<(), Error> {
        integer(self.count(By::Set(number)).await?).map(drop)
    }

    /// Removes the counter; says whether it was there. One round trip, also where the server's memory is full.
    ///
    /// # Errors
    /// As [`Counter`] says.
    ///
    /// # Cancel safety
    /// Dropped before its end, it may be done or not.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// assert!(!Cache::in_process().counter("views").reset().await?);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn reset(&self) -> Result<bool, Error> {
        let (call, key) = self.place()?;
        call.engine.told(call.engine.coordination.uncount(key.bytes(), call.engine.patience()).await)
    }

    async fn count(&self, by: By) -> Result<Counted, Error> {
        let (call, key) = self.place()?;
        let count = Count { key: key.bytes(), by, lasts: self.lasts };
        call.engine.told(call.engine.coordination.count(count, call.engine.patience()).await)
    }

    async fn counted(&self) -> Result<Option<Counted>, Error> {
        let (call, key) = self.place()?;
        call.engine.told(call.engine.coordination.counted(key.bytes(), call.engine.patience()).await)
    }

    /// Where it stands, in the space of the task that asks.
    fn place(&self) -> Result<(Call, EntryKey), Error> {
        let call = self.namespace.call(&COUNTER)?;
        let key = call.key_of(&self.key)?;
        Ok((call, key))
    }
}

fn integer(counted: Counted) -> Result<i64, Error> {
    match counted {
        Counted::Is(Number::Integer(number)) => Ok(number),
        Counted::Is(Number::Float(_)) => {
            Err(out_of_range("the counter has a fraction, or is no `i64`: read it with `get_float`"))
        }
        other => Err(refused(other)),
    }
}

fn float(counted: Counted) -> Result<f64, Error> {
    match counted {
        Counted::Is(number) => Ok(number.float()),
        other => Err(refused(other)),
    }
}

/// Why a step was not taken.
fn refused(counted: Counted) -> Error {
    match counted {
        Counted::Fraction => out_of_range(
            "the counter has a fraction: step it with `increment_by_float`, or give it a whole number with `set`",
        ),
        Counted::Foreign => Error::new(
            ErrorKind::Foreign,
            "something that is no number stands in the counter's place: `reset` it, or take another key",
        ),
        Counted::Overflow | Counted::Is(_) => {
            out_of_range("the sum is beyond what a counter can hold: it was not changed")
        }
    }
}

fn out_of_range(message: &'static str) -> Error {
    Error::new(ErrorKind::OutOfRange, message)
}

/// Without its key, which may be secret.
impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counter").field("expires_after", &self.lasts).finish_non_exhaustive()
    }
}
