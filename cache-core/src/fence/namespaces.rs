//! The floors of namespaces. A wider invalidation (of a namespace above, or of the space) is written into every floor
//! below it, so that a hit reads one.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::entry::{Floor, Sequence};
use crate::model::namespace::{self, Namespace};
use crate::model::space::Space;
use crate::sync::Mutex;

/// The floors by space and namespace; as many as the program has namespaces.
#[derive(Debug, Default)]
pub(crate) struct Namespaces(Mutex<HashMap<(Space, Namespace), Arc<Floor>>>);

impl Namespaces {
    /// The floor of a namespace, to be held by its entries and loads. A load holds it from before it begins, so one
    /// that is made here later need not know what was invalidated earlier.
    pub(crate) fn hold(&self, space: Space, namespace: Namespace) -> Arc<Floor> {
        Arc::clone(self.0.lock().entry((space, namespace)).or_default())
    }

    /// Raises a namespace and all below it. In two steps, as the floors of tags are.
    pub(crate) fn raise(&self, space: Space, name: &str, first: Sequence, number: impl FnOnce() -> Sequence) {
        self.raise_where(Some(space), first, number, |namespace| namespace::contains(name, namespace.as_str()));
    }

    /// Raises a namespace and all below it, in every space.
    pub(crate) fn raise_everywhere(&self, name: &str, first: Sequence, number: impl FnOnce() -> Sequence) {
        self.raise_where(None, first, number, |namespace| namespace::contains(name, namespace.as_str()));
    }

    /// Raises every namespace of a space.
    pub(crate) fn raise_space(&self, space: Space, first: Sequence, number: impl FnOnce() -> Sequence) {
        self.raise_where(Some(space), first, number, |_| true);
    }

    /// Raises every namespace of every space.
    pub(crate) fn raise_all(&self, first: Sequence, number: impl FnOnce() -> Sequence) {
        self.raise_where(None, first, number, |_| true);
    }

    fn raise_where(
        &self,
        space: Option<Space>,
        first: Sequence,
        number: impl FnOnce() -> Sequence,
        reached: impl Fn(Namespace) -> bool,
    ) {
        let floors = self.0.lock();
        let raise = |to| {
            for ((floor_space, namespace), floor) in &*floors {
                if space.is_none_or(|space| space == *floor_space) && reached(*namespace) {
                    floor.raise(to);
                }
            }
        };
        raise(first);
        raise(number());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_takes_those_below_it_along_and_no_other() {
        let namespaces = Namespaces::default();
        let hold = |name| namespaces.hold(Space::Global, Namespace::literal(name));
        let (users, admins, other) = (hold("users"), hold("users/admins"), hold("usersAbc"));
        namespaces.raise(Space::Global, "users", Sequence(1), || Sequence(4));
        assert_eq!((users.get(), admins.get(), other.get()), (Sequence(4), Sequence(4), Sequence(0)));
        namespaces.raise_space(Space::Global, Sequence(1), || Sequence(5));
        assert_eq!(other.get(), Sequence(5));
        namespaces.raise_everywhere("users", Sequence(1), || Sequence(6));
        assert_eq!((users.get(), admins.get(), other.get()), (Sequence(6), Sequence(6), Sequence(5)));
        namespaces.raise_all(Sequence(1), || Sequence(7));
        assert_eq!((users.get(), other.get()), (Sequence(7), Sequence(7)));
    }
}
