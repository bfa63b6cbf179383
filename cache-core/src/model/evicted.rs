//! [`Evicted`]: what was invalidated, as a test compares it.

use std::fmt;

use crate::model::plan;
use crate::model::space::Space;
use crate::model::tenant::Tenant;

/// Something that was invalidated: see [`Kit::evicted`](crate::testing::Kit::evicted).
///
/// Keys, tags and patterns are given as they stand in the cache: `"user:7"` for the template `"user:{id}"`, and `"user:a%20b"`
/// for a value with a space, as separators, wildcards and spaces in values are escaped. Its `Debug` is how to write it.
///
/// ```
/// use cache_core::testing::Evicted;
///
/// let evicted = Evicted::key("users", "user:7");
/// assert_eq!(format!("{evicted:?}"), r#"Evicted::key("users", "user:7")"#);
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evicted {
    whose: Whose,
    what: What,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Whose {
    Nobodys,
    /// As its space is spelled.
    Tenants(String),
    Everybodys,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum What {
    Key(String, String),
    Tag(String),
    Pattern(String, String),
    Namespace(String),
    Everything,
}

impl Evicted {
    /// The entry of a key. The namespace is `"_"` where the function names none.
    pub fn key(namespace: impl Into<String>, key: impl Into<String>) -> Self {
        Self::nobodys(What::Key(namespace.into(), key.into()))
    }

    /// What carries a tag.
    pub fn tag(tag: impl Into<String>) -> Self {
        Self::nobodys(What::Tag(tag.into()))
    }

    /// The entries of a namespace whose keys match a pattern.
    pub fn pattern(namespace: impl Into<String>, pattern: impl Into<String>) -> Self {
        Self::nobodys(What::Pattern(namespace.into(), pattern.into()))
    }

    /// A whole namespace, and those below it.
    pub fn namespace(namespace: impl Into<String>) -> Self {
        Self::nobodys(What::Namespace(namespace.into()))
    }

    /// Everything, as [`Cache::clear`](crate::Cache::clear) does.
    pub fn everything() -> Self {
        Self::nobodys(What::Everything)
    }

    /// The same of a tenant's: by the name that counts, or the id that the cache's resolver has given.
    #[must_use]
    pub fn of(self, tenant: &Tenant) -> Self {
        let space = tenant.spaces().next().map(|(_, space)| space).unwrap_or_default();
        self.of_space(&space)
    }

    /// The same whosever it is.
    #[must_use]
    pub fn across_tenants(self) -> Self {
        Self { whose: Whose::Everybodys, ..self }
    }

    fn nobodys(what: What) -> Self {
        Self { whose: Whose::Nobodys, what }
    }

    pub(crate) fn of_space(self, space: &Space) -> Self {
        let whose = match space {
            Space::Global => Whose::Nobodys,
            Space::Tenant(_) => Whose::Tenants(space.as_str().to_owned()),
        };
        Self { whose, ..self }
    }

    /// An entry by the whole of its key.
    pub(crate) fn entry(space: &Space, key: &[u8]) -> Self {
        let key = String::from_utf8_lossy(key);
        let inside = key.strip_prefix(space.as_str()).and_then(|rest| rest.strip_prefix(':')).unwrap_or(&key);
        let (namespace, key) = inside.split_once(':').unwrap_or(("", inside));
        Self::key(namespace, key).of_space(space)
    }

    /// What carries a tag, by the tag's name.
    pub(crate) fn tag_of(space: &Space, tag: &[u8]) -> Self {
        match plan::across_tenants(tag) {
            Some(tag) => Self::tag(String::from_utf8_lossy(tag)).across_tenants(),
            None => Self::tag(String::from_utf8_lossy(tag)).of_space(space),
        }
    }
}

impl fmt::Debug for Evicted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Key(namespace, key) => write!(f, "Evicted::key({namespace:?}, {key:?})"),
            What::Tag(tag) => write!(f, "Evicted::tag({tag:?})"),
            What::Pattern(namespace, pattern) => write!(f, "Evicted::pattern({namespace:?}, {pattern:?})"),
            What::Namespace(namespace) => write!(f, "Evicted::namespace({namespace:?})"),
            What::Everything => write!(f, "Evicted::everything()"),
        }?;
        match &self.whose {
            Whose::Nobodys => Ok(()),
            Whose::Tenants(space) => write!(f, ".of({space})"),
            Whose::Everybodys => write!(f, ".across_tenants()"),
        }
    }
}
