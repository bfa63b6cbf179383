//! What a reader leaves beside itself for the writers that name it with `of`.

use crate::model::operation::Operation;

/// What is constant about a reader.
#[doc(hidden)]
#[derive(Debug)]
pub struct Reader {
    operation: Operation,
    /// Where its cache is; empty where that cannot be told.
    origin: &'static str,
    /// What is wrong with an eviction, and with a put, whose cache is another.
    elsewhere: [&'static str; 2],
}

impl Reader {
    /// The reader's operation; where its cache is; what to say to an eviction and to a put whose cache is another.
    pub const fn new(operation: Operation, origin: &'static str, elsewhere: [&'static str; 2]) -> Self {
        Self { operation, origin, elsewhere }
    }

    #[inline]
    pub(crate) const fn operation(&self) -> &Operation {
        &self.operation
    }

    /// Refuses, when it is compiled, an eviction whose cache is another.
    ///
    /// # Panics
    /// Where it is.
    #[track_caller]
    pub const fn evicts_in(&self, origin: &str) {
        assert!(self.may_be_in(origin), "{}", self.elsewhere[0]);
    }

    /// Refuses, when it is compiled, a put whose cache is another.
    ///
    /// # Panics
    /// Where it is.
    #[track_caller]
    pub const fn stores_in(&self, origin: &str) {
        assert!(self.may_be_in(origin), "{}", self.elsewhere[1]);
    }

    const fn may_be_in(&self, origin: &str) -> bool {
        let (own, other) = (self.origin.as_bytes(), origin.as_bytes());
        if own.is_empty() || other.is_empty() {
            return true;
        }
        let mut at = 0;
        while at < own.len() && at < other.len() && own[at] == other[at] {
            at += 1;
        }
        at == own.len() && at == other.len()
    }
}

/// Anything: what a reader takes for `self` where its key does not name it.
#[doc(hidden)]
pub trait Whatever {}

impl<T: ?Sized> Whatever for T {}

/// What a function without `self` has in place of it: write `args(self = ..)`.
#[doc(hidden)]
#[derive(Debug)]
pub struct NoReceiver;

/// What a reader expects in an entry is what is stored there.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "reads expect `{V}` in this entry, and this would store `{Self}`",
    label = "this reader returns another type",
    note = "pick what is stored: `value = |v| ..`"
)]
pub trait Expected<V> {}

impl<V> Expected<V> for V {}
