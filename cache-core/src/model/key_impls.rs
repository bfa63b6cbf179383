//! [`CacheKey`] for the types of the standard library.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::{
    NonZeroI8, NonZeroI16, NonZeroI32, NonZeroI64, NonZeroI128, NonZeroIsize, NonZeroU8, NonZeroU16, NonZeroU32,
    NonZeroU64, NonZeroU128, NonZeroUsize,
};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crate::model::key::{CacheKey, KeyWriter};

macro_rules! integers {
    ($($integer:ty, $non_zero:ty;)*) => {$(
        impl CacheKey for $integer {
            #[inline]
            fn write_key(&self, key: &mut KeyWriter<'_>) {
                key.push_integer(*self);
            }
        }
        impl CacheKey for $non_zero {
            #[inline]
            fn write_key(&self, key: &mut KeyWriter<'_>) {
                key.push_integer(self.get());
            }
        }
    )*};
}

integers! {
    i8, NonZeroI8; i16, NonZeroI16; i32, NonZeroI32; i64, NonZeroI64; i128, NonZeroI128; isize, NonZeroIsize;
    u8, NonZeroU8; u16, NonZeroU16; u32, NonZeroU32; u64, NonZeroU64; u128, NonZeroU128; usize, NonZeroUsize;
}

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<T: CacheKey + ?Sized> CacheKey for $pointer {
            #[inline]
            fn write_key(&self, key: &mut KeyWriter<'_>) {
                T::write_key(self, key);
            }
            #[inline]
            fn write_whole_key(&self, key: &mut KeyWriter<'_>) {
                T::write_whole_key(self, key);
            }
        }
    )*};
}

pointers!(&T, Box<T>, Arc<T>, Rc<T>);

impl<T: CacheKey + ToOwned + ?Sized> CacheKey for Cow<'_, T> {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        T::write_key(self, key);
    }
    fn write_whole_key(&self, key: &mut KeyWriter<'_>) {
        T::write_whole_key(self, key);
    }
}

impl CacheKey for str {
    #[inline]
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.push_str(self);
    }
    #[inline]
    fn write_whole_key(&self, key: &mut KeyWriter<'_>) {
        key.push_whole_str(self);
    }
}

impl CacheKey for String {
    #[inline]
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.push_str(self);
    }
    #[inline]
    fn write_whole_key(&self, key: &mut KeyWriter<'_>) {
        key.push_whole_str(self);
    }
}

impl CacheKey for char {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.push_str(self.encode_utf8(&mut [0; 4]));
    }
}

impl CacheKey for bool {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.push_str(if *self { "true" } else { "false" });
    }
}

impl CacheKey for () {
    fn write_key(&self, _key: &mut KeyWriter<'_>) {}
}

impl CacheKey for Duration {
    /// The nanoseconds.
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.push_integer(self.as_nanos());
    }
}

macro_rules! displayed {
    ($($type:ty),*) => {$(
        impl CacheKey for $type {
            fn write_key(&self, key: &mut KeyWriter<'_>) {
                key.push_display(self);
            }
        }
    )*};
}

displayed!(IpAddr, Ipv4Addr, Ipv6Addr);

impl<T: CacheKey> CacheKey for Option<T> {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        match self {
            None => key.push_none(),
            Some(value) => key.push_some(|key| value.write_key(key)),
        }
    }
}

/// The length, then each element: without the length `([1], [2])` and `([1, 2], [])` would be one key.
fn write_list<'a, T: CacheKey + 'a>(key: &mut KeyWriter<'_>, items: impl ExactSizeIterator<Item = &'a T>) {
    key.length(items.len());
    for item in items {
        key.separator();
        item.write_key(key);
    }
}

impl<T: CacheKey> CacheKey for [T] {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        write_list(key, self.iter());
    }
}

impl<T: CacheKey> CacheKey for Vec<T> {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        write_list(key, self.iter());
    }
}

impl<T: CacheKey, const N: usize> CacheKey for [T; N] {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        write_list(key, self.iter());
    }
}

impl<T: CacheKey> CacheKey for BTreeSet<T> {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        write_list(key, self.iter());
    }
}

impl<K: CacheKey, V: CacheKey> CacheKey for BTreeMap<K, V> {
    fn write_key(&self, key: &mut KeyWriter<'_>) {
        key.length(self.len());
        for (name, value) in self {
            key.separator();
            name.write_key(key);
            key.separator();
            value.write_key(key);
        }
    }
}

macro_rules! tuples {
    ($(($first:ident $(, $rest:ident)*))*) => {$(
        impl<$first: CacheKey, $($rest: CacheKey),*> CacheKey for ($first, $($rest,)*) {
            #[allow(non_snake_case, reason = "the elements are named after their types")]
            fn write_key(&self, key: &mut KeyWriter<'_>) {
                let ($first, $($rest,)*) = self;
                $first.write_key(key);
                $(key.separator(); $rest.write_key(key);)*
            }
            #[allow(non_snake_case, reason = "the elements are named after their types")]
            fn write_whole_key(&self, key: &mut KeyWriter<'_>) {
                let ($first, $($rest,)*) = self;
                $first.write_key(key);
                $(key.part(); $rest.write_key(key);)*
            }
        }
    )*};
}

tuples! {
    (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H) (A, B, C, D, E, F, G, H, I) (A, B, C, D, E, F, G, H, I, J)
    (A, B, C, D, E, F, G, H, I, J, K) (A, B, C, D, E, F, G, H, I, J, K, L)
}
