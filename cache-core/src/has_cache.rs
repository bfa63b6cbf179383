//! [`HasCache`]: how a method finds its cache.

use std::sync::Arc;

use crate::cache::Cache;

/// A type whose methods can be annotated: it says where its cache is.
///
/// `#[derive(HasCache)]` takes the field marked `#[cache]`, or the only field of type `Cache`. Implemented for
/// references, `Box`, `Arc` and [`Cache`] itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say where its cache is",
    label = "no cache for the methods of this type",
    note = "put `#[derive(larder::HasCache)]` on `{Self}` and give it a field `cache: larder::Cache`",
    note = "or name a cache in the annotation: `cache = self.my_cache`, `cache = global`"
)]
pub trait HasCache {
    /// The cache of this value.
    fn cache(&self) -> &Cache;
}

impl HasCache for Cache {
    #[inline]
    fn cache(&self) -> &Cache {
        self
    }
}

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<T: HasCache + ?Sized> HasCache for $pointer {
            #[inline]
            fn cache(&self) -> &Cache {
                T::cache(self)
            }
        }
    )*};
}

pointers!(&T, &mut T, Box<T>, Arc<T>);
