//! The operations that go by whether an entry may be served, each in one step.

use std::time::Duration;

use crate::fake::history;
use crate::fake::judge::Judged;
use crate::fake::operations::{Step, millis};
use crate::port::{Expire, Inspected, Moved, Rename, Renamed, Take, Taken, Until};
use crate::wire::envelope::{Content, HEADER, Header, SLIDES, Sliding};
use crate::wire::records::Stamp;

impl Step<'_> {
    pub(crate) fn inspect(&self, key: &[u8]) -> Option<Inspected> {
        let entry = self.judged(key)?;
        let left = entry.ends().map(|end| Duration::from_millis(end.saturating_sub(self.keys.now)));
        Some(Inspected { key: entry.full_key, left })
    }

    pub(crate) fn take(&mut self, take: &Take<'_>) -> Taken {
        let is_asked_for = |entry: &Judged| entry.content == Content::Value && entry.fingerprint == take.fingerprint;
        match self.judged(take.key).filter(is_asked_for) {
            Some(entry) => Taken::Entry(self.remove(take.key, entry.at, take.message), entry.bytes),
            None => Taken::Nothing,
        }
    }

    pub(crate) fn expire(&mut self, expire: &Expire<'_>) -> Moved {
        let Some(entry) = self.judged(expire.key) else { return Moved::Missing };
        let now = self.keys.now;
        let to = match expire.to {
            Until::In(time) if time.is_zero() => Some(now),
            Until::In(time) => Some(now.saturating_add(millis(time))),
            Until::At(moment) => Some(moment),
            Until::Never => None,
        };
        if to.is_some_and(|to| to <= now) {
            return Moved::Earlier(self.remove(expire.key, entry.at, expire.message));
        }
        let lives = to.map(|to| to - now);
        for token in &entry.tokens {
            let name = self.token(token);
            history::keep(self.keys, &name, lives.unwrap_or(0), lives.map(|lives| lives.saturating_mul(2)));
        }
        let unread = entry.sliding.map(|sliding| now.saturating_add(sliding.after));
        let ends = to.into_iter().chain(unread).min();
        let is_earlier = ends.is_some_and(|end| entry.ends().is_none_or(|before| end < before));
        let at = if is_earlier { self.bump(entry.at) } else { entry.at };
        let fill_sequence = if is_earlier { at.sequence } else { entry.header.fill_sequence };
        let header = Header { fill_sequence, expires_at: ends.unwrap_or(0), ..entry.header };
        let sliding = entry.sliding.map(|sliding| Sliding { limit: to.unwrap_or(0), ..sliding });
        self.write(expire.key, header, sliding, (entry.mark(), entry.body()));
        if !is_earlier {
            return Moved::Later;
        }
        self.tell(at, expire.message);
        Moved::Earlier(at)
    }

    pub(crate) fn rename(&mut self, rename: &Rename<'_>) -> Renamed {
        let Some(old) = self.judged(rename.from) else { return Renamed::Missing };
        let slides = rename.entry.mark[2] & SLIDES != 0;
        if old.bytes[..HEADER] != *rename.seen || slides != old.sliding.is_some() {
            return Renamed::Changed;
        }
        let last = match old.sliding {
            Some(sliding) => Some(sliding.limit.max(old.header.expires_at)).filter(|_| sliding.limit != 0),
            None => old.ends(),
        };
        let lives = last.map(|last| last.saturating_sub(self.keys.now));
        for token in rename.to.tokens {
            self.secure(token, old.at, lives.unwrap_or(0), lives.map(|lives| lives.saturating_mul(2)));
        }
        let at = self.bump(old.at);
        // Before the new entry is written, which may have the old name.
        for name in [self.entry(rename.from), self.lease(rename.from), self.lease(rename.to.key)] {
            self.keys.remove(&name);
        }
        let header = Header { load_sequence: at.sequence, fill_sequence: at.sequence, ..old.header };
        self.write(rename.to.key, header, old.sliding, (rename.entry.mark, &rename.entry.body));
        self.tell(at, rename.message);
        Renamed::Done(at)
    }

    /// The new history's first invalidation.
    pub(crate) fn renew(&mut self, message: &[u8]) -> Stamp {
        let at = self.bump(Stamp { generation: self.fresh, sequence: 0 });
        self.tell(at, message);
        at
    }

    fn remove(&mut self, key: &[u8], at: Stamp, message: &[u8]) -> Stamp {
        for name in [self.entry(key), self.lease(key)] {
            self.keys.remove(&name);
        }
        let at = self.bump(at);
        self.tell(at, message);
        at
    }

    fn write(&mut self, key: &[u8], header: Header, sliding: Option<Sliding>, (mark, body): ([u8; 3], &[u8])) {
        let lives = (header.expires_at != 0).then(|| header.expires_at.saturating_sub(self.keys.now));
        let times = sliding.map(Sliding::encode).unwrap_or_default();
        let name = self.entry(key);
        self.keys.put(&name, [&header.encode(mark)[..], &times, body].concat(), lives);
    }
}

impl Judged {
    fn ends(&self) -> Option<u64> {
        (self.header.expires_at != 0).then_some(self.header.expires_at)
    }

    fn mark(&self) -> [u8; 3] {
        [self.bytes[0], self.bytes[1], self.bytes[2]]
    }

    /// What the node wrote behind the mark.
    fn body(&self) -> &[u8] {
        &self.bytes[HEADER + self.sliding.map_or(0, |sliding| sliding.encode().len())..]
    }
}
