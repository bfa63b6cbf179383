//! Names, their bytes, and when they end: what a server keeps.

use std::collections::{BTreeMap, HashMap};

/// A walk looks at so many names at a time: few, so that tests walk over more than one page.
const PAGE: usize = 8;

/// So many names are looked at with each that comes.
const TIDIED: usize = 3;

/// One name's bytes.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) bytes: Vec<u8>,
    /// In milliseconds of the server's time; `None`: it does not end.
    pub(crate) ends_at: Option<u64>,
    born: u64,
}

/// All names. What has ended is not there, whether or not it was cleared away.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keyspace {
    /// The moment of the operation that runs, in milliseconds.
    pub(crate) now: u64,
    records: HashMap<Vec<u8>, Record>,
    /// The order in which a walk goes: a name keeps its place while it lives, so a walk misses none that stays.
    order: BTreeMap<u64, Vec<u8>>,
    births: u64,
    /// Where the clearing away goes on.
    tidied: u64,
}

impl Keyspace {
    pub(crate) fn get(&self, name: &[u8]) -> Option<&Record> {
        self.records.get(name).filter(|record| record.ends_at.is_none_or(|end| end > self.now))
    }

    pub(crate) fn bytes(&self, name: &[u8]) -> Option<&[u8]> {
        self.get(name).map(|record| &*record.bytes)
    }

    /// Milliseconds until a name ends; `None` where it does not end or is not there.
    pub(crate) fn left(&self, name: &[u8]) -> Option<u64> {
        self.get(name)?.ends_at.map(|end| end - self.now)
    }

    /// Writes bytes that live for so many milliseconds; `None`: for ever.
    pub(crate) fn put(&mut self, name: &[u8], bytes: Vec<u8>, ttl: Option<u64>) {
        self.tidy();
        // One that lives keeps its place, or a walk might meet it again and again.
        let born = if let Some(record) = self.get(name) {
            record.born
        } else {
            self.remove(name);
            self.births += 1;
            self.order.insert(self.births, name.to_vec());
            self.births
        };
        let record = Record { bytes, ends_at: self.end(ttl), born };
        self.records.insert(name.to_vec(), record);
    }

    /// Writes bytes that end when the old ones would have.
    pub(crate) fn rewrite(&mut self, name: &[u8], bytes: Vec<u8>) {
        let left = self.left(name);
        self.put(name, bytes, left);
    }

    /// Gives a name another end.
    pub(crate) fn set_end(&mut self, name: &[u8], ttl: Option<u64>) {
        let end = self.end(ttl);
        if let Some(record) = self.records.get_mut(name) {
            record.ends_at = end;
        }
    }

    /// Whether the name was there.
    pub(crate) fn remove(&mut self, name: &[u8]) -> bool {
        let was_there = self.get(name).is_some();
        if let Some(record) = self.records.remove(name) {
            self.order.remove(&record.born);
        }
        was_there
    }

    /// Clears away what has ended among the next few names: more of them than come, so that what has ended cannot pile up.
    fn tidy(&mut self) {
        let next: Vec<_> =
            self.order.range(self.tidied..).take(TIDIED).map(|(born, name)| (*born, name.clone())).collect();
        // From the end back to the beginning.
        self.tidied = next.last().filter(|_| next.len() == TIDIED).map_or(0, |(born, _)| born + 1);
        for (born, name) in next {
            if self.get(&name).is_none() {
                self.records.remove(&name);
                self.order.remove(&born);
            }
        }
    }

    /// A page of names, and where the next one begins; 0: nowhere.
    ///
    /// It begins with the last name of this page: a walk may see a name twice, and whoever walks must bear it.
    pub(crate) fn page(&self, cursor: u64) -> (u64, Vec<&[u8]>) {
        let page: Vec<_> = self.order.range(cursor..).take(PAGE + 1).collect();
        let next = if page.len() > PAGE { *page[PAGE - 1].0 } else { 0 };
        let names = page.into_iter().take(PAGE).map(|(_, name)| &**name);
        (next, names.filter(|name| self.get(name).is_some()).collect())
    }

    fn end(&self, ttl: Option<u64>) -> Option<u64> {
        ttl.map(|ttl| self.now.saturating_add(ttl))
    }
}

/// What only a server needs that keeps entries.
#[cfg(any(test, feature = "testing"))]
impl Keyspace {
    /// The bytes in front of their name; `None` where they end with another or with none.
    pub(crate) fn signed(&self, name: &[u8]) -> Option<&[u8]> {
        self.bytes(name)?.strip_suffix(name)
    }

    /// Writes bytes that end with their name: what stands under another's is nothing.
    pub(crate) fn put_signed(&mut self, name: &[u8], bytes: &[u8], ttl: Option<u64>) {
        self.put(name, [bytes, name].concat(), ttl);
    }

    pub(crate) fn clear(&mut self) {
        self.records.clear();
        self.order.clear();
    }

    pub(crate) fn names(&self) -> Vec<Vec<u8>> {
        let mut names: Vec<_> = self.order.values().filter(|name| self.get(name).is_some()).cloned().collect();
        names.sort_unstable();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(keys: &Keyspace, mut between: impl FnMut()) -> Vec<Vec<u8>> {
        let (mut seen, mut cursor) = (Vec::new(), 0);
        loop {
            let (next, names) = keys.page(cursor);
            seen.extend(names.into_iter().map(<[u8]>::to_vec));
            between();
            if next == 0 {
                return seen;
            }
            cursor = next;
        }
    }

    fn filled(count: u8) -> Keyspace {
        let mut keys = Keyspace::default();
        for name in 0..count {
            keys.put(&[name], vec![name], None);
        }
        keys
    }

    #[test]
    fn what_has_ended_is_not_there() {
        let mut keys = Keyspace::default();
        keys.put(b"a", vec![1], Some(10));
        keys.now = 9;
        assert_eq!((keys.bytes(b"a"), keys.left(b"a")), (Some(&[1][..]), Some(1)));
        keys.now = 10;
        assert_eq!((keys.bytes(b"a"), keys.names().len(), keys.page(0).1.len()), (None, 0, 0));
        assert!(!keys.remove(b"a"));
    }

    #[test]
    fn what_has_ended_does_not_pile_up() {
        let mut keys = Keyspace::default();
        for round in 0..1_000_u32 {
            keys.now = u64::from(round);
            keys.put(&round.to_be_bytes(), vec![0], Some(10));
        }
        assert!(keys.records.len() < 30, "{}", keys.records.len());
        assert_eq!(keys.records.len(), keys.order.len());
    }

    #[test]
    fn a_walk_sees_every_name_in_several_pages_and_ends() {
        for count in 0..40 {
            let keys = filled(count);
            let mut pages = 0;
            let mut seen = walk(&keys, || pages += 1);
            seen.sort();
            seen.dedup();
            assert_eq!(seen, keys.names());
            assert_eq!(pages > 1, usize::from(count) > PAGE);
        }
    }

    #[test]
    fn a_walk_ends_while_names_are_written_anew() {
        let mut keys = filled(40);
        let (mut cursor, mut pages) = (0, 0);
        loop {
            cursor = keys.page(cursor).0;
            pages += 1;
            if cursor == 0 {
                break;
            }
            assert!(pages < 20, "it goes on and on");
            for name in 0..40 {
                keys.rewrite(&[name], vec![1]);
            }
        }
    }

    #[test]
    fn a_walk_goes_on_where_names_went() {
        let mut keys = filled(20);
        let (next, _) = keys.page(0);
        for gone in 0..12 {
            keys.remove(&[gone]);
        }
        let (_, names) = keys.page(next);
        assert_eq!(names.len(), 8);
    }
}
