//! What can be stored, and the functions that know its type.

use std::any::{Any, TypeId};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::entry::{Entry, Header};

/// What the cache can store: any owned type with `Serialize`, `DeserializeOwned` and `Clone` that threads may share.
///
/// Implemented for all such types; there is nothing to implement by hand. `Arc<T>` is cloned by pointer, so a hit on a
/// function that returns `Arc<T>` copies nothing.
///
/// The `Drop` of a value must not call the cache, block or panic: the map drops what it evicts while it holds locks.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in the cache",
    label = "this value would be stored",
    note = "put `#[derive(Clone, serde::Serialize, serde::Deserialize)]` on the type; it must be owned, `Send` and `Sync`",
    note = "in `#[cache_put]`, `value = |v| ..` picks what is stored"
)]
pub trait CacheValue<Route>: Clone + Send + Sync + 'static {}

/// How all values satisfy [`CacheValue`].
#[doc(hidden)]
#[derive(Debug)]
pub enum ThroughSerde {}

/// A second way that no type takes. With two candidates the compiler names [`CacheValue`] when a type has neither, and
/// so prints the message above instead of one about a missing `Serialize`.
#[doc(hidden)]
#[derive(Debug)]
pub enum NoOtherWay {}

#[doc(hidden)]
pub trait Unreachable {}

impl<V: Clone + Send + Sync + Serialize + DeserializeOwned + 'static> CacheValue<ThroughSerde> for V {}
impl<V: Clone + Send + Sync + Unreachable + 'static> CacheValue<NoOtherWay> for V {}

/// The functions that the engine, which knows no types, is handed for one.
#[doc(hidden)]
pub struct Stored<V> {
    pub(crate) seal: fn(Header, V) -> Arc<Entry>,
    pub(crate) open: fn(&Entry) -> Option<V>,
    pub(crate) copy: fn(&V) -> V,
    pub(crate) type_id: fn() -> TypeId,
}

impl<V> Stored<V> {
    /// The functions of one type; here its bounds are checked.
    #[inline]
    pub fn new<Route>() -> Self
    where
        V: CacheValue<Route>,
    {
        Self { seal: seal::<V>, open: open::<V>, copy: V::clone, type_id: TypeId::of::<V> }
    }

    /// How a value is copied.
    pub fn copy(&self) -> fn(&V) -> V {
        self.copy
    }
}

fn seal<V: Any + Send + Sync>(header: Header, value: V) -> Arc<Entry> {
    Arc::new(Entry { header, value })
}

#[inline]
fn open<V: Any + Clone>(entry: &Entry) -> Option<V> {
    entry.value.downcast_ref::<V>().cloned()
}

/// How a failed load's error reaches the calls that waited for it, where its type can be shared.
#[doc(hidden)]
pub struct Shared<E> {
    pub(crate) seal: fn(&E) -> Arc<dyn Any + Send + Sync>,
    pub(crate) open: fn(&(dyn Any + Send + Sync)) -> Option<E>,
}

impl<E: Clone + Send + Sync + 'static> Shared<E> {
    pub(crate) fn new() -> Self {
        Self { seal: |error| Arc::new(error.clone()), open: |error| error.downcast_ref::<E>().cloned() }
    }
}

macro_rules! opaque_debug {
    ($($type:ident),*) => {$(
        impl<T> std::fmt::Debug for $type<T> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type)).finish_non_exhaustive()
            }
        }
    )*};
}

opaque_debug!(Stored, Shared);
