//! What a miss needs to know before its load, and what the loaded value adds.

use std::sync::Arc;
use std::time::Duration;

use crate::model::compression::Compress;
use crate::model::entry_key;
use crate::model::key::{self, CacheKey, KeyWriter};
use crate::model::key_secret::{self, KeySecret};
use crate::model::policy::Policy;

/// What stands in front of a tag that belongs to no tenant: escaping keeps it out of every other.
const ACROSS_TENANTS: u8 = b'#';

/// A tag that belongs to no tenant, with its mark.
pub(crate) fn for_every_tenant(tag: &[u8]) -> Vec<u8> {
    [&[ACROSS_TENANTS], tag].concat()
}

/// A tag that belongs to no tenant, without its mark; `None` where it belongs to one.
pub(crate) fn across_tenants(tag: &[u8]) -> Option<&[u8]> {
    tag.strip_prefix(&[ACROSS_TENANTS])
}

/// The tag that was written; where it lacks a hash, nothing but the mark of that, so that no cut takes the mark away.
fn finished<'tag>(writer: &'tag mut KeyWriter<'_>) -> &'tag [u8] {
    if key::lacks_secret(writer.written()) { key::NO_SECRET } else { entry_key::finish(writer).bytes() }
}

/// The tags of one entry, escaped like keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct TagNames(Vec<Box<[u8]>>);

impl TagNames {
    /// Adds a tag that a template writes.
    pub(crate) fn write(&mut self, secret: &KeySecret, write: impl FnOnce(&mut KeyWriter<'_>)) {
        let mut writer = KeyWriter::detached(secret);
        write(&mut writer);
        self.push_name(finished(&mut writer));
    }

    /// Adds a tag that belongs to no tenant, and so to all.
    pub(crate) fn write_across_tenants(&mut self, secret: &KeySecret, write: impl FnOnce(&mut KeyWriter<'_>)) {
        let mut writer = KeyWriter::detached(secret);
        write(&mut writer);
        let tag = [&[ACROSS_TENANTS], finished(&mut writer)].concat();
        self.push_name(&tag);
    }

    /// Adds a tag given as a value: written like a whole key, so that `"author:{id}"` and `format!("author:{id}")` meet.
    pub(crate) fn push<T: CacheKey + ?Sized>(&mut self, secret: &KeySecret, tag: &T) {
        self.write(secret, |writer| tag.write_whole_key(writer));
    }

    /// Adds tags given as values.
    pub(crate) fn extend<T: CacheKey>(&mut self, secret: &KeySecret, tags: impl IntoIterator<Item = T>) {
        tags.into_iter().for_each(|tag| self.push(secret, &tag));
    }

    /// Whether one of them lacks a hash.
    pub(crate) fn lack_secret(&self) -> bool {
        self.iter().any(key::lacks_secret)
    }

    /// Adds a tag that is written already.
    pub(crate) fn push_name(&mut self, tag: &[u8]) {
        if !self.iter().any(|present| present == tag) {
            self.0.push(tag.into());
        }
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> + Clone {
        self.0.iter().map(|tag| &**tag)
    }

    /// These and those, each once.
    pub(crate) fn with(&self, more: &Self) -> Self {
        let mut all = self.clone();
        all.0.extend(more.0.iter().filter(|tag| !self.0.contains(tag)).cloned());
        all
    }
}

/// What is settled before the load: evaluated on a miss only, from borrows of the arguments.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Plan {
    pub(crate) ttl: Option<Duration>,
    /// How long a `None` lives, where that is not `ttl`.
    pub(crate) none_ttl: Option<Duration>,
    /// How long a copy stays in memory, where the cache is not to decide.
    pub(crate) l1_ttl: Option<Duration>,
    pub(crate) tags: TagNames,
    /// Whether the loaded value will name more tags.
    pub(crate) more_tags: bool,
    /// Whether the value is compressed, where namespace and cache are not to decide.
    pub(crate) compress: Option<Compress>,
    secret: Option<Arc<KeySecret>>,
}

impl Plan {
    /// A plan with the cache's default ttl and no tags. Without a secret for a call that has nothing to do with the cache.
    pub fn new(secret: Option<&Arc<KeySecret>>) -> Self {
        Self { secret: secret.map(Arc::clone), ..Self::default() }
    }

    /// Takes over what a policy says. What the function itself says comes afterwards, and wins.
    pub fn preset(&mut self, policy: impl Into<Policy>) {
        let policy = policy.into();
        (self.ttl, self.l1_ttl) = (policy.life().or(self.ttl), policy.l1_life().or(self.l1_ttl));
        self.compress = policy.compression().or(self.compress);
        let secret = key_secret::or_of_process(self.secret.as_ref());
        policy.tag_writers().for_each(|write| self.tags.write(secret, write));
    }

    /// Sets how long the entry lives.
    pub fn ttl(&mut self, ttl: Duration) {
        self.ttl = Some(ttl);
    }

    /// Sets how long a copy stays in memory.
    pub fn l1_ttl(&mut self, ttl: Duration) {
        self.l1_ttl = Some(ttl);
    }

    /// Sets how long a stored `None` lives.
    pub fn none_ttl(&mut self, ttl: Duration) {
        self.none_ttl = Some(ttl);
    }

    /// Adds a tag given by a template.
    pub fn tag_template(&mut self, write: impl FnOnce(&mut KeyWriter<'_>)) {
        self.tags.write(key_secret::or_of_process(self.secret.as_ref()), write);
    }

    /// Adds a tag given by a template, which belongs to no tenant.
    pub fn tag_across_tenants(&mut self, write: impl FnOnce(&mut KeyWriter<'_>)) {
        self.tags.write_across_tenants(key_secret::or_of_process(self.secret.as_ref()), write);
    }

    /// Adds a tag given by an expression.
    pub fn tag<T: CacheKey + ?Sized>(&mut self, tag: &T) {
        self.tags.push(key_secret::or_of_process(self.secret.as_ref()), tag);
    }

    /// Says that the loaded value will name more tags.
    pub fn tags_from_value(&mut self) {
        self.more_tags = true;
    }
}

/// What the value decides: whether it is stored, for how long, under which further tags.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Decision {
    pub(crate) rejected: bool,
    pub(crate) ttl: Option<Duration>,
    pub(crate) tags: TagNames,
    secret: Option<Arc<KeySecret>>,
}

impl Decision {
    /// The value is stored, unless it says otherwise.
    pub(crate) fn new(secret: &Arc<KeySecret>) -> Self {
        Self { secret: Some(Arc::clone(secret)), ..Self::default() }
    }

    /// `unless` was true: the value is returned and not stored.
    pub fn reject(&mut self) {
        self.rejected = true;
    }

    /// Sets how long the entry lives.
    pub fn ttl(&mut self, ttl: Duration) {
        self.ttl = Some(ttl);
    }

    /// Adds a tag given by a template with `{result..}`.
    pub fn tag_template(&mut self, write: impl FnOnce(&mut KeyWriter<'_>)) {
        self.tags.write(key_secret::or_of_process(self.secret.as_ref()), write);
    }

    /// Adds a tag given by a template with `{result..}`, which belongs to no tenant.
    pub fn tag_across_tenants(&mut self, write: impl FnOnce(&mut KeyWriter<'_>)) {
        self.tags.write_across_tenants(key_secret::or_of_process(self.secret.as_ref()), write);
    }

    /// Adds the tags that a closure named.
    pub fn tags<T: CacheKey>(&mut self, tags: impl IntoIterator<Item = T>) {
        self.tags.extend(key_secret::or_of_process(self.secret.as_ref()), tags);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hashed::Hashed;

    #[test]
    fn a_preset_leaves_open_what_it_does_not_say() {
        let mut plan = Plan::new(None);
        plan.preset(Duration::from_secs(30));
        plan.preset(Policy::new().l1_ttl(Duration::from_secs(5)));
        assert_eq!((plan.ttl, plan.l1_ttl), (Some(Duration::from_secs(30)), Some(Duration::from_secs(5))));
    }

    #[test]
    fn the_tags_of_a_preset_are_hashed_with_the_secret_of_the_cache() {
        let secret = Arc::new(KeySecret::given(&[7; 32]).expect("it is long enough"));
        let policy = Policy::new().tags([("author", Hashed("ada@example.org"))]);
        let (mut plan, mut expected) = (Plan::new(Some(&secret)), TagNames::default());
        plan.preset(policy);
        expected.push(&secret, &("author", Hashed("ada@example.org")));
        assert!(plan.tags.iter().eq(expected.iter()));
        assert!(!plan.tags.lack_secret());
    }

    #[test]
    fn a_tag_of_a_preset_that_stands_there_already_stands_there_once() {
        let mut plan = Plan::new(None);
        plan.preset(Policy::new().tags(["author:7", "posts"]).tags(["posts"]));
        plan.tag("posts");
        assert!(plan.tags.iter().eq([b"author:7".as_slice(), b"posts"]));
    }
}
