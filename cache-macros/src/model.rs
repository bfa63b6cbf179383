//! What an attribute asks for: typed values instead of tokens, each with the span that a message points at.

mod batch;
pub(crate) mod of;
mod policies;

use std::time::Duration;

use proc_macro2::{Span, TokenStream};
use syn::{Expr, ExprClosure, Ident, Path};

use crate::model::of::Of;
use crate::parse::grammar::Macro;
use crate::parse::template::Template;

pub(crate) use batch::{Batch, List};
pub(crate) use policies::{CacheErr, CacheNone, Compress, Flights, Life, Policies, Preset, Tenancy};

/// The attributes on one function.
#[derive(Default)]
pub(crate) struct Annotations {
    pub(crate) reader: Option<Annotation>,
    pub(crate) puts: Vec<Annotation>,
    pub(crate) evictions: Vec<Annotation>,
    /// The path to `larder`, where it is not `::larder`.
    pub(crate) krate: Option<Path>,
}

/// One attribute on one function.
pub(crate) struct Annotation {
    pub(crate) kind: Macro,
    /// Its place among those of the function, so that generated names differ.
    pub(crate) number: usize,
    /// Its name where it stands; nothing for the attribute that is expanding.
    pub(crate) at: TokenStream,
    pub(crate) key: Option<Key>,
    pub(crate) keys: Option<Expr>,
    pub(crate) tags: Option<Tags>,
    pub(crate) pattern: Option<Template>,
    pub(crate) all: Option<(Ident, Spaces)>,
    pub(crate) of: Option<Of>,
    pub(crate) namespace: Option<String>,
    pub(crate) cache: CacheAt,
    pub(crate) skip: Vec<Ident>,
    /// The arguments that enter keys and tags as hashes.
    pub(crate) hash: Vec<Ident>,
    pub(crate) ttl: Option<Ttl>,
    pub(crate) condition: Option<Expr>,
    pub(crate) unless: Option<ExprClosure>,
    pub(crate) value: Option<ExprClosure>,
    pub(crate) krate: Option<Path>,
    pub(crate) timing: Timing,
    pub(crate) policies: Policies,
    pub(crate) batch: Option<Batch>,
    pub(crate) span: Option<Shown>,
}

/// The span around a call: the argument's name, and the level that it says.
pub(crate) struct Shown {
    pub(crate) name: Ident,
    pub(crate) level: Visibility,
}

/// At which level a span is opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visibility {
    Off,
    Debug,
    Info,
}

/// When an eviction takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timing {
    Before,
    AfterOk,
    Always,
    AfterCommit,
}

/// A key.
pub(crate) enum Key {
    Template(Template),
    Expr(Expr),
}

/// Tags.
pub(crate) enum Tags {
    List(Vec<Tag>),
    FromValue(ExprClosure),
}

/// One tag.
pub(crate) enum Tag {
    Template(Template, Spaces),
    Expr(Expr),
}

/// Whose a tag is, or a namespace that is cleared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spaces {
    /// The current tenant's.
    Own,
    /// Every tenant's.
    Every,
}

/// Where the cache is.
pub(crate) enum CacheAt {
    /// `HasCache` of `self`, whose span this is.
    Receiver(Span),
    /// The process-wide one.
    Global,
    Expr(Expr),
}

/// How long an entry lives.
pub(crate) enum Ttl {
    Fixed(Duration),
    Expr(Expr),
    FromValue(ExprClosure),
}

impl Annotations {
    /// All of them, in the order in which they act.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Annotation> {
        self.reader.iter().chain(&self.puts).chain(&self.evictions)
    }
}

impl Annotation {
    /// Every template, to be changed.
    pub(crate) fn templates_mut(&mut self) -> impl Iterator<Item = &mut Template> {
        let key = match &mut self.key {
            Some(Key::Template(template)) => Some(template),
            Some(Key::Expr(_)) | None => None,
        };
        let tags = match &mut self.tags {
            Some(Tags::List(list)) => list.as_mut_slice(),
            Some(Tags::FromValue(_)) | None => &mut [],
        };
        let tags = tags.iter_mut().filter_map(|tag| match tag {
            Tag::Template(template, _) => Some(template),
            Tag::Expr(_) => None,
        });
        key.into_iter().chain(tags).chain(&mut self.pattern)
    }

    /// Every template, with the word that messages call it by.
    pub(crate) fn templates(&self) -> impl Iterator<Item = (&Template, &'static str)> {
        let key = match &self.key {
            Some(Key::Template(template)) => Some((template, "cache key")),
            Some(Key::Expr(_)) | None => None,
        };
        let tags = match &self.tags {
            Some(Tags::List(list)) => list.as_slice(),
            Some(Tags::FromValue(_)) | None => &[],
        };
        let tags = tags.iter().filter_map(|tag| match tag {
            Tag::Template(template, _) => Some((template, "tag")),
            Tag::Expr(_) => None,
        });
        key.into_iter().chain(tags).chain(self.pattern.iter().map(|pattern| (pattern, "pattern")))
    }
}
