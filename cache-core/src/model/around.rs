//! What is around the running call: how many scopes and bodies of loads it is inside of.
//!
//! Counted in the thread, and set while a scope's future or a body is polled. A hit reads one number of it, and looks at
//! the scopes and loads themselves only where there are any.

use std::cell::Cell;

use crate::sync::{LocalKey, thread_local};

thread_local! {
    static LAYERS: Cell<u32> = const { Cell::new(0) };
    static BODIES: Cell<u32> = const { Cell::new(0) };
}

/// Takes one off again, also where what ran inside has panicked.
struct Restore(&'static LocalKey<Cell<u32>>);

impl Drop for Restore {
    fn drop(&mut self) {
        self.0.with(|count| count.set(count.get() - 1));
    }
}

/// What may be set in the number of layers beside them, so that a hit reads one number only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// There is a tenant.
    Tenant,
    /// `cache = global` is another cache than the process's.
    Global,
}

impl Mark {
    #[inline]
    const fn bit(self) -> u32 {
        match self {
            Self::Tenant => 1 << 31,
            Self::Global => 1 << 30,
        }
    }

    /// Whether it is set for the running call.
    #[inline]
    pub(crate) fn is_set(self) -> bool {
        LAYERS.with(Cell::get) & self.bit() != 0
    }

    /// Runs something with it, or without it.
    pub(crate) fn with<R>(self, is_set: bool, run: impl FnOnce() -> R) -> R {
        struct Restore(Mark, bool);
        impl Drop for Restore {
            fn drop(&mut self) {
                self.0.set(self.1);
            }
        }
        let _restore = Restore(self, self.is_set());
        self.set(is_set);
        run()
    }

    fn set(self, is_set: bool) {
        let mark = if is_set { self.bit() } else { 0 };
        LAYERS.with(|layers| layers.set(layers.get() & !self.bit() | mark));
    }
}

/// Whether the running call is inside of no scope and no body. Those that are marks are none: they say whose entries they
/// are and in which cache, and nothing else.
#[inline]
pub(crate) fn is_plain() -> bool {
    LAYERS.with(Cell::get) & !(Mark::Tenant.bit() | Mark::Global.bit()) == 0
}

/// How many bodies of cached functions the running call is inside of.
pub(crate) fn bodies() -> u32 {
    BODIES.with(Cell::get)
}

/// Runs something inside one scope more.
pub(crate) fn in_scope<R>(run: impl FnOnce() -> R) -> R {
    let _layer = enter(&LAYERS);
    run()
}

/// Runs something inside one body more.
pub(crate) fn in_body<R>(run: impl FnOnce() -> R) -> R {
    let _body = (enter(&LAYERS), enter(&BODIES));
    run()
}

fn enter(count: &'static LocalKey<Cell<u32>>) -> Restore {
    count.with(|count| count.set(count.get() + 1));
    Restore(count)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn a_call_knows_whether_it_is_inside_of_anything_and_in_how_many_bodies() {
        assert!(is_plain());
        in_scope(|| {
            assert!(!is_plain());
            assert_eq!(bodies(), 0);
            in_body(|| in_body(|| assert_eq!(bodies(), 2)));
        });
        assert!(is_plain());
    }

    #[test]
    fn a_mark_is_no_layer_and_is_gone_afterwards() {
        for (mark, other) in [(Mark::Tenant, Mark::Global), (Mark::Global, Mark::Tenant)] {
            mark.with(true, || {
                assert!(is_plain() && mark.is_set() && !other.is_set());
                in_scope(|| mark.with(false, || assert!(!is_plain() && !mark.is_set())));
                assert!(is_plain() && mark.is_set());
            });
            assert!(is_plain() && !mark.is_set());
        }
    }

    #[test]
    fn what_panics_inside_leaves_nothing_behind() {
        let panicked = catch_unwind(AssertUnwindSafe(|| in_scope(|| in_body(|| panic!("on purpose")))));
        assert!(panicked.is_err());
        assert!(is_plain());
        assert_eq!(bodies(), 0);
    }
}
