//! What others have invalidated, in memory.

use equivalent::Equivalent;

use crate::engine::Engine;
use crate::fence::sequence::Reach;
use crate::model::entry_key::NamedKey;
use crate::model::plan;
use crate::model::space::Space;
use crate::wire::message::Operation;
use crate::wire::names::{self, Token};

impl Engine {
    /// Drops what a message names; everything, where it names what this build cannot read.
    pub(in crate::engine) fn apply(&self, operations: &[Operation<'_>]) {
        for operation in operations {
            if self.apply_one(operation).is_none() {
                self.drop_memory();
            }
        }
    }

    fn apply_one(&self, operation: &Operation<'_>) -> Option<()> {
        match operation {
            Operation::Key(key) => self.remove_named(&NamedKey::new(key, &self.hasher)),
            // Which entries match a pattern is more than a message says.
            Operation::Token(token) | Operation::Pattern(token) => match names::read(token)? {
                Token::Tag(space, tag) => self.raise_tag(&space, tag),
                Token::TagEverywhere(tag) => self.raise_tag(&Space::Global, &plan::for_every_tenant(tag)),
                Token::Namespace(space, namespace) => self.raise_namespace(&space, namespace),
                Token::NamespaceEverywhere(namespace) => self.raise_namespace_everywhere(namespace),
                Token::Space(space) => self.raise_space(&space),
            },
            Operation::Everything => return None,
        }
        Some(())
    }

    fn remove_named(&self, key: &NamedKey<'_>) {
        let mut stripe = self.flights.lock_by(key.hash());
        self.invalidations.next(Reach::Key(key.hash()));
        stripe.invalidate_where(|held| key.equivalent(held));
        self.memory.remove(key);
    }

    /// Everything in memory is refused from now on, and so is every load that runs.
    pub(in crate::engine) fn drop_memory(&self) {
        let numbers = &self.invalidations;
        self.namespaces.raise_all(numbers.upcoming(), || numbers.next_namespace());
    }
}
