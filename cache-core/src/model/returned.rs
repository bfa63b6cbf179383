//! What a function returns, found by its type and not by its name: `Result<Option<T>, E>`, `Result<T, E>`, `Option<T>`
//! or a plain value, through any alias.
//!
//! The choice is made by method resolution (autoref specialisation): `(&&&Returns::<R>::new()).shape()` tries the most
//! special implementation first.

use std::convert::Infallible;
use std::marker::PhantomData;

use crate::model::shared::Shared;

/// The value, the absence or the error that a result holds.
#[doc(hidden)]
#[derive(Debug)]
pub enum Seen<'a, V, E> {
    /// The value.
    Value(&'a V),
    /// `None`.
    Absent,
    /// The error.
    Failed(&'a E),
}

/// How a return type holds its value.
#[doc(hidden)]
pub trait Shape: Copy {
    /// The whole return type.
    type Return;
    /// What is stored, and what closures get.
    type Value;
    /// The error, or [`Infallible`].
    type Error;

    /// The return value for a stored value.
    fn value(value: Self::Value) -> Self::Return;
    /// The return value for an absent one.
    fn absent() -> Option<Self::Return>;
    /// The return value for an error.
    fn failed(error: Self::Error) -> Self::Return;
    /// What a result holds.
    fn look(result: &Self::Return) -> Seen<'_, Self::Value, Self::Error>;
    /// The value, or the result that holds an error; neither for `None`.
    ///
    /// So a call can wait while it holds the value alone, and an error need not be `Send`. They are two variables and not
    /// one enum for the same reason: the compiler counts an enum that was taken apart as held to its end.
    fn take(result: Self::Return) -> (Option<Self::Value>, Option<Self::Return>);
    /// The result that a value, or `None`, was taken from.
    fn whole(value: Option<Self::Value>) -> Self::Return {
        match value.map_or_else(Self::absent, |value| Some(Self::value(value))) {
            Some(result) => result,
            None => unreachable!("without a value there was an error"),
        }
    }
}

/// A shape that can hold a `None`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`cache_none` needs a function that returns an `Option`",
    label = "there is no `None` to store",
    note = "`cache_none` is for `Option<T>` and `Result<Option<T>, E>`, also through aliases; leave it out here"
)]
pub trait HoldsNone: Shape {}

impl<T> HoldsNone for Optional<T> {}
impl<T, E> HoldsNone for FallibleOptional<T, E> {}

/// A shape that can hold an error.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`cache_err` needs a function that returns a `Result`",
    label = "there is no error to store",
    note = "`cache_err` is for `Result<T, E>` and `Result<Option<T>, E>`, also through aliases; leave it out here"
)]
pub trait HoldsError: Shape {}

impl<T, E> HoldsError for Fallible<T, E> {}
impl<T, E> HoldsError for FallibleOptional<T, E> {}

/// A mark of a return type, to start the choice from.
#[doc(hidden)]
#[derive(Debug)]
pub struct Returns<R>(PhantomData<fn() -> R>);

impl<R> Returns<R> {
    /// The mark.
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// The mark of a result's type, which may have no name.
    pub const fn of(_: &R) -> Self {
        Self(PhantomData)
    }
}

impl<R> Default for Returns<R> {
    fn default() -> Self {
        Self::new()
    }
}

/// Chooses the shape; see the module.
#[doc(hidden)]
pub trait Returned {
    /// What was chosen.
    type Shape: Shape;
    /// The shape of the marked type.
    fn shape(&self) -> Self::Shape;
}

macro_rules! shapes {
    ($($(#[$doc:meta])* $shape:ident<$($parameter:ident),*>: $mark:ty => $return:ty, $value:ty, $error:ty;
        value($v:ident) $from_value:expr; absent $absent:expr; failed($e:ident) $from_error:expr; look($r:ident) $look:expr; take($t:ident) $take:expr;)*) => {$(
        $(#[$doc])*
        #[doc(hidden)]
        #[derive(Debug)]
        pub struct $shape<$($parameter),*>(PhantomData<fn() -> ($($parameter,)*)>);

        impl<$($parameter),*> Clone for $shape<$($parameter),*> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<$($parameter),*> Copy for $shape<$($parameter),*> {}

        impl<$($parameter),*> Returned for $mark {
            type Shape = $shape<$($parameter),*>;
            #[inline]
            fn shape(&self) -> Self::Shape {
                $shape(PhantomData)
            }
        }

        impl<$($parameter),*> Shape for $shape<$($parameter),*> {
            type Return = $return;
            type Value = $value;
            type Error = $error;

            #[inline]
            fn value($v: $value) -> $return {
                $from_value
            }
            fn absent() -> Option<$return> {
                $absent
            }
            fn failed($e: $error) -> $return {
                $from_error
            }
            fn look($r: &$return) -> Seen<'_, $value, $error> {
                $look
            }
            fn take($t: $return) -> (Option<$value>, Option<$return>) {
                $take
            }
        }
    )*};
}

shapes! {
    /// A plain value.
    Plain<T>: Returns<T> => T, T, Infallible;
        value(value) value;
        absent None;
        failed(error) match error {};
        look(result) Seen::Value(result);
        take(result) (Some(result), None);
    /// `Option<T>`: `None` is not stored.
    Optional<T>: &Returns<Option<T>> => Option<T>, T, Infallible;
        value(value) Some(value);
        absent Some(None);
        failed(error) match error {};
        look(result) result.as_ref().map_or(Seen::Absent, Seen::Value);
        take(result) (result, None);
    /// `Result<T, E>`: an error is not stored.
    Fallible<T, E>: &Returns<Result<T, E>> => Result<T, E>, T, E;
        value(value) Ok(value);
        absent None;
        failed(error) Err(error);
        look(result) result.as_ref().map_or_else(Seen::Failed, Seen::Value);
        take(result) match result {
            Ok(value) => (Some(value), None),
            Err(error) => (None, Some(Err(error))),
        };
    /// `Result<Option<T>, E>`: neither an error nor `None` is stored.
    FallibleOptional<T, E>: &&Returns<Result<Option<T>, E>> => Result<Option<T>, E>, T, E;
        value(value) Ok(Some(value));
        absent Some(Ok(None));
        failed(error) Err(error);
        look(result) match result {
            Ok(Some(value)) => Seen::Value(value),
            Ok(None) => Seen::Absent,
            Err(error) => Seen::Failed(error),
        };
        take(result) match result {
            Ok(value) => (value, None),
            Err(error) => (None, Some(Err(error))),
        };
}

impl<T, E> Fallible<T, E> {
    /// The shape of a value that may be an error.
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Plain<T> {
    /// The shape of a value that stands for itself.
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

/// A mark of an error type, to find out whether waiting calls can be given a copy.
#[doc(hidden)]
#[derive(Debug)]
pub struct Errors<E>(PhantomData<fn() -> E>);

impl<E> Errors<E> {
    /// The mark of a shape's error.
    pub fn of<S: Shape<Error = E>>(_: &S) -> Self {
        Self(PhantomData)
    }
}

/// Finds [`Shared`] where the error is `Clone + Send + Sync`; chosen like the shape.
#[doc(hidden)]
pub trait Sharing {
    /// The error.
    type Error;
    /// How to share it, if it can be.
    fn sharing(&self) -> Option<Shared<Self::Error>>;
}

impl<E> Sharing for Errors<E> {
    type Error = E;
    fn sharing(&self) -> Option<Shared<E>> {
        None
    }
}

impl<E: Clone + Send + Sync + 'static> Sharing for &Errors<E> {
    type Error = E;
    fn sharing(&self) -> Option<Shared<E>> {
        Some(Shared::new())
    }
}
