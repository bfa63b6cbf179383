//! How a batch returns its values, found by type: a map, `Vec<Option<V>>` by position, or `Vec<V>` whose values name
//! their elements.
//!
//! Chosen like the shape of a single result, in `returned.rs`.

use std::borrow::ToOwned;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

use crate::model::key::{CacheKey, KeyWriter};
use crate::model::key_secret::OF_PROCESS;
use crate::model::returned::{Plain, Returns, Shape};

/// A collection of values: its type, and that of a value.
#[doc(hidden)]
pub trait Collects {
    /// The collection.
    type Whole;
    /// What is stored for one element, and what closures get.
    type Value;
}

/// A collection that a batch can return.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a batch returns a map, `Vec<Option<V>>`, or `Vec<V>` with `by = |v| ..`",
    label = "this does not say which value belongs to which element",
    note = "also inside `Result<.., E>`, and through aliases"
)]
pub trait Batched: Collects {}

/// A list that says which of its values belongs to which element.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a list in another order would put values under the wrong keys: return a map, `Vec<Option<V>>`, or add `by = |v| ..`",
    label = "which value belongs to which element?"
)]
pub trait Ordered {}

/// A collection that `by` is for.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`by` is for a `Vec<V>`, whose values do not say which element they belong to",
    label = "this says it by itself: leave `by` out"
)]
pub trait Listed: Collects {
    /// Such a list whose values name their elements.
    type Named<F>: Collects;
    /// The list by this closure.
    fn named<F>(by: F) -> Self::Named<F>;
}

/// How a collection's values and a request's elements find each other.
#[doc(hidden)]
pub trait Collection<T, Route>: Collects {
    /// The value of each element that was asked for; `None` where there is none. The collection comes back where it
    /// cannot tell.
    #[allow(clippy::missing_errors_doc, reason = "said above")]
    fn pick(&self, whole: Self::Whole, asked: &[&T]) -> Result<Vec<Option<Self::Value>>, Self::Whole>;

    /// The collection for a whole request, of which these values were found.
    fn gather(&self, elements: &[T], found: Vec<Option<Self::Value>>) -> Self::Whole;
}

/// An element as the key of a map.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the map's key `{K}` is not the list's element `{Self}`",
    label = "values cannot be found under this key",
    note = "return a map from the element's own type, or from what it borrows (`&str` → `String`)"
)]
pub trait Names<K, Route> {
    /// The key.
    fn name(&self) -> K;
}

/// The element is the key.
#[doc(hidden)]
#[derive(Debug)]
pub enum Itself {}

/// The element borrows the key.
#[doc(hidden)]
#[derive(Debug)]
pub enum Borrowed {}

impl<K: Clone> Names<K, Itself> for K {
    fn name(&self) -> K {
        self.clone()
    }
}

impl<Q: ToOwned + ?Sized> Names<Q::Owned, Borrowed> for &Q {
    fn name(&self) -> Q::Owned {
        (*self).to_owned()
    }
}

/// Nothing has to be found under a key.
#[doc(hidden)]
#[derive(Debug)]
pub enum NoKeys {}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident<$($parameter:ident),*>: $mark:ty => $whole:ty, $value:ty;)*) => {$(
        $(#[$doc])*
        #[doc(hidden)]
        #[derive(Debug)]
        pub struct $kind<$($parameter),*>(PhantomData<fn() -> ($($parameter,)*)>);

        impl<$($parameter),*> Collected for $mark {
            type Kind = $kind<$($parameter),*>;
            fn collected(&self) -> Self::Kind {
                $kind(PhantomData)
            }
        }

        impl<$($parameter),*> Collects for $kind<$($parameter),*> {
            type Whole = $whole;
            type Value = $value;
        }
    )*};
}

/// Chooses the kind of a collection; see the module.
#[doc(hidden)]
pub trait Collected {
    /// What was chosen.
    type Kind: Collects;
    /// The kind of the marked type.
    fn collected(&self) -> Self::Kind;
}

kinds! {
    /// No collection.
    Alone<C>: Returns<C> => C, C;
    /// A list in any order.
    List<V>: &Returns<Vec<V>> => Vec<V>, V;
    /// A list in the request's order.
    Positions<V>: &&Returns<Vec<Option<V>>> => Vec<Option<V>>, V;
    /// A map.
    Mapped<K, V, H>: &&Returns<HashMap<K, V, H>> => HashMap<K, V, H>, V;
    /// A map in the order of its keys.
    Sorted<K, V>: &&Returns<BTreeMap<K, V>> => BTreeMap<K, V>, V;
}

/// A list whose values name their elements.
#[doc(hidden)]
pub struct Named<V, F>(F, PhantomData<fn() -> V>);

impl<V, F> std::fmt::Debug for Named<V, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Named").finish_non_exhaustive()
    }
}

impl<V, F> Collects for Named<V, F> {
    type Whole = Vec<V>;
    type Value = V;
}

impl<K, V, H> Mapped<K, V, H> {
    /// The kind of a map.
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<K, V, H> Batched for Mapped<K, V, H> {}
impl<K, V> Batched for Sorted<K, V> {}
impl<V> Batched for Positions<V> {}
impl<V, F> Batched for Named<V, F> {}
impl<V> Batched for List<V> where Vec<V>: Ordered {}

impl<V> Listed for List<V> {
    type Named<F> = Named<V, F>;
    fn named<F>(by: F) -> Named<V, F> {
        Named(by, PhantomData)
    }
}

/// A list of such a kind, whose values name their elements by this closure.
pub fn named<L: Listed, O, F: Fn(&L::Value) -> O>(_: &L, by: F) -> L::Named<F> {
    L::named(by)
}

/// Checks that a batch can return a collection of this kind.
pub fn batched<C: Batched>(_: &C) {}

/// The mark of the collection that a shape's value is.
pub fn collection<S: Shape>(_: S) -> Returns<S::Value> {
    Returns::new()
}

/// The shape of one element, for what is written over its value.
pub fn element<C: Collects>(_: &C) -> Plain<C::Value> {
    Plain::new()
}

impl<T, K, V, H, Route> Collection<T, Route> for Mapped<K, V, H>
where
    T: Names<K, Route>,
    K: Eq + Hash,
    H: BuildHasher + Default,
{
    fn pick(&self, mut whole: HashMap<K, V, H>, asked: &[&T]) -> Result<Vec<Option<V>>, HashMap<K, V, H>> {
        Ok(asked.iter().map(|element| whole.remove(&T::name(element))).collect())
    }

    fn gather(&self, elements: &[T], found: Vec<Option<V>>) -> HashMap<K, V, H> {
        let values = elements.iter().zip(found);
        values.filter_map(|(element, value)| Some((element.name(), value?))).collect()
    }
}

impl<T, K, V, Route> Collection<T, Route> for Sorted<K, V>
where
    T: Names<K, Route>,
    K: Ord,
{
    fn pick(&self, mut whole: BTreeMap<K, V>, asked: &[&T]) -> Result<Vec<Option<V>>, BTreeMap<K, V>> {
        Ok(asked.iter().map(|element| whole.remove(&T::name(element))).collect())
    }

    fn gather(&self, elements: &[T], found: Vec<Option<V>>) -> BTreeMap<K, V> {
        let values = elements.iter().zip(found);
        values.filter_map(|(element, value)| Some((element.name(), value?))).collect()
    }
}

/// A list of another length tells nothing: which of its values is missing, or too many?
impl<T, V> Collection<T, NoKeys> for Positions<V> {
    fn pick(&self, whole: Vec<Option<V>>, asked: &[&T]) -> Result<Vec<Option<V>>, Vec<Option<V>>> {
        if whole.len() == asked.len() { Ok(whole) } else { Err(whole) }
    }

    fn gather(&self, _: &[T], found: Vec<Option<V>>) -> Vec<Option<V>> {
        found
    }
}

/// What a value names and what an element is are compared as they are written in keys.
impl<T: CacheKey, V, O: CacheKey, F: Fn(&V) -> O> Collection<T, NoKeys> for Named<V, F> {
    fn pick(&self, whole: Vec<V>, asked: &[&T]) -> Result<Vec<Option<V>>, Vec<V>> {
        let places: HashMap<Vec<u8>, usize> =
            asked.iter().enumerate().map(|(at, element)| (written(*element), at)).collect();
        let mut picked: Vec<Option<V>> = asked.iter().map(|_| None).collect();
        for value in whole {
            if let Some(place) = places.get(&written(&(self.0)(&value))) {
                picked[*place].get_or_insert(value);
            }
        }
        Ok(picked)
    }

    fn gather(&self, _: &[T], found: Vec<Option<V>>) -> Vec<V> {
        found.into_iter().flatten().collect()
    }
}

/// Nothing that compiles comes here: [`Batched`] says why, and this keeps the compiler from saying more.
impl<T, V> Collection<T, NoKeys> for List<V> {
    fn pick(&self, whole: Vec<V>, _: &[&T]) -> Result<Vec<Option<V>>, Vec<V>> {
        Err(whole)
    }

    fn gather(&self, _: &[T], found: Vec<Option<V>>) -> Vec<V> {
        found.into_iter().flatten().collect()
    }
}

/// As above.
impl<T, C> Collection<T, NoKeys> for Alone<C> {
    fn pick(&self, whole: C, _: &[&T]) -> Result<Vec<Option<C>>, C> {
        Err(whole)
    }

    fn gather(&self, _: &[T], _: Vec<Option<C>>) -> C {
        unreachable!("what is no collection is no `Batched` either")
    }
}

fn written<K: CacheKey>(key: &K) -> Vec<u8> {
    let mut writer = KeyWriter::detached(&OF_PROCESS);
    key.write_key(&mut writer);
    writer.written().to_vec()
}
