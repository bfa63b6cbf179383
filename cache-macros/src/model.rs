//! What an attribute asks for: typed values instead of tokens, each with the span that a message points at.

mod policies;

use std::time::Duration;

use proc_macro2::Span;
use syn::{Expr, ExprClosure, Ident, Path};

use crate::parse::grammar::Macro;
use crate::parse::template::Template;

pub(crate) use policies::{CacheNone, Flights, Life, Policies};

/// One attribute on one function.
pub(crate) struct Annotation {
    pub(crate) kind: Macro,
    pub(crate) key: Option<Key>,
    pub(crate) keys: Option<Expr>,
    pub(crate) tags: Option<Tags>,
    pub(crate) pattern: Option<Template>,
    pub(crate) all: Option<Ident>,
    pub(crate) namespace: Option<String>,
    pub(crate) cache: CacheAt,
    pub(crate) skip: Vec<Ident>,
    pub(crate) ttl: Option<Ttl>,
    pub(crate) condition: Option<Expr>,
    pub(crate) unless: Option<ExprClosure>,
    pub(crate) value: Option<ExprClosure>,
    pub(crate) krate: Option<Path>,
    pub(crate) policies: Policies,
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
    Template(Template),
    Expr(Expr),
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

impl Annotation {
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
            Tag::Template(template) => Some((template, "tag")),
            Tag::Expr(_) => None,
        });
        key.into_iter().chain(tags).chain(self.pattern.iter().map(|pattern| (pattern, "pattern")))
    }
}
