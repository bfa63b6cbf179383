//! What the server runs: each script with its keys and arguments, in the order that the head of its file gives.

use std::sync::LazyLock;

use cache_core::Error;
use cache_core::port::{Acquire, Evict, Expire, Fill, Kind, Read, Release, Rename, Set, Stamp, Take, Until, When};

use crate::client::{Command, Script};
use crate::names::Names;
use crate::{millis, random};

/// So many entries go in one command, for nobody else is served while it runs.
pub(crate) const KEYS: usize = 128;

/// A server whose memory is full refuses a script before it has begun...
pub(crate) const WHERE_THERE_IS_MEMORY: &str = "#!lua\n";
/// ... but for those that must run all the same, and need next to none.
pub(crate) const ALWAYS: &str = "#!lua flags=allow-oom\n";
/// ... and for those that only read, which any server runs.
const READS: &str = "#!lua flags=no-writes\n";
const LIB: &str = include_str!("scripts/lib.lua");
pub(crate) const RUN: &str = include_str!("scripts/run.lua");
const JUDGE: &str = include_str!("scripts/judge.lua");

static ACQUIRE: LazyLock<Script> =
    LazyLock::new(|| Script::new([WHERE_THERE_IS_MEMORY, LIB, include_str!("scripts/acquire.lua")].concat()));
static FILL: LazyLock<Script> =
    LazyLock::new(|| Script::new([WHERE_THERE_IS_MEMORY, LIB, include_str!("scripts/fill.lua")].concat()));
static SET: LazyLock<Script> =
    LazyLock::new(|| Script::new([WHERE_THERE_IS_MEMORY, LIB, JUDGE, include_str!("scripts/set.lua")].concat()));
static EVICT: LazyLock<Script> =
    LazyLock::new(|| Script::new([ALWAYS, LIB, JUDGE, include_str!("scripts/evict.lua")].concat()));
static INSPECT: LazyLock<Script> =
    LazyLock::new(|| Script::new([READS, LIB, JUDGE, include_str!("scripts/inspect.lua")].concat()));
static TAKE: LazyLock<Script> =
    LazyLock::new(|| Script::new([ALWAYS, LIB, JUDGE, include_str!("scripts/take.lua")].concat()));
static EXPIRE: LazyLock<Script> =
    LazyLock::new(|| Script::new([ALWAYS, LIB, JUDGE, include_str!("scripts/expire.lua")].concat()));
static RENAME: LazyLock<Script> =
    LazyLock::new(|| Script::new([WHERE_THERE_IS_MEMORY, LIB, JUDGE, include_str!("scripts/rename.lua")].concat()));
static RENEW: LazyLock<Script> =
    LazyLock::new(|| Script::new([ALWAYS, LIB, include_str!("scripts/renew.lua")].concat()));
static TOUCH: LazyLock<Script> = LazyLock::new(|| Script::new([ALWAYS, include_str!("scripts/touch.lua")].concat()));
static RELEASE: LazyLock<Script> =
    LazyLock::new(|| Script::new([ALWAYS, include_str!("scripts/release.lua")].concat()));
static POLL: LazyLock<Script> =
    LazyLock::new(|| Script::new([ALWAYS, LIB, RUN, include_str!("scripts/poll.lua")].concat()));
static STAMP: LazyLock<Script> =
    LazyLock::new(|| Script::new([ALWAYS, LIB, include_str!("scripts/stamp.lua")].concat()));

/// Asks for a lease.
pub(crate) fn acquire(names: &Names, acquire: &Acquire<'_>) -> Result<Command, Error> {
    let kind = match acquire.kind {
        Kind::Load => b"R",
        Kind::Write => b"W",
    };
    Ok(Command::script(&ACQUIRE, &keys(names, acquire.at))
        .arg(&acquire.id)
        .number(millis::bounded(acquire.lease))
        .arg(&random::bytes()?)
        .arg(acquire.seen)
        .arg(kind)
        .number(millis::ttl(acquire.ttl)))
}

/// Stores an entry under a lease.
pub(crate) fn fill(names: &Names, fill: &Fill<'_>) -> Result<Command, Error> {
    let command = Command::script(&FILL, &keys(names, fill.at))
        .arg(&fill.lease.id)
        .arg(&random::bytes()?)
        .number(millis::ttl(fill.ttl))
        .arg(&fill.entry.mark)
        .arg(&fill.entry.body)
        .arg(&names.channel())
        .number(fill.message.is_some().into())
        .arg(fill.message.unwrap_or_default())
        .number(fill.entry.idle.map_or(0, millis::bounded));
    // Beyond the lease's number none is asked for, and up to it the script's numbers are exact.
    let numbers = fill.minted_by.iter().map(|by| fill.lease.granted.sequence.min(*by));
    Ok(numbers.fold(command, Command::number))
}

/// Stores an entry, whoever has the lease.
pub(crate) fn set(names: &Names, set: &Set<'_>) -> Result<Command, Error> {
    Ok(Command::script(&SET, &keys(names, set.at))
        .arg(&random::bytes()?)
        .number(millis::ttl(set.ttl))
        .arg(&set.entry.mark)
        .arg(&set.entry.body)
        .arg(&names.channel())
        .arg(set.message)
        .arg(&condition(set.when))
        .number(set.entry.idle.map_or(0, millis::bounded)))
}

/// Invalidates: one command, and where there are many keys more. The last has everything but the other keys: what lies on
/// a token that goes is judged before that.
pub(crate) fn evict(names: &Names, evict: &Evict<'_>) -> Result<Vec<Command>, Error> {
    let mut pieces: Vec<_> = evict.keys.chunks(KEYS).collect();
    let last = pieces.pop().unwrap_or_default();
    // Each tells everything, so that a node that hears one of them too late is no worse off.
    let some = |keys| evict_some(names, &Evict { keys, tokens: &[], barriers: &[], ..*evict });
    let last = evict_some(names, &Evict { keys: last, ..*evict });
    pieces.into_iter().map(some).chain([last]).collect()
}

fn evict_some(names: &Names, evict: &Evict<'_>) -> Result<Command, Error> {
    let mut all = vec![names.control()];
    all.extend(evict.barriers.iter().map(|token| names.token(token)));
    all.extend(evict.keys.iter().map(|key| names.entry(key)));
    all.extend(evict.keys.iter().map(|key| names.lease(key)));
    all.extend(evict.tokens.iter().map(|token| names.token(token)));
    Ok(Command::script(&EVICT, &all)
        .arg(&random::bytes()?)
        .arg(&names.channel())
        .arg(evict.message)
        .number(evict.barriers.len() as u64)
        .number(evict.keys.len() as u64)
        .number(evict.judges.into()))
}

/// Looks at entries: a command for every so many.
pub(crate) fn inspect(names: &Names, keys: &[&[u8]]) -> Vec<Command> {
    let some = |some: &[&[u8]]| {
        let all: Vec<_> = [names.control()].into_iter().chain(some.iter().map(|key| names.entry(key))).collect();
        Command::script(&INSPECT, &all)
    };
    keys.chunks(KEYS).map(some).collect()
}

/// Removes a value and hands it out.
pub(crate) fn take(names: &Names, take: &Take<'_>) -> Command {
    Command::script(&TAKE, &keys(names, Read { key: take.key, tokens: &[] }))
        .arg(&take.fingerprint)
        .arg(&names.channel())
        .arg(take.message)
}

/// Gives an entry another end.
pub(crate) fn expire(names: &Names, expire: &Expire<'_>) -> Command {
    let (how, millis) = match expire.to {
        Until::In(time) => (&b"in"[..], millis::life(time)),
        Until::At(moment) => (&b"at"[..], millis::moment(moment)),
        Until::Never => (&b""[..], None),
    };
    Command::script(&EXPIRE, &keys(names, Read { key: expire.key, tokens: &[] }))
        .arg(if millis.is_some() { how } else { b"never" })
        .number(millis.unwrap_or(0))
        .arg(&names.channel())
        .arg(expire.message)
}

/// Puts an entry under another key.
pub(crate) fn rename(names: &Names, rename: &Rename<'_>) -> Command {
    let mut all = keys(names, Read { key: rename.from, tokens: &[] });
    all.extend([names.entry(rename.to.key), names.lease(rename.to.key)]);
    all.extend(rename.to.tokens.iter().map(|token| names.token(token)));
    Command::script(&RENAME, &all)
        .arg(rename.seen)
        .arg(&rename.entry.mark)
        .arg(&rename.entry.body)
        .arg(&names.channel())
        .arg(rename.message)
}

/// Begins a new history.
pub(crate) fn renew(names: &Names, message: &[u8]) -> Result<Command, Error> {
    Ok(Command::script(&RENEW, &[names.control()]).arg(&random::bytes()?).arg(&names.channel()).arg(message))
}

/// Puts off the end of an entry.
pub(crate) fn touch(names: &Names, key: &[u8]) -> Command {
    Command::script(&TOUCH, &[names.entry(key)])
}

/// Gives leases back: a command for every so many.
pub(crate) fn release(names: &Names, releases: &[Release<'_>]) -> Vec<Command> {
    let some = |some: &[Release<'_>]| {
        let leases: Vec<_> = some.iter().map(|release| names.lease(release.key)).collect();
        some.iter().fold(Command::script(&RELEASE, &leases), |command, release| command.arg(release.id))
    };
    releases.chunks(KEYS).map(some).collect()
}

/// Asks where the history stands.
pub(crate) fn stamp(names: &Names) -> Result<Command, Error> {
    Ok(Command::script(&STAMP, &[names.control()]).arg(&random::bytes()?))
}

/// The same, and which run of which server says so.
pub(crate) fn poll(names: &Names) -> Result<Command, Error> {
    Ok(Command::script(&POLL, &[names.control()]).arg(&random::bytes()?))
}

/// The entry, its lease, the control record and the tokens.
fn keys(names: &Names, at: Read<'_>) -> Vec<Vec<u8>> {
    let mut keys = vec![names.entry(at.key), names.lease(at.key), names.control()];
    keys.extend(at.tokens.iter().map(|token| names.token(token)));
    keys
}

fn condition(when: When) -> Vec<u8> {
    match when {
        When::Always => Vec::new(),
        When::At(Stamp { generation, sequence }) => [&generation[..], &sequence.to_be_bytes()].concat(),
        When::Absent => b"absent".to_vec(),
    }
}
