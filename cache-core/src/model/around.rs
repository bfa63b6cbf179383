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

/// Set in the number of layers while there is a tenant, so that a hit reads one number only.
const TENANT: u32 = 1 << 31;

/// Whether the running call is inside of no scope and no body. That of a tenant is none: it changes whose entries they
/// are, and nothing else.
#[inline]
pub(crate) fn is_plain() -> bool {
    LAYERS.with(Cell::get) & !TENANT == 0
}

/// Whether the running call is a tenant's.
#[inline]
pub(crate) fn has_tenant() -> bool {
    LAYERS.with(Cell::get) & TENANT != 0
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

/// Runs something with a tenant, or without one.
pub(crate) fn with_tenant<R>(has_tenant: bool, run: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            set_tenant(self.0);
        }
    }
    let _restore = Restore(self::has_tenant());
    set_tenant(has_tenant);
    run()
}

fn set_tenant(has_tenant: bool) {
    let mark = if has_tenant { TENANT } else { 0 };
    LAYERS.with(|layers| layers.set(layers.get() & !TENANT | mark));
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
    fn a_tenant_is_no_layer_and_is_gone_afterwards() {
        with_tenant(true, || {
            assert!(is_plain() && has_tenant());
            in_scope(|| with_tenant(false, || assert!(!is_plain() && !has_tenant())));
            assert!(is_plain() && has_tenant());
        });
        assert!(is_plain() && !has_tenant());
    }

    #[test]
    fn what_panics_inside_leaves_nothing_behind() {
        let panicked = catch_unwind(AssertUnwindSafe(|| in_scope(|| in_body(|| panic!("on purpose")))));
        assert!(panicked.is_err());
        assert!(is_plain());
        assert_eq!(bodies(), 0);
    }
}
