//! [`CacheKey`], and the writer that puts keys together from borrows.

use crate::model::escape::{self, Place};
use crate::model::key_buffer::KeyBuffer;
use crate::model::key_secret::{self, KeySecret};
use crate::model::namespace::Namespace;
use crate::model::space::Space;

/// What can be part of a cache key.
///
/// Implemented for integers, `bool`, `char`, strings, references, `Box`, `Arc`, `Rc`, `Cow`, `Option`, slices, `Vec`,
/// arrays, tuples up to twelve, `NonZero` integers, `Duration`, IP addresses, `BTreeMap` and `BTreeSet`. Floats are
/// not (write `key = x.to_bits()`: `NaN` and `-0.0` make equal-looking keys differ), and neither is `HashMap`, whose
/// order is random. `#[derive(CacheKey)]` covers structs and enums, [`SerializedKey`](crate::SerializedKey) whatever else can
/// be serialised.
///
/// Different values of one type always write different keys, whatever characters they hold.
///
/// ```
/// use cache_core::CacheKey;
///
/// assert_eq!(("a:b", "c").to_key(), "a%3Ab:c");
/// assert_eq!(("a", "b:c").to_key(), "a:b%3Ac");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of a cache key",
    label = "this argument would be part of the key",
    note = "leave it out with `skip(..)`, name one of its fields as in `key = \"..{{arg.id}}..\"`, or put `#[derive(CacheKey)]` on the type",
    note = "for a float write `key = x.to_bits()`; for a map use `BTreeMap`, whose order is fixed"
)]
pub trait CacheKey {
    /// Writes this value as a piece of a key: everything that could be taken for a separator is escaped.
    fn write_key(&self, key: &mut KeyWriter<'_>);

    /// Writes this value where it is the whole key.
    ///
    /// The same as [`write_key`](Self::write_key) but for strings, which keep their `:` and `,`, and for tuples, whose
    /// elements are parted by `:`. So `key = (tenant, id)` and the template `"{tenant}:{id}"` meet, and so do
    /// `key = format!("user:{id}")` and `"user:{id}"`.
    fn write_whole_key(&self, key: &mut KeyWriter<'_>) {
        self.write_key(key);
    }

    /// This value as a whole key, for looking at it.
    fn to_key(&self) -> String {
        let mut key = KeyWriter::detached(&key_secret::OF_PROCESS);
        self.write_whole_key(&mut key);
        String::from_utf8_lossy(key.buffer.as_slice()).into_owned()
    }
}

/// A literal piece of a key template, checked at compile time.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Literal {
    text: &'static str,
    plain: bool,
    border: Border,
}

/// How the literal behind a value ends it.
#[derive(Debug, Clone, Copy)]
enum Border {
    /// It begins with a separator, which no value holds.
    Separator,
    /// It begins with this byte, which the value must escape.
    Byte(u8),
    /// Its first byte is escaped itself, so a separator is put in front of it.
    Escaped,
}

impl Literal {
    /// Looks once, at compile time, whether the text can stand in a key as it is, and how it ends a value before it.
    pub const fn new(text: &'static str) -> Self {
        let border = match text.as_bytes() {
            [b':' | b',', ..] => Border::Separator,
            [byte, ..] if byte.is_ascii() && !escape::is_reserved(*byte) => Border::Byte(*byte),
            _ => Border::Escaped,
        };
        Self { text, plain: escape::is_plain_literal(text), border }
    }
}

/// What stands in a key for a hash that there is no secret for. No value can spell it, since a `%` of a value is escaped;
/// what has it in its name is neither looked for nor stored.
pub(crate) const NO_SECRET: &[u8] = b"%~";

/// Whether a key or a tag lacks a hash, and so may be that of several values.
pub(crate) fn lacks_secret(name: &[u8]) -> bool {
    name.windows(NO_SECRET.len()).any(|piece| piece == NO_SECRET)
}

/// Puts a key together, piece by piece.
///
/// Implementations of [`CacheKey`] call its methods; the escaping makes the key injective.
#[derive(Debug)]
pub struct KeyWriter<'secret> {
    buffer: KeyBuffer,
    /// Where the key begins behind its space and namespace.
    start: usize,
    place: Place,
    secret: &'secret KeySecret,
}

impl<'secret> KeyWriter<'secret> {
    /// A writer at the head of a key that is nobody's in particular: `global:<namespace>:`.
    #[allow(clippy::inline_always, reason = "what the key begins with is constant only where this is inlined")]
    #[inline(always)]
    pub(crate) fn global(namespace: &Namespace, secret: &'secret KeySecret) -> Self {
        let mut buffer = KeyBuffer::new();
        buffer.push(b"global:");
        buffer.push(namespace.as_str().as_bytes());
        buffer.push_byte(b':');
        Self { start: buffer.len(), buffer, place: Place::Value, secret }
    }

    /// A writer at the head of a key: `<space>:<namespace>:`.
    pub(crate) fn begin(space: &Space, namespace: &Namespace, secret: &'secret KeySecret) -> Self {
        let mut writer = Self::global(namespace, secret);
        if *space != Space::Global {
            writer.move_to(space);
        }
        writer
    }

    /// Moves a key of the global space to another one.
    pub(crate) fn move_to(&mut self, space: &Space) {
        let (old, global) = (std::mem::take(&mut self.buffer), Space::Global.as_str().len());
        self.buffer.push(space.as_str().as_bytes());
        self.buffer.push(&old.as_slice()[global..]);
        self.start = self.start + space.as_str().len() - global;
    }

    /// A writer without a space and a namespace: for tags and for the pieces of a key that are rendered early.
    pub(crate) fn detached(secret: &'secret KeySecret) -> Self {
        Self { buffer: KeyBuffer::new(), start: 0, place: Place::Value, secret }
    }

    /// The bytes written, and where the key begins in them.
    #[inline]
    pub(crate) fn parts(&mut self) -> (&mut KeyBuffer, usize) {
        (&mut self.buffer, self.start)
    }

    /// What was written behind the space and the namespace.
    pub(crate) fn written(&self) -> &[u8] {
        &self.buffer.as_slice()[self.start..]
    }

    /// Writes text as it is, because it is escaped already.
    #[doc(hidden)]
    #[inline]
    pub fn push_escaped(&mut self, text: &[u8]) {
        self.buffer.push(text);
    }

    /// Writes a literal piece of a template.
    #[doc(hidden)]
    #[allow(clippy::inline_always, reason = "a literal's length and escapes are constants only where they are inlined")]
    #[inline(always)]
    pub fn push_literal(&mut self, literal: Literal) {
        if literal.plain {
            self.buffer.push(literal.text.as_bytes());
        } else {
            self.push_in(literal.text, Place::Literal);
        }
    }

    /// Writes a value and the literal behind it, so that the value's end is seen.
    #[doc(hidden)]
    #[inline]
    pub fn push_before<K: CacheKey + ?Sized>(&mut self, value: &K, literal: Literal) {
        match literal.border {
            Border::Separator => value.write_key(self),
            Border::Byte(end) => self.push_until(value, end),
            Border::Escaped => {
                value.write_key(self);
                self.separator();
            }
        }
        self.push_literal(literal);
    }

    /// Writes a value that the byte `end` ends.
    fn push_until<K: CacheKey + ?Sized>(&mut self, value: &K, end: u8) {
        let before = std::mem::replace(&mut self.place, Place::ValueUntil(end));
        value.write_key(self);
        self.place = before;
    }

    /// Writes text as a value: reserved characters are escaped.
    #[inline]
    pub fn push_str(&mut self, text: &str) {
        self.push_in(text, self.place);
    }

    /// Writes text where it is a whole key: `:` and `,` stay.
    #[inline]
    pub(crate) fn push_whole_str(&mut self, text: &str) {
        self.push_in(text, Place::Literal);
    }

    #[inline]
    fn push_in(&mut self, text: &str, place: Place) {
        let buffer = &mut self.buffer;
        escape::escape(text.as_bytes(), place, |piece| buffer.push(piece));
    }

    /// Writes a path of the source, such as a type's name: `::` becomes `.`, so that it stays readable, and the function
    /// that writes a reader's keys is named like the reader.
    pub(crate) fn push_path(&mut self, path: &str) {
        for (at, piece) in path.split("::").enumerate() {
            if at > 0 {
                self.buffer.push_byte(b'.');
            }
            self.push_in(piece.strip_prefix("__larder_key_").unwrap_or(piece), Place::Value);
        }
    }

    /// Writes whatever [`Display`](std::fmt::Display) prints, as a value.
    pub fn push_display(&mut self, value: &dyn std::fmt::Display) {
        use std::fmt::Write;
        struct Pieces<'a, 'secret>(&'a mut KeyWriter<'secret>);
        impl Write for Pieces<'_, '_> {
            fn write_str(&mut self, piece: &str) -> std::fmt::Result {
                self.0.push_str(piece);
                Ok(())
            }
        }
        // `Pieces` never fails; a `Display` that does has written what it could.
        let _ = write!(Pieces(self), "{value}");
    }

    /// Writes the hash of a value, or, without a secret, [`NO_SECRET`].
    #[cold]
    pub(crate) fn push_hashed<K: CacheKey + ?Sized>(&mut self, value: &K) {
        let mut clear = Self::detached(self.secret);
        value.write_key(&mut clear);
        match self.secret.digest(clear.written()) {
            Some(digest) => self.push_str(digest.as_str()),
            None => self.buffer.push(NO_SECRET),
        }
    }

    /// Writes an integer.
    #[inline]
    pub(crate) fn push_integer(&mut self, value: impl itoa::Integer) {
        let mut digits = itoa::Buffer::new();
        let digits = digits.format(value);
        match self.place {
            // A template may end a number by a digit or by `-`, as in `{a}0{b}`.
            Place::ValueUntil(_) => self.push_str(digits),
            Place::Value | Place::Literal => self.buffer.push(digits.as_bytes()),
        }
    }

    /// Parts two pieces of one value.
    #[inline]
    pub fn separator(&mut self) {
        self.buffer.push_byte(b',');
    }

    /// Parts two pieces of a key.
    #[doc(hidden)]
    #[inline]
    pub fn part(&mut self) {
        self.buffer.push_byte(b':');
    }

    /// Writes the length of a list, in front of its elements.
    pub(crate) fn length(&mut self, length: usize) {
        self.push_integer(length);
    }

    /// Writes an absent value: a mark that no value can spell, since a `%` of a value is escaped.
    pub(crate) fn push_none(&mut self) {
        self.buffer.push(b"%-");
    }

    /// Writes a present value: as it is, or behind a mark where it begins like one (`Some(None)`).
    pub(crate) fn push_some(&mut self, write: impl FnOnce(&mut Self)) {
        let at = self.buffer.len();
        write(self);
        if self.buffer.as_slice()[at..].starts_with(b"%-") || self.buffer.as_slice()[at..].starts_with(b"%+") {
            self.buffer.insert(at, b"%+");
        }
    }
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
