//! Names of what is to be invalidated, once more or at last: each once, and bounded.

use std::collections::HashSet;

use crate::model::space::Space;
use crate::wire::names;

/// How many names are kept; beyond, their whole spaces are.
pub(crate) const KEPT: usize = 1024;

/// What is to be invalidated.
#[derive(Debug, Default, Clone)]
pub(crate) struct Names {
    pub(crate) keys: HashSet<Box<[u8]>>,
    pub(crate) tokens: HashSet<Box<[u8]>>,
    /// Everything that there is.
    pub(crate) everything: bool,
}

impl Names {
    /// A key alone.
    pub(crate) fn of_key(key: &[u8]) -> Self {
        Self { keys: HashSet::from([key.into()]), ..Self::default() }
    }

    /// Everything.
    pub(crate) fn everything() -> Self {
        Self { everything: true, ..Self::default() }
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len() + self.tokens.len() + usize::from(self.everything)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds what another one names. Where that is too much, what it lies in.
    pub(crate) fn add(&mut self, more: Self) {
        self.keys.extend(more.keys);
        self.tokens.extend(more.tokens);
        self.everything |= more.everything;
        if self.len() > KEPT {
            *self = self.widened();
        }
        if self.everything || self.len() > KEPT {
            *self = Self::everything();
        }
    }

    /// The spaces of all these. What belongs to every space stays as it is.
    pub(crate) fn widened(&self) -> Self {
        let wide = |name: &[u8]| Space::split(name).map_or_else(|| name.into(), |(space, _)| names::of_space(&space));
        let tokens = self.keys.iter().chain(&self.tokens).map(|name| wide(name)).collect();
        Self { keys: HashSet::new(), tokens, everything: self.everything }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::names::{of_namespace_everywhere, of_space, of_tag};

    fn keys(space: &Space, range: std::ops::Range<usize>) -> Names {
        let key = |key: usize| format!("{}:_:{key}", space.as_str()).into_bytes().into();
        Names { keys: range.map(key).collect(), ..Names::default() }
    }

    #[test]
    fn too_much_is_the_spaces_that_it_lies_in_and_no_other() {
        let (acme, globex) = (Space::of_tenant("acme"), Space::of_tenant("globex"));
        let mut names = keys(&acme, 0..600);
        names.add(Names {
            tokens: HashSet::from([of_namespace_everywhere("rates"), of_tag(&globex, b"#t")]),
            ..Names::default()
        });
        names.add(keys(&globex, 0..600));
        let expected = [of_space(&acme), of_space(&globex), of_namespace_everywhere("rates"), of_tag(&globex, b"#t")];
        assert_eq!(names.tokens, HashSet::from(expected));
        assert!(names.keys.is_empty() && !names.everything);
    }

    #[test]
    fn what_is_in_too_many_spaces_is_everything() {
        let mut names = Names::default();
        for tenant in 0..2 * KEPT {
            names.add(keys(&Space::of_tenant(&tenant.to_string()), 0..1));
        }
        assert!(names.everything);
        assert_eq!(names.len(), 1);
    }
}
