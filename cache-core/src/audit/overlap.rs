//! Whether two texts with unknown pieces can be the same.

use crate::audit::registered::{Piece, Shape};

/// One byte of a shape, or any number of unknown ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    Byte(u8),
    Any,
}

/// A shape as tokens.
pub(crate) fn tokens(shape: Shape) -> Vec<Token> {
    shape
        .iter()
        .flat_map(|piece| match piece {
            Piece::Text(text) => text.bytes().map(Token::Byte).collect(),
            Piece::Any => vec![Token::Any],
        })
        .collect()
}

/// A glob as tokens: whatever is no plain text in it can be anything.
pub(crate) fn glob_tokens(shape: Shape) -> Vec<Token> {
    let (mut glob, mut escaped, mut class) = (Vec::new(), false, false);
    for token in tokens(shape) {
        match token {
            Token::Byte(byte) if escaped => {
                escaped = false;
                glob.push(Token::Byte(byte));
            }
            Token::Byte(b'\\') => escaped = true,
            Token::Byte(b']') if class => class = false,
            Token::Byte(_) if class => {}
            Token::Byte(byte @ (b'*' | b'?' | b'[')) => {
                class = byte == b'[';
                glob.push(Token::Any);
            }
            Token::Byte(_) | Token::Any => glob.push(token),
        }
    }
    glob
}

/// Whether some text has both shapes.
pub(crate) fn overlap(one: &[Token], other: &[Token]) -> bool {
    // `reached[at]`: whether what was read of `one` and the first `at` of `other` can be the same text.
    let mut reached = vec![false; other.len() + 1];
    reached[0] = true;
    skip_any(&mut reached, other);
    for token in one {
        let mut next = vec![false; other.len() + 1];
        for at in 0..=other.len() {
            let in_any = at > 0 && other[at - 1] == Token::Any;
            next[at] = match token {
                Token::Any => reached[at] || at > 0 && next[at - 1],
                Token::Byte(_) => reached[at] && in_any || at > 0 && reached[at - 1] && other[at - 1] == *token,
            };
        }
        skip_any(&mut next, other);
        reached = next;
    }
    reached[other.len()]
}

/// An unknown piece may be empty.
fn skip_any(reached: &mut [bool], other: &[Token]) {
    for (at, token) in other.iter().enumerate() {
        if reached[at] && *token == Token::Any {
            reached[at + 1] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &[Piece] = &[Piece::Text("user:"), Piece::Any];
    const TWO: &[Piece] = &[Piece::Any, Piece::Text(":"), Piece::Any, Piece::Text("x")];

    fn are_alike(one: Shape, other: Shape) -> bool {
        let (one, other) = (tokens(one), tokens(other));
        assert_eq!(overlap(&one, &other), overlap(&other, &one), "it does not matter which comes first");
        overlap(&one, &other)
    }

    #[test]
    fn a_placeholder_can_be_any_text() {
        assert!(are_alike(USER, USER));
        assert!(are_alike(USER, &[Piece::Text("user:7")]));
        assert!(are_alike(USER, &[Piece::Text("user:")]));
        assert!(are_alike(USER, TWO));
        assert!(are_alike(&[], &[Piece::Any]));
    }

    #[test]
    fn other_text_is_another_shape() {
        assert!(!are_alike(USER, &[Piece::Text("users:7")]));
        assert!(!are_alike(USER, &[]));
        assert!(!are_alike(TWO, &[Piece::Text("user:"), Piece::Any, Piece::Text("y")]));
        assert!(!are_alike(&[Piece::Text("a")], &[Piece::Text("ab")]));
    }

    #[test]
    fn a_glob_can_be_what_it_matches() {
        let glob = |text| glob_tokens(Box::leak(Box::new([Piece::Text(text)])));
        assert!(overlap(&glob("us?r:*"), &tokens(USER)));
        assert!(overlap(&glob("[uv]ser:1"), &tokens(USER)));
        assert!(!overlap(&glob(r"user\*"), &tokens(USER)));
        assert!(!overlap(&glob("order:*"), &tokens(USER)));
    }
}
