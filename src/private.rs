//! What the expansions of the macros call, and nothing else. Not for use by hand: it changes without notice.

use std::pin::Pin;
use std::time::Duration;

pub use cache_core::runtime::{
    Argument, Batch, Batched, Begun, Body, CacheError, Collected, Collection, Collects, Decision, Elements, Errors,
    Eviction, Expected, Failing, Flights, FromTrouble, HoldsError, HoldsNone, HoldsTrouble, Keeping, Kept, KeptErrors,
    KeptOnce, Listed, Literal, Look, Miss, Named, NoReceiver, OnError, Operation, Ordered, PatternWriter, Plan,
    Prepared, Put, Reader, Returned, Returns, Shape, Shared, Sharing, Shown, Stored, StoredError, Typed, Visibility,
    Whatever, batched, block_on, body_once, collection, deliver, element, fail, gather, intend, invalidate, inventory,
    load, load_batch, look_up, look_up_batch, named, registered, traced, traced_sync, written,
};
pub use cache_core::{Cache, CacheKey, CacheValue, Compress, HasCache, Hashed, KeyWriter, Preset, Tenancy, global};

/// The future of a miss, on the heap.
///
/// Made out of line: what it needs of the stack on its way there would be reserved, page by page, by every hit.
#[cold]
#[inline(never)]
pub fn boxed<F: Future>(make: impl FnOnce() -> F) -> Pin<Box<F>> {
    Box::pin(make())
}

/// Calls the body of a function that is not asynchronous.
#[inline]
pub fn call<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// The storage functions of a shape's value. The bound is checked here, so that a message points at the value's type.
#[inline]
pub fn stored<S: Shape, Route>(_: S) -> Stored<S::Value>
where
    S::Value: CacheValue<Route>,
{
    Stored::new()
}

/// The storage functions of what a closure picks.
#[inline]
pub fn stored_by<S: Shape, V: CacheValue<Route>, Route>(_: S, _: &impl FnOnce(&S::Value) -> V) -> Stored<V> {
    Stored::new()
}

/// Checks that there is a `None` to store.
#[inline]
pub fn holds_none<S: HoldsNone>(_: S) {}

/// What a put stores is what the reader at its `of` expects.
#[inline]
pub fn expected<S: Shape, V: Expected<S::Value>>(_: S, _: &Returns<V>) {}

/// The mark of what a put stores.
#[inline]
pub fn storing<V>(_: &Stored<V>) -> Returns<V> {
    Returns::new()
}

/// Checks that there is an error, and that it can be stored.
#[inline]
pub fn holds_error<S: HoldsError, Route>(_: S)
where
    S::Error: CacheError<Route>,
{
}

/// How trouble with the cache becomes a result.
#[inline]
pub fn failing<R: HoldsTrouble<Route>, Route>() -> Failing<R> {
    R::of_trouble
}

/// No errors are stored.
#[inline]
pub fn no_errors<S: Shape>(_: S) -> Option<StoredError<S::Value, S::Error>> {
    None
}

/// A closure over the error. With this bound the compiler knows the type of its parameter.
#[inline]
pub fn over_error<S: Shape, F: FnOnce(&S::Error) -> Option<Duration>>(_: S, closure: F) -> F {
    closure
}

/// A closure over the value. With this bound the compiler knows the type of its parameter.
#[inline]
pub fn over<S: Shape, O, F: FnOnce(&S::Value) -> O>(_: S, closure: F) -> F {
    closure
}

/// The closure that decides what becomes of a value.
#[inline]
pub fn decide<S: Shape, F: FnOnce(&S::Value, &mut Decision)>(_: S, closure: F) -> F {
    closure
}

/// Lets a value decide, once.
#[inline]
pub fn decided<S: Shape>(
    _: S,
    decide: impl FnOnce(&S::Value, &mut Decision),
    value: &S::Value,
    decision: &mut Decision,
) {
    decide(value, decision);
}

/// The elements of a list.
#[inline]
pub fn elements<T>(list: &[T]) -> &[T] {
    list
}

/// The closure that adds what only the value knows to an eviction.
#[inline]
pub fn add<S: Shape, F: FnOnce(&S::Value, &mut Eviction<'_>)>(_: S, closure: F) -> F {
    closure
}

/// The closure that writes a key from the value.
#[inline]
pub fn key_of<S: Shape, F: FnOnce(&S::Value, &mut KeyWriter<'_>)>(_: S, closure: F) -> F {
    closure
}

/// No such closure: the key is known already.
#[inline]
pub fn no_key<S: Shape>(_: S) -> Option<fn(&S::Value, &mut KeyWriter<'_>)> {
    None
}

/// The value of a result, or the result that holds an error.
#[inline]
pub fn take<S: Shape>(_: S, result: S::Return) -> (Option<S::Value>, Option<S::Return>) {
    S::take(result)
}

/// The result that a value, or `None`, was taken from.
#[inline]
pub fn whole<S: Shape>(_: S, value: Option<S::Value>) -> S::Return {
    S::whole(value)
}
