//! [`NamespaceSettings`]: what a cache is told of one of its namespaces.

use std::time::Duration;

use crate::model::codec::Codec;
use crate::model::compression::Compression;
use crate::model::namespace;
use crate::model::tenancy::Tenancy;

/// What holds for a namespace where a function or a call by hand does not say; see
/// [`CacheBuilder::namespace`](crate::CacheBuilder::namespace).
///
/// What is not said here is said by the next namespace around it (`users` for `users/admins`), and at last by the cache.
///
/// ```
/// use std::time::Duration;
/// use cache_core::{NamespaceSettings, Tenancy};
///
/// let rates = NamespaceSettings::new().ttl(Duration::from_secs(300)).capacity(500).tenancy(Tenancy::None);
/// # let _ = rates;
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "settings do nothing until a cache has them"]
pub struct NamespaceSettings {
    pub(crate) ttl: Option<Duration>,
    pub(crate) l1_ttl: Option<Duration>,
    pub(crate) capacity: Option<u64>,
    pub(crate) tenancy: Option<Tenancy>,
    pub(crate) codec: Option<Codec>,
    pub(crate) compression: Option<Compression>,
}

impl NamespaceSettings {
    /// Settings that say nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How long an entry lives whose function does not say. Zero stores nothing.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// How long an entry stays in memory where there is a second level, see [`CacheBuilder::l1_ttl`](crate::CacheBuilder::l1_ttl).
    pub fn l1_ttl(mut self, ttl: Duration) -> Self {
        self.l1_ttl = Some(ttl);
        self
    }

    /// How many entries of it stay in memory, whoever's they are; no limit by default, beside the cache's own
    /// [`capacity`](crate::CacheBuilder::capacity).
    ///
    /// Beyond it its own entries go, those first that were stored first. A second level keeps them all the same. With zero none
    /// is kept in memory. A limit costs each value that is stored one lock.
    pub fn capacity(mut self, entries: u64) -> Self {
        self.capacity = Some(entries);
        self
    }

    /// What its calls have to do with tenants, see [`Tenancy`].
    ///
    /// Tags belong to where the entries are that have them: [`Namespace::invalidate_tags`](crate::Namespace::invalidate_tags) and a
    /// function with `#[cache_evict(tags = [..])]` go by the rule of the namespace that they are called on or have.
    /// `cache.invalidate_tags(..)` and [`Cache::clear`](crate::Cache::clear) go by the cache's own, and reach what belongs to nobody
    /// from outside of every tenant only.
    pub fn tenancy(mut self, tenancy: Tenancy) -> Self {
        self.tenancy = Some(tenancy);
        self
    }

    /// How its values are written as bytes, see [`CacheBuilder::codec`](crate::CacheBuilder::codec).
    pub fn codec(mut self, codec: Codec) -> Self {
        self.codec = Some(codec);
        self
    }

    /// Whether and how its values are made smaller, see [`CacheBuilder::compression`](crate::CacheBuilder::compression).
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }
}

impl NamespaceSettings {
    /// These, and what they leave open the others.
    fn or(self, other: &Self) -> Self {
        Self {
            ttl: self.ttl.or(other.ttl),
            l1_ttl: self.l1_ttl.or(other.l1_ttl),
            capacity: self.capacity.or(other.capacity),
            tenancy: self.tenancy.or(other.tenancy),
            codec: self.codec.or_else(|| other.codec.clone()),
            compression: self.compression.or(other.compression),
        }
    }
}

/// The settings of all namespaces that have some.
#[derive(Debug, Default)]
pub(crate) struct NamespaceRules {
    /// The innermost first.
    rules: Vec<(Box<str>, NamespaceSettings)>,
}

impl NamespaceRules {
    /// Of a namespace's settings each that is said last counts.
    pub(crate) fn new(named: Vec<(String, NamespaceSettings)>) -> Self {
        let mut rules: Vec<(Box<str>, NamespaceSettings)> = Vec::new();
        for (name, settings) in named.into_iter().rev() {
            match rules.iter_mut().find(|(known, _)| **known == *name) {
                Some((_, later)) => *later = std::mem::take(later).or(&settings),
                None => rules.push((name.into(), settings)),
            }
        }
        rules.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self { rules }
    }

    /// Whether any of them has to do with tenants.
    pub(crate) fn has_tenancies(&self) -> bool {
        self.rules.iter().any(|(_, settings)| settings.tenancy.is_some())
    }

    /// What the innermost namespace around this one says that says anything, and the name of that one.
    pub(crate) fn find<T>(&self, namespace: &str, said: impl Fn(&NamespaceSettings) -> Option<T>) -> Option<(&str, T)> {
        let around = self.rules.iter().filter(|(name, _)| namespace::contains(name, namespace));
        around.map(|(name, settings)| Some((&**name, said(settings)?))).find_map(std::convert::identity)
    }

    /// The same without the name.
    pub(crate) fn of<T>(&self, namespace: &str, said: impl Fn(&NamespaceSettings) -> Option<T>) -> Option<T> {
        self.find(namespace, said).map(|(_, said)| said)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &NamespaceSettings)> {
        self.rules.iter().map(|(name, settings)| (&**name, settings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn the_innermost_namespace_that_says_something_counts() {
        let rules = NamespaceRules::new(vec![
            ("users".to_owned(), NamespaceSettings::new().ttl(seconds(1)).capacity(5)),
            ("users/admins".to_owned(), NamespaceSettings::new().ttl(seconds(2))),
        ]);
        let ttl = |namespace: &str| rules.of(namespace, |settings| settings.ttl);
        assert_eq!(
            (ttl("users"), ttl("users/admins"), ttl("users/x")),
            (Some(seconds(1)), Some(seconds(2)), Some(seconds(1)))
        );
        assert_eq!((ttl("usersAbc"), ttl("_")), (None, None));
        assert_eq!(rules.find("users/admins/x", |settings| settings.capacity), Some(("users", 5)));
    }

    #[test]
    fn what_is_said_last_counts() {
        let said = |settings| ("users".to_owned(), settings);
        let rules = NamespaceRules::new(vec![
            said(NamespaceSettings::new().ttl(seconds(1)).capacity(7)),
            said(NamespaceSettings::new().ttl(seconds(2))),
        ]);
        assert_eq!(rules.of("users", |settings| settings.ttl), Some(seconds(2)));
        assert_eq!(rules.of("users", |settings| settings.capacity), Some(7));
        assert_eq!(rules.iter().count(), 1);
    }
}
