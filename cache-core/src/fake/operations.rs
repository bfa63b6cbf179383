//! The operations, each in one step: what a real server's scripts do, in the same order.

use std::time::Duration;

use crate::decisions::records;
use crate::fake::history;
use crate::ledger::keyspace::Keyspace;
use crate::port::{
    Acquire, Acquired, Evict, Evicted, Fill, Filled, Kind, Lease, Read, Release, Scanned, Sealed, Set, Snapshot, When,
};
use crate::wire::envelope::{HEADER, Header, Sliding};
use crate::wire::records::{Generation, LeaseRecord, Stamp, Token};

/// One operation of one cache, while the server does nothing else.
pub(crate) struct Step<'a> {
    pub(crate) keys: &'a mut Keyspace,
    pub(crate) prefix: &'a [u8],
    /// The generation of the history that begins where there is none.
    pub(crate) fresh: Generation,
    /// How often the server has begun again.
    pub(crate) run: u64,
    /// Is told of every invalidation.
    pub(crate) publish: &'a mut dyn FnMut(Vec<u8>),
    /// Is told of every lock that is given back.
    pub(crate) tell_freed: &'a mut dyn FnMut(Vec<u8>),
}

impl Step<'_> {
    pub(crate) fn read(&self, read: Read<'_>) -> Snapshot {
        let get = |name: &[u8]| self.keys.bytes(name).map(<[u8]>::to_vec);
        let signed = |name: &[u8]| self.keys.signed(name).map(<[u8]>::to_vec);
        Snapshot {
            control: get(&self.control()),
            entry: get(&self.entry(read.key)),
            tokens: read.tokens.iter().map(|token| signed(&self.token(token))).collect(),
            server_now: self.keys.now,
        }
    }

    /// A lease without an end is none of ours, and would keep everybody out for ever: it is overwritten.
    pub(crate) fn acquire(&mut self, acquire: &Acquire<'_>) -> Acquired {
        let (at, id) = (self.stand(), acquire.id);
        let (entry, lease) = (self.entry(acquire.at.key), self.lease(acquire.at.key));
        let held = self.held(&lease, at);
        if let Some(held) = held.filter(|held| held.id == id) {
            // Sent again, for the answer was lost.
            return Acquired::Granted(Lease { id, granted: held.granted });
        }
        if acquire.kind == Kind::Load {
            let seen = self.keys.bytes(&entry).unwrap_or_default();
            if acquire.seen != &seen[..seen.len().min(HEADER)] {
                return Acquired::Changed;
            }
            let hopeful = held.filter(|held| held.kind == WRITE || self.may_store(held, acquire.at.tokens, at));
            if let (Some(held), Some(left)) = (hopeful, self.keys.left(&lease)) {
                let kind = if held.kind == WRITE { Kind::Write } else { Kind::Load };
                return Acquired::Busy(Duration::from_millis(left), kind);
            }
        }
        let (lasts, ttl) = (millis(acquire.lease), acquire.ttl.map(millis));
        let give = ttl.map(|ttl| ttl.max(lasts).saturating_mul(2));
        for token in acquire.at.tokens {
            self.secure(token, at, ttl.unwrap_or(0).max(lasts), give);
        }
        let kind = if acquire.kind == Kind::Write { WRITE } else { LOAD };
        self.keys.put(&lease, LeaseRecord { id, granted: at, kind }.encode().to_vec(), Some(lasts));
        Acquired::Granted(Lease { id, granted: at })
    }

    pub(crate) fn fill(&mut self, fill: &Fill<'_>) -> Filled {
        let mut at = self.stand();
        let (entry, lease) = (self.entry(fill.at.key), self.lease(fill.at.key));
        let held = self.held(&lease, at).filter(|held| held.id == fill.lease.id);
        let mut granted = None;
        if let Some(held) = held {
            self.keys.remove(&lease);
            let mut stands = true;
            // All of them, also when one has refused: the next load finds every token minted.
            for (at_token, token) in fill.at.tokens.iter().enumerate() {
                let ttl = fill.ttl.map(millis);
                let token = self.secure(token, at, ttl.unwrap_or(0), ttl.map(|ttl| ttl.saturating_mul(2)));
                let latest =
                    fill.minted_by.get(at_token).map_or(held.granted.sequence, |by| held.granted.sequence.min(*by));
                stands &= records::lets_in(token, held.granted, latest);
            }
            granted = stands.then_some(held.granted.sequence);
        }
        if let Some(message) = fill.message {
            at = self.bump(at);
            if granted.is_none() {
                self.keys.remove(&entry);
                self.keys.remove(&lease);
            }
            self.tell(at, message);
        }
        let Some(load_sequence) = granted else {
            return Filled::Refused(at);
        };
        self.store(&entry, at, load_sequence, fill.entry, fill.ttl);
        Filled::Stored(at)
    }

    pub(crate) fn set(&mut self, set: &Set<'_>) -> Filled {
        if set.when == When::Absent && self.judged(set.at.key).is_some() {
            return Filled::Present;
        }
        let before = self.stand();
        let (entry, lease) = (self.entry(set.at.key), self.lease(set.at.key));
        self.keys.remove(&lease);
        let at = self.bump(before);
        self.tell(at, set.message);
        if matches!(set.when, When::At(stamp) if stamp != before) {
            self.keys.remove(&entry);
            return Filled::Refused(at);
        }
        let ttl = set.ttl.map(millis);
        for token in set.at.tokens {
            self.secure(token, at, ttl.unwrap_or(0), ttl.map(|ttl| ttl.saturating_mul(2)));
        }
        self.store(&entry, at, at.sequence, set.entry, set.ttl);
        Filled::Stored(at)
    }

    pub(crate) fn release(&mut self, release: Release<'_>) {
        let name = self.lease(release.key);
        if self.keys.bytes(&name).is_some_and(|held| held.starts_with(release.id)) {
            self.keys.remove(&name);
        }
    }

    /// A missing token needs no barrier: whoever mints it writes a sequence that refuses every earlier load.
    pub(crate) fn evict(&mut self, evict: &Evict<'_>) -> Evicted {
        let judged = evict.keys.iter().filter(|_| evict.judges);
        let valid = judged.map(|key| self.judged(key).is_some()).collect();
        let at = self.stand();
        let at = self.bump(at);
        for barrier in evict.barriers {
            let name = self.token(barrier);
            if let Some(token) = history::token(self.keys, &name, at) {
                let left = self.keys.left(&name);
                self.keys.put_signed(&name, &Token { barrier: at.sequence, ..token }.encode(), left);
            } else {
                self.keys.remove(&name);
            }
        }
        let mut removed = 0;
        for key in evict.keys {
            let (entry, lease) = (self.entry(key), self.lease(key));
            removed += u64::from(self.keys.remove(&entry));
            self.keys.remove(&lease);
        }
        for token in evict.tokens {
            let name = self.token(token);
            self.keys.remove(&name);
        }
        self.tell(at, evict.message);
        Evicted { stamp: at, removed, valid }
    }

    /// Control data lies beside the entries, and is none: its names begin with a mark that no key begins with.
    pub(crate) fn scan(&self, head: &[u8], cursor: u64) -> Scanned {
        let (next, names) = self.keys.page(cursor);
        let keys = names.into_iter().filter_map(|name| name.strip_prefix(self.prefix)?.strip_prefix(b":"));
        let entries = keys.filter(|key| key.starts_with(head) && !key.starts_with(b"#"));
        Scanned { next, keys: entries.map(Into::into).collect() }
    }

    pub(crate) fn stand(&mut self) -> Stamp {
        let control = self.control();
        history::stand(self.keys, &control, self.fresh)
    }

    /// Whether a load may still store something that lies on these tokens: none was invalidated since it began.
    fn may_store(&self, held: &LeaseRecord, tokens: &[Box<[u8]>], at: Stamp) -> bool {
        let granted = held.granted.sequence;
        tokens.iter().all(|token| match history::token(self.keys, &self.token(token), at) {
            Some(token) => token.minted <= granted && token.barrier <= granted,
            None => at.sequence <= granted,
        })
    }

    pub(super) fn bump(&mut self, at: Stamp) -> Stamp {
        let control = self.control();
        history::bump(self.keys, &control, at)
    }

    /// Mints a token where it is missing, and otherwise sees to it that it lives long enough.
    pub(super) fn secure(&mut self, token: &[u8], at: Stamp, need: u64, give: Option<u64>) -> Token {
        let name = self.token(token);
        match history::token(self.keys, &name, at) {
            Some(token) => {
                history::keep(self.keys, &name, need, give);
                token
            }
            None => history::mint(self.keys, &name, at, give),
        }
    }

    fn store(&mut self, name: &[u8], at: Stamp, load_sequence: u64, entry: &Sealed, ttl: Option<Duration>) {
        let (ttl, idle) = (ttl.map(millis), entry.idle.map(millis));
        let end = |life: Option<u64>| life.map_or(0, |life| self.keys.now.saturating_add(life));
        let lives = ttl.into_iter().chain(idle).min();
        let (generation, fill_sequence) = (at.generation, at.sequence);
        let header = Header { generation, load_sequence, fill_sequence, expires_at: end(lives) };
        let sliding = idle.map_or_else(Vec::new, |after| Sliding { limit: end(ttl), after }.encode());
        self.keys.put(name, [header.encode(entry.mark), sliding, entry.body.clone()].concat(), lives);
    }

    /// An entry's end is in its header twice.
    pub(crate) fn touch(&mut self, key: &[u8]) -> Option<Duration> {
        const ENDS: [usize; 2] = [35, 59];
        let name = self.entry(key);
        let mut bytes = self.keys.bytes(&name)?.to_vec();
        let sliding = Sliding::of(&bytes)?;
        let [end, same] = ENDS.map(|at| bytes[at..at + 8].try_into().map(u64::from_be_bytes).unwrap_or_default());
        if end != same {
            return None;
        }
        let limit = if sliding.limit == 0 { u64::MAX } else { sliding.limit };
        let later = self.keys.now.saturating_add(sliding.after).min(limit).max(end);
        for at in ENDS {
            bytes[at..at + 8].copy_from_slice(&later.to_be_bytes());
        }
        let left = later.checked_sub(self.keys.now).filter(|left| *left > 0)?;
        self.keys.put(&name, bytes, Some(left));
        Some(Duration::from_millis(left))
    }

    pub(super) fn tell(&mut self, at: Stamp, message: &[u8]) {
        (self.publish)([&at.generation[..], &at.sequence.to_be_bytes(), message].concat());
    }

    /// A lease; `None` where it is missing, altered, of another history or ahead of this one.
    fn held(&self, lease: &[u8], at: Stamp) -> Option<LeaseRecord> {
        let held = self.keys.bytes(lease).and_then(LeaseRecord::decode)?;
        let granted = held.granted;
        (granted.generation == at.generation && granted.sequence <= at.sequence).then_some(held)
    }

    pub(super) fn entry(&self, key: &[u8]) -> Vec<u8> {
        [self.prefix, b":", key].concat()
    }

    pub(super) fn control(&self) -> Vec<u8> {
        [self.prefix, b":#c"].concat()
    }

    pub(super) fn lease(&self, key: &[u8]) -> Vec<u8> {
        [self.prefix, b":#l:", key].concat()
    }

    pub(super) fn token(&self, name: &[u8]) -> Vec<u8> {
        [self.prefix, b":#t:", name].concat()
    }
}

const LOAD: u8 = b'R';
const WRITE: u8 = b'W';

/// At least one: to a server, 0 would mean that it never ends.
pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}
