//! The arguments that change how the engine treats the entries of a function.

use std::time::Duration;

use syn::{Expr, ExprClosure, Ident};

/// How the entries of a function are treated.
#[derive(Default)]
pub(crate) struct Policies {
    pub(crate) preset: Option<Preset>,
    pub(crate) cache_none: Option<CacheNone>,
    pub(crate) cache_err: Option<CacheErr>,
    pub(crate) l1_ttl: Option<Life>,
    pub(crate) without_l1: bool,
    pub(crate) without_l2: bool,
    /// Whether values are compressed, where the cache is not to decide.
    pub(crate) compress: Option<Compress>,
    pub(crate) idle: Option<Duration>,
    /// In hundredths.
    pub(crate) jitter: Option<u8>,
    pub(crate) version: Option<u32>,
    pub(crate) flights: Option<Flights>,
    /// Whether the tags of cached functions that the body awaits are left out.
    pub(crate) without_inherited_tags: bool,
    /// Where trouble with the cache becomes the function's error: the argument, for messages about the return type.
    pub(crate) fails: Option<Ident>,
    /// What it has to do with tenants, where the cache is not to decide.
    pub(crate) tenancy: Option<Tenancy>,
}

/// The policy that is taken over.
pub(crate) enum Preset {
    BuiltIn(Ident),
    Policy(Expr),
}

/// Whose entries a call works with.
#[derive(Clone, Copy)]
pub(crate) enum Tenancy {
    Optional,
    Required,
    None,
}

/// Whether values are compressed.
#[derive(Clone, Copy)]
pub(crate) enum Compress {
    On,
    Off,
}

/// Who runs the body when several calls miss.
#[derive(Clone, Copy)]
pub(crate) enum Flights {
    Cluster,
    Local,
    Off,
}

/// A `None` is stored too.
pub(crate) struct CacheNone {
    /// The argument, for messages about the return type.
    pub(crate) name: Ident,
    /// For how long, where that is not `ttl`.
    pub(crate) life: Option<Life>,
}

/// An error is stored too.
pub(crate) struct CacheErr {
    /// The argument, for messages about the return type.
    pub(crate) name: Ident,
    /// For how long.
    pub(crate) life: ExprClosure,
}

/// A time that no value decides.
pub(crate) enum Life {
    Fixed(Duration),
    Expr(Expr),
}
