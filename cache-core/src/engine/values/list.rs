//! Which entries there are, and another name for one.

use crate::engine::level2::Level2;
use crate::engine::look_up::Call;
use crate::engine::values::stands;
use crate::fence::sequence::Reach;
use crate::model::entry_key::{self, EntryKey};
use crate::model::error::{Error, ErrorKind};
use crate::model::key::KeyWriter;
use crate::model::pattern::KeyPattern;
use crate::port::{Read, Rename, Renamed};
use crate::wire::envelope::{self, HEADER};
use crate::wire::names::TokenNames;

/// How often an entry may change while it is renamed.
const CHANGES: usize = 16;

/// Where a walk over the keys has come to.
#[derive(Debug)]
pub(crate) enum Walk {
    /// On the server, from this cursor on.
    There(u64),
    /// In memory, before its first step.
    Here,
}

/// A page of a walk: the keys, and how to go on.
type Page = (Vec<Box<str>>, Option<Walk>);

impl Call {
    /// The beginning of a walk.
    pub(crate) fn walk(&self) -> Walk {
        if self.engine.level2.is_some() { Walk::There(0) } else { Walk::Here }
    }

    /// One step of a walk over the keys that match, each as it was written, without its namespace. With a second level two
    /// round trips.
    ///
    /// Cancel safe: it changes nothing.
    pub(crate) async fn page(&self, pattern: &KeyPattern, walk: &Walk) -> Result<Page, Error> {
        if !self.engine.is_on() {
            return Ok((Vec::new(), None));
        }
        let head = self.head();
        match (walk, &self.engine.level2) {
            (Walk::There(cursor), Some(level)) => {
                let mut allowance = self.engine.allowance();
                let page = level.ask(&mut allowance, |within| level.store.scan(&head, *cursor, within)).await?;
                let keys: Vec<&[u8]> =
                    page.keys.iter().map(|key| &**key).filter(|key| matches(&head, pattern, key)).collect();
                let found = if keys.is_empty() { Vec::new() } else { self.inspect(level, &keys).await? };
                let keys = found.into_iter().flatten().filter_map(|found| name(&head, pattern, &found.key)).collect();
                Ok((keys, (page.next != 0).then_some(Walk::There(page.next))))
            }
            _ => Ok((self.keys_here(&head, pattern), None)),
        }
    }

    fn keys_here(&self, head: &[u8], pattern: &KeyPattern) -> Vec<Box<str>> {
        let (engine, now) = (&self.engine, self.engine.settings.clock.now());
        let standing = engine.memory.iter().filter(|(_, entry)| stands(entry, now));
        standing
            .filter(|(key, _)| matches(head, pattern, key.bytes()))
            .filter_map(|(key, _)| name(head, pattern, key.full()))
            .collect()
    }

    /// What the names of the namespace's entries begin with.
    fn head(&self) -> Vec<u8> {
        let mut writer = KeyWriter::begin(&self.space, &self.namespace, self.secret());
        entry_key::finish(&mut writer).bytes().to_vec()
    }

    /// Gives an entry another key, in the place of what stands there; says whether there is one. With a second level two
    /// round trips.
    ///
    /// # Cancel safety
    /// Dropped before its end, it may have been done or not.
    pub(crate) async fn rename(&self, from: &EntryKey, to: EntryKey) -> Result<bool, Error> {
        if !self.engine.is_on() {
            return Ok(false);
        }
        let Some(level) = &self.engine.level2 else { return Ok(self.rename_here(from, to)) };
        let message = Level2::message_for_all(&[from, &to]);
        let mut allowance = self.engine.allowance();
        for _ in 0..CHANGES {
            let Some(known) = TokenNames::of_key(from.bytes()) else { return Ok(false) };
            let read = Read { key: from.bytes(), tokens: &known.0 };
            let snapshot = level.ask(&mut allowance, |within| level.store.read(read, within)).await?;
            let Some(bytes) = snapshot.entry else { return Ok(false) };
            // Whether it may be served is the server's to judge.
            let Ok(present) = envelope::open(&bytes) else { return Ok(false) };
            if present.key != from.full() {
                return Ok(false);
            }
            let Some(entry) = envelope::under(&present, to.full()) else {
                return Err(Error::new(ErrorKind::TooLarge, "an entry was not renamed: the other key is too long"));
            };
            let Some(tokens) = TokenNames::of_entry(to.bytes(), &present.tags) else { return Ok(false) };
            let at = Read { key: to.bytes(), tokens: &tokens.0 };
            let rename =
                Rename { from: from.bytes(), to: at, seen: &bytes[..HEADER], entry: &entry, message: &message };
            match level.ask(&mut allowance, |within| level.store.rename(rename, within)).await? {
                Renamed::Missing => return Ok(false),
                Renamed::Done(stamp) => {
                    self.changed_there(level, &[from, &to], stamp);
                    return Ok(true);
                }
                Renamed::Changed => {}
            }
        }
        Err(Error::new(ErrorKind::Server, "an entry was not renamed: it changes faster than it can be read"))
    }

    fn rename_here(&self, from: &EntryKey, to: EntryKey) -> bool {
        let (engine, now) = (&self.engine, self.engine.settings.clock.now());
        let entry = {
            let mut stripe = engine.flights.lock(from);
            let Some(entry) = engine.memory.get(from).filter(|entry| stands(entry, now)) else { return false };
            if *from == to {
                return true;
            }
            engine.invalidations.next(Reach::Key(from.hash()));
            stripe.invalidate(from);
            engine.memory.remove(from);
            entry
        };
        // One after the other, for nobody holds two stripes: in between neither key has it.
        let mut stripe = engine.flights.lock(&to);
        stripe.invalidate(&to);
        engine.invalidations.next(Reach::Key(to.hash()));
        engine.insert(to, entry);
        true
    }
}

fn matches(head: &[u8], pattern: &KeyPattern, key: &[u8]) -> bool {
    key.strip_prefix(head).is_some_and(|rest| pattern.matches(rest))
}

/// The key as it was written. Of a long one it is only known here whether it matches.
fn name(head: &[u8], pattern: &KeyPattern, full: &[u8]) -> Option<Box<str>> {
    let rest = full.strip_prefix(head).filter(|rest| pattern.matches(rest))?;
    str::from_utf8(rest).ok().map(Into::into)
}
