//! Trouble with the cache as the error of a function: `on_cache_error = fail`.
//!
//! Trouble is what the second level did not do that it was asked to: it was not reached, did not answer in time or refused,
//! a value could not be written for it, or an invalidation not delivered. It is counted and said like any other.

use std::any::Any;
use std::sync::Arc;

use crate::model::error::Error;
use crate::model::shared::Shared;
use crate::wire::value::{NoOtherWay, Unreachable};

/// What becomes of trouble with the cache, in a function that was asked for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnTrouble {
    /// The function returns what it would without a cache.
    GoOn,
    /// It returns the trouble as its error.
    Fail,
}

impl OnTrouble {
    /// As a function wants it that can make an error of trouble.
    pub(crate) fn of<R>(failing: Option<Failing<R>>) -> Self {
        if failing.is_some() { OnTrouble::Fail } else { OnTrouble::GoOn }
    }
}

/// Makes a function's result of trouble with the cache.
#[doc(hidden)]
pub type Failing<R> = fn(Error) -> R;

/// Why the load of another call failed.
#[derive(Debug, Clone)]
pub(crate) enum Cause {
    /// Its body did, with an error that can be copied.
    Body(Arc<dyn Any + Send + Sync>),
    /// There was trouble with the cache.
    Trouble(Error),
}

impl Cause {
    /// The result of a call that waited. `None`: it is nothing that this call could return.
    pub(crate) fn pass_on<E, R>(
        &self,
        shared: Option<&Shared<E>>,
        failed: fn(E) -> R,
        failing: Option<Failing<R>>,
    ) -> Option<R> {
        match self {
            Cause::Body(error) => shared.and_then(|shared| (shared.open)(error.as_ref())).map(failed),
            Cause::Trouble(error) => failing.map(|failing| failing(error.clone())),
        }
    }
}

/// A return type that can hold trouble with the cache.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`on_cache_error = fail` needs a function that returns a `Result`",
    label = "trouble with the cache would be returned as an `Err`, and there is none",
    note = "it is for `Result<T, E>` where `E: From<larder::Error>`, also through aliases; leave it out here"
)]
pub trait HoldsTrouble<Route>: Sized {
    /// The result.
    fn of_trouble(trouble: Error) -> Self;
}

/// An error that trouble with the cache can become.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`on_cache_error = fail` needs `{Self}: From<larder::Error>`",
    label = "trouble with the cache would become this error",
    note = "write `impl From<larder::Error> for {Self}`; with `thiserror` that is a variant `Cache(#[from] larder::Error)`",
    note = "or leave `on_cache_error = fail` out: then trouble with the cache does not change what the function returns"
)]
pub trait FromTrouble<Route>: Sized {
    /// The error.
    fn from_trouble(trouble: Error) -> Self;
}

/// How all errors satisfy [`FromTrouble`].
#[doc(hidden)]
#[derive(Debug)]
pub enum ByFrom {}

impl<T, E: FromTrouble<Route>, Route> HoldsTrouble<Route> for Result<T, E> {
    fn of_trouble(trouble: Error) -> Self {
        Err(E::from_trouble(trouble))
    }
}

impl<E: From<Error>> FromTrouble<ByFrom> for E {
    fn from_trouble(trouble: Error) -> Self {
        trouble.into()
    }
}

// With two candidates the compiler names this trait, and so prints the message above.
impl<E: From<Error> + Unreachable> FromTrouble<NoOtherWay> for E {
    fn from_trouble(trouble: Error) -> Self {
        trouble.into()
    }
}
