//! [`ByUser`]: entries that belong to users, and go with them.

use crate::{Error, Namespace};

/// The entries of one recipe, each of which belongs to a user by a tag.
#[derive(Clone)]
pub(super) struct ByUser {
    /// Where those without a name are.
    root: Namespace,
    pub(super) entries: Namespace,
    /// Tells the tags of one recipe from those of the others.
    recipe: &'static str,
    name: String,
}

impl ByUser {
    pub(super) fn new(recipe: &'static str, root: Namespace) -> Self {
        Self { entries: root.clone(), root, recipe, name: String::new() }
    }

    /// Others, which never meet those without the name.
    pub(super) fn named(mut self, name: &str) -> Self {
        self.entries = self.root.namespace(name);
        name.clone_into(&mut self.name);
        self
    }

    /// The tag of what belongs to a user. It is no text that is a tag elsewhere, for as a whole tag that keeps its `:`.
    pub(super) fn tag(&self, user: &str) -> (&'static str, String, String) {
        (self.recipe, self.name.clone(), user.to_owned())
    }

    /// Removes what belongs to a user, in one step: by the rule for tenants that the entries have.
    pub(super) async fn remove_all_of(&self, user: &str) -> Result<(), Error> {
        self.entries.invalidate_tags([self.tag(user)]).await
    }
}
