//! The decisions about what the second level holds, as pure functions.

use crate::wire::envelope::{Envelope, Header};
use crate::wire::records::{Stamp, Token};

/// Whether an entry may be served: it belongs to the present history, has not ended, and each of its tokens was minted
/// before its load began. A token that is missing, or that lies ahead of the history, invalidates it.
pub(crate) fn servable(
    entry: &Header,
    control: Option<Stamp>,
    tokens: impl IntoIterator<Item = Option<Token>>,
    server_now: u64,
) -> bool {
    let Some(control) = control else { return false };
    entry.generation == control.generation
        && entry.load_sequence <= entry.fill_sequence
        && entry.fill_sequence <= control.sequence
        && !has_ended(entry, server_now)
        && tokens.into_iter().all(|token| token.is_some_and(|token| allows(token, control, entry.load_sequence)))
}

/// What the server has in the place of a copy of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copied {
    /// The entry itself, and it may be served.
    Current,
    /// A later load's, or one that lies on a token which is younger than the copy: that is so since this place in the
    /// history. Something was invalidated by then, or it was lost and is there again.
    Replaced(Stamp),
    /// Nothing that tells an invalidation from a loss.
    Unknown,
}

/// What an entry on the server says of a copy whose load began there. `tokens` are those that the copy lies on.
pub(crate) fn compare(
    loaded: Stamp,
    entry: &Header,
    control: Stamp,
    tokens: &[Option<Token>],
    server_now: u64,
) -> Copied {
    let is_one_history = loaded.generation == control.generation && entry.generation == control.generation;
    let last = loaded.sequence.max(entry.load_sequence).max(entry.fill_sequence);
    if !is_one_history || last > control.sequence {
        return Copied::Unknown;
    }
    if entry.load_sequence == loaded.sequence && servable(entry, Some(control), tokens.iter().copied(), server_now) {
        return Copied::Current;
    }
    let is_sound = |token: &&Token| token.generation == control.generation && token.minted <= control.sequence;
    let minted = tokens.iter().flatten().filter(is_sound).map(|token| token.minted);
    let replaced = minted.chain([entry.load_sequence]).filter(|since| *since > loaded.sequence).max();
    replaced.map_or(Copied::Unknown, |sequence| Copied::Replaced(Stamp { sequence, ..control }))
}

/// Whether an entry's time is over, by the server's clock.
pub(crate) fn has_ended(entry: &Header, server_now: u64) -> bool {
    entry.expires_at != 0 && server_now >= entry.expires_at
}

fn allows(token: Token, control: Stamp, load_sequence: u64) -> bool {
    token.generation == control.generation
        && token.minted <= load_sequence
        && token.minted <= control.sequence
        && token.barrier <= control.sequence
}

/// Whether an entry may be stored that lies on a token, as the server's script decides: the token was not minted later than
/// `latest`, and no pattern was invalidated in its namespace since the lease was granted.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn lets_in(token: Token, granted: Stamp, latest: u64) -> bool {
    token.minted <= latest && token.barrier <= granted.sequence
}

/// Whether an entry carries every tag that its reader would give it. One that was stored by code with fewer tags would
/// not be reached by an invalidation of those it lacks.
pub(crate) fn carries<'a>(entry: &Envelope<'_>, mut tags: impl Iterator<Item = &'a [u8]>) -> bool {
    tags.all(|tag| entry.tags.contains(&tag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::envelope::{Content, Form};

    const G: [u8; 16] = [7; 16];
    const CONTROL: Stamp = Stamp { generation: G, sequence: 10 };
    const ENTRY: Header = Header { generation: G, load_sequence: 5, fill_sequence: 8, expires_at: 100 };

    fn token(minted: u64, barrier: u64) -> Token {
        Token { generation: G, minted, barrier }
    }

    fn with_token(token: impl Into<Option<Token>>) -> bool {
        servable(&ENTRY, Some(CONTROL), [token.into()], 99)
    }

    #[test]
    fn an_entry_whose_tokens_are_older_than_its_load_is_served() {
        assert!(with_token(token(5, 5)));
        assert!(servable(&ENTRY, Some(CONTROL), [], 99));
    }

    #[test]
    fn a_token_that_was_minted_after_the_load_began_invalidates() {
        assert!(!with_token(token(6, 6)));
    }

    #[test]
    fn a_missing_token_invalidates() {
        assert!(!with_token(None));
    }

    #[test]
    fn a_token_of_another_history_or_ahead_of_this_one_invalidates() {
        assert!(!with_token(Token { generation: [8; 16], minted: 1, barrier: 1 }));
        assert!(!with_token(token(1, 11)));
    }

    /// The barrier keeps loads out; what is stored already is looked for by the scan.
    #[test]
    fn a_barrier_behind_the_load_does_not_invalidate_what_is_stored() {
        assert!(with_token(token(5, 9)));
    }

    #[test]
    fn an_entry_of_another_history_or_without_one_is_invalid() {
        assert!(!servable(&ENTRY, None, [], 0));
        assert!(!servable(&ENTRY, Some(Stamp { generation: [8; 16], sequence: 10 }), [], 0));
    }

    #[test]
    fn an_entry_ahead_of_the_history_is_invalid() {
        assert!(!servable(&ENTRY, Some(Stamp { sequence: 7, ..CONTROL }), [], 0));
        assert!(!servable(&Header { load_sequence: 9, ..ENTRY }, Some(CONTROL), [], 0));
    }

    fn compared(loaded: u64, entry: &Header, tokens: &[Option<Token>]) -> Copied {
        compare(Stamp { sequence: loaded, ..CONTROL }, entry, CONTROL, tokens, 99)
    }

    fn since(sequence: u64) -> Copied {
        Copied::Replaced(Stamp { sequence, ..CONTROL })
    }

    #[test]
    fn a_copy_of_what_may_be_served_is_current() {
        assert_eq!(compared(5, &ENTRY, &[Some(token(5, 5))]), Copied::Current);
        assert_eq!(compared(5, &ENTRY, &[]), Copied::Current);
    }

    #[test]
    fn a_copy_is_replaced_by_a_later_load_and_by_a_younger_token_since_the_later_of_them() {
        assert_eq!(compared(4, &ENTRY, &[]), since(5));
        assert_eq!(compared(5, &ENTRY, &[Some(token(7, 7)), Some(token(6, 6))]), since(7));
        assert_eq!(compared(4, &ENTRY, &[Some(token(7, 7)), None]), since(7));
    }

    #[test]
    fn what_may_have_been_lost_says_nothing_of_a_copy() {
        assert_eq!(compared(5, &ENTRY, &[None]), Copied::Unknown);
        assert_eq!(compared(5, &ENTRY, &[Some(Token { generation: [8; 16], ..token(7, 7) })]), Copied::Unknown);
        assert_eq!(compared(5, &Header { expires_at: 99, ..ENTRY }, &[]), Copied::Unknown);
        assert_eq!(compared(6, &ENTRY, &[]), Copied::Unknown);
        assert_eq!(compared(11, &ENTRY, &[]), Copied::Unknown);
        assert_eq!(compared(5, &Header { generation: [8; 16], ..ENTRY }, &[]), Copied::Unknown);
        let elsewhere = Stamp { generation: [8; 16], sequence: 4 };
        assert_eq!(compare(elsewhere, &ENTRY, CONTROL, &[], 99), Copied::Unknown);
    }

    #[test]
    fn an_entry_ends_at_its_end_and_0_is_none() {
        assert!(!servable(&ENTRY, Some(CONTROL), [], 100));
        assert!(servable(&Header { expires_at: 0, ..ENTRY }, Some(CONTROL), [], u64::MAX));
    }

    #[test]
    fn an_entry_must_carry_every_tag_that_its_reader_gives() {
        let (content, fingerprint) = (Content::Value, [0; 16]);
        let (header, sliding) = (ENTRY, None);
        let form = Form::default();
        let (tags, key) = (vec![&b"a"[..], b"b"], &b"k"[..]);
        let entry = Envelope { header, sliding, content, form, fingerprint, tags, key, payload: b"" };
        assert!(carries(&entry, [&b"b"[..]].into_iter()));
        assert!(carries(&entry, [].into_iter()));
        assert!(!carries(&entry, [&b"a"[..], b"c"].into_iter()));
    }
}
