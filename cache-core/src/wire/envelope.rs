//! An entry as the server keeps it.
//!
//! | bytes | content | written by |
//! |---|---|---|
//! | 2 | `L1`: the format | the node |
//! | 1 | flags: content (low two bits), codec (the next two), compression (the next three), whether reads put its end off (the highest) | the node |
//! | 16 | generation | the server |
//! | 24 | the load's sequence, the fill's sequence, the end in ms of the server's time (0: none) | the server |
//! | 24 | the same again | the server |
//! | 16 | where reads put its end off: the last moment to which they do (0: none), and how long it lasts unread, in ms | the server |
//! | 16 | there: the same again | the server |
//! | 8 | checksum of the flags and everything behind it | the node |
//! | 16 | fingerprint of the value's shape | the node |
//! | 2 | number of tags; for each its length (2) and its name | the node |
//! | 4 | length of the full key, and the key | the node |
//! | rest | payload: see `payload.rs` | the node |
//!
//! The server's script writes the header, for only it knows the numbers at the moment of the fill. Numbers stand twice
//! and the rest has a checksum, so that altered bytes are a miss and not another value.
//!
//! What the flags say, a node must know: flags that it does not know are another format, and so a miss.

use std::fmt;
use std::time::Duration;

use crate::wire::reader::Reader;
use crate::wire::records::{Generation, twice};

/// The format; the flags follow.
const FORMAT: [u8; 2] = *b"L1";
/// Up to here the server writes, and two entries with the same header are the same entry.
pub(crate) const HEADER: usize = 67;
/// More declared tags than this are refused; each costs a read with every look-up.
pub(crate) const MAX_TAGS: usize = 1024;

/// In the flags: reads put the end off.
pub(crate) const SLIDES: u8 = 0x80;
/// So much the server writes behind the header of such an entry.
#[cfg(any(test, feature = "testing"))]
const SLIDING: usize = 32;

/// What an entry holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// `None`, which has no payload.
    None,
    /// A value.
    Value,
    /// An error: MessagePack with field names.
    Error,
}

impl Content {
    const fn flags(self) -> u8 {
        match self {
            Content::None => 0,
            Content::Value => 1,
            Content::Error => 2,
        }
    }

    fn of_flags(flags: u8) -> Option<Self> {
        [Content::None, Content::Value, Content::Error].into_iter().find(|content| content.flags() == flags & 0b11)
    }
}

/// How a payload was written: its codec and its compression, as the flags have them. Of a value only; the others have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Form {
    pub(crate) codec: CodecMark,
    pub(crate) packing: Packing,
}

/// Which codec wrote a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum CodecMark {
    #[default]
    MessagePack,
    Json,
    Raw,
    /// One whose name stands in front of the payload.
    Custom,
}

/// How a payload was made smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Packing {
    #[default]
    None,
    Lz4,
    Zstd,
}

impl Form {
    pub(crate) const fn flags(self) -> u8 {
        (self.codec as u8) << 2 | (self.packing as u8) << 4
    }

    fn of_flags(flags: u8) -> Option<Self> {
        let codec = [CodecMark::MessagePack, CodecMark::Json, CodecMark::Raw, CodecMark::Custom];
        let packing = [Packing::None, Packing::Lz4, Packing::Zstd];
        let form = |codec, packing| Form { codec, packing };
        let mut all = codec.into_iter().flat_map(|codec| packing.map(|packing| form(codec, packing)));
        all.find(|form| form.flags() == flags & 0b0111_1100)
    }
}

/// What the node writes of an entry: the mark in front of the server's header, and everything behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Format and flags.
    pub mark: [u8; 3],
    /// Checksum, fingerprint, tags, key and payload.
    pub body: Vec<u8>,
    /// It ends when nobody reads it for so long; then the mark says so.
    pub idle: Option<Duration>,
}

/// What the server writes of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) generation: Generation,
    pub(crate) load_sequence: u64,
    pub(crate) fill_sequence: u64,
    /// Milliseconds of the server's time; 0: it does not end.
    pub(crate) expires_at: u64,
}

/// What the server writes of an entry whose end is put off by reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sliding {
    /// The last moment that its end is put off to, in ms of the server's time; 0: none.
    pub(crate) limit: u64,
    /// How long it lasts unread, in ms.
    pub(crate) after: u64,
}

/// An entry that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Envelope<'a> {
    pub(crate) header: Header,
    /// Where reads put its end off.
    pub(crate) sliding: Option<Sliding>,
    pub(crate) content: Content,
    pub(crate) form: Form,
    pub(crate) fingerprint: [u8; 16],
    pub(crate) tags: Vec<&'a [u8]>,
    pub(crate) key: &'a [u8],
    pub(crate) payload: &'a [u8],
}

/// Why bytes are no entry of ours, or hold no value that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Another format or content, a codec or a compression that this node does not know: another build wrote it.
    Format,
    /// Bytes are missing, altered, or none of ours.
    Corrupt,
    /// Its value is larger than the limit, or claims to be.
    TooLarge,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Flaw::Format => "it has another format, or a codec or compression that this node does not know",
            Flaw::Corrupt => "its bytes were altered",
            Flaw::TooLarge => "its value is larger than the limit",
        })
    }
}

/// Puts together what the node writes.
pub(crate) fn seal<'a>(
    content: Content,
    fingerprint: [u8; 16],
    tags: impl ExactSizeIterator<Item = &'a [u8]>,
    key: &[u8],
    (form, payload): (Form, &[u8]),
    idle: Option<Duration>,
) -> Option<Sealed> {
    let mut body = vec![0; 8];
    body.extend_from_slice(&fingerprint);
    let count = u16::try_from(tags.len()).ok().filter(|count| usize::from(*count) <= MAX_TAGS)?;
    body.extend_from_slice(&count.to_be_bytes());
    for tag in tags {
        body.extend_from_slice(&u16::try_from(tag.len()).ok()?.to_be_bytes());
        body.extend_from_slice(tag);
    }
    body.extend_from_slice(&u32::try_from(key.len()).ok()?.to_be_bytes());
    body.extend_from_slice(key);
    body.extend_from_slice(payload);
    let flags = content.flags() | form.flags() | if idle.is_some() { SLIDES } else { 0 };
    let checksum = checksum(flags, &body[8..]);
    body[..8].copy_from_slice(&checksum);
    Some(Sealed { mark: [FORMAT[0], FORMAT[1], flags], body, idle })
}

/// The same entry under another key.
pub(crate) fn under(entry: &Envelope<'_>, key: &[u8]) -> Option<Sealed> {
    let idle = entry.sliding.map(|sliding| Duration::from_millis(sliding.after));
    seal(entry.content, entry.fingerprint, entry.tags.iter().copied(), key, (entry.form, entry.payload), idle)
}

/// Reads an entry.
pub(crate) fn open(bytes: &[u8]) -> Result<Envelope<'_>, Flaw> {
    read(bytes, |sum, flags, rest| sum == checksum(flags, rest))
}

/// Reads an entry as a server does, which has no means to compute the checksum.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn open_unchecked(bytes: &[u8]) -> Result<Envelope<'_>, Flaw> {
    read(bytes, |_, _, _| true)
}

fn read(bytes: &[u8], is_whole: impl FnOnce([u8; 8], u8, &[u8]) -> bool) -> Result<Envelope<'_>, Flaw> {
    let mut reader = Reader(bytes);
    let mark: [u8; 3] = reader.array().ok_or(Flaw::Corrupt)?;
    let Some(held) = held(mark[2]).filter(|_| mark[..2] == FORMAT) else {
        return Err(if mark[0] == FORMAT[0] { Flaw::Format } else { Flaw::Corrupt });
    };
    let header = header(&mut reader).ok_or(Flaw::Corrupt)?;
    let sliding = if mark[2] & SLIDES == 0 { None } else { Some(sliding(&mut reader).ok_or(Flaw::Corrupt)?) };
    let sum: [u8; 8] = reader.array().ok_or(Flaw::Corrupt)?;
    if !is_whole(sum, mark[2], reader.0) {
        return Err(Flaw::Corrupt);
    }
    body(header, sliding, held, reader).ok_or(Flaw::Corrupt)
}

/// What flags say of an entry.
fn held(flags: u8) -> Option<(Content, Form)> {
    let held = (Content::of_flags(flags)?, Form::of_flags(flags)?);
    (held.0 == Content::Value || held.1 == Form::default()).then_some(held)
}

fn sliding(reader: &mut Reader<'_>) -> Option<Sliding> {
    let mut numbers = || Some([reader.u64()?, reader.u64()?]);
    let [limit, after] = twice(numbers()?, numbers()?)?;
    Some(Sliding { limit, after })
}

fn header(reader: &mut Reader<'_>) -> Option<Header> {
    let generation = reader.array()?;
    let mut numbers = || Some([reader.u64()?, reader.u64()?, reader.u64()?]);
    let [load_sequence, fill_sequence, expires_at] = twice(numbers()?, numbers()?)?;
    Some(Header { generation, load_sequence, fill_sequence, expires_at })
}

fn body(
    header: Header,
    sliding: Option<Sliding>,
    (content, form): (Content, Form),
    mut reader: Reader<'_>,
) -> Option<Envelope<'_>> {
    let fingerprint = reader.array()?;
    let count = usize::from(reader.u16()?);
    if count > MAX_TAGS {
        return None;
    }
    let tags = (0..count).map(|_| reader.short()).collect::<Option<Vec<_>>>()?;
    let key = reader.long()?;
    Some(Envelope { header, sliding, content, form, fingerprint, tags, key, payload: reader.0 })
}

#[cfg(any(test, feature = "testing"))]
impl Header {
    /// The header as the server writes it, behind the mark.
    pub(crate) fn encode(&self, mark: [u8; 3]) -> Vec<u8> {
        let mut bytes = mark.to_vec();
        bytes.extend_from_slice(&self.generation);
        for _ in 0..2 {
            for number in [self.load_sequence, self.fill_sequence, self.expires_at] {
                bytes.extend_from_slice(&number.to_be_bytes());
            }
        }
        bytes
    }
}

#[cfg(any(test, feature = "testing"))]
impl Sliding {
    /// As the server writes it, behind the header.
    pub(crate) fn encode(self) -> Vec<u8> {
        [self.limit, self.after, self.limit, self.after].map(u64::to_be_bytes).concat()
    }

    /// Reads it from an entry.
    pub(crate) fn of(entry: &[u8]) -> Option<Self> {
        let slides = entry.get(2)? & SLIDES != 0;
        sliding(&mut Reader(entry.get(HEADER..HEADER + SLIDING)?)).filter(|_| slides)
    }
}

fn checksum(flags: u8, rest: &[u8]) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[flags]).update(rest);
    let mut sum = [0; 8];
    hasher.finalize_xof().fill(&mut sum);
    sum
}

#[cfg(test)]
#[path = "envelope_tests.rs"]
mod tests;
