//! [`Evictions`]: what an event invalidates.

use std::fmt;

use crate::engine::Engine;
use crate::engine::invalidate::Invalidation;
use crate::model::error::Error;
use crate::model::key::{CacheKey, KeyWriter};
use crate::model::namespace::Namespace;
use crate::model::pattern::KeyPattern;
use crate::model::space::Space;
use crate::model::tenancy::Tenancy;
use crate::model::tenant::Tenant;

/// What an event invalidates: keys, tags, patterns and namespaces, of one tenant or of none.
///
/// Not of the tenant around: the event is heard on other nodes too, where there is none. So an event of a tenant's data names
/// the tenant.
///
/// ```
/// use cache_core::{Evictions, Tenant};
///
/// let of = |tenant: &str, invoice: u64| -> Result<Evictions, cache_core::Error> {
///     Ok(Evictions::new()
///         .of_tenant(Tenant::from_id(tenant)?)
///         .key("invoices", invoice)
///         .tag(format!("invoice:{invoice}"))
///         .matching("invoices", "list:*"))
/// };
/// # of("acme", 7).unwrap();
/// ```
#[must_use = "it invalidates nothing before it is given back"]
#[derive(Default)]
pub struct Evictions {
    tenant: Option<Tenant>,
    parts: Vec<Part>,
}

/// Writes a key or a tag: a piece of it may be hashed, so it is written when the cache is known.
type Write = Box<dyn Fn(&mut KeyWriter<'_>) + Send + Sync>;

enum Part {
    Key(String, Write),
    Tag(Write),
    Matching(String, String),
    Namespace(String),
    Everything,
}

impl Part {
    /// Whether its namespace has entries that belong to no tenant, because the cache was told so.
    fn is_nobodys(&self, engine: &Engine) -> bool {
        let (Self::Key(name, _) | Self::Matching(name, _) | Self::Namespace(name)) = self else { return false };
        named(name).is_ok_and(|name| engine.settings.tenancy(&name) == Tenancy::None)
    }
}

impl Evictions {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What belongs to a tenant: all of them, wherever they stand among the others. Without it, what belongs to no tenant.
    pub fn of_tenant(mut self, tenant: Tenant) -> Self {
        self.tenant = Some(tenant);
        self
    }

    /// A key of a namespace, as for [`Namespace::remove`](crate::Namespace::remove). The keys that name no namespace are in `""`.
    pub fn key(mut self, namespace: impl Into<String>, key: impl CacheKey + Send + Sync + 'static) -> Self {
        self.parts.push(Part::Key(namespace.into(), Box::new(move |writer| key.write_whole_key(writer))));
        self
    }

    /// What carries a tag, as for [`Namespace::invalidate_tags`](crate::Namespace::invalidate_tags).
    pub fn tag(mut self, tag: impl CacheKey + Send + Sync + 'static) -> Self {
        self.parts.push(Part::Tag(Box::new(move |writer| tag.write_whole_key(writer))));
        self
    }

    /// The keys of a namespace that match a pattern, as for
    /// [`Namespace::remove_matching`](crate::Namespace::remove_matching).
    pub fn matching(mut self, namespace: impl Into<String>, pattern: impl Into<String>) -> Self {
        self.parts.push(Part::Matching(namespace.into(), pattern.into()));
        self
    }

    /// A namespace with those inside of it, as for [`Namespace::clear`](crate::Namespace::clear).
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.parts.push(Part::Namespace(namespace.into()));
        self
    }

    /// Everything that the tenant has, or that belongs to none.
    pub fn everything(mut self) -> Self {
        self.parts.push(Part::Everything);
        self
    }

    /// All of it: one invalidation for each name of the tenant.
    pub(super) fn invalidations(&self, engine: &Engine) -> Result<Vec<Invalidation>, Error> {
        let spaces = match &self.tenant {
            Some(tenant) => engine.spaces_of(tenant)?,
            None => vec![Space::Global],
        };
        let mut all = Vec::new();
        for space in &spaces {
            all.push(self.in_space(engine, space, |part| !part.is_nobodys(engine))?);
        }
        // What its namespace says belongs to nobody lies there, whoever's the event is.
        all.push(self.in_space(engine, &Space::Global, |part| part.is_nobodys(engine))?);
        all.retain(|invalidation| !invalidation.is_empty());
        Ok(all)
    }

    fn in_space(
        &self,
        engine: &Engine,
        space: &Space,
        is_there: impl Fn(&Part) -> bool,
    ) -> Result<Invalidation, Error> {
        let (mut invalidation, secret) = (Invalidation::new(space), &engine.settings.secret);
        for part in self.parts.iter().filter(|part| is_there(part)) {
            match part {
                Part::Key(name, write) => {
                    let key = engine.key_in(space, &named(name)?, write);
                    if key.lacks_secret() {
                        return Err(no_secret());
                    }
                    invalidation.keys.push(key);
                }
                Part::Tag(write) => invalidation.tags.write(secret, write),
                Part::Matching(name, pattern) => {
                    let mut glob = KeyPattern::default();
                    glob.push_glob(pattern);
                    invalidation.patterns.push((named(name)?, glob));
                }
                Part::Namespace(name) => invalidation.namespaces.push(named(name)?),
                Part::Everything => invalidation.everything = true,
            }
        }
        if invalidation.tags.lack_secret() { Err(no_secret()) } else { Ok(invalidation) }
    }
}

fn named(name: &str) -> Result<Namespace, Error> {
    if name.is_empty() { Ok(Namespace::DEFAULT) } else { Namespace::named(name) }
}

fn no_secret() -> Error {
    Error::config("a piece of a key or a tag is to be hashed, and this cache has no `key_secret`")
}

/// Without keys and tags, which may be secret.
impl fmt::Debug for Evictions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_tenant = self.tenant.is_some();
        f.debug_struct("Evictions")
            .field("has_tenant", &has_tenant)
            .field("parts", &self.parts.len())
            .finish_non_exhaustive()
    }
}
