//! The three questions of an audit. Each errs on the side of silence: what only a call can tell counts as fitting.

use crate::audit::finding::{AnnotatedFunction, Finding};
use crate::audit::overlap::{Token, glob_tokens, overlap, tokens};
use crate::audit::registered::{Evicts, Key, Piece, Registered, Role, Shape, Stores, Tags};
use crate::model::namespace::{self, Namespace};

/// Readers whose entries nothing puts or evicts.
pub(crate) fn never_evicted(all: &[&Registered]) -> Vec<Finding> {
    let readers = all.iter().filter_map(|registered| match &registered.role {
        Role::Reader(stores) => Some((*registered, stores)),
        Role::Put(_) | Role::Evict(_) => None,
    });
    let unreached = readers.filter(|(reader, stores)| !all.iter().any(|writer| reaches(writer, reader, stores)));
    unreached.map(|(reader, _)| Finding::NeverEvicted { reader: AnnotatedFunction::of(reader) }).collect()
}

/// Tags that are evicted and that nothing carries.
pub(crate) fn tags_of_nobody(all: &[&Registered]) -> Vec<Finding> {
    let carried: Vec<&Tags> = all
        .iter()
        .filter_map(|registered| match &registered.role {
            Role::Reader(stores) | Role::Put(stores) => Some(&stores.tags),
            Role::Evict(_) => None,
        })
        .collect();
    let evicted = all.iter().filter_map(|registered| match &registered.role {
        Role::Evict(evicts) => Some((*registered, &evicts.tags)),
        Role::Reader(_) | Role::Put(_) => None,
    });
    let mut findings = Vec::new();
    for (writer, evicted) in evicted {
        for tag in evicted.templates {
            let evicted = Tags { templates: std::slice::from_ref(tag), others: false };
            if !carried.iter().any(|carried| share_a_tag(carried, &evicted)) {
                findings.push(Finding::TagOfNobody { tag: shown(tag), writer: AnnotatedFunction::of(writer) });
            }
        }
    }
    findings
}

/// Functions that store different types under the same template.
pub(crate) fn shared_keys(all: &[&Registered]) -> Vec<Finding> {
    let stores: Vec<_> = all
        .iter()
        .filter_map(|registered| match &registered.role {
            Role::Reader(Stores { key: Key::Template(key), value: Some(value), .. })
            | Role::Put(Stores { key: Key::Template(key), value: Some(value), .. }) => {
                Some((AnnotatedFunction::of(registered), namespace_of(registered), *key, *value))
            }
            _ => None,
        })
        .collect();
    let mut findings = Vec::new();
    for (at, (one, namespace, key, value)) in stores.iter().enumerate() {
        for (other, other_namespace, other_key, other_value) in &stores[at + 1..] {
            if namespace == other_namespace && key == other_key && are_different(value, other_value) {
                let functions = [(*one, *value), (*other, *other_value)];
                findings.push(Finding::SharedKey { key: shown(key), functions });
            }
        }
    }
    findings
}

/// Types are compared as they are written, so `Answer<User>` may be an alias of `Result<User, Error>` and the same as `User`.
fn are_different(one: &str, other: &str) -> bool {
    const CONTAINERS: [&str; 9] =
        ["Arc", "BTreeMap", "BTreeSet", "Box", "HashMap", "HashSet", "Option", "Vec", "VecDeque"];
    let may_be_alias = |outer: &str, inner: &str| {
        outer.split_once('<').is_some_and(|(name, arguments)| {
            let behind = arguments.strip_prefix(inner);
            !CONTAINERS.contains(&name) && behind.is_some_and(|behind| behind.starts_with([',', '>']))
        })
    };
    one != other && !may_be_alias(one, other) && !may_be_alias(other, one)
}

fn namespace_of(registered: &Registered) -> &'static str {
    registered.namespace.unwrap_or(Namespace::DEFAULT.as_str())
}

/// Whether a call of `writer` can end or replace an entry of `reader`.
fn reaches(writer: &Registered, reader: &Registered, stores: &Stores) -> bool {
    match &writer.role {
        Role::Reader(_) => false,
        Role::Put(put) => reaches_key(writer, &put.key, reader, &stores.key),
        Role::Evict(Evicts { keys, tags, pattern, all }) => {
            keys.iter().any(|key| reaches_key(writer, key, reader, &stores.key))
                || share_a_tag(&stores.tags, tags)
                || pattern.is_some_and(|pattern| reaches_pattern(writer, pattern, reader, &stores.key))
                || *all && namespace::contains(namespace_of(writer), namespace_of(reader))
        }
    }
}

fn reaches_key(writer: &Registered, key: &Key, reader: &Registered, read: &Key) -> bool {
    if let Key::Of(name) = key {
        return *name == reader.function;
    }
    let written = match key {
        // A default key is its own function's.
        Key::Default => return writer.module == reader.module && writer.function == reader.function,
        Key::Template(template) => Some(tokens(template)),
        Key::Expression | Key::Of(_) => None,
    };
    let Some(read) = key_tokens(reader, read) else { return false };
    namespace_of(writer) == namespace_of(reader) && written.is_none_or(|written| overlap(&written, &read))
}

fn reaches_pattern(writer: &Registered, pattern: Shape, reader: &Registered, read: &Key) -> bool {
    namespace_of(writer) == namespace_of(reader)
        && key_tokens(reader, read).is_some_and(|read| overlap(&glob_tokens(pattern), &read))
}

/// The keys of a reader behind their namespace; `None` where no template and no pattern can name them.
fn key_tokens(reader: &Registered, key: &Key) -> Option<Vec<Token>> {
    match key {
        Key::Template(template) => Some(tokens(template)),
        Key::Expression | Key::Of(_) => Some(vec![Token::Any]),
        Key::Default => reader.namespace.map(|_| {
            let mut tokens = tokens(&[Piece::Any]);
            tokens.splice(0..0, reader.function.bytes().map(Token::Byte));
            tokens
        }),
    }
}

fn share_a_tag(carried: &Tags, evicted: &Tags) -> bool {
    let any = |tags: &Tags| tags.others || !tags.templates.is_empty();
    if carried.others && any(evicted) || evicted.others && any(carried) {
        return true;
    }
    carried.templates.iter().any(|one| evicted.templates.iter().any(|other| overlap(&tokens(one), &tokens(other))))
}

fn shown(shape: Shape) -> String {
    shape.iter().map(|piece| if let Piece::Text(text) = piece { text } else { "{}" }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_compared_as_they_are_written() {
        assert!(are_different("User", "Order"));
        assert!(are_different("User", "Vec<User>"));
        assert!(are_different("Arc<User>", "User"));
        assert!(!are_different("User", "User"));
    }

    #[test]
    fn what_may_be_an_alias_of_a_result_is_not_another_type() {
        assert!(!are_different("Answer<User>", "User"));
        assert!(!are_different("User", "Answer<User,Error>"));
        assert!(are_different("Answer<UserId>", "User"));
    }
}
