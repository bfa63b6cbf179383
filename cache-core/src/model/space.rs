//! The space of a key: whose data it is.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::model::tally::Tally;

/// Whose entries these are. Every key, tag and namespace lies in a space, and an invalidation never leaves its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) enum Space {
    /// Nobody's in particular.
    #[default]
    Global,
    /// A tenant's.
    Tenant(Arc<TenantSpace>),
}

/// The space of a tenant, in one cache.
#[derive(Debug)]
pub(crate) struct TenantSpace {
    spelling: Box<str>,
    /// What the cache counts of the tenant.
    pub(crate) tally: Tally,
}

/// How the space of no tenant is spelled.
const GLOBAL: &str = "global";
/// What the spelling of a tenant's space begins with.
pub(crate) const TENANT: &str = "tenant:";

impl Space {
    /// The space of a tenant, whose name is escaped already.
    pub(crate) fn of_tenant(name: &str) -> Self {
        Self::spelled([TENANT, name].concat())
    }

    fn spelled(spelling: String) -> Self {
        Space::Tenant(Arc::new(TenantSpace { spelling: spelling.into(), tally: Tally::default() }))
    }

    /// How the space is spelled in a key. No space's spelling with a `:` behind it is the head of another's.
    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Space::Global => GLOBAL,
            Space::Tenant(tenant) => &tenant.spelling,
        }
    }

    /// The space that a name begins with, and what follows its `:`. `None`: it begins with none.
    pub(crate) fn split(name: &[u8]) -> Option<(Self, &[u8])> {
        if let Some(rest) = name.strip_prefix(GLOBAL.as_bytes()) {
            return rest.strip_prefix(b":").map(|rest| (Space::Global, rest));
        }
        let tenant = name.strip_prefix(TENANT.as_bytes())?;
        let end = tenant.iter().position(|byte| *byte == b':').filter(|end| *end > 0)?;
        let spelling = str::from_utf8(&name[..TENANT.len() + end]).ok()?;
        Some((Self::spelled(spelling.to_owned()), &tenant[end + 1..]))
    }

    /// What the cache counts of the tenant whose space it is.
    #[inline]
    pub(crate) fn tally(&self) -> Option<&Tally> {
        match self {
            Space::Global => None,
            Space::Tenant(tenant) => Some(&tenant.tally),
        }
    }
}

impl PartialEq for TenantSpace {
    fn eq(&self, other: &Self) -> bool {
        self.spelling == other.spelling
    }
}

impl Eq for TenantSpace {}

impl Hash for TenantSpace {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.spelling.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_begins_with_is_the_space_that_it_was_written_for() {
        for space in [Space::Global, Space::of_tenant("acme"), Space::of_tenant("slug=acme")] {
            let name = format!("{}:users:7:x", space.as_str());
            assert_eq!(Space::split(name.as_bytes()), Some((space, &b"users:7:x"[..])));
        }
        for other in ["", "global", "globally:x", "tenant:acme", "tenant::x", "tenantacme:x", "*:x"] {
            assert_eq!(Space::split(other.as_bytes()), None, "{other}");
        }
    }
}
