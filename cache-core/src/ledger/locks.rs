//! Locks: who holds one, and the tokens that its holders were given.

use std::time::Duration;

use crate::ledger::keyspace::Keyspace;
use crate::model::error::{Error, ErrorKind};
use crate::port::{Claim, Claimed};

/// How long the last token is kept after the claim that it was given to, in milliseconds: an hour. Whoever comes later is given
/// the time, which is larger.
const REMEMBERED: u64 = 60 * 60 * 1000;

/// The record of a claim that holds its lock: its id and twice its token.
const RECORD: usize = 32;

/// The locks among the names that begin with a prefix.
#[derive(Debug)]
pub(crate) struct Locks<'a> {
    pub(crate) keys: &'a mut Keyspace,
    pub(crate) prefix: &'a [u8],
    /// The last token of all locks, where one number is enough for all of them; else each name has its own among the names.
    pub(crate) last: Option<&'a mut u64>,
}

impl Locks<'_> {
    /// `now`: since 1970.
    pub(crate) fn claim(&mut self, claim: &Claim<'_>, now: Duration) -> Result<Claimed, Error> {
        let (owner, ttl) = (self.owner(claim.name), millis(claim.ttl));
        if let Some(record) = self.keys.bytes(&owner) {
            let (id, token) = decode(record).ok_or_else(foreign)?;
            if id != claim.id {
                // One without an end is none of ours, and nobody may take what another perhaps relies on.
                let left = self.keys.left(&owner).ok_or_else(foreign)?;
                return Ok(Claimed::Held(Duration::from_millis(left)));
            }
            self.last(&owner, ttl);
            return Ok(Claimed::Granted(token));
        }
        let token = self.next_token(claim.name, ttl, now);
        let record = [&claim.id[..], &token.to_be_bytes(), &token.to_be_bytes()].concat();
        self.keys.put(&owner, record, Some(ttl));
        Ok(Claimed::Granted(token))
    }

    fn next_token(&mut self, name: &[u8], ttl: u64, now: Duration) -> u64 {
        let fence = self.fence(name);
        let last = match &self.last {
            Some(last) => **last,
            None => self.keys.bytes(&fence).and_then(number).unwrap_or(0),
        };
        let token = last.saturating_add(1).max(u64::try_from(now.as_micros()).unwrap_or(u64::MAX));
        match &mut self.last {
            Some(last) => **last = token,
            None => self.keys.put(&fence, token.to_string().into_bytes(), Some(ttl.saturating_add(REMEMBERED))),
        }
        token
    }

    pub(crate) fn extend(&mut self, claim: &Claim<'_>) -> bool {
        let owner = self.owner(claim.name);
        let holds = self.is_of(&owner, claim);
        if holds {
            self.last(&owner, millis(claim.ttl));
        }
        holds
    }

    pub(crate) fn free(&mut self, claim: &Claim<'_>) -> bool {
        let owner = self.owner(claim.name);
        self.is_of(&owner, claim) && self.keys.remove(&owner)
    }

    /// Has a record last so long at least: what arrives late takes no time away that was given since.
    fn last(&mut self, owner: &[u8], ttl: u64) {
        if self.keys.left(owner).is_some_and(|left| left < ttl) {
            self.keys.set_end(owner, Some(ttl));
        }
    }

    fn is_of(&self, owner: &[u8], claim: &Claim<'_>) -> bool {
        self.keys.bytes(owner).and_then(decode).is_some_and(|(id, _)| id == claim.id)
    }

    fn owner(&self, name: &[u8]) -> Vec<u8> {
        [self.prefix, b":#k:", name].concat()
    }

    fn fence(&self, name: &[u8]) -> Vec<u8> {
        [self.prefix, b":#f:", name].concat()
    }
}

/// The id and the token; `None` where the record was altered.
fn decode(record: &[u8]) -> Option<([u8; 16], u64)> {
    let record: &[u8; RECORD] = record.try_into().ok()?;
    let (id, [token, same]) = (record[..16].try_into().ok()?, [16, 24].map(|at| &record[at..at + 8]));
    (token == same).then_some((id, u64::from_be_bytes(token.try_into().ok()?)))
}

/// A last token; `None` of what is none: servers know no larger one, for from there on their numbers are not exact.
fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok().filter(|token| *token < (1 << 53) - 1)
}

fn foreign() -> Error {
    Error::new(
        ErrorKind::Foreign,
        "something that is no lock of ours stands in its place: remove it, or take another name",
    )
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}
