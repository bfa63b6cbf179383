//! Which space a call's entries lie in: the cache's own, a tenant's, or none, and then the cache is left out.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::engine::Engine;
use crate::model::around;
use crate::model::error::Error;
use crate::model::operation::Operation;
use crate::model::space::Space;
use crate::model::stats::TenantStats;
use crate::model::tally::Tally;
use crate::model::tenancy::Tenancy;
use crate::model::tenant::{Tenant, Way};
use crate::scope::tenant;

/// Below this many tenants none is forgotten.
const KEEP: usize = 1024;

/// Says by which id the tenant is known whose other names these may be.
pub(crate) type Resolver = Arc<dyn Fn(&Tenant) -> Option<String> + Send + Sync>;

/// The tenants of a cache.
pub(crate) struct Tenants {
    /// Tells this cache from every other of the process.
    number: u64,
    resolver: Option<Resolver>,
    known: Mutex<Known>,
    /// In which ways they were named, one bit each.
    ways: AtomicU8,
}

/// The spaces by their names: one for each tenant, so that what is counted comes together.
#[derive(Default)]
struct Known {
    spaces: HashMap<Box<str>, Space>,
    limit: usize,
}

impl Known {
    fn space(&mut self, space: Space) -> Space {
        if let Some(known) = self.spaces.get(space.as_str()) {
            return known.clone();
        }
        if self.spaces.len() >= self.limit.max(KEEP) {
            let is_held = |space: &Space| matches!(space, Space::Tenant(tenant) if Arc::strong_count(tenant) > 1);
            self.spaces.retain(|_, space| is_held(space));
            self.limit = 2 * self.spaces.len();
        }
        self.spaces.insert(space.as_str().into(), space.clone());
        space
    }
}

impl Tenants {
    pub(crate) fn new(resolver: Option<Resolver>) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let (number, ways) = (NUMBERS.fetch_add(1, Ordering::Relaxed), AtomicU8::new(0));
        Self { number, resolver, known: Mutex::default(), ways }
    }

    /// Whether they were named in more than one way, and nobody says which of them are the same: a resolver names all by id.
    pub(crate) fn are_mixed(&self) -> bool {
        self.ways.load(Ordering::Relaxed).count_ones() > 1
    }

    /// The space of a tenant; `None` where the resolver does not know it.
    fn resolve(&self, cache: &str, tenant: &Tenant) -> Option<Space> {
        let resolved;
        let (way, space) = if let Some(resolve) = &self.resolver {
            resolved = Tenant::from_id(resolve(tenant)?).ok()?;
            resolved.spaces().next()?
        } else {
            tenant.spaces().next()?
        };
        self.note(cache, way);
        Some(self.known.lock().space(space))
    }

    fn note(&self, cache: &str, way: Way) {
        let before = self.ways.fetch_or(1 << way as u8, Ordering::Relaxed);
        if before.is_power_of_two() && before != 1 << way as u8 {
            tracing::warn!(
                cache,
                "tenants are named in more than one way, by id, slug or subdomain: one that is named in two ways has two spaces. Name them in one way, or give the cache a `tenant_resolver`"
            );
        }
    }
}

impl fmt::Debug for Tenants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenants").field("has_resolver", &self.resolver.is_some()).finish_non_exhaustive()
    }
}

/// Whether a call that cares for tenants so is nobody's in particular.
#[inline]
fn is_without_tenant(rule: Tenancy) -> bool {
    rule == Tenancy::None || rule == Tenancy::Optional && !around::Mark::Tenant.is_set()
}

impl Engine {
    /// The space of a function's call; `None` where that needs a tenant and has none, which is counted.
    #[inline]
    pub(crate) fn space_of(&self, operation: &Operation) -> Option<Space> {
        self.space_by(self.rule(operation))
    }

    /// The space of a call that cares for tenants so.
    #[inline]
    pub(crate) fn space_by(&self, rule: Tenancy) -> Option<Space> {
        if is_without_tenant(rule) { Some(Space::Global) } else { self.space_of_tenant() }
    }

    /// Whether a function's call is nobody's in particular.
    #[inline]
    pub(crate) fn is_without_tenant(&self, operation: &Operation) -> bool {
        is_without_tenant(self.rule(operation))
    }

    /// What a function's calls have to do with tenants.
    #[inline]
    fn rule(&self, operation: &Operation) -> Tenancy {
        operation.tenancy().unwrap_or_else(|| self.settings.tenancy(operation.namespace()))
    }

    #[inline(never)]
    fn space_of_tenant(&self) -> Option<Space> {
        let resolve = |tenant: &Tenant| self.tenants.resolve(&self.name, tenant);
        let space = tenant::current_scope().and_then(|scope| scope.space(self.tenants.number, resolve));
        if space.is_none() {
            self.note_missing_tenant();
        }
        space
    }

    #[cold]
    fn note_missing_tenant(&self) {
        if self.counters.tenant_missing.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(
                cache = &*self.name,
                "a call that needs a tenant has none, or one that the resolver does not know: such calls leave the cache out. Run them inside of `tenant::scope`"
            );
        }
    }

    /// The spaces of all names of a tenant.
    ///
    /// # Errors
    /// Where the resolver does not know it.
    pub(crate) fn spaces_of(&self, tenant: &Tenant) -> Result<Vec<Space>, Error> {
        if self.tenants.resolver.is_some() {
            return self.tenants.resolve(&self.name, tenant).map(|space| vec![space]).ok_or_else(Error::tenant_missing);
        }
        Ok(tenant.spaces().map(|(_, space)| space).collect())
    }

    /// What was counted of a tenant.
    pub(crate) fn tenant_stats(&self, tenant: &Tenant) -> Result<TenantStats, Error> {
        let space = self.spaces_of(tenant)?.into_iter().next();
        let space = space.map(|space| self.tenants.known.lock().space(space));
        Ok(space.as_ref().and_then(Space::tally).map(Tally::read).unwrap_or_default())
    }
}
