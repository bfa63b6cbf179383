//! A source file as the nesting of its braces, each with the words in front of it.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use crate::placement::{Placement, declared};

/// A file that was read.
#[derive(Debug)]
pub(super) struct Source {
    text: String,
    braces: Vec<Brace>,
    /// What it declares, once somebody has asked.
    types: OnceLock<BTreeSet<String>>,
}

/// What stands between two braces.
#[derive(Debug)]
struct Brace {
    start: usize,
    end: usize,
    placement: Placement,
}

/// A group that the scan is in.
struct Open {
    closer: u8,
    start: usize,
    /// The text since the last item or statement, without comments, literals and groups.
    header: Vec<u8>,
}

impl Source {
    pub(super) fn new(text: String) -> Self {
        let braces = braces(text.as_bytes());
        Self { text, braces, types: OnceLock::new() }
    }

    /// What is around the name that stands at a line and a column, both counted from 1.
    pub(super) fn placement(&self, line: usize, column: usize, name: &str) -> Placement {
        let Some(at) = self.offset(line, column).filter(|at| self.text[*at..].starts_with(name)) else {
            return Placement::Unknown;
        };
        let around = self.braces.iter().filter(|brace| brace.start < at && at < brace.end);
        let mut innermost: Option<&Brace> = None;
        for brace in around {
            if brace.placement == Placement::Unknown {
                return Placement::Unknown;
            }
            innermost = innermost.filter(|inner| inner.start > brace.start).or(Some(brace));
        }
        innermost.map_or(Placement::Module, |brace| brace.placement)
    }

    /// Whether it declares a type of this name.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.types.get_or_init(|| declared::types(&self.text)).contains(name)
    }

    fn offset(&self, line: usize, column: usize) -> Option<usize> {
        let start: usize = self.text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
        let (within, _) = self.text[start..].char_indices().nth(column.checked_sub(1)?)?;
        Some(start + within)
    }
}

/// The braces of a text. Where its groups do not match, none.
fn braces(text: &[u8]) -> Vec<Brace> {
    let mut found = Vec::new();
    let mut open = vec![Open { closer: 0, start: 0, header: Vec::new() }];
    let mut at = 0;
    while at < text.len() {
        if let Some(end) = behind_blank(text, at) {
            at = end;
            if let Some(group) = open.last_mut() {
                group.header.push(b' ');
            }
            continue;
        }
        let byte = text[at];
        match byte {
            b'(' | b'[' | b'{' => {
                let closer = if byte == b'(' { b')' } else { byte + 2 };
                open.push(Open { closer, start: at, header: Vec::new() });
            }
            b')' | b']' | b'}' => {
                let closed = open.pop().filter(|group| group.closer == byte);
                let (Some(closed), Some(outer)) = (closed, open.last_mut()) else { return Vec::new() };
                if byte == b'}' {
                    let placement = placement(&outer.header);
                    found.push(Brace { start: closed.start, end: at, placement });
                    outer.header.clear();
                }
            }
            b';' => open.last_mut().map_or((), |group| group.header.clear()),
            _ => open.last_mut().map_or((), |group| group.header.push(byte)),
        }
        at += 1;
    }
    found
}

/// What the words in front of a brace make of it.
fn placement(header: &[u8]) -> Placement {
    let header = String::from_utf8_lossy(header);
    let mut rest = header.trim_start_matches(|other: char| other == '#' || other == '!' || other.is_whitespace());
    loop {
        let end = rest.find(|other: char| other != '_' && !other.is_alphanumeric()).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        rest = behind.trim_start();
        match word {
            "pub" | "default" | "unsafe" | "async" | "const" | "extern" => {}
            "mod" | "fn" if !rest.starts_with('!') => return Placement::Module,
            "trait" => return Placement::Trait,
            "impl" if names_a_trait(rest) => return Placement::Trait,
            "impl" => return Placement::Inherent { generic: rest.starts_with('<') },
            _ => return Placement::Unknown,
        }
    }
}

/// Whether the word `for` stands in it, but for the one of `for<'a>`.
fn names_a_trait(header: &str) -> bool {
    let is_part = |other: char| other == '_' || other.is_alphanumeric();
    header.match_indices("for").any(|(at, word)| {
        let behind = &header[at + word.len()..];
        !header[..at].ends_with(is_part) && !behind.starts_with(is_part) && !behind.trim_start().starts_with('<')
    })
}

/// Behind the comment or literal that begins here.
fn behind_blank(text: &[u8], at: usize) -> Option<usize> {
    let rest = &text[at..];
    let end = match rest {
        [b'/', b'/', ..] => find(rest, b"\n"),
        [b'/', b'*', ..] => behind_block_comment(rest),
        [b'"', ..] => behind_quoted(rest, b'"'),
        [b'\'', b'\\', ..] => behind_quoted(rest, b'\''),
        [b'\'', ..] => behind_character(rest)?,
        [b'r', b'#' | b'"', ..] if !at.checked_sub(1).is_some_and(|before| is_word_before_raw(text, before)) => {
            behind_raw(rest)?
        }
        _ => return None,
    };
    Some(at + end)
}

/// Whether the `r` behind this byte ends a word, as in `number"..`; `br` and `cr` are raw literals too.
fn is_word_before_raw(text: &[u8], before: usize) -> bool {
    let is_part = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let is_prefix = matches!(text[before], b'b' | b'c') && !before.checked_sub(1).is_some_and(|at| is_part(text[at]));
    is_part(text[before]) && !is_prefix
}

fn find(text: &[u8], end: &[u8]) -> usize {
    text.windows(end.len()).position(|window| window == end).map_or(text.len(), |at| at + end.len())
}

fn behind_block_comment(text: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        match &text[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn behind_quoted(text: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// Behind `'x'`; nothing behind the `'` of a lifetime.
fn behind_character(text: &[u8]) -> Option<usize> {
    let character = String::from_utf8_lossy(&text[1..text.len().min(5)]).chars().next()?;
    let end = 1 + character.len_utf8();
    (text.get(end) == Some(&b'\'')).then_some(end + 1)
}

/// Behind `r"..."` and `r#"..."#`; nothing behind the `r` of `r#type`.
fn behind_raw(text: &[u8]) -> Option<usize> {
    let hashes = text[1..].iter().take_while(|byte| **byte == b'#').count();
    let quote = 1 + hashes;
    if text.get(quote) != Some(&b'"') {
        return None;
    }
    let end = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
    Some(quote + 1 + find(&text[quote + 1..], &end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The placement of the function `here`.
    fn of(text: &str) -> Placement {
        let at = text.find("fn here").expect("the text has a function `here`") + 3;
        let line = text[..at].matches('\n').count() + 1;
        let column = text[..at].chars().rev().take_while(|other| *other != '\n').count() + 1;
        Source::new(text.to_owned()).placement(line, column, "here")
    }

    #[test]
    fn a_function_of_a_module() {
        for text in [
            "fn here() {}",
            "mod a { pub(crate) mod b { async fn here() {} } }",
            "impl A { fn f() { fn here() {} } }",
            "#[cfg(test)] mod a { use b::{c, d}; const X: [u8; 2] = [0; 2]; fn here() {} }",
        ] {
            assert_eq!(of(text), Placement::Module, "{text}");
        }
    }

    #[test]
    fn a_method() {
        for text in [
            "impl A { fn here() {} }",
            "impl A { fn a() { { } } #[x({})]\n fn here() {} }",
            "#[cfg(a)]\nimpl A where A: Fn() -> [u8; 4] { fn here() {} }",
            "impl Box<dyn for<'a> Fn(&'a u8)> { fn here() {} }",
            "/* impl X for { */ // impl Y for {\nimpl A { const T: &str = \"}\\\"{\"; fn here() {} }",
            "impl A { const C: char = '{'; const D: char = '\\''; fn f<'a>(_: &'a u8) {} fn here() {} }",
            "impl A { const T: &str = r#\"}\"#; fn r#type() {} fn here() {} }",
            "impl Format { fn ü() {} fn here() {} }",
        ] {
            assert_eq!(of(text), Placement::Inherent { generic: false }, "{text}");
        }
        assert_eq!(of("impl<T> A<T> { fn here() {} }"), Placement::Inherent { generic: true });
    }

    #[test]
    fn a_method_of_a_trait() {
        for text in [
            "impl A for B { fn here() {} }",
            "unsafe impl<T: for<'a> X<'a>>\nA<T> for B { fn here() {} }",
            "mod a { #[async_trait] impl A for(B, C) { fn here() {} } }",
            "pub trait A { fn here() {} }",
        ] {
            assert_eq!(of(text), Placement::Trait, "{text}");
        }
    }

    #[test]
    fn what_is_not_sure_is_not_guessed() {
        for text in [
            "macro_rules! a { () => { impl A { fn here() {} } } }",
            "a! { impl A { fn here() {} } }",
            "impl<const N: usize> A<{ N }> { fn here() {} }",
            "fn f() { if true { fn here() {} } }",
        ] {
            assert_eq!(of(text), Placement::Unknown, "{text}");
        }
        let moved = Source::new("impl A { fn here() {} }".to_owned());
        assert_eq!(moved.placement(1, 3, "here"), Placement::Unknown);
        assert_eq!(moved.placement(9, 9, "here"), Placement::Unknown);
        assert_eq!(moved.placement(0, 0, "here"), Placement::Unknown);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_scan_panic(text in "[{}()\\[\\];'\"\\\\r#b/*!aü\n]{0,24}", line in 0_usize..4, column in 0_usize..30) {
            Source::new(text).placement(line, column, "a");
        }
    }
}
