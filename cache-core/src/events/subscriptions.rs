//! [`Events`]: which events invalidate what, and the topic that they are told on.

use std::fmt;
use std::sync::Arc;

use crate::cache::Cache;
use crate::engine::Engine;
use crate::events::event::Event;
use crate::events::evictions::Evictions;
use crate::model::error::Error;
use crate::port::Publish;
use crate::wire::codec::message_pack;

/// So many events are kept for services that are not there.
const KEPT: u64 = 10_000;
/// The largest event.
const LARGEST: usize = 16 * 1024;
/// The longest name of one.
const LONGEST_NAME: usize = 256;
/// Between an event's name and its content.
const END_OF_NAME: u8 = 0;

/// What is invalidated when something has happened, here and in every service that is told.
///
/// Each service says for itself what an event means for its cache; who tells it knows nothing of that. A service is all nodes with
/// the same server and cache name. What is said with [`on`](Self::on) holds for the cache: for every handle of the topic, on this node.
///
/// # What it promises
/// Once [`publish`](Self::publish) has returned `Ok`, every service that [runs](Self::run) applies the event **at least once**: one of
/// its nodes does, and another one where that dies before it is done, five seconds later; its other nodes follow as they follow any
/// invalidation. A service that is not there applies it when it is back. Usually that takes a round trip or two, for the server tells
/// the nodes; who is not told finds it by asking once a second.
///
/// The last 10 000 events are kept ([`keep`](Self::keep)). A service that has missed more, that has never followed the topic before, or
/// whose server has lost the topic, was replaced or has begun again, cannot know what it missed: it invalidates everything it has,
/// once.
///
/// Any node of a service may be handed an event, so all of them must know what it means: release what says it with
/// [`on`](Self::on) to every node before anybody tells such an event. One that nobody has said anything of means nothing.
///
/// An event may be applied twice, also long after it happened, and events may overtake each other: they say that something has
/// changed, not to what.
///
/// Without a second level an event is applied in this process, and that is all.
///
/// # Server
/// Redis streams with one consumer group for each service; see [Redis Streams](https://redis.io/docs/latest/develop/data-types/streams/).
///
/// ```
/// use cache_core::{Cache, Event, Evictions};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct InvoicePaid {
///     invoice: u64,
///     customer: u64,
/// }
///
/// impl Event for InvoicePaid {
///     const NAME: &'static str = "invoice-paid";
/// }
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let cache = Cache::in_process();
/// let events = cache.events("billing").on(|paid: &InvoicePaid| {
///     Evictions::new().key("invoices", paid.invoice).tag(format!("customer:{}", paid.customer))
/// });
/// // Hears what others tell, until the task is aborted.
/// let hears = tokio::spawn({
///     let events = events.clone();
///     async move { events.run().await }
/// });
///
/// cache.namespace("invoices").set("7", "open".to_owned()).await?;
/// events.publish(&InvoicePaid { invoice: 7, customer: 3 }).await?;
/// assert_eq!(cache.namespace("invoices").get::<String>("7").await?, None);
/// # hears.abort();
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Events {
    pub(super) cache: Cache,
    topic: Arc<str>,
    keep: u64,
}

impl Cache {
    /// The events of a topic, which all services that tell and hear them name alike: see [`Events`]. Nothing is asked yet.
    ///
    /// A topic's name is 1 to 64 ASCII letters, digits, `_`, `.` and `-`; with another one [`publish`](Events::publish) and
    /// [`run`](Events::run) fail with [`ErrorKind::Config`](crate::ErrorKind::Config). It is no cache's name: what stands on the server
    /// under it is the topic's only.
    pub fn events(&self, topic: impl AsRef<str>) -> Events {
        Events { cache: self.clone(), topic: topic.as_ref().into(), keep: KEPT }
    }
}

impl Events {
    /// Says what an event invalidates in this cache, for as long as there is the cache. Said twice, both hold.
    #[must_use]
    pub fn on<E: Event>(self, evictions: impl Fn(&E) -> Evictions + Send + Sync + 'static) -> Self {
        let meaning = move |engine: &Engine, content: &[u8]| {
            message_pack::decode::<E>(content).and_then(|event| evictions(&event).invalidations(engine))
        };
        self.cache.engine().meanings.add(&self.topic, E::NAME, Arc::new(meaning));
        self
    }

    /// Sets how many events are kept at least for services that are not there, by whoever tells the next; 10 000 by default. Zero
    /// keeps one.
    #[must_use]
    pub fn keep(mut self, events: u64) -> Self {
        self.keep = events.max(1);
        self
    }

    /// Tells every service that something has happened, and applies it here. Two round trips; without a second level none.
    ///
    /// Call it after the change is committed: what is loaded from before that would stay.
    ///
    /// # Errors
    /// What kept the server from taking it, as [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable),
    /// [`Timeout`](crate::ErrorKind::Timeout) or [`Full`](crate::ErrorKind::Full): it may have been told or not, so tell it again.
    /// [`TooLarge`](crate::ErrorKind::TooLarge) for more than 16 KiB, [`Codec`](crate::ErrorKind::Codec) where it cannot be written, and
    /// [`Config`](crate::ErrorKind::Config). Whatever the server says it was applied here, but for the last three, and
    /// [`TenantMissing`](crate::ErrorKind::TenantMissing), of a tenant that the cache's resolver does not know.
    ///
    /// # Cancel safety
    /// Dropped before its end, it may have been told or not; call it again.
    pub async fn publish<E: Event>(&self, event: &E) -> Result<(), Error> {
        let topic = self.topic()?;
        check_name(E::NAME)?;
        let content = message_pack::encode(event, LARGEST)?;
        let body = [E::NAME.as_bytes(), &[END_OF_NAME], &content].concat();
        // First the others: where this process dies in between, its service hears it from the topic.
        let publish = Publish { topic: topic.as_bytes(), body: &body, keep: self.keep };
        let engine = self.cache.engine();
        let published = engine.told(engine.coordination.publish(publish, engine.patience()).await);
        let applied = self.apply(&body).await;
        published.and(applied)
    }

    /// Applies what was told, if it means something here.
    pub(super) async fn apply(&self, body: &[u8]) -> Result<(), Error> {
        let Some(end) = body.iter().position(|byte| *byte == END_OF_NAME) else { return Ok(()) };
        let mut applied = Ok(());
        for meaning in self.cache.engine().meanings.of(&self.topic, &body[..end]) {
            for invalidation in meaning(self.cache.engine(), &body[end + 1..])? {
                applied = applied.and(self.cache.invalidate(invalidation).await);
            }
        }
        applied
    }

    pub(super) fn topic(&self) -> Result<&str, Error> {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        if (1..=64).contains(&self.topic.len()) && self.topic.bytes().all(is_part) {
            return Ok(&self.topic);
        }
        Err(Error::config("a topic's name is 1 to 64 ASCII letters, digits, `_`, `.` and `-`"))
    }
}

/// Whether an event may be called so.
pub(super) fn check_name(name: &str) -> Result<(), Error> {
    if (1..=LONGEST_NAME).contains(&name.len()) && !name.bytes().any(|byte| byte == END_OF_NAME) {
        return Ok(());
    }
    Err(Error::config("an event's name is 1 to 256 bytes, of which none is zero"))
}

/// With the names of the events.
impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("cache", &self.cache.name())
            .field("topic", &self.topic)
            .field("events", &self.cache.engine().meanings.events(&self.topic))
            .finish_non_exhaustive()
    }
}
