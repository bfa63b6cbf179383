//! What of an error can be stored: any that can be copied and shared in memory, and on the second level what serde can
//! write.

use std::any::TypeId;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::entry::{Entry, Header};
use crate::model::error::{Error, ErrorKind};
use crate::model::returned::Shape;
use crate::wire::codec::message_pack;
use crate::wire::fingerprint;
use crate::wire::value::{NoOtherWay, Unreachable, ValueKind};

/// An error that can be stored.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in the cache",
    label = "`cache_err` would store this error",
    note = "put `#[derive(Clone)]` on the error; it must be owned, `Send` and `Sync`, and with `Serialize` and `Deserialize` it reaches the second level",
    note = "or keep what failed in an `Arc`: an `Arc<E>` is `Clone`"
)]
pub trait CacheError<Route> {}

/// How all errors satisfy [`CacheError`].
#[doc(hidden)]
#[derive(Debug)]
pub enum ByCopy {}

impl<E: Clone + Send + Sync + 'static> CacheError<ByCopy> for E {}
// With two candidates the compiler names this trait, and so prints the message above.
impl<E: Unreachable> CacheError<NoOtherWay> for E {}

/// The functions that store an error of one type beside values of one type. It may borrow as long as it is not stored.
#[doc(hidden)]
pub struct StoredError<V, E> {
    pub(crate) seal: fn(Header, &E) -> Arc<Entry>,
    pub(crate) open: fn(&Entry) -> Option<E>,
    pub(crate) to_wire: Option<ToWire<E>>,
    pub(crate) kind: FailureKind,
    value: PhantomData<fn() -> V>,
}

/// An error as bytes, of which there may be so many.
type ToWire<E> = fn(&E, usize) -> Result<Vec<u8>, Error>;

/// What the engine needs to know of an error's type without knowing it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailureKind {
    id: fn() -> TypeId,
    /// Where the second level can have it.
    wire: Option<Wire>,
}

#[derive(Debug, Clone, Copy)]
struct Wire {
    fingerprint: fn(u32) -> [u8; 16],
    from_wire: fn(Header, &[u8]) -> Result<Arc<Entry>, Error>,
}

/// What stands in memory where a value of this type could stand and an error was stored.
struct Failure<V, E>(E, PhantomData<fn() -> V>);

impl FailureKind {
    /// Whether an entry is a stored error of this type, of the version that belongs to the value's.
    pub(crate) fn is_failure(&self, entry: &Entry, value: ValueKind) -> bool {
        (entry.value.type_id(), entry.header.version) == ((self.id)(), value.id().1)
    }

    /// What tells its bytes from those of other errors and other values; `None` where there are no bytes.
    pub(crate) fn fingerprint(&self, value: ValueKind) -> Option<[u8; 16]> {
        let wire = self.wire?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&value.fingerprint()).update(&(wire.fingerprint)(0));
        let mut fingerprint = [0; 16];
        hasher.finalize_xof().fill(&mut fingerprint);
        Some(fingerprint)
    }

    /// The entry that a payload stands for.
    pub(crate) fn decode(&self, header: Header, payload: &[u8]) -> Result<Arc<Entry>, Error> {
        let none = || Err(Error::new(ErrorKind::Codec, "an error of this type has no bytes"));
        self.wire.map_or_else(none, |wire| (wire.from_wire)(header, payload))
    }
}

fn seal<V: 'static, E: Clone + Send + Sync + 'static>(header: Header, error: &E) -> Arc<Entry> {
    Arc::new(Entry { header, value: Failure::<V, E>(error.clone(), PhantomData) })
}

fn open<V: 'static, E: Clone + 'static>(entry: &Entry) -> Option<E> {
    entry.value.downcast_ref::<Failure<V, E>>().map(|failure| failure.0.clone())
}

/// The bytes may be anybody's: what panics on them is a miss.
fn decode<V: 'static, E: Clone + Send + Sync + DeserializeOwned + 'static>(
    header: Header,
    payload: &[u8],
) -> Result<Arc<Entry>, Error> {
    let panicked = |_| Err(Error::new(ErrorKind::Codec, "an error's `Deserialize` panicked on an entry"));
    let read = catch_unwind(AssertUnwindSafe(|| message_pack::decode::<E>(payload))).unwrap_or_else(panicked);
    read.map(|error| seal::<V, E>(header, &error))
}

/// A mark of the types, to find out what of an error can be stored; chosen like the shape of a result.
#[doc(hidden)]
#[derive(Debug)]
pub struct KeptErrors<V, E>(PhantomData<fn() -> (V, E)>);

impl<V, E> KeptErrors<V, E> {
    /// The mark of a shape's types.
    pub fn of<S: Shape<Value = V, Error = E>>(_: &S) -> Self {
        Self(PhantomData)
    }
}

/// Finds [`StoredError`].
#[doc(hidden)]
pub trait Keeping {
    /// The value.
    type Value;
    /// The error.
    type Error;
    /// How to store the error, if it can be.
    fn keeping(&self) -> Option<StoredError<Self::Value, Self::Error>>;
}

impl<V, E> Keeping for KeptErrors<V, E> {
    type Value = V;
    type Error = E;
    fn keeping(&self) -> Option<StoredError<V, E>> {
        None
    }
}

impl<V: 'static, E: Clone + Send + Sync + 'static> StoredError<V, E> {
    fn in_memory() -> Self {
        let kind = FailureKind { id: TypeId::of::<Failure<V, E>>, wire: None };
        Self { seal: seal::<V, E>, open: open::<V, E>, to_wire: None, kind, value: PhantomData }
    }
}

impl<V: 'static, E: Clone + Send + Sync + Serialize + DeserializeOwned + 'static> StoredError<V, E> {
    fn on_both() -> Self {
        let here = Self::in_memory();
        let wire = Wire { fingerprint: fingerprint::of::<E>, from_wire: decode::<V, E> };
        Self { to_wire: Some(message_pack::encode::<E>), kind: FailureKind { wire: Some(wire), ..here.kind }, ..here }
    }
}

impl<V: 'static, E: Clone + Send + Sync + 'static> Keeping for &KeptErrors<V, E> {
    type Value = V;
    type Error = E;
    fn keeping(&self) -> Option<StoredError<V, E>> {
        Some(StoredError::in_memory())
    }
}

impl<V: 'static, E: Clone + Send + Sync + Serialize + DeserializeOwned + 'static> Keeping for &&KeptErrors<V, E> {
    type Value = V;
    type Error = E;
    fn keeping(&self) -> Option<StoredError<V, E>> {
        Some(StoredError::on_both())
    }
}

impl<V, E> Clone for StoredError<V, E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V, E> Copy for StoredError<V, E> {}

impl<V, E> std::fmt::Debug for StoredError<V, E> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredError").finish_non_exhaustive()
    }
}
