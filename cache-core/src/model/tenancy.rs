//! [`Tenancy`]: what a cache or a function has to do with tenants.

/// What a cache, or one annotated function, has to do with the tenant around a call.
///
/// A cache says it with [`CacheBuilder::tenancy`](crate::CacheBuilder::tenancy), a function with `tenant = required`,
/// `optional` or `none`, which wins. The tenant is the one that [`tenant::scope`](crate::tenant::scope) names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tenancy {
    /// The tenant's own entries where there is a tenant, and elsewhere those that belong to no tenant.
    #[default]
    Optional,
    /// The tenant's own entries. Without a tenant nothing is read and nothing stored: the body runs, and it is counted.
    Required,
    /// Entries that belong to no tenant, whoever is around the call.
    None,
}
