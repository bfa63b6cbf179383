//! Structs, tuple structs, enums, generics and lifetimes.
#![deny(warnings)]

use larder::{Cache, CacheKey, HasCache};

#[derive(CacheKey)]
struct Unit;

#[derive(CacheKey)]
struct Id(u64);

#[derive(CacheKey)]
struct Query<'a, T, const N: usize> {
    text: &'a str,
    list: [T; N],
}

#[derive(CacheKey)]
enum Sort {
    Newest,
    By { column: String, descending: bool },
    At(u64, #[cache_key(skip)] f64),
}

/// A type parameter that no written field has asks for nothing.
#[derive(CacheKey)]
struct Typed<D, S> {
    id: u64,
    #[cache_key(skip)]
    of: std::marker::PhantomData<D>,
    #[cache_key(display)]
    shown: S,
}

struct NoKey;

#[derive(HasCache)]
struct Generic<T> {
    cache: Cache,
    inner: T,
}

#[derive(HasCache)]
struct Tuple(Cache);

fn main() {
    assert_eq!(Unit.to_key(), "");
    assert_eq!(Id(7).to_key(), "7");
    assert_eq!(Query { text: "a b", list: [1, 2] }.to_key(), "a%20b,2,1,2");
    assert_eq!(Sort::Newest.to_key(), "Newest");
    assert_eq!(Sort::By { column: "id".into(), descending: true }.to_key(), "By,id,true");
    assert_eq!(Sort::At(7, 0.5).to_key(), "At,7");
    let typed = Typed::<NoKey, f64> { id: 7, of: std::marker::PhantomData, shown: 0.5 };
    assert_eq!(typed.to_key(), "7,0.5");
    let generic = Generic { cache: Cache::in_process(), inner: 1 };
    assert_eq!((generic.cache().name(), generic.inner), ("cache", 1));
    assert!(Tuple(Cache::disabled()).cache().name() == "disabled");
}
