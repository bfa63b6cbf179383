//! [`CacheBuilder`]: the settings of a cache.

mod checks;
mod namespaces;
mod payloads;
mod tenants;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::audit;
use crate::cache::Cache;
use crate::engine::coherence::follow::follow;
use crate::engine::coherence::standing::Standing;
use crate::engine::level2::verify::{self, Verifier};
use crate::engine::level2::{Level2, Limits};
#[cfg(any(test, feature = "testing"))]
use crate::engine::probe::Probe;
use crate::engine::tenants::{Resolver, Tenants};
use crate::engine::{Engine, Fence, Settings, Switch};
use crate::model::clock::Clock;
use crate::model::error::Error;
use crate::model::key_secret::{KeySecret, SHORTEST};
use crate::model::namespace;
use crate::model::namespace_settings::{NamespaceRules, NamespaceSettings};
use crate::model::tenancy::Tenancy;
use crate::model::unreachable::Unreachable;
use crate::port::{RemoteStore, SecondLevel, Setup};
use crate::wire::payload::Payloads;

/// How long an entry lives whose function does not say.
const TTL: Duration = Duration::from_hours(1);
/// How many entries stay in memory.
const CAPACITY: u64 = 10_000;
/// How long a call waits for another call's load.
const LEASE: Duration = Duration::from_secs(30);
/// How long one call may wait for the second level.
const BUDGET: Duration = Duration::from_millis(250);
/// How long an entry stays in memory where there is a second level.
const L1_TTL: Duration = Duration::MAX;
const STALENESS: Duration = Duration::from_secs(3);
/// How many bytes a value may have on the second level.
const VALUE_LIMIT: usize = 8 * 1024 * 1024;

/// Settings for a [`Cache`]; see [`Cache::builder`].
///
/// ```
/// use std::time::Duration;
/// use cache_core::Cache;
///
/// let cache = Cache::builder("erp").ttl(Duration::from_secs(300)).capacity(50_000).build()?;
/// assert_eq!(cache.name(), "erp");
/// # Ok::<(), cache_core::Error>(())
/// ```
#[must_use = "a builder does nothing until `build` is called"]
pub struct CacheBuilder {
    name: String,
    settings: Settings,
    limits: Limits,
    second: Option<Opener>,
    secret: Secret,
    /// One of so many hits is verified; 0: none.
    verify_hits: u32,
    resolver: Option<Resolver>,
    namespaces: Vec<(String, NamespaceSettings)>,
    payloads: Payloads,
}

/// The secret for hashed pieces of keys.
enum Secret {
    /// None was given.
    None,
    Given(KeySecret),
    TooShort,
}

/// Opens the second level once everything is settled.
type Opener = Box<dyn FnOnce(&Setup) -> Result<Option<Arc<dyn RemoteStore>>, Error> + Send>;

impl CacheBuilder {
    pub(crate) fn new(name: String) -> Self {
        Self { name, ..Self::defaults() }
    }

    pub(crate) fn defaults() -> Self {
        let settings = Settings {
            switch: Switch::on(),
            tenancy: Tenancy::Optional,
            same_tenancy: Some(Tenancy::Optional),
            clock: Clock::system(),
            ttl: TTL,
            capacity: CAPACITY,
            tenant_share: None,
            namespaces: NamespaceRules::default(),
            lease: LEASE,
            staleness: STALENESS,
            unreachable: Unreachable::Bypass,
            fence: Fence::On,
            secret: Arc::default(),
            #[cfg(any(test, feature = "testing"))]
            probe: None,
        };
        let limits = Limits { budget: BUDGET, l1_ttl: L1_TTL, value: VALUE_LIMIT };
        let (name, second, secret, verify_hits) = (String::new(), None, Secret::None, 0);
        let (resolver, namespaces, payloads) = (None, Vec::new(), Payloads::default());
        Self { name, settings, limits, second, secret, verify_hits, resolver, namespaces, payloads }
    }

    /// Puts a second level behind the memory: Redis or Valkey, which many nodes share.
    ///
    /// The cache does not wait for it: it starts without it, and goes on without it where it fails. Every name that it
    /// uses there begins with the cache's own. `None` leaves the cache in this process.
    pub fn redis(mut self, level: impl SecondLevel + Send + 'static) -> Self {
        self.second = Some(Box::new(move |setup| level.open(setup)));
        self
    }

    /// How long an entry stays in memory where there is a second level: by default for as long as it lives, and never longer.
    ///
    /// This is for memory, not for truth: what other nodes invalidate reaches this node's memory by messages, and whatever
    /// becomes of those within [`max_staleness`](Self::max_staleness). Zero keeps nothing in memory: every look-up asks the
    /// second level.
    pub fn l1_ttl(mut self, ttl: Duration) -> Self {
        self.limits.l1_ttl = ttl;
        self
    }

    /// How long one call may wait for the second level in all, 250 ms by default. Then it goes on without it.
    pub fn budget(mut self, budget: Duration) -> Self {
        self.limits.budget = budget;
        self
    }

    /// How many bytes a value may have on the second level, 8 MiB by default. A larger one is returned and not stored.
    pub fn value_limit(mut self, bytes: usize) -> Self {
        self.limits.value = bytes;
        self
    }

    /// The secret that keys of arguments under `hash(..)` are made with, and other [`Hashed`](crate::Hashed) pieces: at
    /// least 32 random bytes, the same on all nodes. `openssl rand -base64 32` makes one.
    ///
    /// Who reads keys cannot tell then what was hashed, nor try values until one fits. Another secret makes other keys, so
    /// that the entries of the old one are misses. Without a second level nobody else reads the keys, and the process makes
    /// up a secret of its own. With a second level there must be one if an annotated function of the program hashes an
    /// argument. Its bytes are not kept, and what is made of them is never shown and overwritten when the cache is dropped.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let secret = "b64:q1Zk0x3yQm9vT7uWc2dPf8sLh5jRn6aE";
    /// let cache = Cache::builder("erp").key_secret(secret).build()?;
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn key_secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.secret = KeySecret::given(secret.as_ref()).map_or(Secret::TooShort, Secret::Given);
        self
    }

    /// How long an entry lives whose function does not say. One hour by default; zero stores nothing.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.settings.ttl = ttl;
        self
    }

    /// How many entries are kept in memory, 10 000 by default. Beyond it, those go that were not used for the longest time; with a
    /// second level, which has them all, those that are used least ([TinyLFU](https://arxiv.org/abs/1512.00727)).
    pub fn capacity(mut self, entries: u64) -> Self {
        self.settings.capacity = entries;
        self
    }

    /// How long a call waits for another call's load before one of those who wait loads anew, 30 s by default. With a
    /// second level, also how long a load may take if its value is to be stored there.
    ///
    /// Only a load that hangs, or whose leader is not polled, takes longer than it should: this bounds the harm. It is
    /// real time, whatever the [`clock`](Self::clock).
    pub fn lease(mut self, lease: Duration) -> Self {
        self.settings.lease = lease;
        self
    }

    /// Where the time comes from: the system by default, a [`ManualClock`](crate::ManualClock) in tests.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.settings.clock = clock;
        self
    }

    /// How far memory may be behind what other nodes invalidate, whatever happens to messages and connections: 3 s by
    /// default, at least 30 ms.
    ///
    /// Normally it is one message behind. The server is asked three times in this time where its history stands, one round
    /// trip each; without an answer nothing is served from memory that was last known to be true longer ago than this. An
    /// invalidation in this process is seen by it at once.
    pub fn max_staleness(mut self, time: Duration) -> Self {
        self.settings.staleness = time;
        self
    }

    /// Compares one of so many hits in memory, drawn at random, with what the second level has in their place. None by
    /// default, and with 0.
    ///
    /// [`Stats::verified`](crate::Stats::verified) counts what came of it, so that a service can watch whether its memory stays
    /// true, and a warning in the log, at most once in 10 s, says when it was not. It happens in the background, one round
    /// trip for each hit that is drawn, one after the other: no hit waits for it, and those that find 64 waiting are
    /// dropped. A function with `l2 = off` and a cache without a second level have nothing to compare with.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// let cache = Cache::builder("erp").verify_hits(10_000).build()?;
    /// assert_eq!(cache.stats().verified.stale, 0);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn verify_hits(mut self, one_in: u32) -> Self {
        self.verify_hits = one_in;
        self
    }

    /// What memory does while the second level cannot be reached: [`Unreachable::Bypass`] by default.
    ///
    /// Functions with `on_cache_error = fail` fail where memory has no answer, with either.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cache_core::{Cache, Unreachable};
    ///
    /// // Rather half an hour of old prices than a database that everybody asks at once.
    /// let builder = Cache::builder("prices").when_unreachable(Unreachable::Stale(Duration::from_secs(30 * 60)));
    /// # builder.build()?;
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn when_unreachable(mut self, policy: Unreachable) -> Self {
        self.settings.unreachable = policy;
        self
    }

    /// Switches the cache off: every annotated function runs its body.
    pub fn disabled(mut self) -> Self {
        self.settings.switch = Switch::off();
        self
    }

    /// Lets late loads in, so that a test can show what the fence keeps out.
    #[cfg(feature = "test-hooks")]
    #[doc(hidden)]
    pub fn without_fence(mut self) -> Self {
        self.settings.fence = Fence::Off;
        self
    }

    /// Has a test see what it does.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn probed(mut self, probe: Arc<Probe>) -> Self {
        self.settings.probe = Some(probe);
        self
    }

    /// Builds the cache.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where the name or a setting of the second level cannot be used, and
    /// where an annotated function hashes an argument and there is a second level without a
    /// [`key_secret`](Self::key_secret). A server that cannot be reached is none: ask [`Cache::ready`].
    pub fn build(self) -> Result<Cache, Error> {
        if self.name.contains('/') || namespace::check(&self.name).is_err() {
            return Err(Error::config("a cache's name is 1 to 64 ASCII letters, digits, `_`, `.` and `-`"));
        }
        let Self { name, mut settings, limits, second, secret, verify_hits, resolver, namespaces, payloads } = self;
        settings.namespaces = namespaces::checked(namespaces, settings.capacity)?;
        let payloads = payloads::checked(payloads, &settings.namespaces)?;
        settings.same_tenancy = (!settings.namespaces.has_tenancies()).then_some(settings.tenancy);
        checks::times(&settings, &limits)?;
        let mut events = None;
        let level2 = match second {
            Some(open) if settings.switch.is_on() => {
                let mut node = [0; 16];
                getrandom::fill(&mut node).map_err(|_| Error::config("the system gives no random numbers"))?;
                let setup = Setup { prefix: name.clone(), budget: limits.budget, clock: settings.clock.clone() };
                open(&setup)?.map(|store| {
                    let (standing, queue) = Standing::new(node);
                    events = Some(queue);
                    Level2::new(store, (limits, payloads), &name, standing)
                })
            }
            _ => None,
        };
        settings.secret = Arc::new(match (secret, &level2) {
            (Secret::Given(secret), _) => secret,
            (Secret::TooShort, _) => {
                return Err(Error::config(format!("a `key_secret` has at least {SHORTEST} bytes, chosen at random")));
            }
            (Secret::None, None) => KeySecret::default(),
            (Secret::None, Some(_)) => without_secret()?,
        });
        let mut engine = Engine::new(&name, settings, level2);
        engine.tenants = Tenants::new(resolver);
        let mut hits = None;
        if engine.level2.is_some() && verify_hits != 0 {
            let (verifier, queue) = Verifier::new(verify_hits);
            (engine.verifier, hits) = (Some(Box::new(verifier)), Some(queue));
        }
        let engine = Arc::new(engine);
        if let (Some(level), Some(events)) = (&engine.level2, events) {
            level.store.spawn(Box::pin(follow(Arc::downgrade(&engine), events)));
            if let Some(hits) = hits {
                level.store.spawn(Box::pin(verify::verify(Arc::downgrade(&engine), hits)));
            }
        }
        Ok(Cache::from_parts(engine))
    }

    /// Without a second level, so that nothing can fail.
    pub(crate) fn into_cache(self, name: &str) -> Cache {
        Cache::from_parts(Arc::new(Engine::new(name, self.settings, None)))
    }
}

/// What a cache with a second level does without a secret: it needs none unless something is to be hashed.
fn without_secret() -> Result<KeySecret, Error> {
    let Some(function) = audit::hashing() else { return Ok(KeySecret::missing()) };
    let message = format!(
        "{function} hashes an argument, and nodes that share a second level must do that with the same secret: give the cache a `key_secret`"
    );
    Err(Error::config(message))
}

/// Without the secret.
impl fmt::Debug for CacheBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, settings, limits, second, secret, verify_hits, resolver, namespaces, payloads } = self;
        let has_secret = matches!(secret, Secret::Given(_));
        let (name, second) = (("name", name), second.is_some());
        f.debug_struct("CacheBuilder")
            .field(name.0, name.1)
            .field("settings", settings)
            .field("limits", limits)
            .field("has_second_level", &second)
            .field("has_key_secret", &has_secret)
            .field("verify_hits", verify_hits)
            .field("has_tenant_resolver", &resolver.is_some())
            .field("namespaces", namespaces)
            .field("payloads", payloads)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_not_stand_in_a_key_is_refused() {
        for name in ["", "a:b", "a/b", "{a}", "a b", "ü"] {
            let error = Cache::builder(name).build().expect_err(name);
            assert!(error.is_config());
        }
        assert!(Cache::builder("erp-2.x_y").build().is_ok());
    }

    #[test]
    fn a_secret_that_is_too_short_is_refused_without_being_quoted() {
        let error = Cache::builder("erp").key_secret("opensesame").build().expect_err("too short");
        assert!(error.is_config() && !error.to_string().contains("sesame"), "{error}");
    }

    #[test]
    fn a_secret_is_never_shown() {
        let builder = Cache::builder("erp").key_secret("open sesame, open sesame, open sesame");
        let shown = format!("{builder:?}");
        let cache = builder.build().expect("it is long enough");
        for shown in [shown, format!("{cache:?}")] {
            assert!(!shown.contains("sesame") && !shown.contains("111, 112"), "{shown}");
        }
    }

    #[test]
    fn a_budget_of_zero_is_refused() {
        assert!(Cache::builder("erp").budget(Duration::ZERO).build().expect_err("no budget").is_config());
    }
}
