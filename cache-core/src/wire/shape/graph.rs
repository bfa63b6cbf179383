//! What was seen of a type: containers and their parts, and the facts about them in text.
//!
//! A container is known by the path of its visitor while it is looked at, so that types of one name are told apart. The
//! facts name it by serde's name only. Where two containers share it (`Wrapper<u8>` and `Wrapper<String>`, or `User` of
//! two modules), each is told from the other by what is in it, for a number would depend on the order of fields.

use std::collections::{BTreeMap, BTreeSet};

/// A container, by the path of its visitor.
pub(crate) type Key = &'static str;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Format {
    Scalar(&'static str),
    Container(Key),
}

#[derive(Debug)]
struct Container {
    /// Serde's name; an option, a sequence, a map or a tuple has none.
    name: Option<&'static str>,
    head: String,
    parts: BTreeSet<(String, Format)>,
}

#[derive(Debug, Default)]
pub(crate) struct Graph {
    containers: BTreeMap<Key, Container>,
    roots: BTreeSet<Format>,
}

/// How containers with a name are called in the facts.
type Labels = BTreeMap<Key, String>;

impl Graph {
    pub(crate) fn add(&mut self, key: Key, name: Option<&'static str>, head: impl FnOnce() -> String) {
        self.containers.entry(key).or_insert_with(|| Container { name, head: head(), parts: BTreeSet::new() });
    }

    /// Adds what is inside a container; of the type itself where there is none.
    pub(crate) fn add_part(&mut self, key: Option<Key>, label: &str, format: Format) {
        match key.and_then(|key| self.containers.get_mut(key)) {
            Some(container) => container.parts.insert((label.to_owned(), format)),
            None => self.roots.insert(format),
        };
    }

    /// Serde's name of a container.
    pub(crate) fn name(&self, key: Key) -> Option<&'static str> {
        self.containers.get(key)?.name
    }

    pub(crate) fn facts(&self) -> BTreeSet<String> {
        let labels = self.labels();
        let mut facts: BTreeSet<_> = self.roots.iter().map(|root| format!("= {}", self.text(*root, &labels))).collect();
        for (key, label) in &labels {
            let container = &self.containers[key];
            facts.insert(format!("{} of {label}", container.head));
            facts.extend(self.parts(container, &labels, &mut Vec::new()).map(|part| format!("{label}{part}")));
        }
        facts
    }

    fn labels(&self) -> Labels {
        let named = || self.containers.iter().filter_map(|(key, container)| Some((*key, container.name?)));
        let mut times = BTreeMap::<_, usize>::new();
        named().for_each(|(_, name)| *times.entry(name).or_default() += 1);
        let mut labels: Labels = named().map(|(key, name)| (key, name.to_owned())).collect();
        // Each round sees one step further; it ends when it has told no more of them apart.
        let mut told_apart = times.len();
        loop {
            let labels_before = labels.clone();
            for (key, name) in named().filter(|(_, name)| times[name] > 1) {
                let container = &self.containers[key];
                let mut hasher = blake3::Hasher::new();
                hasher.update(container.head.as_bytes());
                for part in self.parts(container, &labels_before, &mut Vec::new()) {
                    hasher.update(&(part.len() as u64).to_be_bytes()).update(part.as_bytes());
                }
                labels.insert(key, format!("{name}@{}", &hasher.finalize().to_hex()[..16]));
            }
            let distinct = labels.values().collect::<BTreeSet<_>>().len();
            if distinct <= told_apart {
                return labels;
            }
            told_apart = distinct;
        }
    }

    fn text(&self, format: Format, labels: &Labels) -> String {
        self.text_inside(format, labels, &mut Vec::new())
    }

    fn text_inside(&self, format: Format, labels: &Labels, inside: &mut Vec<Key>) -> String {
        let key = match format {
            Format::Scalar(kind) => return kind.to_owned(),
            Format::Container(key) => key,
        };
        if let Some(label) = labels.get(key) {
            return label.clone();
        }
        let Some(container) = self.containers.get(key).filter(|_| !inside.contains(&key)) else {
            return "again".to_owned();
        };
        inside.push(key);
        let parts: Vec<_> = self.parts(container, labels, inside).collect();
        inside.pop();
        format!("{}({})", container.head, parts.join(","))
    }

    fn parts<'a>(
        &'a self,
        container: &'a Container,
        labels: &'a Labels,
        inside: &'a mut Vec<Key>,
    ) -> impl Iterator<Item = String> + 'a {
        container.parts.iter().map(|(label, format)| format!("{label}:{}", self.text_inside(*format, labels, inside)))
    }
}
