//! What can be stored, and the functions that know its type.

use std::any::{Any, TypeId};
use std::marker::PhantomData;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::codec::Codec;
use crate::model::entry::{Entry, Header};
use crate::model::error::{Error, ErrorKind};
use crate::wire::{codec, fingerprint};

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
pub trait CacheValue<Route = ThroughSerde>: Clone + Send + Sync + 'static {
    /// The value as a codec's bytes, of which there may be so many.
    #[doc(hidden)]
    fn to_wire(value: &Self, codec: &Codec, limit: usize) -> Result<Vec<u8>, Error>;

    /// The value that a codec's bytes stand for.
    #[doc(hidden)]
    fn from_wire(codec: &Codec, bytes: &[u8]) -> Result<Self, Error>;

    /// What tells this type's bytes from those of the same type in another build.
    #[doc(hidden)]
    fn fingerprint(version: u32) -> [u8; 16];
}

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

impl<V: Clone + Send + Sync + Serialize + DeserializeOwned + 'static> CacheValue<ThroughSerde> for V {
    fn to_wire(value: &Self, codec: &Codec, limit: usize) -> Result<Vec<u8>, Error> {
        codec::encode(codec, value, limit)
    }
    fn from_wire(codec: &Codec, bytes: &[u8]) -> Result<Self, Error> {
        codec::decode(codec, bytes)
    }
    fn fingerprint(version: u32) -> [u8; 16] {
        fingerprint::of::<Self>(version)
    }
}

impl<V: Clone + Send + Sync + Unreachable + 'static> CacheValue<NoOtherWay> for V {
    fn to_wire(_: &Self, _: &Codec, _: usize) -> Result<Vec<u8>, Error> {
        Err(Error::config("there is no such type"))
    }
    fn from_wire(_: &Codec, _: &[u8]) -> Result<Self, Error> {
        Err(Error::config("there is no such type"))
    }
    fn fingerprint(_: u32) -> [u8; 16] {
        [0; 16]
    }
}

/// The functions that the engine, which knows no types, is handed for one.
///
/// A pointer to a table that the compiler has made, so that a hit does not put the table together.
#[doc(hidden)]
pub struct Stored<V: 'static>(&'static Functions<V>);

/// The table behind [`Stored`].
#[doc(hidden)]
pub struct Functions<V> {
    pub(crate) seal: fn(Header, V) -> Arc<Entry>,
    pub(crate) open: fn(&Entry) -> Option<V>,
    pub(crate) copy: fn(&V) -> V,
    pub(crate) to_wire: fn(&V, &Codec, usize) -> Result<Vec<u8>, Error>,
    pub(crate) kind: ValueKind,
}

/// What the engine needs to know of a value's type, and of the version that its code gives it, without knowing it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ValueKind {
    version: u32,
    id: fn() -> TypeId,
    fingerprint: fn(u32) -> [u8; 16],
    from_wire: FromWire,
    none_id: fn() -> TypeId,
    seal_none: fn(Header) -> Arc<Entry>,
}

/// The entry that a codec's bytes stand for.
type FromWire = fn(Header, &Codec, &[u8]) -> Result<Arc<Entry>, Error>;

/// What stands in memory where a value of this type could stand and a `None` was stored.
struct Absence<V>(PhantomData<fn() -> V>);

impl ValueKind {
    pub(crate) fn of_version(self, version: u32) -> Self {
        Self { version, ..self }
    }

    /// What tells it from others in this process.
    pub(crate) fn id(&self) -> (TypeId, u32) {
        ((self.id)(), self.version)
    }

    /// What tells it from others on the second level.
    pub(crate) fn fingerprint(&self) -> [u8; 16] {
        (self.fingerprint)(self.version)
    }

    /// Whether an entry is a value of this kind.
    pub(crate) fn is_value(&self, entry: &Entry) -> bool {
        (entry.value.type_id(), entry.header.version) == self.id()
    }

    /// The entry of a stored `None`.
    pub(crate) fn none(&self, header: Header) -> Arc<Entry> {
        (self.seal_none)(header)
    }

    /// Whether an entry is a stored `None` of this kind.
    pub(crate) fn is_none(&self, entry: &Entry) -> bool {
        (entry.value.type_id(), entry.header.version) == ((self.none_id)(), self.version)
    }

    /// The entry that a codec's bytes stand for.
    pub(crate) fn decode(&self, header: Header, codec: &Codec, bytes: &[u8]) -> Result<Arc<Entry>, Error> {
        (self.from_wire)(header, codec, bytes)
    }
}

/// Where the table of a type stands.
struct Table<V, Route>(PhantomData<(V, Route)>);

impl<V: CacheValue<Route>, Route> Table<V, Route> {
    const FUNCTIONS: &'static Functions<V> = &Functions {
        seal: seal::<V>,
        open: open::<V>,
        copy: V::clone,
        to_wire: V::to_wire,
        kind: ValueKind {
            version: 0,
            id: TypeId::of::<V>,
            fingerprint: V::fingerprint,
            from_wire: decode::<V, Route>,
            none_id: TypeId::of::<Absence<V>>,
            seal_none: |header| seal(header, Absence::<V>(PhantomData)),
        },
    };
}

impl<V> Deref for Stored<V> {
    type Target = Functions<V>;

    #[inline]
    fn deref(&self) -> &Functions<V> {
        self.0
    }
}

impl<V> Stored<V> {
    /// The functions of one type; here its bounds are checked.
    #[inline]
    pub fn new<Route>() -> Self
    where
        V: CacheValue<Route>,
    {
        Self(Table::<V, Route>::FUNCTIONS)
    }

    /// How a value is copied.
    pub fn copy(&self) -> fn(&V) -> V {
        self.0.copy
    }
}

fn seal<V: Any + Send + Sync>(header: Header, value: V) -> Arc<Entry> {
    Arc::new(Entry { header, value })
}

/// The bytes may be anybody's, so a `Deserialize` that panics on them is a miss and not the caller's panic.
fn decode<V: CacheValue<Route>, Route>(header: Header, codec: &Codec, bytes: &[u8]) -> Result<Arc<Entry>, Error> {
    let read = catch_unwind(AssertUnwindSafe(|| V::from_wire(codec, bytes)));
    let value =
        read.unwrap_or_else(|_| Err(Error::new(ErrorKind::Codec, "a type's `Deserialize` panicked on an entry")));
    value.map(|value| seal(header, value))
}

#[inline]
fn open<V: Any + Clone>(entry: &Entry) -> Option<V> {
    entry.value.downcast_ref::<V>().cloned()
}

macro_rules! opaque_debug {
    ($($type:ident),*) => {$(
        impl<V> std::fmt::Debug for $type<V> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type)).finish_non_exhaustive()
            }
        }
    )*};
}

opaque_debug!(Stored, Functions);
