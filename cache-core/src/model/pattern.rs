//! Glob patterns over keys, as Redis reads them: `*`, `?`, `[abc]`, `[a-z]`, `[^a]`, and `\` in front of any of them.

use crate::model::entry_key::HASH_MARK;
use crate::model::escape::{self, Place};

/// A glob over the part of a key behind its namespace.
///
/// Literals are escaped as keys are, so `"a b*"` finds what the template `"a b{x}"` wrote. Values come in through
/// [`push_value`](Self::push_value) and match only themselves, whatever characters they hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KeyPattern {
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Byte(u8),
    AnyByte,
    AnyRun,
    Class { negated: bool, ranges: Vec<(u8, u8)> },
}

impl KeyPattern {
    /// A whole pattern given as text.
    #[cfg(test)]
    pub(crate) fn parse(text: &str) -> Self {
        let mut pattern = Self::default();
        pattern.push_glob(text);
        pattern
    }

    /// Adds glob syntax.
    pub(crate) fn push_glob(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            match byte {
                b'*' => self.tokens.push(Token::AnyRun),
                b'?' => self.tokens.push(Token::AnyByte),
                b'[' => rest = self.push_class(rest),
                b'\\' => {
                    let (literal, tail) = rest.split_first().map_or((b'\\', rest), |(&byte, tail)| (byte, tail));
                    rest = tail;
                    self.push_literal(literal);
                }
                _ => self.push_literal(byte),
            }
        }
    }

    /// Adds text that is escaped already: a value.
    pub(crate) fn push_value(&mut self, escaped: &[u8]) {
        self.tokens.extend(escaped.iter().map(|&byte| Token::Byte(byte)));
    }

    fn push_literal(&mut self, byte: u8) {
        let tokens = &mut self.tokens;
        escape::escape(&[byte], Place::Literal, |piece| tokens.extend(piece.iter().map(|&byte| Token::Byte(byte))));
    }

    /// Reads a class behind its `[`; as in Redis, one without `]` runs to the end of the pattern.
    fn push_class<'a>(&mut self, class: &'a [u8]) -> &'a [u8] {
        let (negated, mut rest) = match class {
            [b'^', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let mut ranges = Vec::new();
        loop {
            rest = match rest {
                [] => break,
                [b']', tail @ ..] => {
                    rest = tail;
                    break;
                }
                [b'\\', byte, tail @ ..] => {
                    ranges.push((*byte, *byte));
                    tail
                }
                [from, b'-', to, tail @ ..] => {
                    ranges.push((*from.min(to), *from.max(to)));
                    tail
                }
                [byte, tail @ ..] => {
                    ranges.push((*byte, *byte));
                    tail
                }
            };
        }
        self.tokens.push(Token::Class { negated, ranges });
        rest
    }

    /// Whether a key matches, or, where it is long and ends in a hash, whether what is left of it could.
    pub(crate) fn matches(&self, key: &[u8]) -> bool {
        match key.iter().position(|&byte| byte == HASH_MARK) {
            None => self.states_after(&normal(key)).last().is_some_and(|&accepted| accepted),
            Some(end) => self.states_after(&normal_head(&key[..end])).contains(&true),
        }
    }

    /// The positions in the pattern that are reachable after the text, the last one being its end.
    fn states_after(&self, text: &[u8]) -> Vec<bool> {
        let mut states = vec![false; self.tokens.len() + 1];
        states[0] = true;
        self.skip_runs(&mut states);
        for &byte in text {
            let mut next = vec![false; states.len()];
            for (at, token) in self.tokens.iter().enumerate() {
                if !states[at] {
                    continue;
                }
                match token {
                    Token::AnyRun => next[at] = true,
                    token if token.takes(byte) => next[at + 1] = true,
                    _ => {}
                }
            }
            self.skip_runs(&mut next);
            states = next;
        }
        states
    }

    fn skip_runs(&self, states: &mut [bool]) {
        for (at, token) in self.tokens.iter().enumerate() {
            if states[at] && *token == Token::AnyRun {
                states[at + 1] = true;
            }
        }
    }
}

/// As it would be given, with values as they stand in keys.
#[cfg(any(test, feature = "testing"))]
impl std::fmt::Display for KeyPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        use std::fmt::Write as _;
        self.tokens.iter().try_for_each(|token| match token {
            Token::Byte(byte) => f.write_char(char::from(*byte)),
            Token::AnyByte => f.write_char('?'),
            Token::AnyRun => f.write_char('*'),
            Token::Class { negated, ranges } => {
                f.write_str(if *negated { "[^" } else { "[" })?;
                for (from, to) in ranges {
                    let (first, last) = (char::from(*from), char::from(*to));
                    if from == to { write!(f, "{first}") } else { write!(f, "{first}-{last}") }?;
                }
                f.write_char(']')
            }
        })
    }
}

impl Token {
    fn takes(&self, byte: u8) -> bool {
        match self {
            Token::Byte(expected) => *expected == byte,
            Token::AnyByte | Token::AnyRun => true,
            Token::Class { negated, ranges } => {
                ranges.iter().any(|&(from, to)| (from..=to).contains(&byte)) != *negated
            }
        }
    }
}

/// The key as a pattern sees it: an escape that only the place of a value called for is undone, so that `{year}*` finds
/// a year that was written in front of a `-`.
fn normal(key: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(key.len());
    let mut rest = key;
    while let Some((&byte, tail)) = rest.split_first() {
        match escape::unescape(rest) {
            Some(plain) if !escape::is_reserved(plain) => {
                text.push(plain);
                rest = &rest[3..];
            }
            _ => {
                text.push(byte);
                rest = tail;
            }
        }
    }
    text
}

/// The head of a long key, without an escape that the cut went through.
fn normal_head(head: &[u8]) -> Vec<u8> {
    let cut = head.iter().rev().take(2).position(|&byte| byte == b'%').map_or(head.len(), |back| head.len() - 1 - back);
    normal(&head[..cut])
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
mod tests;
