//! [`Policy`]: how an entry is kept, for several functions and for calls by hand.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::model::compression::Compress;
use crate::model::key::{CacheKey, KeyWriter};
use crate::model::preset::Preset;

/// How long an entry lives, which tags it carries, and whether it is compressed.
///
/// What it leaves open is the cache's to say: without a `ttl` its own, one hour unless
/// [`CacheBuilder::ttl`](crate::CacheBuilder::ttl) says otherwise, and without an `l1_ttl` its own as well. A constant of
/// this type is a preset: `preset = crate::presets::RATES` on a function, whose own `ttl` and `l1_ttl` win and whose own
/// tags are added. [`Preset`] has some with names.
///
/// Costs no round trip. A clone shares the tags.
///
/// ```
/// use std::time::Duration;
///
/// use cache_core::Policy;
///
/// /// For what changes every half minute.
/// pub const RATES: Policy = Policy::new().ttl(Duration::from_secs(30)).l1_ttl(Duration::from_secs(5));
///
/// /// With a tag, which no constant can have.
/// pub fn rates() -> Policy {
///     RATES.tags(["rates"])
/// }
/// # rates();
/// ```
#[derive(Clone)]
pub struct Policy {
    ttl: Option<Duration>,
    l1_ttl: Option<Duration>,
    compress: Option<Compress>,
    /// A piece of a tag may be hashed, so tags are written when the cache is known.
    tags: Vec<WriteTag>,
}

/// Writes a tag.
type WriteTag = Arc<dyn Fn(&mut KeyWriter<'_>) + Send + Sync>;

impl Policy {
    /// The cache's own times, and no tags.
    #[must_use]
    pub const fn new() -> Self {
        Self { ttl: None, l1_ttl: None, compress: None, tags: Vec::new() }
    }

    /// Sets how long an entry lives. Zero: it is not stored.
    #[must_use]
    pub const fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Has an entry live until it is invalidated, or until its level makes room for others.
    ///
    /// The same as a [`ttl`](Self::ttl) of [`Duration::MAX`].
    ///
    /// ```
    /// use cache_core::Policy;
    ///
    /// const CURRENCIES: Policy = Policy::new().for_ever();
    /// # let _ = CURRENCIES;
    /// ```
    #[must_use]
    pub const fn for_ever(self) -> Self {
        self.ttl(Duration::MAX)
    }

    /// Sets how long a copy stays in memory at most, and never longer than the entry lives. Zero: memory keeps nothing.
    #[must_use]
    pub const fn l1_ttl(mut self, ttl: Duration) -> Self {
        self.l1_ttl = Some(ttl);
        self
    }

    /// Has values compressed or not on their way to the second level, whatever the cache and the namespace say.
    ///
    /// ```
    /// use cache_core::{Compress, Policy, Preset};
    ///
    /// let archive = Policy::new().compress(Compress::On);
    /// let thumbnails = Preset::Report.policy().compress(Compress::Off);
    /// # drop((archive, thumbnails));
    /// ```
    #[must_use]
    pub const fn compress(mut self, wish: Compress) -> Self {
        self.compress = Some(wish);
        self
    }

    /// Adds tags, which belong to the tenant of whoever stores.
    ///
    /// A tag is written like a key, and like [`Namespace::invalidate_tags`](crate::Namespace::invalidate_tags) writes it, so that
    /// the two meet.
    ///
    /// ```
    /// use cache_core::{Policy, Preset};
    ///
    /// let of_author = |author: u64| Preset::Query.policy().tags(["posts"]).tags([format!("author:{author}")]);
    /// # of_author(7);
    /// ```
    #[must_use]
    pub fn tags<T: CacheKey + Send + Sync + 'static>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags.extend(tags.into_iter().map(|tag| -> WriteTag { Arc::new(move |key| tag.write_whole_key(key)) }));
        self
    }

    /// How long an entry lives, where the cache is not to decide.
    pub(crate) fn life(&self) -> Option<Duration> {
        self.ttl
    }

    /// How long a copy stays in memory, where the cache is not to decide.
    pub(crate) fn l1_life(&self) -> Option<Duration> {
        self.l1_ttl
    }

    /// Whether values are compressed, where namespace and cache are not to decide.
    pub(crate) fn compression(&self) -> Option<Compress> {
        self.compress
    }

    /// What writes the tags, each its own.
    pub(crate) fn tag_writers(&self) -> impl Iterator<Item = &dyn Fn(&mut KeyWriter<'_>)> {
        self.tags.iter().map(|tag| -> &dyn Fn(&mut KeyWriter<'_>) { &**tag })
    }
}

/// The cache's own times, and no tags.
impl Default for Policy {
    fn default() -> Self {
        Self::new()
    }
}

/// That lifetime, and nothing else.
impl From<Duration> for Policy {
    fn from(ttl: Duration) -> Self {
        Self::new().ttl(ttl)
    }
}

/// The policy of that name.
impl From<Preset> for Policy {
    fn from(preset: Preset) -> Self {
        preset.policy()
    }
}

/// Without the tags, of which it says how many there are: pieces of them may be secret.
impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ttl, l1_ttl, compress, tags } = self;
        f.debug_struct("Policy")
            .field("ttl", ttl)
            .field("l1_ttl", l1_ttl)
            .field("compress", compress)
            .field("tags", &tags.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hashed::Hashed;

    #[test]
    fn it_is_shown_without_its_tags() {
        let policy = Policy::from(Duration::from_secs(30)).tags([Hashed("ada@example.org")]);
        assert_eq!(format!("{policy:?}"), "Policy { ttl: Some(30s), l1_ttl: None, compress: None, tags: 1 }");
    }

    #[test]
    fn the_last_time_counts() {
        let policy = Policy::from(Preset::Lookup).for_ever().l1_ttl(Duration::ZERO).l1_ttl(Duration::from_secs(1));
        assert_eq!((policy.life(), policy.l1_life()), (Some(Duration::MAX), Some(Duration::from_secs(1))));
    }
}
