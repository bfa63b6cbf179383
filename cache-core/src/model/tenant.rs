//! [`Tenant`]: whose data a task works with.

use std::fmt;

use crate::model::error::Error;
use crate::model::escape::{self, Place};
use crate::model::space::Space;

/// The longest name of a tenant, in bytes: it stands in every key.
const MAX_BYTES: usize = 128;

/// Whose data a task works with: named by id, by slug or by subdomain, of which the first that is there counts.
///
/// Any text is a name, whatever it is made of; `Acme` and `acme` are two ids and two slugs. A name is 1 to 128 bytes.
///
/// ```
/// use cache_core::Tenant;
///
/// let acme = Tenant::from_id(7)?.and_slug("acme-corp")?;
/// assert_eq!((acme.id(), acme.slug(), acme.subdomain()), (Some("7"), Some("acme-corp"), None));
/// assert!(Tenant::from_id("").is_err());
/// # Ok::<(), cache_core::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Tenant {
    /// By the ways in which it is named.
    names: [Option<Box<str>>; WAYS],
}

const WAYS: usize = 3;

/// How a tenant is named, the first way first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Id,
    Slug,
    Subdomain,
}

impl Way {
    const ALL: [Self; WAYS] = [Way::Id, Way::Slug, Way::Subdomain];

    /// What stands in front of such a name. Values are written without `=`, so no name of one way is one of another.
    const fn mark(self) -> &'static str {
        match self {
            Way::Id => "",
            Way::Slug => "slug=",
            Way::Subdomain => "sub=",
        }
    }

    fn space(self, name: &str) -> Space {
        let mut spelling = self.mark().to_owned();
        let push = |piece: &[u8]| spelling.push_str(str::from_utf8(piece).unwrap_or_default());
        escape::escape(name.as_bytes(), Place::ValueUntil(b'='), push);
        Space::of_tenant(&spelling)
    }
}

impl Tenant {
    /// A tenant that is named by its id.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) where the name is empty or longer than 128 bytes.
    pub fn from_id(id: impl fmt::Display) -> Result<Self, Error> {
        Self { names: Default::default() }.with(Way::Id, &id)
    }

    /// A tenant that is named by its slug.
    ///
    /// # Errors
    /// As [`from_id`](Self::from_id).
    pub fn from_slug(slug: impl fmt::Display) -> Result<Self, Error> {
        Self { names: Default::default() }.with(Way::Slug, &slug)
    }

    /// A tenant that is named by its subdomain, whose letters are made small, for such names do not tell them apart.
    ///
    /// # Errors
    /// As [`from_id`](Self::from_id).
    pub fn from_subdomain(subdomain: impl fmt::Display) -> Result<Self, Error> {
        Self { names: Default::default() }.with(Way::Subdomain, &subdomain)
    }

    /// The same tenant, whose id is known as well.
    ///
    /// # Errors
    /// As [`from_id`](Self::from_id).
    pub fn and_id(self, id: impl fmt::Display) -> Result<Self, Error> {
        self.with(Way::Id, &id)
    }

    /// The same tenant, whose slug is known as well.
    ///
    /// # Errors
    /// As [`from_id`](Self::from_id).
    pub fn and_slug(self, slug: impl fmt::Display) -> Result<Self, Error> {
        self.with(Way::Slug, &slug)
    }

    /// The same tenant, whose subdomain is known as well.
    ///
    /// # Errors
    /// As [`from_id`](Self::from_id).
    pub fn and_subdomain(self, subdomain: impl fmt::Display) -> Result<Self, Error> {
        self.with(Way::Subdomain, &subdomain)
    }

    fn with(mut self, way: Way, name: &dyn fmt::Display) -> Result<Self, Error> {
        let name = name.to_string();
        if name.is_empty() || name.len() > MAX_BYTES {
            return Err(Error::config("a tenant's id, slug or subdomain is 1 to 128 bytes of text"));
        }
        let name = if way == Way::Subdomain { name.to_ascii_lowercase() } else { name };
        self.names[way as usize] = Some(name.into());
        Ok(self)
    }

    /// Its id, where it is known.
    pub fn id(&self) -> Option<&str> {
        self.name(Way::Id)
    }

    /// Its slug, where it is known.
    pub fn slug(&self) -> Option<&str> {
        self.name(Way::Slug)
    }

    /// Its subdomain in small letters, where it is known.
    pub fn subdomain(&self) -> Option<&str> {
        self.name(Way::Subdomain)
    }

    fn name(&self, way: Way) -> Option<&str> {
        self.names[way as usize].as_deref()
    }

    /// The spaces of all its names, with the way of each; the one that counts first.
    pub(crate) fn spaces(&self) -> impl Iterator<Item = (Way, Space)> + '_ {
        Way::ALL.into_iter().filter_map(|way| self.name(way).map(|name| (way, way.space(name))))
    }
}

/// Without the names, which may tell whose data it is.
impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named_by: Vec<_> = Way::ALL.into_iter().filter(|way| self.name(*way).is_some()).collect();
        f.debug_struct("Tenant").field("named_by", &named_by).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space(tenant: Result<Tenant, Error>) -> String {
        let tenant = tenant.expect("a name that can be used");
        tenant.spaces().next().expect("it has a name").1.as_str().to_owned()
    }

    #[test]
    fn the_id_counts_before_the_slug_and_the_slug_before_the_subdomain() {
        let all = Tenant::from_subdomain("c").and_then(|tenant| tenant.and_slug("b"));
        assert_eq!(space(all.clone()), "tenant:slug=b");
        assert_eq!(space(all.and_then(|tenant| tenant.and_id("a"))), "tenant:a");
    }

    #[test]
    fn no_name_of_one_way_is_one_of_another() {
        let spaces = [
            Tenant::from_id("acme"),
            Tenant::from_slug("acme"),
            Tenant::from_subdomain("acme"),
            Tenant::from_id("slug=acme"),
            Tenant::from_id("sub=acme"),
            Tenant::from_slug("slug=acme"),
            Tenant::from_id("slug%3Dacme"),
        ];
        let spaces: std::collections::HashSet<_> = spaces.into_iter().map(space).collect();
        assert_eq!(spaces.len(), 7);
    }

    #[test]
    fn a_name_that_is_empty_or_too_long_is_an_error() {
        for name in [String::new(), "x".repeat(129)] {
            for tenant in [Tenant::from_id(&name), Tenant::from_slug(&name), Tenant::from_subdomain(&name)] {
                assert!(tenant.expect_err("no name").is_config());
            }
        }
        assert!(Tenant::from_id("x".repeat(128)).is_ok());
    }

    #[test]
    fn a_subdomain_is_the_same_in_large_letters() {
        assert_eq!(space(Tenant::from_subdomain("ACME")), "tenant:sub=acme");
        assert_ne!(space(Tenant::from_slug("ACME")), space(Tenant::from_slug("acme")));
    }

    #[test]
    fn a_tenant_does_not_show_its_name() {
        let tenant = Tenant::from_id("secret").expect("a name");
        assert!(!format!("{tenant:?}").contains("secret"));
    }
}
