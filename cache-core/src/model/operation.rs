//! What is constant about an annotated function.

use std::time::Duration;

use crate::model::compression::Compress;
use crate::model::namespace::Namespace;
use crate::model::reader::Reader;
use crate::model::tenancy::Tenancy;

/// An annotated function: one `static` of the generated code.
#[doc(hidden)]
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "each is an argument of its own")]
pub struct Operation {
    module: &'static str,
    function: &'static str,
    namespace: Namespace,
    pub(crate) version: u32,
    /// Whether a `None` is stored, and answers a call.
    pub(crate) keeps_none: bool,
    /// Whether memory is looked into, and keeps anything.
    pub(crate) uses_l1: bool,
    /// Whether the second level is read and written.
    pub(crate) uses_l2: bool,
    /// By how many hundredths at most a lifetime is shortened.
    pub(crate) jitter: u8,
    pub(crate) flights: Flights,
    /// An entry ends when nobody reads it for so long.
    pub(crate) idle: Option<Duration>,
    /// Whether the tags of cached functions that the body awaits are taken over.
    pub(crate) inherits_tags: bool,
    /// What it has to do with tenants, where the cache is not to decide.
    tenancy: Option<Tenancy>,
    /// Whether values are compressed, where namespace and cache are not to decide.
    compress: Option<Compress>,
    manner: Manner,
}

/// How the function's calls wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// In their tasks.
    Async,
    /// They hold their thread.
    Sync,
}

/// Who runs the body when several calls miss.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flights {
    /// One call of all nodes.
    Cluster,
    /// One call of each node.
    Local,
    /// Every call.
    Off,
}

impl Operation {
    /// The function's place in the source, and its namespace where it has one.
    pub const fn new(module: &'static str, function: &'static str, namespace: Option<&'static str>) -> Self {
        let namespace = match namespace {
            Some(name) => Namespace::literal(name),
            None => Namespace::DEFAULT,
        };
        Self {
            module,
            function,
            namespace,
            version: 0,
            keeps_none: false,
            uses_l1: true,
            uses_l2: true,
            jitter: 0,
            flights: Flights::Cluster,
            idle: None,
            inherits_tags: true,
            tenancy: None,
            compress: None,
            manner: Manner::Async,
        }
    }

    /// Belongs to a function that is not asynchronous.
    #[must_use]
    pub const fn sync(mut self) -> Self {
        self.manner = Manner::Sync;
        self
    }

    /// Stores a `None` too.
    #[must_use]
    pub const fn keep_none(mut self) -> Self {
        self.keeps_none = true;
        self
    }

    /// Tells the entries from those of other versions.
    #[must_use]
    pub const fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// Leaves memory out.
    #[must_use]
    pub const fn without_l1(mut self) -> Self {
        self.uses_l1 = false;
        self
    }

    /// Leaves the second level out.
    #[must_use]
    pub const fn without_l2(mut self) -> Self {
        self.uses_l2 = false;
        self
    }

    /// Shortens lifetimes at random, by so many hundredths at most.
    #[must_use]
    pub const fn jitter(mut self, percent: u8) -> Self {
        self.jitter = percent;
        self
    }

    /// Leaves the tags of cached functions that the body awaits out.
    #[must_use]
    pub const fn without_inherited_tags(mut self) -> Self {
        self.inherits_tags = false;
        self
    }

    /// Says who runs the body when several calls miss.
    #[must_use]
    pub const fn flights(mut self, flights: Flights) -> Self {
        self.flights = flights;
        self
    }

    pub(crate) fn module(&self) -> &'static str {
        self.module
    }

    pub(crate) fn function(&self) -> &'static str {
        self.function
    }

    /// Ends an entry when nobody reads it for so long.
    #[must_use]
    pub const fn idle(mut self, after: Duration) -> Self {
        self.idle = Some(after);
        self
    }

    /// Makes it the operation of a put whose entries are a reader's: what tells entries apart is the reader's.
    #[must_use]
    pub const fn like(mut self, reader: &Reader) -> Self {
        let reader = reader.operation();
        // Forgotten, for nothing may be dropped where constants are made; a literal holds nothing.
        std::mem::forget(std::mem::replace(&mut self.namespace, reader.namespace.copy()));
        self.version = reader.version;
        self.tenancy = reader.tenancy;
        self
    }

    /// Says what it has to do with tenants.
    #[must_use]
    pub const fn tenant(mut self, tenancy: Tenancy) -> Self {
        self.tenancy = Some(tenancy);
        self
    }

    /// Says whether its values are compressed.
    #[must_use]
    pub const fn compress(mut self, wish: Compress) -> Self {
        self.compress = Some(wish);
        self
    }

    /// Whether its values are compressed, where it says so.
    pub(crate) fn compression(&self) -> Option<Compress> {
        self.compress
    }

    #[inline]
    pub(crate) fn tenancy(&self) -> Option<Tenancy> {
        self.tenancy
    }

    /// Whether the function is not asynchronous: its calls hold their thread while they wait.
    pub(crate) fn is_sync(&self) -> bool {
        self.manner == Manner::Sync
    }

    #[inline]
    pub(crate) fn namespace(&self) -> &Namespace {
        &self.namespace
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}::{}", self.module, self.function)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static READER: Reader =
        Reader::new(Operation::new("m", "reader", Some("users")).version(2).tenant(Tenancy::None), "", ["", ""]);

    #[test]
    fn what_is_about_the_entry_of_a_reader_has_what_tells_that_apart_from_the_reader() {
        let writer = Operation::new("m", "writer", None).version(1).tenant(Tenancy::Required).like(&READER);
        assert_eq!((writer.namespace(), writer.version), (READER.operation().namespace(), 2));
        assert_eq!((writer.tenancy(), writer.function()), (Some(Tenancy::None), "writer"));
    }

    #[test]
    fn without_a_rule_for_tenants_the_cache_decides() {
        assert_eq!(Operation::new("m", "reader", None).tenancy(), None);
    }
}
