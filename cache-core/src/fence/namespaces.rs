//! The floors of namespaces. A wider invalidation (of a namespace above, or of the space) is written into every floor
//! below it, so that a hit reads one.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::entry::{Floor, Sequence};
use crate::model::namespace::{self, Namespace};
use crate::model::space::Space;
use crate::sync::Mutex;

/// Below this many cells nothing is thrown away.
const KEEP: usize = 1024;

/// The floors by space and namespace.
#[derive(Debug, Default)]
pub(crate) struct Namespaces(Mutex<Cells>);

/// The floors of one space.
type OfSpace = HashMap<Namespace, Arc<Floor>>;

#[derive(Debug, Default)]
struct Cells {
    spaces: HashMap<Space, OfSpace>,
    /// How many floors there are.
    count: usize,
    /// How many there may be before those are looked for that nothing lies on.
    limit: usize,
}

impl Namespaces {
    /// The floor of a namespace, to be held by its entries and loads. A load holds it from before it begins, so one
    /// that is made here later need not know what was invalidated earlier.
    pub(crate) fn hold(&self, space: &Space, namespace: &Namespace) -> Arc<Floor> {
        self.0.lock().cell(space, namespace)
    }

    /// Raises a namespace and all below it. In two steps, as the floors of tags are.
    pub(crate) fn raise(&self, space: &Space, name: &str, first: Sequence, number: impl FnOnce() -> Sequence) {
        self.raise_where(Some(space), first, number, |namespace| namespace::contains(name, namespace.as_str()));
    }

    /// Raises a namespace and all below it, in every space.
    pub(crate) fn raise_everywhere(&self, name: &str, first: Sequence, number: impl FnOnce() -> Sequence) {
        self.raise_where(None, first, number, |namespace| namespace::contains(name, namespace.as_str()));
    }

    /// Raises every namespace of a space.
    pub(crate) fn raise_space(&self, space: &Space, first: Sequence, number: impl FnOnce() -> Sequence) {
        self.raise_where(Some(space), first, number, |_| true);
    }

    /// Raises every namespace of every space.
    pub(crate) fn raise_all(&self, first: Sequence, number: impl FnOnce() -> Sequence) {
        self.raise_where(None, first, number, |_| true);
    }

    fn raise_where(
        &self,
        space: Option<&Space>,
        first: Sequence,
        number: impl FnOnce() -> Sequence,
        reached: impl Fn(&Namespace) -> bool,
    ) {
        let cells = self.0.lock();
        let one = space.map(|space| cells.spaces.get(space));
        let raise = |to| {
            let raise = |floors: &OfSpace| {
                floors.iter().filter(|(namespace, _)| reached(namespace)).for_each(|(_, floor)| floor.raise(to));
            };
            match one {
                Some(floors) => floors.into_iter().for_each(raise),
                None => cells.spaces.values().for_each(raise),
            }
        };
        raise(first);
        raise(number());
    }
}

impl Cells {
    fn cell(&mut self, space: &Space, namespace: &Namespace) -> Arc<Floor> {
        if let Some(floor) = self.spaces.get(space).and_then(|floors| floors.get(namespace)) {
            return Arc::clone(floor);
        }
        if self.count >= self.limit.max(KEEP) {
            self.throw_away_unheld();
        }
        let floor = Arc::<Floor>::default();
        self.spaces.entry(space.clone()).or_default().insert(namespace.clone(), Arc::clone(&floor));
        self.count += 1;
        floor
    }

    /// What nothing lies on is not missed: no load that began before an invalidation of it is left.
    fn throw_away_unheld(&mut self) {
        self.spaces.retain(|_, floors| {
            floors.retain(|_, floor| Arc::strong_count(floor) > 1);
            !floors.is_empty()
        });
        self.count = self.spaces.values().map(HashMap::len).sum();
        self.limit = 2 * self.count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_takes_those_below_it_along_and_no_other() {
        let namespaces = Namespaces::default();
        let hold = |name| namespaces.hold(&Space::Global, &Namespace::literal(name));
        let (users, admins, other) = (hold("users"), hold("users/admins"), hold("usersAbc"));
        namespaces.raise(&Space::Global, "users", Sequence(1), || Sequence(4));
        assert_eq!((users.get(), admins.get(), other.get()), (Sequence(4), Sequence(4), Sequence(0)));
        namespaces.raise_space(&Space::Global, Sequence(1), || Sequence(5));
        assert_eq!(other.get(), Sequence(5));
        namespaces.raise_everywhere("users", Sequence(1), || Sequence(6));
        assert_eq!((users.get(), admins.get(), other.get()), (Sequence(6), Sequence(6), Sequence(5)));
        namespaces.raise_all(Sequence(1), || Sequence(7));
        assert_eq!((users.get(), other.get()), (Sequence(7), Sequence(7)));
    }

    #[test]
    fn an_invalidation_of_a_space_leaves_every_other_alone() {
        let (namespaces, acme, globex) = (Namespaces::default(), Space::of_tenant("acme"), Space::of_tenant("globex"));
        let users = Namespace::literal("users");
        let [of_acme, of_globex, of_none] =
            [&acme, &globex, &Space::Global].map(|space| namespaces.hold(space, &users));
        namespaces.raise_space(&acme, Sequence(1), || Sequence(2));
        namespaces.raise(&globex, "users", Sequence(1), || Sequence(3));
        assert_eq!((of_acme.get(), of_globex.get(), of_none.get()), (Sequence(2), Sequence(3), Sequence(0)));
    }

    #[test]
    fn namespaces_that_nothing_lies_on_are_thrown_away() {
        let namespaces = Namespaces::default();
        let named = |name: usize| Namespace::named(&name.to_string()).expect("digits are a name");
        let held = namespaces.hold(&Space::of_tenant("held"), &named(1));
        for name in 0..10_000 {
            namespaces.hold(&Space::of_tenant(&name.to_string()), &named(name));
        }
        assert!(namespaces.0.lock().count <= 2 * KEEP);
        namespaces.raise_space(&Space::of_tenant("held"), Sequence(1), || Sequence(7));
        assert_eq!(held.get(), Sequence(7));
    }
}
