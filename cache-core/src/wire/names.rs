//! How tokens are named.
//!
//! A token's name is `<space>:<tag>`, and for the tags that every entry carries without saying so, its space and its
//! namespaces, `<space>:#` and `<space>:#<namespace>`: escaping makes `#` unreachable for declared tags. What belongs to
//! every space has `*` in the place of one.

use crate::model::namespace::Namespace;
use crate::model::plan;
use crate::model::space::Space;

/// What marks an implicit tag.
const IMPLICIT: u8 = b'#';
/// Stands for every space: escaping keeps it out of the name of any.
const EVERY: &[u8] = b"*";

/// The names of an entry's tokens, in the order in which they are asked for: the implicit ones first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenNames(pub(crate) Vec<Box<[u8]>>);

impl TokenNames {
    /// The tokens that every entry of a namespace lies on: of its space, of each namespace above it, and of its own;
    /// the latter in its space and in every space.
    pub(crate) fn implicit(space: &Space, namespace: &Namespace) -> Self {
        let mut names = vec![of_space(space)];
        let name = namespace.as_str();
        let levels = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
        names.extend(levels.clone().map(|end| of_namespace(space, &name[..end])));
        names.extend(levels.map(|end| of_namespace_everywhere(&name[..end])));
        Self(names)
    }

    /// The implicit tokens of the entry with this name.
    pub(crate) fn of_key(key: &[u8]) -> Option<Self> {
        Self::of_entry(key, &[])
    }

    /// The tokens of the entry with this name and these tags.
    pub(crate) fn of_entry(key: &[u8], tags: &[&[u8]]) -> Option<Self> {
        let (space, rest) = Space::split(key)?;
        let end = rest.iter().position(|byte| *byte == b':')?;
        let namespace = Namespace::named(str::from_utf8(&rest[..end]).ok()?).ok()?;
        Some(Self::of(&space, &namespace, tags.iter().copied()))
    }

    /// The tokens of an entry with these declared tags.
    pub(crate) fn of<'a>(space: &Space, namespace: &Namespace, tags: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut names = Self::implicit(space, namespace);
        names.add(space, tags);
        names
    }

    /// Adds the tokens of declared tags.
    pub(crate) fn add<'a>(&mut self, space: &Space, tags: impl IntoIterator<Item = &'a [u8]>) {
        for tag in tags {
            let name = of_tag(space, tag);
            if !self.0.contains(&name) {
                self.0.push(name);
            }
        }
    }
}

/// The token of a declared tag.
pub(crate) fn of_tag(space: &Space, tag: &[u8]) -> Box<[u8]> {
    match plan::across_tenants(tag) {
        Some(tag) => match plan::across_tenants(tag) {
            Some(token) => token.into(),
            None => [EVERY, b":", tag].concat().into(),
        },
        None => [space.as_str().as_bytes(), b":", tag].concat().into(),
    }
}

/// How an entry of this space names the tag whose token this is. That of another space, which it has inherited, goes by its
/// whole name.
pub(crate) fn tag_of(space: &Space, token: &[u8]) -> Vec<u8> {
    let own = token.strip_prefix(space.as_str().as_bytes()).and_then(|rest| rest.strip_prefix(b":"));
    match (own, token.strip_prefix(EVERY).and_then(|rest| rest.strip_prefix(b":"))) {
        (Some(tag), _) => tag.to_vec(),
        (None, Some(tag)) => plan::for_every_tenant(tag),
        (None, None) => plan::for_every_tenant(&plan::for_every_tenant(token)),
    }
}

/// The token of a namespace: invalidating it is what `all` does. It also holds the barrier of patterns.
pub(crate) fn of_namespace(space: &Space, namespace: &str) -> Box<[u8]> {
    [space.as_str().as_bytes(), &[b':', IMPLICIT], namespace.as_bytes()].concat().into()
}

/// The token of a namespace in every space.
pub(crate) fn of_namespace_everywhere(namespace: &str) -> Box<[u8]> {
    [EVERY, &[b':', IMPLICIT], namespace.as_bytes()].concat().into()
}

/// The token of a space.
pub(crate) fn of_space(space: &Space) -> Box<[u8]> {
    [space.as_str().as_bytes(), &[b':', IMPLICIT]].concat().into()
}

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    Tag(Space, &'a [u8]),
    /// A tag that belongs to every space.
    TagEverywhere(&'a [u8]),
    Namespace(Space, &'a str),
    NamespaceEverywhere(&'a str),
    Space(Space),
}

/// What a token's name says; `None` where it is none that this build knows.
pub(crate) fn read(name: &[u8]) -> Option<Token<'_>> {
    let (space, rest) = if let Some(rest) = name.strip_prefix(EVERY) {
        (None, rest.strip_prefix(b":")?)
    } else {
        let (space, rest) = Space::split(name)?;
        (Some(space), rest)
    };
    Some(match (space, rest.strip_prefix(&[IMPLICIT])) {
        (Some(space), None) => Token::Tag(space, rest),
        (None, None) => Token::TagEverywhere(rest),
        (Some(space), Some([])) => Token::Space(space),
        (None, Some([])) => return None,
        (Some(space), Some(namespace)) => Token::Namespace(space, str::from_utf8(namespace).ok()?),
        (None, Some(namespace)) => Token::NamespaceEverywhere(str::from_utf8(namespace).ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_lies_on_its_space_and_on_every_level_of_its_namespace() {
        let mut names = TokenNames::implicit(&Space::Global, &Namespace::literal("a/b"));
        names.add(&Space::Global, [&b"author:7"[..], b"x", b"author:7", b"#x"]);
        let text: Vec<_> = names.0.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        assert_eq!(
            text,
            ["global:#", "global:#a", "global:#a/b", "*:#a", "*:#a/b", "global:author:7", "global:x", "*:x"]
        );
    }

    #[test]
    fn the_tokens_of_an_entry_follow_from_its_name() {
        for space in [Space::Global, Space::of_tenant("acme")] {
            let (key, tags) = (format!("{}:a/b:user:7", space.as_str()), [&b"x"[..], b"#y", b"##global:z"]);
            let names = TokenNames::of(&space, &Namespace::literal("a/b"), tags);
            assert_eq!(TokenNames::of_entry(key.as_bytes(), &tags), Some(names));
        }
        for key in [&b""[..], b"global", b"global:users", b"tenant:acme:users", b"global::x"] {
            assert_eq!(TokenNames::of_key(key), None);
        }
    }

    #[test]
    fn a_tag_that_was_inherited_from_another_space_goes_by_its_whole_name() {
        let (acme, globex) = (Space::of_tenant("acme"), Space::of_tenant("globex"));
        for (space, tag, theirs) in [
            (&acme, &b"a"[..], &b"##tenant:acme:a"[..]),
            (&Space::Global, b"a:b", b"##global:a:b"),
            (&acme, b"#rates", b"#rates"),
        ] {
            let token = of_tag(space, tag);
            assert_eq!(tag_of(space, &token), tag);
            assert_eq!(tag_of(&globex, &token), theirs);
            assert_eq!(of_tag(&globex, theirs), token);
        }
    }

    #[test]
    fn what_a_token_stands_for_is_read_from_its_name() {
        for space in [Space::Global, Space::of_tenant("acme")] {
            assert_eq!(read(&of_space(&space)), Some(Token::Space(space.clone())));
            assert_eq!(read(&of_namespace(&space, "a/b")), Some(Token::Namespace(space.clone(), "a/b")));
            assert_eq!(read(&of_tag(&space, b"author:7")), Some(Token::Tag(space, b"author:7")));
        }
        assert_eq!(read(&of_namespace_everywhere("a")), Some(Token::NamespaceEverywhere("a")));
        assert_eq!(read(&of_tag(&Space::Global, b"#x")), Some(Token::TagEverywhere(b"x")));
        for other in [&b""[..], b"global", b"globally:x", b"tenant:7", b"tenant::x", b"*:#", b"*x", b"global:#\xff"] {
            assert_eq!(read(other), None, "{other:?}");
        }
    }
}
