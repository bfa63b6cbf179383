//! What a server answers, and what it means; an answer of another shape means nothing.

use std::time::Duration;

use cache_core::port::{
    Acquired, Evicted, Filled, Heard, Inspected, Kind, Lease, Moved, Renamed, Scanned, Stamp, Taken,
};

use crate::names::Names;

/// An answer. What none of our commands is answered with is `Other`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    Nil,
    Int(i64),
    Bytes(Vec<u8>),
    List(Vec<Reply>),
    Other,
}

/// What stands under a name, if anything.
pub(crate) type Record = Option<Vec<u8>>;

impl Reply {
    pub(crate) fn int(&self) -> Option<u64> {
        match self {
            Reply::Int(number) => u64::try_from(*number).ok(),
            _ => None,
        }
    }

    pub(crate) fn bytes(self) -> Option<Vec<u8>> {
        match self {
            Reply::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(crate) fn text(self) -> Option<String> {
        self.bytes().and_then(|bytes| String::from_utf8(bytes).ok())
    }

    pub(crate) fn list(self) -> Option<Vec<Reply>> {
        match self {
            Reply::List(list) => Some(list),
            _ => None,
        }
    }

    pub(crate) fn array<const N: usize>(self) -> Option<[Reply; N]> {
        self.list()?.try_into().ok()
    }

    pub(crate) fn record(self) -> Option<Record> {
        match self {
            Reply::Nil => Some(None),
            Reply::Bytes(bytes) => Some(Some(bytes)),
            _ => None,
        }
    }
}

/// Of the script `acquire`.
pub(crate) fn acquired(reply: Reply, id: [u8; 16]) -> Option<Acquired> {
    let mut list = reply.list()?.into_iter();
    let what = list.next()?.bytes()?;
    let answer = match what.as_slice() {
        b"granted" => Acquired::Granted(Lease { id, granted: stamp_of(list.next()?, &list.next()?)? }),
        b"busy" => Acquired::Busy(Duration::from_millis(list.next()?.int()?), kind(&list.next()?.bytes()?)),
        b"changed" => Acquired::Changed,
        _ => return None,
    };
    list.next().is_none().then_some(answer)
}

/// Of the scripts `fill` and `set`.
pub(crate) fn filled(reply: Reply) -> Option<Filled> {
    let mut list = reply.list()?.into_iter();
    let what = list.next()?.bytes()?;
    let answer = match what.as_slice() {
        b"stored" => Filled::Stored(stamp_of(list.next()?, &list.next()?)?),
        b"present" => Filled::Present,
        b"refused" => {
            let stamp = stamp_of(list.next()?, &list.next()?)?;
            let reason = list.next()?.text()?;
            tracing::debug!(reason, "the server refused an entry");
            Filled::Refused(stamp)
        }
        _ => return None,
    };
    list.next().is_none().then_some(answer)
}

/// Of the script `evict`, which was asked to judge so many entries.
pub(crate) fn evicted(reply: Reply, judged: usize) -> Option<Evicted> {
    let [generation, sequence, removed, valid] = reply.array()?;
    let valid: Vec<_> = valid.bytes()?.into_iter().map(|byte| byte == b'1').collect();
    let stamp = stamp_of(generation, &sequence)?;
    (valid.len() == judged).then_some(Evicted { stamp, removed: removed.int()?, valid })
}

/// Of the script `inspect`, which was asked about so many entries.
pub(crate) fn inspected(reply: Reply, count: usize) -> Option<Vec<Option<Inspected>>> {
    let entry = |reply| match reply {
        Reply::Nil => Some(None),
        reply => {
            let [key, left] = reply.array()?;
            let left = Some(left.int()?).filter(|left| *left > 0).map(Duration::from_millis);
            Some(Some(Inspected { key: key.bytes()?.into(), left }))
        }
    };
    let entries = reply.list()?.into_iter().map(entry).collect::<Option<Vec<_>>>()?;
    (entries.len() == count).then_some(entries)
}

/// Of the script `take`.
pub(crate) fn taken(reply: Reply) -> Option<Taken> {
    let mut list = reply.list()?.into_iter();
    let answer = match list.next()?.bytes()?.as_slice() {
        b"taken" => Taken::Entry(stamp_of(list.next()?, &list.next()?)?, list.next()?.bytes()?),
        b"nothing" => Taken::Nothing,
        _ => return None,
    };
    list.next().is_none().then_some(answer)
}

/// Of the script `expire`.
pub(crate) fn moved(reply: Reply) -> Option<Moved> {
    let mut list = reply.list()?.into_iter();
    let answer = match list.next()?.bytes()?.as_slice() {
        b"missing" => Moved::Missing,
        b"later" => Moved::Later,
        b"earlier" => Moved::Earlier(stamp_of(list.next()?, &list.next()?)?),
        _ => return None,
    };
    list.next().is_none().then_some(answer)
}

/// Of the script `rename`.
pub(crate) fn renamed(reply: Reply) -> Option<Renamed> {
    let mut list = reply.list()?.into_iter();
    let answer = match list.next()?.bytes()?.as_slice() {
        b"missing" => Renamed::Missing,
        b"changed" => Renamed::Changed,
        b"done" => Renamed::Done(stamp_of(list.next()?, &list.next()?)?),
        _ => return None,
    };
    list.next().is_none().then_some(answer)
}

/// Of the scripts `stamp` and `renew`.
pub(crate) fn stamp(reply: Reply) -> Option<Stamp> {
    let [generation, sequence] = reply.array()?;
    stamp_of(generation, &sequence)
}

/// Of the script `poll`.
pub(crate) fn heard(reply: Reply) -> Option<Heard> {
    let [generation, sequence, run] = reply.array()?;
    Some(Heard { stamp: stamp_of(generation, &sequence)?, run: run.bytes()?.into() })
}

/// Of `SCAN`.
pub(crate) fn scanned(reply: Reply, names: &Names) -> Option<Scanned> {
    let [next, found] = reply.array()?;
    let next = next.text()?.parse().ok()?;
    let found = found.list()?.into_iter().map(Reply::bytes).collect::<Option<Vec<_>>>()?;
    let keys = found.iter().filter_map(|name| names.logical(name)).map(Box::from).collect();
    Some(Scanned { next, keys })
}

/// Of `TIME`, in microseconds.
pub(crate) fn time(reply: Reply) -> Option<u64> {
    let [seconds, micros] = reply.array()?;
    let (seconds, micros): (u64, u64) = (seconds.text()?.parse().ok()?, micros.text()?.parse().ok()?);
    seconds.checked_mul(1_000_000)?.checked_add(micros)
}

fn stamp_of(generation: Reply, sequence: &Reply) -> Option<Stamp> {
    Some(Stamp { generation: generation.bytes()?.try_into().ok()?, sequence: sequence.int()? })
}

/// How a lease says what it is for; what is none of ours is not waited for longer than a load.
fn kind(byte: &[u8]) -> Kind {
    if byte == b"W" { Kind::Write } else { Kind::Load }
}

#[cfg(test)]
#[path = "reply_tests.rs"]
mod tests;
