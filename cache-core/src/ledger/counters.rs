//! Counters: the numbers, and when they end.

use std::time::Duration;

use crate::ledger::keyspace::Keyspace;
use crate::port::{By, Count, Counted};
use crate::wire::number::Number;

/// The counters among the names that begin with a prefix.
#[derive(Debug)]
pub(crate) struct Counters<'a> {
    pub(crate) keys: &'a mut Keyspace,
    pub(crate) prefix: &'a [u8],
}

impl Counters<'_> {
    pub(crate) fn count(&mut self, count: &Count<'_>) -> Counted {
        let name = self.name(count.key);
        let before = self.keys.bytes(&name).map(Number::read);
        let number = before.flatten().unwrap_or(Number::Integer(0));
        let after = match (count.by, number) {
            (By::Set(number), _) => Number::Integer(number),
            _ if before == Some(None) => return Counted::Foreign,
            (By::Integer(_), Number::Float(_)) => return Counted::Fraction,
            (By::Integer(by), Number::Integer(number)) => match number.checked_add(by) {
                Some(sum) => Number::Integer(sum),
                None => return Counted::Overflow,
            },
            (By::Float(by), number) => match number.float() + by {
                sum if sum.is_finite() => Number::Float(sum),
                _ => return Counted::Overflow,
            },
        };
        let text = after.write().into_bytes();
        let counted = read(&text);
        if before.is_some() {
            self.keys.rewrite(&name, text);
        } else {
            self.keys.put(&name, text, count.lasts.map(millis));
        }
        counted
    }

    pub(crate) fn counted(&self, key: &[u8]) -> Option<Counted> {
        self.keys.bytes(&self.name(key)).map(read)
    }

    pub(crate) fn uncount(&mut self, key: &[u8]) -> bool {
        let name = self.name(key);
        self.keys.remove(&name)
    }

    /// A page of a walk over all names: counters and limits that begin so are removed. Says where the next one begins.
    pub(crate) fn forget(&mut self, head: &[u8], cursor: u64) -> u64 {
        let heads = [&b":#n:"[..], b":#r:"].map(|mark| [self.prefix, mark, head].concat());
        let (next, names) = self.keys.page(cursor);
        let is_meant = |name: &[u8]| heads.iter().any(|head| name.starts_with(head));
        let names: Vec<_> = names.into_iter().filter(|name| is_meant(name)).map(<[u8]>::to_vec).collect();
        for name in names {
            self.keys.remove(&name);
        }
        next
    }

    fn name(&self, key: &[u8]) -> Vec<u8> {
        [self.prefix, b":#n:", key].concat()
    }
}

fn read(text: &[u8]) -> Counted {
    Number::read(text).map_or(Counted::Foreign, Counted::Is)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}
